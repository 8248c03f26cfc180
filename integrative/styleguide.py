"""Made-up records for the style guide, so that every component shows from the template its pages use. They say nothing
about health."""

import re
from datetime import date
from types import SimpleNamespace as Made

from django.apps import apps
from django.core.paginator import Paginator

from .stylesheet import STYLESHEET

FILE = "pages/style-guide.md"
LIST = "- A short line that names one thing.\n- A longer line, to show how words wrap on a narrow screen.\n"
DAY = date(2026, 1, 31)


def samples():
    """What the style guide's template shows, by name."""
    evidence = apps.get_model("therapies", "Evidence")
    levels = evidence._meta.get_field("level").choices
    certainties = evidence._meta.get_field("certainty").choices
    rows = [_finding(i, level, certainties[i % len(certainties)]) for i, level in enumerate(levels)]
    condition = Made(emergency=LIST, needs_general_emergency=False, file=FILE)
    record = Made(checked_on=DAY, reviewed_on=None)
    return {
        "file": FILE,
        "list": LIST,
        "colors": list(dict.fromkeys(re.findall(r"--([a-z-]+):#", STYLESHEET))),
        "levels": levels,
        "certainties": certainties,
        "rows": rows,
        "systems": [(Made(value=f"part-{i}", label=f"Part {i}"), rows[i - 1 :: 2]) for i in (1, 2)],
        "condition": condition,
        "records": [Made(checked_on=DAY, reviewed_on=DAY, reviewed_by="A clinician", next_review_on=DAY), record],
        "table": _table(rows),
        "page": Paginator(range(30), 10).page(2),
        "entries": [("colors", "Colors"), ("evidence", "Evidence"), ("forms", "Forms")],
        "notice": Made(title="A standing notice", body="A text that stands below every page.", file=FILE),
        "icons": ["phone", "talk", "care", "shield", "search", "body", "question", *_icon_names()],
    }


def _icon_names():
    system = apps.get_model("conditions", "Condition")._meta.get_field("body_system")
    kind = apps.get_model("therapies", "Therapy")._meta.get_field("kind")
    return [value for value, _ in [*system.choices, *kind.choices]]


def _finding(number, level, certainty):
    return Made(
        rank=number,
        level=level[0],
        certainty=certainty[0],
        get_level_display=lambda: level[1],
        get_certainty_display=lambda: certainty[1],
        aspect="",
        condition=Made(title=f"Example {number + 1}"),
        body="What was studied, compared with what, and how sure the result is.",
        file=FILE,
        source_keys=[],
        cited_keys=list,
        get_absolute_url="#evidence",
    )


def _table(rows):
    heads = [(f"row-{i}", f"Row {i}") for i in range(1, 7)]
    text = {"form": "text", "value": "Not known"}
    cells = [{"form": "evidence", "value": rows[:1]}, {"form": "markdown", "value": LIST, "file": FILE}, *[text] * 4]
    return {
        "heads": heads,
        "options": [({"title": f"Option {i}", "inside": f"option {i}", "url": "#tables"}, cells) for i in (1, 2, 3)],
    }
