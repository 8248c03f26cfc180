from django.contrib import admin
from django.utils.text import slugify

from integrative.admin import RecordAdmin, StaffForm

from .availability_admin import AvailabilityAdmin
from .models import Approach, Evidence, Location, Offering, Therapy


@admin.register(Therapy)
class TherapyAdmin(RecordAdmin):
    list_display = ["title", "kind", "status", "checked_on", "reviewed_on", "next_review_on"]
    list_filter = [*RecordAdmin.list_filter, "kind"]
    search_fields = ["path", "title", "also_called"]


@admin.register(Approach)
class ApproachAdmin(RecordAdmin):
    list_display = ["title", "order", "status", "checked_on", "reviewed_on"]


class EvidenceForm(StaffForm):
    identity = ("therapy", "condition")

    def clean(self):
        cleaned = super().clean()
        parts = (cleaned.get("therapy"), cleaned.get("condition"))
        if self.instance._state.adding and all(parts):
            aspect = slugify(cleaned.get("aspect", ""))[:80].strip("-")
            self.place(f"{parts[0].pk}/{parts[1].pk}" + (f".{aspect}" if aspect else ""))
        return cleaned

    def place(self, path):
        """Give a new record its address, or say that the place is taken."""
        if self._meta.model.objects.filter(pk=path).exists():
            self.add_error(self.identity[0], "There is a record for this already: change that one.")
        self.instance.path = path


class OfferingForm(EvidenceForm):
    identity = ("location", "therapy")

    def clean(self):
        cleaned = super(EvidenceForm, self).clean()
        if self.instance._state.adding and cleaned.get("location") and cleaned.get("therapy"):
            self.place(f"{cleaned['location'].pk}/{cleaned['therapy'].pk}")
        return cleaned


@admin.register(Evidence)
class EvidenceAdmin(RecordAdmin):
    form = EvidenceForm
    list_display = ["__str__", "level", "certainty", "status", "checked_on", "reviewed_on"]
    list_filter = [*RecordAdmin.list_filter, "level", "certainty", "therapy"]
    search_fields = ["path", "aspect", "body"]
    autocomplete_fields = ["therapy", "condition", "sources"]
    fixed_after_creation = ("therapy", "condition")

    def identity(self):
        return ["therapy", "condition"]


@admin.register(Location)
class LocationAdmin(RecordAdmin):
    list_display = ["title", "region", "sample", "status", "checked_on"]
    list_filter = ["status", "region", "sample"]


@admin.register(Offering)
class OfferingAdmin(AvailabilityAdmin, RecordAdmin):
    form = OfferingForm
    list_display = ["__str__", "how", "confirmed_on", "status"]
    list_filter = ["status", "how", "location", "therapy"]
    search_fields = ["path"]
    autocomplete_fields = ["therapy", "location"]
    fixed_after_creation = ("therapy", "location")

    def identity(self):
        return ["location", "therapy"]
