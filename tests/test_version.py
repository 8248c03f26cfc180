"""The content version changes with whatever readers are shown, and with nothing else."""

import sqlite3

import pytest
from django.contrib.sessions.models import Session
from django.core.management import call_command
from django.db import DatabaseError, connection, transaction
from django.utils import timezone
from taggit.models import Tag

from integrative import version
from integrative.records import record_models
from integrative.revisions import Revision
from therapies.models import Therapy

from .make import make_condition, make_evidence, make_source, make_staff, make_therapy, sign_in

pytestmark = pytest.mark.django_db


def triggers():
    """{table: how many triggers of ours it has}."""
    if connection.vendor == "postgresql":
        ask = "SELECT tgrelid::regclass::text, count(*) FROM pg_trigger WHERE tgname LIKE 'content_version%' GROUP BY 1"
    else:
        ask = "SELECT tbl_name, count(*) FROM sqlite_master WHERE type = 'trigger' GROUP BY 1"
    with connection.cursor() as cursor:
        cursor.execute(ask)
        return dict(cursor.fetchall())


def changes(action):
    before = version.current()
    action()
    return version.current() != before


def plain_sql():
    with connection.cursor() as cursor:
        cursor.execute("UPDATE therapies_therapy SET cost = 'more' WHERE path = 'touch'")


def test_every_table_that_readers_are_shown_has_its_triggers():
    each = 1 if connection.vendor == "postgresql" else 3
    assert triggers() == dict.fromkeys(version.watched_tables(), each) | {version.SCHEDULES: 3}


def test_the_watched_tables_hold_every_kind_and_what_joins_it_to_others():
    watched = version.watched_tables()
    assert {model._meta.db_table for model in record_models()} <= watched
    assert {"taggit_tag", "integrative_topic", "faq_question_therapies", "therapies_evidence_sources"} <= watched


def test_every_way_of_writing_changes_the_version():
    therapy, source, tag = make_therapy(path="touch", tags=["pain"]), make_source(), Tag.objects.get(name="pain")
    ways = {
        "save": therapy.save,
        "update": lambda: Therapy.objects.update(cost="some"),
        "bulk update": lambda: Therapy.objects.bulk_update([therapy], ["cost"]),
        "bulk create": lambda: Therapy.objects.bulk_create([Therapy(path="other")]),
        "delete": lambda: Therapy.objects.filter(path="other").delete(),
        "plain SQL": plain_sql,
        "a joined record": lambda: therapy.sources.add(make_source()),
        "joined records": lambda: therapy.sources.set([source]),
        "a topic": lambda: therapy.tags.add("sleep"),
        "the name of a topic": lambda: Tag.objects.filter(pk=tag.pk).update(name="aches"),
    }
    assert [name for name, way in ways.items() if not _committed(way)] == []


def test_schedules_count_and_drafts_do_not():
    values = {"folder": "therapies", "path": "touch", "values": {}, "digest": ""}
    made = []
    ways = {
        "a schedule": lambda: made.append(Revision.objects.create(state="scheduled", **values)),
        "another time": lambda: Revision.objects.update(publish_at=timezone.now()),
        "its end": lambda: Revision.objects.update(state="draft"),
        "a schedule again": lambda: Revision.objects.update(state="scheduled"),
        "a schedule that goes": lambda: made[0].delete(),
    }
    assert [name for name, way in ways.items() if not _committed(way)] == []
    draft = Revision.objects.create(**values)
    for way in (draft.save, lambda: Revision.objects.update(note="Later"), draft.delete):
        assert not _committed(way)


def _committed(way):
    """PostgreSQL gives one version to all changes of a transaction, so each way is tried from a known one."""
    with connection.cursor() as cursor:
        cursor.execute(f"UPDATE {version.TABLE} SET value = 'before'")
    way()
    return version.current() != "before"


def test_a_change_that_is_rolled_back_leaves_the_version_as_it_was():
    make_therapy(path="touch")
    with connection.cursor() as cursor:
        cursor.execute(f"UPDATE {version.TABLE} SET value = 'before'")

    def undone():
        with transaction.atomic():
            plain_sql()
            assert version.current() != "before"
            transaction.set_rollback(True)

    assert not changes(undone)
    assert changes(plain_sql)


def test_reading_signing_in_and_sessions_leave_the_version_alone(client):
    make_evidence(condition=make_condition(path="back"))
    staff = make_staff()
    session = Session(session_key="x", session_data="", expire_date=timezone.now())
    assert not changes(lambda: client.get("/conditions/back/"))
    assert not changes(session.save)
    assert not changes(lambda: sign_in(client, staff))


def test_migrate_brings_back_triggers_that_a_rebuilt_table_lost():
    name = "content_version" if connection.vendor == "postgresql" else "content_version_therapies_therapy_update"
    on = " ON therapies_therapy" if connection.vendor == "postgresql" else ""
    with connection.cursor() as cursor:
        cursor.execute(f"DROP TRIGGER {name}{on}")
    before = version.current()
    call_command("migrate", verbosity=0)
    test_every_table_that_readers_are_shown_has_its_triggers()
    assert version.current() != before, "something may have changed while the trigger was away"


def test_without_its_row_the_version_is_unknown_until_the_next_change():
    with connection.cursor() as cursor:
        cursor.execute(f"DELETE FROM {version.TABLE}")
    assert version.current() is None
    make_source()
    assert version.current()


def test_a_database_that_is_away_says_so(tmp_path, monkeypatch):
    class Away:
        vendor, settings_dict = "sqlite", {"NAME": str(tmp_path / "none.sqlite3")}

        def is_in_memory_db(self):
            return False

    monkeypatch.setattr(version, "connections", {"default": Away()})
    version._mine.__dict__.clear()
    with pytest.raises(DatabaseError):
        version.current()
    version._mine.__dict__.clear()


def test_a_thread_of_a_sqlite_site_sees_a_commit_of_another_process(tmp_path, monkeypatch):
    place = tmp_path / "site.sqlite3"
    other = sqlite3.connect(place, isolation_level=None)
    other.execute("PRAGMA journal_mode = WAL")
    other.execute(f"CREATE TABLE {version.TABLE} (id INTEGER PRIMARY KEY, value TEXT)")

    class Site:
        vendor, settings_dict = "sqlite", {"NAME": str(place)}

        def is_in_memory_db(self):
            return False

    monkeypatch.setattr(version, "connections", {"default": Site()})
    version._mine.__dict__.clear()
    seen = []
    for number in range(50):
        other.execute(f"INSERT OR REPLACE INTO {version.TABLE} VALUES (1, '{number}')")
        if number == 25:
            other.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        seen.append(version.current())
    version._mine.__dict__.clear()
    assert seen == [str(number) for number in range(50)]
