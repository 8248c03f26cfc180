"""What a reader types leads to the right page first, whatever it is, and is kept nowhere."""

import fcntl
import sqlite3

import pytest
from django.utils import timezone

from integrative.models import EmptySearches
from integrative.search import index, query
from integrative.search.index import words_only
from integrative.search.ranking import likeness
from integrative.search.words import clean, distance, parse, root

from .make import (
    make_condition,
    make_evidence,
    make_location,
    make_page,
    make_question,
    make_source,
    make_term,
    make_therapy,
)

# Tests that edit and search again use real transactions: on PostgreSQL the content version changes once in each.
pytestmark = pytest.mark.django_db

HOSTILE = [
    '"', '""', 'a"b', "'", "a' OR 1=1 --", "; DROP TABLE entries", "AND", "NOT yoga", "yoga NEAR/2 pain",
    "(", ")", "*", "yoga*",
    "^yoga", "{title}:yoga", "title:yoga", "-yoga", "+yoga", "\\", "%", "_", "\0", "yoga\0pain", "   ",
    "\n\r\t", "😀", "👩‍⚕️ yoga",
    "שלום", "יוגה ‮abc", "مرحبا", "ヨガ", "İstanbul", "ß", "ﬁ", "x" * 10_000, "yoga " * 2_000, '"' * 10_000,
    "<script>alert(1)</script>",
    "yoga&kind=nope", "0", ".", "what", "é́́́", "\ud7ff", "“yoga”", "«yoga", "a" * 41, "1e999",
    "../../etc/passwd", "${x}", "{{ 7 }}",
]  # fmt: skip


@pytest.fixture(autouse=True)
def an_index_of_its_own(settings, tmp_path):
    settings.VAR_DIR = tmp_path


@pytest.fixture
def shelf():
    """A small site: two therapies, two conditions, what was found for some pairs."""
    source = make_source(path="trial", title="A trial")
    needles = make_therapy(
        path="needles", title="Needling", also_called="needles", ask_first="- If you expect. [@trial]"
    )
    back = make_condition(path="back", title="Low back pain", also_called="back pain\nbad back")
    head = make_condition(path="head", title="Headache and migraine", also_called="migraine")
    sugar = make_condition(path="sugar", title="Diabetes", also_called="high blood sugar\ncan't stop drinking water")
    make_evidence(therapy=needles, condition=back, sources=[source])
    make_evidence(therapy=needles, condition=head, aspect="migraine prevention", sources=[source])
    make_evidence(therapy=needles, condition=head, aspect="tension headache", sources=[source])
    make_therapy(path="stretching", title="Stretching", what_it_is="You stretch, which some do for back pain.")
    make_question(path="pay", title="Will my plan pay?", summary="Ask your plan.")
    make_term(path="sham", title="sham", body="A pretend treatment.")
    return sugar


def found(text, **kw):
    with index.reader() as db:
        answer = query.ask(db, text, **kw)
        return [hit.file + (f"#{hit.part}" if hit.part else "") for hit in query.hits(db, answer, answer.ids())]


def test_a_name_leads_to_its_page(shelf):
    assert found("needling")[0] == "therapies/needles"
    assert found("Diabetes")[0] == "conditions/sugar"


@pytest.mark.parametrize(
    "words", ["high blood sugar", "HIGH BLOOD SUGAR", "cant stop drinking water", "can’t stop drinking water"]
)
def test_a_patients_own_word_for_a_thing_leads_to_the_thing(shelf, words):
    assert found(words)[0] == "conditions/sugar"


def test_a_therapy_and_a_condition_lead_to_what_studies_found_for_the_two(shelf):
    assert found("does needling help with a bad back")[0] == "evidence/needles/back"


def test_of_several_findings_the_aspect_that_was_asked_for_comes_first(shelf):
    assert found("needles for migraine")[0] == "evidence/needles/head.migraine-prevention"
    assert found("needles tension headache")[0] == "evidence/needles/head.tension-headache"


@pytest.mark.django_db(transaction=True)
def test_a_question_about_safety_leads_to_the_safety_section_by_the_words_that_staff_listed(shelf):
    assert found("is needling risky")[0] != "therapies/needles#safety"
    make_page(path="safety-words", title="Words", body="### Safety\n\n- risky\n\n### Ask first\n\n- pregnant")
    assert found("is needling risky")[0] == "therapies/needles#safety"
    assert found("needling while pregnant")[0] == "therapies/needles#ask-first"


