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


@require_safe
def visit_sheet(request):
    asked = {key: sorted({v for v in request.GET.getlist(key) if v}) for key in ("condition", "therapy")}
    canonical = urlencode(asked, doseq=True)
    if request.GET.urlencode() != canonical:
        return redirect(f"{request.path}?{canonical}" if canonical else request.path)
    for key, model in (("condition", Condition), ("therapy", Therapy)):
        if unknown := [v for v in asked[key] if not SLUG.fullmatch(v) or not model.objects.published().filter(pk=v)]:
            return not_found(request, key, unknown[0])
    too_many = len(asked["condition"]) > MOST_CONDITIONS or len(asked["therapy"]) > MOST_THERAPIES
    context = {
        "asked": asked,
        "conditions": Condition.objects.published().order_by("title"),
        "therapies": Therapy.objects.published(),
        "most": (MOST_CONDITIONS, MOST_THERAPIES),
        "too_many": too_many,
        "sheet": None if too_many or not any(asked.values()) else sheet(asked["condition"], asked["therapy"]),
        "address": absolute(request, request.get_full_path()),
    }
    return render(request, "therapies/visit_sheet.html", context)


def sheet(conditions, therapies):
    """What the sheet says of these paths: the records, the evidence for every pair, and standing texts."""
    conditions = list(Condition.objects.published().filter(pk__in=conditions).order_by("title"))
    therapies = list(Therapy.objects.published().filter(pk__in=therapies).order_by("title"))
    rows = list(Evidence.objects.published().filter(condition__in=conditions, therapy__in=therapies).in_full())
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
