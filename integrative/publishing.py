"""What staff do with revisions, one function a step: draft, review, sign, publish, retire, restore.

Each runs in one transaction and either happens whole or raises `Refused` and changes nothing. Who may take which step
is asked in `desk.py`; what a step needs of the text is asked here.
"""

import logging
from datetime import date

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from . import readiness
from .documents import Document
from .records import Status
from .revisions import WORKING, Revision, State, Step, words_digest
from .sync import Pair, apply

logger = logging.getLogger(__name__)
REVIEW_KEYS = ("reviewed_on", "reviewed_by", "next_review_on")


class Refused(Exception):
    """Why a step was not taken, in words for the person who asked for it."""


class Stale(Refused):
    """The text beneath has changed. `revision` holds the words that were to replace it; none of them is lost."""

    def __init__(self, message, revision):
        self.revision = revision
        super().__init__(message)


def head(record):
    """(revision or None, Document) that an editor continues from: the draft, else what is scheduled, else the page."""
    scheduled = Revision.objects.coming(record).filter(retires=False)
    revision = Revision.objects.working(record) or scheduled.first()
    return revision, revision.document if revision else proposed(record.document())


def proposed(document, **values):
    """A document as it would stand published, with some of its values replaced."""
    kept = document.values | {"status": Status.PUBLISHED.value} | values
    ordered = {name: sorted(set(kept[name])) for name in document.shape.unordered if kept.get(name)}
    return Document(document.shape, {name: value for name, value in (kept | ordered).items() if value})


@transaction.atomic
def save_draft(record, values, user, opened="", note="", auto=False, rebase=False):
    """Keep `values` ({field: document value}) as the draft of a record; returns its Revision, None if nothing changed.

    `opened` is the digest of the text that the person began from. Where the draft has moved on since, their words are
    set aside in a revision of their own, in state `set-aside`, for the caller to show both. An autosave is written over
    by the next save of the same person; every other save is a version of its own. `rebase` says that the words were
    settled against the page as it is now.
    """
    record = lock(record)
    current, document = head(record)
    working = current if current and current.is_working else None
    words = proposed(document, **values)
    same = words_digest(words) == words_digest(document) and _kept(words) == _kept(document)
    if same and not rebase and (current or record.is_published):
        return _touch(working, note, auto) if working else None
    base, base_digest = _base(record, current, rebase)
    review = (base.document if base else record.document()).values
    words = proposed(words, **{key: review.get(key, "") for key in REVIEW_KEYS})
    if opened and opened != (proposed(record.document()) if rebase else document).digest():
        return _set_aside(record, words, user, opened, base, auto)
    people = sorted({*(current.contributors if current else ()), user.pk})
    new = {
        "values": words.values, "digest": words.digest(), "note": note, "autosaved": auto, "made_at": timezone.now(),
        "attested": [], "base": base, "base_digest": base_digest, "contributors": people,
    }  # fmt: skip
    if working and working.autosaved and working.author_id == user.pk and working.state == State.DRAFT:
        return change(working, **new)
    if working:
        change(working, state=State.SUPERSEDED)
    revision = Revision.objects.create(folder=record.folder, path=record.pk, author=user, **new)
    took_back = working and working.state_before in (State.REVIEW, State.SIGNED)
    log(revision, "changed the text, so it is a draft again" if took_back else "wrote a draft", user, note)
    return revision


def _kept(document):
    return document.values.get("owner"), document.values.get("checked_on")


def _touch(working, note, auto):
    if auto:
        return working
    return change(working, autosaved=False, note=note or working.note)


def _base(record, current, rebase):
    """The published text that a draft rests on, as (Revision or None, digest of the page beneath)."""
    if current is None or rebase:
        return baseline(record), record.document().digest()
    if current.is_working:
        return current.base, current.base_digest
    return current, current.digest


def _set_aside(record, words, user, opened, base, auto):
    """Keep the words of a stale save beside the newer text."""
    mine = (
        Revision.objects.of(record).filter(state=State.ASIDE, author=user, base_digest=opened, autosaved=True).first()
    )
    new = {"values": words.values, "digest": words.digest(), "autosaved": auto, "made_at": timezone.now()}
    if mine:
        return change(mine, **new)
    revision = Revision.objects.create(
        folder=record.folder, path=record.pk, author=user, state=State.ASIDE, base=base, base_digest=opened,
        contributors=[user.pk], **new,
    )  # fmt: skip
    log(revision, "saved over a text that had changed, so both were kept", user)
    return revision


def baseline(record):
    """The revision that says what readers see now; made where the page came from a file. None before publication."""
    live = record.document()
    last = Revision.objects.of(record).filter(state=State.PUBLISHED).first()
    if last and last.digest == live.digest():
        return last
    if record.status == Status.DRAFT:
        return None
    if last:
        change(last, state=State.SUPERSEDED)
    made = Revision.objects.create(
        folder=record.folder, path=record.pk, values=live.values, digest=live.digest(), state=State.PUBLISHED
    )
    log(made, "taken from its file", None)
    return made


