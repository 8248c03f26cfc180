"""From what a reader typed to what stands first.

A query is cut into *parts*: names of things that people look up ("high blood sugar"), and the words between them. Slips
of the pen are put right first, by names and words that the content holds. What holds every part comes first; beside it
counts how much of the query a text answers, where the words stand, and whether it joins all the things that were named.
"""

import html
import re
from dataclasses import dataclass, field
from functools import cached_property

from django.utils.safestring import mark_safe

from .index import OF_A_SUBJECT
from .ranking import Part, apart, expression, marks, quote, rank
from .words import Word, clean, distance, fold, parse, root, slips_allowed

LONGEST_NAME = 6
MARK, UNMARK = "\x02", "\x03"
FIRST_LETTER = re.compile(r"[^\W\d_]")
FOUND = f"""SELECT rowid, highlight(few, 0, '{MARK}', '{UNMARK}'), snippet(few, 2, '{MARK}', '{UNMARK}', '…', 28),
    snippet(few, 3, '{MARK}', '{UNMARK}', '…', 28) FROM few WHERE few MATCH ?"""
PLAIN = "SELECT rowid, title, summary, substr(text, 1, 200) FROM few"


@dataclass
class Hit:
    """One result. `title` and `snippet` are safe HTML in which the words found are marked."""

    kind: str
    file: str
    part: str
    url: str
    title: str
    snippet: str
    level: str
    level_words: str
    certainty: str
    certainty_words: str


@dataclass
class Answer:
    """What a search found: `hits` best first (at most MOST_FOUND), `counts` by kind, and how the words were read."""

    asked: str
    said: str
    corrected: bool
    meant: str = ""
    found: list[tuple[int, str]] = field(default_factory=list)
    terms: str = ""

    @cached_property
    def counts(self):
        """{kind: number found}, the kind of the best result first."""
        counts = {}
        for _, kind in self.found:
            counts[kind] = counts.get(kind, 0) + 1
        return counts

    def ids(self, kind=None):
        return [id for id, its_kind in self.found if kind in (None, its_kind)]


def ask(db, text, exact=False):
    """An Answer to a query in the words a person would use; with `exact` no slips are put right."""
    asked = clean(text)
    words, phrases = parse(asked)
    read = words if exact else [corrected(db, word, i == len(words) - 1) for i, word in enumerate(words)]
    changed = read != words
    if changed:
        said = _as_text(read)
        read, phrases = parse(said)[0], [[corrected(db, w) for w in p] for p in phrases]
    answer = Answer(asked, said if changed else asked, changed)
    if read:
        parts = split(db, read)
        answer.terms = " OR ".join(expression(part, i == len(parts) - 1) for i, part in enumerate(parts))
        answer.found = rank(db, read, parts, phrases)
        if exact:
            better = [corrected(db, word) for word in words]
            answer.meant = _as_text(better) if better != words else ""
        elif not any(part.is_name for part in parts):
            answer.meant = _as_text(near_a_name(db, read))
    return answer


def _as_text(words):
    return " ".join(word.typed for word in words)


def near_a_name(db, words):
    """The words with one of them changed by a slip so that they hold a name of several words; [] if none does.

    "Heat disease" holds no unknown word, yet it is one letter away from a thing that people look up.
    """
    for i, word in enumerate(words):
        if len(words) > 1 and len(word.folded) > 3 and not word.is_stop and not word.quoted:
            for *_, shown in sorted(_close(db, word.folded))[:5]:
                other = [*words[:i], Word(shown, fold(shown)), *words[i + 1 :]]
                if any(part.is_name and len(part.words) > 1 for part in split(db, other)):
                    return other
    return []


def corrected(db, word, may_go_on=False):
    """The word as it was probably meant: itself where the content knows it or, if it `may_go_on`, its beginning."""
    if word.quoted or word.is_stop or not word.folded.isalpha() or not slips_allowed(len(word.folded)):
        return word
    known = db.execute("SELECT shown, uses, named FROM words WHERE word = ?", [word.folded]).fetchone()
    if known and known["uses"]:
        return word
    if known:
        return Word(known["shown"], fold(known["shown"]))
    end = word.folded + "\U0010ffff"
    if may_go_on and db.execute("SELECT 1 FROM words WHERE word > ? AND word < ?", [word.folded, end]).fetchone():
        return word
    if db.execute("SELECT 1 FROM words WHERE word IN (?, ?)", [root(word.folded), word.folded + "s"]).fetchone():
        return word
    best = min(_close(db, word.folded), default=None)
    return Word(best[-1], fold(best[-1])) if best else word


