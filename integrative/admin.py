from django import forms
from django.contrib import admin
from django.contrib.admin.options import IS_POPUP_VAR
from django.contrib.admin.utils import quote, unquote
from django.contrib.admin.widgets import AdminTextareaWidget, AdminTextInputWidget
from django.contrib.messages import SUCCESS, WARNING
from django.forms.utils import ErrorDict, ErrorList
from django.forms.widgets import Script
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.html import format_html
from taggit.models import Tag

from . import desk as desk_pages
from .forms import RecordForm, values_for_form, values_from_form
from .models import EmptySearches, Page, Source, Term
from .publishing import Refused, head, publish, save_draft, submit
from .readiness import blank, findings
from .revisions import Presence, Revision, State, desk
from .roles import AUTHOR, PUBLISHER, may, may_look


class ReviewFilter(admin.SimpleListFilter):
    title = "clinical review"
    parameter_name = "review"

    def lookups(self, request, model_admin):
        return [("none", "Not reviewed"), ("due", "Review due")]

    def queryset(self, request, queryset):
        if self.value() == "none":
            return queryset.filter(reviewed_on=None)
        if self.value() == "due":
            return queryset.filter(next_review_on__lte=timezone.localdate())
        return queryset


class MarkdownTextarea(AdminTextareaWidget):
    """A text field with room for the toolbar above it and the preview beneath. `file` is where its links start."""

    def __init__(self, file):
        super().__init__({"data-markdown": file})

    def render(self, *args, **kwargs):
        return format_html('<div class="staff-markdown">{}</div>', super().render(*args, **kwargs))


class StaffForm(RecordForm):
    """The shared form over the draft of a record. A draft may be unfinished, so all that can keep one from being saved
    is a new record's place; everything else is told beside its field, and refused when the draft is to be published."""

    # The fields that place a new record.
    identity = ("path",)

    opened = forms.CharField(widget=forms.HiddenInput, required=False)
    change_note = forms.CharField(
        label="What changed", max_length=200, required=False, widget=AdminTextInputWidget,
        help_text="One line, for colleagues now and for readers once it is published.",
    )  # fmt: skip

    def __init__(self, *args, **kwargs):
        self.revision, self.findings, record = None, [], kwargs.get("instance")
        if record is not None and not record._state.adding:
            self.revision, document = head(record)
            values, _ = values_for_form(type(record), document)
            if "tags" in values:
                values["tags"] = [Tag(name=name) for name in document.values.get("tags", [])]
            note = self.revision.note if self.revision and self.revision.is_working else ""
            kwargs["initial"] = (
                values | {"opened": document.digest(), "change_note": note} | (kwargs.get("initial") or {})
            )
        super().__init__(*args, **kwargs)
        model = self._meta.model
        place = record.file if record is not None and record.pk else "/".join([model.folder, *self.identity]) + ".md"
        for name in set(model.text_names()) & self.fields.keys():
            self.fields[name].widget = MarkdownTextarea(place)
        if not self.is_bound and self.revision:
            self.findings = findings(type(record), record.pk, document)
            self._errors = ErrorDict()
            for finding in self.findings:
                if finding.field in self.fields and finding.kind == "error":
                    self._errors.setdefault(finding.field, ErrorList()).append(finding.message)
                elif field := self.fields.get(finding.field):
                    field.help_text = format_html("{} <strong>Advice:</strong> {}", field.help_text, finding.message)

    def full_clean(self):
        super().full_clean()
        if self.is_bound:
            self._errors = ErrorDict({name: told for name, told in self._errors.items() if name in self.identity})


