"""A review means that a named clinician read exactly these words on that day."""

from datetime import date, timedelta

import pytest
from django.core import mail
from django.utils import timezone

from integrative import publishing
from integrative.readiness import ATTESTATIONS
from integrative.revisions import Revision, State

from .make import make_condition, make_page, manage, sign_in
from .staff import draft, form_data, latest, make_person, place, posted, publish

pytestmark = pytest.mark.django_db


def signed(condition, reviewer, **values):
    revision = draft(condition, make_person("Author"), **values)
    return publishing.sign(publishing.submit(revision, revision.author, list(ATTESTATIONS)), reviewer)


def test_signing_says_who_and_when_and_readers_see_it_once_it_is_published(client, settings):
    settings.REVIEW_MONTHS = {"default": 12, "conditions": 6}
    condition, reviewer = make_condition(), make_person("Clinical reviewer")
    revision = signed(condition, reviewer, summary="Signed words.")
    condition.refresh_from_db()
    assert condition.reviewed_on is None
    publish(revision, make_person("Publisher"))
    condition.refresh_from_db()
    today = timezone.localdate()
    assert (condition.reviewed_by, condition.reviewed_on) == ("Rui Reviewer", today)
    assert condition.next_review_on == publishing.months_later(today, 6)
    assert b"Reviewed by Rui Reviewer" in client.get(condition.get_absolute_url()).content


def test_nobody_signs_their_own_words_unless_the_clinic_allows_it(client, settings):
    condition, reviewer = make_condition(), make_person("Clinical reviewer")
    reviewer.groups.add(make_person("Author").groups.get())
    revision = publishing.submit(draft(condition, reviewer, summary="Mine."), reviewer, list(ATTESTATIONS))
    sign_in(client, reviewer)
    page = client.post(place(condition, "desk") + "sign/", posted(revision), follow=True).content.decode()
    assert "someone else must sign it" in page
    settings.ALLOW_OWN_REVIEW = True
    page = client.post(place(condition, "desk") + "sign/", posted(revision), follow=True).content.decode()
    assert "who also wrote it (no second person)" in page
    assert "signed their own text" in page


def test_whoever_wrote_any_part_of_a_draft_cannot_sign_it():
    condition, reviewer = make_condition(), make_person("Clinical reviewer")
    draft(condition, reviewer, summary="A part.")
    revision = draft(condition, make_person("Author"), what_you_can_do="The rest.")
    with pytest.raises(publishing.Refused):
        publishing.sign(publishing.submit(revision, revision.author), reviewer)


def test_a_text_changed_after_signing_is_unsigned_and_must_be_handed_in_again(client):
    condition, reviewer = make_condition(), make_person("Clinical reviewer")
    signed(condition, reviewer, summary="Signed words.")
    sign_in(client, make_person("Author"))
    client.post(place(condition), form_data(client, condition, summary="Changed words."))
    revision = publishing.head(condition)[0]
    assert (revision.state, revision.signed_by, "reviewed_on" in revision.values) == (State.DRAFT, None, False)


def test_a_published_change_without_a_review_leaves_readers_the_older_date(client):
    condition, reviewer = make_condition(), make_person("Clinical reviewer")
    publish(signed(condition, reviewer, summary="Signed words."), make_person("Publisher"))
    long_ago = {"reviewed_on": date(2026, 1, 5)}
    type(condition).objects.filter(pk=condition.pk).update(**long_ago)
    sign_in(client, reviewer)
    assert "These are the words that were signed" in client.get(place(condition, "desk")).content.decode()
    publish(draft(condition, make_person("Author"), summary="Other words."), make_person("Publisher"))
    condition.refresh_from_db()
    assert condition.reviewed_on == long_ago["reviewed_on"]
    assert "Changed since review" in client.get(place(condition, "desk")).content.decode()
    assert b"January 5, 2026" in client.get(condition.get_absolute_url()).content


