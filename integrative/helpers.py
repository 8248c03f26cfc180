"""Staff pages and answers that belong to no single record."""

import posixpath

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import Q
from django.http import HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from . import reports
from .records import record_models
from .rendering import Notes
from .rendering import render as render_markdown
from .revisions import Revision, State
from .roles import may_look

MOST_FOUND = 12


@require_safe
def calendar(request):
    """All that is scheduled, soonest first, by day."""
    if not may_look(request.user):
        raise PermissionDenied
    coming = Revision.objects.filter(state=State.SCHEDULED).select_related("author").order_by("publish_at")
    blocked = Revision.objects.filter(state=State.BLOCKED).prefetch_related("steps").order_by("-publish_at")[:20]
    context = {
        **admin.site.each_context(request), "title": "Calendar", "coming": coming, "blocked": blocked,
        "zone": timezone.get_current_timezone_name(),
    }  # fmt: skip
    return render(request, "admin/staff/calendar.html", context)


@require_safe
def overview(request):
    """Files, outside links and reading grades: whatever takes a moment to find out."""
    if not may_look(request.user):
        raise PermissionDenied
    differ, unreadable = reports.out_of_step()
    rows = [
        ("Files out of step", "What load_content and export_content would do, as content_status tells it.", differ),
        ("Files that cannot be read", "Mend these in the files themselves.", unreadable),
        ("Outside links that did not answer", "When check_links last asked.", reports.broken_links()),
        ("Hardest to read", "Reading grades are advice: they find pages to look at.", reports.hardest_to_read()),
    ]
    return render(
        request, "admin/staff/reports.html", {**admin.site.each_context(request), "title": "Reports", "reports": rows}
    )


@require_POST
def render_text(request):
    """A Markdown text as the site would show it, for the preview beneath a field."""
    if not may_look(request.user):
        raise PermissionDenied
    html = render_markdown(request.POST.get("text", "")[:100_000], request.POST.get("file", "pages/new.md")).html
    return HttpResponse(Notes().number(html))


@require_safe
def find(request):
    """Published records by name, for the link picker: each with the link that the text at `from` would hold.

    `kind=sources` finds sources, each with its citation.
    """
    if not may_look(request.user):
        raise PermissionDenied
    words, sources = request.GET.get("q", "").strip()[:80], request.GET.get("kind") == "sources"
    folder = posixpath.dirname(request.GET.get("from", "pages/new.md"))
    found = []
    for model in record_models():
        if (model.folder == "sources") != sources or len(found) >= MOST_FOUND:
            continue
        named = Q(pk__icontains=words) | (Q(title__icontains=words) if "title" in model.own_keys else Q())
        for record in model.objects.published().filter(named)[: MOST_FOUND - len(found)]:
            link = f"[@{record.pk}]" if sources else posixpath.relpath(record.file, folder or ".")
            found.append({"title": str(record), "kind": str(model._meta.verbose_name), "link": link})
    return JsonResponse({"found": found})
