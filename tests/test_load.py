import os
import shutil
import unicodedata
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from conditions.models import BodySystem, Condition
from faq.models import Question
from integrative import sync
from integrative.models import Page, Source, Term
from integrative.records import record_models
from therapies.models import Evidence, Offering

from .make import make_page, make_source, manage, tree, write_content

pytestmark = pytest.mark.django_db

HERE = Path(__file__).parent
VALID, BROKEN = HERE / "content_valid", HERE / "content_broken"

KINDS = "sources, terms, pages, conditions, therapies, approaches, evidence, locations, offerings, faq, articles"
TERM_KEYS = "title, also_called, owner, checked_on, reviewed_on, reviewed_by, next_review_on, status"
NAMES = "name files with lower-case letters, digits and single hyphens, ending in .md"
FLAT = "front matter holds only text and lists of text"
NO_YAML = "the front matter is not valid YAML"
NO_TAGS = "anchors, aliases, tags and directives are not allowed"
TOPICS = "topics are lower-case words without commas or quotation marks"
DRAFT = "Fill it in, or save it as a draft."
NO_LINKS = "links are not followed: put the file itself here"
SYSTEMS = ", ".join(BodySystem.values)

# What load_content says to each folder of content_broken/, line by line and in full.
EXPECTED = {
    "a-list-as-front-matter": "terms/rest.md:2: front matter is a list of `key: value` lines",
    "bad-yaml": f"terms/rest.md:4: {NO_YAML}: did not find expected ',' or ']'",
    "broken-parent": f"conditions/example.md:3: body_system: “elbow” is not one of: {SYSTEMS}.",
    "broken-source": "sources/study.md:5: unknown key 'trusted'; did you mean 'trust'?",
    "citation-of-a-draft": "pages/example.md:6: There is no published source called “study”.",
    "citation-of-nothing": "pages/example.md:8: There is no published source called “nobody”.",
    "citation-that-is-none": (
        "pages/example.md:6: Write a citation as [@its-key] or [@one; @two], not [@study, @other]"
    ),
    "comment": "terms/rest.md:4: comments in front matter would be lost: put them in the text",
    "data-link": "pages/example.md:6: This link goes nowhere we allow: data:text/html;base64,PHNjcmlwdD4=",
    "date-in-other-words": "terms/rest.md:3: 'checked_on' is a date written YYYY-MM-DD, not '31 January 2026'",
    "date-that-never-was": "terms/rest.md:3: checked_on: Enter a valid date.",
    "deep-nesting": f"terms/rest.md:3: {FLAT}",
    "empty-file": "terms/rest.md:1: the file must start with a line of --- (front matter)",
    "empty-value-in-a-list": "terms/rest.md:3: 'also_called' lists an empty value",
    "escaped-control-character": "terms/rest.md:2: a control character (U+0000) does not belong in text",
    "evidence-in-the-wrong-place": (
        "evidence/example.md:1: evidence files are named <therapy>/<condition>.md or <therapy>/<condition>.<aspect>.md"
    ),
    "evidence-without-source": (
        "evidence/example/example.md:1: sources: A published page of this kind needs at least one source."
    ),
    "file-outside-the-folders": f"rest.md:1: put files in one of the folders {KINDS}",
    "folder-below-a-flat-kind": f"terms/more/rest.md:1: {NAMES}",
    "folder-named-like-a-file": "terms/rest.md:1: this is a folder, not a file",
    "front-matter-never-closed": "terms/rest.md:1: the front matter has no closing line of ---",
    "heading-of-level-1": "pages/example.md:10: A heading of level 1 is the page's own title: use ## or ###.",
    "image": "pages/example.md:8: Images are not allowed.",
    "item-without-source": "conditions/example.md:11: This line cites no source: It rains.",
    "javascript-link": "pages/example.md:8: This link goes nowhere we allow: javascript:alert(1",
    "javascript-reference": "pages/example.md:8: This link goes nowhere we allow: JavaScript:alert(1)",
    "javascript-source": "sources/study.md:4: url: Enter a valid URL.",
    "key-twice": "terms/rest.md:3: the key 'title' stands twice",
    "likely-and-unsure": "evidence/example/example.md:1: “Likely helps” needs moderate or high certainty.",
    "link-out-of-the-folder": (
        "pages/example.md:6: This link goes nowhere we allow: ../../../etc/passwd\n"
        "pages/example.md:6: This link goes nowhere we allow: ../../pages/example.md"
    ),
    "link-to-a-draft": "pages/example.md:6: the link other.md leads to no published page",
    "link-to-a-page-address": "pages/example.md:6: This link goes nowhere we allow: /conditions/example/",
    "link-to-a-retired-page": "pages/example.md:6: the link other.md leads to no published page",
    "link-to-nothing": "pages/example.md:8: the link ../conditions/nothing.md leads to no published page",
    "list-where-text-belongs": "terms/rest.md:2: 'title' is one text, not a list",
    "map-for-a-text": f"terms/rest.md:2: {FLAT}",
    "map-in-a-value": f"terms/rest.md:3: {FLAT}",
    "merge-marker": (
        "pages/example.md:8: a merge marker was left in the file\n"
        "pages/example.md:12: a merge marker was left in the file"
    ),
    "missing-day": f"terms/rest.md:1: checked_on: A published page needs “checked on”. {DRAFT}",
    "missing-key": f"terms/rest.md:1: title: A published page needs “title”. {DRAFT}",
    "missing-status": "terms/rest.md:1: status: This field is required.",
    "name-in-other-letters": f"terms/покой.md:1: {NAMES}",
    "name-with-capitals": f"terms/Rest.md:1: {NAMES}",
    "name-with-spaces": f"terms/my rest.md:1: {NAMES}",
    "no-front-matter": "terms/rest.md:1: the file must start with a line of --- (front matter)",
    "not-markdown": "terms/rest.txt:1: only .md files belong here",
    "offering-in-the-wrong-place": "offerings/harbor.md:1: offering files are named <location>/<therapy>.md",
    "order-in-words": "approaches/example.md:3: order: Enter a whole number.",
    "order-of-nought": (
        "faq/example.md:1: a value would change on its way into the database:\n"
        "--- faq/example.md (database)\n+++ faq/example.md (file)\n@@ -1,5 +1,6 @@\n"
        " ---\n title: Is it?\n+order: 0\n summary: It is.\n checked_on: 2026-01-31\n status: published"
    ),
    "protocol-relative-link": "pages/example.md:6: This link goes nowhere we allow: //example.org/",
    "published-and-incomplete": (
        f"conditions/example.md:1: what_you_can_do: A published page needs “What you can do”. {DRAFT}"
    ),
    "raw-html": 'pages/example.md:8: Raw HTML is not allowed: <img src=x onerror="alert(1)">',
    "raw-html-comment": "pages/example.md:8: Raw HTML is not allowed: <!-- a note to myself -->",
    "same-value-twice": "terms/rest.md:3: 'also_called' lists the same value twice",
    "section-twice": "conditions/example.md:12: the section 'What you can do' stands twice",
    "slug-in-the-file": f"terms/rest.md:3: unknown key 'path'; known keys: {TERM_KEYS}",
    "text-before-the-sections": "conditions/example.md:8: text stands before the first section heading",
    "text-where-a-list-belongs": (
        "terms/rest.md:3: 'also_called' is a list: write each value on a line of its own after `- `"
    ),
    "text-without-source": "conditions/example.md:10: This text must cite a source, as [@its-key].",
    "title-too-long": "terms/rest.md:2: title: Ensure this value has at most 200 characters (it has 249).",
    "topic-in-capitals": f"conditions/example.md:4: {TOPICS}",
    "topic-without-letters": f"conditions/example.md:4: {TOPICS}",
    "truth-that-is-not-yes": "locations/harbor.md:4: 'sample' is `yes`, or is left out",
    "two-yaml-documents": "terms/rest.md:3: front matter is one YAML document",
    "unconfirmed-offering": (
        f"offerings/harbor/example.md:1: confirmed_on: A published page needs “confirmed on”. {DRAFT}"
    ),
    "unknown-choice": f"conditions/example.md:3: body_system: “elbow” is not one of: {SYSTEMS}.",
    "unknown-folder": f"diseases:1: no kind of record lies in a folder of this name; known: {KINDS}",
    "unknown-key": "conditions/example.md:4: unknown key 'sumary'; did you mean 'summary'?",
    "unknown-parent": "evidence/nobody/example.md:1: therapy: There is no file therapies/nobody.md.",
    "unknown-record-in-a-list": "faq/example.md:3: conditions: There is no file conditions/nothing.md.",
    "unknown-section": (
        "conditions/example.md:8: unknown section 'How it feels'; known: "
        "What it is, Emergency signs, When to see a clinician, Usual care, What you can do"
    ),
    "unknown-source-in-a-list": "evidence/example/example.md:4: sources: There is no file sources/nobody.md.",
    "unknown-status": "terms/rest.md:4: status: “Published” is not one of: draft, published, retired.",
    "unlike-any-key": f"terms/rest.md:3: unknown key 'colour'; known keys: {TERM_KEYS}",
    "yaml-alias-bomb": f"terms/rest.md:3: {NO_TAGS}\nterms/rest.md:4: {NO_TAGS}",
    "yaml-colon-in-text": f"terms/rest.md:2: {NO_YAML}: mapping values are not allowed in this context",
    "yaml-tag": f"terms/rest.md:2: {NO_TAGS}",
    "year-too-long": "sources/study.md:5: year: Ensure this value has at most 4 characters (it has 5).",
}

