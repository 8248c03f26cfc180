"""The sheet a patient takes to a visit: built by a GET form, kept nowhere but in its address."""

import re
from urllib.parse import urlencode

from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from conditions.models import Condition
from integrative.models import Page
from integrative.records import SLUG
from integrative.structured import absolute
from integrative.suggestions import not_found

from .models import Evidence, Therapy

MOST_CONDITIONS, MOST_THERAPIES = 3, 4
# What its form lists; its address may name any.
MOST_LISTED = 100


@require_safe
def visit_sheet(request):
    asked = {key: sorted({v for v in request.GET.getlist(key) if v}) for key in ("condition", "therapy")}
    canonical = urlencode(asked, doseq=True)
    if request.GET.urlencode() != canonical:
        return redirect(f"{request.path}?{canonical}" if canonical else request.path)
    known = {key: [value for value in values if SLUG.fullmatch(value)] for key, values in asked.items()}
    conditions = Condition.objects.published().order_by("title").up_to(MOST_LISTED, known["condition"])
    therapies = Therapy.objects.published().up_to(MOST_LISTED, known["therapy"])
    chosen = {"condition": among(conditions, asked["condition"]), "therapy": among(therapies, asked["therapy"])}
    for key, found in chosen.items():
        if unknown := set(asked[key]).difference(record.pk for record in found):
            return not_found(request, key, min(unknown))
    too_many = len(chosen["condition"]) > MOST_CONDITIONS or len(chosen["therapy"]) > MOST_THERAPIES
    context = {
        "asked": asked,
        "conditions": conditions,
        "therapies": therapies,
        "most": (MOST_CONDITIONS, MOST_THERAPIES),
        "too_many": too_many,
        "sheet": None if too_many or not any(chosen.values()) else sheet(chosen["condition"], chosen["therapy"]),
        "address": absolute(request, request.get_full_path()),
    }
    return render(request, "therapies/visit_sheet.html", context)


def among(records, keys):
    """Those of the records that have one of these keys, by name."""
    return sorted((record for record in records if record.pk in keys), key=lambda record: record.title)


def sheet(conditions, therapies):
    """What the sheet says of these records: the evidence for every pair, and standing texts."""
    rows = list(Evidence.objects.of(therapies).filter(condition__in=conditions).in_full())
    pairs = [
        (therapy, condition, [row for row in rows if (row.therapy, row.condition) == (therapy, condition)])
        for condition in conditions
        for therapy in therapies
    ]
    questions = Page.objects.published().filter(pk="questions-to-ask").first()
    if questions:
        # On its own page its headings are of level 2; here it is one section among others.
        questions.body = re.sub(r"^## ", "### ", questions.body, flags=re.M)
    return {"conditions": conditions, "therapies": therapies, "pairs": pairs, "questions": questions}
