"""Comparisons as a pure function: options in, table out. Every option fills every row, or says "Not known"."""

from dataclasses import dataclass

from integrative.records import citation_keys
from integrative.rendering import items

NOT_KNOWN = "Not known"


@dataclass(frozen=True)
class Cell:
    """What one option says in one row. `form` tells the template how to show `value`; `file` is where links start."""

    form: str
    value: object
    file: str = ""


@dataclass(frozen=True)
class Option:
    """One thing compared: its name, its page, its answers by row key, and its name within a sentence."""

    title: str
    url: str
    answers: dict[str, Cell]
    inside: str = ""


@dataclass(frozen=True)
class Table:
    """`heads` are (key, words); every option of `options` is (Option, its cells in the order of the heads)."""

    heads: tuple[tuple[str, str], ...]
    options: tuple[tuple[Option, tuple[Cell, ...]], ...]


def table(heads, options):
    """A Table with a cell for every option and head; what an option does not answer reads "Not known"."""
    unknown = Cell("text", NOT_KNOWN)
    filled = tuple((option, tuple(option.answers.get(key) or unknown for key, _ in heads)) for option in options)
    return Table(tuple(heads), filled)


APPROACH_HEADS = (
    ("what_it_is", "What it is"),
    ("who_practices_it", "Who practices it"),
    ("looks_at", "What it looks at"),
    ("uses", "What it uses"),
    ("scope", "How wide it is"),
    ("known_and_not", "What is known and not known"),
)
THERAPY_HEADS = (
    ("evidence", "What studies found"),
    ("safety", "Safety"),
    ("ask_first", "Who should ask first"),
    ("what_happens", "What happens at a visit"),
    ("who_provides_it", "Who provides it"),
    ("time", "Time it takes"),
    ("cost", "What it costs"),
    ("offered", "Where it is offered"),
    ("sources", "Sources"),
)
CONDITION_HEADS = (
    ("evidence", "Usual care, or what studies found"),
    ("safety", "Safety"),
    ("ask_first", "Who should ask first"),
    ("time", "Time it takes"),
    ("cost", "What it costs"),
    ("offered", "Where it is offered"),
)


def approach_option(approach):
    """An approach as an Option."""
    cells = {key: _markdown(approach, key) for key, _ in APPROACH_HEADS}
    return Option(approach.title, approach.get_absolute_url(), _said(cells), approach.inside)


def therapy_option(therapy, evidence, offerings, limit=None):
    """A therapy as an Option, from its evidence (best first) and its offerings; `limit` shortens the evidence."""
    cells = {
        "evidence": Cell("evidence", evidence[:limit]) if evidence else Cell("text", "No evidence recorded"),
        "safety": _items(therapy, "safety"),
        "ask_first": _items(therapy, "ask_first"),
        "what_happens": _markdown(therapy, "what_happens"),
        "who_provides_it": _markdown(therapy, "who_provides_it"),
        "time": Cell("text", therapy.time),
        "cost": Cell("text", therapy.cost),
        "offered": Cell("offerings", offerings),
        "sources": _sources(therapy, evidence[:limit]),
    }
    return Option(therapy.title, therapy.get_absolute_url(), _said(cells), therapy.inside)


def usual_care_option(condition):
    """The usual care of a condition as the Option that stands first."""
    note = "Usual care is what clinicians offer first. Its evidence is not rated on this site: ask your clinician."
    cells = {
        "evidence": _markdown(condition, "usual_care"),
        "safety": Cell("text", "Ask your clinician or pharmacist about the harms of each medicine or treatment."),
        "ask_first": Cell("text", "Everyone: your clinician knows your health and your medicines."),
        "offered": Cell("text", "At your usual clinic or doctor's office."),
    }
    if not condition.usual_care:
        cells["evidence"] = Cell("markdown", f"No checked source is recorded yet. {note}", condition.file)
    return Option("Usual care", f"{condition.get_absolute_url()}#usual-care", _said(cells))


def _sources(therapy, evidence):
    """Every source behind an option's cells: of its findings first, then of what its texts cite."""
    texts = (therapy.safety, therapy.ask_first, therapy.what_happens, therapy.who_provides_it)
    keys = [key for row in evidence for key in row.source_keys]
    return Cell("sources", tuple(dict.fromkeys(keys + [key for text in texts for key in citation_keys(text)])))


def _said(cells):
    return {key: cell for key, cell in cells.items() if cell.value}


def _markdown(record, name):
    return Cell("markdown", getattr(record, name), record.file)


def _items(record, name):
    """An item list without its headings: one short list a cell."""
    return Cell("markdown", "\n".join(f"- {item.text}" for item in items(getattr(record, name))), record.file)