@pytest.mark.parametrize(
    ("typed", "meant"),
    [("diabetis", "diabetes"), ("migrane", "migraine"), ("nedling", "needling"), ("backpain", "back pain")],
)
def test_slips_are_put_right_and_said_so(shelf, client, typed, meant):
    page = client.get("/search/", {"q": typed}).content.decode()
    assert f"Showing results for <strong>{meant}</strong>" in page
    assert f"q={typed}&amp;exact=1" in page


def test_the_words_as_typed_can_be_insisted_on(shelf, client):
    assert found("diabetis", exact=True) == []
    assert "Did you mean <a" in client.get("/search/", {"q": "diabetis", "exact": "1"}).content.decode()


def test_words_that_are_known_but_one_slip_from_a_name_lead_to_a_question_back(shelf, client):
    make_condition(path="heart", title="Heart disease")
    make_question(path="lot", title="Is heat an illness?", summary="Heat is no disease.")
    page = client.get("/search/", {"q": "heat disease"}).content.decode()
    assert 'Did you mean <a href="/search/?q=heart%20disease">heart disease</a>?' in page


def test_a_word_that_the_content_knows_is_never_put_right(shelf):
    make_question(path="nettling", title="What is nettling?", summary="Nothing.")
    assert found("nettling")[0] == "faq/nettling"


def test_the_last_word_may_be_unfinished(shelf):
    assert found("stretc")[0] == "therapies/stretching"


def test_a_quoted_phrase_must_stand_as_it_is(shelf):
    make_question(path="apart", title="Does pain in the back pass?", summary="Yes.")
    assert "faq/apart" in found("back pain")
    assert "faq/apart" not in found('"back pain"')


@pytest.mark.parametrize("words", HOSTILE, ids=range(len(HOSTILE)))
def test_any_input_gets_a_page(shelf, client, words):
    assert client.get("/search/", {"q": words}).status_code == 200
    assert client.get("/search/", {"q": words, "exact": "1"}).status_code == 200
    assert client.get("/search/suggest/", {"q": words}).status_code == 200


def test_what_was_typed_is_never_markup(shelf, client):
    make_condition(path="odd", title="Odd <b>name</b>", summary="Has <i>marks</i> in it, oddly.")
    page = client.get("/search/", {"q": "odd <script>alert(1)</script>"}).content.decode()
    assert "<script>alert" not in page and "<b>name" not in page and "<i>marks" not in page
    assert "<mark>Odd</mark> &lt;b&gt;" in page


@pytest.mark.django_db(transaction=True)
def test_a_record_that_is_retired_is_not_found_any_more(shelf):
    assert found("diabetes")
    shelf.status = "retired"
    shelf.save()
    assert "conditions/sugar" not in found("diabetes")


@pytest.mark.django_db(transaction=True)
def test_a_change_is_found_at_once_and_only_the_change_is_written(shelf):
    found("diabetes")
    shelf.summary = "Something about marmalade."
    shelf.save()
    assert index.refresh() == 1
    assert found("marmalade") == ["conditions/sugar"]


def test_an_updated_index_says_the_same_as_a_new_one(shelf):
    found("diabetes")
    shelf.also_called = "sweet blood"
    shelf.save()
    updated = [found(words) for words in ("sweet blood", "high blood sugar", "needles migraine", "pain")]
    index.place().unlink()
    assert [found(words) for words in ("sweet blood", "high blood sugar", "needles migraine", "pain")] == updated


def test_a_broken_index_is_made_anew(shelf):
    found("diabetes")
    index.place().write_bytes(b"not a database" * 500)
    assert found("diabetes")[0] == "conditions/sugar"