REST = """---
title: rest
checked_on: 2026-01-31
status: published
---
What the word means.
"""


def page(body, status="published"):
    return f"---\ntitle: Example\nchecked_on: 2026-01-31\nstatus: {status}\n---\n{body}\n"


def rows():
    """How many records of each kind there are."""
    return {model.folder: model.objects.count() for model in record_models() if model.objects.exists()}


def complaints(root, *options):
    """The problems load_content prints, without the closing count; nothing may have been written."""
    before = rows()
    ran = manage("load_content", root, *options)
    assert (ran.code, ran.out) == (1, ""), ran
    assert rows() == before
    *lines, last = ran.err.splitlines()
    assert last.endswith("problem(s). Nothing was written.")
    return "\n".join(lines)


@pytest.mark.parametrize("fault", sorted(place.name for place in BROKEN.iterdir()))
def test_a_broken_file_gets_its_own_clear_message(fault):
    assert complaints(BROKEN / fault) == EXPECTED[fault]


def test_every_expected_message_has_its_broken_file():
    assert {place.name for place in BROKEN.iterdir()} == set(EXPECTED)


def test_the_problems_of_all_files_are_told_at_once_in_order(tmp_path):
    for fault in ("bad-yaml", "unknown-key", "raw-html", "unknown-record-in-a-list", "unknown-folder"):
        shutil.copytree(BROKEN / fault, tmp_path, dirs_exist_ok=True)
    said = complaints(tmp_path).splitlines()
    assert said == [
        EXPECTED[fault]
        for fault in ("unknown-key", "unknown-folder", "unknown-record-in-a-list", "raw-html", "bad-yaml")
    ]


