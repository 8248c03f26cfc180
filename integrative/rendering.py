"""Markdown to HTML: the one way from a writer's text to a reader's page.

Raw HTML is shown as text, addresses are limited to the web, e-mail, telephone and our own records, and nh3 has the last
word. The result depends on the text and its file's place alone, so it is kept; citations get their numbers afterwards,
because those depend on the page.
"""

import posixpath
import re
import threading
from dataclasses import dataclass
from functools import cached_property, lru_cache
from html import unescape

import markdown
import nh3
from django.urls import NoReverseMatch
from django.utils.safestring import mark_safe
from markdown.treeprocessors import Treeprocessor

from . import glossary
from .records import CITATION, citation_keys, model_of

OUTSIDE = re.compile(r"(?:https?://|mailto:|tel:)[^\s]+\Z", re.I)
LINK = re.compile(r"(?<!\\)\]\(\s*<?([^)\s>]*)|^ {0,3}\[[^\]@\n]+\]:\s*<?([^\s>]+)", re.M)
RAW_HTML = re.compile(r"<(?:[a-z][a-z0-9-]*(?:\s[^<>]*)?/?|/[a-z][^<>]*|!--.*?--|![a-z][^<>]*|\?.*?)>", re.I | re.S)
CODE = re.compile(r"^ {0,3}(```|~~~).*?^ {0,3}\1[^\n]*$|`[^`\n]+`", re.M | re.S)
ITEM = re.compile(r"^[-*] (.*)$")
ALLOWED = {
    "p": set(), "h2": {"id"}, "h3": {"id"}, "h4": {"id"}, "ul": set(), "ol": {"start"}, "li": set(), "strong": set(),
    "em": set(), "a": {"href", "title"}, "blockquote": set(), "code": set(), "pre": set(), "hr": set(), "br": set(),
    "table": set(), "thead": set(), "tbody": set(), "tr": set(), "th": {"align", "scope"}, "td": {"align"}, "dl": set(),
    "dt": set(), "dd": set(), "abbr": {"title"},
}  # fmt: skip


@dataclass(frozen=True)
class Item:
    """One line of an item list: the `group` heading it stands under, its text and the sources it cites."""

    group: str
    text: str
    keys: tuple[str, ...]


@dataclass(frozen=True)
class Rendered:
    """A text as HTML, citations still written `[@key]`, with its level-2 headings as (id, words)."""

    html: str
    headings: tuple[tuple[str, str], ...]


def target(href, file):
    """(folder, path) of the record that a link in `content/<file>` names; None where it does not name a record file."""
    place = posixpath.normpath(posixpath.join(posixpath.dirname(file), href.partition("#")[0]))
    folder, _, path = place.partition("/")
    if not path.endswith(".md") or folder == ".." or model_of(folder) is None:
        return None
    return folder, path[:-3]


def address(href, file):
    """Where a link goes on the site; None for anything but a record, a place on the page, or an outside address."""
    if OUTSIDE.match(href) or href.startswith("#"):
        return href
    if not (found := target(href, file)):
        return None
    folder, path = found
    model = model_of(folder)
    try:
        parents = {f"{name}_id": value for name, value in model.from_path(path).items()}
        page = model(pk=path, **parents).get_absolute_url()
        return page if "#" in page else page + "".join(href.partition("#")[1:])
    except (ValueError, NoReverseMatch):
        return None


def links(text):
    """Every link target written in a text, outside code, first to last."""
    return [inline or reference for inline, reference in LINK.findall(without_code(text))]


def raw_html(text):
    """The first piece of raw HTML in a text, or None."""
    found = RAW_HTML.search(without_code(text))
    return found[0] if found else None


def without_code(text):
    """A text with its code blanked out, every other character in its place."""
    return CODE.sub(lambda found: re.sub(r"[^\n]", " ", found[0]), text)


