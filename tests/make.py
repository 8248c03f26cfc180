"""Records, files and commands for tests. Every record is published and complete; parents not given are made."""

from io import StringIO
from typing import NamedTuple

from django.contrib.auth import get_user_model
from django.core.management import call_command
from django.utils.text import slugify
from django_otp import DEVICE_ID_SESSION_KEY
from django_otp.plugins.otp_static.models import StaticDevice

from conditions.models import Condition
from faq.models import Article, Question
from integrative.models import Page, Source, Term
from therapies.models import Approach, Evidence, Location, Offering, Therapy

DAY = "2026-01-31"


class Ran(NamedTuple):
    """What a management command did: its exit code and what it printed."""

    code: int
    out: str
    err: str


def manage(*args):
    """Run a management command; an exception other than its own exit is the test's failure."""
    out, err, code = StringIO(), StringIO(), 0
    try:
        call_command(*map(str, args), stdout=out, stderr=err)
    except SystemExit as stop:
        code = stop.code
    return Ran(code, out.getvalue(), err.getvalue())


def write_content(root, files):
    """Write {"conditions/x.md": text or bytes} below a folder, and return that folder."""
    for name, content in files.items():
        place = root / name
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(content.encode() if isinstance(content, str) else content)
    return root


def tree(root):
    """{name: bytes} of every file below a folder."""
    return {str(place.relative_to(root)): place.read_bytes() for place in sorted(root.rglob("*")) if place.is_file()}


def make_source(**kw):
    number = _number(Source)
    defaults = {
        "path": f"source-{number}",
        "title": f"Made-up study {number}",
        "publisher": "Journal of Made-up Results",
        "url": f"https://example.org/study-{number}",
        "trust": "peer-reviewed",
    }
    return _save(Source, defaults | kw)


def make_condition(**kw):
    number = _number(Condition)
    defaults = {
        "path": f"condition-{number}",
        "title": f"Condition {number}",
        "body_system": "whole-body",
        "summary": f"Condition {number} is made up.",
        "what_you_can_do": "Read on.",
    }
    return _save(Condition, defaults | kw)


def make_therapy(**kw):
    number = _number(Therapy)
    defaults = {
        "path": f"therapy-{number}",
        "title": f"Therapy {number}",
        "kind": "mind-and-body",
        "summary": f"Therapy {number} is made up.",
        "what_it_is": "You sit.",
        "what_happens": "You sit for a while.",
        "who_provides_it": "A chair.",
    }
    if "safety" not in kw:
        defaults["safety"] = f"- The chair may squeak. [@{_source().pk}]"
    return _save(Therapy, defaults | kw)


def make_approach(**kw):
    number = _number(Approach)
    defaults = {
        "path": f"approach-{number}",
        "title": f"Approach {number}",
        "order": number,
        "summary": f"Approach {number} is made up.",
        "what_it_is": "A way to organise care.",
    }
    return _save(Approach, defaults | kw)


def make_evidence(**kw):
    kw = {"sources": [_source()] if "sources" not in kw else kw["sources"], **kw}
    for name, make in (("therapy", make_therapy), ("condition", make_condition)):
        kw[name] = kw.get(name) or make()
    place = f"{kw['therapy'].pk}/{kw['condition'].pk}"
    aspect = slugify(kw.get("aspect", ""))
    cited = "".join(f" [@{source.pk}]" for source in kw["sources"][:1])
    defaults = {
        "path": f"{place}.{aspect}" if aspect else place,
        "level": "may-help",
        "certainty": "low",
        "body": f"A made-up study said so.{cited}",
    }
    return _save(Evidence, defaults | kw)


def make_location(**kw):
    number = _number(Location)
    defaults = {"path": f"location-{number}", "title": f"Location {number}", "region": "Coast"}
    return _save(Location, defaults | kw)


def make_offering(**kw):
    for name, make in (("location", make_location), ("therapy", make_therapy)):
        kw[name] = kw.get(name) or make()
    defaults = {"path": f"{kw['location'].pk}/{kw['therapy'].pk}", "how": "offered", "confirmed_on": DAY}
    return _save(Offering, defaults | kw)


def make_question(**kw):
    number = _number(Question)
    defaults = {"path": f"question-{number}", "title": f"Question {number}?", "summary": f"Answer {number}."}
    return _save(Question, defaults | kw)


def make_article(**kw):
    number = _number(Article)
    defaults = {
        "path": f"article-{number}",
        "title": f"Article {number}",
        "summary": f"Article {number} is made up.",
        "body": "Some words.",
    }
    return _save(Article, defaults | kw)


def make_page(**kw):
    number = _number(Page)
    return _save(Page, {"path": f"page-{number}", "title": f"Page {number}", "body": "Some words."} | kw)


def make_term(**kw):
    number = _number(Term)
    return _save(Term, {"path": f"term-{number}", "title": f"word {number}", "body": "What the word means."} | kw)


def make_staff(password=None, superuser=True, **kw):
    """Someone who may edit everything in the admin, with no second step set up yet; `sign_in` needs no password."""
    users = get_user_model()
    defaults = {"username": f"staff-{_number(users)}", "is_staff": True, "is_superuser": superuser}
    user = users(**defaults | kw)
    if password:
        user.set_password(password)
    else:
        user.set_unusable_password()
    user.save()
    return user


def sign_in(client, user):
    """Sign a test client in past both steps; returns it."""
    device, _ = StaticDevice.objects.get_or_create(user=user, name="test")
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    session = client.session
    session[DEVICE_ID_SESSION_KEY] = device.persistent_id
    session.save()
    return client


def _number(model):
    return model.objects.count() + 1


def _source():
    return Source.objects.published().first() or make_source()


def _save(model, values):
    values = {"status": "published", "checked_on": DAY} | values
    many = {
        name: values.pop(name)
        for name in ("tags", "sources", "therapies", "conditions", "approaches")
        if name in values
    }
    record = model.objects.create(**values)
    if model.sources is not None and "sources" not in model.own_keys:
        many.setdefault("sources", record.cited_keys())
    for name, related in many.items():
        getattr(record, name).set(related)
    return model.objects.get(pk=record.pk)
