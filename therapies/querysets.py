from django.db.models import Min, Prefetch, Q

from integrative.records import RecordQuerySet

from .scales import best_rank_below

REACHABLE = ("offered", "by-referral", "by-video")


class TherapyQuerySet(RecordQuerySet):
    def for_condition(self, condition, at_least=None):
        """Published therapies with evidence for a condition, best supported first; each carries its best `rank`."""
        evidence = Q(evidence__condition=condition, evidence__status="published")
        if at_least:
            evidence &= Q(evidence__rank__lt=best_rank_below(at_least))
        return self._ranked(evidence)

    def with_level(self, at_least):
        """Published therapies with evidence of at least this level for any condition, best supported first."""
        evidence = Q(evidence__status="published", evidence__condition__status="published")
        evidence &= Q(evidence__rank__lt=best_rank_below(at_least))
        return self._ranked(evidence)

    def _ranked(self, evidence):
        best = Min("evidence__rank", filter=evidence)
        return self.published().filter(evidence).annotate(rank=best).order_by("rank", "title")

    def without_evidence_for(self, condition):
        """Published therapies for which nothing is recorded for this condition."""
        return (
            self.published()
            .exclude(pk__in=condition.evidence.filter(status="published").values("therapy"))
            .order_by("title")
        )

    def offered_at(self, location):
        """Published therapies that a location offers itself, by referral or by video."""
        return self.published().filter(
            pk__in=location.offerings.filter(status="published", how__in=REACHABLE).values("therapy")
        )


class EvidenceQuerySet(RecordQuerySet):
    def published(self):
        """Published evidence about a published therapy and a published condition."""
        return super().published().filter(therapy__status="published", condition__status="published")

    def for_search(self):
        return self.published().select_related("therapy", "condition")

    def in_full(self):
        """With the records that a page shows beside it, in two queries whatever the number."""
        return (
            self.select_related("therapy", "condition")
            .prefetch_related("sources")
            .order_by("rank", "therapy__title", "condition__title", "aspect")
        )


class LocationQuerySet(RecordQuerySet):
    def with_offerings(self):
        """Published locations with their published offerings of published therapies."""
        offerings = (
            self.model.offerings.rel.related_model.objects.published()
            .select_related("therapy")
            .order_by("therapy__title")
        )
        return self.published().prefetch_related(Prefetch("offerings", offerings, to_attr="services"))

    def that_offer(self, therapy):
        """Those that offer a therapy themselves, by referral or by video."""
        return self.filter(offerings__therapy=therapy, offerings__status="published", offerings__how__in=REACHABLE)

    def regions(self):
        """The names of all regions with a published location."""
        return list(self.published().order_by("region").values_list("region", flat=True).distinct())


class OfferingQuerySet(RecordQuerySet):
    def published(self):
        """Published offerings of a published therapy at a published location."""
        return super().published().filter(therapy__status="published", location__status="published")
