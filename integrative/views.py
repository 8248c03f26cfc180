import sys

from django.apps import apps
from django.db import DatabaseError, InterfaceError, OperationalError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from taggit.models import Tag

from .models import Page, Source, Term
from .records import TitledRecord, record_models
from .structured import absolute
from .suggestions import close_to

STANDING = ("notice",)


@require_safe
def home(request):
    context = {
        "conditions": apps.get_model("conditions", "Condition").objects.with_evidence(),
        "therapies": apps.get_model("therapies", "Therapy").objects.published(),
        "approaches": apps.get_model("therapies", "Approach").objects.published(),
        "questions": apps.get_model("faq", "Question").objects.published()[:6],
        "levels": apps.get_model("therapies", "Evidence")._meta.get_field("level").choices,
    }
    return render(request, "integrative/home.html", context)


@require_safe
def page(request, path):
    found = get_object_or_404(Page.objects.published().exclude(pk__in=STANDING), pk=path)
    return render(request, "integrative/page.html", {"page": found})


@require_safe
def sources(request):
    return render(request, "integrative/sources.html", {"sources": Source.objects.published().order_by("title")})


@require_safe
def source(request, path):
    found = get_object_or_404(Source.objects.published(), pk=path)
    return render(request, "integrative/source.html", {"source": found, "cited_by": found.cited_by()})


@require_safe
def glossary(request):
    return render(request, "integrative/glossary.html", {"terms": Term.objects.published().order_by("title")})


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
def robots(request):
    """The staff room is not named here, where everyone looks; it says `noindex` itself."""
    lines = ["User-agent: *", "Disallow:", "", f"Sitemap: {absolute(request, reverse('sitemap'))}"]
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
    except DatabaseError:
        return HttpResponse("the database does not answer\n", status=503, content_type="text/plain")
    if missing:
        return HttpResponse(f"{len(missing)} migration(s) not applied\n", status=503, content_type="text/plain")
    return HttpResponse("ready\n", content_type="text/plain")


def missing(request, exception):
    words = request.path.strip("/").rpartition("/")[2]
    return render(request, "404.html", {"close": close_to(words)}, status=404)


def refused(request, exception=None, reason=""):
    """What may not be opened, and forms that do not come from our own page (Django calls it with a `reason`)."""
    return render(request, "403.html", status=403)


def unreadable(request, exception):
    """No context processors: they would ask once more for what could not be read, such as the name of the host."""
    return HttpResponse(render_to_string("400.html"), status=400)


def failed(request):
    """No context processors and no database: whatever broke may be broken still.

    A database that is away, full or locked is not our mistake; staff are told that nothing was saved.
    """
    if sys.exc_info()[0] in (DatabaseError, InterfaceError, OperationalError):
        return HttpResponse(render_to_string("503.html"), status=503, headers={"Retry-After": "30"})
    return HttpResponse(render_to_string("500.html"), status=500)
