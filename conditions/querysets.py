from django.db.models import OuterRef, Subquery

from integrative.records import RecordQuerySet


class ConditionQuerySet(RecordQuerySet):
    def with_evidence(self):
        """Published conditions for which at least one published therapy has a published evidence record.

        Each condition is asked for one row of an index; a database that is asked whether any exists may read them all.
        """
        evidence = self.model._meta.get_field("evidence").related_model.objects.published()
        first = evidence.filter(condition=OuterRef("pk")).order_by("rank", "therapy_id").values("pk")[:1]
        return self.published().alias(first=Subquery(first)).filter(first__isnull=False)