def test_every_kind_of_file_is_created_then_unchanged_then_changed(tmp_path):
    root = shutil.copytree(VALID, tmp_path / "content")
    count = len(tree(root))
    assert manage("load_content", root) == (0, f"Loaded content: {count} created.\n", "")
    assert sum(rows().values()) == count
    assert set(rows()) == {model.folder for model in record_models()}
    assert manage("load_content", root) == (0, f"Loaded content: {count} unchanged.\n", "")
    for place in root.rglob("*.md"):
        text = place.read_text(encoding="utf-8")
        place.write_text(text.replace("2026-01-31", "2026-02-28"), encoding="utf-8")
    assert manage("load_content", root) == (0, f"Loaded content: {count} changed.\n", "")
    assert Condition.objects.get(pk="blue-fog").checked_on.isoformat() == "2026-02-28"


def test_a_row_holds_what_its_file_says():
    manage("load_content", VALID)
    fog, question = Condition.objects.get(pk="blue-fog"), Question.objects.get(pk="is-this-real")
    assert (fog.title, fog.also_called.splitlines()) == ("Blue fog", ["fog, blue", "no", "12:30"])
    assert fog.icd10cm == "1.10"
    assert [tag.name for tag in fog.tags.order_by("name")] == ["weather", "whole day"]
    assert fog.emergency == "- The fog is no longer blue. [@made-up-handbook]\n- The fog speaks. [@made-up-handbook]"
    assert fog.reviewed_on.isoformat() == "2026-02-01"
    assert {source.pk for source in fog.sources.all()} == {"made-up-handbook", "made-up-trial"}
    evening = Evidence.objects.get(pk="cloud-gazing/blue-fog.evenings")
    assert (evening.therapy_id, evening.condition_id, evening.aspect) == ("cloud-gazing", "blue-fog", "evenings")
    assert Offering.objects.get().location.sample is True
    assert (question.order, Question.objects.get(pk="is-it-first").order) == (3, 0)
    assert {condition.pk for condition in question.conditions.all()} == {"blue-fog", "gray-hum"}


