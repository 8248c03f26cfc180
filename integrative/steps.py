"""The steps that staff can take from a record's desk, as data: who may, when, saying what."""

from collections.abc import Callable
from dataclasses import dataclass

from django import forms
from django.contrib.admin.widgets import AdminTextInputWidget
from django.utils import timezone

from . import moving, publishing, scheduling
from .readiness import ATTESTATIONS
from .revisions import WORKING, Share, State, desk
from .roles import AUTHOR, PUBLISHER, REVIEWER

LINE = {"label": "What changed", "max_length": 200, "widget": AdminTextInputWidget}


class Plain(forms.Form):
    """A step that asks for nothing."""


class Attest(forms.Form):
    attested = forms.MultipleChoiceField(
        label="I stand for this", choices=list(ATTESTATIONS.items()), widget=forms.CheckboxSelectMultiple
    )

    def clean_attested(self):
        """All of them: half a promise is none."""
        if len(self.cleaned_data["attested"]) < len(ATTESTATIONS):
            raise forms.ValidationError("Tick every line, or finish the work first.")
        return self.cleaned_data["attested"]


class Comment(forms.Form):
    note = forms.CharField(label="What should change", widget=forms.Textarea(attrs={"rows": 3}))


class Remark(forms.Form):
    note = forms.CharField(label="Remark for colleagues", required=False, widget=AdminTextInputWidget)


class Note(forms.Form):
    note = forms.CharField(**LINE, help_text="One line. Readers see it on the page.")


class Publish(Note, Attest):
    field_order = ["note", "attested"]


class When(forms.Form):
    when = forms.DateTimeField(
        label="At", widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["when"].help_text = f"Time in {timezone.get_current_timezone_name()}, the clinic's time zone."


class Schedule(Publish, When):
    field_order = ["when", "note", "attested"]


class ScheduleRetirement(Note, When):
    field_order = ["when", "note"]


class Rename(Note):
    address = forms.SlugField(label="New address", help_text="The old one leads to it for good.")
    field_order = ["address", "note"]


@dataclass(frozen=True)
class Action:
    """One step. `on` says what it acts upon: the states of a revision, or `page` for the record itself.

    `run(user, subject, data)` takes the revision or the record and the form's data, and returns what to tell.
    """

    permission: str
    words: str
    on: tuple[State, ...] | str
    form: type[forms.Form]
    run: Callable[..., str]


def _submit(user, revision, data):
    publishing.submit(revision, user, data["attested"])
    return "Handed in. The reviewers see it on their first page."


def _sign(user, revision, data):
    publishing.sign(revision, user, data["note"])
    return "Signed. A publisher can put it up now."


def _sign_page(user, record, data):
    publishing.sign_page(record, user, data["note"])
    return "Signed. Readers see your name and the date."


def _send_back(user, revision, data):
    publishing.send_back(revision, user, data["note"])
    return "Sent back with your comment."


def _publish(user, revision, data):
    publishing.publish(revision, user, data["note"], data["attested"])
    return "Published. Readers see it now."


def _schedule(user, revision, data):
    scheduling.schedule(revision, user, data["when"], data["note"], data["attested"])
    return f"Scheduled: it goes live {publishing.told(data['when'])}."


def _schedule_retirement(user, record, data):
    scheduling.schedule_retirement(record, user, data["when"], data["note"])
    return f"Scheduled: the page is taken down {publishing.told(data['when'])}."


def _cancel(user, revision, data):
    scheduling.cancel(revision, user)
    return "The schedule is taken back."


def _retire(user, record, data):
    publishing.retire(record, user, data["note"])
    return "The page is down. Its text stays here."


def _rename(user, record, data):
    moving.rename(record, user, data["address"], data["note"])
    return "Renamed. The old address leads to the new one for good."


def _restore(user, revision, data):
    publishing.restore(revision, user)
    return "That text is the draft now. Readers see it once it is published."


def _discard(user, revision, data):
    publishing.discard(revision, user)
    return "Put away. It stays in the history."


def _share(user, revision, data):
    Share.objects.create(revision=revision, made_by=user)
    return "Here is the link. It ends by itself after seven days."


def _revoke(user, revision, data):
    for share in revision.shares.filter(revoked_at=None):
        share.revoked_at = timezone.now()
        share.save(update_fields=["revoked_at"])
    return "The links to this draft no longer work."


OPEN = (*WORKING, State.SCHEDULED)
KEPT = (State.PUBLISHED, State.SUPERSEDED, State.DISCARDED, State.ASIDE, State.BLOCKED)

ACTIONS = {
    "submit": Action(AUTHOR, "Hand in for review", (State.DRAFT, State.REJECTED), Attest, _submit),
    "sign": Action(REVIEWER, "Sign this text", (State.REVIEW,), Remark, _sign),
    "sign-page": Action(REVIEWER, "Sign the page as it stands", "page", Remark, _sign_page),
    "send-back": Action(REVIEWER, "Send back", (State.REVIEW, State.SIGNED), Comment, _send_back),
    "publish": Action(PUBLISHER, "Publish now", WORKING, Publish, _publish),
    "schedule": Action(PUBLISHER, "Publish later", WORKING, Schedule, _schedule),
    "cancel": Action(PUBLISHER, "Take the schedule back", (State.SCHEDULED,), Plain, _cancel),
    "retire": Action(PUBLISHER, "Take the page down now", "page", Note, _retire),
    "retire-later": Action(PUBLISHER, "Take the page down later", "page", ScheduleRetirement, _schedule_retirement),
    "rename": Action(PUBLISHER, "Change the page's address", "page", Rename, _rename),
    "restore": Action(AUTHOR, "Make this text the draft", KEPT, Plain, _restore),
    "discard": Action(AUTHOR, "Discard the draft", WORKING, Plain, _discard),
    "share": Action(AUTHOR, "Make a preview link", OPEN, Plain, _share),
    "revoke": Action(AUTHOR, "End its preview links", OPEN, Plain, _revoke),
}


def address(record, name):
    """Where a step of this record is posted."""
    return f"{desk(type(record), record.pk)}{name}/"
