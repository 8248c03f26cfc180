from urllib.parse import urlencode

from django.core.paginator import InvalidPage, Paginator
from django.http import JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from ..models import EmptySearches
from ..records import model_of
from ..structured import absolute
from ..suggestions import not_found
from . import index, query
from .crisis import danger_in
from .words import clean

PAGE_SIZE = 20
BEST, IN_A_GROUP = 3, 3


@require_safe
@never_cache
def search(request):
    asked = clean(request.GET.get("q", ""))
    kind, number = request.GET.get("kind", ""), request.GET.get("page", "1")
    if not asked:
        return render(request, "integrative/search.html", {"browse": True})
    exact = "exact" in request.GET
    with index.reader() as db:
        answer = query.ask(db, asked, exact)
        try:
            shown = one_kind(db, answer, kind, number, exact) if kind else overview(db, answer)
        except (KeyError, InvalidPage):
            return not_found(request, "list of results", f"{kind}, page {number}")
    if not answer.found and request.method == "GET":
        EmptySearches.count_one()
    context = {
        "answer": answer,
        "exact": exact,
        "danger": danger_in(asked) or danger_in(answer.said),
        "kinds": kinds(answer),
        "kind": kind,
    }
    return render(request, "integrative/search.html", context | shown)


def overview(db, answer):
    """The best results, and the next best in groups by kind. A study stands among the best only where it is first."""
    ids, pages = answer.ids(), [id for id, kind in answer.found if kind != "sources"]
    first = list(dict.fromkeys([*ids[:1], *pages]))[:BEST]
    best = query.hits(db, answer, first)
    for hit in best:
        hit.kind_words = one_of(hit.kind)
    rest = [(kind, [id for id in answer.ids(kind) if id not in first]) for kind in answer.counts]
    groups = [(name_of(kind), kind, answer.counts[kind], found[:IN_A_GROUP]) for kind, found in rest if found]
    return {
        "best": best,
        "groups": [(name, kind, count, query.hits(db, answer, found)) for name, kind, count, found in groups],
    }


def one_kind(db, answer, kind, number, exact):
    """A page of the results of one kind; KeyError or InvalidPage where there is no such page."""
    if kind not in answer.counts and model_of(kind) is None and kind != "safety":
        raise KeyError(kind)
    page = Paginator(answer.ids(kind), PAGE_SIZE).page(number)
    here = {"q": answer.asked, "kind": kind} | ({"exact": 1} if exact else {})
    return {
        "page": page,
        "hits": query.hits(db, answer, list(page)),
        "name": name_of(kind),
        "previous": "?" + urlencode(here | {"page": page.number - 1}),
        "next": "?" + urlencode(here | {"page": page.number + 1}),
    }


def kinds(answer):
    """[(kind, its name, number of results)], the kind of the best result first."""
    return [(kind, name_of(kind), count) for kind, count in answer.counts.items()]


def name_of(kind):
    model = model_of(kind)
    return (model._meta.verbose_name_plural if model else kind).capitalize()


def one_of(kind):
    model = model_of(kind)
    return (model._meta.verbose_name if model else kind).capitalize()


@require_safe
@never_cache
def suggest(request):
    """`{"found": [{"title", "url", "kind"}]}` for the beginning of a query."""
    with index.reader() as db:
        found = query.suggest(db, request.GET.get("q", ""))
    return JsonResponse({"found": [{**row, "kind": one_of(row["kind"])} for row in found]})


@require_safe
def opensearch(request):
    """The description by which a browser can search this site from its address bar."""
    context = {"address": absolute(request, reverse("search"))}
    return render(request, "integrative/opensearch.xml", context, content_type="application/opensearchdescription+xml")
