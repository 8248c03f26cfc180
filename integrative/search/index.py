"""The search index: one SQLite file in VAR_DIR, made from the records and disposable.

A full build writes a new file and renames it. Later changes are brought in record by record in one transaction, so a
reader sees the old state or the new. One process does either; the others go on with what they have.
"""

import fcntl
import logging
import os
import re
import sqlite3
import threading
from collections import Counter
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path

from django.conf import settings
from django.db import DatabaseError, connection
from django.utils.text import slugify

from .. import version
from ..records import CITATION, record_models
from ..rendering import items
from .ranking import TOKENS
from .words import name_key, root, words

# In the file's name, so that a release with other tables makes a file of its own.
LAYOUT = 4
TABLES = f"""
CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT) WITHOUT ROWID;
CREATE TABLE entries (id INTEGER PRIMARY KEY, file TEXT, part TEXT, kind TEXT, title TEXT, url TEXT,
    level TEXT, level_words TEXT, certainty TEXT, certainty_words TEXT, stamp TEXT, folded TEXT, aspect TEXT,
    UNIQUE (file, part));
CREATE TABLE about (file TEXT, entry INTEGER, PRIMARY KEY (file, entry)) WITHOUT ROWID;
CREATE TABLE names (name TEXT, entry INTEGER, subject INTEGER, PRIMARY KEY (name, entry)) WITHOUT ROWID;
CREATE TABLE hints (word TEXT, entry INTEGER, PRIMARY KEY (word, entry)) WITHOUT ROWID;
CREATE TABLE words (id INTEGER PRIMARY KEY, word TEXT UNIQUE, shown TEXT, uses INTEGER, named INTEGER);
CREATE VIRTUAL TABLE fts USING fts5(title, also, summary, text, {TOKENS});
CREATE VIRTUAL TABLE grams USING fts5(word, tokenize = 'trigram', columnsize = 0);
INSERT INTO fts (fts, rank) VALUES ('rank', 'bm25(10.0, 6.0, 3.0, 1.0)');
"""
# What a name of a subject counts in `words.named`; other names count 1.
OF_A_SUBJECT = 1_000
# With more entries than this, reading them all again takes longer than a reader should wait.
BIG = 5_000
COLUMNS = ("file", "part", "kind", "title", "url", "level", "level_words", "certainty", "certainty_words", "stamp")
MARKS = re.compile(r"^\s*(?:#{1,6}|[-*+]|\d+\.|>)\s+|[*_`|]+", re.M)
OPEN_END = re.compile(r"^(\s*(?:#{1,6}|[-*+]|\d+\.) .*?[^\s.?!:;,…])\s*$", re.M)
LOOSE = re.compile(r" ([.,;:?!])")
LINK = re.compile(r"\[([^\]\n]*)\]\([^)\n]*\)")

logger = logging.getLogger(__name__)


def place():
    """Where the index lies."""
    return Path(settings.VAR_DIR) / f"search-{LAYOUT}.sqlite3"


@contextmanager
def reader():
    """A read-only connection to the index, brought up to date first; a big one while its readers read on.

    On a disk that is full or read-only readers search in what there is. DatabaseError where there is no index at all.
    """
    try:
        if _version() not in (None, version.current()) and _size() > BIG:
            _beside(refresh)
        else:
            refresh()
    except (OSError, sqlite3.Error) as error:
        logger.warning("The search index cannot be brought up to date: %s", error)
        if _version() is None:
            raise DatabaseError("There is no search index, and none can be made.") from error
    with opened() as db:
        yield db


@contextmanager
def opened():
    """A read-only connection to the index as it is, also where SQLite can keep no notes beside the file."""
    alone = not os.access(place().parent, os.W_OK) and not Path(f"{place()}-wal").exists()
    options = "mode=ro&immutable=1" if alone else "mode=ro"
    with closing(sqlite3.connect(f"file:{place()}?{options}", uri=True, timeout=10)) as db:
        db.row_factory = sqlite3.Row
        yield db


