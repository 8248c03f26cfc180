from django.db.models import Exists, OuterRef

from integrative.records import RecordQuerySet


class ConditionQuerySet(RecordQuerySet):
    def with_evidence(self):
        """Published conditions for which at least one published therapy has a published evidence record."""
        evidence = self.model._meta.get_field("evidence").related_model.objects
        return self.published().filter(Exists(evidence.published().filter(condition=OuterRef("pk"))))
