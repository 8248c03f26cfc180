"""What SQLite does here that Django's own does not; `base` is the database engine."""

from contextlib import contextmanager

from django.db import connection


@contextmanager
def wait_at_most(seconds):
    """On SQLite, wait only so long for another's lock; on other databases it changes nothing."""
    if connection.vendor != "sqlite":
        yield
        return
    with connection.cursor() as cursor:
        usual = cursor.execute("PRAGMA busy_timeout").fetchone()[0]
        cursor.execute(f"PRAGMA busy_timeout = {int(seconds * 1000)}")
        try:
            yield
        finally:
            cursor.execute(f"PRAGMA busy_timeout = {usual}")
