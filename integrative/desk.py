"""A record's desk: its draft, what speaks for and against it, and the steps that a person may take.

Every view is given the record's `room` (its RecordAdmin) and the object's quoted key, and lets in staff with a role;
what a step needs is asked again on POST.
"""

from functools import wraps

from csp.constants import SELF
from csp.decorators import csp_replace
from django.contrib import messages
from django.contrib.admin.utils import quote, unquote
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from . import preview, publishing, readiness
from .documents import Document
from .forms import values_from_form
from .revisions import Presence, Revision, Share, State, Step, desk, words_digest
from .roles import AUTHOR, PUBLISHER, may, may_look
from .steps import ACTIONS, KEPT
from .wording import changes, three_way

VERSIONS_A_PAGE = 50


def urls(room):
    """The staff pages of one kind of record, below its place in the admin."""
    name = f"{room.opts.app_label}_{room.opts.model_name}"

    def at(route, view, called):
        return path(f"<path:key>/{route}", room.admin_site.admin_view(_for(room, view)), name=f"{name}_{called}")

    return [
        at("desk/", show, "desk"),
        at("desk/compare/", compare, "compare"),
        at("desk/preview/", side_by_side, "preview"),
        at("desk/page/", page, "page"),
        at("desk/autosave/", autosave, "autosave"),
        at("desk/leave/", leave, "leave"),
        at("desk/settle/<int:revision>/", settle, "settle"),
        at("desk/<slug:action>/", act, "act"),
    ]


def _for(room, view):
    """The view for one record of this kind, for people who have a part in the staff room."""

    @wraps(view)
    def inner(request, key, **kwargs):
        if not may_look(request.user):
            raise PermissionDenied
        record = get_object_or_404(room.model, pk=unquote(key))
        return view(request, room, record, **kwargs)

    return inner


def _context(request, room, record, title, **extra):
    return {
        **room.admin_site.each_context(request), "opts": room.opts, "record": record, "title": title,
        "original": record, "subtitle": str(record), "key": quote(record.pk), "may_edit": may(request.user, AUTHOR),
        "desk": desk(room.model, record.pk), **extra,
    }  # fmt: skip


def labels(model):
    """{field: words} of what stands in a document of this kind."""
    return {name: model.label(name) for name in model.document_names()}


@require_safe
def show(request, room, record):
    revision, document = publishing.head(record)
    live = record.document()
    coming = list(Revision.objects.coming(record).select_related("author"))
    context = _context(
        request, room, record, "Desk", revision=revision, coming=coming, steps=steps(record),
        changes=changes(live.values, document.values, labels(room.model)) if revision else [],
        findings=readiness.findings(room.model, record.pk, document) if revision else [],
        beside=Revision.objects.of(record).beside()[:5],
        actions=offered(request.user, record, revision, coming),
        shares=[share for share in Share.objects.filter(revision=revision) if share.is_open] if revision else [],
        others=Presence.objects.here(record).exclude(user=request.user),
        breaks=readiness.users_of(record) if record.is_published and may(request.user, PUBLISHER) else [],
        joined=readiness.joined_to(record) if record.is_published and may(request.user, PUBLISHER) else [],
        last_signed=last_signed(record),
        attested=[readiness.ATTESTATIONS.get(key, key) for key in revision.attested] if revision else [],
    )  # fmt: skip
    return render(request, "admin/staff/desk.html", context)


def steps(record):
    """The last 30 things that happened to a record, newest first."""
    found = Step.objects.filter(revision__folder=record.folder, revision__path=record.pk)
    return found.select_related("user", "revision").order_by("-id")[:30]


def last_signed(record):
    """The last published revision that a reviewer signed, telling whether the page has changed since; or None."""
    signed = Revision.objects.of(record).filter(signed_on__isnull=False, published_at__isnull=False)
    found = signed.select_related("signed_by").first()
    if found:
        found.page_changed = found.signed_digest != words_digest(record.document())
    return found


def offered(user, record, revision, coming):
    """[(name, Action, form, revision or None)] of the steps that this person may take now."""
    found = []
    for name, action in ACTIONS.items():
        if not may(user, action.permission) or name in ("restore", "revoke"):
            continue
        if action.on == "page":
            if record.is_published:
                found.append((name, action, action.form(auto_id=f"{name}-%s"), None))
            continue
        for subject in dict.fromkeys([revision, *coming]):
            if subject and subject.state in action.on:
                initial = {"note": subject.note, "attested": subject.attested}
                if action.permission != PUBLISHER:
                    initial.pop("note")
                found.append((name, action, action.form(initial=initial, auto_id=f"{name}-%s"), subject))
    return found


@require_POST
def act(request, room, record, action):
    """Take one step; what is wrong with it is told on the desk, and then nothing was changed."""
    chosen = ACTIONS.get(action)
    if chosen is None:
        raise Http404("There is no such step.")
    if not may(request.user, chosen.permission):
        raise PermissionDenied
    form = chosen.form(request.POST)
    try:
        if not form.is_valid():
            raise publishing.Refused(" ".join(text for texts in form.errors.values() for text in texts))
        messages.success(request, chosen.run(request.user, subject(request, record, chosen), form.cleaned_data))
    except publishing.Stale as stale:
        messages.warning(request, str(stale))
        return redirect(f"{desk(room.model, record.pk)}settle/{stale.revision.pk}/")
    except publishing.Refused as refused:
        messages.error(request, str(refused))
    return redirect(desk(room.model, record.pk))


