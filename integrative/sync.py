"""Files and rows, held side by side.

For each record: the file F, the row R and B, what both last agreed on (`synced_hash`). F = R: nothing to do. R = B:
the file is newer, load it. F = B: the row is newer, export it. All three differ: a conflict, which a person settles;
nothing is written. A missing file is never read as a wish to delete: pages are retired, not deleted.
"""

import difflib
import os
import stat
import tempfile
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from django.conf import settings
from django.db import transaction

from .documents import Document, DocumentError, decode, parse
from .forms import NO_SOURCE, citation_place, data_for_form, form_for_files
from .models import Source
from .records import Record, Status, citation_keys, record_models
from .rendering import links, target, without_code


class State(StrEnum):
    SAME = "unchanged"
    NEW_FILE = "new file"
    FILE_CHANGED = "file changed"
    ROW_CHANGED = "changed in the admin"
    ROW_ONLY = "only in the database"
    FILE_GONE = "file is gone"
    CONFLICT = "changed in both"


@dataclass(frozen=True, order=True)
class Problem:
    """One thing wrong with one file, as `file:line: message`."""

    file: str
    line: int
    message: str

    def __str__(self):
        name = "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in self.file)
        return f"{name}:{self.line}: {self.message}"


class SyncError(Exception):
    """Every problem at once. Nothing was written, save where the disk itself gave up after `written` files."""

    def __init__(self, problems, written=0):
        self.problems = sorted(set(problems))
        self.written = written
        super().__init__("\n".join(map(str, self.problems)))


@dataclass
class Pair:
    """One record as its file and its row; either may be missing."""

    model: type[Record]
    path: str
    file: str
    document: Document | None = None
    row: Record | None = None

    @property
    def state(self):
        if self.row is None:
            return State.NEW_FILE
        base = self.row.synced_hash
        if self.document is None:
            return State.FILE_GONE if base else State.ROW_ONLY
        row = self.row.document()
        if row == self.document:
            return State.SAME
        if base and row.digest() == base:
            return State.FILE_CHANGED
        if base and self.document.digest() == base:
            return State.ROW_CHANGED
        return State.CONFLICT

    def diff(self):
        """What the file says against what the row says, as unified diff lines."""
        return difflib.unified_diff(
            self.row.document().text().splitlines(),
            self.document.text().splitlines(),
            f"{self.file} (database)",
            f"{self.file} (file)",
            lineterm="",
        )


def pairs(root):
    """Every record of the files below `root` and of the database, in loading order, and the Problems met in reading."""
    found, problems = read_files(Path(root))
    result = []
    for model in record_models():
        documents = found.get(model.folder, {})
        rows = {row.pk: row for row in model.objects.prefetch_related(*_many(model))}
        for path in sorted(documents.keys() | rows.keys()):
            file = f"{model.folder}/{path}.md"
            if path in documents and documents[path] is None:
                continue
            result.append(Pair(model, path, file, documents.get(path), rows.get(path)))
    return result, problems


def _many(model):
    return [f.name for f in model._meta.many_to_many if f.name in model.own_keys]


def read_files(root):
    """({folder: {path: Document, or None where the file has problems}}, Problems) from a content folder."""
    found, problems = {}, []
    models = {model.folder: model for model in record_models()}
    try:
        if not root.is_dir():
            return found, [Problem(str(root), 1, "there is no such folder")]
        entries = sorted(os.scandir(root), key=lambda entry: entry.name)
    except OSError as error:
        return found, [Problem(str(root), 1, f"the folder cannot be read: {error.strerror}")]
    for entry in entries:
        if entry.name.startswith("."):
            continue
        if entry.is_symlink():
            problems.append(Problem(entry.name, 1, "links are not followed: put the file itself here"))
        elif not entry.is_dir():
            problems.append(Problem(entry.name, 1, f"put files in one of the folders {', '.join(models)}"))
        elif entry.name not in models:
            problems.append(
                Problem(entry.name, 1, f"no kind of record lies in a folder of this name; known: {', '.join(models)}")
            )
        else:
            documents = found.setdefault(entry.name, {})
            for file, path in _files(Path(entry.path), entry.name, problems):
                documents[path] = _read(models[entry.name], Path(entry.path) / f"{path}.md", file, path, problems)
    return found, problems