def test_a_value_taken_out_of_a_file_is_taken_out_of_the_row(tmp_path):
    root = shutil.copytree(VALID, tmp_path / "content")
    manage("load_content", root)
    place = root / "faq" / "is-this-real.md"
    kept = [line for line in place.read_text(encoding="utf-8").splitlines() if line not in ("order: 3", "- gray-hum")]
    place.write_text("\n".join(kept).replace("tags:\n- whole day\n", "") + "\n", encoding="utf-8")
    manage("load_content", root)
    question = Question.objects.get(pk="is-this-real")
    assert (question.order, question.tags.count()) == (0, 0)
    assert [condition.pk for condition in question.conditions.all()] == ["blue-fog"]


def test_check_tries_everything_and_keeps_nothing():
    ran = manage("load_content", VALID, "--check")
    assert (ran.code, ran.out) == (0, f"Checked content: {len(tree(VALID))} created.\n")
    assert rows() == {}
    assert complaints(BROKEN / "raw-html", "--check") == EXPECTED["raw-html"]


def test_one_bad_file_keeps_all_others_out(tmp_path):
    root = shutil.copytree(VALID, tmp_path / "content")
    shutil.copytree(BROKEN / "link-to-nothing", root, dirs_exist_ok=True)
    assert complaints(root) == EXPECTED["link-to-nothing"]
    assert rows() == {}


def test_one_bad_file_keeps_changes_of_others_out(tmp_path):
    root = write_content(tmp_path, {"terms/rest.md": REST, "terms/walk.md": REST.replace("rest", "walk")})
    manage("load_content", root)
    write_content(root, {"terms/rest.md": REST.replace("means", "says"), "terms/walk.md": "nothing"})
    assert complaints(root) == "terms/walk.md:1: the file must start with a line of --- (front matter)"
    assert Term.objects.get(pk="rest").body == "What the word means."


def test_what_only_the_database_refuses_of_a_changed_file_is_told_like_the_rest(tmp_path, monkeypatch):
    root = shutil.copytree(VALID, tmp_path / "content")
    manage("load_content", root)
    place = root / "evidence" / "cloud-gazing" / "blue-fog.evenings.md"
    before = Evidence.objects.get(pk="cloud-gazing/blue-fog.evenings")
    lines = place.read_text(encoding="utf-8").splitlines()
    changes = {"level": "level: likely-helps", "certainty": "certainty: low"}
    place.write_text("\n".join(changes.get(line.partition(":")[0], line) for line in lines) + "\n", encoding="utf-8")
    monkeypatch.setattr(Evidence, "contradictions", classmethod(lambda cls, values: []))
    assert "evidence/cloud-gazing/blue-fog.evenings.md:1: “Likely helps” needs moderate" in complaints(root)
    assert Evidence.objects.get(pk=before.pk).level == before.level


