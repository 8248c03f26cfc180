"""What is scheduled goes live at its time, by a timer or by the first request, or tells why it could not."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.urls import reverse
from django.utils import timezone

from integrative import middleware, publishing, scheduling
from integrative.readiness import ATTESTATIONS
from integrative.revisions import Revision, State

from .make import make_article, make_condition, make_source, manage, sign_in
from .staff import draft, latest, make_person, place, posted

pytestmark = pytest.mark.django_db


def scheduled(record, hours=3, **values):
    revision = draft(record, make_person("Author"), **(values or {"summary": "To come."}))
    when = timezone.now() + timedelta(hours=hours)
    return scheduling.schedule(revision, make_person("Publisher"), when, "Soon", list(ATTESTATIONS))


def pass_time(revision):
    """Let the time of a schedule have come a minute ago."""
    Revision.objects.filter(pk=revision.pk).update(publish_at=timezone.now() - timedelta(minutes=1))


def test_the_first_request_after_the_time_shows_the_new_text(client):
    condition = make_condition()
    revision = scheduled(condition)
    assert b"To come." not in client.get(condition.get_absolute_url()).content
    pass_time(revision)
    assert b"To come." in client.get(condition.get_absolute_url()).content
    assert scheduling.next_due() is None


def test_readers_do_not_wait_while_another_request_carries_out_what_is_due(client, monkeypatch):
    condition, begun = make_condition(), []
    pass_time(scheduled(condition))

    def carry_out():
        begun.append(1)
        assert client.get(condition.get_absolute_url()).status_code == 200

    monkeypatch.setattr(middleware, "publish_due", carry_out)
    client.get("/conditions/")
    assert begun == [1]
    client.get("/conditions/")
    assert begun == [1, 1]


def test_the_command_does_the_same_and_a_second_run_does_nothing():
    condition = make_condition()
    pass_time(scheduled(condition))
    assert manage("publish_due").out == f"conditions/{condition.pk}: live\n"
    assert manage("publish_due").out == ""


def test_a_page_goes_down_at_its_time_with_the_words_it_has_by_then(client):
    condition, publisher = make_condition(), make_person("Publisher")
    when = timezone.now() + timedelta(days=1)
    down = scheduling.schedule_retirement(condition, publisher, when, "Out of date")
    publishing.publish(draft(condition, make_person("Author"), summary="Newer."), publisher, "N", list(ATTESTATIONS))
    pass_time(down)
    assert client.get(condition.get_absolute_url()).status_code == 404
    condition.refresh_from_db()
    assert (condition.status, condition.summary) == ("retired", "Newer.")


def test_a_schedule_never_overwrites_what_a_colleague_published_meanwhile(client):
    condition = make_condition()
    revision = scheduled(condition)
    condition.summary = "A colleague's words, from a file."
    condition.save()
    pass_time(revision)
    assert b"from a file" in client.get(condition.get_absolute_url()).content
    revision.refresh_from_db()
    assert revision.state == State.BLOCKED
    sign_in(client, make_person("Author"))
    desk = client.get(place(condition, "desk")).content.decode()
    assert "Could not go live" in desk
    assert "The page was changed after this draft was begun" in desk
    assert "Could not go live" in client.get(reverse("admin:index")).content.decode()


def test_what_is_no_longer_sound_at_its_time_does_not_go_live():
    source = make_source(path="study")
    condition = make_condition()
    revision = scheduled(condition, what_you_can_do="Read. [@study]")
    type(source).objects.filter(pk="study").update(status="retired")
    pass_time(revision)
    scheduling.publish_due()
    revision.refresh_from_db()
    assert revision.state == State.BLOCKED
    assert "no published source" in revision.steps.last().note


def test_one_that_fails_does_not_keep_another_from_going_live():
    first, second = make_condition(), make_condition()
    blocked, fine = scheduled(first), scheduled(second)
    first.summary = "Changed."
    first.save()
    for revision in (blocked, fine):
        pass_time(revision)
    assert {done.state for done in scheduling.publish_due()} == {State.BLOCKED, State.PUBLISHED}


def test_a_new_draft_does_not_disturb_what_is_scheduled_and_builds_on_it():
    condition, publisher = make_condition(summary="Old.", what_you_can_do="Old."), make_person("Publisher")
    coming = scheduled(condition)
    later = draft(condition, make_person("Author"), what_you_can_do="Later.")
    with pytest.raises(publishing.Refused, match="builds on the text that goes live"):
        publishing.publish(later, publisher, "Later", list(ATTESTATIONS))
    pass_time(coming)
    scheduling.publish_due()
    later.refresh_from_db()
    publishing.publish(later, publisher, "Later", list(ATTESTATIONS))
    condition.refresh_from_db()
    assert (condition.summary, condition.what_you_can_do) == ("To come.", "Later.")


def test_a_schedule_that_is_taken_back_is_a_draft_again(client):
    condition = make_condition()
    revision = scheduled(condition)
    sign_in(client, make_person("Publisher"))
    client.post(place(condition, "desk") + "cancel/", posted(revision))
    revision.refresh_from_db()
    assert (revision.state, revision.publish_at) == (State.DRAFT, None)


@pytest.mark.parametrize("typed", ["2027-03-28T02:30", "2027-10-31T02:30", "2020-01-01T10:00", "soon"])
def test_a_time_that_does_not_exist_or_comes_twice_or_has_passed_is_refused(client, settings, typed):
    settings.TIME_ZONE = "Europe/Berlin"
    condition = make_condition()
    revision = draft(condition, make_person("Author"), summary="To come.")
    sign_in(client, make_person("Publisher"))
    data = posted(revision, when=typed, note="Soon", attested=list(ATTESTATIONS))
    client.post(place(condition, "desk") + "schedule/", data)
    assert latest(condition).state == State.DRAFT


def test_times_are_the_clinics_own(client, settings):
    settings.TIME_ZONE = "America/Chicago"
    condition = make_condition(title="A condition to come")
    revision = draft(condition, make_person("Author"), summary="To come.")
    sign_in(client, make_person("Publisher"))
    data = posted(revision, when="2030-07-01T08:00", note="Soon", attested=list(ATTESTATIONS))
    client.post(place(condition, "desk") + "schedule/", data)
    revision.refresh_from_db()
    assert revision.publish_at == datetime(2030, 7, 1, 8, tzinfo=ZoneInfo("America/Chicago"))
    calendar = client.get(reverse("admin:calendar")).content.decode()
    for words in ("Monday, July 1, 2030", "08:00 (CDT)", "A condition to come", "America/Chicago"):
        assert words in calendar


def test_pages_that_others_rest_on_do_not_go_down_by_a_timer(client):
    condition = make_condition()
    make_article(body=f"See [it](../conditions/{condition.pk}.md).")
    when = timezone.now() + timedelta(days=1)
    pass_time(scheduling.schedule_retirement(condition, make_person("Publisher"), when, "Out of date"))
    assert client.get(condition.get_absolute_url()).status_code == 200
    assert latest(condition).state == State.BLOCKED


def test_the_health_check_needs_no_database_for_schedules(client, django_assert_num_queries):
    with django_assert_num_queries(0):
        client.get("/healthz")


def test_a_reader_pays_one_question_for_schedules(client, django_assert_num_queries):
    with django_assert_num_queries(1):
        client.get("/robots.txt")


@pytest.mark.django_db(transaction=True)
def test_every_process_knows_at_once_when_the_next_change_is_due():
    condition = make_condition()
    assert scheduling.next_due() is None
    revision = scheduled(condition)
    assert scheduling.next_due() == revision.publish_at
    scheduling.cancel(revision, make_person("Publisher"))
    assert scheduling.next_due() is None


@pytest.mark.django_db(transaction=True)
def test_what_could_not_go_live_is_not_due_any_more():
    source = make_source(path="study")
    revision = scheduled(make_condition(), what_you_can_do="Read. [@study]")
    pass_time(revision)
    type(source).objects.filter(pk="study").update(status="retired")
    assert scheduling.next_due() is not None
    assert [done.state for done in scheduling.publish_due()] == [State.BLOCKED]
    assert scheduling.next_due() is None
