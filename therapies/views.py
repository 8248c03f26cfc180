from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_safe

from conditions.models import BodySystem, Condition
from integrative import structured
from integrative.answers import answers_to
from integrative.records import SLUG
from integrative.rendering import Notes
from integrative.suggestions import not_found

from . import comparison
from .filters import KEYS, Filter, UnknownChoice
from .models import Approach, Evidence, Location, Offering, Therapy
from .scales import Level

MOST_COMPARED = 4
# A page that sets everything side by side holds this many, best supported or first by name.
MOST_SIDE_BY_SIDE = 24
# What the builder of comparisons lists; a comparison's address may name any.
MOST_LISTED = 100


@require_safe
@answers_to(*KEYS)
def index(request):
    try:
        asked = Filter.read(request.GET)
        if request.GET.urlencode() != asked.query()[1:]:
            return redirect(request.path + asked.query(), permanent=True)
        results = asked.results()
    except UnknownChoice as error:
        return not_found(request, error.key, error.value)
    return render(request, "therapies/index.html", {"asked": asked, "results": results, "options": asked.options()})


@require_safe
def detail(request, path):
    therapy = get_object_or_404(Therapy.objects.published(), pk=path)
    evidence = list(therapy.evidence.published().in_full())
    context = {
        "therapy": therapy,
        "evidence": evidence,
        "systems": by_system(evidence),
        "offerings": offerings_of([therapy])[therapy.pk],
        "questions": therapy.questions.published(),
        "articles": therapy.articles.published(),
        "data": structured.therapy(request, therapy),
    }
    return render(request, "therapies/detail.html", context)


def by_system(evidence):
    """Evidence grouped as [(body system, rows)], in the fixed order of systems, then by condition and rank."""
    rows = sorted(evidence, key=lambda row: (row.condition.title, row.rank))
    groups = [(system, [row for row in rows if row.condition.body_system == system]) for system in BodySystem]
    return [(system, found) for system, found in groups if found]


def offerings_of(therapies):
    """{therapy path: its published offerings by location}."""
    found = {therapy.pk: [] for therapy in therapies}
    for offering in Offering.objects.published().filter(therapy__in=found).select_related("location"):
        found[offering.therapy_id].append(offering)
    return found


@require_safe
@answers_to("level")
def evidence_map(request):
    level = request.GET.get("level", "")
    if level and level not in Level.values:
        return not_found(request, "level", level)
    therapies = Therapy.objects.published().up_to(MOST_SIDE_BY_SIDE)
    evidence = Evidence.objects.of(therapies).select_related("condition").order_by("rank", "aspect")
    context = {
        "therapies": therapies,
        "table": map_table(evidence.filter(level=level) if level else evidence, therapies),
        "chosen": level,
        "levels": Level,
        "empty": f"No finding rated “{Level(level).label}”" if level else "No evidence recorded",
    }
    return render(request, "therapies/evidence_map.html", context)


def map_table(evidence, therapies):
    """[(body system, [(condition, [(therapy, its evidence)])])]: conditions by name, a place for every therapy."""
    rows = {}
    for row in evidence:
        rows.setdefault(row.condition, {}).setdefault(row.therapy_id, []).append(row)
    systems = {system: [] for system in BodySystem}
    for condition in sorted(rows, key=lambda condition: condition.title):
        cells = [(therapy, rows[condition].get(therapy.pk, [])) for therapy in therapies]
        systems[BodySystem(condition.body_system)].append((condition, cells))
    return [(system, conditions) for system, conditions in systems.items() if conditions]


@require_safe
def evidence_detail(request, therapy, condition):
    therapy = get_object_or_404(Therapy.objects.published(), pk=therapy)
    condition = get_object_or_404(Condition.objects.published(), pk=condition)
    evidence = list(Evidence.objects.published().filter(therapy=therapy, condition=condition).in_full())
    if not evidence:
        raise Http404("No evidence is recorded for this pair.")
    offerings = offerings_of([therapy])[therapy.pk]
    context = {"therapy": therapy, "condition": condition, "evidence": evidence, "offerings": offerings}
    return render(request, "therapies/evidence_detail.html", context)


@require_safe
def approaches(request):
    return render(request, "therapies/approaches.html", {"approaches": Approach.objects.published()})


@require_safe
def approach(request, path):
    found = get_object_or_404(Approach.objects.published(), pk=path)
    context = {
        "approach": found,
        "others": Approach.objects.published().exclude(pk=path),
        "questions": found.questions.published(),
        "articles": found.articles.published(),
    }
    return render(request, "therapies/approach.html", context)


@require_safe
@answers_to("therapy", "region")
def locations(request):
    region, name = request.GET.get("region", ""), request.GET.get("therapy", "")
    regions, therapy = Location.objects.regions(), Therapy.objects.called(name).first() if name else None
    if (region and region not in regions) or (name and not therapy):
        key, value = ("therapy", name) if name and not therapy else ("region", region)
        return not_found(request, key, value)
    found = Location.objects.with_offerings()
    found = found.filter(region=region) if region else found
    context = {
        "locations": found.that_offer(therapy) if therapy else found,
        "regions": regions,
        "region": region,
        "therapy": therapy,
        "therapies": Therapy.objects.on_offer().only("title"),
    }
    return render(request, "therapies/locations.html", context)


