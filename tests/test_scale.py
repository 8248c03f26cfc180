"""A large site costs its readers no more than a small one: lists are bounded and say so."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from conditions import views as condition_views
from integrative import version
from integrative.sitemaps import Records
from therapies import filters, visit_sheet
from therapies import views as therapy_views
from therapies.models import Evidence, Therapy

from .make import make_condition, make_evidence, make_location, make_offering, make_source, make_therapy

pytestmark = pytest.mark.django_db


def make_three():
    back = make_condition(path="back", title="Back")
    for name in ("aa", "bb", "cc"):
        make_evidence(condition=back, therapy=make_therapy(path=name, title=name.upper()))
    return back


def test_made_up_records_are_refused_without_debug():
    with pytest.raises(CommandError, match="DEBUG=1"):
        call_command("make_sample", therapies=3)
    assert not Therapy.objects.exists()


def test_made_up_records_are_refused_where_there_are_others(settings):
    settings.DEBUG = True
    make_therapy()
    with pytest.raises(CommandError, match="holds records already"):
        call_command("make_sample", therapies=3)


@pytest.mark.django_db(transaction=True)
def test_made_up_records_make_a_site_that_can_be_read(settings, client):
    settings.DEBUG = True
    call_command("make_sample", therapies=30, stdout=StringIO())
    assert (Therapy.objects.published().count(), Evidence.objects.published().count()) == (30, 300)
    for path in (
        "/",
        "/therapies/",
        "/therapies/therapy-000007/",
        "/therapies/?condition=condition-000018",
        "/evidence/",
    ):
        assert client.get(path).status_code == 200, path


def test_a_long_list_shows_the_first_results_and_says_that_there_are_more(client, monkeypatch):
    make_three()
    monkeypatch.setattr(filters, "MOST_RESULTS", 2)
    for query in ("condition=back", "level=may-help", "kind=mind-and-body"):
        response = client.get(f"/therapies/?{query}")
        assert [therapy.pk for therapy in response.context["results"]] == ["aa", "bb"]
        assert "More than 2 therapies" in response.content.decode()


def test_pages_that_show_a_part_say_so_and_lead_to_the_whole(client, monkeypatch):
    make_three()
    make_evidence(therapy=Therapy.objects.get(pk="aa"), condition=make_condition(path="sleep", title="Sleep"))
    monkeypatch.setattr(condition_views, "MOST_LISTED", 1)
    monkeypatch.setattr(therapy_views, "MOST_SIDE_BY_SIDE", 2)
    whole = 'href="/therapies/?condition=back"'
    html = client.get("/conditions/back/").content.decode()
    assert "1 best supported findings" in html and whole in html
    assert "And others" in client.get("/conditions/sleep/").content.decode()
    html = client.get("/compare/for/back/").content.decode()
    assert "These are the best supported" in html and whole in html and "/therapies/cc/" not in html
    assert "The map has room for 2 therapies" in client.get("/evidence/").content.decode()


def test_pages_that_show_all_do_not_speak_of_others(client):
    make_three()
    for path in ("/conditions/back/", "/compare/for/back/", "/evidence/", "/compare/", "/visit-sheet/"):
        html = client.get(path).content.decode()
        assert "best supported findings" not in html and "And others" not in html and "has room" not in html, path


def test_a_chosen_therapy_stands_in_a_list_that_has_no_room_for_it(client, monkeypatch):
    make_three()
    monkeypatch.setattr(therapy_views, "MOST_LISTED", 1)
    monkeypatch.setattr(visit_sheet, "MOST_LISTED", 1)
    for path in ("/compare/?therapy=cc", "/visit-sheet/?therapy=cc"):
        html = client.get(path).content.decode()
        assert 'value="cc" checked' in html and 'value="aa"' in html and 'value="bb"' not in html, path
        assert "And others" in html, path


def test_locations_offer_a_choice_of_the_therapies_that_somebody_offers(client):
    make_three()
    make_offering(location=make_location(), therapy=Therapy.objects.get(pk="bb"))
    html = client.get("/locations/").content.decode()
    assert 'value="bb"' in html and 'value="aa"' not in html


def test_a_site_too_large_to_count_offers_its_choices_without_numbers(client, monkeypatch):
    make_three()
    monkeypatch.setattr(filters, "MOST_COUNTED", 2)
    html = client.get("/therapies/?condition=back").content.decode()
    assert '<option value="back" selected>Back</option>' in html
    assert "(3)</option>" not in html


def test_a_therapy_with_several_findings_stands_once_at_its_best(client):
    back, touch = make_three(), make_therapy(path="dd", title="DD")
    make_evidence(condition=back, therapy=touch, aspect="new", level="likely-helps", certainty="high")
    make_evidence(condition=back, therapy=touch, aspect="old", level="mixed")
    response = client.get("/therapies/?condition=back")
    assert [therapy.pk for therapy in response.context["results"]] == ["dd", "aa", "bb", "cc"]


def test_a_section_of_the_sitemap_that_would_be_too_long_is_split(client, monkeypatch):
    make_three()
    monkeypatch.setattr(Records, "limit", 3)
    assert "?p=2" not in client.get("/sitemap.xml").content.decode()
    monkeypatch.setattr(Records, "limit", 2)
    assert "/sitemap-therapies.xml?p=2" in client.get("/sitemap.xml").content.decode()
    assert "/therapies/cc/" in client.get("/sitemap-therapies.xml?p=2").content.decode()


@pytest.mark.django_db(transaction=True)
def test_what_is_remembered_is_asked_again_after_a_change():
    make_source()
    asked = []
    fact = version.remembered(lambda: asked.append(1) or len(asked))
    assert [fact(), fact()] == [1, 1]
    make_source()
    assert [fact(), fact()] == [2, 2]


@pytest.mark.django_db(transaction=True)
def test_a_request_goes_by_one_version_and_asks_for_it_once(monkeypatch):
    asked, kept = [], version.remembered(lambda: object())
    monkeypatch.setattr(version, "current", lambda: asked.append(1) or f"version {len(asked)}")
    with version.held():
        first = kept()
        assert kept() is first and len(asked) == 1
        version.let_go()
        assert kept() is not first and len(asked) == 2
    kept(), kept()
    assert len(asked) == 4


@pytest.mark.django_db(transaction=True)
def test_a_request_goes_by_the_version_that_the_page_store_read_for_it(monkeypatch):
    monkeypatch.setattr(version, "current", lambda: pytest.fail("asked again"))
    kept = version.remembered(lambda: object())
    with version.held("read before"), version.held():
        assert kept() is kept()
