import pytest


@pytest.fixture(autouse=True)
def static_files_without_collecting(settings):
    """Tests name static files as they lie in static/, so that none of them needs `collectstatic` first."""
    storage = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    settings.STORAGES = settings.STORAGES | {"staticfiles": storage}
