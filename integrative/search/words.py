"""Words as readers type them: folded, cut up, and held against each other. Knows nothing of the index."""

import re
import unicodedata
from dataclasses import dataclass

MOST_CHARACTERS, MOST_WORDS, LONGEST_WORD = 300, 24, 40
WORD = re.compile(r"[^\W_]+(?:['’‘`][^\W_]+)*")
QUOTED = re.compile(r'["“”„«]([^"“”„«»]+)["“”»]')
# Words that carry no subject: they are left out unless a query holds nothing else.
STOP_WORDS = """
a about after all also am an and any anyone are as at be because been being but by can could did do does doing
for from get getting give go good had has have having he her him his how i if in into is it its just like make me
my myself of on one or our please really she should so some than that the their them then there these they thing
this those to too try trying use used useful using very was we were what when where which while who why will with
would you your help helpful helping helps work worked working works treat treating treatment treatments treats best
effective effectively people someone tell im ive id whats need want between during
"""
STOP = frozenset(STOP_WORDS.split())


@dataclass(frozen=True)
class Word:
    """One word of a query: as `typed`, `folded` for looking up, and whether it stood in quotation marks."""

    typed: str
    folded: str
    quoted: bool = False

    @property
    def is_stop(self):
        return self.folded in STOP and not self.quoted


def clean(text):
    """A query as text that is safe to show and to search: one line, no control characters, not too long."""
    text = "".join(" " if unicodedata.category(c)[0] in "CZ" else c for c in text[: 4 * MOST_CHARACTERS])
    return " ".join(text.split())[:MOST_CHARACTERS].strip()


def fold(text):
    """Lower case, without accents and apostrophes."""
    text = unicodedata.normalize("NFKD", re.sub("['’‘`]", "", text))
    return "".join(c for c in text if not unicodedata.combining(c)).lower()


def words(text, quoted=False):
    """The Words of a text, in order."""
    found = (Word(m[0][:LONGEST_WORD], fold(m[0])[:LONGEST_WORD], quoted) for m in WORD.finditer(text))
    return [word for word in found if word.folded]


def parse(text):
    """(Words of a query, its quoted phrases as lists of Words); an unpaired quotation mark means nothing."""
    phrases, loose, end = [], [], 0
    for match in QUOTED.finditer(text):
        loose += words(text[end : match.start()])
        if phrase := words(match[1], quoted=True):
            phrases.append(phrase)
            loose += phrase
        end = match.end()
    loose += words(text[end:])
    return loose[:MOST_WORDS], [phrase[:MOST_WORDS] for phrase in phrases[:4]]


def root(folded):
    """A folded word without the ending of a plural, so that names match in both forms."""
    if len(folded) < 4 or folded.endswith(("ss", "us", "is")):
        return folded
    if folded.endswith("ies"):
        return folded[:-3] + "y"
    if folded.endswith(("ses", "xes", "ches", "shes")):
        return folded[:-2]
    return folded[:-1] if folded.endswith("s") else folded


def name_key(text):
    """A name as names are looked up: folded roots with single spaces."""
    return " ".join(root(word.folded) for word in words(text))


def distance(one, other, most):
    """How many letters must change, go, come or swap places with a neighbour; `most` + 1 where it is more than that."""
    if abs(len(one) - len(other)) > most:
        return most + 1
    before, row = None, list(range(len(other) + 1))
    for i, a in enumerate(one, 1):
        last, row, earlier = row, [i], before
        for j, b in enumerate(other, 1):
            cost = min(last[j] + 1, row[j - 1] + 1, last[j - 1] + (a != b))
            if earlier and i > 1 and j > 1 and a == other[j - 2] and one[i - 2] == b:
                cost = min(cost, earlier[j - 2] + 1)
            row.append(cost)
        if min(row) > most:
            return most + 1
        before = last
    return min(row[-1], most + 1)


def slips_allowed(length):
    """How many slips a word of this length may hold and still be taken for another."""
    return 0 if length < 3 else 1 if length < 5 else 2 if length < 10 else 3
