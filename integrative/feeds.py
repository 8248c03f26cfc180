"""What changed lately, as an Atom feed."""

from datetime import UTC, datetime, time
from itertools import groupby
from operator import attrgetter

from django.conf import settings
from django.http import HttpResponse
from django.urls import reverse
from django.utils.feedgenerator import Atom1Feed
from django.views.decorators.http import require_safe

from .models import Revision
from .records import record_models
from .rendering import plain
from .structured import absolute

MOST = 50


def latest(most=MOST):
    """The published records that were checked or reviewed last, newest first, each with the day as `changed_on` and
    what its last published change was as `change`: a note, or nothing."""
    found = []
    for model in record_models():
        if model.in_feed:
            for day in ("checked_on", "reviewed_on"):
                rows = model.objects.for_search().filter(**{f"{day}__isnull": False}).order_by(f"-{day}", "pk")[:most]
                found += rows
    newest = {record.key: record for record in found}
    for record in newest.values():
        record.changed_on = max(filter(None, (record.checked_on, record.reviewed_on)))
    found = sorted(newest.values(), key=lambda record: (-record.changed_on.toordinal(), record.key))[:most]
    notes = last_notes(found)
    for record in found:
        record.change = notes.get(record.key, "")
    return found


def last_notes(records):
    """{key: what staff said of the last published change}, where they said it; one query for each kind of record."""
    notes = {}
    for folder, group in groupby(sorted(records, key=attrgetter("folder")), key=attrgetter("folder")):
        for path, note in Revision.objects.told(list(group)).values_list("path", "note"):
            notes.setdefault(f"{folder}/{path}", note)
    return notes


@require_safe
def changes(request):
    feed = Atom1Feed(
        title=f"{settings.SITE_NAME}: what changed",
        link=absolute(request, reverse("home")),
        description="Pages that were checked against their sources or reviewed, newest first.",
        feed_url=absolute(request, reverse("changes")),
        language="en-US",
        author_name=settings.OPERATOR_NAME or settings.SITE_NAME,
    )
    for record in latest():
        address = absolute(request, record.get_absolute_url())
        feed.add_item(
            title=str(record),
            link=address,
            unique_id=address,
            description=record.change or getattr(record, "summary", "") or plain(record.body),
            updateddate=datetime.combine(record.changed_on, time(), UTC),
            categories=[record._meta.verbose_name],
        )
    return HttpResponse(feed.writeString("utf-8"), content_type="application/atom+xml; charset=utf-8")
