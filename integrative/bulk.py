"""Many records at once: forms that know every key beforehand, and rows written in batches.

The forms are those of a single record. They hold its choices against keys in memory, where a single form asks the
database about each; `known` is {model: {path: whether it is published}} and must be kept up with what is written.
"""

from django import forms
from django.db import DEFAULT_DB_ALIAS, models
from taggit.managers import TaggableManager

from .forms import RecordForm, make_form_for_files
from .models import Source
from .records import Status, citation_keys, record_models


def known_records():
    """{model: {path: whether it is published}} of every record in the database."""
    return {
        model: {
            path: status == Status.PUBLISHED for path, status in model.objects.order_by().values_list("pk", "status")
        }
        for model in record_models()
    }


class KnownChoice(forms.ModelChoiceField):
    """A record that is named by its path and looked up in `known`."""

    known = None

    def to_python(self, value):
        return _stand_in(self, value) if value else None


class KnownChoices(forms.ModelMultipleChoiceField):
    """Records that are named by their paths and looked up in `known`."""

    known = None

    def clean(self, value):
        return [_stand_in(self, key) for key in value or ()]


def _stand_in(field, key):
    """A record of which only the path and the status are read; ValidationError where there is none."""
    model = field.queryset.model
    if key not in field.known[model]:
        raise forms.ValidationError(field.error_messages["invalid_choice"], "invalid_choice", {"value": key})
    status = Status.PUBLISHED if field.known[model][key] else Status.DRAFT
    given = {"path": key, "status": status}
    names = [column.attname for column in model._meta.concrete_fields if column.attname in given]
    return model.from_db(DEFAULT_DB_ALIAS, names, [given[name] for name in names])


class Shared(dict):
    """Form fields that every form of a class uses as they are, where each would make copies of its own to change."""

    def __deepcopy__(self, memo):
        return self


class LoadForm(RecordForm):
    """The form of one record among many. What the database alone can tell of it is left until it is written."""

    known = None

    def _get_validation_exclusions(self):
        parents = {field.name for field in self._meta.model._meta.fields if isinstance(field, models.ForeignKey)}
        return super()._get_validation_exclusions() | parents

    def _post_clean(self):
        later = not self._errors
        if later:
            # A query for each record; writing it asks the same.
            self.instance.get_constraints = list
        super()._post_clean()
        if later:
            del self.instance.get_constraints
            if self._errors:
                self.ask_constraints()

    def ask_constraints(self):
        """Add an error for every constraint of the database that the record breaks."""
        try:
            self.instance.validate_constraints(exclude=super()._get_validation_exclusions())
        except forms.ValidationError as error:
            self._update_errors(error)

    def _published_sources(self, text):
        return {key for key in citation_keys(text) if self.known[Source].get(key)}


def form_for_load(model, known):
    """The form class that takes a document of this kind during a load."""

    def field_for(column, **options):
        if isinstance(column, models.ForeignKey):
            options["form_class"] = KnownChoice
        elif isinstance(column, models.ManyToManyField) and not isinstance(column, TaggableManager):
            options["form_class"] = KnownChoices
        return column.formfield(**options)

    form = make_form_for_files(model, LoadForm, field_for)
    form.known = known
    for field in form.base_fields.values():
        if isinstance(field, KnownChoice | KnownChoices):
            field.known = known
    form.base_fields = Shared(form.base_fields)
    return form


def insert(model, filled, topics):
    """Write the new rows of valid forms of one kind, with all they are joined to; IntegrityError writes a part of it.

    `topics` keeps {name: tag} between calls.
    """
    model.objects.bulk_create([form.instance for form in filled])
    for field in model._meta.many_to_many:
        through = field.remote_field.through
        if isinstance(field, TaggableManager):
            through.objects.bulk_create(_tagged(through, field, filled, topics))
        else:
            mine, theirs = f"{field.m2m_field_name()}_id", f"{field.m2m_reverse_field_name()}_id"
            through.objects.bulk_create(
                through(**{mine: form.instance.pk, theirs: key}) for form in filled for key in _joined(form, field.name)
            )


def _joined(form, name):
    if name in form.fields:
        return [record.pk for record in form.cleaned_data[name]]
    return form.instance.cited_keys() if name == "sources" else []


def _tagged(through, field, filled, topics):
    for form in filled:
        for name in dict.fromkeys(form.cleaned_data[field.name]):
            if name not in topics:
                tags = through.tag_model().objects
                there = tags.filter(name__iexact=name).order_by("pk").first()
                topics[name] = there or tags.create(name=name)
        for tag in dict.fromkeys(topics[name] for name in form.cleaned_data[field.name]):
            yield through(tag=tag, **through.lookup_kwargs(form.instance))
