import pytest


@pytest.fixture(autouse=True)
def static_files_without_collecting(settings):
    """Tests name static files as they lie in static/, so that none of them needs `collectstatic` first."""
    storage = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    settings.STORAGES = settings.STORAGES | {"staticfiles": storage}


@pytest.fixture(autouse=True)
def passwords_checked_quickly(settings):
    """The real hasher takes a quarter of a second for each password, on purpose."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
