"""The readers' site as plain files, for any web server or CDN: what to put up when this one must be taken down.

Pages are asked for as a reader would, from the sitemap and from every link met on the way. Whatever takes a query, such
as the filter or the search, is there once, without one.
"""

import gzip
import os
import re
import shutil
from html import unescape
from pathlib import Path
from urllib.parse import unquote, urljoin, urlsplit

import brotli
from django.conf import settings
from django.contrib.staticfiles import finders
from django.http.request import validate_host
from django.test import Client

LINK = re.compile(r"""\s(?:href|src|action)=(?:"([^"]*)"|'([^']*)')""")
PLACE = re.compile(r"""\s(?:id|name)=["']?([^"'\s>]+)""")
ADDRESS = re.compile(r"<loc>([^<]+)</loc>")
NOT_FOR_FILES = ("/healthz", "/readyz")
SQUEEZED = (".html", ".xml", ".txt", ".svg", ".css", ".js", ".json", ".csv")
MARK = "_headers"


class SnapshotError(Exception):
    """Everything that keeps the files from being a whole site, one line each."""


class Snapshot:
    """Files under way: `pages` maps an address to its text, `files` to its bytes."""

    def __init__(self):
        self.site = urlsplit(settings.SITE_URL or f"http://{settings.ALLOWED_HOSTS[0].lstrip('.')}")
        self.client = Client(headers={"host": self.site.netloc})
        self.pages, self.files, self.problems, self.headers = {}, {}, [], {}

    def take(self):
        """Ask for everything; returns self. SnapshotError names what is missing."""
        if not validate_host(self.site.hostname or "", settings.ALLOWED_HOSTS):
            raise SnapshotError(f"SITE_URL names {self.site.hostname}, which ALLOWED_HOSTS does not.")
        todo = ["/robots.txt", "/sitemap.xml", "/"]
        while todo:
            path = todo.pop()
            if path not in self.pages and path not in self.files and not self.skipped(path):
                todo += self.fetch(path)
        missing = self.client.get("/there-is-no-such-page/", secure=self.site.scheme == "https")
        self.files["/404.html"] = missing.content
        self.check()
        if self.problems:
            raise SnapshotError("\n".join(sorted(set(self.problems))))
        return self

    def skipped(self, path):
        return path in NOT_FOR_FILES or path.startswith(f"/{settings.ADMIN_PATH}")

    def fetch(self, path):
        """Keep what a path gives; returns the paths it leads to."""
        if path.startswith(settings.STATIC_URL):
            return self.static(path)
        # A file cannot lead on, so an address that does holds the page itself, which names its true address.
        response = self.client.get(path, secure=self.site.scheme == "https", follow=True)
        if response.status_code != 200:
            self.problems.append(f"{path} answers {response.status_code}")
            return []
        body = b"".join(response) if response.streaming else response.content
        if not response.headers["Content-Type"].startswith("text/html"):
            self.files[path] = body
            found = ADDRESS.findall(body.decode()) if path.endswith(".xml") else []
            return [urlsplit(address).path for address in found]
        self.pages[path] = body.decode()
        self.headers = self.headers or dict(response.headers)
        return [urlsplit(link).path for link in self.links(path)]

    def static(self, path):
        name = unquote(path.removeprefix(settings.STATIC_URL))
        place = settings.STATIC_ROOT / name
        found = place if place.is_file() else finders.find(name)
        if not found:
            self.problems.append(f"{path} is no static file: run collectstatic")
            return []
        self.files[path] = Path(found).read_bytes()
        inside = re.findall(rb"url\([\"']?([^\"')]+)", self.files[path]) if path.endswith(".css") else []
        return [urljoin(path, link.decode()) for link in inside if not link.startswith((b"data:", b"#"))]

    def links(self, path):
        """The links of a page that stay on this site, each as a whole path with its place."""
        for double, single in LINK.findall(self.pages[path]):
            there = urlsplit(urljoin(f"{self.site.geturl()}{path}", unescape(double or single)))
            if there.netloc == self.site.netloc and there.scheme in ("http", "https"):
                yield there._replace(scheme="", netloc="", query="").geturl()

    def check(self):
        places = {path: set(PLACE.findall(text)) for path, text in self.pages.items()}
        for path in self.pages:
            for link in self.links(path):
                there, _, place = link.partition("#")
                if self.skipped(there):
                    continue
                if there not in self.pages and there not in self.files:
                    self.problems.append(f"{path} links to {there}, which is not there")
                elif place and there in places and unquote(place) not in places[there]:
                    self.problems.append(f"{path} links to a place that is not there: {link}")


def write(folder):
    """Write the whole site below `folder`, in place of the last export; returns the number of pages."""
    folder = Path(folder).absolute()
    if folder.exists() and any(folder.iterdir()) and not (folder / MARK).exists():
        raise SnapshotError(f"{folder} holds something that is not an export of this site.")
    taken = Snapshot().take()
    folder.parent.mkdir(parents=True, exist_ok=True)
    fresh = folder.with_name(f".{folder.name}-{os.getpid()}")
    fresh.mkdir()
    try:
        for path, text in taken.pages.items():
            _put(fresh, f"{path}index.html" if path.endswith("/") else path, text.encode())
        for path, content in taken.files.items():
            _put(fresh, path, content)
        kept = {k: v for k, v in taken.headers.items() if k not in ("Content-Type", "Content-Length", "Vary")}
        (fresh / MARK).write_text("/*\n" + "".join(f"  {k}: {v}\n" for k, v in kept.items()), encoding="utf-8")
        if folder.exists():
            shutil.rmtree(folder)
        os.replace(fresh, folder)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)
    return len(taken.pages)


def _put(root, path, content):
    place = root / unquote(path).lstrip("/")
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_bytes(content)
    if place.suffix in SQUEEZED:
        place.with_name(place.name + ".gz").write_bytes(gzip.compress(content, 9, mtime=0))
        place.with_name(place.name + ".br").write_bytes(brotli.compress(content))
