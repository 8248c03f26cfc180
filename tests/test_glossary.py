"""A word of the glossary is linked where a page first uses it, and nowhere else."""

import pytest

from integrative.glossary import Glossary
from integrative.models import Term

from .make import make_condition, make_page, make_term, make_therapy

FORMS = {
    "trial": "trial",
    "trials": "trial",
    "randomized trial": "randomized-trial",
    "sham": "sham",
    "sham acupuncture": "sham-acupuncture",
    "NICE guidance": "nice",
    "guidance": "guidance",
    "DASH": "dash-diet",
    "Cochrane review": "cochrane",
    "St. John's wort": "st-johns-wort",
    "Suicide & Crisis Lifeline": "crisis-line",
    "follow-up": "follow-up",
}


def linked(html, own="", before=()):
    """The (slug, words) pairs that became links in a piece of HTML."""
    found = Glossary(FORMS).link(html, set(before), own).split('<a class="term" href="/glossary/#')[1:]
    return [tuple(part.partition("</a>")[0].split('">')) for part in found]


def test_only_the_first_use_of_a_term_is_linked():
    assert linked("<p>One trial, two trials, a trial.</p>") == [("trial", "trial")]
    assert linked("<p>Another trial.</p>", before={"trial"}) == []


def test_the_longest_form_wins():
    assert linked("<p>A randomized trial.</p>") == [("randomized-trial", "randomized trial")]
    assert linked("<p>A randomized trial.</p>", before={"randomized-trial"}) == []
    assert linked("<p>Sham acupuncture.</p>") == [("sham-acupuncture", "Sham acupuncture")]


def test_a_form_counts_as_a_whole_word_only():
    assert linked("<p>Trialists pretrial a trial-based shampoo, trial_1.</p>") == []
    assert linked("<p>(trial), “sham”: follow-up!</p>") == [
        ("trial", "trial"),
        ("sham", "sham"),
        ("follow-up", "follow-up"),
    ]


def test_a_form_with_capitals_counts_only_as_written_and_others_in_any_case():
    assert linked("<p>A dash of salt; a cochrane review.</p>") == []
    assert linked("<p>DASH and a Cochrane review.</p>") == [("dash-diet", "DASH"), ("cochrane", "Cochrane review")]
    assert linked("<p>A nice guidance.</p>") == [("guidance", "guidance")]
    assert linked("<p>SHAM. Trial.</p>") == [("sham", "SHAM"), ("trial", "Trial")]


def test_forms_are_found_across_line_ends_and_in_either_apostrophe_and_behind_entities():
    html = "<p>A randomized\ntrial of St. John’s wort; 988 Suicide &amp; Crisis Lifeline.</p>"
    assert [slug for slug, _ in linked(html)] == ["randomized-trial", "st-johns-wort", "crisis-line"]


@pytest.mark.parametrize(
    "html",
    [
        '<p><a href="/x/">a trial</a></p>',
        '<p><a href="/x/"><strong>a</strong> trial</a></p>',
        "<h2>A trial</h2>",
        "<h3 id='t'>A <em>trial</em></h3>",
        "<p><code>trial</code></p>",
        "<pre><code>a trial</code></pre>",
        "<button>trial</button>",
        '<abbr title="a trial">T</abbr>',
        "<p>Cited. [@trial] [@sham; @trial]</p>",
    ],
)
def test_nothing_is_linked_inside_links_headings_code_buttons_attributes_or_citations(html):
    assert linked(html) == []
    assert linked(html + "<p>A trial.</p>") == [("trial", "trial")]


def test_letters_that_only_look_like_a_form_when_case_is_ignored_do_no_harm():
    assert linked("<p>ſham, a TRİAL</p>") == []


def test_a_glossary_without_terms_changes_nothing():
    assert Glossary({}).link("<p>A trial.</p>", set()) == "<p>A trial.</p>"


@pytest.mark.django_db
class TestPages:
    def test_a_page_explains_a_term_once_through_all_its_texts(self, client):
        make_term(path="sham", title="sham", also_called="pretend treatment")
        make_therapy(path="touch", what_it_is="A pretend treatment.", what_happens="A sham again.")
        page = client.get("/therapies/touch/").content.decode()
        assert page.count('<a class="term" href="/glossary/#sham">pretend treatment</a>') == 1
        assert page.count('class="term"') == 1
        assert "/glossary/#sham" in client.get("/therapies/touch/").content.decode(), "each page starts afresh"

    def test_a_change_of_a_term_shows_on_the_next_page(self, client):
        make_page(path="words", body="A sham and a fake.")
        make_term(path="sham", title="sham")
        assert "#sham" in client.get("/words/").content.decode()
        Term.objects.filter(pk="sham").update(title="fake")
        assert '#sham">fake<' in client.get("/words/").content.decode()
        Term.objects.filter(pk="sham").update(status="draft")
        assert "#sham" not in client.get("/words/").content.decode()

    def test_an_entry_of_the_glossary_links_other_terms_but_not_itself(self, client):
        make_term(path="sham", title="sham", body="A sham is used in a trial.")
        make_term(path="trial", title="trial", body="A trial tests something.")
        page = client.get("/glossary/").content.decode()
        assert '<a class="term" href="/glossary/#trial">trial</a>' in page
        assert 'href="/glossary/#sham"' not in page

    def test_the_glossary_lists_other_names_but_no_plurals(self, client):
        make_term(title="systematic review", also_called="systematic reviews\nSR\nstudy review\nstudy reviews")
        assert Term.objects.get().other_names == ["SR", "study review"]

    def test_the_glossary_costs_one_query_however_many_texts_and_terms(self, client, django_assert_max_num_queries):
        make_condition(path="back", what_you_can_do="A word 1 and a word 2.")
        with django_assert_max_num_queries(30) as before:
            client.get("/conditions/back/")
        for _ in range(5):
            make_term()
        with django_assert_max_num_queries(30) as after:
            assert client.get("/conditions/back/").content.count(b'class="term"') == 2
        assert len(after) == len(before)