def test_sending_back_takes_a_comment_that_the_author_reads(client):
    condition, author = make_condition(), make_person("Author")
    revision = publishing.submit(draft(condition, author, summary="Too long."), author, list(ATTESTATIONS))
    sign_in(client, make_person("Clinical reviewer"))
    client.post(place(condition, "desk") + "send-back/", posted(revision, note=" "))
    assert latest(condition).state == State.REVIEW
    client.post(place(condition, "desk") + "send-back/", posted(revision, note="Halve the first sentence."))
    assert latest(condition).state == State.REJECTED
    sign_in(client, author)
    assert "Halve the first sentence." in client.get(place(condition, "desk")).content.decode()


def test_a_page_can_be_signed_as_it_stands_and_open_drafts_stay_publishable():
    condition, reviewer = make_condition(), make_person("Clinical reviewer")
    waiting = draft(condition, make_person("Author"), summary="Waiting.")
    publishing.sign_page(condition, reviewer)
    condition.refresh_from_db()
    assert condition.reviewed_by == "Rui Reviewer"
    waiting.refresh_from_db()
    publish(waiting, make_person("Publisher"))
    condition.refresh_from_db()
    assert (condition.summary, condition.reviewed_by) == ("Waiting.", "Rui Reviewer")


def test_a_text_that_changed_while_the_reviewer_looked_is_not_signed(client):
    condition, author = make_condition(), make_person("Author")
    seen = posted(publishing.submit(draft(condition, author, summary="Seen."), author, list(ATTESTATIONS)))
    newer = publishing.submit(draft(condition, author, summary="Not seen."), author, list(ATTESTATIONS))
    sign_in(client, make_person("Clinical reviewer"))
    client.post(place(condition, "desk") + "sign/", seen)
    client.post(place(condition, "desk") + "sign/", seen | {"revision": newer.pk})
    assert not Revision.objects.filter(state=State.SIGNED).exists()


def test_a_signature_needs_a_name():
    condition, reviewer = make_condition(), make_person("Clinical reviewer", first_name="", last_name="")
    with pytest.raises(publishing.Refused, match="name"):
        signed(condition, reviewer, summary="Words.")


def test_readers_see_that_a_review_is_overdue(client):
    yesterday = timezone.localdate() - timedelta(days=1)
    condition = make_condition(reviewed_on=date(2025, 1, 1), reviewed_by="Rui Reviewer", next_review_on=yesterday)
    assert b"review is overdue" in client.get(condition.get_absolute_url()).content


def test_reminders_go_to_reviewers_once_a_day():
    yesterday = timezone.localdate() - timedelta(days=1)
    condition = make_condition(title="Overdue one", reviewed_on=date(2025, 1, 1), next_review_on=yesterday)
    make_page(title="Not due")
    make_person("Author", email="author@example.org")
    make_person("Clinical reviewer", email="reviewer@example.org")
    assert manage("send_review_reminders").code == 0
    assert [message.to for message in mail.outbox] == [["reviewer@example.org"]]
    assert "Overdue one" in mail.outbox[0].body
    assert place(condition, "desk") in mail.outbox[0].body
    assert "Not due" not in mail.outbox[0].body
    manage("send_review_reminders")
    assert len(mail.outbox) == 1


def test_a_reminder_that_could_not_be_sent_is_tried_again(monkeypatch):
    from integrative import reminders

    make_condition(next_review_on=timezone.localdate())
    make_person("Clinical reviewer", email="reviewer@example.org")
    with monkeypatch.context() as broken:
        broken.setattr(reminders, "send_mail", lambda *args: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            reminders.send()
    assert len(reminders.send()) == 1


@pytest.mark.parametrize(("day", "months", "later"), [
    (date(2026, 1, 31), 1, date(2026, 2, 28)), (date(2026, 11, 24), 12, date(2027, 11, 24)),
    (date(2026, 12, 31), 6, date(2027, 6, 30)), (date(2026, 11, 30), 1, date(2026, 12, 30)),
])  # fmt: skip
def test_the_next_review_falls_on_the_same_day_or_the_last_of_its_month(day, months, later):
    assert publishing.months_later(day, months) == later
