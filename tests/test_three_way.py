"""The file, the row, and what both last agreed on: neither side's edit is ever lost."""

from itertools import product

import pytest
from django.conf import settings
from django.contrib import admin
from django.test import Client, RequestFactory
from django.urls import reverse
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from taggit.utils import edit_string_for_tags

from faq.models import Article
from integrative.documents import parse
from integrative.models import Page, Term
from integrative.publishing import head, publish, retire
from integrative.readiness import ATTESTATIONS
from integrative.sync import State, states

from .make import make_article, make_staff, make_term, make_therapy, manage, sign_in, tree, write_content

pytestmark = pytest.mark.django_db

NAME = "terms/rest.md"


def words(body):
    """The file of a term that says `body`."""
    return f"---\ntitle: rest\nchecked_on: 2026-01-31\nstatus: published\n---\n{body}\n"


def arrange(root, file, row, base):
    """Put a term in the state where its file, its row and what they last agreed on say these bodies, or nothing."""
    if file:
        write_content(root, {NAME: words(file)})
    if row:
        agreed = parse(words(base), Term.shape()).digest() if base else ""
        make_term(path="rest", title="rest", body=row, synced_hash=agreed)
    return root


def state_of(file, row, base):
    """The rule in its own words."""
    if not row:
        return State.NEW_FILE
    if not file:
        return State.FILE_GONE if base else State.ROW_ONLY
    if file == row:
        return State.SAME
    if row == base:
        return State.FILE_CHANGED
    if file == base:
        return State.ROW_CHANGED
    return State.CONFLICT


def body_of_row():
    return Term.objects.values_list("body", flat=True).filter(pk="rest").first()


def body_of_file(root):
    place = root / NAME
    return place.read_text(encoding="utf-8").split("---\n")[-1].strip() if place.exists() else None


SIDES = product(["one", "two", None], ["one", "two", None], ["one", "two", "three", None])
ALL = [(file, row, base) for file, row, base in SIDES if row or (file and not base)]


@pytest.mark.parametrize(("file", "row", "base"), ALL)
def test_file_row_and_what_they_agreed_on_decide_what_is_said(tmp_path, file, row, base):
    found, problems = states(arrange(tmp_path, file, row, base))
    assert ([state for state, *_ in found], problems) == ([state_of(file, row, base)], [])


@pytest.mark.parametrize(("file", "row", "base"), ALL)
def test_a_load_takes_only_what_the_row_has_no_edit_against(tmp_path, file, row, base):
    state = state_of(file, row, base)
    ran = manage("load_content", arrange(tmp_path, file, row, base))
    assert ran.code == (1 if state == State.CONFLICT else 0)
    assert body_of_row() == (file if state in (State.NEW_FILE, State.FILE_CHANGED) else row)
    assert body_of_file(tmp_path) == file


@pytest.mark.parametrize(("file", "row", "base"), ALL)
def test_an_export_writes_only_what_the_file_has_no_edit_against(tmp_path, file, row, base):
    state = state_of(file, row, base)
    ran = manage("export_content", arrange(tmp_path, file, row, base))
    assert ran.code == (1 if state == State.CONFLICT else 0)
    assert body_of_file(tmp_path) == (row if state in (State.ROW_CHANGED, State.ROW_ONLY, State.FILE_GONE) else file)
    assert body_of_row() == row


@hypothesis_settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.sampled_from(["edit file", "edit row", "load", "export"]), min_size=1, max_size=9))
def test_no_sequence_of_edits_loads_and_exports_loses_an_edit(tmp_path, steps):
    Term.objects.all().delete()
    root = write_content(tmp_path, {NAME: words("edit 0")})
    old, settings.CONTENT_DIR = settings.CONTENT_DIR, root
    try:
        manage("load_content")
        pending = set()
        for number, step in enumerate(steps, 1):
            file, row = body_of_file(root), body_of_row()
            if step == "edit file":
                write_content(root, {NAME: words(f"edit {number}")})
                pending.add("file")
            elif step == "edit row":
                Term.objects.update(body=f"edit {number}")
                pending.add("row")
            else:
                ran = manage(f"{step}_content")
                assert ran.code == (1 if pending == {"file", "row"} else 0)
                if step == "load":
                    assert (body_of_row(), body_of_file(root)) == (file if pending == {"file"} else row, file)
                    pending -= {"file"} if pending == {"file"} else set()
                else:
                    assert (body_of_row(), body_of_file(root)) == (row, row if pending == {"row"} else file)
                    pending -= {"row"} if pending == {"row"} else set()
    finally:
        settings.CONTENT_DIR = old