def test_records_may_point_at_records_that_are_loaded_after_them(tmp_path):
    files = {
        "pages/first.md": page("See [later](../terms/rest.md) and [last](second.md)."),
        "pages/second.md": page("See [the first](first.md)."),
        "terms/rest.md": REST,
    }
    assert manage("load_content", write_content(tmp_path, files)).code == 0


def test_a_link_may_lead_to_a_published_record_that_has_no_file(tmp_path):
    make_page(path="only-here")
    root = write_content(tmp_path, {"pages/first.md": page("See [it](only-here.md).")})
    assert manage("load_content", root) == (0, "Loaded content: 1 created, 1 only in the database, kept.\n", "")


def test_a_draft_may_hold_links_that_lead_nowhere_yet(tmp_path):
    root = write_content(tmp_path, {"pages/first.md": page("See [later](second.md).", "draft")})
    assert manage("load_content", root).code == 0


def test_a_page_cannot_be_retired_while_another_file_links_to_it(tmp_path):
    files = {"pages/first.md": page("See [it](second.md)."), "pages/second.md": page("Text.")}
    manage("load_content", write_content(tmp_path, files))
    write_content(tmp_path, {"pages/second.md": page("Text.", "retired")})
    assert complaints(tmp_path) == "pages/first.md:6: the link second.md leads to no published page"


def test_a_source_cannot_be_retired_while_another_file_cites_it(tmp_path):
    root = shutil.copytree(VALID, tmp_path / "content")
    manage("load_content", root)
    place = root / "sources" / "made-up-trial.md"
    place.write_text(place.read_text(encoding="utf-8").replace("published", "retired"), encoding="utf-8")
    told = "There is no published source called “made-up-trial”."
    assert complaints(root).splitlines() == [
        f"conditions/blue-fog.md:25: {told}",
        f"evidence/cloud-gazing/blue-fog.evenings.md:10: {told}",
        f"evidence/cloud-gazing/blue-fog.md:10: {told}",
        f"therapies/cloud-gazing.md:32: {told}",
    ]


def test_a_citation_is_marked_where_it_stands_and_not_where_a_longer_key_does(tmp_path):
    make_source(path="study-two")
    root = write_content(tmp_path, {"pages/first.md": page("One. [@study-two]\n\nTwo. [@study]")})
    assert complaints(root) == "pages/first.md:8: There is no published source called “study”."


@pytest.mark.parametrize(
    ("body", "line"),
    [("<`code`b>x</b>", 6), ("`<i>`\n\n<i>x</i>", 8), ("```\n<i>\n```\n\n<i>x</i>", 10)],
)
def test_code_around_raw_html_does_not_confuse_the_check(tmp_path, body, line):
    said = complaints(write_content(tmp_path, {"pages/first.md": page(body)}))
    assert said.startswith(f"pages/first.md:{line}: Raw HTML is not allowed: <")


def test_code_may_speak_of_html_links_and_images(tmp_path):
    body = "`<b>` `[a](javascript:b)` `![c](d)` `[@Not, a key]`\n\n```\n<script>alert(1)</script>\n```"
    assert manage("load_content", write_content(tmp_path, {"pages/first.md": page(body)})).code == 0


def test_a_missing_folder_is_a_message_and_not_a_traceback(tmp_path):
    assert complaints(tmp_path / "nowhere") == f"{tmp_path / 'nowhere'}:1: there is no such folder"
    file = tmp_path / "file.md"
    file.write_text(REST, encoding="utf-8")
    assert complaints(file) == f"{file}:1: there is no such folder"


def test_an_empty_folder_has_no_files_to_load(tmp_path):
    assert manage("load_content", tmp_path) == (0, "Loaded content: no files.\n", "")