def refresh():
    """Bring the index up to date; returns the number of entries written, 0 where nothing was to do.

    Where another process is at it, this one returns at once and readers see the state before; only a process that finds
    no index at all waits for the one that makes it.
    """
    wanted = version.current()
    if _version() == wanted:
        return 0
    with open(place().with_suffix(".lock"), "w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | (fcntl.LOCK_NB if place().exists() else 0))
        except BlockingIOError:
            return 0
        state = _version()
        if state == wanted:
            return 0
        return build(wanted) if state is None else update(wanted)


def _beside(do):
    """Do something in a thread of its own, with a database connection of its own."""

    def run():
        try:
            do()
        finally:
            connection.close()

    threading.Thread(target=run, name="search-index", daemon=True).start()


def _size():
    with opened() as db:
        return db.execute("SELECT count(*) FROM entries").fetchone()[0]


def _version():
    """Which state of the content the index holds; None where there is no index, or one that cannot be read."""
    try:
        with opened() as db:
            return db.execute("SELECT value FROM meta WHERE name = 'version'").fetchone()[0]
    except (sqlite3.DatabaseError, TypeError) as error:
        if "locked" in str(error):
            raise
        return None


def build(wanted, entries=None):
    """Write the whole index anew beside the old one and put it in its place; returns the number of entries."""
    temporary = place().with_suffix(f".{os.getpid()}.tmp")
    temporary.unlink(missing_ok=True)
    try:
        with closing(sqlite3.connect(temporary, isolation_level=None)) as db:
            db.executescript("PRAGMA journal_mode = WAL; PRAGMA synchronous = OFF;" + TABLES)
            db.execute("BEGIN")
            count = _bring_in(db, entries if entries is not None else all_entries(), {})
            db.execute("INSERT INTO meta VALUES ('version', ?)", [wanted])
            db.execute("COMMIT")
            db.execute("INSERT INTO fts (fts) VALUES ('optimize')")
            db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        for leftover in ("-wal", "-shm"):
            Path(f"{place()}{leftover}").unlink(missing_ok=True)
        os.replace(temporary, place())
    finally:
        for leftover in ("", "-wal", "-shm"):
            Path(f"{temporary}{leftover}").unlink(missing_ok=True)
    return count


def update(wanted, entries=None):
    """Bring in only what changed since, in one transaction; returns the number of entries written or taken out."""
    with closing(sqlite3.connect(place(), timeout=10, isolation_level=None)) as db:
        db.execute("BEGIN IMMEDIATE")
        old = {
            (file, part): (id, stamp)
            for id, file, part, stamp in db.execute("SELECT id, file, part, stamp FROM entries")
        }
        count = _bring_in(db, entries if entries is not None else all_entries(), old)
        for id, _ in old.values():
            _take_out(db, id)
        db.execute("UPDATE meta SET value = ? WHERE name = 'version'", [wanted])
        db.execute("COMMIT")
        return count + len(old)


def all_entries():
    """Every Entry of every published record."""
    asked_by = word_list("safety-words")
    for model in record_models():
        for record in model.objects.for_search().iterator(chunk_size=1000):
            for entry in record.search_entries():
                asking = "\n".join(asked_by.get(entry.part, ()))
                yield replace(entry, also=f"{entry.also}\n{asking}") if asking else entry


def word_list(path):
    """{heading as an anchor: phrases} of a word list that staff keep as a standing page; empty unless published."""
    from ..models import Page

    lists = {}
    for page in Page.objects.published().filter(pk=path):
        for item in items(page.body):
            lists.setdefault(slugify(item.group), []).append(item.text)
    return lists


def _bring_in(db, entries, old):
    """Write those entries that are not in `old` ({(file, part): (id, stamp)}) as they are; takes the others from it."""
    count, tally = 0, Tally(db)
    for entry in entries:
        id, stamp = old.pop((entry.file, entry.part), (None, None))
        if stamp == entry.stamp:
            continue
        if id:
            _take_out(db, id)
        _put_in(db, entry, tally)
        count += 1
    tally.write()
    return count


def _put_in(db, entry, tally):
    text = words_only(entry.text)
    row = {name: getattr(entry, name) for name in COLUMNS}
    row |= {"folded": name_key(entry.title), "aspect": name_key(entry.aspect)}
    columns, marks = ", ".join(row), ", ".join("?" * len(row))
    id = db.execute(f"INSERT INTO entries ({columns}) VALUES ({marks})", [*row.values()]).lastrowid
    db.execute(
        "INSERT INTO fts (rowid, title, also, summary, text) VALUES (?, ?, ?, ?, ?)",
        (id, entry.title, entry.also.replace("\n", " · "), entry.summary, text),
    )
    db.executemany("INSERT OR IGNORE INTO about VALUES (?, ?)", [(file, id) for file in entry.about])
    if entry.subject or not entry.about[1:]:
        names = [(name_key(name), id, entry.subject) for name in entry.names]
        db.executemany("INSERT OR IGNORE INTO names VALUES (?, ?, ?)", [name for name in names if name[0]])
    if entry.subject:
        hints = {root(word.folded) for word in words(entry.title) if not word.is_stop and len(word.folded) > 2}
        db.executemany("INSERT INTO hints VALUES (?, ?)", [(hint, id) for hint in hints])
    tally.add(entry, text)


def _take_out(db, id):
    """Words stay: they are only what a slip is held against, and a full build sweeps them."""
    for statement in (
        "entries WHERE id",
        "about WHERE entry",
        "names WHERE entry",
        "hints WHERE entry",
        "fts WHERE rowid",
    ):
        db.execute(f"DELETE FROM {statement} = ?", [id])


class Tally:
    """Counts the words of entries: what is written often, and in names, is what a slip was meant to be."""

    def __init__(self, db):
        self.db, self.uses, self.named, self.shown = db, Counter(), Counter(), {}

    def add(self, entry, text):
        names = [words(name) for name in entry.names] if entry.subject or not entry.about[1:] else []
        for word in words(" ".join((entry.title, entry.summary, text))):
            self.uses[word.folded] += 1
            self.shown.setdefault(word.folded, word.typed.lower())
        for name in names:
            for word in name:
                self.named[word.folded] += OF_A_SUBJECT if entry.subject else 1
                self.uses[word.folded] += 1
                self.shown.setdefault(word.folded, word.typed.lower())
            if len(name) == 2:
                # "backpain": people leave the space out.
                joined = "".join(word.folded for word in name)
                self.named[joined] += OF_A_SUBJECT if entry.subject else 1
                self.shown.setdefault(joined, " ".join(word.typed.lower() for word in name))

    def write(self):
        """Add the counts to the index; a word that is new gets its trigrams, with both of its ends marked."""
        known = "INSERT INTO words (word, shown, uses, named) VALUES (?, ?, ?, ?) ON CONFLICT (word) DO UPDATE SET "
        known += "uses = uses + excluded.uses, named = max(named, excluded.named)"
        rows = [
            (word, shown, self.uses[word], self.named[word]) for word, shown in self.shown.items() if len(word) < 41
        ]
        self.db.executemany(known, rows)
        self.db.execute(
            "INSERT INTO grams (rowid, word) SELECT id, '<<' || word || '>>' FROM words "
            "WHERE id > (SELECT coalesce(max(rowid), 0) FROM grams) AND length(word) > 2 AND NOT word GLOB '*[0-9]*'"
        )


def words_only(text):
    """A Markdown text as one line of words: no citations, no marks, of a link only its words.

    Headings and the items of a list end in a full stop, so that an excerpt does not run them together.
    """
    text = OPEN_END.sub(r"\1.", CITATION.sub("", text))
    return LOOSE.sub(r"\1", " ".join(MARKS.sub(" ", LINK.sub(r"\1", text)).split()))
