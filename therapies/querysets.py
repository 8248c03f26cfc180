from django.db.models import Aggregate, Exists, OuterRef, Prefetch, Q, Subquery, TextField

from integrative.records import RecordQuerySet

from .scales import best_rank_below

REACHABLE = ("offered", "by-referral", "by-video")


class Together(Aggregate):
    """The values of a text column, separated by spaces, as one text."""

    function = "GROUP_CONCAT"
    template = "%(function)s(%(expressions)s, ' ')"
    output_field = TextField()

    def as_postgresql(self, compiler, connection, **context):
        return self.as_sql(compiler, connection, function="STRING_AGG", **context)


class TherapyQuerySet(RecordQuerySet):
    def without_evidence_for(self, condition):
        """Published therapies for which nothing is recorded for this condition, by name.

        Each is asked for one row of an index, so the first of a long list cost no more than of a short one.
        """
        evidence = condition.evidence.model.objects.filter(status="published", condition=condition)
        return self.published().filter(~Exists(evidence.filter(therapy=OuterRef("pk")))).order_by("title")

    def on_offer(self):
        """Published therapies that some published location offers, itself, by referral or by video."""
        offerings = self.model._meta.get_field("offerings").related_model.objects.reachable()
        return self.published().filter(pk__in=offerings.values("therapy"))


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

    def of(self, therapies):
        """Published evidence about these, which must be published, and a published condition."""
        return super().published().filter(therapy__in=therapies, condition__status="published")

    def in_full(self):
        """With the records that a page shows beside it and the keys of its sources, in one query."""
        named = self.model.sources.through.objects.filter(evidence=OuterRef("pk")).order_by().values("evidence")
        return (
            self.select_related("therapy", "condition")
            .annotate(named=Subquery(named.annotate(keys=Together("source")).values("keys")))
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

    def reachable(self):
        """Published offerings by which people get the therapy, one way or another."""
        return self.published().filter(how__in=REACHABLE)