def test_hidden_files_are_not_content(tmp_path):
    root = write_content(tmp_path, {".git/config": "x", "terms/.rest.md.swp": "x", "terms/rest.md": REST})
    assert manage("load_content", root).out == "Loaded content: 1 created.\n"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (REST.encode() + b"A\0B\n", "7: a control character (U+0000) does not belong in text"),
        (REST.encode() + b"caf\xe9\n", "7: the file is not UTF-8 text"),
        (REST.encode("utf-16"), "1: the file is not UTF-8 text"),
        (REST.encode() + b"\x1b[31mred\n", "7: a control character (U+001B) does not belong in text"),
        (REST.encode() + b"a\n" * 5_000_000, "1: the file is larger than 1 MB"),
        (b"---\ntitle: " + b"[" * 900_000 + b"\n---\n", "2: "),
        (b"---\n" + b"".join(b"k%d: &k%d [*k%d]\n" % (n, n, n - 1) for n in range(9)) + b"---\n", f"2: {NO_TAGS}"),
        (b"---\n" + b"? " * 400_000 + b"\n---\n", f"2: {FLAT}"),
    ],
    ids=["nul", "latin-1", "utf-16", "escape", "10-mb", "deep", "aliases", "question-marks"],
)
def test_hostile_bytes_get_a_message(tmp_path, content, said):
    assert complaints(write_content(tmp_path, {"terms/rest.md": content})).startswith(f"terms/rest.md:{said}")


@pytest.mark.parametrize(
    "content",
    [b"\xef\xbb\xbf" + REST.encode(), REST.replace("\n", "\r\n").encode(), REST.replace("\n", "\r").encode()],
    ids=["bom", "crlf", "cr"],
)
def test_a_byte_order_mark_and_foreign_line_ends_load_like_the_plain_file(tmp_path, content):
    assert manage("load_content", write_content(tmp_path, {"terms/rest.md": content})).code == 0
    write_content(tmp_path, {"terms/rest.md": REST})
    assert manage("load_content", tmp_path).out == "Loaded content: 1 unchanged.\n"


def test_decomposed_letters_in_a_text_load_like_composed_ones(tmp_path):
    text = REST.replace("word", "café")
    manage("load_content", write_content(tmp_path, {"terms/rest.md": unicodedata.normalize("NFD", text)}))
    assert Term.objects.get().body == "What the café means."
    write_content(tmp_path, {"terms/rest.md": text})
    assert manage("load_content", tmp_path).out == "Loaded content: 1 unchanged.\n"


def test_names_that_differ_only_in_case_are_not_two_records(tmp_path):
    root = write_content(tmp_path, {"terms/rest.md": REST, "terms/Rest.md": REST, "terms/REST.md": REST})
    if len(os.listdir(root / "terms")) == 1:
        pytest.skip("this disk takes names that differ in case for one")
    assert complaints(root) == f"terms/REST.md:1: {NAMES}\nterms/Rest.md:1: {NAMES}"


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("cafe\u0301.md", "cafe\u0301.md"),
        ("re\nst.md", r"re\nst.md"),
        ("re\x1b[31mst.md", r"re\x1b[31mst.md"),
        (os.fsdecode(b"re\xffst.md"), r"re\udcffst.md"),
        ("re\u202est.md", r"re\u202est.md"),
    ],
    ids=["decomposed", "line-break", "escape", "invalid-utf-8", "right-to-left"],
)
def test_a_hostile_file_name_is_told_in_letters_that_can_be_printed(tmp_path, name, shown):
    root = write_content(tmp_path, {f"terms/{name}": REST})
    assert complaints(root) == f"terms/{shown}:1: {NAMES}"
    manage("content_status", root).out.encode()


def test_a_name_that_no_row_can_hold_is_refused(tmp_path):
    root = write_content(tmp_path, {f"terms/{'a' * 201}.md": REST})
    assert complaints(root) == f"terms/{'a' * 201}.md:1: the name is longer than 200 letters"


