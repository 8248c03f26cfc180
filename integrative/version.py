"""The content version: one row that changes in the same transaction as anything readers are shown.

Database triggers change it, so no path goes past it: the admin, the loader, `QuerySet.update`, bulk writes and plain
SQL all do the same, and a rollback takes the change back. `manage.py migrate` sets the triggers each time it runs,
because SQLite loses them whenever a migration rebuilds a table, and so that a new kind of record has its own from the
start. The value is random, not counted: a restored backup can never repeat a version under which something else stood.
"""

import mmap
import os
import sqlite3
import sys
import threading
from contextlib import contextmanager
from functools import wraps
from pathlib import Path

from django.db import DEFAULT_DB_ALIAS, DatabaseError, InterfaceError, OperationalError, connections, transaction

from .records import record_models

TABLE = "integrative_contentversion"
ASK = f"SELECT value FROM {TABLE} WHERE id = 1"
SQLITE_CHANGE = (
    f"INSERT INTO {TABLE} (id, value) VALUES (1, lower(hex(randomblob(16)))) "
    "ON CONFLICT (id) DO UPDATE SET value = excluded.value"
)
POSTGRES_CHANGE = (
    f"INSERT INTO {TABLE} (id, value) VALUES (1, md5(random()::text)) "
    "ON CONFLICT (id) DO UPDATE SET value = excluded.value"
)
# Once a transaction: a second change of the same row would leave a dead row behind for every statement of a long load.
POSTGRES_FUNCTION = f"""
CREATE OR REPLACE FUNCTION integrative_content_changed() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE mine text := pg_current_xact_id()::text;
BEGIN
    UPDATE {TABLE} SET value = mine || '.' || md5(random()::text)
        WHERE id = 1 AND split_part(value, '.', 1) <> mine;
    IF NOT FOUND THEN
        INSERT INTO {TABLE} (id, value) VALUES (1, mine || '.' || md5(random()::text)) ON CONFLICT (id) DO NOTHING;
    END IF;
    RETURN NULL;
END $$"""

SCHEDULES = "integrative_revision"
SCHEDULE_EVENTS = {
    "INSERT": "NEW.state = 'scheduled'",
    "UPDATE": "OLD.state = 'scheduled' OR NEW.state = 'scheduled'",
    "DELETE": "OLD.state = 'scheduled'",
}
WAL_INDEX_FORMAT = 3_007_000

_mine = threading.local()
_lock = threading.Lock()
_kept_open = {}
_left_behind = []


def current():
    """The version of the content now, as text; None where nobody knows it. DatabaseError when the database is away.

    On SQLite a connection of the thread's own reads it, and only after a commit; elsewhere it is one query of one row.
    """
    try:
        if not hasattr(_mine, "ask"):
            _mine.ask = _asker()
        return _mine.ask()
    except sqlite3.Error as error:
        _mine.__dict__.clear()
        raise DatabaseError(str(error)) from error


def remembered(function):
    """Keep what a function of the content alone returns, in this process, for as long as the content stays as it is."""
    kept = (None, None)

    @wraps(function)
    def ask():
        nonlocal kept
        # Inside a transaction the version may not tell two states apart, and what was read may be rolled back.
        now = None if connections[DEFAULT_DB_ALIAS].in_atomic_block else _held_or_current()
        if now is None:
            return function()
        if kept[0] != now:
            kept = (now, function())
        return kept[1]

    return ask


@contextmanager
def held(value=None):
    """For the length of a block everything `remembered` goes by one version: `value`, or the one found at first need.

    It is for requests that change nothing: a page is then made of one state, and asks for the version once at most.
    """
    outer = getattr(_mine, "held", None)
    _mine.held = outer or [value]
    try:
        yield
    finally:
        _mine.held = outer


def let_go():
    """Within `held`, ask for the version anew: the content was changed on purpose."""
    if getattr(_mine, "held", None):
        _mine.held[0] = None


def _held_or_current():
    held = getattr(_mine, "held", None)
    if held is None:
        return current()
    held[0] = held[0] or current()
    return held[0]


def watch(connection):
    """Set the triggers on every table whose rows readers are shown, and change the version once."""
    there = set(connection.introspection.table_names())
    if TABLE not in there:
        return
    with transaction.atomic(using=connection.alias), connection.cursor() as cursor:
        statements = _postgres_triggers if connection.vendor == "postgresql" else _sqlite_triggers
        schedules = SCHEDULE_EVENTS if SCHEDULES in there else {}
        for statement in statements(sorted(watched_tables() & there), schedules):
            cursor.execute(statement)


