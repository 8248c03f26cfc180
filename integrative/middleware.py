import logging
import threading

from django.db import DatabaseError, InterfaceError
from django.utils import timezone

from . import version
from .scheduling import next_due, publish_due

logger = logging.getLogger(__name__)
# Answers that must not depend on the database, and files.
LEFT_ALONE = ("/healthz", "/readyz", "/static/")
_at_it = threading.Lock()


def due(get_response):
    """Let what is due go live with the first request after its time, so that a forgotten timer delays nothing.

    A page store that answers before Django keeps no page beyond `next_due()`, so the first request after it comes here.
    One request of a process is at it at a time: while the database is locked, only that one waits.
    """

    def middleware(request):
        if request.path.startswith(LEFT_ALONE):
            return get_response(request)
        try:
            at = next_due()
            if at and at <= timezone.now() and _at_it.acquire(blocking=False):
                try:
                    publish_due()
                finally:
                    _at_it.release()
                version.let_go()
        except (DatabaseError, InterfaceError):
            # The request goes on: it may need no database, and what is due is tried again by the next one.
            logger.exception("Scheduled changes could not be carried out.")
        return get_response(request)

    return middleware


def one_version(get_response):
    """Let a request that changes nothing go by one content version, asked for once at most."""

    def middleware(request):
        if request.method not in ("GET", "HEAD"):
            return get_response(request)
        with version.held():
            return get_response(request)

    return middleware
