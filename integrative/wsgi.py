import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "integrative.settings")
application = get_wsgi_application()

# Only now is Django ready. Addresses are loaded here so that workers which fork later share them.
from django.conf import settings  # noqa: E402
from django.db import DatabaseError, InterfaceError  # noqa: E402
from django.utils import timezone  # noqa: E402

from . import urls  # noqa: E402, F401
from .pagestore import PageStore  # noqa: E402
from .scheduling import next_due  # noqa: E402


def due():
    """When pages must be made anew: at the next scheduled change, or at once where the database cannot say."""
    try:
        return next_due()
    except (DatabaseError, InterfaceError):
        return timezone.now()


if not settings.DEBUG:
    application = PageStore(application, ask_due=due)
