"""One form reads files and the admin alike, and says what is wrong in words that people understand."""

import pytest
from django.contrib import admin
from django.db import IntegrityError, transaction
from django.test import RequestFactory
from taggit.utils import edit_string_for_tags

from conditions.models import Condition
from faq.models import Article
from integrative.documents import Document, DocumentError
from integrative.forms import data_for_form, form_for_files, values_from_form
from integrative.readiness import findings
from integrative.records import record_models
from therapies.models import Evidence, Offering

from .make import (
    make_approach,
    make_article,
    make_condition,
    make_evidence,
    make_location,
    make_offering,
    make_page,
    make_question,
    make_source,
    make_staff,
    make_term,
    make_therapy,
)

pytestmark = pytest.mark.django_db

MAKERS = {
    "sources": make_source,
    "terms": make_term,
    "pages": make_page,
    "conditions": make_condition,
    "therapies": make_therapy,
    "approaches": make_approach,
    "evidence": make_evidence,
    "locations": make_location,
    "offerings": make_offering,
    "faq": make_question,
    "articles": make_article,
}


def file_form(record, **changes):
    """The form that a file of this record fills, with some values changed."""
    model = type(record)
    document = Document(model.shape(), record.document().values | changes)
    return form_for_files(model)(data_for_form(model, document, record.pk), instance=model.objects.get(pk=record.pk))


def admin_form(record, **changes):
    """The form that the admin shows for this record, sent back with some values changed."""
    request = RequestFactory().get("/")
    request.user = make_staff()
    form_class = admin.site._registry[type(record)].get_form(request, record, change=True)
    form = form_class(instance=record)
    data = {name: form[name].value() for name in form.fields}
    if "tags" in data:
        data["tags"] = edit_string_for_tags(data["tags"])
    return form_class(data | changes, instance=type(record).objects.get(pk=record.pk))


def said(form):
    """{field: messages} of a form."""
    return {name: [str(message) for message in messages] for name, messages in form.errors.items()}


def said_by_both(record, **changes):
    """What the form says to a file with this change; staff must be told all of it before they publish the same."""
    from_file, model = said(file_form(record, **changes)), type(record)
    if changes.get("status") != "draft":
        document = Document(model.shape(), record.document().values | changes)
        told = {(finding.field, finding.message) for finding in findings(model, record.pk, document)}
        for name, messages in from_file.items():
            assert told >= {("" if name == "__all__" else name, message) for message in messages}
    return from_file


@pytest.mark.parametrize("folder", MAKERS)
def test_a_complete_record_has_nothing_wrong_with_it(folder):
    record = MAKERS[folder]()
    assert said_by_both(record) == {}


def test_every_kind_of_record_is_tried_here():
    assert list(MAKERS) == [model.folder for model in record_models()]


@pytest.mark.parametrize("folder", MAKERS)
def test_a_published_record_must_be_complete_and_is_told_so_in_human_words(folder):
    record = MAKERS[folder]()
    model = type(record)
    for name in [*model.needed, model.day_needed]:
        empty = [] if name == "sources" else ""
        label = model.sections.get(name) or model._meta.get_field(name).verbose_name
        wanted = f"A published page needs “{label}”. Fill it in, or save it as a draft."
        if name == "sources":
            wanted = "A published page of this kind needs at least one source."
        assert said_by_both(record, **{name: empty}) == {name: [wanted]}


@pytest.mark.parametrize("folder", MAKERS)
def test_a_draft_may_be_incomplete(folder):
    record = MAKERS[folder]()
    model = type(record)
    gone = {name: [] if name == "sources" else "" for name in [*model.needed, model.day_needed]}
    assert said_by_both(record, status="draft", **gone) == {}


@pytest.mark.parametrize("folder", [folder for folder in MAKERS if folder != "offerings"])
def test_the_database_itself_refuses_an_incomplete_published_row(folder):
    record = MAKERS[folder]()
    for name in type(record).needed:
        if name != "sources":
            with pytest.raises(IntegrityError, match="published_is_complete"), transaction.atomic():
                type(record).objects.filter(pk=record.pk).update(**{name: ""})


def test_the_database_itself_refuses_an_unconfirmed_published_offering():
    record = make_offering()
    for change in ({"how": ""}, {"confirmed_on": None}):
        with pytest.raises(IntegrityError, match="published_offering_is_confirmed"), transaction.atomic():
            Offering.objects.filter(pk=record.pk).update(**change)


@pytest.mark.parametrize(
    ("certainty", "allowed"),
    [("high", True), ("moderate", True), ("low", False), ("very-low", False), ("not-stated", False)],
)
def test_likely_helps_needs_certainty(certainty, allowed):
    record = make_evidence(level="likely-helps", certainty="high")
    told = said_by_both(record, certainty=certainty)
    assert told == ({} if allowed else {"__all__": ["“Likely helps” needs moderate or high certainty."]})
    if not allowed:
        with pytest.raises(IntegrityError), transaction.atomic():
            Evidence.objects.update(certainty=certainty)


@pytest.mark.parametrize(("make", "name"), [(make_condition, "emergency"), (make_therapy, "safety")])
def test_every_item_of_a_list_cites_its_own_source(make, name):
    record, source = make(), make_source(path="study")
    assert source.is_published
    text = "- One. [@study]\n- Two.\n\n### More\n\n- Three. [@study]\n- Four.\n"
    assert said_by_both(record, **{name: text}) == {
        name: ["This line cites no source: Two.", "This line cites no source: Four."]
    }
    assert said_by_both(record, status="draft", **{name: text}) == {}


