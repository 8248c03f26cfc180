"""Which therapy is offered where, changed many at a time: from the grid in the admin or from a CSV file.

Whatever the way in, all changes are tried together through the form that validates every record, and kept together or
not at all.
"""

import csv
import io
import re
from dataclasses import dataclass
from datetime import date

from django.db import transaction
from django.utils import timezone

from integrative.forms import form_for_files

from .models import Location, Offering, Therapy

COLUMNS = ("location", "therapy", "how", "confirmed_on", "note")
MOST_BYTES = 1_000_000
# A spreadsheet would run a cell that begins so; an apostrophe makes it text, there and on the way back. A note that has
# such an apostrophe itself gets one more.
RUNS = re.compile(r"'*[=+\-@\t]")


@dataclass(frozen=True)
class Change:
    """What one pair shall say from now on: `note` None leaves the note alone; `where` names the row in messages."""

    location: str
    therapy: str
    how: str
    confirmed_on: date
    note: str | None = None
    where: str = ""


class NotApplied(Exception):
    """Why nothing was changed: every problem, in the words of the person who has to put it right."""

    def __init__(self, problems):
        self.problems = problems
        super().__init__("\n".join(problems))


def apply(changes):
    """Write all changes and return [(offering, whether it is new)] of those that changed something; or NotApplied."""
    problems, written = [], []
    with transaction.atomic():
        for change in changes:
            offering = Offering.objects.filter(location=change.location, therapy=change.therapy).first()
            wrong, saved = _save(offering, change)
            problems += [f"{change.where}: {problem}" if change.where else problem for problem in wrong]
            written += [(saved, offering is None)] if saved else []
        if problems:
            raise NotApplied(problems)
    return written


def _save(offering, change):
    """(problems, the saved offering or None where there was nothing to change)."""
    note = change.note if change.note is not None else offering.body if offering else ""
    said = (change.how, change.confirmed_on, note, "published")
    if offering and (offering.how, offering.confirmed_on, offering.body, offering.status) == said:
        return [], None
    data = {"location": change.location, "therapy": change.therapy, "body": note}
    data |= {"how": change.how, "confirmed_on": change.confirmed_on, "status": "published"}
    instance = offering or Offering(pk=f"{change.location}/{change.therapy}")
    for name in ("owner", "checked_on", "reviewed_on", "reviewed_by", "next_review_on"):
        data[name] = getattr(instance, name)
    form = form_for_files(Offering)(data, instance=instance)
    if not form.is_valid():
        return [" ".join(messages) for messages in form.errors.values()], None
    return [], form.save()


def write_csv(offerings):
    """Offerings as the text of a CSV file that `read_csv` takes back."""
    out = io.StringIO()
    rows = csv.writer(out)
    rows.writerow(COLUMNS)
    for o in offerings:
        note = f"'{o.body}" if RUNS.match(o.body) else o.body
        rows.writerow([o.location_id, o.therapy_id, o.how, o.confirmed_on.isoformat() if o.confirmed_on else "", note])
    return out.getvalue()


def read_csv(data):
    """The Changes of an uploaded CSV file (bytes); NotApplied with every problem and its row."""
    if len(data) > MOST_BYTES:
        raise NotApplied(["The file is larger than 1 MB."])
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise NotApplied(["The file is not UTF-8 text. Save it as “CSV UTF-8”."]) from None
    if "\0" in text:
        raise NotApplied(["The file is not a CSV file."])
    head = text.partition("\n")[0]
    try:
        reader = csv.DictReader(
            io.StringIO(text, newline=""), delimiter=";" if head.count(";") > head.count(",") else ","
        )
        names = [name.strip().lower() for name in reader.fieldnames or []]
        rows = [(reader.line_num, row) for row in reader]
    except csv.Error as error:
        raise NotApplied([f"The file cannot be read as CSV: {error}."]) from None
    missing = [name for name in COLUMNS[:4] if name not in names]
    unknown = [name for name in names if name not in COLUMNS]
    if missing or unknown or len(set(names)) != len(names):
        told = f"The first row must name the columns {', '.join(COLUMNS)} (note may be left out)."
        raise NotApplied([f"{told} It has: {', '.join(names) or 'nothing'}."])
    return _changes([(number, dict(zip(names, row.values(), strict=False)), row) for number, row in rows])


def _changes(rows):
    known = {
        "location": set(Location.objects.values_list("pk", flat=True)),
        "therapy": set(Therapy.objects.values_list("pk", flat=True)),
        "how": set(Offering.How.values),
    }
    changes, problems, seen = [], [], {}
    for number, values, row in rows:
        cells = {name: (value or "").strip() for name, value in values.items()}
        if not any(cells.values()) and None not in row:
            continue
        wrong = (
            [] if None not in row and None not in values.values() else ["it has more or fewer cells than the first row"]
        )
        for name, words in known.items():
            if cells[name] not in words:
                wrong.append(f"there is no {name} “{cells[name][:40]}”" + _near(name, words))
        day = _day(cells["confirmed_on"])
        if not day:
            wrong.append(f"confirmed_on is a day up to today, written YYYY-MM-DD, not “{cells['confirmed_on'][:20]}”")
        pair = (cells["location"], cells["therapy"])
        if pair in seen:
            wrong.append(f"this pair stands in row {seen[pair]} already")
        seen.setdefault(pair, number)
        problems += [f"Row {number}: {problem}." for problem in wrong]
        if not wrong:
            note = cells.get("note")
            note = note[1:] if note and note[0] == "'" and RUNS.match(note) else note
            changes.append(Change(*pair, cells["how"], day, note, f"Row {number}"))
    if problems:
        raise NotApplied(problems)
    return changes


def _near(name, words):
    return f" (one of: {', '.join(sorted(words))})" if len(words) <= 12 else ""


def _day(text):
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if day.isoformat() == text and day <= timezone.localdate() else None
