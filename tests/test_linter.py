"""The writer's linter: errors, warnings and figures, each at its line, for files and for texts without a file."""

import re

import pytest

from conditions.models import Condition
from faq.models import Article, Question
from integrative.documents import Document, parse
from integrative.linter import blocks, lint, names_stored
from integrative.models import Page, Term
from integrative.reading import as_read, grade, sentences, syllables
from therapies.models import Evidence, Therapy

from .make import make_condition, make_evidence, make_source, make_therapy, manage, write_content

SITE = {
    ("sources", "study"): ("A study",),
    ("conditions", "back"): ("Back pain", "lumbago"),
    ("therapies", "touch"): ("Massage", "LMT"),
    ("evidence", "touch/back"): (),
    ("terms", "nih"): ("NIH",),
    ("pages", "about"): ("About",),
}
PAGE = "---\ntitle: A page\nsummary: {summary}\nchecked_on: 2026-01-31\nstatus: {status}\n---\n{body}\n"
EVIDENCE = """---
level: {level}
certainty: {certainty}
sources:
- study
checked_on: 2026-01-31
status: published
---
A review found that massage eases and treats pain.{cite}
"""
THERAPY = """---
title: Massage
kind: hands-on
summary: A person presses your skin.
checked_on: 2026-01-31
status: published
---
## What it is

A person presses your skin.

## What happens at a visit

You lie down.

## Who provides it

A licensed person.

## Safety

- It may hurt. [@study]

## What is known and not known

We know little.

## What you can do

Ask.
"""


def told(kind, model, text, path="", site=SITE):
    """The (line, message) pairs of one kind of finding about a file's text."""
    return [(f.line, f.message) for f in lint(model, parse(text, model.shape()), path, site) if f.kind == kind]


def page(body="Some words.", summary="What it is about.", status="published"):
    return PAGE.format(body=body, summary=summary, status=status)


def errors(body, **kw):
    return told("error", Page, page(body, **kw))


def warnings(body, **kw):
    return told("warning", Page, page(body, **kw))


def test_a_page_in_order_has_no_errors_and_no_warnings():
    assert errors("## One\n\nYou can ask. See [about](about.md).") == []
    assert warnings("## One\n\nYou can ask.") == []
    assert told("error", Therapy, THERAPY, "touch") == []
    assert told("warning", Therapy, THERAPY, "touch") == []


@pytest.mark.parametrize(
    "claim",
    [
        "It treats pain.",
        "This CURES colds.",
        "A detox for you.",
        "It boosts your mood.",
        "It heals the gut.",
        "We find the root\ncause.",
        "It is proven to help.",
        "Not this. [@study] It boosts your mood.",
    ],
)
def test_a_claim_without_a_source_is_an_error_outside_evidence(claim):
    found = errors(f"Words.\n\n{claim}")
    assert [line for line, _ in found] == [9]
    assert "without a source" in found[0][1]
    assert errors("Words.", summary=claim.replace("\n", " ").replace(" [@study]", "")) != []
    assert errors(f"- one\n- {claim}") != []


@pytest.mark.parametrize(
    "text",
    [
        "It treats pain. [@study]",
        "It treats pain. It is old. [@study]",
        "It does not treat or cure anything.",
        "Does it cure pain?",
        "Some people claim that it cures pain.",
        "It rests on a belief in a healing energy.",
        "Walk away if they say “this cures everything”.",
        "A treatise on secure curettage, detoxically.",
    ],
)
def test_a_cited_denied_asked_quoted_or_reported_claim_is_no_error(text):
    assert errors(text) == []


def test_evidence_may_speak_of_effects_and_must_name_what_it_cites():
    good = EVIDENCE.format(level="may-help", certainty="low", cite=" [@study]")
    assert told("error", Evidence, good, "touch/back") == []
    site = SITE | {("sources", "other"): ()}
    other = good.replace("[@study]", "[@other]")
    assert "does not name" in told("error", Evidence, other, "touch/back", site)[0][1]