def test_an_item_is_marked_where_it_stands_and_not_where_the_same_words_stand_before():
    record = make_condition(emergency="")
    make_source(path="study")
    text = "- Rain. [@study]\n- Rain.\n"
    form = file_form(record, emergency=text)
    (error,) = form.errors.as_data()["emergency"]
    assert text[error.position :] == "- Rain.\n"


def test_a_text_that_speaks_of_care_must_cite_a_source():
    told = said_by_both(make_condition(), usual_care="People wait.")
    assert told == {"usual_care": ["This text must cite a source, as [@its-key]."]}


TEXTS = {
    "See <b>this</b>.": "Raw HTML is not allowed: <b>",
    "# Title": "A heading of level 1 is the page's own title: use ## or ###.",
    "Text.\n\n## Next": "A heading of level 2 would start another section: use ###.",
    "[x](javascript:alert(1))": "This link goes nowhere we allow: javascript:alert(1",
    "[x](data:text/html,x)": "This link goes nowhere we allow: data:text/html,x",
    "[x](//example.org)": "This link goes nowhere we allow: //example.org",
    "![x](https://example.org/x.png)": "Images are not allowed.",
    "One. [@nobody]": "There is no published source called “nobody”.",
    "One. [@retired]": "There is no published source called “retired”.",
    "One. [@One]": "Write a citation as [@its-key] or [@one; @two], not [@One]",
    "One. [@one, @two]": "Write a citation as [@its-key] or [@one; @two], not [@one, @two]",
    "One. [@one": "Write a citation as [@its-key] or [@one; @two], not [@one",
    "Text.\n<<<<<<< HEAD": "A merge marker was left in the text.",
    "Text \x0b text": "a control character (U+000B) does not belong in text",
    "Text \u2028 text": "a control character (U+2028) does not belong in text",
}


@pytest.mark.parametrize("text", TEXTS)
def test_a_file_and_the_admin_are_told_the_same_about_a_text(text):
    record = make_approach()
    make_source(path="retired", status="retired")
    assert said_by_both(record, what_it_is=text) == {"what_it_is": [TEXTS[text]]}


def test_headings_of_level_2_are_allowed_where_the_body_is_free():
    assert said_by_both(make_page(), body="## One\n\nText.\n\n## Two\n\nText.") == {}


def test_a_source_by_name_must_be_published():
    record, draft = make_evidence(), make_source(path="not-yet", status="draft")
    told = said_by_both(record, sources=[draft.pk])
    assert told == {"sources": ["There is no published source called “not-yet”."]}


def test_a_file_may_not_hold_control_characters():
    assert said(file_form(make_term(), title="re\x07st")) == {
        "title": ["a control character (U+0007) does not belong in text"]
    }


def test_what_staff_type_is_brought_to_the_form_it_has_in_files():
    typed = {"title": "Cafe\u0301\x07", "body": " One.\r\n\r\nCafe\u0301.\rTwo. "}
    values = values_from_form(admin_form(make_page(), **typed))
    assert (values["title"], values["body"]) == ("Café", "One.\n\nCafé.\nTwo.")
    values = values_from_form(admin_form(make_term(), also_called="rest\r\n\r\n  rest \r\npause"))
    assert values["also_called"] == ["rest", "pause"]
    assert values_from_form(admin_form(make_article(), tags='Rest, "a b", rest'))["tags"] == ["a b", "rest"]


def test_a_topic_that_no_file_can_hold_is_told_to_staff():
    article = make_article()
    document = Document(Article.shape(), article.document().values | {"tags": ["a" * 101]})
    assert "topics are lower-case" in " ".join(found.message for found in findings(Article, article.pk, document))


def test_the_sources_of_a_record_are_those_that_its_texts_cite():
    record = make_condition()
    for key in ("one", "two", "three"):
        make_source(path=key)
    form = file_form(record, what_it_is="A. [@two; @one]", what_you_can_do="B. [@one]")
    assert form.is_valid()
    assert {source.pk for source in form.save().sources.all()} == {"one", "two"}
    form = file_form(Condition.objects.get(), what_it_is="A. [@three]")
    assert form.is_valid()
    assert {source.pk for source in form.save().sources.all()} == {"one", "three"}


@pytest.mark.parametrize(
    ("model", "name", "value", "message"),
    [
        (Article, "tags", ["Rest"], "topics are lower-case words without commas or quotation marks"),
        (Article, "tags", ["a, b"], "topics are lower-case words without commas or quotation marks"),
        (Article, "tags", ['a"b'], "topics are lower-case words without commas or quotation marks"),
        (Article, "checked_on", "2026-1-31", "'checked_on' is a date written YYYY-MM-DD, not '2026-1-31'"),
        (Article, "checked_on", "01/31/2026", "'checked_on' is a date written YYYY-MM-DD, not '01/31/2026'"),
    ],
)
def test_a_value_that_a_form_would_quietly_read_another_way_is_refused(model, name, value, message):
    document = Document(model.shape(), {name: value}, {name: 5})
    with pytest.raises(DocumentError) as caught:
        data_for_form(model, document, "example")
    assert caught.value.problems == [(5, message)]


def test_messages_about_other_records_speak_of_files_when_they_are_about_files():
    evidence, article = make_evidence(), make_article()
    assert said(file_form(evidence, sources=["nobody"])) == {"sources": ["There is no file sources/nobody.md."]}
    assert said(file_form(article, therapies=["nobody"])) == {"therapies": ["There is no file therapies/nobody.md."]}
    assert said(file_form(article, status="Published")) == {
        "status": ["“Published” is not one of: draft, published, retired."]
    }