def watched_tables():
    """Every record table, the tables that join records to others, and the tags they carry.

    Besides these the schedules count, though readers see them later: pages made before did not know of them.
    """
    tables = set()
    for model in record_models():
        tables.add(model._meta.db_table)
        for field in model._meta.many_to_many:
            tables |= {field.remote_field.through._meta.db_table, field.related_model._meta.db_table}
    return tables


def _sqlite_triggers(tables, schedules):
    for table in tables:
        for event in ("INSERT", "UPDATE", "DELETE"):
            name = f'"content_version_{table}_{event.lower()}"'
            yield f"DROP TRIGGER IF EXISTS {name}"
            yield f'CREATE TRIGGER {name} AFTER {event} ON "{table}" BEGIN {SQLITE_CHANGE}; END'
    for event, of_a_schedule in schedules.items():
        name = f'"content_version_schedule_{event.lower()}"'
        yield f"DROP TRIGGER IF EXISTS {name}"
        yield f"CREATE TRIGGER {name} AFTER {event} ON {SCHEDULES} WHEN {of_a_schedule} BEGIN {SQLITE_CHANGE}; END"
    yield SQLITE_CHANGE


def _postgres_triggers(tables, schedules):
    """Before each statement, not after: every writer then waits for the version first, and no two block each other."""
    yield POSTGRES_FUNCTION
    for table in tables:
        yield f'DROP TRIGGER IF EXISTS content_version ON "{table}"'
        yield (
            f'CREATE TRIGGER content_version BEFORE INSERT OR UPDATE OR DELETE OR TRUNCATE ON "{table}" '
            "FOR EACH STATEMENT EXECUTE FUNCTION integrative_content_changed()"
        )
    for event, of_a_schedule in schedules.items():
        name = f"content_version_{event.lower()}"
        yield f"DROP TRIGGER IF EXISTS {name} ON {SCHEDULES}"
        yield (
            f"CREATE TRIGGER {name} AFTER {event} ON {SCHEDULES} FOR EACH ROW WHEN ({of_a_schedule}) "
            "EXECUTE FUNCTION integrative_content_changed()"
        )
    yield POSTGRES_CHANGE


def _asker():
    connection = connections[DEFAULT_DB_ALIAS]
    name = connection.settings_dict["NAME"]
    # A `file:` address stands for a database that cannot be written (see the settings): nothing to watch.
    if connection.vendor != "sqlite" or connection.is_in_memory_db() or str(name).startswith("file:"):
        return _ask_as_django_does
    place = Path(name).resolve()
    own = sqlite3.connect(f"{place.as_uri()}?mode=rw", uri=True, isolation_level=None, timeout=5)
    own.execute("PRAGMA query_only = 1")
    execute = own.execute
    execute(ASK).fetchone()
    index = _shared_index(f"{place}-shm") if execute("PRAGMA journal_mode").fetchone()[0] == "wal" else None
    seen = value = None

    def ask():
        nonlocal seen, value
        now = index[:48] if index else None
        if now is None or now != seen:
            row = execute(ASK).fetchone()
            value, seen = row and row[0], now
        return value

    return ask


def _shared_index(place):
    """The head of SQLite's WAL index as shared memory: it differs after every commit by whatever process.

    Looking there first costs a third of a microsecond and, other than a query, does not hand the interpreter to another
    thread, which under load costs more than the query. The connection that asked for it keeps the file in being. It is
    never closed: closing any handle on a file drops the locks that SQLite holds on it for the whole process.
    """
    with _lock:
        try:
            there = os.stat(place)
        except FileNotFoundError:
            return None
        name = (there.st_dev, there.st_ino)
        if name not in _kept_open:
            file = open(place, "rb")  # noqa: SIM115
            _kept_open[name] = (file, mmap.mmap(file.fileno(), 48, access=mmap.ACCESS_READ))
        index = _kept_open[name][1]
    return index if int.from_bytes(index[:4], sys.byteorder) == WAL_INDEX_FORMAT else None


def _ask_as_django_does():
    connection = connections[DEFAULT_DB_ALIAS]
    try:
        return _one_row(connection)
    except (OperationalError, InterfaceError):
        # The server may have closed a connection that lay idle; inside a transaction that is not ours to mend.
        if connection.in_atomic_block:
            raise
        connection.close()
        return _one_row(connection)


def _one_row(connection):
    with connection.cursor() as cursor:
        cursor.execute(ASK)
        row = cursor.fetchone()
    return row and row[0]


def _after_fork():
    """A child must neither use nor close its parent's SQLite connections, so they are kept and never touched again."""
    global _mine, _lock
    _left_behind.append(_mine)
    _mine, _lock = threading.local(), threading.Lock()


os.register_at_fork(after_in_child=_after_fork)
