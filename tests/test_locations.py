"""Readers see where care is offered and when that was confirmed; the site never says more than it knows."""

import datetime

import pytest
from django.utils import timezone

from .make import make_condition, make_evidence, make_location, make_offering, make_page, make_therapy

pytestmark = pytest.mark.django_db


@pytest.fixture
def places():
    touch = make_therapy(path="touch", title="Touch")
    north = make_location(path="north", title="Clinic North", region="North", phone="+1 (202) 555-0101 ext 7")
    south = make_location(path="south", title="Clinic South", region="South")
    make_offering(location=north, therapy=touch, confirmed_on=days_ago(10))
    make_offering(location=south, therapy=touch, how="not-offered", confirmed_on=days_ago(10))
    return touch, north, south


def days_ago(days):
    return timezone.localdate() - datetime.timedelta(days=days)


def text(client, address):
    return client.get(address).content.decode()


def test_locations_stand_under_their_regions(places, client):
    page = text(client, "/locations/")
    assert (
        page.index("<h2>North</h2>")
        < page.index("Clinic North")
        < page.index("<h2>South</h2>")
        < page.index("Clinic South")
    )


def test_locations_can_be_narrowed_by_therapy_and_region(places, client):
    assert "Clinic South" not in text(client, "/locations/?therapy=touch")
    assert "Clinic North" not in text(client, "/locations/?region=South")
    assert "No place fits" in text(client, "/locations/?region=South&therapy=touch")


@pytest.mark.parametrize("query", ["therapy=nope", "region=nope", "therapy=%00", "region=%00&therapy=touch"])
def test_a_therapy_or_region_that_is_not_known_is_not_found(places, client, query):
    assert client.get(f"/locations/?{query}").status_code == 404


def test_a_phone_number_can_be_tapped(places, client):
    assert 'href="tel:+12025550101"' in text(client, "/locations/north/")


def test_what_was_confirmed_long_ago_says_call_to_check(places, client, settings):
    touch, north, _ = places
    assert "Call to check" not in text(client, "/locations/north/")
    settings.CONFIRMED_FOR_DAYS = 9
    assert "Call to check" in text(client, "/locations/north/")
    assert "Call to check" in text(client, "/therapies/touch/")
    settings.CONFIRMED_FOR_DAYS = 10
    assert "Call to check" not in text(client, "/locations/north/")


def test_the_notice_is_specific_where_we_know(places, client):
    make_page(path="notice", title="Services vary", body="Ask first.")
    make_evidence(therapy=places[0], condition=make_condition(path="back", title="Back pain"))
    for address in ("/therapies/touch/", "/evidence/touch/back/"):
        notice = text(client, address).partition('class="notice"')[2]
        assert "Offered at <a" in notice and "Clinic North" in notice and "call first" in notice
        assert "Clinic South" not in notice and "Ask first." in notice


def test_the_notice_stays_general_where_we_do_not_know(client):
    make_page(path="notice", title="Services vary", body="Ask first.")
    make_therapy(path="sound", title="Sound")
    notice = text(client, "/therapies/sound/").partition('class="notice"')[2].partition("</aside>")[0]
    assert "Ask first." in notice and "Offered at" not in notice


def test_a_made_up_place_says_so_wherever_it_is_named(client):
    touch = make_therapy(path="touch", title="Touch")
    make_offering(location=make_location(path="demo", title="Demo", sample=True), therapy=touch)
    make_page(path="notice", title="Services vary")
    for address in ("/locations/", "/locations/demo/", "/therapies/touch/"):
        assert "made up" in text(client, address) or "made-up sample" in text(client, address)
