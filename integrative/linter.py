"""The writer's linter: what a document says too strongly, without a source, or in a way that is hard to read.

Errors must be mended before content ships, warnings advise, figures say how hard a text is to read. It looks at
documents alone, so a file and the text in an admin form are told the same.
"""

import re
from dataclasses import dataclass, field
from functools import lru_cache

from django.db import models
from django.utils import timezone

from . import wordlists
from .glossary import pattern
from .reading import as_read, blocks, grade, sentences
from .records import Status, citation_keys, record_models
from .rendering import address, items, links, target

MOST_ITEMS = 7
MOST_WORDS = 25
MOST_SENTENCES = 3
QUOTED = re.compile(r"“[^”]*”|\"[^\"]*\"")
SHARE = re.compile(r"\b[\d,]+ (?:in|out of)(?: every)? (\d[\d,]*)\b(?!\s*(?:%|percent))")
DECIMAL = re.compile(r"\b\d+\.\d+ ?(?:%|percent\b)")
CAPITALS = re.compile(r"(?<![\w/.@-])[A-Z]{2,}(?:[-/][A-Z0-9]+)*(?![\w-])")


@dataclass(frozen=True)
class Finding:
    """One thing to tell the writer, at a line of the file (of the field, where there is no file).

    `kind` is "error", "warning" or "figure". A figure carries the reading `grade` and `plain`, the same without
    medical names.
    """

    kind: str
    line: int
    field: str
    message: str
    grade: float = 0
    plain: float = 0


@dataclass
class Page:
    """What the checks look at: one document, its place, and what else the site holds."""

    model: type
    values: dict
    path: str
    site: dict
    blocks: list = field(default_factory=list)

    def __post_init__(self):
        self.names = [name for name in ("summary", *self.model.text_names()) if self.values.get(name)]
        self.blocks = [block for name in self.names for block in blocks(self.values[name], name)]
        self.sentences = [(block.field, sentence) for block in self.blocks for sentence in block.sentences]

    @property
    def published(self):
        return self.values.get("status") == Status.PUBLISHED

    @property
    def parents(self):
        """(folder, path) of the records that its path names, as an evidence file names a therapy and a condition."""
        try:
            named = self.model.from_path(self.path) if self.path else {}
        except ValueError:
            return []
        return [(self.model._meta.get_field(name).related_model.folder, value) for name, value in named.items()]

    def label(self, name):
        return self.model.sections.get(name) or self.model._meta.get_field(name).verbose_name


def lint(model, document, path="", site=None):
    """Every Finding about one document of this kind, errors first.

    `path` is the record's place below its folder, "" for one that has none yet. `site` is what else there is, as
    `names_in` or `names_stored` tell it; the database is asked when it is left out.
    """
    page = Page(model, document.values, path, names_stored() if site is None else site)
    if page.values.get("status") == Status.RETIRED or not model.is_prose(path):
        return []
    found = []
    for kind, checks in (("error", ERRORS), ("warning", WARNINGS)):
        for check in checks:
            for name, position, message in check(page):
                found.append(Finding(kind, line_of(document, name, position), name, message))
    return sorted(found, key=lambda finding: (finding.kind, finding.line)) + reading_figures(page)


def line_of(document, name, position):
    """The line in the document's file; in a document without a file, the line within the field."""
    if name in document.lines:
        return document.line(name, position)
    value = document.values.get(name, "")
    return value[:position].count("\n") + 1 if isinstance(value, str) else 1


def names_in(files):
    """{(folder, path): names} of the records in {folder: {path: Document or None}}, retired ones and drafts left out.

    A file that could not be read counts as there, so that one mistake is not reported again wherever it is linked.
    """
    return {
        (folder, path): _names(document.values) if document else ()
        for folder, documents in files.items()
        for path, document in documents.items()
        if document is None or document.values.get("status") == Status.PUBLISHED
    }


def names_stored():
    """The same, of the published records in the database, in a query a kind."""
    found = {}
    for model in record_models():
        fields = [name for name in ("title", "also_called") if name in model.own_keys]
        for row in model.objects.published().values("pk", *fields):
            values = row | {"also_called": row.get("also_called", "").splitlines()}
            found[model.folder, row["pk"]] = _names(values)
    return found


