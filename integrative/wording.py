"""Texts held beside each other: what changed word by word, and which of two changes stands. Knows nothing of Django."""

import re
from dataclasses import dataclass
from difflib import SequenceMatcher

WORDS = re.compile(r"\w+(?:['’-]\w+)*|\s+|[^\w\s]")
# Above this many words a block is shown as taken out and put in, rather than compared word by word.
MOST_WORDS = 4_000


@dataclass(frozen=True)
class Change:
    """One field of a document before and after: `pieces` are (kind, text) with kind `same`, `out` or `in`."""

    name: str
    label: str
    pieces: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Part:
    """One field of three texts. `kind`: `same`, `theirs` or `mine` where one side changed it, `both` where both did."""

    name: str
    label: str
    base: str
    theirs: str
    mine: str
    kind: str

    @property
    def merged(self):
        """What stands unless a person chooses otherwise."""
        return self.theirs if self.kind in ("same", "theirs") else self.mine


def changes(before, after, labels):
    """The Changes between two documents' values, in the order of `labels` ({name: words})."""
    found = []
    for name, label in labels.items():
        old, new = as_text(before.get(name, "")), as_text(after.get(name, ""))
        if old != new:
            found.append(Change(name, label, tuple(pieces(old, new))))
    return found


def as_text(value):
    """A document value as one text: a list has one item a line."""
    return value if isinstance(value, str) else "\n".join(value)


def pieces(old, new):
    """(kind, text) that tell how one text becomes the other, word by word within lines that changed."""
    found = []
    old_lines, new_lines = old.splitlines(keepends=True), new.splitlines(keepends=True)
    for op, i1, i2, j1, j2 in SequenceMatcher(None, old_lines, new_lines, autojunk=False).get_opcodes():
        out, into = "".join(old_lines[i1:i2]), "".join(new_lines[j1:j2])
        if op == "equal":
            found.append(("same", out))
        else:
            found.extend(_words(WORDS.findall(out), WORDS.findall(into)))
    return _joined(found)


def _words(old, new):
    if len(old) > MOST_WORDS or len(new) > MOST_WORDS:
        return [("out", "".join(old)), ("in", "".join(new))]
    found, out, into = [], "", ""
    for op, i1, i2, j1, j2 in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        gone, come = "".join(old[i1:i2]), "".join(new[j1:j2])
        # A space that two changes share belongs to both: "a while" becomes "an hour", not each word by itself.
        if op == "equal" and (gone.strip() or not (out and into)):
            found += [("out", out), ("in", into), ("same", gone)]
            out = into = ""
        else:
            out, into = out + gone, into + come
    return [*found, ("out", out), ("in", into)]


def _joined(found):
    """Neighbours of one kind as one piece, and no empty ones."""
    joined = []
    for kind, text in found:
        if text and joined and joined[-1][0] == kind:
            joined[-1] = (kind, joined[-1][1] + text)
        elif text:
            joined.append((kind, text))
    return joined


def three_way(base, theirs, mine, labels):
    """The Parts of three documents' values, in the order of `labels`."""
    parts = []
    for name, label in labels.items():
        b, t, m = (as_text(values.get(name, "")) for values in (base, theirs, mine))
        kind = "same" if t == m else "theirs" if m == b else "mine" if t == b else "both"
        parts.append(Part(name, label, b, t, m, kind))
    return parts
