"""What the site knows about its own state beyond single records: files, outside links, reading grades.

Outside links and grades come from the writers' tools where those are installed; without them their lists are empty.
"""

from dataclasses import dataclass

from django.conf import settings

from .records import record_models
from .revisions import desk
from .sync import State, states

HARDEST = 20


@dataclass(frozen=True)
class Row:
    """One thing to look at: its name, where staff handle it, and what is the matter."""

    words: str
    address: str
    detail: str


def out_of_step():
    """(Rows of records whose file and text differ, conflicts first; Rows of files that cannot be read)."""
    found, problems = states(settings.CONTENT_DIR)
    differ = sorted(
        (state != State.CONFLICT, state, f"{model.folder}/{path}.md", desk(model, path))
        for state, model, path in found
        if state != State.SAME
    )
    rows = [Row(file, "" if state == State.NEW_FILE else place, str(state)) for _, state, file, place in differ]
    return rows, [Row(f"{problem.file}:{problem.line}", "", problem.message) for problem in problems]


def broken_links():
    """Rows of outside addresses that did not answer when `check_links` last asked, with the files that name them."""
    try:
        from .outside import State as Answered
        from .outside import addresses, remembered
    except ImportError:
        return []
    bad = {
        address: answer
        for address, answer in remembered(settings.VAR_DIR / "links.json").items()
        if answer.state in (Answered.GONE, Answered.FAILED, Answered.MOVED)
    }
    files = addresses() if bad else {}
    return [
        Row(address, address, f"{answer.state} ({answer.checked_on}), in {', '.join(files[address])}")
        for address, answer in bad.items()
        if address in files
    ]


def hardest_to_read():
    """Rows of the published records with the highest reading grades, hardest first."""
    try:
        from .linter import Page, names_stored, reading_figures
    except ImportError:
        return []
    site, found = names_stored(), []
    for model in record_models():
        for record in model.objects.published():
            for figure in reading_figures(Page(model, record.document().values, record.pk, site)):
                found.append((figure.plain, Row(str(record), desk(model, record.pk), figure.message)))
    return [row for _, row in sorted(found, key=lambda both: -both[0])[:HARDEST]]
