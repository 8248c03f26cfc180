import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "integrative.settings")
application = get_wsgi_application()

from django.conf import settings  # noqa: E402 - Django must be set up first

from .pagestore import PageStore  # noqa: E402

if not settings.DEBUG:
    application = PageStore(application)
