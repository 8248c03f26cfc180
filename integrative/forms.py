"""One form validates a record, whether its words come from a file or from the admin."""

import re
import unicodedata
from functools import cache

from django import forms
from django.core.exceptions import ValidationError
from django.db import models
from django.forms import modelform_factory
from django.utils.text import slugify
from taggit.managers import TaggableManager

from .documents import CONTROL, MERGE_MARKERS, DocumentError, control
from .records import CITATION, LinesField, citation_keys
from .rendering import address, items, links, raw_html, without_code

ISO_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
CITATION_LIKE = re.compile(r"\[@[^\]\n]*\]?")
IMAGE = re.compile(r"!\[[^\]]*\][(\[]")
NO_SOURCE = "There is no published source called “%(value)s”."
TOPICS = "topics are lower-case words without commas or quotation marks"
TAG = re.compile(r'"[^"]*"|[^,"]+')


class TextProblem(ValidationError):
    """A problem at one place of a text; `position` counts characters from its start."""

    def __init__(self, message, position, **params):
        self.position = position
        super().__init__(message, params=params)


class RecordForm(forms.ModelForm):
    """Checks that hold for every kind of record, and the sources that its texts cite."""

    def clean(self):
        cleaned = super().clean()
        model = self._meta.model
        for name, value in list(cleaned.items()):
            if isinstance(value, str):
                value = unicodedata.normalize("NFC", value.replace("\r\n", "\n").replace("\r", "\n")).strip()
                cleaned[name] = value
                if name not in model.text_names() and (said := control(value)):
                    self.add_error(name, said)
        for source in cleaned.get("sources") or ():
            if not source.is_published:
                self.add_error("sources", ValidationError(NO_SOURCE, params={"value": source.pk}))
        published = cleaned.get("status") == "published"
        for name in model.text_names():
            for problem in self._problems(name, cleaned.get(name, ""), published):
                self.add_error(name, problem)
        if published and "sources" in self.fields and not cleaned.get("sources") and "sources" not in self.errors:
            self.add_error("sources", "A published page of this kind needs at least one source.")
        return cleaned

    def clean_tags(self):
        tags = self.cleaned_data["tags"]
        if not all(is_topic(tag) for tag in tags):
            raise ValidationError(TOPICS)
        return tags

    def _problems(self, name, text, published):
        """Every TextProblem of one text."""
        if said := control(text):
            yield TextProblem(said, CONTROL.search(text).start())
            return
        if marker := re.search(rf"^(?:{'|'.join(MERGE_MARKERS)})", text, re.M):
            yield TextProblem("A merge marker was left in the text.", marker.start())
        if self._meta.model.sections and (heading := re.search(r"^## ", text, re.M)):
            yield TextProblem("A heading of level 2 would start another section: use ###.", heading.start())
        if html := raw_html(text):
            yield TextProblem(f"Raw HTML is not allowed: {' '.join(html.split())[:40]}", without_code(text).index(html))
        if heading := re.search(r"^# ", text, re.M):
            yield TextProblem("A heading of level 1 is the page's own title: use ## or ###.", heading.start())
        if image := IMAGE.search(without_code(text)):
            yield TextProblem("Images are not allowed.", image.start())
        for href in links(text):
            if address(href, self.instance.file) is None:
                yield TextProblem(f"This link goes nowhere we allow: {href[:80]}", without_code(text).index(href))
        known = self._published_sources(text)
        for key in dict.fromkeys(citation_keys(text)):
            if key not in known:
                yield TextProblem(NO_SOURCE, citation_place(text, key), value=key)
        for found in CITATION_LIKE.finditer(without_code(text)):
            if not CITATION.fullmatch(found[0]):
                said = f"Write a citation as [@its-key] or [@one; @two], not {found[0][:40]}"
                yield TextProblem(said, found.start())
        if not published:
            return
        if name in self._meta.model.item_lists:
            for item in items(text):
                if not item.keys:
                    line = re.search(rf"^[-*] \s*{re.escape(item.text)}\s*$", text, re.M)
                    yield TextProblem(f"This line cites no source: {item.text[:60]}", line.start())
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


def citation_place(text, key):
    """Where a text first cites a source."""
    return re.search(rf"@{key}(?![a-z0-9-])", text).start()


def is_topic(words):
    """Whether these words can be a topic: a file can hold them, and they make an address."""
    return words == words.lower() and not set(words) & set('",') and len(words) <= 100 and bool(slugify(words))


@cache
def form_for_files(model):
    """The form class that takes a document of this kind, with messages that speak of files."""
    return make_form_for_files(model, RecordForm)


def make_form_for_files(model, base, field_for=None):
    """A new form class on `base`; `field_for` makes the form field of a model field."""
    form = modelform_factory(model, form=base, fields=_file_fields(model), formfield_callback=field_for)
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
    data, problems = values_for_form(model, document)
    if problems:
        raise DocumentError(problems)
    return model.from_path(path) | data


def values_for_form(model, document):
    """({field: form value}, [(line, message)]) of a document, whatever state it is in."""
    data, problems = {}, []
    for name in model.document_names():
        value = document.values.get(name, "")
        field = model._meta.get_field(name)
        if isinstance(field, TaggableManager):
            if not all(is_topic(tag) for tag in value):
                problems.append((document.line(name), TOPICS))
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
    return data, problems


def values_from_form(form):
    """{field: document value} of what was typed in a form, valid or not, for its fields that stand in a document."""
    model = form._meta.model
    names = [name for name in model.document_names() if name in form.fields]
    return {name: _value_from_form(model._meta.get_field(name), name, form[name], model) for name in names}


def _value_from_form(field, name, bound, model):
    raw = bound.data
    if isinstance(field, models.ManyToManyField) and not isinstance(field, TaggableManager):
        return sorted(str(key) for key in raw or [] if key)
    if isinstance(field, models.BooleanField):
        return "yes" if raw else ""
    text = CONTROL.sub("", unicodedata.normalize("NFC", str(raw or "").replace("\r\n", "\n").replace("\r", "\n")))
    if isinstance(field, TaggableManager):
        return sorted({tag.strip().strip('"').lower() for tag in TAG.findall(text) if tag.strip(' "')})
    if isinstance(field, LinesField):
        return field.to_list(text)
    if name in model.text_names():
        return text.strip()
    if isinstance(field, models.DateField):
        return _iso(bound.field, text.strip())
    text = " ".join(text.split())
    return "" if text == "0" == str(field.get_default()) else text


def _iso(field, text):
    """A date as files write it; what is not a date stays as it was typed."""
    try:
        return field.to_python(text).isoformat() if text else ""
    except ValidationError:
        return text
