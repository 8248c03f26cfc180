"""Machines can follow what changed and take the evidence as data."""

import csv
import io
from xml.etree import ElementTree

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from .make import make_condition, make_evidence, make_question, make_source, make_therapy
from .staff import draft, make_person, publish

pytestmark = pytest.mark.django_db

ATOM = "{http://www.w3.org/2005/Atom}"


def entries(client):
    root = ElementTree.fromstring(client.get("/changes.atom").content)
    return [(e.find(f"{ATOM}title").text, e.find(f"{ATOM}updated").text[:10]) for e in root.iter(f"{ATOM}entry")]


def summaries(client):
    root = ElementTree.fromstring(client.get("/changes.atom").content)
    return {e.find(f"{ATOM}title").text: e.find(f"{ATOM}summary").text for e in root.iter(f"{ATOM}entry")}


def test_the_feed_tells_the_latest_first_by_check_or_review(client):
    make_condition(title="Old", checked_on="2026-01-01")
    make_condition(title="Checked", checked_on="2026-02-01")
    make_question(title="Reviewed?", checked_on="2026-01-02", reviewed_on="2026-03-01")
    make_question(title="Draft?", status="draft")
    assert entries(client) == [("Reviewed?", "2026-03-01"), ("Checked", "2026-02-01"), ("Old", "2026-01-01")]


def test_an_entry_tells_the_last_change_that_staff_described_and_else_the_summary(client):
    told, quiet = (
        make_condition(path="told", title="Told"),
        make_condition(path="quiet", title="Quiet", summary="Calm."),
    )
    author, publisher = make_person("Author"), make_person("Publisher")
    publish(draft(told, author, summary="One."), publisher, "Plainer words")
    publish(draft(told, author, summary="Two."), publisher, "A new guideline")
    draft(quiet, author, summary="Not live.")
    assert summaries(client) == {"Told": "A new guideline", "Quiet": "Calm."}


def test_notes_cost_the_feed_no_query_for_each_entry(client):
    def queries():
        with CaptureQueriesContext(connection) as asked:
            summaries(client)
        return len(asked)

    author, publisher = make_person("Author"), make_person("Publisher")
    publish(draft(make_condition(path="first"), author, summary="One."), publisher, "A note")
    few = queries()
    for number in range(4):
        publish(draft(make_condition(path=f"c{number}"), author, summary="One."), publisher, "A note")
    assert 0 < queries() == few


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
