"""Deployment checks: what an operator should know before readers come."""

from django.core.checks import Tags, Warning, register
from django.db import DatabaseError

from .records import record_models


@register(Tags.database, deploy=True)
def samples_are_published(app_configs, **kwargs):
    """Warn while a sample record, such as a made-up location, is published."""
    warnings = []
    for model in record_models():
        if any(field.name == "sample" for field in model._meta.fields):
            names = _ask(lambda m: list(m.objects.published().filter(sample=True).values_list("pk", flat=True)), model)
            if names:
                told = f"Sample records are published: {model.folder}/ {', '.join(names)}"
                hint = "Replace them with real ones, or set their status to retired."
                warnings.append(Warning(told, hint=hint, id="integrative.W001"))
    return warnings


@register(Tags.database, deploy=True)
def pages_are_unreviewed(app_configs, **kwargs):
    """Warn while pages that no clinician has signed are published."""
    counts = {m._meta.verbose_name: _ask(lambda m: m.objects.unreviewed().count(), m) for m in _reviewed()}
    told = ", ".join(f"{count} {name}" for name, count in counts.items() if count)
    if not told:
        return []
    hint = "The pages say so to readers. A clinician's review is signed with reviewed_on and reviewed_by."
    return [Warning(f"Published without clinical review: {told}", hint=hint, id="integrative.W002")]


def _reviewed():
    return [model for model in record_models() if model.clinical]


def _ask(question, model):
    """The answer, or nothing where the tables are not there yet."""
    try:
        return question(model)
    except DatabaseError:
        return []
