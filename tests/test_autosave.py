"""An open form keeps itself, and tells who else is there."""

import pytest
from django.urls import reverse

from integrative import publishing
from integrative.revisions import Presence, Revision, State

from .make import make_condition, make_source, make_therapy, sign_in
from .staff import draft, form_data, make_person, place

pytestmark = pytest.mark.django_db


def test_an_autosave_is_found_again_when_the_form_is_opened_anew(client):
    condition = make_condition()
    sign_in(client, make_person("Author"))
    opened = form_data(client, condition)
    told = client.post(place(condition, "deskautosave/"), opened | {"summary": "Half a sen"}).json()
    assert told["saved"]
    assert form_data(client, condition)["summary"] == "Half a sen"
    again = client.post(
        place(condition, "deskautosave/"), opened | {"summary": "Half", "opened": told["opened"]}
    ).json()
    assert "aside" not in again
    assert Revision.objects.of(condition).filter(autosaved=True).count() == 1


def test_an_autosave_of_an_untouched_form_keeps_nothing(client):
    condition = make_condition()
    sign_in(client, make_person("Author"))
    opened = form_data(client, condition)
    assert client.post(place(condition, "deskautosave/"), opened).json()["saved"] == ""
    assert not Revision.objects.exists()


def test_an_autosave_over_a_newer_draft_is_set_aside_and_says_where(client):
    condition = make_condition()
    sign_in(client, make_person("Author"))
    opened = form_data(client, condition)
    draft(condition, make_person("Author", first_name="Bea"), summary="Newer.")
    for words in ("Mine, h", "Mine, half."):
        told = client.post(place(condition, "deskautosave/"), opened | {"summary": words}).json()
    assert publishing.head(condition)[1].values["summary"] == "Newer."
    assert Revision.objects.get(state=State.ASIDE).values["summary"] == "Mine, half."
    assert "Mine, half." in client.get(told["aside"]).content.decode()


def test_an_autosave_tells_who_else_has_the_form_open_until_they_leave(client):
    condition = make_condition()
    me, other = make_person("Author"), make_person("Author", first_name="Bea", last_name="Other")
    Presence.note(condition, other)
    sign_in(client, me)
    opened = form_data(client, condition)
    assert client.post(place(condition, "deskautosave/"), opened).json()["others"] == ["Bea Other"]
    sign_in(client, other)
    client.post(place(condition, "deskleave/"))
    sign_in(client, me)
    assert client.post(place(condition, "deskautosave/"), opened).json()["others"] == []


def test_the_link_picker_gives_the_link_that_the_file_will_hold(client):
    make_therapy(path="light-touch", title="Light touch")
    make_source(path="touch-study", title="A study of touch")
    sign_in(client, make_person("Author"))
    found = client.get(reverse("admin:find"), {"q": "touch", "from": "evidence/x/y.md"}).json()["found"]
    assert {"title": "Light touch", "kind": "therapy", "link": "../../therapies/light-touch.md"} in found
    assert all(item["kind"] != "source" for item in found)
    found = client.get(reverse("admin:find"), {"q": "touch", "kind": "sources"}).json()["found"]
    assert [item["link"] for item in found] == ["[@touch-study]"]


def test_the_preview_of_a_text_is_the_sites_own(client):
    sign_in(client, make_person("Author"))
    data = {"text": "**Bold** [x](../therapies/a.md) <script>alert(1)</script> [@study]", "file": "conditions/b.md"}
    html = client.post(reverse("admin:render"), data).content.decode()
    assert "<strong>Bold</strong>" in html
    assert 'href="/therapies/a/"' in html
    assert "<script" not in html
    assert 'href="#s1"' in html


@pytest.mark.parametrize("name", ["find", "render", "calendar"])
def test_helpers_are_for_people_with_a_role(client, name):
    sign_in(client, make_person())
    method = client.post if name == "render" else client.get
    assert method(reverse(f"admin:{name}")).status_code == 403
