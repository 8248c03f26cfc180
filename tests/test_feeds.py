"""Machines can follow what changed and take the evidence as data."""

import csv
import io
from xml.etree import ElementTree

import pytest

from .make import make_condition, make_evidence, make_question, make_source, make_therapy

pytestmark = pytest.mark.django_db

ATOM = "{http://www.w3.org/2005/Atom}"


def entries(client):
    root = ElementTree.fromstring(client.get("/changes.atom").content)
    return [(e.find(f"{ATOM}title").text, e.find(f"{ATOM}updated").text[:10]) for e in root.iter(f"{ATOM}entry")]


def test_the_feed_tells_the_latest_first_by_check_or_review(client):
    make_condition(title="Old", checked_on="2026-01-01")
    make_condition(title="Checked", checked_on="2026-02-01")
    make_question(title="Reviewed?", checked_on="2026-01-02", reviewed_on="2026-03-01")
    make_question(title="Draft?", status="draft")
    assert entries(client) == [("Reviewed?", "2026-03-01"), ("Checked", "2026-02-01"), ("Old", "2026-01-01")]


def test_the_feed_ends_after_fifty(client):
    for number in range(55):
        make_condition(path=f"c{number}", title=f"C{number}")
    assert len(entries(client)) == 50


def test_csv_and_json_hold_the_same_rows_under_the_documented_columns(client):
    source = make_source(path="trial", url="https://example.org/trial")
    back, touch = make_condition(path="back", title="Back"), make_therapy(path="touch", title="Touch")
    make_evidence(
        condition=back, therapy=touch, aspect="new pain", sources=[source], body="It **fell**, they say. [@trial]"
    )
    make_evidence(condition=back, therapy=make_therapy(path="gone", status="retired"))
    data = client.get("/data/evidence.json").json()
    table = list(csv.DictReader(io.StringIO(client.get("/data/evidence.csv").content.decode())))
    assert data["records"] == table and list(table[0]) == list(data["columns"])
    (row,) = table
    assert row["id"] == "touch/back.new-pain" and row["finding"] == "It fell , they say."
    assert row["url"] == "http://testserver/evidence/touch/back/#back-new-pain"
    assert row["sources"] == "https://example.org/trial"


def test_the_license_is_a_placeholder_until_the_operator_chooses_one(client, settings):
    assert "No license has been chosen" in client.get("/data/evidence.json").json()["license"]
    settings.DATA_LICENSE = "CC BY 4.0"
    assert client.get("/data/evidence.json").json()["license"] == "CC BY 4.0"
    assert "CC BY 4.0" in client.get("/data/").content.decode()


def test_browsers_learn_how_to_search_the_site(client):
    assert '<link rel="search"' in client.get("/").content.decode()
    root = ElementTree.fromstring(client.get("/opensearch.xml").content)
    (url,) = root.iter("{http://a9.com/-/spec/opensearch/1.1/}Url")
    assert url.get("template") == "http://testserver/search/?q={searchTerms}"
