"""Who may do what in the staff room: every role, every step, every address, by POST and not by looking for buttons.

Run with `-s` to have the matrix printed.
"""

from datetime import timedelta

import pytest
from django.contrib.admin.utils import quote
from django.contrib.auth.models import Group
from django.urls import reverse
from django.utils import timezone

from integrative import publishing, scheduling
from integrative.readiness import ATTESTATIONS
from integrative.records import record_models
from integrative.revisions import Revision, Share, State
from integrative.steps import ACTIONS

from .make import make_condition, make_evidence, make_offering, make_question, make_therapy, sign_in
from .staff import draft, form_data, latest, make_person, place, posted, publish

pytestmark = pytest.mark.django_db

AUTHOR, REVIEWER, PUBLISHER, NONE = "Author", "Clinical reviewer", "Publisher", None
MATRIX = {
    "open the form": {AUTHOR},
    "save a draft": {AUTHOR},
    "autosave": {AUTHOR},
    "add a record": {AUTHOR},
    "submit": {AUTHOR},
    "restore": {AUTHOR},
    "discard": {AUTHOR},
    "share": {AUTHOR},
    "revoke": {AUTHOR},
    "sign": {REVIEWER},
    "sign-page": {REVIEWER},
    "send-back": {REVIEWER},
    "publish": {PUBLISHER},
    "schedule": {PUBLISHER},
    "cancel": {PUBLISHER},
    "retire": {PUBLISHER},
    "retire-later": {PUBLISHER},
    "rename": {PUBLISHER},
    "bulk submit": {AUTHOR},
    "bulk publish": {PUBLISHER},
    "look at the desk": {AUTHOR, REVIEWER, PUBLISHER},
    "look at the preview": {AUTHOR, REVIEWER, PUBLISHER},
    "look at the history": {AUTHOR, REVIEWER, PUBLISHER},
    "look at the calendar": {AUTHOR, REVIEWER, PUBLISHER},
}
NOTED = {"note": "Clearer words", "attested": list(ATTESTATIONS)}
SOON = (timezone.now() + timedelta(days=400)).strftime("%Y-%m-%dT12:00")
SENT = {
    "sign": {}, "sign-page": {}, "publish": NOTED, "schedule": NOTED | {"when": SOON}, "cancel": {}, "discard": {},
    "send-back": {"note": "Too long."}, "submit": {"attested": list(ATTESTATIONS)}, "retire": {"note": "Out of date"},
    "retire-later": {"note": "Out of date", "when": SOON}, "restore": {}, "share": {}, "revoke": {},
    "rename": {"note": "Better name", "address": "another-name"},
}  # fmt: skip


def prepare(condition, action):
    """Bring a record into the state in which a step can be taken; returns the revision to act upon."""
    writer, reviewer, publisher = (make_person(role) for role in (AUTHOR, REVIEWER, PUBLISHER))
    if action == "restore":
        publish(draft(condition, writer, summary="Second words."), publisher)
        return Revision.objects.of(condition).last()
    revision = draft(condition, writer, summary="Other words.")
    if action in ("sign", "send-back"):
        return publishing.submit(revision, writer, list(ATTESTATIONS))
    if action == "cancel":
        when = timezone.now() + timedelta(days=3)
        return scheduling.schedule(revision, publisher, when, "Soon", list(ATTESTATIONS))
    if action == "revoke":
        Share.objects.create(revision=revision, made_by=writer)
    return revision


def state(condition):
    """Everything that a step may change."""
    record = type(condition).objects.get(pk=condition.pk)
    revisions = list(Revision.objects.of(condition).values_list("pk", "state", "digest", "publish_at"))
    shares = list(Share.objects.values_list("pk", "revoked_at"))
    return record.document().text(), revisions, shares, type(condition).objects.count()


def bulk(client, condition, action):
    return client.post(place(condition, "changelist"), {"action": action, "_selected_action": [condition.pk]})


