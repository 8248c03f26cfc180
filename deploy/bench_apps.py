"""What `make bench` sets the page store against, each a WSGI application on the same server."""

import json
import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "integrative.settings")


def __getattr__(name):
    """An application when a server asks for it, so that each process sets up the one it runs and no other."""
    makers = {"bare": make_bare, "uncached": make_uncached, "persite": make_persite}
    if name not in makers:
        raise AttributeError(name)
    return makers[name]()


def make_bare():
    """Sends one answer, read from the file BENCH_ANSWER, whatever it is asked."""
    with open(os.environ["BENCH_ANSWER"], encoding="latin-1") as file:
        status, headers, body = json.load(file)
    headers, body = [tuple(pair) for pair in headers], body.encode("latin-1")

    def application(environ, start_response):
        start_response(status, headers[:])
        return [body]

    return application


def make_uncached():
    """The site without its page store."""
    from django.core.wsgi import get_wsgi_application

    return get_wsgi_application()


def make_persite():
    """The site behind Django's own per-site cache, in memory."""
    from django.conf import settings
    from django.core.wsgi import get_wsgi_application

    cache = "django.middleware.cache."
    settings.MIDDLEWARE = [f"{cache}UpdateCacheMiddleware", *settings.MIDDLEWARE, f"{cache}FetchFromCacheMiddleware"]
    return get_wsgi_application()
