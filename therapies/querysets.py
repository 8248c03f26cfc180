from django.db.models import Exists, OuterRef, Prefetch, Q

from integrative.records import RecordQuerySet

from .scales import best_rank_below

REACHABLE = ("offered", "by-referral", "by-video")


class TherapyQuerySet(RecordQuerySet):
    def without_evidence_for(self, condition):
        """Published therapies for which nothing is recorded for this condition."""
        return (
            self.published()
            .exclude(pk__in=condition.evidence.filter(status="published").values("therapy"))
            .order_by("title")
        )


class EvidenceQuerySet(RecordQuerySet):
    def published(self):
        """Published evidence about a published therapy and a published condition."""
        return super().published().filter(therapy__status="published", condition__status="published")

    def for_search(self):
        return self.published().select_related("therapy", "condition")

    def best(self, therapies, condition=None, at_least=None):
        """The best published row of each of `therapies`, for a condition or for any, best supported first.

        The order is that of an index, so a page of a long list reads a page's rows and not the list; what else must
        hold is asked of each row, for a join would let the database start from the other table and sort.
        """
        counted = super().published()
        if condition:
            counted = counted.filter(condition=condition)
        else:
            conditions = self.model._meta.get_field("condition").related_model.objects.published()
            counted = counted.filter(Exists(conditions.filter(pk=OuterRef("condition_id"))))
        if at_least:
            counted = counted.filter(rank__lt=best_rank_below(at_least))
        better = Q(rank__lt=OuterRef("rank")) | Q(rank=OuterRef("rank"), path__lt=OuterRef("path"))
        better = counted.filter(better, therapy=OuterRef("therapy_id"))
        asked = Exists(therapies.filter(pk=OuterRef("therapy_id")))
        return counted.filter(asked, ~Exists(better)).order_by("rank", "therapy_id")

    def in_full(self):
        """With the records that a page shows beside it, in two queries whatever the number."""
        return (
            self.select_related("therapy", "condition")
            .prefetch_related("sources")
            .order_by("rank", "therapy_id", "condition_id", "aspect")
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
