from itertools import groupby

from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_safe

from integrative import structured
from integrative.suggestions import not_found

from .models import BodySystem, Condition

# What a condition's page names of each kind, best supported or first by name; the filter holds all.
MOST_LISTED = 50


@require_safe
def index(request):
    if name := request.GET.get("name", "").strip():
        found = Condition.objects.called(name).first()
        return redirect(found) if found else not_found(request, "condition", name)
    conditions = list(Condition.objects.published().order_by("title"))
    systems = [(s, [c for c in conditions if c.body_system == s]) for s in BodySystem]
    letters = [(letter, list(group)) for letter, group in groupby(conditions, key=lambda c: c.title[0].upper())]
    context = {"letters": letters, "systems": [(s, found) for s, found in systems if found]}
    return render(request, "conditions/index.html", context)


@require_safe
def detail(request, path):
    condition = get_object_or_404(Condition.objects.published(), pk=path)
    evidence = condition.evidence.published().in_full().up_to(MOST_LISTED)
    context = {
        "condition": condition,
        "evidence": evidence,
        "levels": [(level, list(rows)) for level, rows in groupby(evidence, key=lambda row: row.get_level_display())],
        "without": condition.therapies_without_evidence().up_to(MOST_LISTED),
        "questions": condition.questions.published(),
        "articles": condition.articles.published(),
        "data": structured.condition(request, condition),
    }
    return render(request, "conditions/detail.html", context)