def _names(values):
    every = [values.get("title", ""), *values.get("also_called", ())]
    return tuple(name for name in (" ".join(name.split()) for name in every) if name)


# Errors: each takes a Page and yields (field, position in its text, message).


def no_source(page):
    if not page.published:
        return
    keys = {key for name in page.names for key in citation_keys(page.values[name])}
    if "sources" in page.model.needed and not page.values.get("sources"):
        yield "sources", 0, "a finding names at least one source"
    for name in page.model.cited:
        if page.values.get(name) and not citation_keys(page.values[name]):
            yield name, 0, f"“{page.label(name)}” cites no source"
    for name in page.model.item_lists:
        text = page.values.get(name, "")
        for item in items(text):
            if not item.keys:
                yield name, text.index(item.text), f"this line cites no source: {item.text[:60]}"
    if named := page.values.get("sources"):
        for key in sorted(keys - set(named)):
            yield "sources", 0, f"the text cites {key}, which “sources” does not name"


def unknown_slug(page):
    for name in page.names:
        text = page.values[name]
        for key in dict.fromkeys(citation_keys(text)):
            if ("sources", key) not in page.site:
                yield name, re.search(rf"@{key}(?![a-z0-9-])", text).start(), f"there is no source {key}"
        for href in links(text):
            there = target(href, f"{page.model.folder}/{page.path or 'new'}.md")
            if there and there not in page.site:
                yield name, text.index(href), f"there is no published {there[0]}/{there[1]}.md"
            elif not there and address(href, "pages/new.md") is None:
                yield name, text.index(href), f"this link goes nowhere: {href}"
    for key in page.model.own_keys:
        linked = page.model._meta.get_field(key)
        if isinstance(linked, models.ManyToManyField):
            folder = linked.related_model.folder
            for slug in page.values.get(key, ()):
                if (folder, slug) not in page.site:
                    yield key, 0, f"there is no published {folder}/{slug}.md"
    for folder, slug in page.parents:
        if (folder, slug) not in page.site:
            yield page.model.own_keys[0], 0, f"its name speaks of {folder}/{slug}.md, which is not published"


def unsourced_effect(page):
    if page.model.states_effects:
        return
    for name, sentence in page.sentences:
        said = QUOTED.sub(" ", sentence.text)
        if sentence.cited or said.endswith("?") or _any_of(wordlists.DENIALS).search(said):
            continue
        if found := _any_of(wordlists.EFFECTS).search(said):
            yield name, sentence.position, f"“{found[0]}” claims an effect without a source: {_short(sentence)}"


def missing_part(page):
    if not page.published:
        return
    for name in dict.fromkeys((*page.model.needed, page.model.day_needed, *page.model.clear)):
        if name != "sources" and not page.values.get(name):
            yield name, 0, f"“{page.label(name)}” is missing"
    if len(sentences(page.values.get("summary", ""))) > MOST_SENTENCES:
        yield "summary", 0, f"the main message has more than {MOST_SENTENCES} sentences"


def long_list(page):
    for block in page.blocks:
        if block.listed == MOST_ITEMS + 1:
            yield block.field, block.position, f"a list of more than {MOST_ITEMS}: split it under ### headings"


def overdue_review(page):
    due = page.values.get("next_review_on", "")
    if page.published and due and due < timezone.localdate().isoformat():
        yield "next_review_on", 0, f"the review was due on {due}"


def heading_order(page):
    top = 3 if page.model.sections else 2
    last = {}
    for block in page.blocks:
        if block.kind != "heading":
            continue
        before = last.get(block.field, top - 1)
        if block.level < top or block.level > before + 1:
            marks = "#" * min(before + 1, 6) if block.level >= top else "#" * top
            yield block.field, block.position, f"heading out of order: write {marks} {block.text[:40]}"
        last[block.field] = max(block.level, top)


def contradiction(page):
    for name, message in page.model.contradictions(page.values):
        yield name, 0, message


ERRORS = (
    no_source,
    unknown_slug,
    unsourced_effect,
    missing_part,
    long_list,
    overdue_review,
    heading_order,
    contradiction,
)


# Warnings


def long_sentence(page):
    for name, sentence in page.sentences:
        if len(sentence.words) > MOST_WORDS:
            yield name, sentence.position, f"a sentence of {len(sentence.words)} words: {_short(sentence)}"