class RecordAdmin(admin.ModelAdmin):
    """How staff edit any record: fields in reading order, drafts saved beside the page, nothing deleted.

    Who may do what comes from three permissions (see `roles.py`), so a new kind of record needs none of its own.
    """

    form = StaffForm
    change_form_template = "admin/staff/change_form.html"
    list_display = ["title", "status", "checked_on", "reviewed_on", "next_review_on"]
    list_filter = ["status", ReviewFilter]
    search_fields = ["path", "title"]
    readonly_fields = ["status", "reviewed_on", "reviewed_by", "next_review_on", "file_state"]
    fixed_after_creation = ("path",)
    actions = ["submit_chosen", "publish_chosen"]
    save_on_top = True
    list_per_page = 50

    class Media:
        css = {"all": ["staff/staff.css"]}
        js = [Script(f"staff/{name}.js", type="module") for name in ("autosave", "toolbar", "picker", "live")]

    def get_fieldsets(self, request, obj=None):
        front = [name for name in self.model.own_keys if name != "sources"]
        texts = list(self.model.text_names())
        sources = ["sources"] if "sources" in self.model.own_keys else []
        parts = [("Name", {"fields": [*self.identity(), *front]}), ("Text", {"fields": [*texts, *sources]})]
        state = ["change_note", "owner", "checked_on", *self.readonly_fields]
        return [*parts, ("State and review", {"fields": state})]

    def identity(self):
        """The fields that place the record: its address, or the records it joins."""
        return ["path"]

    def get_list_display(self, request):
        return [*super().get_list_display(request), "draft_state"]

    def get_queryset(self, request):
        return super().get_queryset(request).annotate(draft=Revision.objects.state_of_draft(self.model))

    @admin.display(description="draft", ordering="draft", empty_value="")
    def draft_state(self, record):
        """The state of the record's draft, and nothing where it has none."""
        return State(record.draft).label if record.draft else None

    def get_readonly_fields(self, request, obj=None):
        return [*self.readonly_fields, *(self.fixed_after_creation if obj else ())]

    def get_prepopulated_fields(self, request, obj=None):
        return {} if obj or "title" not in self.model.own_keys else {"path": ("title",)}

    def get_urls(self):
        return [*desk_pages.urls(self), *super().get_urls()]

    def has_view_permission(self, request, obj=None):
        return may_look(request.user)

    def has_module_permission(self, request):
        return may_look(request.user)

    def has_add_permission(self, request):
        return may(request.user, AUTHOR)

    def has_change_permission(self, request, obj=None):
        return may(request.user, AUTHOR)

    def has_delete_permission(self, request, obj=None):
        return False

    def has_publish_permission(self, request):
        return may(request.user, PUBLISHER)

    def change_view(self, request, object_id, form_url="", extra_context=None):
        """The form, for those who write; everyone else is shown the desk."""
        if request.method == "GET" and may_look(request.user) and not self.has_change_permission(request):
            return redirect(desk(self.model, unquote(object_id)))
        return super().change_view(request, object_id, form_url, extra_context)

    def history_view(self, request, object_id, extra_context=None):
        return desk_pages._for(self, desk_pages.versions)(request, object_id)

    def render_change_form(self, request, context, add=False, change=False, form_url="", obj=None):
        if obj:
            others = Presence.note(obj, request.user)
            context |= {"others": others, "desk": desk(self.model, obj.pk), "picker": True}
        return super().render_change_form(request, context, add, change, form_url, obj)

    def save_model(self, request, obj, form, change):
        """Keep the form as a draft. A new record gets an empty, unpublished row to hang its drafts on."""
        values = values_from_form(form)
        if not change:
            row = blank(self.model, obj.pk)
            if "title" in values:
                row.title = values["title"][: self.model._meta.get_field("title").max_length]
            row.save(force_insert=True)
            obj._state.adding = False
        note, opened = form.cleaned_data.get("change_note", ""), form.cleaned_data.get("opened", "")
        request.draft = save_draft(obj, values, request.user, opened if change else "", note)

    def save_related(self, request, form, formsets, change):
        """Joined records stand in the draft, and are joined when it is published."""

    def response_add(self, request, obj, post_url_continue=None):
        if IS_POPUP_VAR in request.POST:
            return super().response_add(request, obj, post_url_continue)
        return self.response_change(request, obj)

    def response_change(self, request, obj):
        place = desk(self.model, obj.pk)
        if request.draft and request.draft.state == State.ASIDE:
            self.message_user(request, "Someone changed this text while you wrote. Both texts are kept.", WARNING)
            return redirect(f"{place}settle/{request.draft.pk}/")
        told = "Draft saved. Readers see it once it is published." if request.draft else "Nothing was changed."
        self.message_user(request, told, SUCCESS)
        if "_addanother" in request.POST:
            return redirect(f"admin:{self.opts.app_label}_{self.opts.model_name}_add")
        if "_desk" in request.POST:
            Presence.end(obj, request.user)
            return redirect(place)
        return redirect(f"admin:{self.opts.app_label}_{self.opts.model_name}_change", quote(obj.pk))

    @admin.action(description="Hand in the drafts of the chosen records for review", permissions=["change"])
    def submit_chosen(self, request, queryset):
        self._each(request, queryset, lambda draft: submit(draft, request.user, draft.attested), "handed in")

    @admin.action(description="Publish the drafts of the chosen records", permissions=["publish"])
    def publish_chosen(self, request, queryset):
        self._each(request, queryset, lambda draft: publish(draft, request.user, draft.note), "published")

    def _each(self, request, queryset, step, done):
        """Take a step on each record's draft, each for itself, and tell what became of every one."""
        for record in queryset:
            draft = Revision.objects.working(record)
            try:
                if draft is None:
                    raise Refused("there is no draft.")
                step(draft)
                self.message_user(request, f"{record}: {done}.", SUCCESS)
            except Refused as refused:
                self.message_user(request, f"{record}: {refused}", WARNING)

    @admin.display(description="File")
    def file_state(self, record):
        """Whether the text that readers see is also the text of its file."""
        if not record.pk or record._state.adding:
            return "Not saved yet."
        agreed = record.synced_hash and record.synced_hash == record.document().digest()
        said = "same text" if agreed else "changed here since the file was last in step: run export_content"
        return format_html("content/{} ({})", record.file, said)


@admin.register(Source)
class SourceAdmin(RecordAdmin):
    list_display = ["title", "publisher", "year", "trust", "status"]
    list_filter = ["status", "trust"]
    search_fields = ["path", "title", "publisher", "pmid"]


@admin.register(Term)
class TermAdmin(RecordAdmin):
    search_fields = ["path", "title", "also_called"]


@admin.register(Page)
class PageAdmin(RecordAdmin):
    pass


@admin.register(EmptySearches)
class EmptySearchesAdmin(admin.ModelAdmin):
    """Only for reading: how often readers looked for something that the site does not have."""

    list_display = ["day", "count"]
    date_hierarchy = "day"

    def has_add_permission(self, request):
        return False

    has_change_permission = has_delete_permission = lambda self, request, obj=None: False
