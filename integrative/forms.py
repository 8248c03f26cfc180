"""One form validates a record, whether its words come from a file or from the admin."""

import re
from functools import cache

from django import forms
from django.core.exceptions import ValidationError
from django.db import models
from django.forms import modelform_factory
from taggit.managers import TaggableManager

from .documents import DocumentError
from .records import CITATION, LinesField, citation_keys
from .rendering import address, items, links, raw_html

ISO_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")


class TextProblem(ValidationError):
    """A problem at one place of a text; `position` counts characters from its start."""

    def __init__(self, message, position):
        self.position = position
        super().__init__(message)


class RecordForm(forms.ModelForm):
    """Checks that hold for every kind of record, and the sources that its texts cite."""

    def clean(self):
        cleaned = super().clean()
        model = self._meta.model
        for name in model.text_names():
            if name in cleaned:
                cleaned[name] = cleaned[name].replace("\r\n", "\n").strip()
        published = cleaned.get("status") == "published"
        for name in model.text_names():
            for problem in self._problems(name, cleaned.get(name, ""), published):
                self.add_error(name, problem)
        if published and "sources" in self.fields and not cleaned.get("sources") and "sources" not in self.errors:
            self.add_error("sources", "A published page of this kind needs at least one source.")
        return cleaned

    def _problems(self, name, text, published):
        """Every TextProblem of one text."""
        if html := raw_html(text):
            yield TextProblem(f"Raw HTML is not allowed: {html[:40]}", text.index(html))
        if re.search(r"^# ", text, re.M):
            yield TextProblem("A heading of level 1 is the page's own title: use ## or ###.", text.index("# "))
        for href in links(text):
            if address(href, self.instance.file) is None:
                yield TextProblem(f"This link goes nowhere we allow: {href[:80]}", text.index(href))
        known = self._published_sources(text)
        for key in dict.fromkeys(citation_keys(text)):
            if key not in known:
                yield TextProblem(f"There is no published source called “{key}”.", text.index(f"@{key}"))
        if not published:
            return
        if name in self._meta.model.item_lists:
            for item in items(text):
                if not item.keys:
                    yield TextProblem(f"This line cites no source: {item.text[:60]}", text.index(item.text))
        if name in self._meta.model.cited and text and not CITATION.search(text):
            yield TextProblem("This text must cite a source, as [@its-key].", 0)

    @staticmethod
    def _published_sources(text):
        from .models import Source

        keys = set(citation_keys(text))
        return set(Source.objects.published().filter(pk__in=keys).values_list("pk", flat=True)) if keys else set()

    def _update_errors(self, errors):
        """Leave out "fill this in" where the same field already says what is wrong with its text."""
        if hasattr(errors, "error_dict"):
            errors.error_dict = {k: v for k, v in errors.error_dict.items() if k not in self._errors}
        super()._update_errors(errors)

    def _save_m2m(self):
        super()._save_m2m()
        if self.instance.sources is not None and "sources" not in self.instance.own_keys:
            self.instance.sources.set(self.instance.cited_keys())


@cache
def form_for_files(model):
    """The form class that takes a document of this kind, with messages that speak of files."""
    form = modelform_factory(model, form=RecordForm, fields=_file_fields(model))
    for field in form.base_fields.values():
        if isinstance(field, forms.ModelChoiceField):
            folder = field.queryset.model.folder
            field.error_messages |= {
                "invalid_choice": f"There is no file {folder}/%(value)s.md.",
                "invalid_pk_value": f"There is no file {folder}/%(pk)s.md.",
            }
        elif "invalid_choice" in field.error_messages:
            known = ", ".join(str(value) for value, _ in field.choices if value)
            field.error_messages["invalid_choice"] = f"“%(value)s” is not one of: {known}."
    return form


def _file_fields(model):
    parents = [field.name for field in model._meta.fields if isinstance(field, models.ForeignKey)]
    return [*model.document_names(), *parents]


def data_for_form(model, document, path):
    """A document as form data; DocumentError for values that a form would quietly read in some other way."""
    data, problems = dict(model.from_path(path)), []
    for name in model.document_names():
        value = document.values.get(name, "")
        field = model._meta.get_field(name)
        if isinstance(field, TaggableManager):
            if any(tag != tag.lower() or '"' in tag or "," in tag for tag in value):
                problems.append((document.line(name), "topics are lower-case words without commas or quotation marks"))
            value = ", ".join(f'"{tag}"' for tag in value)
        elif isinstance(field, LinesField):
            value = "\n".join(value)
        elif isinstance(field, models.BooleanField) and value not in ("", "yes"):
            problems.append((document.line(name), f"{name!r} is `yes`, or is left out"))
        elif isinstance(field, models.DateField) and value and not ISO_DATE.fullmatch(value):
            problems.append((document.line(name), f"{name!r} is a date written YYYY-MM-DD, not {value!r}"))
        elif name == "order":
            value = value or "0"
        data[name] = value
    if problems:
        raise DocumentError(problems)
    return data
