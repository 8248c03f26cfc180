from integrative.records import RecordQuerySet


class ConditionQuerySet(RecordQuerySet):
    def with_evidence(self):
        """Published conditions for which at least one published therapy has a published evidence record."""
        return self.published().filter(evidence__status="published", evidence__therapy__status="published").distinct()
