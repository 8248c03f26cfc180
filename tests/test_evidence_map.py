"""The evidence map: every finding in one table, by part of the body, and by rating where a reader asks for one."""

import re

import pytest

from .make import make_condition, make_evidence, make_therapy

pytestmark = pytest.mark.django_db


@pytest.fixture
def findings():
    yoga, massage = make_therapy(path="yoga", title="Yoga"), make_therapy(path="massage", title="Massage")
    back = make_condition(path="back", title="Back pain", body_system="musculoskeletal")
    neck = make_condition(path="neck", title="Aching neck", body_system="musculoskeletal")
    stress = make_condition(path="stress", title="Stress", body_system="mental-health")
    make_evidence(therapy=yoga, condition=back, level="mixed", certainty="very-low")
    make_evidence(therapy=yoga, condition=back, aspect="sleep", level="likely-helps", certainty="high")
    make_evidence(therapy=yoga, condition=stress, level="may-help", certainty="low")
    make_evidence(therapy=massage, condition=neck, level="may-harm", certainty="low")
    make_evidence(therapy=massage, condition=stress, status="draft")


def shape(response):
    """The map as {part of the body: {condition: {therapy: levels}}}, in the order shown."""
    return {
        system.value: {c.pk: {t.pk: [row.level for row in rows] for t, rows in cells} for c, cells in conditions}
        for system, conditions in response.context["table"]
    }


def test_conditions_stand_by_part_of_the_body_and_name_with_a_place_for_every_therapy(client, findings):
    found = shape(client.get("/evidence/"))
    assert list(found) == ["musculoskeletal", "mental-health"]
    assert list(found["musculoskeletal"]) == ["neck", "back"]
    assert found["musculoskeletal"]["back"] == {"massage": [], "yoga": ["likely-helps", "mixed"]}
    assert found["mental-health"]["stress"] == {"massage": [], "yoga": ["may-help"]}


def test_each_finding_says_its_level_in_words_and_shape_and_leads_to_its_record(client, findings):
    page = client.get("/evidence/").content.decode()
    links = re.findall(r'<a href="(/evidence/[^"]+)" class="level ([a-z-]+)".*?<use href="#([a-z-]+)"/>', page, re.S)
    assert sorted(links) == [
        ("/evidence/massage/neck/#neck", "may-harm", "may-harm"),
        ("/evidence/yoga/back/#back", "mixed", "mixed"),
        ("/evidence/yoga/back/#back-sleep", "likely-helps", "likely-helps"),
        ("/evidence/yoga/stress/#stress", "may-help", "may-help"),
    ]
    for words in ("May harm", "Mixed results", "Likely helps", "May help", "Very low certainty", "High certainty"):
        assert words in page
    assert not re.search(r"<script(?! type=\"application/ld\+json\"| src=)", page)


def test_a_rating_that_is_asked_for_leaves_only_its_findings(client, findings):
    response = client.get("/evidence/?level=mixed")
    assert shape(response) == {"musculoskeletal": {"back": {"massage": [], "yoga": ["mixed"]}}}
    assert response.context["empty"] == "No finding rated “Mixed results”", "other findings may be recorded there"
    assert client.get("/evidence/").context["empty"] == "No evidence recorded"
    assert 'href="?level=mixed" aria-current="true"' in response.content.decode()


def test_a_rating_that_does_not_exist_is_not_found(client, findings):
    assert client.get("/evidence/?level=wonderful").status_code == 404


def test_a_map_without_findings_is_empty(client):
    assert shape(client.get("/evidence/")) == {}
