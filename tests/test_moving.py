"""A record that gets another address takes everything along: findings, links, citations, history, and its readers."""

import pytest

from integrative.moving import rename
from integrative.publishing import Refused
from integrative.revisions import Revision

from .make import make_article, make_condition, make_evidence, make_page, make_source, make_therapy
from .staff import draft, make_person, publish

pytestmark = pytest.mark.django_db


def test_the_old_address_leads_to_the_new_one_for_good(client):
    therapy = make_therapy(path="touch", title="Touch")
    evidence = make_evidence(therapy=therapy, condition=make_condition(path="back"))
    publisher = make_person("Publisher")
    rename(therapy, publisher, "light-touch", "A clearer name")
    place = evidence.condition_id
    for old, new in (
        ("/therapies/touch/", "/therapies/light-touch/"),
        (f"/evidence/touch/{place}/", f"/evidence/light-touch/{place}/"),
    ):
        response = client.get(old)
        assert (response.status_code, response.headers["Location"].partition("#")[0]) == (301, new)
        assert client.get(new).status_code == 200
    rename(type(therapy).objects.get(pk="light-touch"), publisher, "lighter-touch", "Again")
    assert client.get("/therapies/touch/").headers["Location"] == "/therapies/lighter-touch/"


def test_links_lists_and_citations_follow():
    source = make_source(path="study")
    therapy = make_therapy(path="touch", safety="- It may itch. [@study]")
    article = make_article(body="See [touch](../therapies/touch.md#safety). [@study]", therapies=[therapy])
    publisher = make_person("Publisher")
    waiting = draft(article, make_person("Author"), summary="Waiting words.")
    rename(therapy, publisher, "light-touch", "A clearer name")
    rename(source, publisher, "large-study", "A clearer name")
    article = type(article).objects.get(pk=article.pk)
    assert article.body == "See [touch](../therapies/light-touch.md#safety). [@large-study]"
    assert [t.pk for t in article.therapies.all()] == ["light-touch"]
    assert type(therapy).objects.get(pk="light-touch").safety == "- It may itch. [@large-study]"
    waiting.refresh_from_db()
    publish(waiting, publisher)
    article.refresh_from_db()
    assert (article.summary, [t.pk for t in article.therapies.all()]) == ("Waiting words.", ["light-touch"])


def test_the_history_goes_along_and_the_old_row_is_retired():
    condition, publisher = make_condition(path="back"), make_person("Publisher")
    publish(draft(condition, make_person("Author"), summary="Second."), publisher)
    new = rename(condition, publisher, "back-pain", "The name people use")
    assert Revision.objects.of(new).count() == 3
    condition.refresh_from_db()
    assert condition.status == "retired"


def test_a_draft_of_the_moved_page_goes_along_and_names_the_new_address():
    page, publisher = make_page(path="rooms", body="See [above](rooms.md#top)."), make_person("Publisher")
    waiting = draft(page, make_person("Author"), title="Our rooms")
    new = rename(page, publisher, "our-rooms", "A clearer name")
    waiting.refresh_from_db()
    publish(waiting, publisher)
    new.refresh_from_db()
    assert (new.title, new.body) == ("Our rooms", "See [above](our-rooms.md#top).")


def test_what_cannot_move_is_refused_and_stays():
    evidence, page, publisher = make_evidence(), make_page(path="emergency"), make_person("Publisher")
    make_condition(path="taken")
    for record, slug in ((evidence, "x"), (page, "x"), (evidence.condition, "taken"), (evidence.condition, "Bad Name")):
        with pytest.raises(Refused):
            rename(record, publisher, slug, "Why not")
