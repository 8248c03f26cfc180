"""A draft exactly as readers would see it: the readers' own view and templates, run on the draft's text in a
transaction that is rolled back. Nothing of it is kept, stored or indexed."""

import copy
from datetime import date

from csp.constants import SELF
from django.contrib.auth.models import AnonymousUser
from django.db import DataError, IntegrityError, models, transaction
from django.http import Http404, QueryDict
from django.shortcuts import render
from django.urls import resolve
from django.utils import timezone
from taggit.managers import TaggableManager

from .forms import values_for_form
from .models import Source
from .publishing import lock
from .records import LinesField, Status

MISSING = "(not written yet)"


def page(request, record, document=None, mark=""):
    """The response that readers would get for a record with this document, or with its own where none is given.

    `mark` says at the top of the page what it is. What cannot be shown (a page that readers reach only through another
    that is not up) answers with the reason, status 200.
    """
    try:
        with transaction.atomic():
            row = lock(record)
            if document:
                lay(row, document)
            response = _as_reader(request, row, mark)
            transaction.set_rollback(True)
    except Http404:
        response = _cannot(
            request, "Readers cannot reach this page yet: something that it belongs to is not published."
        )
    except (DataError, IntegrityError):
        response = _cannot(request, "This draft lacks something that its page cannot be built without.")
    return private(response)


def private(response):
    """A response that no cache, store or index may keep, and that only our own pages may frame."""
    response.headers["X-Robots-Tag"] = "noindex, nofollow, noarchive"
    response.headers["Cache-Control"] = "no-store, private"
    response.headers["X-Frame-Options"] = "SAMEORIGIN"
    response._csp_replace = {"frame-ancestors": [SELF]}
    return response


def _cannot(request, reason):
    return render(request, "integrative/no_preview.html", {"reason": reason})


def lay(row, document):
    """Write a document to a row as far as it goes, complete or not; for a transaction that will be rolled back."""
    model = type(row)
    data, _ = values_for_form(model, document)
    row.__dict__.pop("texts", None)
    for name in model.document_names():
        field = model._meta.get_field(name)
        if not isinstance(field, (models.ManyToManyField, TaggableManager)):
            setattr(row, field.attname, _value(field, data[name]))
    row.status = Status.PUBLISHED
    for name in (*row.needed, row.day_needed):
        field = model._meta.get_field(name)
        if not field.many_to_many and not getattr(row, field.attname):
            missing = "?" if field.choices else MISSING
            setattr(row, field.attname, timezone.localdate() if isinstance(field, models.DateField) else missing)
    row.save()
    for field in model._meta.many_to_many:
        if isinstance(field, TaggableManager):
            row.tags.set(document.values.get(field.name, []))
        elif field.name in model.own_keys:
            related = field.related_model.objects.filter(pk__in=document.values.get(field.name, []))
            getattr(row, field.name).set(related)
        elif field.name == "sources":
            row.sources.set(Source.objects.published().filter(pk__in=row.cited_keys()))


def _value(field, text):
    if isinstance(field, models.DateField):
        try:
            return date.fromisoformat(text)
        except ValueError:
            return None
    if isinstance(field, models.BooleanField):
        return bool(text)
    if isinstance(field, models.IntegerField):
        return int(text) if text.isdecimal() else 0
    return text if isinstance(field, LinesField) or not field.max_length else text[: field.max_length]


def _as_reader(request, row, mark):
    """Run the readers' view for a row's address, as someone without an account."""
    address = row.get_absolute_url().partition("#")[0]
    match = resolve(address)
    reader = copy.copy(request)
    reader.method, reader.GET, reader.POST, reader.user = "GET", QueryDict(), QueryDict(), AnonymousUser()
    reader.path = reader.path_info = address
    reader.META = request.META | {"QUERY_STRING": "", "PATH_INFO": address, "REQUEST_METHOD": "GET"}
    reader.resolver_match, reader.preview = match, mark
    return match.func(reader, *match.args, **match.kwargs)
