"""What stands between a draft and its readers, and what hangs on a page: the same answers in the form, at the desk and
at the moment of publishing."""

from dataclasses import dataclass, replace

from .forms import form_for_files, values_for_form
from .linter import lint
from .records import Record, model_of, record_models
from .rendering import address, links, target

ATTESTATIONS = {
    "plain": "The words are plain: I read the text aloud, and a patient would follow it.",
    "sources": "I opened every source and it says what the text says.",
    "images": "The images fit the text and show nobody without consent, or there are none.",
}


@dataclass(frozen=True)
class Finding:
    """One thing to know about a draft. An `error` keeps it from being published; `advice` does not."""

    kind: str
    field: str
    message: str
    label: str = ""


def blank(model, path):
    """An unsaved instance in the place of a record, with the parents that its path names."""
    row = model(pk=path, **{f"{name}_id": value for name, value in model.from_path(path).items()})
    row._state.adding = False
    return row


def findings(model, path, document):
    """Every Finding on a document as it would stand published, errors first."""
    row = blank(model, path)
    found = [*_form_errors(row, document), *_dead_links(row, document), *_balance(row, document)]
    found += _linted(model, path, document)
    named = set(model.document_names())
    found = [replace(one, label=model.label(one.field)) if one.field in named else one for one in found]
    return sorted(dict.fromkeys(found), key=lambda finding: finding.kind != "error")


def errors(model, path, document):
    """The findings that keep a document from being published."""
    return [finding for finding in findings(model, path, document) if finding.kind == "error"]


def _form_errors(row, document):
    model = type(row)
    data, problems = values_for_form(model, document)
    yield from (Finding("error", "", message) for _, message in problems)
    form = form_for_files(model)(model.from_path(row.pk) | data, instance=row)
    for name, raised in form.errors.as_data().items():
        for error in raised:
            yield Finding("error", "" if name == "__all__" else name, " ".join(error.messages))


def _dead_links(row, document):
    for name in row.text_names():
        for href in links(document.values.get(name, "")):
            if not leads_to_a_page(href, row.file):
                yield Finding("error", name, f"The link {href} leads to no published page.")


def _balance(row, document):
    """Benefits beside harms, and each row of a comparison said or openly not known."""
    for name in row.compared:
        if not document.values.get(name):
            told = f"“{row.label(name)}” is empty: comparisons will say “Not known”. Leave it so only if that is true."
            yield Finding("advice", name, told)
    for name, message in row.imbalance(document):
        yield Finding("advice", name, message)


def _linted(model, path, document):
    """What the linter of content files says about this text."""
    for found in lint(model, document, path):
        place = (
            f" (line {found.line})" if document.values.get(found.field) and found.field in model.text_names() else ""
        )
        yield Finding("error" if found.kind == "error" else "advice", found.field or "", found.message + place)


def leads_to_a_page(href, file):
    """Whether a link goes outside, to a place on the page, or to a published record."""
    there = target(href, file)
    if there is None:
        return address(href, file) is not None
    return model_of(there[0]).objects.published().filter(pk=there[1]).exists()


def users_of(record):
    """Published records that link to this one in their text, or cite it: they would break without it."""
    here, found = (record.folder, record.pk), []
    for model in record_models():
        citing = _citing(model, record)
        for other in model.objects.published():
            if (other.folder, other.pk) == here:
                continue
            linked = (target(href, other.file) for text in other.texts.values() for href in links(text))
            if other.pk in citing or here in linked:
                found.append(other)
    return found


def _citing(model, record):
    if record.folder != "sources" or model.sources is None:
        return set()
    return set(model.objects.published().filter(sources=record).values_list("pk", flat=True))


def joined_to(record):
    """Published records that show this one without naming it in their text, such as its findings and questions."""
    found = {}
    for relation in record._meta.related_objects:
        if issubclass(relation.related_model, Record):
            for other in relation.related_model.objects.published().filter(**{relation.field.name: record}):
                found[other.folder, other.pk] = other
    return list(found.values())
