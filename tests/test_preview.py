"""A preview is the readers' own page with other words, and leaves nothing behind."""

from datetime import timedelta

import pytest
from django.utils import timezone

from integrative.models import Source
from integrative.revisions import Share

from .make import make_condition, make_evidence, make_location, make_source, make_term, make_therapy, sign_in
from .staff import draft, make_person, place, posted

pytestmark = pytest.mark.django_db


def seen(client, record, query=""):
    return client.get(place(record, "desk") + f"page/{query}")


def test_a_preview_is_what_readers_will_get_but_for_its_mark(client):
    therapy = make_therapy(known_and_not="Little is known.", what_you_can_do="Ask.")
    make_evidence(therapy=therapy)
    publisher, author = make_person("Publisher"), make_person("Author")
    revision = draft(therapy, author, summary="New words.", tags=["calm", "at home"])
    sign_in(client, author)
    preview = seen(client, therapy).content.decode()
    client.logout()
    from .staff import publish

    publish(revision, publisher, note="Never mind")
    live = client.get(therapy.get_absolute_url()).content.decode()
    mark = preview[preview.index('<p class="urgent" id="preview-mark">') :].partition("\n")[0] + "\n"
    preview = preview.replace(mark, "").replace('\n<meta name="robots" content="noindex, nofollow">', "")
    start, end = (
        live.index('<section class="changes">'),
        live.index("</section>", live.index('<section class="changes">')),
    )
    assert preview.split() == (live[:start] + live[end + len("</section>") :]).split()


def test_a_preview_leaves_nothing_behind(client):
    therapy, source = make_therapy(), make_source(path="study")
    sign_in(client, make_person("Author"))
    draft(therapy, make_person("Author"), summary="New.", tags=["new topic"], safety=f"- Harm. [@{source.pk}]")
    before = (therapy.document(), list(therapy.sources.values_list("pk")), Source.objects.count())
    assert b"New." in seen(client, therapy).content
    therapy = type(therapy).objects.get(pk=therapy.pk)
    assert (therapy.document(), list(therapy.sources.values_list("pk")), Source.objects.count()) == before
    assert b"New." not in client.get(therapy.get_absolute_url()).content


def test_a_preview_is_not_kept_indexed_or_framed_by_others(client):
    condition = make_condition()
    sign_in(client, make_person("Author"))
    response = seen(client, condition)
    assert response.headers["X-Robots-Tag"].startswith("noindex")
    assert response.headers["Cache-Control"].startswith("no-store, private")
    assert response.headers["X-Frame-Options"] == "SAMEORIGIN"
    policy = response.headers["Content-Security-Policy"]
    assert "frame-ancestors 'self'" in policy
    assert "default-src 'none'" in policy
    assert b"This is not what readers see now" in response.content


def test_an_unfinished_draft_can_be_looked_at(client):
    author = make_person("Author")
    sign_in(client, author)
    for record, values in (
        (make_condition(), {"title": "", "body_system": "", "checked_on": "soon"}),
        (make_evidence(), {"level": "", "certainty": "", "body": "", "sources": []}),
        (make_location(), {"region": ""}),
        (make_term(), {"body": "Words. [@nobody]"}),
    ):
        draft(record, author, **values)
        response = seen(client, record)
        assert response.status_code == 200, record
        assert b"No preview yet" not in response.content, record


@pytest.mark.parametrize("url", ["", "no address yet", "http://[half"])
def test_a_source_can_be_looked_at_before_its_address_is_one(client, url):
    source = make_source()
    author = make_person("Author")
    draft(source, author, url=url)
    sign_in(client, author)
    assert seen(client, source).status_code == 200


def test_a_page_that_readers_cannot_reach_says_why(client):
    author = make_person("Author")
    sign_in(client, author)
    evidence = make_evidence(condition=make_condition(status="draft"))
    response = seen(client, evidence)
    assert (response.status_code, b"No preview yet" in response.content) == (200, True)


def test_draft_and_page_stand_side_by_side(client):
    condition = make_condition()
    sign_in(client, make_person("Clinical reviewer"))
    response = client.get(place(condition, "desk") + "preview/")
    assert response.content.count(b"<iframe ") == 2
    assert "frame-src 'self'" in response.headers["Content-Security-Policy"]
    assert condition.summary.encode() in seen(client, condition, "?version=live").content


def share_link(client, condition):
    revision = draft(condition, make_person("Author"), summary="For your eyes.")
    sign_in(client, revision.author)
    client.post(place(condition, "desk") + "share/", posted(revision))
    client.logout()
    return revision, Share.objects.get().get_absolute_url()


def test_a_link_shows_a_draft_to_someone_without_an_account(client):
    _, link = share_link(client, make_condition())
    response = client.get(link)
    assert b"For your eyes." in response.content
    assert response.headers["X-Robots-Tag"].startswith("noindex")
    assert not response.cookies


def test_a_link_ends_after_seven_days_when_taken_back_or_when_forged(client):
    condition = make_condition()
    revision, link = share_link(client, condition)
    assert client.get(link[:-3] + "xx/").status_code == 410
    Share.objects.update(made_at=timezone.now() - timedelta(days=7, minutes=1))
    assert client.get(link).status_code == 410
    Share.objects.update(made_at=timezone.now())
    assert client.get(link).status_code == 200
    sign_in(client, revision.author)
    client.post(place(condition, "desk") + "revoke/", posted(revision))
    client.logout()
    assert client.get(link).status_code == 410
