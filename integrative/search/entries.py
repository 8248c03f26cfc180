"""What stands in the search index for a record: pure values, made by the record itself."""

import hashlib
from dataclasses import dataclass


@dataclass(frozen=True)
class Entry:
    """One thing that a search can find.

    `file` is the record's place in `content/` without its ending, `part` names a section of its page (or is empty),
    `also` are other names, one a line, `text` is Markdown and `about` are the records it speaks of. A `subject` is a
    thing that people look things up about: when a query holds its name, what speaks of it comes first.
    """

    kind: str
    file: str
    title: str
    url: str
    part: str = ""
    also: str = ""
    aspect: str = ""
    summary: str = ""
    text: str = ""
    level: str = ""
    level_words: str = ""
    certainty: str = ""
    certainty_words: str = ""
    about: tuple[str, ...] = ()
    subject: bool = False

    @property
    def stamp(self):
        """A short word that changes when anything here changes."""
        return hashlib.blake2b(repr(self).encode(), digest_size=9).hexdigest()

    @property
    def names(self):
        """Its title and other names; a section goes by no name of its own."""
        return () if self.part else tuple(n for n in (self.title, *self.also.splitlines()) if n.strip())