def _files(folder, name, problems):
    """(file, path) of every Markdown file below a folder; whatever else lies there is a Problem."""

    def unreadable(error):
        file = str(Path(name) / Path(error.filename).relative_to(folder))
        problems.append(Problem(file, 1, f"the folder cannot be read: {error.strerror}"))

    for place, folders, files in os.walk(folder, onerror=unreadable):
        folders.sort()
        here = Path(place).relative_to(folder)
        for sub in list(folders):
            file = str(Path(name) / here / sub)
            if (Path(place) / sub).is_symlink():
                problems.append(Problem(file, 1, "links are not followed: put the file itself here"))
                folders.remove(sub)
            elif sub.endswith(".md"):
                problems.append(Problem(file, 1, "this is a folder, not a file"))
                folders.remove(sub)
        for item in sorted(files):
            file = str(Path(name) / here / item)
            if item.startswith("."):
                continue
            if (Path(place) / item).is_symlink():
                problems.append(Problem(file, 1, "links are not followed: put the file itself here"))
            elif not item.endswith(".md"):
                problems.append(Problem(file, 1, "only .md files belong here"))
            else:
                yield file, str(here / item)[:-3]


def _read(model, place, file, path, problems):
    try:
        model.from_path(path)
        if len(path) > model._meta.pk.max_length:
            raise ValueError(f"the name is longer than {model._meta.pk.max_length} letters")
        if not stat.S_ISREG(place.lstat().st_mode):
            raise ValueError("this is not a file")
        return parse(decode(place.read_bytes()), model.shape())
    except DocumentError as error:
        problems.extend(Problem(file, line, message) for line, message in error.problems)
    except ValueError as error:
        problems.append(Problem(file, 1, str(error)))
    except OSError as error:
        problems.append(Problem(file, 1, f"the file cannot be read: {error.strerror}"))
    return None


def load(root, check=False, progress=lambda items: items):
    """Bring the files into the database, all or nothing; returns the Pairs with the State each had before.

    With `check` everything is tried and nothing is kept. SyncError names every problem.
    """
    with transaction.atomic():
        found, problems = pairs(root)
        before = [(pair, pair.state) for pair in found]
        failed = {(p.file.partition("/")[0], p.file.partition("/")[2][:-3]) for p in problems}
        for pair, state in progress(before):
            if state == State.CONFLICT:
                diff = "\n".join(pair.diff())
                problems.append(
                    Problem(pair.file, 1, f"changed in the file and in the admin since they last agreed:\n{diff}")
                )
            elif state in (State.NEW_FILE, State.FILE_CHANGED):
                problems.extend(_save(pair, failed))
            elif state == State.SAME:
                _agree(pair.row)
        problems.extend(_broken_links(before, failed))
        if problems:
            raise SyncError(problems)
        if check:
            transaction.set_rollback(True)
    return before


def _save(pair, failed):
    """Write a file's document to its row, which then agrees with it; the Problems that keep it from being written."""
    return apply(pair, failed, agrees=True)


def apply(pair, failed=None, agrees=False):
    """Make a document the text of its row: the one way a record changes; the Problems that keep it from being written.

    The caller rolls its transaction back when there are any. A record that cannot be written is noted in `failed`. The
    row `agrees` with its file where the document comes from there.
    """
    failed = set() if failed is None else failed
    form_class = form_for_files(pair.model)
    failed.add((pair.model.folder, pair.path))
    try:
        data = data_for_form(pair.model, pair.document, pair.path)
    except DocumentError as error:
        return [Problem(pair.file, line, message) for line, message in error.problems]
    instance = pair.row or pair.model(pk=pair.path)
    instance.__dict__.pop("texts", None)
    form = form_class(data, instance=instance)
    if not form.is_valid():
        return list(_form_problems(pair, form, failed))
    if agrees:
        # What is read back below must equal the file, or nothing is kept, so the row may say now that it agrees.
        form.instance.synced_hash = pair.document.digest()
    is_new, written = pair.row is None, form.save(commit=False)
    written.save(force_insert=is_new)
    form.save_m2m()
    saved = pair.model.objects.get(pk=pair.path)
    if saved.document() != pair.document:
        diff = "\n".join(Pair(pair.model, pair.path, pair.file, pair.document, saved).diff())
        return [Problem(pair.file, 1, f"a value would change on its way into the database:\n{diff}")]
    pair.row = saved
    failed.discard((pair.model.folder, pair.path))
    return []


