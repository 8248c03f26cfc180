"""A large site costs its readers no more than a small one: lists are bounded and say so."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from integrative import version
from integrative.sitemaps import Records
from therapies import filters
from therapies.models import Evidence, Therapy

from .make import make_condition, make_evidence, make_source, make_therapy

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


def test_a_sitemap_that_would_be_too_long_becomes_an_index(client, monkeypatch):
    make_three()
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
