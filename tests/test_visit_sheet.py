"""A sheet to take to the visit: its address holds everything, nothing is stored."""

import pytest
from django.contrib.sessions.models import Session

from .make import make_condition, make_evidence, make_page, make_source, make_therapy

pytestmark = pytest.mark.django_db


@pytest.fixture
def records():
    make_source(path="trial")
    back = make_condition(path="back", title="Back pain", emergency="- You cannot feel your legs. [@trial]")
    make_condition(path="head", title="Headache")
    touch = make_therapy(path="touch", title="Touch", safety="- Bruises. [@trial]", ask_first="- Thin blood. [@trial]")
    make_therapy(path="sound", title="Sound")
    make_evidence(therapy=touch, condition=back, level="mixed", certainty="low", body="Some rose, some fell. [@trial]")
    make_page(path="questions-to-ask", title="What to ask", body="## First\n\n- Who are you?")


def text(client, query):
    return client.get(f"/visit-sheet/?{query}").content.decode()


def test_the_sheet_says_what_studies_found_and_who_should_ask_first(records, client):
    page = text(client, "condition=back&therapy=touch")
    for words in ("Mixed results", "Low certainty",
                  "Some rose, some fell", "Bruises", "Thin blood", "cannot feel your legs",
                  "Who are you?", "Medicines, herbs and supplements I take", "<h2>Notes</h2>"):  # fmt: skip
        assert words in page
    assert page.index("You cannot feel your legs") < page.index("Some rose")


def test_a_pair_without_evidence_says_so(records, client):
    assert "No evidence recorded" in text(client, "condition=head&therapy=touch")


def test_every_citation_on_the_sheet_has_its_source(records, client):
    page = text(client, "condition=back&therapy=touch")
    assert page.count('href="/sources/trial/"') == 1


def test_the_sheet_carries_a_code_that_leads_back(records, client):
    page = text(client, "condition=back&therapy=touch")
    assert 'class="qr"' in page and "http://testserver/visit-sheet/?condition=back&amp;therapy=touch" in page


def test_one_sheet_has_one_address(records, client):
    asked = "/visit-sheet/?therapy=touch&utm=x&therapy=sound&therapy=touch&condition="
    assert client.get(asked).headers["Location"] == "/visit-sheet/?therapy=sound&therapy=touch"


def test_more_than_fits_one_sheet_is_said_and_the_choice_kept(records, client):
    for number in range(3):
        make_condition(path=f"c{number}", title=f"C{number}")
    page = text(client, "condition=back&condition=c0&condition=c1&condition=c2")
    assert "That is too much for one sheet" in page and page.count(" checked>") == 4


@pytest.mark.parametrize("query", ["condition=nope", "therapy=nope", "therapy=..%2Fx", "condition=%00"])
def test_a_record_that_is_not_there_is_not_found(records, client, query):
    assert client.get(f"/visit-sheet/?{query}").status_code == 404


def test_nothing_is_stored_for_a_sheet(records, client):
    response = client.get("/visit-sheet/?condition=back&therapy=touch")
    assert not response.cookies and not Session.objects.exists()
    assert '<meta name="robots" content="noindex">' in response.content.decode()
    assert "noindex" not in text(client, "")
