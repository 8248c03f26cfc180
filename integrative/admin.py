from django.contrib import admin
from django.utils import timezone
from django.utils.html import format_html

from .forms import RecordForm
from .models import EmptySearches, Page, Source, Term
from .records import Status, model_of, record_models
from .rendering import address, links, target


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


class StaffForm(RecordForm):
    """The shared form, and what only people editing in the admin need: links must lead to published pages now."""

    def clean(self):
        cleaned = super().clean()
        if cleaned.get("status") == Status.PUBLISHED:
            for name in self._meta.model.text_names():
                for href in links(cleaned.get(name, "") or ""):
                    if not leads_to_a_page(href, self.instance.file):
                        self.add_error(name, f"The link {href} leads to no published page.")
        elif self.instance.is_published and (users := users_of(self.instance)):
            told = ", ".join(str(user) for user in users[:7])
            self.add_error("status", f"Other published pages rest on this one; change them first: {told}.")
        return cleaned


class RecordAdmin(admin.ModelAdmin):
    """How staff edit any record: fields in reading order, nothing deleted, review and sync fields shown, not typed."""

    form = StaffForm
    list_display = ["title", "status", "checked_on", "reviewed_on", "next_review_on"]
    list_filter = ["status", ReviewFilter]
    search_fields = ["path", "title"]
    readonly_fields = ["reviewed_on", "reviewed_by", "file_state"]
    fixed_after_creation = ("path",)
    save_on_top = True
    list_per_page = 50

    def get_fieldsets(self, request, obj=None):
        front = [name for name in self.model.own_keys if name != "sources"]
        texts = list(self.model.text_names())
        sources = ["sources"] if "sources" in self.model.own_keys else []
        parts = [("Name", {"fields": [*self.identity(), *front]}), ("Text", {"fields": [*texts, *sources]})]
        state = ["status", "owner", "checked_on", "next_review_on", *self.readonly_fields]
        return [*parts, ("State and review", {"fields": state})]

    def identity(self):
        """The fields that place the record: its address, or the records it joins."""
        return ["path"]

    def get_readonly_fields(self, request, obj=None):
        return [*self.readonly_fields, *(self.fixed_after_creation if obj else ())]

    def get_prepopulated_fields(self, request, obj=None):
        return {} if obj or "title" not in self.model.own_keys else {"path": ("title",)}

    def has_delete_permission(self, request, obj=None):
        return False

    @admin.display(description="File")
    def file_state(self, record):
        """Whether the text that readers see is also the text of its file."""
        if not record.pk or record._state.adding:
            return "Not saved yet."
        agreed = record.synced_hash and record.synced_hash == record.document().digest()
        said = "same text" if agreed else "changed here since the file was last in step: run export_content"
        return format_html("content/{} ({})", record.file, said)


def leads_to_a_page(href, file):
    """Whether a link goes outside, to a place on the page, or to a published record."""
    there = target(href, file)
    if there is None:
        return address(href, file) is not None
    return model_of(there[0]).objects.published().filter(pk=there[1]).exists()


def users_of(record):
    """Published records that link to this one in their text, cite it, or are joined to it."""
    here, found = (record.folder, record.pk), []
    for model in record_models():
        for other in model.objects.published():
            if (other.folder, other.pk) == here:
                continue
            linked = (target(href, other.file) for text in other.texts.values() for href in links(text))
            if here in linked or (record.folder == "sources" and other.rests_on(record.pk)):
                found.append(other)
    return found


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