def edit(record, **changes):
    """Change a record on its page in the admin, as a browser would, and publish the draft where that made one."""
    request = RequestFactory().get("/")
    request.user = make_staff()
    form = admin.site._registry[type(record)].get_form(request, record, change=True)(instance=record)
    data = {name: form[name].value() for name in form.fields}
    if "tags" in data:
        data["tags"] = edit_string_for_tags(data["tags"])
    data = {name: value for name, value in (data | changes).items() if value not in (None, False)}
    client = sign_in(Client(), request.user)
    address = reverse(f"admin:{record._meta.app_label}_{record._meta.model_name}_change", args=[record.pk])
    assert client.post(address, data).status_code == 302
    revision, _ = head(record)
    if revision:
        publish(revision, request.user, "Said otherwise", ATTESTATIONS)


def test_a_load_never_erases_an_admin_edit(tmp_path, monkeypatch):
    monkeypatch.setattr(settings, "CONTENT_DIR", write_content(tmp_path, {NAME: words("From the file.")}))
    manage("load_content")
    edit(Term.objects.get(), body="From the admin.")
    ran = manage("load_content")
    assert (ran.code, ran.out) == (0, "Loaded content: 1 changed in the admin, kept.\n")
    assert body_of_row() == "From the admin."


def test_an_admin_edit_goes_to_the_file_and_then_both_agree(tmp_path, monkeypatch):
    monkeypatch.setattr(settings, "CONTENT_DIR", write_content(tmp_path, {NAME: words("From the file.")}))
    manage("load_content")
    edit(Term.objects.get(), body="From the admin.\r\n\r\nTwo lines.")
    assert manage("export_content").out == f"wrote {NAME}\nExported 1 of 1 records.\n"
    assert (tmp_path / NAME).read_text(encoding="utf-8") == words("From the admin.\n\nTwo lines.")
    assert manage("content_status").out == "Files and database agree: 1 records.\n"
    assert manage("load_content").out == "Loaded content: 1 unchanged.\n"


def test_an_edit_of_topics_and_links_is_an_admin_edit_too(tmp_path, monkeypatch):
    therapy = make_therapy(path="sitting")
    article = make_article(path="a-walk", tags=["rest"])
    monkeypatch.setattr(settings, "CONTENT_DIR", tmp_path)
    manage("export_content")
    assert manage("content_status").out.startswith("Files and database agree")
    edit(article, tags="rest, two words", therapies=[therapy.pk])
    assert manage("load_content").out.startswith("Loaded content: 2 unchanged, 1 changed in the admin, kept.")
    manage("export_content")
    text = (tmp_path / "articles" / "a-walk.md").read_text(encoding="utf-8")
    assert "therapies:\n- sitting\ntags:\n- rest\n- two words\n" in text
    assert Article.objects.get().document().text() == text


def test_saving_a_page_in_the_admin_without_a_change_is_no_edit(tmp_path, monkeypatch):
    monkeypatch.setattr(settings, "CONTENT_DIR", tmp_path)
    article = make_article(tags=["rest", "two words"], body="One.\n\n- two\n- three")
    manage("export_content")
    edit(article)
    assert manage("content_status").out == "Files and database agree: 1 records.\n"


def test_an_export_never_erases_a_file_edit(tmp_path, monkeypatch):
    monkeypatch.setattr(settings, "CONTENT_DIR", write_content(tmp_path, {NAME: words("One.")}))
    manage("load_content")
    write_content(tmp_path, {NAME: words("Two.")})
    ran = manage("export_content")
    assert ran.out == "Exported 0 of 1 records. 1 file(s) are newer than the database: run load_content.\n"
    assert body_of_file(tmp_path) == "Two."


@pytest.mark.parametrize("command", ["load_content", "export_content"])
def test_a_conflict_prints_a_diff_and_changes_nothing(tmp_path, command):
    root = arrange(tmp_path, "From the file.", "From the admin.", "From before.")
    make_term(path="new", title="new")
    write_content(root, {"terms/other.md": words("Other.").replace("rest", "other")})
    files, count = tree(root), Term.objects.count()
    ran = manage(command, root)
    assert (ran.code, ran.out) == (1, "")
    lines = ran.err.splitlines()
    assert lines[0] == f"{NAME}:1: changed in the file and in the admin since they last agreed:"
    assert lines[1:3] == [f"--- {NAME} (database)", f"+++ {NAME} (file)"]
    assert {"-From the admin.", "+From the file."} <= set(lines)
    assert lines[-1] == "1 problem(s). Nothing was written."
    assert (tree(root), Term.objects.count(), body_of_row()) == (files, count, "From the admin.")


def test_a_row_and_a_file_that_never_met_and_differ_are_a_conflict(tmp_path):
    ran = manage("load_content", arrange(tmp_path, "From the file.", "From the admin.", None))
    assert ran.code == 1
    assert body_of_row() == "From the admin."


@pytest.mark.parametrize("settled", ["From the admin.", "From the file."])
def test_a_conflict_is_settled_by_making_both_say_the_same(tmp_path, monkeypatch, settled):
    root = arrange(tmp_path, "From the file.", "From the admin.", "From before.")
    monkeypatch.setattr(settings, "CONTENT_DIR", root)
    write_content(root, {NAME: words(settled)})
    Term.objects.update(body=settled)
    assert manage("load_content", root).out == "Loaded content: 1 unchanged.\n"
    write_content(root, {NAME: words("Later.")})
    assert manage("load_content", root).out == "Loaded content: 1 changed.\n"