@transaction.atomic
def submit(revision, user, attested=()):
    """Hand a draft to the reviewers; `attested` are the keys of what its author stands for."""
    revision = fresh(revision, State.DRAFT, State.REJECTED)
    change(revision, state=State.REVIEW, autosaved=False, attested=sorted(attested))
    log(revision, "handed in for review", user)
    return revision


@transaction.atomic
def send_back(revision, user, comment):
    """Return a text to its author with a comment; a signature on it is gone."""
    revision = fresh(revision, State.REVIEW, State.SIGNED)
    if not comment.strip():
        raise Refused("Say what should change.")
    change(_unsigned(revision), state=State.REJECTED)
    log(revision, "sent back", user, comment)
    return revision


@transaction.atomic
def sign(revision, user, note=""):
    """Sign the text of a revision in review: who, when, and which words."""
    revision = fresh(revision, State.REVIEW)
    own = _may_sign(user, revision)
    words = proposed(revision.document, **signature(revision.folder, user))
    change(
        revision, values=words.values, digest=words.digest(), state=State.SIGNED, signed_by=user,
        signed_on=timezone.localdate(), signed_digest=words_digest(words), signed_own=own,
    )  # fmt: skip
    log(revision, "signed their own text (no second person)" if own else "signed", user, note)
    return revision


@transaction.atomic
def sign_page(record, user, note=""):
    """Sign the page as readers see it. Nothing but the dates of its review changes, so that is live at once."""
    record = lock(record)
    if not record.is_published:
        raise Refused("Only a published page can be signed as it stands.")
    before = baseline(record)
    own = _may_sign(user, before)
    words = proposed(record.document(), **signature(record.folder, user))
    made = Revision.objects.create(
        folder=record.folder, path=record.pk, values=words.values, digest=words.digest(), state=State.SUPERSEDED,
        author=user, base=before, base_digest=before.digest, signed_by=user, signed_on=timezone.localdate(),
        signed_digest=words_digest(words), signed_own=own, contributors=before.contributors,
    )  # fmt: skip
    write(record, made, words)
    _rebase(before, made)
    log(made, "signed their own text (no second person)" if own else "signed the page as it stands", user, note)
    return made


def _may_sign(user, revision):
    """Whether it is the person's own text; Refused where that is not allowed."""
    own = user.pk in revision.contributors
    if own and not settings.ALLOW_OWN_REVIEW:
        raise Refused("You wrote part of this text, so someone else must sign it.")
    if not user.get_full_name():
        raise Refused("A signature needs your name. Ask an administrator to add your first and last name.")
    return own


def signature(folder, user):
    """The document values that a signature by this person sets today."""
    today = timezone.localdate()
    months = settings.REVIEW_MONTHS.get(folder, settings.REVIEW_MONTHS["default"])
    due = months_later(today, months).isoformat()
    return {"reviewed_on": today.isoformat(), "reviewed_by": user.get_full_name(), "next_review_on": due}


