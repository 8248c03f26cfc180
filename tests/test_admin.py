"""Clinic staff edit in the admin: the same rules as for files, and nothing is lost."""

import pytest
from django.urls import reverse

from integrative.records import record_models

from .make import (
    make_article,
    make_condition,
    make_evidence,
    make_offering,
    make_page,
    make_question,
    make_source,
    make_staff,
    make_term,
    make_therapy,
    sign_in,
)
from .staff import form_data, place

pytestmark = pytest.mark.django_db


def make_one_of_each():
    evidence = make_evidence()
    make_offering(therapy=evidence.therapy)
    for make in (make_question, make_article, make_page, make_term):
        make()
    from .make import make_approach

    make_approach()


def test_every_kind_can_be_listed_added_and_changed(client):
    make_one_of_each()
    sign_in(client, make_staff())
    for model in record_models():
        record = model.objects.first()
        for action in ("changelist", "add", "change"):
            assert client.get(place(record, action)).status_code == 200, (model, action)


def test_saving_a_page_unchanged_changes_nothing(client):
    make_one_of_each()
    sign_in(client, make_staff())
    for model in record_models():
        record = model.objects.first()
        before = record.document()
        response = client.post(place(record), form_data(client, record))
        assert response.status_code == 302, (model, response.context and response.context["adminform"].form.errors)
        assert model.objects.get(pk=record.pk).document() == before, model


def test_nothing_can_be_deleted(client):
    condition = make_condition()
    sign_in(client, make_staff())
    names = f"admin:{condition._meta.app_label}_{condition._meta.model_name}_delete"
    assert client.post(reverse(names, args=[condition.pk]), {"post": "yes"}).status_code == 403
    assert type(condition).objects.filter(pk=condition.pk).exists()


def test_review_fields_cannot_be_typed(client):
    condition = make_condition()
    sign_in(client, make_staff())
    client.post(place(condition), form_data(client, condition, reviewed_on="2026-11-01", reviewed_by="Nobody"))
    condition.refresh_from_db()
    assert (condition.reviewed_on, condition.reviewed_by) == (None, "")


def test_the_address_of_a_record_stays_as_it_is(client):
    condition = make_condition(path="first-name")
    sign_in(client, make_staff())
    client.post(place(condition), form_data(client, condition, path="second-name"))
    assert list(type(condition).objects.values_list("pk", flat=True)) == ["first-name"]


def test_a_statement_without_a_source_is_told_with_the_same_words_as_in_a_file(client):
    therapy = make_therapy()
    sign_in(client, make_staff())
    response = client.post(place(therapy), form_data(client, therapy, safety="- It may hurt."), follow=True)
    assert "This line cites no source: It may hurt." in response.content.decode()


def test_a_link_to_nothing_is_told(client):
    condition = make_condition()
    sign_in(client, make_staff())
    text = "See [this](../therapies/nobody.md)."
    response = client.post(place(condition), form_data(client, condition, what_you_can_do=text), follow=True)
    assert "leads to no published page" in response.content.decode()


def test_a_source_that_pages_rest_on_cannot_be_retired_under_them(client):
    source = make_source(path="only-study")
    make_evidence(sources=[source])
    sign_in(client, make_staff())
    response = client.post(place(source, "desk") + "retire/", {"note": "Withdrawn"}, follow=True)
    assert "Other published pages rest on this one" in response.content.decode()
    source.refresh_from_db()
    assert source.is_published


def test_new_evidence_gets_its_address_from_what_it_joins(client):
    therapy, condition, source = make_therapy(path="touch"), make_condition(path="back"), make_source()
    sign_in(client, make_staff())
    data = {
        "therapy": "touch", "condition": "back", "aspect": "Long-lasting pain", "level": "may-help", "certainty": "low",
        "body": "A finding.", "sources": [source.pk], "status": "published", "checked_on": "2026-11-24",
    }  # fmt: skip
    assert client.post(reverse("admin:therapies_evidence_add"), data).status_code == 302
    assert therapy.evidence.get().pk == "touch/back.long-lasting-pain"
    again = client.post(reverse("admin:therapies_evidence_add"), data)
    assert "There is a record for this already" in again.content.decode()
    assert condition.evidence.count() == 1


def test_readers_and_strangers_do_not_get_in(client):
    response = client.get("/admin/conditions/condition/")
    assert response.status_code == 302
    assert response.headers["Location"].startswith("/admin/login/")
