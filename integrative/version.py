"""Which state of the content readers see now, as one short word."""

import hashlib
import threading

from django.apps import apps
from django.conf import settings
from django.db import connection

_seen = threading.local()


def current():
    """A word that changes whenever a record, or a link between records, changes."""
    tick = _tick()
    if getattr(_seen, "tick", None) != tick:
        _seen.tick, _seen.word = tick, _digest()
    return _seen.word


def _tick():
    """Something cheap that moves with every write to the database, by this connection or by another."""
    connection.ensure_connection()
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("PRAGMA data_version")
            own = connection.connection.total_changes
        else:
            cursor.execute("SELECT pg_current_wal_insert_lsn()::text")
            own = None
        return id(connection.connection), cursor.fetchone()[0], own


def _digest():
    state = hashlib.blake2b(digest_size=12)
    for room in settings.ROOMS:
        for model in apps.get_app_config(room).get_models(include_auto_created=True):
            for row in model.objects.order_by("pk").values_list().iterator():
                state.update(repr(row).encode())
    return state.hexdigest()