def months_later(day, months):
    """The same day some months on, or the last day of that month."""
    year, month = divmod(day.month - 1 + months, 12)
    year, month = day.year + year, month + 1
    first_of_next = date(year + month // 12, month % 12 + 1, 1)
    return date(year, month, min(day.day, date.fromordinal(first_of_next.toordinal() - 1).day))


def _unsigned(revision):
    """The revision with the review state of the text beneath it."""
    review = revision.base.values if revision.base else {}
    words = proposed(revision.document, **{key: review.get(key, "") for key in REVIEW_KEYS})
    return change(
        revision, values=words.values, digest=words.digest(), signed_by=None, signed_on=None, signed_digest="",
        signed_own=False,
    )  # fmt: skip


def _rebase(before, after):
    """Let open drafts rest on a page that only its review has changed."""
    for draft in Revision.objects.filter(
        folder=before.folder, path=before.path, base_digest=before.digest, state__in=[*WORKING, State.SCHEDULED]
    ).exclude(retires=True):
        change(draft, base=after, base_digest=after.digest)
        if not draft.signed_digest:
            _unsigned(draft)


@transaction.atomic
def publish(revision, user, note, attested=()):
    """Make a draft the page. Stale where the page is not the one the draft was begun from."""
    record = lock(record_of(revision))
    revision = fresh(revision, *WORKING)
    ready(revision, note, attested)
    go_live(record, revision, user)
    return revision


@transaction.atomic
def retire(record, user, note):
    """Take a page down. Refused while other pages would break."""
    record = lock(record)
    if not record.is_published:
        raise Refused("This page is not up.")
    before = baseline(record)
    revision = Revision.objects.create(
        folder=record.folder, path=record.pk, values=before.values, digest=before.digest, state=State.SUPERSEDED,
        author=user, base=before, base_digest=before.digest, note=noted(note),
    )  # fmt: skip
    take_down(record, revision, user)
    return revision


def take_down(record, revision, user):
    if record.pk in record.fixed:
        raise Refused("The site itself leads to this page, so it stays up.")
    if users := readiness.users_of(record):
        told_of = ", ".join(str(other) for other in users[:7])
        raise Refused(f"Other published pages rest on this one; change them first: {told_of}.")
    words = Document(record.shape(), record.document().values | {"status": Status.RETIRED.value})
    write(record, revision, words)
    log(revision, "took the page down", user, revision.note)


@transaction.atomic
def restore(revision, user):
    """Make an earlier text the new draft. A draft that stands in its place is kept in the history."""
    record = record_of(revision)
    values = {name: revision.values.get(name, "") for name in record.document_names()}
    for key in (*REVIEW_KEYS, "status"):
        del values[key]
    day = timezone.localtime(revision.made_at).strftime("%B %-d, %Y")
    made = save_draft(record, values, user, note=f"Back to the text of {day}")
    if made is None:
        raise Refused("That is the text there is now.")
    return made


@transaction.atomic
def discard(revision, user):
    """Put a draft away. It stays in the history."""
    revision = fresh(revision, *WORKING)
    change(revision, state=State.DISCARDED)
    log(revision, "discarded the draft", user)
    return revision


def ready(revision, note, attested):
    """Take over the change note and the attestations, and refuse where either is missing."""
    attested = sorted({*revision.attested, *attested})
    if missing := readiness.ATTESTATIONS.keys() - set(attested):
        raise Refused("Before it goes live, stand for: " + " ".join(readiness.ATTESTATIONS[key] for key in missing))
    change(revision, note=noted(note or revision.note), attested=attested, autosaved=False)


def noted(note):
    note = " ".join(note.split())[:200]
    if not note:
        raise Refused("Say in one line what changed; readers will see it.")
    return note


def refuse_errors(revision):
    if wrong := readiness.errors(revision.model, revision.path, revision.document):
        raise Refused("This text is not ready: " + " ".join(finding.message for finding in wrong[:5]))


def refuse_stale(record, revision):
    if record.document().digest() == revision.base_digest:
        return
    beneath = Revision.objects.coming(record).filter(retires=False, digest=revision.base_digest).first()
    if beneath and beneath != revision:
        raise Refused(f"This draft builds on the text that goes live {told(beneath.publish_at)}. Publish that first.")
    raise Stale("The page was changed after this draft was begun. Look at both, then publish.", revision)


def go_live(record, revision, user):
    refuse_stale(record, revision)
    refuse_errors(revision)
    write(record, revision, revision.document)
    log(revision, "published", user, revision.note)


def write(record, revision, document):
    """Apply a document to its row, and make its revision the published one."""
    pair = Pair(type(record), record.pk, record.file, document, record)
    if problems := apply(pair):
        raise Refused("This text cannot be saved: " + " ".join(problem.message for problem in problems[:5]))
    Revision.objects.of(record).filter(state=State.PUBLISHED).update(state=State.SUPERSEDED)
    change(
        revision, values=document.values, digest=document.digest(), state=State.PUBLISHED, published_at=timezone.now()
    )


def lock(record):
    """The record as it is now, held until the transaction ends."""
    return type(record).objects.select_for_update().get(pk=record.pk)


def record_of(revision):
    """The record that a revision speaks of; Refused where it is gone."""
    found = revision.model.objects.filter(pk=revision.path).first()
    if found is None:
        raise Refused("The record of this text is gone.")
    return found


def fresh(revision, *states):
    """A revision as it is now; Refused where it is in none of these states any more."""
    found = Revision.objects.select_for_update().get(pk=revision.pk)
    if found.state not in states:
        raise Refused(f"Someone was faster: this text is now “{found.get_state_display().lower()}”.")
    return found


def log(revision, action, user, note=""):
    """Note a step in the history of a revision, and in the log of what staff did."""
    logger.info("%s %s/%s: %s", user.get_username() if user else "the schedule", revision.folder, revision.path, action)
    Step.objects.create(revision=revision, action=action, user=user, note=note)


def told(when):
    """A time in the clinic's time zone, in words."""
    return timezone.localtime(when).strftime("on %B %-d, %Y at %-H:%M (%Z)")


def change(revision, **values):
    revision.state_before = revision.state
    revision.__dict__.pop("document", None)
    for name, value in values.items():
        setattr(revision, name, value)
    revision.save(update_fields=list(values))
    return revision