def test_a_level_stronger_than_its_certainty_allows_is_an_error():
    weak = EVIDENCE.format(level="likely-helps", certainty="low", cite="")
    assert told("error", Evidence, weak, "touch/back") == [(2, "“Likely helps” needs moderate or high certainty.")]
    sure = EVIDENCE.format(level="likely-helps", certainty="moderate", cite="")
    assert told("error", Evidence, sure, "touch/back") == []


def test_a_missing_source_is_an_error_at_its_line():
    bare = THERAPY.replace("hurt. [@study]", "hurt.\n- It may itch. [@study]")
    assert told("error", Therapy, bare, "touch") == [(22, "this line cites no source: It may hurt.")]
    alone = EVIDENCE.format(level="may-help", certainty="low", cite="").replace("sources:\n- study\n", "")
    assert (1, "a finding names at least one source") in told("error", Evidence, alone, "touch/back")


def test_unknown_slugs_are_errors_in_citations_links_lists_and_the_files_own_name():
    assert errors("One.\n\nTwo. [@gone]") == [(9, "there is no source gone")]
    assert errors("See [it](../faq/gone.md).") == [(7, "there is no published faq/gone.md")]
    question = "---\ntitle: Q?\nconditions:\n- gone\nsummary: A.\nchecked_on: 2026-01-31\nstatus: published\n---\n"
    assert told("error", Question, question, "q") == [(3, "there is no published conditions/gone.md")]
    finding = EVIDENCE.format(level="may-help", certainty="low", cite="")
    assert any("conditions/gone.md" in said for _, said in told("error", Evidence, finding, "touch/gone"))


def test_parts_that_make_a_page_clear_may_not_be_missing():
    for heading in ("What is known and not known", "What you can do", "Safety"):
        lacking = re.sub(rf"## {heading}\n\n[^#]*", "", THERAPY)
        assert (1, f"“{heading}” is missing") in [
            (line, said[0].upper() + said[1:]) for line, said in told("error", Therapy, lacking, "touch")
        ]
    assert (1, "“summary” is missing") in told("error", Therapy, re.sub("summary.*\n", "", THERAPY), "touch")
    assert told("error", Therapy, re.sub("summary.*\n", "", THERAPY).replace("published", "draft"), "touch") == []
    assert "main message" in errors("Words.", summary="One. Two. Three. Four.")[0][1]


def test_a_list_may_have_seven_lines_and_no_more():
    seven = "\n".join(f"- line {n}" for n in range(7))
    assert errors(seven) == []
    assert errors(f"{seven}\n- one more") == [(14, "a list of more than 7: split it under ### headings")]
    assert errors(f"{seven}\n\n### More\n\n{seven}".replace("###", "##")) == []
    assert errors(f"{seven}\n\nA sentence between.\n\n{seven}") == []


def test_a_review_that_is_overdue_is_an_error_from_the_day_after():
    def due(day):
        text = page().replace("status:", f"next_review_on: {day}\nstatus:")
        return told("error", Page, text)

    assert due("2001-01-01") == [(5, "the review was due on 2001-01-01")]
    assert due("2999-01-01") == []


def test_headings_may_not_skip_a_level():
    assert errors("## One\n\n### Two\n\n## Three") == []
    assert errors("## One\n\n#### Two") == [(9, "heading out of order: write ### Two")]
    assert errors("### One") == [(7, "heading out of order: write ## One")]
    assert errors("# One") == [(7, "heading out of order: write ## One")]
    deep = THERAPY.replace("We know little.", "#### Little\n\nWe know.")
    assert [said for _, said in told("error", Therapy, deep, "touch")] == ["heading out of order: write ### Little"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("So " + "very " * 25 + "long.", "a sentence of 27 words"),
        ("The needles are often placed in the skin.", "passive: “are often placed”"),
        ("It was found in a study.", "passive: “was found”"),
        ("The AHRQ wrote this.", "AHRQ is not explained"),
        ("About 1 in 7 people felt it, and 3 in 100 left.", "“3 in 100”, but elsewhere on the page “in 7”"),
        ("About 12.5% felt it.", "“12.5%”: round it"),
        ("About 12.5 percent felt it.", "“12.5 percent”: round it"),
        ("Patients should ask.", "“Patients should”: write to “you”"),
    ],
)
def test_what_is_hard_to_read_is_a_warning(text, said):
    found = warnings(f"Words.\n\n{text}")
    assert [line for line, _ in found] == [9]
    assert found[0][1].startswith(said)
    assert errors(text) == []