@pytest.mark.django_db(transaction=True)
def test_while_another_process_writes_readers_see_the_state_before(shelf):
    found("diabetes")
    shelf.summary = "Something about marmalade."
    shelf.save()
    with open(index.place().with_suffix(".lock"), "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        assert found("marmalade") == []
    assert found("marmalade")


@pytest.mark.django_db(transaction=True)
def test_a_big_index_is_brought_up_to_date_while_readers_read_on(shelf, monkeypatch):
    found("diabetes")
    shelf.summary = "Something about marmalade."
    shelf.save()
    waiting = []
    monkeypatch.setattr(index, "BIG", 3)
    monkeypatch.setattr(index, "_beside", waiting.append)
    assert found("marmalade") == [] and len(waiting) == 1
    waiting.pop()()
    assert found("marmalade") == ["conditions/sugar"] and waiting == []


def test_a_build_that_fails_leaves_the_old_index_in_place(shelf):
    found("diabetes")

    def breaks():
        yield from index.all_entries()
        raise RuntimeError("no more")

    with pytest.raises(RuntimeError):
        index.build("next", breaks())
    assert found("diabetes")[0] == "conditions/sugar"
    assert not list(index.place().parent.glob("*.tmp*"))


def test_standing_texts_and_drafts_are_not_found(shelf):
    make_page(path="notice", title="Zebra notice")
    make_question(path="draft", title="Zebra draft?", status="draft")
    assert found("zebra") == []


def test_locations_are_found_by_language_and_region():
    make_location(path="harbor", title="Harbor clinic", region="Coast", languages="Vietnamese\nEnglish")
    assert found("vietnamese")[0] == "locations/harbor"


def test_a_page_of_results_is_not_to_be_stored_or_indexed_and_sets_no_cookie(shelf, client):
    for address in ("/search/?q=diabetes", "/search/suggest/?q=dia"):
        response = client.get(address)
        assert "no-store" in response["Cache-Control"]
        assert not response.cookies
    assert '<meta name="robots" content="noindex">' in client.get("/search/?q=diabetes").content.decode()
    assert 'rel="canonical"' not in client.get("/search/?q=diabetes").content.decode()


def test_of_a_search_that_finds_nothing_only_the_number_is_kept(shelf, client):
    for words in ("qzxqzx", "wvwvwv", "diabetes"):
        client.get("/search/", {"q": words})
    (kept,) = EmptySearches.objects.all()
    assert (kept.day, kept.count) == (timezone.localdate(), 2)
    assert {field.name for field in EmptySearches._meta.fields} == {"day", "count"}


def test_a_search_that_finds_nothing_offers_ways_on_and_the_emergency_line(shelf, client):
    page = client.get("/search/", {"q": "qzxqzx"}).content.decode()
    assert "Nothing found" in page and 'href="/conditions/"' in page and 'href="tel:911"' in page


def test_results_can_be_narrowed_to_one_kind_and_paged(client):
    for number in range(25):
        make_question(path=f"q{number}", title=f"Is number {number} odd?")
    first = client.get("/search/?q=odd&kind=faq").content.decode()
    second = client.get("/search/?q=odd&kind=faq&page=2").content.decode()
    assert first.count('class="result hit"') == 20 and second.count('class="result hit"') == 5
    assert client.get("/search/?q=odd&kind=faq&page=3").status_code == 404
    assert client.get("/search/?q=odd&kind=nope").status_code == 404


def test_a_finding_shows_its_rating_among_the_results(shelf, client):
    page = client.get("/search/?q=needles+back+pain").content.decode()
    assert page.index("/evidence/needles/back/") < page.index("May help") < page.index("Low certainty")


def test_suggestions_begin_as_the_reader_began(shelf, client):
    titles = [row["title"] for row in client.get("/search/suggest/?q=high+blo").json()["found"]]
    assert titles[0] == "Diabetes"
    assert client.get("/search/suggest/?q=d").json() == {"found": []}


def test_the_index_holds_no_query(shelf, client):
    client.get("/search/", {"q": "marmalade"})
    with sqlite3.connect(index.place()) as db:
        assert "marmalade" not in "\n".join(db.iterdump())


def test_letters_that_swap_places_are_one_slip():
    assert distance("anxeity", "anxiety", 2) == 1
    assert distance("stress", "yoga", 2) == 3


def test_names_match_in_singular_and_plural():
    assert (
        root("migraines") == root("migraine") and root("allergies") == root("allergy") and root("illness") == "illness"
    )


def test_an_unpaired_quotation_mark_means_nothing():
    words, phrases = parse('back "pain')
    assert [word.folded for word in words] == ["back", "pain"] and phrases == []


def test_a_query_is_one_line_without_control_characters_and_not_endless():
    assert clean(" a\0b\r\n c ") == "a b c"
    assert len(clean("word " * 5000)) <= 300


def test_likeness_is_the_share_of_common_words():
    assert likeness(["a", "b"], ["a", "b"]) == 1
    assert likeness(["a"], ["b"]) == 0


def test_an_excerpt_does_not_run_headings_and_items_together():
    text = "### What to expect\n\n- You rest. [@a]\n- A short nap [@b]\n\nA **line**,\nwhich goes on [here](x.md)."
    assert words_only(text) == "What to expect. You rest. A short nap. A line, which goes on here."


def test_a_study_stands_among_the_best_only_where_no_page_says_more(shelf, client):
    for name in ("one", "two"):
        make_source(path=f"study-{name}", title="Low back pain")
    make_source(path="alone", title="Unheard-of zymurgy")
    best = client.get("/search/?q=low+back+pain").context["best"]
    assert best[0].file == "conditions/back" and len(best) > 1
    assert "sources" not in {hit.kind for hit in best}
    assert client.get("/search/?q=zymurgy").context["best"][0].file == "sources/alone"