def _close(db, folded):
    """(cost, -uses, word as shown) of every word within reach of a slip."""
    marked = f"<<{folded}>>"
    grams = " OR ".join(f'"{marked[i : i + 3]}"' for i in range(len(marked) - 2))
    rows = db.execute(
        "SELECT word, shown, uses, named FROM words WHERE id IN "
        "(SELECT rowid FROM grams WHERE grams MATCH ? ORDER BY rank LIMIT 80)",
        [grams],
    )
    for word, shown, uses, named in rows:
        # A name is the likelier meaning; three letters are too few to guess anything else from.
        most = slips_allowed(len(folded))
        if named < OF_A_SUBJECT:
            most = 0 if len(folded) < 4 else min(most, 1 if len(folded) < 8 else 2)
        slips = distance(folded, word, most)
        if slips <= most:
            yield (
                slips - (0.8 if named >= OF_A_SUBJECT else 0.4 if named else 0) + (word[0] != folded[0]) * 0.7,
                -uses,
                shown,
            )


def split(db, words):
    """The Parts of a query: the longest names first met, and the words between them that carry a subject."""
    parts, i = [], 0
    while i < len(words):
        for length in range(min(LONGEST_NAME, len(words) - i), 0, -1):
            if part := _name(db, tuple(words[i : i + length])):
                parts.append(part)
                i += length
                break
        else:
            if not words[i].is_stop:
                parts.append(Part((words[i],), _hinted(db, words[i])))
            i += 1
    return parts or [Part((word,)) for word in words]


def _name(db, words):
    """The Part of these words if they are the name of a subject, or None."""
    if len(words) == 1 and words[0].is_stop:
        return None
    rows = db.execute(
        "SELECT e.file, e.title FROM names n JOIN entries e ON e.id = n.entry WHERE n.name = ? AND n.subject LIMIT 8",
        [" ".join(root(word.folded) for word in words)],
    ).fetchall()
    if not rows:
        return None
    return Part(words, frozenset(row["file"] for row in rows), tuple(row["title"] for row in rows))


def _hinted(db, word):
    """The files of the few subjects with this word in their title; none where it says too little."""
    rows = db.execute(
        "SELECT e.file FROM hints h JOIN entries e ON e.id = h.entry WHERE h.word = ? LIMIT 3", [root(word.folded)]
    ).fetchall()
    return frozenset(row["file"] for row in rows) if len(rows) < 3 else frozenset()


def suggest(db, text, most=8):
    """Up to `most` {"title", "url", "kind"} for a query that is still being typed: things by their names first."""
    typed = parse(clean(text))[0]
    if not typed or len("".join(word.folded for word in typed)) < 2:
        return []
    found = _begun(db, typed, most)
    if not found:
        found = _begun(db, parse(" ".join(corrected(db, word).typed for word in typed))[0], most)
    return [{"title": title, "url": url, "kind": kind} for title, url, kind in list(dict.fromkeys(found))[:most]]


def _begun(db, typed, most):
    """(title, url, kind) of entries whose name begins so, then of those that hold all the words in title or names."""
    start = " ".join([*(root(word.folded) for word in typed[:-1]), typed[-1].folded])
    names = "SELECT entry, subject, length(name) AS size FROM names WHERE name >= ? AND name < ? LIMIT 200"
    rows = db.execute(
        f"SELECT e.title, e.url, e.kind FROM ({names}) n JOIN entries e ON e.id = n.entry "
        "ORDER BY n.subject DESC, n.size LIMIT ?",
        [start, start + "\U0010ffff", most],
    ).fetchall()
    form = " ".join(quote(word.typed) for word in typed if not word.is_stop or word is typed[-1])
    rows += db.execute(
        "SELECT e.title, e.url, e.kind FROM fts JOIN entries e ON e.id = fts.rowid "
        "WHERE fts MATCH ? AND e.kind != 'sources' ORDER BY fts.rank LIMIT ?",
        [f"{{title also}} : ({form} *)", most],
    ).fetchall()
    return [tuple(row) for row in rows]


def hits(db, answer, ids):
    """Hits for these entries, in this order, with the words found marked."""
    if not ids:
        return []
    few = apart(db, ids)
    shown = {id: row for id, *row in few.execute(PLAIN)} | {id: row for id, *row in few.execute(FOUND, [answer.terms])}
    rows = {row["id"]: row for row in db.execute(f"SELECT * FROM entries WHERE id IN ({marks(ids)})", ids)}
    return [_hit(rows[id], *shown[id]) for id in ids]


def _hit(row, title, summary, text):
    snippet = summary if MARK in summary or (summary and MARK not in text) else text
    facts = (row[name] for name in ("kind", "file", "part", "url"))
    rating = (row[name] for name in ("level", "level_words", "certainty", "certainty_words"))
    title = FIRST_LETTER.sub(lambda letter: letter[0].upper(), title, count=1)
    return Hit(*facts, marked(title), marked(snippet), *rating)


def marked(text):
    """Text from the index as safe HTML."""
    return mark_safe(html.escape(text).replace(MARK, "<mark>").replace(UNMARK, "</mark>"))
