"""A clock that is set forward and back again: what was true is shown, what is done stays done, nobody is shut out."""

import time
from datetime import timedelta

import pytest
from django.core.handlers.wsgi import WSGIHandler
from django.db import DatabaseError
from django.utils import timezone
from django_otp import oath

from integrative import scheduling
from integrative.pagestore import PageStore
from integrative.readiness import ATTESTATIONS
from integrative.revisions import Presence, Revision, State

from .make import make_condition, make_staff, sign_in
from .staff import draft, make_person
from .test_pagestore import ABOUT, Answer
from .test_signin import PASSWORD, SECOND, code_of, enrol, give_password

HOUR = timedelta(hours=1)


class Clock:
    """What the wall clock shows; time.monotonic() goes on by itself, as it does in a real machine."""

    def __init__(self, real):
        self.real, self.off = real, timedelta()

    def now(self):
        return self.real() + self.off

    def set(self, **off):
        self.off = timedelta(**off)


@pytest.fixture
def clock(monkeypatch):
    clock, seconds = Clock(timezone.now), time.time
    monkeypatch.setattr(timezone, "now", clock.now)
    for module in (time, oath):
        monkeypatch.setattr(module, "time", lambda: seconds() + clock.off.total_seconds())
    return clock


class Today:
    """Stands for Django: a page that says which day it is."""

    asked = 0

    def __call__(self, environ, start_response):
        self.asked += 1
        start_response("200 OK", [("Content-Type", "text/html; charset=utf-8")])
        return [timezone.localdate().isoformat().encode()]


@pytest.fixture
def store():
    store = PageStore(Today(), ask_version=lambda: "one")
    store.helper.wake = lambda: None
    return store


@pytest.mark.parametrize("days", [[400, 0], [-400, 0], [1, 0, 1], [0, -1, 0], [3, 2, 1, 0]])
def test_a_stored_page_speaks_of_the_day_that_the_clock_shows(clock, store, days):
    for day in days:
        clock.set(days=day)
        assert Answer(store, ABOUT).body.decode() == timezone.localdate().isoformat()


def test_a_small_step_of_the_clock_within_a_day_costs_nothing(clock, store):
    noon = timezone.localtime().replace(hour=12)
    for minute in (0, 5, -5, 1):
        clock.off = noon + timedelta(minutes=minute) - timezone.localtime() + clock.off
        Answer(store, ABOUT)
    assert store.app.asked == 1


def test_a_clock_set_back_while_the_database_is_away_does_not_make_the_site_wait_for_it(clock, store, monkeypatch):
    Answer(store, ABOUT)
    asked = []

    def away():
        asked.append(1)
        raise DatabaseError("gone")

    store.ask_version = away
    now = time.monotonic()
    monkeypatch.setattr(time, "monotonic", lambda: now)
    assert Answer(store, ABOUT).headers["warning"][:3] == "110"
    clock.set(hours=-5)
    now += 1.5
    assert Answer(store, ABOUT).headers["warning"][:3] == "110" and len(asked) == 2
    store.ask_version = lambda: "one"
    now += 1.5
    assert "warning" not in Answer(store, ABOUT).headers


def scheduled(record, **values):
    when = timezone.now() + HOUR
    return scheduling.schedule(draft(record, make_person("Author"), **values), make_person("Publisher"), when, "Soon",
                               list(ATTESTATIONS))  # fmt: skip


@pytest.mark.django_db
def test_what_went_live_stays_live_when_the_clock_goes_back_and_goes_live_once(clock, client):
    condition = make_condition()
    revision = scheduled(condition, summary="To come.")
    clock.set(hours=-30)
    assert b"To come." not in client.get(condition.get_absolute_url()).content
    clock.set(hours=2)
    assert b"To come." in client.get(condition.get_absolute_url()).content
    for hours in (-48, 0, 48):
        clock.set(hours=hours)
        assert b"To come." in client.get(condition.get_absolute_url()).content
    revision.refresh_from_db()
    assert revision.state == State.PUBLISHED
    assert revision.steps.filter(action="published").count() == 1
    assert Revision.objects.filter(state=State.SCHEDULED).count() == 0


@pytest.mark.django_db
def test_a_stored_page_gives_way_at_the_time_of_a_schedule_whatever_the_clock_did_before(clock, connection_kept):
    condition = make_condition()
    store = PageStore(WSGIHandler(), ask_due=scheduling.next_due)
    store.helper.wake = lambda: None
    page = condition.get_absolute_url()
    scheduled(condition, summary="To come.")
    for hours in (0, -30, 0.5):
        clock.set(hours=hours)
        assert b"To come." not in Answer(store, page).body
    for hours in (1.5, -30, 0, 30):
        clock.set(hours=hours)
        assert b"To come." in Answer(store, page).body


@pytest.mark.django_db
def test_a_session_ends_after_its_hour_and_is_not_drawn_out_by_a_clock_that_was_wrong(clock, client):
    sign_in(client, make_staff())
    assert client.get("/admin/").status_code == 200
    clock.set(hours=2)
    assert client.get("/admin/").status_code == 302
    clock.set(hours=0)
    other = sign_in(client, make_staff())
    clock.set(hours=-3)
    assert other.get("/admin/").status_code == 200
    clock.set(hours=0)
    answer = other.get("/admin/")
    assert answer.status_code == 302, "three hours lie between"
    assert "/admin/login/" in answer["Location"]


@pytest.mark.django_db
def test_someone_who_signed_in_by_a_wrong_clock_gets_in_by_a_recovery_code_when_it_is_put_right(clock, client):
    user = make_staff(PASSWORD)
    clock.set(days=30)
    codes = enrol(client, user)
    clock.set(days=0)
    client.post("/admin/leave/")
    give_password(client, user)
    told = client.post(SECOND, {"code": code_of(user.totpdevice_set.get())}).content.decode()
    assert "Check the clock" in told
    assert client.post(SECOND, {"code": codes[0]}).status_code == 302
    assert client.get("/admin/").status_code == 200


@pytest.mark.django_db
def test_nobody_is_said_to_be_editing_for_hours_because_the_clock_was_set_back(clock):
    condition, me, other = make_condition(), make_person("Author"), make_person("Author")
    clock.set(hours=5)
    Presence.note(condition, other)
    assert [p.user for p in Presence.note(condition, me)] == [other]
    clock.set(hours=0)
    assert Presence.note(condition, me) == []
    Presence.note(condition, other)
    told = Presence.note(condition, me)
    assert [p.user for p in told] == [other], "who goes on writing is named again"
    assert told[0].since <= timezone.now()
    clock.set(minutes=16)
    assert Presence.note(condition, me) == []
