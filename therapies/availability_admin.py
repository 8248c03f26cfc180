"""The staff room's ways to change availability many at a time: a grid, and a CSV file out and in."""

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import path
from django.utils import timezone
from django.views.decorators.http import require_safe

from . import availability
from .models import Location, Offering, Therapy

COLUMNS_AT_ONCE = 6
UNKNOWN = ("", "Not known")


class GridForm(forms.Form):
    """A choice for every therapy and location shown; each remembers what it said when the page was opened."""

    confirmed_on = forms.DateField(
        label="The changed services were confirmed on",
        help_text="YYYY-MM-DD. Goes on what you change, and on every service of a location that you tick below.",
    )

    def __init__(self, *args, locations, therapies, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["confirmed_on"].initial = timezone.localdate()
        self.locations, self.therapies = locations, therapies
        offerings = Offering.objects.filter(location__in=locations, status="published")
        self.now = {(o.location_id, o.therapy_id): o.how for o in offerings}
        for place in locations:
            self.fields[f"all {place.pk}"] = forms.BooleanField(required=False, label="Everything here is still true")
            for therapy in therapies:
                self.fields[f"{place.pk}/{therapy.pk}"] = forms.ChoiceField(
                    choices=[UNKNOWN, *Offering.How.choices],
                    required=False,
                    initial=self.now.get((place.pk, therapy.pk), ""),
                    show_hidden_initial=True,
                    label=f"{therapy.title} at {place.title}",
                )

    def heads(self):
        return [(place, self[f"all {place.pk}"]) for place in self.locations]

    def rows(self):
        return [(therapy, [self[f"{p.pk}/{therapy.pk}"] for p in self.locations]) for therapy in self.therapies]

    def clean_confirmed_on(self):
        if self.cleaned_data["confirmed_on"] > timezone.localdate():
            raise forms.ValidationError("This day has not come yet.")
        return self.cleaned_data["confirmed_on"]

    def clean(self):
        cleaned = super().clean()
        for place in self.locations:
            for therapy in self.therapies:
                name, now = f"{place.pk}/{therapy.pk}", self.now.get((place.pk, therapy.pk), "")
                if name not in self.changed_data or name in self.errors:
                    continue
                if self[name].field.to_python(self.data.get(self[name].html_initial_name, "")) != now:
                    self.add_error(name, "Someone changed this while you had the page open. Look again, then save.")
                elif now and not cleaned[name]:
                    self.add_error(name, "What is known cannot become unknown: choose “Not offered here”.")
        return cleaned

    def changes(self):
        """The Changes that the form asks for."""
        day, found = self.cleaned_data["confirmed_on"], []
        for place in self.locations:
            for therapy in self.therapies:
                name = f"{place.pk}/{therapy.pk}"
                how = self.cleaned_data[name]
                if how and (name in self.changed_data or self.cleaned_data[f"all {place.pk}"]):
                    found.append(availability.Change(place.pk, therapy.pk, how, day, where=self.fields[name].label))
        return found


class UploadForm(forms.Form):
    file = forms.FileField(label="CSV file")


class AvailabilityAdmin(admin.ModelAdmin):
    """Adds the grid and the CSV file to the admin of offerings."""

    change_list_template = "admin/therapies/offering/change_list.html"

    def get_urls(self):
        wrap = self.admin_site.admin_view
        return [
            path("grid/", wrap(self.grid), name="therapies_offering_grid"),
            path("csv/", wrap(require_safe(self.download)), name="therapies_offering_csv"),
            path("upload/", wrap(self.upload), name="therapies_offering_upload"),
            *super().get_urls(),
        ]

    def grid(self, request):
        self.must_be_allowed(request)
        locations = Location.objects.published()
        regions = sorted(set(locations.values_list("region", flat=True)))
        if region := request.GET.get("region"):
            locations = locations.filter(region=region)
        shown = list(locations[:COLUMNS_AT_ONCE])
        form = GridForm(request.POST or None, locations=shown, therapies=list(Therapy.objects.published()))
        if request.method == "POST" and form.is_valid() and self.keep(request, form.changes, form):
            return redirect(request.get_full_path())
        left_out = locations.count() - len(shown)
        return self.page(request, "grid", "Availability", form=form, regions=regions, region=region, left_out=left_out)

    def upload(self, request):
        self.must_be_allowed(request)
        form = UploadForm(request.POST or None, request.FILES or None)
        if request.method == "POST" and form.is_valid():
            file = form.cleaned_data["file"]
            if self.keep(request, lambda: availability.read_csv(file.read(availability.MOST_BYTES + 1)), form):
                return redirect("admin:therapies_offering_changelist")
        return self.page(request, "upload", "Availability from a CSV file", form=form, columns=availability.COLUMNS)

    def download(self, request):
        if not self.has_view_permission(request):
            raise PermissionDenied
        offerings = Offering.objects.exclude(status="retired").order_by("location", "therapy")
        response = HttpResponse(availability.write_csv(offerings), content_type="text/csv; charset=utf-8")
        response["Content-Disposition"] = 'attachment; filename="availability.csv"'
        return response

    def must_be_allowed(self, request):
        if not (self.has_change_permission(request) and self.has_add_permission(request)):
            raise PermissionDenied

    def keep(self, request, changes, form):
        """Apply what `changes` gives and say so; on problems show them on the form and return False."""
        try:
            written = availability.apply(changes())
        except availability.NotApplied as error:
            for problem in error.problems:
                form.add_error(None, problem)
            return False
        for offering, new in written:
            message = f"{offering.get_how_display()}, confirmed {offering.confirmed_on}"
            (self.log_addition if new else self.log_change)(request, offering, message)
        messages.success(request, f"{len(written)} service{'s' if len(written) != 1 else ''} changed.")
        return True

    def page(self, request, name, title, **context):
        context |= {**self.admin_site.each_context(request), "title": title, "opts": self.opts}
        return TemplateResponse(request, f"admin/therapies/offering/{name}.html", context)