@require_safe
def location(request, path):
    found = get_object_or_404(Location.objects.with_offerings(), pk=path)
    return render(request, "therapies/location.html", {"location": found})


@require_safe
def compare(request):
    if address := comparison_asked_for(request.GET):
        return redirect(address)
    chosen = slugs(request.GET.getlist("therapy"))
    context = {
        "therapies": Therapy.objects.published().up_to(MOST_LISTED, chosen),
        "conditions": list(Condition.objects.with_evidence()),
        "approaches": Approach.objects.published(),
        "chosen": chosen,
        "most": MOST_COMPARED,
    }
    return render(request, "therapies/compare.html", context)


def comparison_asked_for(query):
    """The address of the comparison that the builder's form asks for, or None where it asks for too little."""
    therapies = Therapy.objects.published().filter(pk__in=slugs(query.getlist("therapy"))).order_by("pk")
    approaches = Approach.objects.published().filter(pk__in=slugs(query.getlist("approach")))
    condition = condition_in(query)
    if 2 <= len(therapies) <= MOST_COMPARED:
        address = reverse("compare-therapies", args=["/".join(t.pk for t in therapies)])
        return f"{address}?condition={condition.pk}" if condition else address
    if len(approaches) > 1:
        return reverse("compare-approaches", args=["/".join(a.pk for a in approaches)])
    return reverse("compare-for", args=[condition.pk]) if condition and not therapies else None


def slugs(words):
    """Those of the words that can be the address of a record."""
    return [word for word in words if SLUG.fullmatch(word)]


def condition_in(query):
    """The condition an address names, None where it names none; a 404 for one that the site does not have."""
    name = query.get("condition", "")
    found = Condition.objects.called(name).first() if name else None
    if name and not found:
        raise Http404("There is no such condition on this site.")
    return found


@require_safe
def compare_approaches(request, paths=None):
    every = list(Approach.objects.published())
    asked = paths.split("/") if paths else [approach.pk for approach in every]
    found = [approach for approach in every if approach.pk in asked]
    if len(found) != len(set(asked)) or len(found) < 2:
        raise Http404("One of these approaches is not described on this site.")
    canonical = "/".join(approach.pk for approach in found) if len(found) < len(every) else None
    if paths != canonical:
        return redirect("compare-approaches", *([canonical] if canonical else []), permanent=True)
    options = [comparison.approach_option(approach) for approach in found]
    return comparison_page(request, comparison.table(comparison.APPROACH_HEADS, options), {"kind": "approaches"})


@require_safe
@answers_to("condition")
def compare_therapies(request, paths):
    asked = slugs(paths.split("/"))
    canonical = "/".join(sorted(set(asked)))
    if len(asked) < 2:
        raise Http404("This address does not name two therapies.")
    if paths != canonical:
        query = request.META["QUERY_STRING"]
        return redirect(reverse("compare-therapies", args=[canonical]) + (f"?{query}" if query else ""), permanent=True)
    found = list(Therapy.objects.published().filter(pk__in=asked).order_by("pk"))
    if len(found) != len(asked) or not 2 <= len(found) <= MOST_COMPARED:
        raise Http404(f"Compare two to {MOST_COMPARED} therapies that this site describes.")
    condition = condition_in(request.GET)
    options = therapy_options(found, condition)
    extra = {"kind": "therapies", "condition": condition, "conditions": Condition.objects.with_evidence()}
    return comparison_page(request, comparison.table(comparison.THERAPY_HEADS, options), extra)


@require_safe
def compare_for(request, path):
    condition = get_object_or_404(Condition.objects.published(), pk=path)
    best = Evidence.objects.best(Therapy.objects.published(), condition).select_related("therapy")
    best = best.up_to(MOST_SIDE_BY_SIDE)
    options = [comparison.usual_care_option(condition), *therapy_options([row.therapy for row in best], condition)]
    extra = {"kind": "condition", "condition": condition, "more": best.more, "notes": Notes(explains=False)}
    return comparison_page(request, comparison.table(comparison.CONDITION_HEADS, options), extra)


def therapy_options(therapies, condition=None):
    """Comparison options in the order given; without a condition each shows its best supported uses."""
    evidence = Evidence.objects.of(therapies)
    evidence = evidence.filter(condition=condition) if condition else evidence
    rows, offered = {}, offerings_of(therapies)
    for row in evidence.in_full():
        rows.setdefault(row.therapy_id, []).append(row)
    limit = None if condition else 3
    return [comparison.therapy_option(t, rows.get(t.pk, []), offered[t.pk], limit) for t in therapies]


def comparison_page(request, table, extra):
    return render(request, "therapies/comparison.html", {"table": table, **extra})
