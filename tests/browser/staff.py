"""The site within a test's own database, and people who sign in to it in windows of their own."""

import os
import threading

import pytest
from django.conf import settings
from django.contrib.staticfiles.handlers import StaticFilesHandler
from django.db import connections
from django.test import Client
from django.test.testcases import LiveServerThread

from ..make import sign_in as verified


@pytest.fixture(scope="session")
def database_beside_the_browser():
    """Playwright keeps an event loop in this thread, beside which Django would refuse the database."""
    before = os.environ.get("DJANGO_ALLOW_ASYNC_UNSAFE")
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"
    yield
    if before is None:
        del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


class OneAtATime(StaticFilesHandler):
    """The site, one request after the other: SQLite in memory has one connection, which all threads share."""

    lock = threading.Lock()

    def __call__(self, environ, start_response):
        with self.lock:
            return super().__call__(environ, start_response)


@pytest.fixture
def address(transactional_db):
    """Where the site answers during a test."""
    shared = {c.alias: c for c in connections.all() if c.vendor == "sqlite" and c.is_in_memory_db()}
    for connection in shared.values():
        connection.inc_thread_sharing()
    server = LiveServerThread("127.0.0.1", OneAtATime, connections_override=shared)
    server.daemon = True
    server.start()
    server.is_ready.wait()
    if server.error:
        raise server.error
    yield f"http://127.0.0.1:{server.port}"
    server.terminate()
    for connection in shared.values():
        connection.dec_thread_sharing()


def _heard(page, said):
    # A browser asks for this icon by itself wherever a page names none.
    if said.type == "error" and not said.location["url"].endswith("/favicon.ico"):
        page.complaints.append(f"{said.text} {said.location['url']}")


@pytest.fixture
def sign_in(database_beside_the_browser, browser, address):
    """A function that opens a browser window of its own for a person, and keeps what the console complains of."""
    windows = []

    def open_window(user=None, **options):
        context = browser.new_context(base_url=address, **options)
        windows.append(context)
        if user:
            key = verified(Client(), user).cookies[settings.SESSION_COOKIE_NAME].value
            context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": key, "url": address}])
        page = context.new_page()
        page.complaints = []
        page.on("console", lambda said: _heard(page, said))
        page.on("pageerror", lambda error: page.complaints.append(str(error)))
        page.set_default_timeout(15_000)
        return page

    yield open_window
    for context in windows:
        context.close()