@pytest.mark.parametrize(
    "text",
    [
        "So " + "very " * 22 + "long [see](about.md). [@study; @study]",
        "You are tired, and it is used a lot.",
        "The NIH wrote this in the US.",
        "The Agency for Healthcare Research (AHRQ) wrote this. AHRQ is old.",
        "Ask AHRQ, a US office.",
        "About 1 in 7 felt it, and 3 in 7 left.",
        "In 2019, 7 in 2020 and 12 in 2021.",
        "It grew by 12%, or 1.5 points.",
    ],
)
def test_plain_words_get_no_warning(text):
    assert warnings(text) == []


def test_a_records_own_names_and_those_of_its_therapy_are_no_unexplained_abbreviations():
    text = EVIDENCE.format(level="may-help", certainty="low", cite="").replace("massage", "LMT")
    assert told("warning", Evidence, text, "touch/back") == []
    assert "LMT" in warnings("LMT helps.")[0][1]


def test_a_therapy_or_condition_without_any_finding_is_a_warning():
    site = {key: names for key, names in SITE.items() if key[0] != "evidence"}
    assert "no finding" in told("warning", Therapy, THERAPY, "touch", site)[0][1]


def test_code_is_not_read_and_a_retired_page_is_not_either():
    assert errors("```\n# It cures pain.\n```\n\n`it cures`") == []
    assert errors("It cures pain.", status="retired") == []
    assert errors("It cures pain.", status="draft") != []


def test_a_text_without_a_file_is_told_the_same_with_lines_of_its_field():
    text = "Words.\n\nIt cures pain.\n\nThe AHRQ wrote this."
    file = parse(page(text), Page.shape())
    form = Document(Page.shape(), file.values)
    in_file, in_form = (lint(Page, document, "", SITE) for document in (file, form))
    assert [(f.kind, f.field, f.message) for f in in_file] == [(f.kind, f.field, f.message) for f in in_form]
    assert [f.line for f in in_form] == [3, 5]
    assert [f.line for f in in_file] == [9, 11]


def test_a_figure_gives_the_reading_grade_with_and_without_medical_names():
    body = "You may have back pain for a while. Lumbago goes away. " * 8
    (figure,) = [f for f in lint(Page, parse(page(body), Page.shape()), "", SITE) if f.kind == "figure"]
    assert figure.message.startswith("reading grade")
    assert figure.plain < figure.grade
    assert not told("figure", Page, page("Too short to tell."))


@pytest.mark.parametrize(
    ("word", "count"),
    [
        ("cat", 1),
        ("People", 2),
        ("acupuncture", 4),
        ("clinician", 3),
        ("people's", 2),
        ("nurse’s", 2),
        ("co-worker", 3),
        ("911", 3),
        ("10-point", 3),
        ("moxibustion", 5),
        ("qqq", 1),
        ("NCCIH", 5),
        ("ME/CFS", 4),
    ],
)
def test_syllables_come_from_the_dictionary_else_from_vowels_digits_and_initials(word, count):
    assert syllables(word) == count


def test_the_grade_is_flesch_and_kincaids():
    texts = ["The cat sat on the mat."] * 10
    assert grade(texts) == pytest.approx(0.39 * 6 + 11.8 * 1 - 15.59)
    assert grade(["Too short."]) is None
    harder = ["International organizations coordinate educational opportunities continuously."] * 10
    assert grade(harder) > 20


def test_sentences_end_where_a_reader_would_stop():
    text = "Dr. Who asked St. John's wort, e.g. tea. “Why?” he said! It is 1.5 cm. [@study] See [the page](a.md)."
    assert [s.text for s in sentences(text)] == [
        "Dr. Who asked St. John's wort, e.g. tea.",
        "“Why?” he said!",
        "It is 1.5 cm.",
        "See the page.",
    ]
    assert [s.cited for s in sentences(text)] == [True, True, True, False]
    assert all(text[s.position :].startswith(s.text[:3]) for s in sentences(text))
    assert as_read("**Bold** and _it_ and `code` and snake_case") == "Bold and it and code and snake_case"


