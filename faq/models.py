from dataclasses import replace

from django.db import models

from integrative.records import TitledRecord, published_is_complete

from .querysets import LinkedQuerySet


class Linked(TitledRecord):
    """A text that speaks of other records, and is shown on their pages."""

    therapies = models.ManyToManyField("therapies.Therapy", blank=True, related_name="%(class)ss")
    conditions = models.ManyToManyField("conditions.Condition", blank=True, related_name="%(class)ss")
    approaches = models.ManyToManyField("therapies.Approach", blank=True, related_name="%(class)ss")

    objects = LinkedQuerySet.as_manager()

    class Meta(TitledRecord.Meta):
        abstract = True

    def search_entries(self):
        """Its page, about every record it speaks of."""
        (entry,) = super().search_entries()
        spoken_of = [
            record.key for name in ("therapies", "conditions", "approaches") for record in getattr(self, name).all()
        ]
        return [replace(entry, about=(*entry.about, *spoken_of))]


class Question(Linked):
    """A question people ask, with a short answer (the summary) and a longer one."""

    folder = "faq"
    own_keys = ("title", "order", "therapies", "conditions", "approaches", "tags", "summary")
    needed = ("title", "summary")

    order = models.PositiveSmallIntegerField(default=0, help_text="Place in lists, smallest first.")

    class Meta(Linked.Meta):
        ordering = ["order", "title"]
        constraints = [published_is_complete("title", "summary")]


class Article(Linked):
    """A short text to read next."""

    folder = "articles"
    own_keys = ("title", "therapies", "conditions", "approaches", "tags", "summary")
    needed = ("title", "summary", "body")

    class Meta(Linked.Meta):
        constraints = [published_is_complete("title", "summary", "body")]
