from django.db import models

from integrative.records import LinesField, TitledRecord, published_is_complete
from integrative.rendering import items

from .querysets import ConditionQuerySet


class BodySystem(models.TextChoices):
    WHOLE_BODY = "whole-body", "Whole body"
    MUSCULOSKELETAL = "musculoskeletal", "Muscles, bones and joints"
    BRAIN_AND_NERVES = "brain-and-nerves", "Brain and nerves"
    MENTAL_HEALTH = "mental-health", "Mental health"
    HORMONES = "hormones-and-reproduction", "Hormones and reproduction"
    HEART = "heart-and-circulation", "Heart and circulation"
    RESPIRATORY = "respiratory", "Lungs and breathing"
    CANCER = "cancer", "Cancer"
    DIGESTIVE = "digestive", "Digestion"
    IMMUNE = "immune", "Immune system"


class Condition(TitledRecord):
    """An illness, symptom or situation that people bring to a clinic."""

    folder = "conditions"
    own_keys = ("title", "also_called", "body_system", "icd10cm", "tags", "summary")
    sections = {
        "what_it_is": "What it is",
        "emergency": "Emergency signs",
        "see_a_clinician": "When to see a clinician",
        "usual_care": "Usual care",
        "what_you_can_do": "What you can do",
    }
    needed = ("title", "summary", "body_system", "what_you_can_do")
    cited = ("what_it_is", "emergency", "see_a_clinician", "usual_care")
    item_lists = ("emergency", "see_a_clinician")
    search_subject = True

    also_called = LinesField(blank=True, help_text="Names that patients use, one a line. Search and filters know them.")
    body_system = models.CharField("part of the body", max_length=30, choices=BodySystem, blank=True)
    icd10cm = LinesField("ICD-10-CM codes", blank=True, help_text="Checked codes only, one a line.")
    what_it_is = models.TextField(blank=True)
    emergency = models.TextField(
        "emergency signs", blank=True, help_text="One `- ` line for each sign, each with its source as [@key]."
    )
    see_a_clinician = models.TextField("when to see a clinician", blank=True, help_text="As above.")
    usual_care = models.TextField(
        blank=True, help_text="What clinicians usually offer, each statement with its source."
    )
    what_you_can_do = models.TextField(blank=True, help_text="Next steps. No effects of therapies here.")

    objects = ConditionQuerySet.as_manager()

    class Meta(TitledRecord.Meta):
        constraints = [published_is_complete("title", "summary", "body_system", "what_you_can_do")]
        indexes = [models.Index(fields=["status", "title"], name="condition_by_name")]

    @property
    def emergency_items(self):
        return items(self.emergency)

    @property
    def needs_general_emergency(self):
        """Whether its own signs are so few that the general ones must stand beside them."""
        return len(self.emergency_items) < 3

    def therapies_without_evidence(self):
        """Published therapies for which nothing is recorded for this condition, by name."""
        therapies = self.evidence.model._meta.get_field("therapy").related_model.objects
        return therapies.without_evidence_for(self)