def attempt(client, condition, doing):
    """Do it as whoever is signed in, and say whether anything came of it."""
    gets = {"look at the desk": "desk", "look at the preview": "deskpage/", "look at the history": "history"}
    if doing in gets:
        return client.get(place(condition, gets[doing])).status_code == 200
    if doing == "look at the calendar":
        return client.get(reverse("admin:calendar")).status_code == 200
    if doing == "open the form":
        return client.get(place(condition)).status_code == 200
    if doing in SENT:
        revision = prepare(condition, doing)
        before = state(condition)
        response = client.post(place(condition, "desk") + f"{doing}/", posted(revision, **SENT[doing]))
        assert (response.status_code == 403) == (state(condition) == before), (doing, response.status_code)
        return response.status_code == 302
    if doing.startswith("bulk"):
        revision = draft(condition, make_person(AUTHOR), summary="Other words.")
        Revision.objects.filter(pk=revision.pk).update(note="Clearer", attested=sorted(ATTESTATIONS))
        before = state(condition)
        bulk(client, condition, f"{doing.removeprefix('bulk ')}_chosen")
        return state(condition) != before
    before = state(condition)
    values = {"title": condition.title, "summary": "Mine.", "what_you_can_do": "Mine.", "body_system": "cancer"}
    address = {"save a draft": "change", "autosave": "deskautosave/", "add a record": "add"}[doing]
    client.post(place(condition, address), values | ({"path": "brand-new"} if doing == "add a record" else {}))
    return state(condition) != before


def test_the_matrix_names_every_step():
    assert ACTIONS.keys() <= MATRIX.keys()


@pytest.mark.parametrize("role", [NONE, AUTHOR, REVIEWER, PUBLISHER])
def test_each_role_may_do_its_own_and_nothing_else(client, role):
    for number, (doing, roles) in enumerate(MATRIX.items()):
        condition = make_condition(path=f"condition-of-{number}")
        sign_in(client, make_person(role))
        may = attempt(client, condition, doing)
        print(f"{role or 'no role':18} {doing:22} {'yes' if may else 'no'}")
        assert may == (role in roles), (role, doing)


def test_someone_without_an_account_gets_nowhere(client):
    condition = make_condition()
    for name in ("desk", "deskpage/", "deskpreview/", "history", "change"):
        assert client.get(place(condition, name)).headers["Location"].startswith("/admin/login/")
    for name in ACTIONS:
        assert client.post(place(condition, "desk") + f"{name}/").headers["Location"].startswith("/admin/login/")


def test_a_former_colleague_gets_nowhere(client):
    condition, gone = make_condition(), make_person(PUBLISHER)
    sign_in(client, gone)
    type(gone).objects.filter(pk=gone.pk).update(is_staff=False)
    response = client.post(place(condition, "desk") + "retire/", {"note": "Revenge"})
    assert response.headers["Location"].startswith("/admin/login/")
    condition.refresh_from_db()
    assert condition.is_published


def test_the_groups_are_made_by_the_migration():
    assert set(Group.objects.values_list("name", flat=True)) >= {AUTHOR, REVIEWER, PUBLISHER}


def test_every_kind_of_record_takes_part_without_code_of_its_own(client):
    therapy = make_therapy(known_and_not="Little is known.", what_you_can_do="Ask.")
    make_evidence(therapy=therapy)
    make_offering(therapy=therapy)
    make_question()
    author, publisher = make_person(AUTHOR), make_person(PUBLISHER)
    seen = 0
    for model in record_models():
        record = model.objects.first()
        if record is None:
            continue
        sign_in(client, author)
        client.post(place(record), form_data(client, record, owner="The team", change_note="An owner"))
        assert client.get(place(record, "desk")).status_code == 200
        assert client.get(place(record, "deskpage/")).status_code == 200
        sign_in(client, publisher)
        client.post(place(record, "desk") + "publish/", posted(latest(record), **NOTED))
        record.refresh_from_db()
        assert (record.owner, latest(record).state) == ("The team", State.PUBLISHED), model
        seen += 1
    assert seen >= 6


def test_bulk_steps_refuse_what_is_not_ready_and_tell_of_each_record(client):
    ready, unready = make_condition(path="ready"), make_condition(path="unready")
    author = make_person(AUTHOR)
    for record in (ready, unready):
        draft(record, author, summary="Bulk words.")
    Revision.objects.filter(path="ready", state=State.DRAFT).update(note="Clearer", attested=sorted(ATTESTATIONS))
    sign_in(client, make_person(PUBLISHER))
    data = {"action": "publish_chosen", "_selected_action": ["ready", "unready"]}
    page = client.post(place(ready, "changelist"), data, follow=True).content.decode()
    assert f"{ready}: published." in page
    assert f"{unready}: Before it goes live" in page
    unready.refresh_from_db()
    assert unready.summary != "Bulk words."


def test_quoted_addresses_reach_records_whose_path_has_a_slash(client):
    evidence = make_evidence()
    sign_in(client, make_person(AUTHOR))
    assert quote(evidence.pk) != evidence.pk
    assert client.get(place(evidence, "desk")).status_code == 200