def items(text):
    """The lines of an item list, each with the `###` heading it stands under ("" before the first)."""
    found, group = [], ""
    for line in text.splitlines():
        if line.startswith("### "):
            group = line[4:].strip()
        elif match := ITEM.match(line):
            found.append(Item(group, match[1].strip(), tuple(citation_keys(match[1]))))
    return found


@lru_cache(maxsize=4096)
def render(text, file):
    """A text of `content/<file>` as `Rendered`."""
    engine = _engine(file)
    html = nh3.clean(
        engine.convert(text),
        tags=set(ALLOWED),
        attributes={tag: names for tag, names in ALLOWED.items() if names},
        clean_content_tags={"script", "style"},
        url_schemes={"http", "https", "mailto", "tel"},
        link_rel=None,
    )
    headings = tuple((token["id"], token["name"]) for token in engine.toc_tokens if token["level"] == 2)
    return Rendered(html, headings)


def plain(text):
    """A text without Markdown and citations, on one line: for descriptions and data."""
    html = render(CITATION.sub("", text), "pages/plain.md").html
    return unescape(" ".join(re.sub(r"<[^>]+>", " ", html).split()).replace(" .", "."))


_mine = threading.local()


def _engine(file):
    """The thread's own Markdown engine, ready for a text of `content/<file>`; making one costs more than most texts."""
    if not hasattr(_mine, "engine"):
        _mine.engine = _new_engine()
    engine = _mine.engine.reset()
    engine.file = file
    return engine


def _new_engine():
    engine = markdown.Markdown(
        extensions=["tables", "def_list", "abbr", "sane_lists", "toc"],
        extension_configs={"tables": {"use_align_attribute": True}},
        output_format="html",
    )
    engine.preprocessors.deregister("html_block")
    engine.inlinePatterns.deregister("html")
    engine.inlinePatterns.deregister("entity")
    engine.treeprocessors.register(_Links(engine), "record-links", 5)
    return engine


class _Links(Treeprocessor):
    """Turn file links into page addresses, and take the address from a link that may not go anywhere."""

    def run(self, root):
        for link in root.iter("a"):
            where = address(link.get("href", ""), self.md.file)
            if where is None:
                link.attrib.pop("href", None)
            else:
                link.set("href", where)


class Notes:
    """What one page has used so far: sources, numbered at their first use, and terms, linked at theirs.

    A page that would grow too heavy leaves the terms alone (`explains`): the pages it compares explain them.
    """

    def __init__(self, explains=True):
        self.numbers = {}
        self.terms = set()
        self.explains = explains

    def cite(self, *keys):
        """The links `1`, `2` … for these source keys, as safe HTML."""
        found = []
        for key in keys:
            number = self.numbers.setdefault(key, len(self.numbers) + 1)
            found.append(f'<a href="#s{number}">{number}</a>')
        return mark_safe(f'<sup class="cite"><span class="vh">Source </span>{",".join(found)}</sup>')

    def number(self, html):
        """HTML in which every `[@key]` has become its number, save inside a tag, where it would break the tag."""
        numbered = re.sub(
            rf"{glossary.TAG.pattern}|\s*{CITATION.pattern}",
            lambda m: self.cite(*citation_keys(m[0])) if m[1] else m[0],
            html,
        )
        return mark_safe(numbered)

    def sources(self):
        """The cited sources in the order of their numbers, in one query; unpublished ones are left out."""
        from .models import Source

        found = Source.objects.published().in_bulk(list(self.numbers))
        return [(number, found[key]) for key, number in self.numbers.items() if key in found]

    def explain(self, html, file):
        """HTML of a text of `content/<file>` in which glossary terms are links at their first use on the page."""
        if not self.explains:
            return html
        folder, _, path = file.removesuffix(".md").partition("/")
        return self._glossary.link(html, self.terms, own=path if folder == "terms" else "")

    @cached_property
    def _glossary(self):
        return glossary.current()
