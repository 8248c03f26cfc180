"""The evidence records as open data: one row a record, the same columns in CSV and JSON."""

import csv
import io

from django.conf import settings
from django.http import HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from integrative.rendering import plain
from integrative.structured import absolute

from .models import Evidence
from .scales import Certainty, Level

COLUMNS = {
    "id": "Stable name of the record: therapy/condition or therapy/condition.aspect",
    "therapy": "Stable name of the therapy",
    "therapy_title": "The therapy in words",
    "condition": "Stable name of the condition",
    "condition_title": "The condition in words",
    "aspect": "Which part of the condition, in words; empty for the whole",
    "level": f"One of: {', '.join(Level.values)}",
    "certainty": f"One of: {', '.join(Certainty.values)}",
    "finding": "What studies found, in plain text",
    "sources": "Addresses of the sources, separated by spaces",
    "checked_on": "Day the text was last held against its sources, YYYY-MM-DD",
    "reviewed_on": "Day a clinician reviewed it, YYYY-MM-DD; empty where none has",
    "url": "Address of the record on this site",
}
NO_LICENSE = "No license has been chosen yet. Ask whoever runs this site before you use the data."


def rows(request):
    """Every published evidence record as {column: text}, by id."""
    for record in Evidence.objects.for_search().prefetch_related("sources").order_by("pk"):
        yield {
            "id": record.pk,
            "therapy": record.therapy_id,
            "therapy_title": record.therapy.title,
            "condition": record.condition_id,
            "condition_title": record.condition.title,
            "aspect": record.aspect,
            "level": record.level,
            "certainty": record.certainty,
            "finding": plain(record.body),
            "sources": " ".join(sorted(source.url for source in record.sources.all())),
            "checked_on": record.checked_on.isoformat(),
            "reviewed_on": record.reviewed_on.isoformat() if record.reviewed_on else "",
            "url": absolute(request, record.get_absolute_url()),
        }


@require_safe
def about(request):
    context = {"columns": COLUMNS.items(), "license": settings.DATA_LICENSE or NO_LICENSE}
    return render(request, "therapies/data.html", context)


@require_safe
def evidence_csv(request):
    out = io.StringIO()
    table = csv.DictWriter(out, COLUMNS)
    table.writeheader()
    table.writerows(rows(request))
    return HttpResponse(out.getvalue(), content_type="text/csv; charset=utf-8")


@require_safe
def evidence_json(request):
    data = {"license": settings.DATA_LICENSE or NO_LICENSE, "columns": COLUMNS, "records": list(rows(request))}
    return JsonResponse(data, json_dumps_params={"ensure_ascii": False})
