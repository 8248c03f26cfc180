"""People of the staff room and what they send, for tests."""

from django.contrib.admin.utils import quote
from django.contrib.auth.models import Group, Permission
from django.urls import reverse

from integrative import publishing
from integrative.readiness import ATTESTATIONS
from integrative.revisions import Revision, desk

from .make import make_staff

ROLES = {
    "Author": "draft_revision",
    "Clinical reviewer": "review_revision",
    "Publisher": "publish_revision",
}
NAMES = {"Author": ("Ana", "Autor"), "Clinical reviewer": ("Rui", "Reviewer"), "Publisher": ("Pia", "Publisher")}


def make_person(role=None, **kw):
    """Staff without a role, or with one; a group that a flushed database lost is made again."""
    first, last = NAMES.get(role, ("Nia", "None"))
    user = make_staff(superuser=False, **{"first_name": first, "last_name": last} | kw)
    if role:
        group, _ = Group.objects.get_or_create(name=role)
        group.permissions.add(Permission.objects.get(codename=ROLES[role]))
        user.groups.add(group)
    return user


def place(record, action="change"):
    if action.startswith("desk"):
        return desk(type(record), record.pk) + action.removeprefix("desk")
    names = f"admin:{record._meta.app_label}_{record._meta.model_name}_{action}"
    return reverse(names, args=[] if action in ("add", "changelist") else [quote(record.pk)])


def form_data(client, record, **changes):
    """What a browser would send back from the change page."""
    form = client.get(place(record)).context["adminform"].form
    data = {}
    for name, field in form.fields.items():
        value = form[name].value()
        if name == "tags":
            value = field.widget.format_value(value)
        elif isinstance(value, (list, tuple)) or hasattr(value, "values_list"):
            value = [getattr(item, "pk", item) for item in value]
        if value is not None and value is not False:
            data[name] = value
    return data | changes


def draft(record, user, **values):
    """A draft of a record with some document values changed."""
    kept = publishing.head(record)[1].values
    names = [name for name in record.document_names() if name not in (*publishing.REVIEW_KEYS, "status")]
    return publishing.save_draft(record, {name: kept.get(name, "") for name in names} | values, user)


def publish(revision, user, note="Clearer words"):
    return publishing.publish(revision, user, note, list(ATTESTATIONS))


def posted(revision, **data):
    """What the desk's forms send about a revision."""
    return {"revision": revision.pk, "text": revision.digest, **data}


def latest(record):
    return Revision.objects.of(record).first()