def passive(page):
    for name, sentence in page.sentences:
        if found := _passive().search(sentence.text):
            yield name, sentence.position, f"passive: “{found[0]}”. Who does it?"


@lru_cache(maxsize=1)
def _passive():
    adjectives, irregular = "|".join(wordlists.NOT_PASSIVE), "|".join(wordlists.PARTICIPLES)
    between = r"(?:(?:not|also|often|always|never|still|then|now|both|\w+ly) )*"
    done = rf"(?!(?:{adjectives})\b)(?:\w{{2,}}ed|{irregular})"
    return re.compile(rf"\b(?:is|are|was|were|be|been|being|gets?|got) {between}{done}\b", re.I)


def unexplained_abbreviation(page):
    text = " ".join(as_read(page.values[name]) for name in page.names)
    own = page.site.get((page.model.folder, page.path), ()) + _names(page.values)
    own += tuple(name for parent in page.parents for name in page.site.get(parent, ()))
    glossary = tuple(name for (folder, _), names in page.site.items() if folder == "terms" for name in names)
    known = {*wordlists.KNOWN_ABBREVIATIONS, *(word for name in own + glossary for word in CAPITALS.findall(name))}
    for name, sentence in page.sentences:
        for found in CAPITALS.findall(sentence.text):
            if found not in known and not expanded(found, text):
                yield name, sentence.position, f"{found} is not explained here or in the glossary"
            known.add(found)


def expanded(short, text):
    """Whether a text says what an abbreviation stands for: in brackets behind it or before it, or behind a comma."""
    written = re.escape(short)
    return bool(re.search(rf"\w \({written}s?\)|\b{written}s?(?: \(|, (?:a|an|the|which|or)\b)|, or {written}\b", text))


def mixed_denominators(page):
    first = None
    for block in page.blocks:
        for found in SHARE.finditer(as_read(block.text)):
            of = int(found[1].replace(",", ""))
            if 1900 <= of <= 2100 and "," not in found[1] and "of" not in found[0] and "every" not in found[0]:
                continue
            if first and of != first:
                yield block.field, block.position, f"“{found[0]}”, but elsewhere on the page “in {first}”"
                return
            first = of


def decimals(page):
    for block in page.blocks:
        if found := DECIMAL.search(block.text):
            yield block.field, block.position + found.start(), f"“{found[0]}”: round it, or write “1 in 7”"


def distant(page):
    for name, sentence in page.sentences:
        if found := _any_of(wordlists.DISTANT).search(sentence.text):
            yield name, sentence.position, f"“{found[0]}”: write to “you”"


def no_finding(page):
    """Benefits and harms come from evidence: a page of a kind that evidence speaks of should have some."""
    if page.published and page.path and hasattr(page.model, "evidence"):
        mine = re.compile(rf"{page.path}/|.*/{page.path}(?:\.|$)")
        if not any(folder == "evidence" and mine.match(path) for folder, path in page.site):
            yield page.model.own_keys[0], 0, "no finding is recorded for it: readers see “No evidence recorded”"


WARNINGS = (
    long_sentence,
    passive,
    unexplained_abbreviation,
    mixed_denominators,
    decimals,
    distant,
    no_finding,
)


# Figures


def reading_figures(page):
    """The reading grade of a page's sentences, as a list of one Finding, or none where the text is too short."""
    texts = [sentence.text for _, sentence in page.sentences]
    if (whole := grade(texts)) is None or page.model.day_needed != "checked_on":
        return []
    names = _any_of(tuple(sorted(medical_names(page.site))))
    bare = grade([names.sub(" ", text) for text in texts])
    plain = whole if bare is None else bare
    return [Finding("figure", 1, "", f"reading grade {whole:.1f}, without medical names {plain:.1f}", whole, plain)]


def medical_names(site):
    """Every name of the kinds of record that go by several names: conditions, therapies, approaches and terms."""
    named = {model.folder for model in record_models() if "also_called" in model.own_keys}
    return {name for (folder, _), names in site.items() if folder in named for name in names}


def _short(sentence):
    return sentence.text if len(sentence.text) <= 70 else sentence.text[:69] + "…"


def _any_of(phrases):
    return _compiled(tuple(phrases))


@lru_cache(maxsize=16)
def _compiled(phrases):
    return re.compile(pattern(phrase.lower() for phrase in phrases), re.I)
