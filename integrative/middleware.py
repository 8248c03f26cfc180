import logging

from django.db import DatabaseError, InterfaceError
from django.utils import timezone

from .scheduling import next_due, publish_due

logger = logging.getLogger(__name__)
# Answers that must not depend on the database, and files.
LEFT_ALONE = ("/healthz", "/readyz", "/static/")


def due(get_response):
    """Let what is due go live with the first request after its time, so that a forgotten timer delays nothing.

    It costs one look into an index that holds scheduled revisions only. The answer is not kept between requests, for
    another process may have set or taken back a schedule since. A page store that answers before Django asks
    `next_due()` for itself, and calls `publish_due()` once that time has come.
    """

    def middleware(request):
        if request.path.startswith(LEFT_ALONE):
            return get_response(request)
        try:
            at = next_due()
            if at and at <= timezone.now():
                publish_due()
        except (DatabaseError, InterfaceError):
            # The request goes on: it may need no database, and what is due is tried again by the next one.
            logger.exception("Scheduled changes could not be carried out.")
        return get_response(request)

    return middleware
