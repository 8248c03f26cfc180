"""What is to go live, or to be taken down, at a time to come."""

from django.db import DataError, IntegrityError, transaction
from django.db.models import Min
from django.utils import timezone

from . import version
from .publishing import (
    Refused,
    baseline,
    change,
    fresh,
    go_live,
    lock,
    log,
    noted,
    ready,
    record_of,
    refuse_errors,
    refuse_stale,
    take_down,
    told,
)
from .revisions import WORKING, Revision, State


@transaction.atomic
def schedule(revision, user, when, note, attested=()):
    """Let a draft go live at an aware time to come."""
    record = lock(record_of(revision))
    revision = fresh(revision, *WORKING)
    _to_come(record, when, retires=False)
    ready(revision, note, attested)
    refuse_errors(revision)
    refuse_stale(record, revision)
    change(revision, state=State.SCHEDULED, publish_at=when)
    log(revision, f"scheduled to go live {told(when)}", user, revision.note)
    return revision


@transaction.atomic
def schedule_retirement(record, user, when, note):
    """Take a page down at an aware time to come, whatever it says by then."""
    record = lock(record)
    _to_come(record, when, retires=True)
    made = Revision.objects.create(
        folder=record.folder, path=record.pk, values={"title": str(record)}, retires=True, state=State.SCHEDULED,
        publish_at=when, author=user, note=noted(note),
    )  # fmt: skip
    log(made, f"scheduled to be taken down {told(when)}", user, note)
    return made


def _to_come(record, when, retires):
    if when <= timezone.now():
        raise Refused("Choose a time that is still to come, or publish now.")
    if there := Revision.objects.coming(record).filter(retires=retires).first():
        raise Refused(f"Something is scheduled already, {told(there.publish_at)}. Cancel that first.")


@transaction.atomic
def cancel(revision, user):
    """Take back a schedule; the text is a draft again, or a kept version where a newer draft stands."""
    revision = fresh(revision, State.SCHEDULED)
    kept = State.SIGNED if revision.signed_digest else State.DRAFT
    if revision.retires:
        kept = State.DISCARDED
    elif Revision.objects.working(record_of(revision)):
        kept = State.SUPERSEDED
    change(revision, state=kept, publish_at=None)
    log(revision, "took the schedule back", user)
    return revision


@version.remembered
def next_due():
    """When the next scheduled change is due, or None. What sets, moves or ends a schedule makes a new version."""
    return Revision.objects.filter(state=State.SCHEDULED).aggregate(at=Min("publish_at"))["at"]


def publish_due(now=None):
    """Carry out what is due at `now`, each in its own transaction; returns the revisions, with their new state.

    What cannot go live (its page was changed meanwhile, a source it cites was taken down) is marked `blocked` with the
    reason, for the dashboard; nothing is overwritten and nothing is skipped in silence. Safe to run in any number of
    processes at once.
    """
    now = now or timezone.now()
    return [done for key in Revision.objects.due(now).values_list("pk", flat=True) if (done := _carry_out(key, now))]


@transaction.atomic
def _carry_out(key, now):
    revision = Revision.objects.select_for_update().due(now).filter(pk=key).first()
    if revision is None:
        return None
    try:
        with transaction.atomic():
            record = lock(record_of(revision))
            if revision.retires:
                if not record.is_published:
                    raise Refused("The page was down already.")
                revision.base, revision.values = baseline(record), record.document().values
                take_down(record, revision, None)
            else:
                go_live(record, revision, None)
    except (Refused, DataError, IntegrityError) as error:
        revision = Revision.objects.get(pk=key)
        change(revision, state=State.BLOCKED)
        log(revision, "could not go live", None, str(error))
    return revision
