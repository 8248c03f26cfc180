"""Ready pages: a WSGI layer in front of Django that answers readers from memory.

Readers have no session, so a page is a function of its address and the content version, and of nothing else: pages are
rendered from a request that this module writes itself out of the key, so no header, cookie or proxy can colour what the
next reader gets. The version is read before a page is rendered, and only a page of the version that holds now is given
out. The store belongs to its process and is bounded; what was asked for once gives way to what is asked for again.
"""

import logging
import os
import sys
import threading
import time
from collections import deque
from io import BytesIO
from urllib.parse import parse_qsl, urlencode, urlsplit

from django.conf import settings
from django.core.handlers.wsgi import get_path_info
from django.db import DatabaseError, InterfaceError
from django.urls import Resolver404, resolve

from . import version
from .answers import LARGEST, Page
from .records import SLUG
from .warming import OFTEN, Helper

NEVER = (
    f"/{settings.ADMIN_PATH}",
    "/search/",
    "/visit-sheet/",
    "/preview/",
    "/healthz",
    "/readyz",
    f"/{settings.STATIC_URL.strip('/')}/",
)
AWAY = "away"
STALE = ("Warning", '110 - "Response is Stale"')
logger = logging.getLogger(__name__)


class PageStore:
    """The WSGI application that stands in front of `app`; `most_bytes` bounds what it keeps.

    `ask_due` says when the next scheduled change comes, or None: no page is kept beyond that.
    """

    def __init__(self, app, most_bytes=None, ask_version=version.current, ask_due=lambda: None):
        self.app, self.ask_version, self.ask_due = app, ask_version, ask_due
        self.most_bytes = most_bytes or settings.PAGE_STORE_MB * 1_000_000
        self.pages, self.fresh, self.proven, self.bytes = {}, deque(), deque(), 0
        self.personal_views, self.away_until = set(), 0.0
        self.site = urlsplit(settings.SITE_URL).netloc.lower()
        self.hosts = {host.lower() for host in settings.ALLOWED_HOSTS if host[0] not in ".*"}
        self.proxy_header, self.secure = settings.SECURE_PROXY_SSL_HEADER or (None, None)
        self.session = settings.SESSION_COOKIE_NAME + "="
        self._unlocked()
        os.register_at_fork(after_in_child=self._unlocked)

    def _unlocked(self):
        self.lock, self.flights, self.helper = threading.Lock(), {}, Helper(self)

    def __call__(self, environ, start_response):
        if (
            environ["REQUEST_METHOD"] not in ("GET", "HEAD")
            or environ.get("SCRIPT_NAME")
            or self.session in environ.get("HTTP_COOKIE", "")
        ):
            return self.app(environ, start_response)
        scheme = environ["wsgi.url_scheme"]
        if self.proxy_header and (told := environ.get(self.proxy_header)) is not None:
            scheme = "https" if told.split(",")[0].strip() == self.secure else "http"
        key = (scheme, environ.get("HTTP_HOST", "").lower(), environ["PATH_INFO"], environ.get("QUERY_STRING", ""))
        page = self.pages.get(key)
        if page is None and not self.takes(key, environ):
            return self.app(environ, start_response)
        now, fresh = time.time(), False
        of_version = self.version_now()
        if of_version is None:
            return self.app(environ, start_response)
        if page and page.version == of_version and page.begins <= now < page.expires:
            fresh = True
            page.hits += 1
            if page.hits == OFTEN:
                self.helper.wake()
        elif of_version != AWAY:
            made = self.fetch(key, of_version)
            fresh = not (page and made.status.startswith("5"))
            page = made if fresh else page
        if page is None or (page.status.startswith("200") and not page.kept):
            return self.app(environ, start_response)
        return page.answer(environ, start_response, *(() if fresh else (STALE,)))

    def version_now(self):
        """The content version; None where there is none; AWAY, for the second after a failure without asking again."""
        now = time.monotonic()
        if now < self.away_until:
            return AWAY
        try:
            return self.ask_version()
        except (DatabaseError, InterfaceError) as error:
            logger.warning("The database does not answer (%s): pages are shown as they last were.", error)
            self.away_until = now + 1
            return AWAY

    def takes(self, key, environ):
        """Whether a page may be kept under this key: a host we know by name, a reader's page, and its own query."""
        _, host, path, query = key
        name, _, port = host.rpartition(":") if host.rpartition(":")[2].isdigit() else (host, "", "")
        if host != self.site and not (name in self.hosts and port in ("", environ.get("SERVER_PORT"))):
            return False
        if path.startswith(NEVER):
            return False
        try:
            view = resolve(get_path_info(environ)).func
        except Resolver404:
            return False
        return view not in self.personal_views and canonical(query, getattr(view, "query_keys", ()))

    def fetch(self, key, of_version):
        """The Page of this version: from the store, from whoever is rendering it now, or rendered here."""
        with self.lock:
            running = self.flights.get((key, of_version))
            mine = None if running else self.flights.setdefault((key, of_version), threading.Event())
        if running:
            running.wait(30)
        try:
            page = self.pages.get(key)
            if page is None or page.version != of_version or not page.begins <= time.time() < page.expires:
                page = self.render(key, of_version)
            return page
        finally:
            if mine:
                del self.flights[key, of_version]
                mine.set()

    def render(self, key, of_version):
        """A Page from Django, kept when it may be."""
        told = []
        environ = environ_of(key)
        with version.held(of_version):
            result = self.app(environ, lambda status, headers, exc_info=None: told.append((status, headers)))
            try:
                body = b"".join(result)
            finally:
                if hasattr(result, "close"):
                    result.close()
            due = self.ask_due()
        page = Page(*told[-1], body, of_version, due.timestamp() if due else float("inf"))
        if page.kept:
            self.keep(key, page)
            self.helper.wake()
        elif page.status.startswith("200") and len(body) <= LARGEST:
            self.personal_views.add(resolve(get_path_info(environ)).func)
        return page

    def keep(self, key, page):
        """Put a page in the store and let others go until it fits: first those that nobody asked for again."""
        with self.lock:
            if old := self.pages.get(key):
                page.hits = old.hits
                self.bytes -= old.size
            else:
                self.fresh.append(key)
            self.pages[key] = page
            self.bytes += page.size
            while self.bytes > self.most_bytes:
                young = self.fresh and len(self.fresh) * 10 >= len(self.pages) or not self.proven
                oldest = (self.fresh if young else self.proven).popleft()
                if self.pages[oldest].hits and len(self.pages) > 1:
                    self.pages[oldest].hits = 0 if not young else 1
                    self.proven.append(oldest)
                else:
                    self.bytes -= self.pages.pop(oldest).size


def environ_of(key):
    """A request for a key, with nothing in it that came from a reader."""
    scheme, host, path, query = key
    name, _, port = host.partition(":")
    return {
        "REQUEST_METHOD": "GET", "SCRIPT_NAME": "", "PATH_INFO": path, "QUERY_STRING": query, "HTTP_HOST": host,
        "SERVER_NAME": name, "SERVER_PORT": port or "80", "SERVER_PROTOCOL": "HTTP/1.1", "REMOTE_ADDR": "",
        "wsgi.version": (1, 0), "wsgi.url_scheme": scheme, "wsgi.input": BytesIO(), "wsgi.errors": sys.stderr,
        "wsgi.multithread": True, "wsgi.multiprocess": True, "wsgi.run_once": False,
    }  # fmt: skip


def canonical(query, keys):
    """Whether a query is written the one way: keys that the view knows, in its order, each once, with plain values."""
    if not query:
        return True
    pairs = parse_qsl(query, keep_blank_values=True)
    names = [name for name, _ in pairs]
    return (
        names == [key for key in keys if key in names]
        and all(SLUG.fullmatch(value) for _, value in pairs)
        and urlencode(pairs) == query
    )