def test_links_of_the_disk_are_not_followed(tmp_path):
    outside = tmp_path / "outside.md"
    outside.write_text(REST, encoding="utf-8")
    root = write_content(tmp_path / "content", {"evidence/therapy/condition.md": REST})
    (root / "terms").mkdir()
    (root / "terms" / "rest.md").symlink_to(outside)
    (root / "terms" / "loop.md").symlink_to("loop.md")
    (root / "pages").symlink_to(tmp_path)
    (root / "evidence" / "other").symlink_to(root / "evidence" / "therapy")
    (root / "evidence" / "therapy" / "condition.md").unlink()
    assert complaints(root).splitlines() == [
        f"{name}:1: {NO_LINKS}" for name in ("evidence/other", "pages", "terms/loop.md", "terms/rest.md")
    ]


def test_a_folder_or_a_pipe_in_the_place_of_a_file_is_refused(tmp_path):
    (tmp_path / "terms" / "rest.md").mkdir(parents=True)
    os.mkfifo(tmp_path / "terms" / "pipe.md")
    assert complaints(tmp_path) == "terms/pipe.md:1: this is not a file\nterms/rest.md:1: this is a folder, not a file"


def test_a_file_that_cannot_be_read_is_named(tmp_path, monkeypatch):
    root = write_content(tmp_path, {"terms/rest.md": REST, "terms/walk.md": REST})
    read = Path.read_bytes

    def refuse(place):
        if place.name == "rest.md":
            raise PermissionError(13, "Permission denied", str(place))
        return read(place)

    monkeypatch.setattr(Path, "read_bytes", refuse)
    assert complaints(root) == "terms/rest.md:1: the file cannot be read: Permission denied"


@pytest.mark.parametrize("folder", ["", "terms", "evidence/therapy"])
def test_a_folder_that_cannot_be_read_is_named(tmp_path, monkeypatch, folder):
    root = write_content(tmp_path, {"terms/rest.md": REST, "evidence/therapy/condition.md": REST})
    scan = os.scandir

    def refuse(place):
        if Path(place) == root / folder:
            raise PermissionError(13, "Permission denied", str(place))
        return scan(place)

    monkeypatch.setattr(os, "scandir", refuse)
    assert f"{folder or root}:1: the folder cannot be read: Permission denied" in complaints(root).splitlines()


def test_a_file_that_goes_away_takes_no_page_down(tmp_path):
    root = write_content(tmp_path, {"terms/rest.md": REST, "terms/walk.md": REST})
    manage("load_content", root)
    (root / "terms" / "rest.md").unlink()
    ran = manage("load_content", root)
    assert ran.out.startswith("Loaded content: 1 unchanged, 1 without their file, kept")
    assert Term.objects.get(pk="rest").is_published


def test_a_second_load_writes_nothing_to_the_database():
    manage("load_content", VALID)
    with CaptureQueriesContext(connection) as asked:
        manage("load_content", VALID)
    assert not [query["sql"] for query in asked if query["sql"].startswith(("INSERT", "UPDATE", "DELETE"))]


def test_a_second_load_asks_no_more_of_the_database_when_there_are_more_files(tmp_path):
    counts, root = [], shutil.copytree(VALID, tmp_path / "content")
    for more in range(2):
        manage("load_content", root)
        with CaptureQueriesContext(connection) as asked:
            manage("load_content", root)
        counts.append(len(asked))
        for name in ("conditions/blue-fog.md", "faq/is-this-real.md", "therapies/cloud-gazing.md"):
            for number in range(5):
                shutil.copy(root / name, root / name.replace(".md", f"-{more}{number}.md"))
    assert counts[0] == counts[1]


def test_records_taken_a_few_at_a_time_are_the_same_records(tmp_path, monkeypatch):
    monkeypatch.setattr(sync, "CHUNK", 2)
    manage("load_content", VALID)
    assert manage("load_content", VALID).out == f"Loaded content: {len(tree(VALID))} unchanged.\n"
    manage("export_content", tmp_path)
    assert tree(tmp_path) == tree(VALID)


