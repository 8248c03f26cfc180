"""Files and rows, held side by side.

For each record: the file F, the row R and B, what both last agreed on (`synced_hash`). F = R: nothing to do. R = B:
the file is newer, load it. F = B: the row is newer, export it. All three differ: a conflict, which a person settles;
nothing is written. A missing file is never read as a wish to delete: pages are retired, not deleted.
"""

import difflib
from collections import Counter
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, IntegrityError, connections, transaction

from .bulk import form_for_load, insert, known_records
from .documents import Document, DocumentError
from .folder import Problem, list_files, read_file, write_file
from .forms import NO_SOURCE, citation_place, data_for_form, form_for_files
from .models import Source
from .records import Record, Status, citation_keys, model_of
from .rendering import links, target, without_code

# How many records are held in memory at a time, and written together.
CHUNK = 500


class State(StrEnum):
    SAME = "unchanged"
    NEW_FILE = "new file"
    FILE_CHANGED = "file changed"
    ROW_CHANGED = "changed in the admin"
    ROW_ONLY = "only in the database"
    FILE_GONE = "file is gone"
    CONFLICT = "changed in both"


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


def states(root):
    """([(State, model, path)] of every file below `root` and every row, in loading order; the Problems of reading)."""
    root, problems = Path(root), []
    chunks = _chunks(root, known_records(), problems)
    return [(pair.state, pair.model, pair.path) for *_, chunk in chunks for pair in chunk], problems


def _chunks(root, known, problems):
    """(how many records there are, how many are done with this one, up to CHUNK Pairs), in loading order.

    Only one chunk's files and rows are in memory at a time. Problems of reading are added before their chunk comes.
    """
    files = list_files(root, problems)
    plan = {model: sorted(known[model].keys() | files.get(model.folder, ())) for model in known}
    total, done = sum(map(len, plan.values())), 0
    for model, paths in plan.items():
        there = frozenset(files.pop(model.folder, ()))
        for start in range(0, len(paths), CHUNK):
            chunk = paths[start : start + CHUNK]
            done += len(chunk)
            yield total, done, _read_chunk(root, model, chunk, there, known[model].keys(), problems)


def _read_chunk(root, model, paths, files, stored, problems):
    """The Pairs of some paths of a kind, but for those whose file has problems."""
    documents = {path: read_file(model, root, path, problems) for path in paths if path in files}
    wanted = [path for path in paths if path in stored and documents.get(path, path)]
    rows = model.objects.filter(pk__in=wanted).prefetch_related(*_many(model)) if wanted else ()
    rows = {row.pk: row for row in rows}
    return [
        Pair(model, path, f"{model.folder}/{path}.md", documents.get(path), rows.get(path))
        for path in paths
        if documents.get(path, path) is not None
    ]


def _many(model):
    return [f.name for f in model._meta.many_to_many if f.name in model.own_keys]


def load(root, check=False, progress=lambda done, total: None):
    """Bring the files into the database, all or nothing; returns {State before: how many records were in it}.

    With `check` everything is tried and nothing is kept. SyncError names every problem. Records are taken kind by kind
    and chunk by chunk; `progress` hears of each chunk. Only the site's own content folder settles what an edited row
    last agreed on: a file from elsewhere, such as a backup, may say the same as a row that its own file does not know.
    """
    root, counts, problems = Path(root), Counter(), []
    with transaction.atomic():
        run = _Load(known_records(), _is_own(root))
        for total, done, chunk in _chunks(root, run.known, problems):
            run.failed |= {(p.file.partition("/")[0], p.file.partition("/")[2][:-3]) for p in problems}
            before = [(pair, pair.state) for pair in chunk]
            counts.update(state for _, state in before)
            problems += run.take(before)
            progress(done, total)
        run.failed |= {(p.file.partition("/")[0], p.file.partition("/")[2][:-3]) for p in problems}
        problems += run.broken()
        if problems:
            raise SyncError(problems)
        if check:
            transaction.set_rollback(True)
        elif counts[State.NEW_FILE]:
            _measure()
    return counts


def _measure():
    """Let the database see how large its tables have become; it chooses its way through them by what it saw last."""
    connection = connections[DEFAULT_DB_ALIAS]
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE" if connection.vendor == "postgresql" else "PRAGMA optimize")


