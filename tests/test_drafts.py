"""A draft is a proposed text: readers see nothing of it until it is published, and no word of it is lost."""

import pytest
from django.urls import reverse

from integrative import publishing
from integrative.readiness import ATTESTATIONS
from integrative.revisions import Revision, State

from .make import make_article, make_condition, make_evidence, make_source, make_therapy, sign_in
from .staff import draft, form_data, latest, make_person, place, posted, publish

pytestmark = pytest.mark.django_db


def test_a_saved_draft_leaves_the_page_as_it_is(client):
    condition = make_condition(summary="The old words.")
    sign_in(client, make_person("Author"))
    client.post(place(condition), form_data(client, condition, summary="The new words."))
    condition.refresh_from_db()
    assert condition.summary == "The old words."
    assert b"The old words." in client.get(condition.get_absolute_url()).content
    assert latest(condition).values["summary"] == "The new words."
    assert "The new words." in client.get(place(condition)).content.decode()


def test_a_draft_may_be_unfinished_and_wrong_and_is_kept_as_it_was_typed(client):
    therapy = make_therapy()
    sign_in(client, make_person("Author"))
    wrong = {"title": "", "safety": "- No source.\n\n## Odd heading", "checked_on": "next week", "kind": ""}
    client.post(place(therapy), form_data(client, therapy, **wrong))
    kept = latest(therapy).values
    assert (kept["safety"], kept["checked_on"], "title" in kept) == (wrong["safety"], "next week", False)
    page = client.get(place(therapy)).content.decode()
    assert "This line cites no source" in page
    assert 'value="next week"' in page


def test_a_new_record_is_only_a_draft_until_it_is_published(client):
    author, publisher = make_person("Author"), make_person("Publisher")
    therapy, condition, source = make_therapy(path="touch"), make_condition(path="back"), make_source(path="study")
    sign_in(client, author)
    data = {
        "therapy": "touch", "condition": "back", "aspect": "Long pain", "level": "may-help", "certainty": "low",
        "body": "A finding.", "sources": ["study"], "checked_on": "2026-11-24",
    }  # fmt: skip
    assert client.post(reverse("admin:therapies_evidence_add"), data).status_code == 302
    record = therapy.evidence.get()
    assert (record.pk, record.status, record.level) == ("touch/back.long-pain", "draft", "")
    assert client.get("/evidence/touch/back/").status_code == 404
    publish(latest(record), publisher)
    record.refresh_from_db()
    assert (record.level, list(record.sources.all())) == ("may-help", [source])
    assert client.get("/evidence/touch/back/").status_code == 200
    assert condition.evidence.published().count() == 1


def test_publishing_needs_a_note_the_attestations_and_a_text_without_errors(client):
    condition, author = make_condition(), make_person("Author")
    sign_in(client, make_person("Publisher"))
    revision = draft(condition, author, summary="")
    everything = posted(revision, note="Shorter", attested=list(ATTESTATIONS))
    for missing in ({"note": ""}, {"attested": ["plain"]}, {}):
        client.post(place(condition, "desk") + "publish/", everything | missing)
        revision.refresh_from_db()
        assert revision.state == State.DRAFT, missing
    condition.refresh_from_db()
    assert condition.summary
    better = draft(condition, author, summary="Full again, and new.")
    client.post(place(condition, "desk") + "publish/", everything | posted(better))
    condition.refresh_from_db()
    assert condition.summary == "Full again, and new."


def test_every_explicit_save_is_a_version_and_an_autosave_is_written_over():
    condition, author = make_condition(), make_person("Author")
    for words in ("one", "two"):
        draft(condition, author, summary=words)
    assert [r.values["summary"] for r in Revision.objects.of(condition)][:2] == ["two", "one"]
    before = Revision.objects.count()
    values = publishing.head(condition)[1].values
    for words in ("three", "four", "five"):
        publishing.save_draft(condition, values | {"summary": words}, author, auto=True)
    assert Revision.objects.count() == before + 1
    assert latest(condition).values["summary"] == "five"


def test_a_second_person_who_saves_over_a_newer_draft_keeps_both_texts(client):
    condition = make_condition(summary="Old.", what_you_can_do="Read.")
    first, second = make_person("Author"), make_person("Author", first_name="Bea")
    sign_in(client, second)
    opened = form_data(client, condition)
    draft(condition, first, summary="First person's words.", what_you_can_do="First.")
    response = client.post(place(condition), opened | {"summary": "Second person's words."})
    assert "/settle/" in response.headers["Location"]
    page = client.get(response.headers["Location"]).content.decode()
    for words in ("Old.", "First person&#x27;s words.", "Second person&#x27;s words.", "Both changed this"):
        assert words in page
    assert "Only the newer text changed this" in page
    theirs = publishing.head(condition)[1]
    chosen = {"opened": theirs.digest(), "text-summary": "Both persons' words."}
    client.post(response.headers["Location"], chosen)
    now = publishing.head(condition)[1].values
    assert (now["summary"], now["what_you_can_do"]) == ("Both persons' words.", "First.")
    kept = {r.values["summary"] for r in Revision.objects.of(condition)}
    assert {"First person's words.", "Second person's words."} <= kept


def test_the_second_person_is_told_who_has_the_form_open_before_saving(client):
    condition = make_condition()
    sign_in(client, make_person("Author"))
    client.get(place(condition))
    sign_in(client, make_person("Author", first_name="Bea", last_name="Second"))
    page = client.get(place(condition)).content.decode()
    assert "Ana Autor has this open since" in page