def test_links_lead_to_records_of_a_later_handful(tmp_path, monkeypatch):
    monkeypatch.setattr(sync, "CHUNK", 1)
    files = {
        "pages/first.md": page("See [it](second.md)."),
        "pages/second.md": page("See [it](third.md)."),
        "pages/third.md": page("See [nothing](fourth.md)."),
    }
    root = write_content(tmp_path, files)
    assert complaints(root) == "pages/third.md:6: the link fourth.md leads to no published page"
    write_content(root, {"pages/fourth.md": page("Text.")})
    assert manage("load_content", root).code == 0


def test_a_page_retired_in_a_later_handful_breaks_the_links_of_an_earlier_one(tmp_path, monkeypatch):
    monkeypatch.setattr(sync, "CHUNK", 1)
    files = {"pages/first.md": page("See [it](second.md)."), "pages/second.md": page("Text.")}
    root = write_content(tmp_path, files)
    manage("load_content", root)
    write_content(root, {"pages/second.md": page("Text.", "retired")})
    assert complaints(root) == "pages/first.md:6: the link second.md leads to no published page"


def test_a_new_topic_is_one_topic_however_many_files_name_it(tmp_path):
    root = shutil.copytree(VALID, tmp_path / "content")
    shutil.copy(root / "faq" / "is-this-real.md", root / "faq" / "is-this-real-too.md")
    manage("load_content", root)
    first, second = Question.objects.filter(pk__startswith="is-this-real")
    assert [tag.pk for tag in first.tags.all()] == [tag.pk for tag in second.tags.all()] != []


def test_a_load_asks_no_more_of_the_database_for_each_new_file(tmp_path):
    counts = []
    make_source(path="made-up-trial")
    for number in (3, 30):
        root = write_content(
            tmp_path / str(number), {f"pages/p{number}-{n}.md": page("See [@made-up-trial].") for n in range(number)}
        )
        with CaptureQueriesContext(connection) as asked:
            assert manage("load_content", root).code == 0
        counts.append(len(asked))
        Page.objects.all().delete()
    assert counts[0] == counts[1]


class Terminal(StringIO):
    def isatty(self):
        return True


@pytest.mark.parametrize("command", ["load_content", "export_content"])
def test_a_bar_is_drawn_on_a_terminal_when_there_is_much_to_do(tmp_path, command):
    root = write_content(tmp_path / "content", {f"pages/p-{n}.md": page("Text.") for n in range(201)})
    if command == "export_content":
        manage("load_content", root)
        root = tmp_path / "new"
    out = Terminal()
    call_command(command, root, stdout=out)
    assert f"[{'#' * 40}] 201/201\n" in out.getvalue()


FRAGMENTS = (
    "<b>", "</b>", "<!--", "-->", "`", "```\n", "[", "]", "(", ")", "](", "[@", "@a", "; ", "]: ", "javascript:",
    "//", "data:", "../", "x.md", "\n", "\n\n", "- ", "* ", "# ", "## ", "### ", "|", "<", ">", "\\", "!", "![",
    "&#106;", "\t", "    ", "word", "https://a.b", "%(value)s", "%", "{}", "\u0301", "\u00a0", "---\n", "***", "_",
    "*[a]: b", "[a]: b", "\x85",
)  # fmt: skip


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(parts=st.lists(st.sampled_from(FRAGMENTS), max_size=25), kind=st.sampled_from(["pages", "conditions"]))
def test_no_text_at_all_ends_in_a_traceback(tmp_path, parts, kind):
    body = "".join(parts)
    head = "title: A\nstatus: published\nchecked_on: 2026-01-31\n"
    if kind == "conditions":
        head += "summary: B\nbody_system: cancer\n"
        body = f"## Emergency signs\n{body}\n## What you can do\n\nC.\n"
    root = tmp_path / kind
    shutil.rmtree(root, ignore_errors=True)
    write_content(root, {f"{kind}/a.md": f"---\n{head}---\n{body}"})
    ran = manage("load_content", root, "--check")
    assert ran.code == (1 if ran.err else 0)
    assert all(line.startswith(f"{kind}/a.md:") for line in ran.err.splitlines()[:1])
    assert Page.objects.count() == Source.objects.count() == 0
