"""What stands first: how much of the query an entry answers, where its words stand, and what it is about."""

import sqlite3
from dataclasses import dataclass

from .words import STOP, Word, root

MOST_FOUND = 500
MOST_SCORED = 80
TOKENS = "tokenize = 'porter unicode61 remove_diacritics 2'"
# Sources and terms help to understand an answer; they are seldom the answer.
KIND = {"sources": -1.0, "terms": -0.2, "articles": -0.1, "pages": -0.1}


@dataclass(frozen=True)
class Part:
    """A name with the records it names, a word that only hints at some (`titles` is empty), or a word of its own."""

    words: tuple[Word, ...]
    files: frozenset[str] = frozenset()
    titles: tuple[str, ...] = ()

    @property
    def is_name(self):
        return bool(self.titles)


def quote(text):
    """Text as a phrase of FTS5, in which nothing is an operator."""
    return '"' + text.replace('"', " ") + '"'


def expression(part, last=False):
    """A Part as FTS5: its words in a row, or for a name any of the titles it stands for; the last word may go on."""
    typed = quote(" ".join(word.typed for word in part.words))
    forms = [typed, *(quote(title) for title in part.titles)]
    if len(loose := [quote(word.typed) for word in part.words if not word.is_stop and not word.quoted]) > 1:
        forms.append(f"({' AND '.join(loose)})")
    if last and len(part.words[-1].folded) > 2 and not part.words[-1].quoted:
        forms.insert(0, typed + " *")
    return "(" + " OR ".join(dict.fromkeys(forms)) + ")"


def rank(db, words, parts, phrases):
    """[(entry id, kind)] that a query finds, best first, at most MOST_FOUND and a few."""
    forms = [expression(part, i == len(parts) - 1) for i, part in enumerate(parts)]
    must = [quote(" ".join(word.typed for word in phrase)) for phrase in phrases]
    found = _matches(db, " AND ".join([*forms, *must]))
    if len(found) < 20 and len(parts) > 1:
        found = _matches(db, " AND ".join([f"({' OR '.join(forms)})", *must])) | found
    about = {} if must else _about(db, [part.files for part in parts if part.files])
    found = about | found
    first = sorted(found, key=lambda id: (id not in about, found[id]))
    scored = {id: found[id] for id in first[: MOST_SCORED + len(about)]}
    ranked = Scores(db, words, parts, forms, scored).ranked()
    kinds = dict(db.execute(f"SELECT id, kind FROM entries WHERE id IN ({marks(first)})", first))
    return [(id, kinds[id]) for id in [*ranked, *first[len(scored) :]]]


def marks(values):
    """As many `?` as there are values."""
    return ",".join("?" * len(values))


def _matches(db, form):
    """{entry id: bm25, smaller is better} of the best matches."""
    return dict(db.execute("SELECT rowid, rank FROM fts WHERE fts MATCH ? ORDER BY rank LIMIT ?", [form, MOST_FOUND]))


def apart(db, ids):
    """An index of these entries alone, in memory: in the whole one FTS5 walks through every match of a common word."""
    few = sqlite3.connect(":memory:")
    few.execute(f"CREATE VIRTUAL TABLE few USING fts5(title, also, summary, text, {TOKENS}, columnsize = 0)")
    rows = db.execute(f"SELECT rowid, title, also, summary, text FROM fts WHERE rowid IN ({marks(ids)})", ids)
    few.executemany("INSERT INTO few (rowid, title, also, summary, text) VALUES (?, ?, ?, ?, ?)", map(tuple, rows))
    return few


def _about(db, named):
    """{entry id: 0} of the pages of the things named and, where there are several, of what joins all of them."""
    if not named:
        return {}
    every = [file for files in named for file in files]
    statement = f"SELECT id FROM entries WHERE part = '' AND file IN ({marks(every)})"
    if len(named) > 1:
        each = (f"SELECT entry FROM about WHERE file IN ({marks(files)})" for files in named)
        statement += f" UNION SELECT entry FROM ({' INTERSECT '.join(each)} LIMIT 40)"
        every *= 2
    return {id: 0.0 for (id,) in db.execute(statement, every)}