def _is_own(root):
    return root.resolve() == Path(settings.CONTENT_DIR).resolve()


class _Load:
    """What a load remembers between its chunks."""

    def __init__(self, known, own):
        self.known, self.own, self.failed = known, own, set()
        self.order = {model: place for place, model in enumerate(known)}
        self.topics, self.forms = {}, {}
        # Links to records that have not had their turn: [((folder, path), Problem)].
        self.waiting = []

    def take(self, before):
        """Write the files of a chunk that are newer than their rows; the Problems that keep them from being written."""
        problems, filled = [], {State.NEW_FILE: [], State.FILE_CHANGED: []}
        for pair, state in before:
            if state == State.CONFLICT:
                problems.append(_conflict(pair))
            elif state in filled:
                form, found = _filled(pair, self.failed, self.form(pair.model))
                problems += found
                if form:
                    filled[state].append((pair, form))
            elif state == State.SAME:
                _agree(pair.row, pair.document.digest(), self.own)
            if (pair.model.folder, pair.path) not in self.failed and state in filled:
                self.known[pair.model][pair.path] = pair.document.values["status"] == Status.PUBLISHED
        if any(filled.values()):
            problems += self.write(filled[State.NEW_FILE], filled[State.FILE_CHANGED])
        for pair, state in before:
            self.check_links(pair, state)
        return problems

    def form(self, model):
        if model not in self.forms:
            self.forms[model] = form_for_load(model, self.known)
        return self.forms[model]

    def write(self, new, changed):
        """Write records of one kind, and read back what their rows then say."""
        written = new + changed
        model = written[0][0].model
        try:
            with transaction.atomic():
                insert(model, [form for _, form in new], self.topics)
                for _, form in changed:
                    _save(form)
        except IntegrityError:
            self.topics.clear()
            problems = []
            for pair, form in written:
                form.ask_constraints()
                if form.errors:
                    self.failed.add((model.folder, pair.path))
                    problems += _form_problems(pair, form, self.failed)
            if not problems:
                raise
            return problems
        saved = model.objects.prefetch_related(*_many(model)).in_bulk([pair.path for pair, _ in written])
        return [problem for pair, _ in written for problem in _misread(pair, saved[pair.path], self.failed)]

    def check_links(self, pair, state):
        """Note the links and citations of a published file that lead to no record readers can see, or not yet.

        Where the admin's text is the newer one the file will not stand, and the admin has checked its own.
        """
        if state in (State.ROW_CHANGED, State.ROW_ONLY, State.FILE_GONE):
            return
        if pair.document.values.get("status") != Status.PUBLISHED:
            return
        self.waiting += [(there, told) for there, told in _leads(pair, self.failed) if not self.stands(there, pair)]

    def stands(self, there, pair):
        """Whether a record is published and will stay so: one of this kind or a later one may still change."""
        model = model_of(there[0])
        return self.order[model] < self.order[pair.model] and self.known[model].get(there[1], False)

    def broken(self):
        """The Problems of links that still lead nowhere when every record has had its turn."""
        for there, (file, line, words) in self.waiting:
            if there not in self.failed and not self.known[model_of(there[0])].get(there[1]):
                yield Problem(file, line, words)


def _conflict(pair):
    diff = "\n".join(pair.diff())
    return Problem(pair.file, 1, f"changed in the file and in the admin since they last agreed:\n{diff}")


def apply(pair):
    """Make a document the text of its row; the Problems that keep it from being written.

    The caller rolls its transaction back when there are any.
    """
    form, problems = _filled(pair, set(), form_for_files(pair.model), agrees=False)
    if problems or form is None:
        return problems
    _save(form)
    saved = pair.model.objects.get(pk=pair.path)
    if problems := _misread(pair, saved, set()):
        return problems
    pair.row = saved
    return []


def _save(form):
    form.save(commit=False).save(force_insert=form.instance._state.adding)
    form.save_m2m()


