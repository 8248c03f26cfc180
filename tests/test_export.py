import os
import shutil
import stat
from pathlib import Path

import pytest
from django.conf import settings

from conditions.models import Condition
from integrative.models import Term
from integrative.records import record_models

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
    make_term,
    manage,
    tree,
    write_content,
)

pytestmark = pytest.mark.django_db

VALID = Path(__file__).parent / "content_valid"

REST = """---
title: rest
checked_on: 2026-01-31
status: published
---
What the word means.
"""


def make_one_of_each():
    evidence = make_evidence(aspect="Long evenings")
    make_offering(therapy=evidence.therapy, location=make_location(languages="English\nEspañol", sample=True))
    make_question(therapies=[evidence.therapy], conditions=[evidence.condition], tags=["two words", "one"])
    for make in (make_approach, make_article, make_page, make_source, make_term):
        make()


def documents():
    return {row.file: row.document() for model in record_models() for row in model.objects.all()}


def test_load_then_export_changes_no_byte(tmp_path):
    root = shutil.copytree(VALID, tmp_path / "content")
    manage("load_content", root)
    ran = manage("export_content", root)
    assert ran == (0, f"Exported 0 of {len(tree(VALID))} records.\n", "")
    assert tree(root) == tree(VALID)


def test_export_into_an_empty_folder_gives_the_same_files_byte_for_byte(tmp_path):
    manage("load_content", VALID)
    ran = manage("export_content", tmp_path / "new" / "content")
    assert ran.code == 0
    assert tree(tmp_path / "new" / "content") == tree(VALID)


def test_records_made_in_the_admin_get_files_that_load_again(tmp_path):
    make_one_of_each()
    manage("export_content", tmp_path)
    files = tree(tmp_path)
    assert {name.partition("/")[0] for name in files} == {place.name for place in VALID.iterdir()}
    before = documents()
    for model in reversed(record_models()):
        model.objects.all().delete()
    ran = manage("load_content", tmp_path)
    assert ran.code == 0, ran.err
    assert documents() == before


def test_an_export_names_each_file_it_writes_and_writes_no_other(tmp_path):
    root = shutil.copytree(VALID, tmp_path / "content")
    manage("load_content", root)
    Condition.objects.filter(pk="blue-fog").update(title="Bluer fog")
    make_term(path="new-word")
    times = {place: place.stat().st_mtime_ns for place in root.rglob("*.md")}
    ran = manage("export_content", root)
    assert ran.out.splitlines()[:-1] == ["wrote terms/new-word.md", "wrote conditions/blue-fog.md"]
    changed = {str(place.relative_to(root)) for place in times if place.stat().st_mtime_ns != times[place]}
    assert changed == {"conditions/blue-fog.md"}
    before = (VALID / "conditions" / "blue-fog.md").read_text(encoding="utf-8")
    after = (root / "conditions" / "blue-fog.md").read_text(encoding="utf-8")
    assert after == before.replace("title: Blue fog", "title: Bluer fog")


def test_values_that_yaml_would_read_as_something_else_come_back_as_text(tmp_path):
    condition = make_condition(
        title="no", also_called="12:30\n1.10\nnull\n~\n# one\na: b\n'x'", summary="yes: it's “made up” #1", owner="- me"
    )
    manage("export_content", tmp_path)
    text = (tmp_path / "conditions" / f"{condition.pk}.md").read_text(encoding="utf-8")
    Condition.objects.all().delete()
    assert manage("load_content", tmp_path).code == 0
    again = Condition.objects.get()
    assert again.document() == condition.document()
    assert again.document().text() == text


def test_a_retired_record_keeps_its_file(tmp_path, monkeypatch):
    root = write_content(tmp_path, {"terms/rest.md": REST})
    monkeypatch.setattr(settings, "CONTENT_DIR", root)
    manage("load_content")
    Term.objects.update(status="retired")
    assert manage("export_content").out.startswith("wrote terms/rest.md\n")
    assert (root / "terms" / "rest.md").read_text(encoding="utf-8") == REST.replace("published", "retired")


def test_a_file_in_another_form_with_the_same_meaning_is_left_alone(tmp_path):
    loose = REST.replace("title: rest", 'title: "rest"').replace("\n", "\r\n").encode()
    root = write_content(tmp_path, {"terms/rest.md": b"\xef\xbb\xbf" + loose})
    manage("load_content", root)
    manage("export_content", root)
    assert tree(root) == {"terms/rest.md": b"\xef\xbb\xbf" + loose}


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("terms/rest.md", b"half a thought", "terms/rest.md:1: the file must start with a line of --- (front matter)"),
        ("terms/rest.md", b"\xff", "terms/rest.md:1: the file is not UTF-8 text"),
        ("terms/notes.txt", b"", "terms/notes.txt:1: only .md files belong here"),
    ],
)
def test_a_file_that_cannot_be_read_is_never_written_over(tmp_path, name, content, said):
    make_term(path="rest")
    make_term(path="walk")
    root = write_content(tmp_path, {name: content})
    ran = manage("export_content", root)
    assert (ran.code, ran.out, ran.err) == (1, "", f"{said}\n1 problem(s). Nothing was written.\n")
    assert tree(root) == {name: content}


def test_an_export_does_not_write_through_a_link(tmp_path):
    make_term(path="rest")
    outside = write_content(tmp_path, {"outside.md": "mine"}) / "outside.md"
    (tmp_path / "content" / "terms").mkdir(parents=True)
    (tmp_path / "content" / "terms" / "rest.md").symlink_to(outside)
    ran = manage("export_content", tmp_path / "content")
    assert ran.code == 1
    assert outside.read_text(encoding="utf-8") == "mine"


def test_a_file_in_the_place_of_the_folder_is_a_message(tmp_path):
    place = write_content(tmp_path, {"content": "x"}) / "content"
    ran = manage("export_content", place)
    assert ran.code == 1
    assert ran.err.startswith(f"{place}:1: the folder cannot be made: File exists\n")


def test_a_full_disk_leaves_the_old_file_whole_and_no_scraps(tmp_path, monkeypatch):
    root = write_content(tmp_path, {"terms/rest.md": REST})
    manage("load_content", root)
    Term.objects.update(body="Something else.")

    def full(*args):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    ran = manage("export_content", root)
    assert ran.code == 1
    assert ran.err.splitlines() == [
        "terms/rest.md:1: the file cannot be written: No space left on device",
        "1 problem(s). Nothing was written.",
    ]
    assert tree(root) == {"terms/rest.md": REST.encode()}


def test_a_disk_that_gives_up_half_way_says_how_far_it_came(tmp_path, monkeypatch):
    make_term(path="rest")
    make_term(path="walk")
    replace = os.replace

    def fail_second(source, place):
        if Path(place).name == "walk.md":
            raise OSError(28, "No space left on device")
        replace(source, place)

    monkeypatch.setattr(os, "replace", fail_second)
    ran = manage("export_content", tmp_path)
    assert ran.err.splitlines()[-1] == "1 problem(s). 1 file(s) were written."
    assert set(tree(tmp_path)) == {"terms/rest.md"}


def test_written_files_can_be_read_by_all_and_changed_by_their_owner_alone(tmp_path):
    make_term(path="rest")
    manage("export_content", tmp_path)
    assert stat.S_IMODE((tmp_path / "terms" / "rest.md").stat().st_mode) == 0o644