def test_a_failed_load_does_not_count_as_agreement(tmp_path):
    root = write_content(tmp_path, {NAME: words("One.")})
    manage("load_content", root)
    write_content(root, {NAME: words("Two."), "terms/bad.md": "bad"})
    assert manage("load_content", root).code == 1
    write_content(root, {"terms/bad.md": words("Good.").replace("rest", "good")})
    assert manage("load_content", root).out == "Loaded content: 1 created, 1 changed.\n"
    assert body_of_row() == "Two."


def test_a_checked_load_does_not_count_as_agreement(tmp_path):
    root = write_content(tmp_path, {NAME: words("One.")})
    manage("load_content", root)
    write_content(root, {NAME: words("Two.")})
    manage("load_content", root, "--check")
    assert body_of_row() == "One."
    assert manage("load_content", root).out == "Loaded content: 1 changed.\n"


def test_an_export_to_another_folder_does_not_count_as_agreement(tmp_path, monkeypatch):
    root = write_content(tmp_path / "content", {NAME: words("One.")})
    monkeypatch.setattr(settings, "CONTENT_DIR", root)
    manage("load_content")
    Term.objects.update(body="Two.")
    manage("export_content", tmp_path / "elsewhere")
    assert manage("load_content").out == "Loaded content: 1 changed in the admin, kept.\n"
    assert manage("export_content").out.startswith(f"wrote {NAME}\n")


def test_loading_a_backup_never_lets_the_content_folder_erase_an_admin_edit(tmp_path, monkeypatch):
    monkeypatch.setattr(settings, "CONTENT_DIR", write_content(tmp_path / "content", {NAME: words("One.")}))
    manage("load_content")
    Term.objects.update(body="From the admin.")
    manage("export_content", tmp_path / "backup")
    assert manage("load_content", tmp_path / "backup").out == "Loaded content: 1 unchanged.\n"
    assert manage("load_content").out == "Loaded content: 1 changed in the admin, kept.\n"
    assert body_of_row() == "From the admin."


def test_a_row_that_agreed_with_nothing_agrees_with_a_file_from_anywhere(tmp_path):
    root = arrange(tmp_path, "One.", "One.", None)
    manage("load_content", root)
    write_content(root, {NAME: words("Two.")})
    assert manage("load_content", root).out == "Loaded content: 1 changed.\n"


def test_a_load_minds_the_admin_text_and_not_the_older_file_when_it_looks_for_broken_links(tmp_path):
    link = "See [it](second.md)."
    files = {"pages/first.md": words(link), "pages/second.md": words("Text.").replace("rest", "second")}
    manage("load_content", write_content(tmp_path, files))
    first, second = Page.objects.order_by("pk")
    edit(first, body="No link any more.")
    retire(second, make_staff(), "Out of date")
    ran = manage("load_content", tmp_path)
    assert (ran.code, ran.out) == (0, "Loaded content: 2 changed in the admin, kept.\n")


def test_the_status_names_every_record_that_differs_and_what_to_do(tmp_path):
    names = ("same", "file", "row", "both", "gone")
    files = {name: words(name).replace("title: rest", f"title: {name}") for name in names}
    root = write_content(tmp_path, {f"terms/{name}.md": text for name, text in files.items()})
    manage("load_content", root)
    for name in ("file", "both"):
        write_content(root, {f"terms/{name}.md": files[name].replace(f"{name}\n", "Changed in the file.\n")})
    Term.objects.filter(pk__in=["row", "both"]).update(body="Changed in the admin.")
    (root / "terms" / "gone.md").unlink()
    make_term(path="only-a-row")
    write_content(root, {"terms/new.md": words("New."), "terms/bad.md": "bad"})
    before = tree(root), list(Term.objects.order_by("pk").values())
    ran = manage("content_status", root)
    assert (tree(root), list(Term.objects.order_by("pk").values())) == before
    said = ran.out.splitlines()
    heads = [line.partition(" (")[0] for line in said if line.endswith(":")]
    assert heads == [
        "New file", "File changed", "Changed in the admin", "Only in the database", "File is gone", "Changed in both"
    ]  # fmt: skip
    assert [line.strip() for line in said if line.startswith(" ")] == [
        f"terms/{name}.md" for name in ("new", "file", "row", "only-a-row", "gone", "both")
    ]
    assert said[-1] == "terms/bad.md:1: the file must start with a line of --- (front matter)"


def test_the_status_says_when_all_is_well(tmp_path):
    root = write_content(tmp_path, {NAME: words("One.")})
    manage("load_content", root)
    assert manage("content_status", root).out == "Files and database agree: 1 records.\n"