def test_a_draft_is_not_published_over_a_page_that_changed_meanwhile(client):
    condition, author = make_condition(summary="Old.", what_you_can_do="Read."), make_person("Author")
    revision = draft(condition, author, summary="Draft.")
    type(condition).objects.filter(pk=condition.pk).update(what_you_can_do="Loaded from a file.")
    sign_in(client, make_person("Publisher"))
    data = posted(revision, note="New", attested=list(ATTESTATIONS))
    response = client.post(place(condition, "desk") + "publish/", data)
    assert "/settle/" in response.headers["Location"]
    sign_in(client, author)
    client.post(
        response.headers["Location"],
        {"opened": publishing.proposed(type(condition).objects.get(pk=condition.pk).document()).digest()},
    )
    publish(publishing.head(condition)[0], make_person("Publisher"))
    condition.refresh_from_db()
    assert (condition.summary, condition.what_you_can_do) == ("Draft.", "Loaded from a file.")


def test_restoring_makes_a_new_draft_and_publishes_nothing(client):
    condition, author, publisher = make_condition(summary="One."), make_person("Author"), make_person("Publisher")
    publish(draft(condition, author, summary="Two."), publisher)
    first = Revision.objects.of(condition).last()
    sign_in(client, author)
    client.post(place(condition, "desk") + "restore/", posted(first))
    assert publishing.head(condition)[1].values["summary"] == "One."
    condition.refresh_from_db()
    assert condition.summary == "Two."


def test_the_difference_between_any_two_versions_is_shown_word_by_word(client):
    condition, author = make_condition(summary="You sit for a while."), make_person("Author")
    publish(draft(condition, author, summary="You sit for an hour."), make_person("Publisher"))
    sign_in(client, author)
    new, old = Revision.objects.of(condition)
    page = client.get(place(condition, "desk") + f"compare/?a={old.pk}&b={new.pk}").content.decode()
    assert "You sit for <del>a while</del><ins>an hour</ins>." in page


def test_readers_are_told_what_changed(client):
    condition, author = make_condition(), make_person("Author")
    draft(condition, author, summary="Not told yet.")
    assert b"Clearer words" not in client.get(condition.get_absolute_url()).content
    publish(publishing.head(condition)[0], make_person("Publisher"))
    assert b"Clearer words" in client.get(condition.get_absolute_url()).content


def test_a_failed_publication_changes_nothing(monkeypatch):
    evidence, author = make_evidence(), make_person("Author")
    revision = draft(evidence, author, body="Other words.")
    before = evidence.document()

    def crash(*args, **kwargs):
        raise RuntimeError("the machine stopped here")

    monkeypatch.setattr(publishing, "change", crash)
    with pytest.raises(RuntimeError):
        publish(revision, make_person("Publisher"))
    monkeypatch.undo()
    revision.refresh_from_db()
    assert revision.state == State.DRAFT
    assert type(evidence).objects.get(pk=evidence.pk).document() == before


def test_the_form_and_the_desk_ask_the_same_few_questions_however_long_the_history(
    client, django_assert_max_num_queries
):
    condition, author = make_condition(), make_person("Author")
    publish(draft(condition, author, summary="Two."), make_person("Publisher"))
    sign_in(client, author)

    def asked():
        counts = []
        for address in (place(condition), place(condition, "desk"), place(condition, "history")):
            client.get(address)
            with django_assert_max_num_queries(200) as captured:
                assert client.get(address).status_code == 200
            counts.append(len(captured))
        return counts

    draft(condition, author, summary="Three.")
    for number in range(3):
        draft(condition, author, summary=f"Few {number}.")
    before = asked()
    old = Revision.objects.of(condition).last()
    Revision.objects.bulk_create(
        Revision(folder=old.folder, path=old.path, values=old.values, digest=old.digest, state=State.SUPERSEDED,
                 author=author) for _ in range(1000))  # fmt: skip
    assert all(now <= then for now, then in zip(asked(), before, strict=True))


def test_topics_lists_and_joined_records_come_back_as_they_were_typed(client):
    therapy, article = make_therapy(path="sitting"), make_article(tags=["rest"])
    sign_in(client, make_person("Author"))
    changed = form_data(client, article, tags="rest, two words", therapies=[therapy.pk])
    assert client.post(place(article), changed).status_code == 302
    assert (latest(article).values["tags"], latest(article).values["therapies"]) == (["rest", "two words"], ["sitting"])
    again = form_data(client, article)
    assert (again["tags"], again["therapies"]) == ('"two words", rest', ["sitting"])
    client.post(place(article), again)
    assert Revision.objects.of(article).filter(author__isnull=False).count() == 1


def test_lists_say_which_records_have_a_draft_and_ask_no_more_for_more(client, django_assert_max_num_queries):
    author = make_person("Author")
    sign_in(client, author)

    def asked():
        with django_assert_max_num_queries(100) as captured:
            page = client.get(place(make_condition(), "changelist")).content.decode()
        return len(captured), page.count("Draft</td>")

    draft(make_condition(), author, summary="x")
    before = asked()
    for _ in range(5):
        draft(make_condition(), author, summary="x")
    after = asked()
    assert (before[1], after[1]) == (1, 6)
    assert after[0] == before[0]