def _form_problems(pair, form, failed):
    for name, errors in form.errors.as_data().items():
        for error in errors:
            field, params = form.fields.get(name), error.params or {}
            related = Source.folder if hasattr(error, "position") else None
            related = field.queryset.model.folder if hasattr(field, "queryset") else related
            if (related, params.get("value") or params.get("pk")) in failed:
                continue
            line = pair.document.line(name, getattr(error, "position", 0))
            where = "" if hasattr(error, "position") or name == "__all__" else f"{name}: "
            yield Problem(pair.file, line, where + " ".join(error.messages))


def _agree(row):
    digest = row.document().digest()
    if row.synced_hash != digest:
        type(row).objects.filter(pk=row.pk).update(synced_hash=digest)


def _broken_links(before, failed):
    """Links and citations in published files of records that are not there, or that readers cannot see.

    Where the admin's text is the newer one the file will not stand, and the admin has checked its own.
    """
    visible = {
        (model.folder, path)
        for model in record_models()
        for path in model.objects.published().values_list("pk", flat=True)
    }
    for pair, state in before:
        if state in (State.ROW_CHANGED, State.ROW_ONLY, State.FILE_GONE):
            continue
        if pair.document.values.get("status") != Status.PUBLISHED:
            continue
        yield from _broken_citations(pair, visible, failed)
        for name in pair.model.text_names():
            text = pair.document.values.get(name, "")
            for href in links(text):
                there = target(href, pair.file)
                if there and there not in visible and there not in failed:
                    line = pair.document.line(name, without_code(text).index(href))
                    yield Problem(pair.file, line, f"the link {href} leads to no published page")


def _broken_citations(pair, visible, failed):
    """Sources that are gone since the form last looked: a file that has not changed itself may cite a retired one."""
    if (pair.model.folder, pair.path) in failed:
        return
    document = pair.document
    lines = {key: document.line("sources") for key in document.values.get("sources", ())}
    for name in pair.model.text_names():
        text = document.values.get(name, "")
        lines |= {key: document.line(name, citation_place(text, key)) for key in citation_keys(text)}
    for key, line in lines.items():
        if (Source.folder, key) not in visible | failed:
            yield Problem(pair.file, line, NO_SOURCE % {"value": key})


def export(root):
    """Write rows that are newer than their files, each file whole or not at all; returns the Pairs and States before.

    SyncError names conflicts, and then nothing is written. Only an export into the site's own content folder counts as
    agreement between file and row.
    """
    root = Path(root)
    try:
        root.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise SyncError([Problem(str(root), 1, f"the folder cannot be made: {error.strerror}")]) from None
    found, problems = pairs(root)
    before = [(pair, pair.state) for pair in found]
    for pair, state in before:
        if state == State.CONFLICT:
            diff = "\n".join(pair.diff())
            problems.append(
                Problem(pair.file, 1, f"changed in the file and in the admin since they last agreed:\n{diff}")
            )
    if problems:
        raise SyncError(problems)
    own, written = root.resolve() == Path(settings.CONTENT_DIR).resolve(), 0
    for pair, state in before:
        if state in (State.ROW_CHANGED, State.ROW_ONLY, State.FILE_GONE):
            try:
                _write(root / pair.file, pair.row.document().text())
            except OSError as error:
                problem = Problem(pair.file, 1, f"the file cannot be written: {error.strerror}")
                raise SyncError([problem], written=written) from None
            written += 1
            if own:
                _agree(pair.row)
    return before


def _write(place, text):
    """Put a text in a file so that a reader, or a crash, sees the old file or the new one and nothing between."""
    place.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=place.parent, prefix=".", suffix=".tmp")
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as out:
            out.write(text)
            out.flush()
            os.fsync(out.fileno())
        os.chmod(temporary, 0o644)
        os.replace(temporary, place)
    except BaseException:
        os.unlink(temporary)
        raise
