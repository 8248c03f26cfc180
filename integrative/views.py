import sys
from itertools import groupby

from django.apps import apps
from django.conf import settings
from django.contrib import admin
from django.core.paginator import InvalidPage, Paginator
from django.db import DatabaseError, InterfaceError, OperationalError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.safestring import mark_safe
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from taggit.models import Tag

from .answers import answers_to
from .models import Moved, Page, Source, Term
from .records import TitledRecord, record_models
from .structured import absolute
from .styleguide import samples
from .stylesheet import STYLESHEET
from .suggestions import close_to

SOURCES_A_PAGE = 60
# The home page and a source's page name this many of a kind; the lists behind them hold all.
MOST_LISTED = 100
# Conditions with this topic are the ones that the home page offers at a touch; it names this many.
HOME_TOPIC, MOST_AT_HOME = "everyday-health", 12


@require_safe
def home(request):
    conditions = apps.get_model("conditions", "Condition").objects
    context = {
        "conditions": conditions.with_evidence(),
        "common": conditions.tagged(HOME_TOPIC)[:MOST_AT_HOME],
        "therapies": apps.get_model("therapies", "Therapy").objects.published()[:MOST_LISTED],
        "approaches": apps.get_model("therapies", "Approach").objects.published(),
        "questions": apps.get_model("faq", "Question").objects.published()[:6],
        "levels": apps.get_model("therapies", "Evidence")._meta.get_field("level").choices,
    }
    return render(request, "integrative/home.html", context)


@require_safe
def page(request, path):
    found = get_object_or_404(Page.objects.for_readers(), pk=path)
    return render(request, "integrative/page.html", {"page": found})


@require_safe
@answers_to("page")
def sources(request):
    try:
        found = Paginator(Source.objects.published().order_by("title"), SOURCES_A_PAGE).page(request.GET.get("page", 1))
    except InvalidPage:
        raise Http404("The list of sources has no such page.") from None
    return render(request, "integrative/sources.html", {"sources": found})


@require_safe
def source(request, path):
    found = get_object_or_404(Source.objects.published(), pk=path)
    return render(request, "integrative/source.html", {"source": found, "cited_by": found.cited_by(MOST_LISTED)})


@require_safe
def glossary(request):
    terms = sorted(Term.objects.published(), key=lambda term: term.title.lower())
    letters = [(letter, next(found).pk) for letter, found in groupby(terms, key=lambda term: term.title[0].upper())]
    return render(request, "integrative/glossary.html", {"terms": terms, "letters": letters})


@require_safe
def topic(request, slug):
    tag = get_object_or_404(Tag, slug=slug)
    kinds = [model for model in record_models() if issubclass(model, TitledRecord)]
    groups = [(model._meta.verbose_name_plural, model.objects.tagged(slug)) for model in kinds]
    groups = [(name, list(found)) for name, found in groups if found]
    if not groups:
        raise Http404("Nothing published has this topic.")
    return render(request, "integrative/topic.html", {"tag": tag, "groups": groups})


@require_safe
@never_cache
def styleguide(request):
    """Every component with made-up records, for people who change the site."""
    if not (settings.DEBUG or admin.site.has_permission(request)):
        raise Http404("The style guide is for staff.")
    return render(request, "integrative/styleguide.html", samples())


@require_safe
def robots(request):
    """The staff room is not named here, where everyone looks; it says `noindex` itself."""
    lines = [
        "User-agent: *",
        f"Disallow: {reverse('search')}",
        "",
        f"Sitemap: {absolute(request, reverse('sitemap'))}",
    ]
    return HttpResponse("\n".join(lines) + "\n", content_type="text/plain; charset=utf-8")


@require_safe
@never_cache
def healthz(request):
    """The process answers."""
    return HttpResponse("ok\n", content_type="text/plain")


@require_safe
@never_cache
def readyz(request):
    """The database answers and has every migration; 503 and the reason otherwise."""
    try:
        executor = MigrationExecutor(connection)
        missing = executor.migration_plan(executor.loader.graph.leaf_nodes())
    except (DatabaseError, InterfaceError):
        return HttpResponse("the database does not answer\n", status=503, content_type="text/plain")
    if missing:
        return HttpResponse(f"{len(missing)} migration(s) not applied\n", status=503, content_type="text/plain")
    return HttpResponse("ready\n", content_type="text/plain")


def missing(request, exception):
    """The new address of a page that moved, or what lies close to the words asked for."""
    if moved := Moved.objects.leads_to(request.path):
        return redirect(moved, permanent=True)
    words = request.path.strip("/").rpartition("/")[2]
    return render(request, "404.html", {"close": close_to(words)}, status=404)


def refused(request, exception=None, reason=""):
    """What may not be opened, and forms that do not come from our own page (Django calls it with a `reason`)."""
    return render(request, "403.html", status=403)


def unreadable(request, exception):
    """No context processors: they would ask once more for what could not be read, such as the name of the host."""
    return _plainly("400.html", 400)


def failed(request):
    """No context processors and no database: whatever broke may be broken still.

    A database that is away, full or locked is not our mistake; staff are told that nothing was saved.
    """
    if sys.exc_info()[0] in (DatabaseError, InterfaceError, OperationalError):
        return _plainly("503.html", 503, headers={"Retry-After": "30"})
    return _plainly("500.html", 500)


def _plainly(template, status, **extra):
    return HttpResponse(render_to_string(template, {"stylesheet": mark_safe(STYLESHEET)}), status=status, **extra)