def subject(request, record, action):
    """What a step is taken on: the record, or the revision named, if its text is still the one that was seen."""
    if action.on == "page":
        return record
    key = request.POST.get("revision", "")
    found = get_object_or_404(Revision.objects.of(record), pk=key if key.isdecimal() else 0)
    if found.state not in action.on:
        raise publishing.Refused(f"Someone was faster: this text is now “{found.get_state_display().lower()}”.")
    if request.POST.get("text", found.digest) != found.digest:
        raise publishing.Refused("The text was changed while you looked at it. Look again.")
    return found


@require_safe
def versions(request, room, record):
    """Every version of a record, newest first, with the steps taken on each."""
    found = Revision.objects.of(record).select_related("author", "signed_by").prefetch_related("steps__user")
    shown = Paginator(found, VERSIONS_A_PAGE).get_page(request.GET.get("p"))
    context = _context(request, room, record, "History", versions=shown, kept=KEPT)
    return render(request, "admin/staff/versions.html", context)


@require_safe
def compare(request, room, record):
    """What changed between two versions; `b` may be `live`."""
    a, b = (version(record, request.GET.get(name, "")) for name in ("a", "b"))
    found = changes(a.values, b.values, labels(room.model))
    return render(request, "admin/staff/compare.html", _context(request, room, record, "Compare", changes=found))


def version(record, key):
    """The document of one version of a record, or of its page now for `live`."""
    if key == "live":
        return record.document()
    return get_object_or_404(Revision.objects.of(record), pk=key if key.isdecimal() else 0).document


@require_safe
@csp_replace({"frame-src": [SELF]})
def side_by_side(request, room, record):
    """The draft beside the page as it is now, each in a frame of its own."""
    return render(request, "admin/staff/preview.html", _context(request, room, record, "Preview"))


@require_safe
def page(request, room, record):
    """What readers would see of a version: `version`, the page now for `live`, else the draft."""
    if request.GET.get("version") == "live":
        return preview.page(request, record, None, "This is the page as readers see it now.")
    key = request.GET.get("version")
    document = version(record, key) if key else publishing.head(record)[1]
    return preview.page(request, record, document, "This is not what readers see now.")


@require_safe
def shared(request, token):
    """A draft for someone who was sent its link."""
    share = Share.from_token(token)
    record = share and share.revision.model.objects.filter(pk=share.revision.path).first()
    if not record:
        return preview.private(render(request, "integrative/no_link.html", status=410))
    day = timezone.localtime(share.ends_at).strftime("%B %-d, %Y")
    return preview.page(
        request,
        record,
        share.revision.document,
        f"A draft that was shared with you, until {day}. Readers do not see it.",
    )


@require_POST
def autosave(request, room, record):
    """Keep what stands in an open form, and tell who else is here. Answers in JSON, for `autosave.js`."""
    if not may(request.user, AUTHOR):
        raise PermissionDenied
    form = room.get_form(request, record, change=True)(request.POST, instance=record)
    opened, note = request.POST.get("opened", ""), request.POST.get("change_note", "")
    saved = publishing.save_draft(record, values_from_form(form), request.user, opened, note, auto=True)
    told = {"others": [str(p.user.get_full_name() or p.user) for p in Presence.note(record, request.user)]}
    if saved and saved.state == State.ASIDE:
        return JsonResponse(told | {"aside": f"{desk(room.model, record.pk)}settle/{saved.pk}/"})
    at = timezone.localtime().strftime("%H:%M:%S")
    return JsonResponse(told | {"opened": saved.digest if saved else opened, "saved": at if saved else ""})


@require_POST
def leave(request, room, record):
    """Remember that someone has closed a record's form."""
    Presence.end(record, request.user)
    return HttpResponse(status=204)


def settle(request, room, record, revision):
    """Two texts that were to replace the same one: both are shown, and one text is made of them."""
    if not may(request.user, AUTHOR):
        raise PermissionDenied
    mine = get_object_or_404(Revision.objects.of(record).select_related("base", "author"), pk=revision)
    head, theirs = publishing.head(record)
    if head is None or head == mine:
        head, theirs = None, publishing.proposed(record.document())
    parts = three_way(beneath(record, mine).values, theirs.values, mine.values, editable(room.model))
    if request.method == "POST":
        return _settled(request, room, record, mine, parts, theirs, head)
    context = _context(request, room, record, "Two texts", mine=mine, head=head, theirs=theirs, parts=parts)
    return render(request, "admin/staff/settle.html", context)


def editable(model):
    """The labels of what people write; review and status are set by steps."""
    return {n: w for n, w in labels(model).items() if n not in (*publishing.REVIEW_KEYS, "status")}


def beneath(record, mine):
    """The document that a set-aside text was begun from, as far as it is still known."""
    if mine.state == State.ASIDE:
        kept = Revision.objects.of(record).filter(digest=mine.base_digest).exclude(pk=mine.pk).first()
        if kept:
            return kept.document
        if publishing.proposed(record.document()).digest() == mine.base_digest:
            return record.document()
    return mine.base.document if mine.base else Document(record.shape(), {})


def _settled(request, room, record, mine, parts, theirs, head):
    """Make the chosen texts the draft, unless the draft has moved on again."""
    if request.POST.get("opened") != theirs.digest():
        messages.warning(request, "The text was changed again meanwhile. Look at it once more.")
        return redirect(request.path)
    lists = record.shape().lists
    values = {}
    for part in parts:
        text = request.POST.get(f"text-{part.name}", part.merged).replace("\r\n", "\n").strip()
        values[part.name] = [line.strip() for line in text.split("\n") if line.strip()] if part.name in lists else text
    publishing.save_draft(record, values, request.user, theirs.digest(), note=mine.note, rebase=head is None)
    Revision.objects.filter(pk=mine.pk, state__in=(State.ASIDE, State.BLOCKED)).update(state=State.SUPERSEDED)
    messages.success(request, "Both texts are kept in the history, and what you chose is the draft.")
    return redirect(desk(room.model, record.pk))