class Scores:
    """The scores of some matches ({entry id: bm25}) of one query."""

    def __init__(self, db, words, parts, forms, found):
        self.db, self.parts, self.found, self.ids = db, parts, found, list(found)
        self.asked = [root(word.folded) for word in words]
        self.bare = [root(word.folded) for word in words if not word.is_stop]
        self.named = [part.files for part in parts if part.files]
        self.best = min([*found.values(), -0.001])
        self.few = apart(db, self.ids)
        self.holds = [self._holding(form) for form in forms]
        self.heads = [self._holding("{title also} : " + form) for form in forms]
        self.about = {id: set() for id in self.ids}
        for file, id in db.execute(f"SELECT file, entry FROM about WHERE entry IN ({marks(self.ids)})", self.ids):
            self.about[id].add(file)
        self.names = self._subject_names()

    def _holding(self, form):
        return {id for (id,) in self.few.execute("SELECT rowid FROM few WHERE few MATCH ?", [form])}

    def _subject_names(self):
        """{entry id: its names as lists of roots without stop words}."""
        names = {}
        statement = f"SELECT entry, name FROM names WHERE subject AND entry IN ({marks(self.ids)})"
        for id, name in self.db.execute(statement, self.ids):
            names.setdefault(id, []).append([word for word in name.split() if word not in STOP])
        return names

    def ranked(self):
        """Entry ids, best first."""
        statement = f"SELECT id, kind, file, part, folded, aspect FROM entries WHERE id IN ({marks(self.ids)})"
        scores = {row["id"]: self._score(row) for row in self.db.execute(statement, self.ids)}
        return sorted(scores, key=lambda id: (-scores[id], id))

    def _score(self, row):
        score = self._answers(row["id"]) + self._is_called(row) + self._joins(row) + KIND.get(row["kind"], 0)
        if row["part"]:
            # A section is the answer to a question about its page's subject, and to no other.
            named = any(part.is_name and part.files & self.about[row["id"]] for part in self.parts)
            asked = all(part.is_name or row["id"] in held for part, held in zip(self.parts, self.holds, strict=True))
            score += (0.9 if asked else 0.4) if named else -1.0
        return score

    def _answers(self, id):
        """How much of the query the text answers, at all and in its names, and how well."""
        covered = 0.0
        for part, held in zip(self.parts, self.holds, strict=True):
            covered += (
                1.0 if part.is_name and part.files & self.about[id] else (0.8 if part.is_name else 1.0) * (id in held)
            )
        headed = sum(id in head for head in self.heads)
        return (3 * covered + headed) / len(self.parts) + self.found[id] / self.best

    def _is_called(self, row):
        """Whether the query is its name, or close to its name."""
        if row["part"]:
            return 0.0
        score = 3.0 * (row["folded"] == " ".join(self.asked)) + 0.8 * likeness(self.asked, row["folded"].split())
        if any(row["file"] in files for files in self.named):
            score += 3.3 if len(self.parts) == 1 and self.parts[0].is_name else 0.1
        return score + max((self._like(name) for name in self.names.get(row["id"], ())), default=0)

    def _like(self, name):
        """How close the query comes to a name; one that says more than the name asks for more than its page."""
        return (0.3 if set(self.bare) - set(name) else 2.0) * likeness(self.bare, name)

    def _joins(self, row):
        """Whether it speaks of everything that was named; of several such, the one whose aspect was asked for."""
        about = self.about[row["id"]]
        if len(self.named) < 2 or not all(files & about for files in self.named):
            return 0.0
        # A word that only hints at a thing ("blood") may mean another.
        sure = 1.0 if sum(part.is_name for part in self.parts) > 1 else 0.4
        return sure * (0.5 + 1.5 * (len(about) == 2)) + 0.4 * bool(set(self.bare) & set(row["aspect"].split()))


def likeness(some, others):
    """How much two lists of words have in common, 0 to 1 (the harmonic mean of both shares)."""
    some, others = set(some), set(others)
    return 2 * len(some & others) / (len(some) + len(others)) if some & others else 0.0