def _filled(pair, failed, form_class, agrees=True):
    """(The valid form of a document or None, Problems); a record without a valid form is noted in `failed`."""
    try:
        data = data_for_form(pair.model, pair.document, pair.path)
    except DocumentError as error:
        failed.add((pair.model.folder, pair.path))
        return None, [Problem(pair.file, line, message) for line, message in error.problems]
    instance = pair.row or pair.model(pk=None)
    instance.__dict__.pop("texts", None)
    form = form_class(data, instance=instance)
    # Only now, for a form asks the database what belongs to a record that has an address.
    instance.pk = pair.path
    if not form.is_valid():
        failed.add((pair.model.folder, pair.path))
        return None, list(_form_problems(pair, form, failed))
    if agrees:
        # What is read back must equal the file, or nothing is kept, so the row may say now that it agrees.
        form.instance.synced_hash = pair.document.digest()
    return form, []


def _misread(pair, saved, failed):
    """The Problem of a row that does not say what its file says, noted in `failed`."""
    if saved.document() == pair.document:
        return []
    failed.add((pair.model.folder, pair.path))
    diff = "\n".join(Pair(pair.model, pair.path, pair.file, pair.document, saved).diff())
    return [Problem(pair.file, 1, f"a value would change on its way into the database:\n{diff}")]


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


def _agree(row, digest, own):
    """Note that a row says what its file says; a file outside the site's own folder only where nothing was noted."""
    if row.synced_hash != digest and (own or not row.synced_hash):
        type(row).objects.filter(pk=row.pk).update(synced_hash=digest)


def _leads(pair, failed):
    """((folder, path), (file, line, words)) of each link and citation of a document, with what to say if it is broken.

    The form has looked at the citations of a file that changed; one that has not may cite a source retired since.
    """
    document = pair.document
    for name in pair.model.text_names():
        text = document.values.get(name, "")
        for href in links(text):
            if there := target(href, pair.file):
                line = document.line(name, without_code(text).index(href))
                yield there, (pair.file, line, f"the link {href} leads to no published page")
    if (pair.model.folder, pair.path) in failed:
        return
    lines = {key: document.line("sources") for key in document.values.get("sources", ())}
    for name in pair.model.text_names():
        text = document.values.get(name, "")
        lines |= {key: document.line(name, citation_place(text, key)) for key in citation_keys(text)}
    for key, line in lines.items():
        yield (Source.folder, key), (pair.file, line, NO_SOURCE % {"value": key})


NEWER_ROW = (State.ROW_CHANGED, State.ROW_ONLY, State.FILE_GONE)


def export(root, progress=lambda done, total: None):
    """Write rows that are newer than their files, each file whole or not at all; `progress` hears of both passes.

    Returns ({State before: how many records were in it}, [files written]). SyncError names conflicts, and then nothing
    is written. Only an export into the site's own content folder counts as agreement between file and row.
    """
    root, counts, problems, newer = Path(root), Counter(), [], {}
    try:
        root.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise SyncError([Problem(str(root), 1, f"the folder cannot be made: {error.strerror}")]) from None
    for total, done, chunk in _chunks(root, known_records(), problems):
        for pair in chunk:
            state = pair.state
            counts[state] += 1
            if state == State.CONFLICT:
                problems.append(_conflict(pair))
            elif state in NEWER_ROW:
                newer.setdefault(pair.model, []).append(pair.path)
        progress(done, total)
    if problems:
        raise SyncError(problems)
    return counts, _write_rows(root, newer, progress)


def _write_rows(root, newer, progress):
    """Write the rows of {model: paths} and return the files written. Rows are read again, a few at a time."""
    written, total, own = [], sum(map(len, newer.values())), _is_own(root)
    for model, paths in newer.items():
        for start in range(0, len(paths), CHUNK):
            wanted, problems = paths[start : start + CHUNK], []
            there = frozenset(path for path in wanted if (root / model.folder / f"{path}.md").exists())
            chunk = _read_chunk(root, model, wanted, there, set(wanted), problems)
            states = [(pair, pair.state) for pair in chunk if pair.row is not None]
            problems += [_conflict(pair) for pair, state in states if state == State.CONFLICT]
            if problems:
                raise SyncError(problems, len(written))
            for pair, state in states:
                if state in NEWER_ROW:
                    document = pair.row.document()
                    try:
                        write_file(root / pair.file, document.text())
                    except OSError as error:
                        problem = Problem(pair.file, 1, f"the file cannot be written: {error.strerror}")
                        raise SyncError([problem], len(written)) from None
                    written.append(pair.file)
                    if own:
                        _agree(pair.row, document.digest(), own)
            progress(len(written), total)
    return written
