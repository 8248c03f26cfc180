"""The page store's helper: one thread a process that does what no reader should wait for."""

import logging
import threading
import time

from django.db import DatabaseError, InterfaceError, connections

from .sitemaps import addresses

AT_START = 200
AFTER_A_CHANGE = 50
OFTEN = 8
logger = logging.getLogger(__name__)


class Helper:
    """Renders what is read most and compresses harder. It sleeps until the store has rendered something."""

    def __init__(self, store):
        self.store, self.thread, self.wanted, self.started = store, None, threading.Event(), False

    def wake(self):
        """Called when a page was rendered, so that others may be stale too, or is read often enough to be squeezed."""
        if self.thread is None:
            self.thread = threading.Thread(target=self.run, name="pages", daemon=True)
            self.thread.start()
        self.wanted.set()

    def run(self):
        while self.wanted.wait():
            self.wanted.clear()
            try:
                self.warm()
                self.squeeze()
            except (DatabaseError, InterfaceError):
                logger.warning("The database does not answer; pages are not renewed ahead of readers.")
            except Exception:
                # Whatever went wrong with one page, readers still get theirs; the next wake tries again.
                logger.exception("Pages could not be renewed ahead of readers.")
            finally:
                connections.close_all()

    def warm(self):
        """Render what is stale, most read first; in a new process what stands first on the site. One page at a time."""
        now = self.store.ask_version()
        for key in self.keys():
            page = self.store.pages.get(key)
            if page and page.version == now:
                continue
            began = time.monotonic()
            page = self.store.fetch(key, now)
            page.hits = page.hits or 1
            # Readers come first: at most a quarter of the time goes to this. (A low priority of the operating system's
            # would do harm: a thread that waits for the processor while it holds the interpreter stops the readers'.)
            time.sleep(3 * (time.monotonic() - began))
            if self.store.ask_version() != now:
                self.wanted.set()
                return

    def keys(self):
        """What to render, as keys of the store."""
        read = sorted(((page.hits, key) for key, page in list(self.store.pages.items()) if page.hits), reverse=True)
        keys = [key for _, key in read[:AFTER_A_CHANGE]]
        if not self.started and self.store.pages:
            self.started = True
            scheme, host, *_ = next(iter(self.store.pages))
            keys += [(scheme, host, path, "") for path in addresses(AT_START)]
        return keys

    def squeeze(self):
        """Compress what is read often as hard as can be, once a page; it takes longer than rendering."""
        for page in list(self.store.pages.values()):
            if not page.squeezed and page.hits >= OFTEN:
                page.squeezed = True
                page.compress(9, 11)
            if self.wanted.is_set():
                return
