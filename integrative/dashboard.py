"""The staff room's first page: what waits for whom."""

from dataclasses import dataclass, field

from django.urls import reverse
from django.utils import timezone

from .records import record_models
from .reports import broken_links, out_of_step
from .revisions import WORKING, Revision, State, desk
from .roles import PUBLISHER, REVIEWER, may

MOST = 8


@dataclass
class Panel:
    """One list of the first page: `rows` are (words, address, detail), the first few of `count`."""

    title: str
    count: int
    rows: list = field(default_factory=list)
    empty: str = "nothing."


def panels(user):
    """The Panels for a person, what they can act on first."""
    drafts = Revision.objects.filter(state__in=WORKING)
    found = [
        _revisions("My drafts", drafts.filter(author=user)),
        _revisions("Waiting for review", drafts.filter(state=State.REVIEW)),
        _revisions("Signed, waiting to be published", drafts.filter(state=State.SIGNED)),
        _revisions("Scheduled", Revision.objects.filter(state=State.SCHEDULED), order="publish_at", at="publish_at"),
        _revisions("Could not go live", Revision.objects.filter(state=State.BLOCKED)),
        _records("Review overdue", "due_for_review", timezone.localdate()),
        _unreviewed(),
        _files(),
        _links(),
        _revisions(
            "Published lately", Revision.objects.filter(published_at__isnull=False), "-published_at", "published_at"
        ),
    ]
    mine = {"Waiting for review": REVIEWER, "Signed, waiting to be published": PUBLISHER}
    return sorted(found, key=lambda panel: not (panel.count and panel.title in mine and may(user, mine[panel.title])))


def _revisions(title, found, order="-made_at", at="made_at"):
    rows = [
        (revision.title, revision.desk(), f"{revision.get_state_display()}, {_when(getattr(revision, at))}")
        for revision in found.order_by(order)[:MOST]
    ]
    return Panel(title, found.count(), rows)


def _when(at):
    return timezone.localtime(at).strftime("%B %-d, %H:%M") if at else ""


def _records(title, question, *args):
    """A panel of the published records that answer a question of their querysets, the longest due first."""
    count, rows = 0, []
    for model in record_models():
        found = getattr(model.objects, question)(*args)
        count += found.count()
        rows += [
            (str(record), desk(model, record.pk), f"since {record.next_review_on:%B %-d, %Y}")
            for record in found.order_by("next_review_on")[:MOST]
        ]
    return Panel(title, count, rows[:MOST])


def _unreviewed():
    count, rows = 0, []
    for model in record_models():
        if model.clinical:
            found = model.objects.unreviewed()
            here = found.count()
            count += here
            if here:
                rows.append((str(model._meta.verbose_name_plural), _list(model), f"{here}"))
    return Panel("Published, signed by no clinician", count, rows)


def _list(model):
    return (
        reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist") + "?review=none&status=published"
    )


def _files():
    rows, problems = out_of_step()
    shown = [(row.words, row.address, row.detail) for row in [*rows, *problems][:MOST]]
    return Panel("Files out of step", len(rows) + len(problems), shown, "none; files and database say the same.")


def _links():
    rows = broken_links()
    shown = [(row.words, row.address, row.detail) for row in rows[:MOST]]
    return Panel("Outside links that did not answer", len(rows), shown, "none, when check_links last asked.")