def test_blocks_keep_their_place_in_the_text():
    text = "## Head\n\nOne\ntwo.\n\n- a\n  more\n- b\n\n| x | y |"
    found = blocks(text, "body")
    assert [b.kind for b in found] == ["heading", "paragraph", "item", "item", "row"]
    assert found[1].text == "One\ntwo."
    assert text[found[3].position] == "b"


@pytest.mark.django_db
def test_without_a_site_the_database_is_asked():
    therapy = make_therapy(path="touch", title="Touch", also_called="massage\nrubbing", known_and_not="x")
    condition = make_condition(path="back")
    make_evidence(therapy=therapy, condition=condition)
    assert names_stored()["therapies", "touch"] == ("Touch", "massage", "rubbing")
    assert ("evidence", "touch/back") in names_stored()
    make_condition(path="draft", status="draft")
    assert ("conditions", "draft") not in names_stored()
    found = lint(Therapy, therapy.document(), therapy.pk)
    assert [f.field for f in found if f.kind == "error"] == ["what_you_can_do"]
    make_source(path="gone", status="draft")
    article = parse(page("Words. [@gone]"), Article.shape())
    assert [f.message for f in lint(Article, article) if f.kind == "error"] == ["there is no source gone"]


class TestCommand:
    SOURCE = """---
title: A study
publisher: Someone
url: https://example.org/
trust: peer-reviewed
checked_on: 2026-01-31
status: published
---
"""

    def tree(self, root, **files):
        named = {f"pages/{name}.md": text for name, text in files.items()}
        return write_content(root, {"sources/study.md": self.SOURCE, **named})

    def test_errors_fail_with_file_and_line_and_warnings_do_not(self, tmp_path):
        root = self.tree(tmp_path, good=page("The AHRQ wrote this."))
        ran = manage("check_content", root)
        assert ran.code == 0
        assert "pages/good.md:7: warning: AHRQ is not explained" in ran.out
        assert "Checked 2 files: 0 errors, 1 warnings." in ran.out
        self.tree(tmp_path, bad=page("Words.\n\nIt cures pain."))
        ran = manage("check_content", root)
        assert ran.code == 1
        assert "pages/bad.md:9: error: “cures” claims" in ran.out

    def test_quietly_only_errors_are_shown(self, tmp_path):
        root = self.tree(tmp_path, both=page("It cures pain. The AHRQ wrote this."))
        ran = manage("check_content", root, "--verbosity", "0")
        assert "error: " in ran.out
        assert "warning: " not in ran.out

    def test_a_file_that_cannot_be_read_is_an_error_once(self, tmp_path):
        root = self.tree(tmp_path, broken="no front matter", other=page("See [it](broken.md)."))
        ran = manage("check_content", root)
        assert ran.code == 1
        assert ran.out.count("error: ") == 1

    def test_one_file_or_one_folder_is_checked_against_the_whole(self, tmp_path):
        root = self.tree(tmp_path, bad=page("It cures pain."), good=page("Words. [@study]"))
        assert manage("check_content", root / "pages" / "good.md").code == 0
        assert "Checked 1 files" in manage("check_content", root / "pages" / "bad.md").out
        assert manage("check_content", root / "pages").code == 1
        assert manage("check_content", root / "sources").code == 0

    def test_figures_count_records_and_name_the_hardest_texts_first(self, tmp_path):
        easy = page("You sit on a mat and rest. " * 10)
        hard = page("International organizations coordinate educational opportunities continuously. " * 10)
        out = manage("check_content", self.tree(tmp_path, easy=easy, hard=hard), "--figures").out
        assert re.search(r"^ +2  pages$", out, re.M)
        assert out.index("pages/hard.md") < out.index("pages/easy.md")
        assert "pages, 2 texts" in out
        assert "all, 2 texts" in out


def test_the_content_that_ships_has_no_errors():
    ran = manage("check_content", "--verbosity", "0")
    assert ran.code == 0, ran.out


def test_every_kind_of_record_can_be_linted():
    for model in (Condition, Term, Evidence, Question, Article, Therapy, Page):
        lint(model, Document(model.shape(), {"status": "published"}), "", {})
