from django.db import models
from django.db.models import Exists
from django.urls import reverse
from taggit.models import CommonGenericTaggedItemBase, TaggedItemBase

from .records import LinesField, Record, published_is_complete


class Topic(CommonGenericTaggedItemBase, TaggedItemBase):
    """A tag on a record; records are known by text, so the object's id is text."""

    object_id = models.CharField(max_length=200, db_index=True)

    class Meta:
        verbose_name = "topic of a record"
        verbose_name_plural = "topics of records"


class Source(Record):
    """A study, review, guideline or official page that statements on the site rest on."""

    class Trust(models.TextChoices):
        INSTITUTIONAL = "institutional", "Health body or hospital"
        PEER_REVIEWED = "peer-reviewed", "Peer-reviewed journal"

    folder = "sources"
    own_keys = ("title", "publisher", "url", "year", "pmid", "trust")
    needed = ("title", "publisher", "url", "trust")
    clinical = False

    title = models.CharField(max_length=400, blank=True)
    publisher = models.CharField(max_length=200, blank=True)
    url = models.URLField("web address", max_length=500, blank=True)
    year = models.CharField(max_length=4, blank=True)
    pmid = models.CharField("PubMed number", max_length=10, blank=True)
    trust = models.CharField("kind of source", max_length=20, choices=Trust, blank=True)
    sources = None

    class Meta(Record.Meta):
        constraints = [published_is_complete("title", "publisher", "url", "trust")]

    def cited_by(self, most):
        """[(kind in words, up to `most` published records that cite this source)] for the kinds that do."""
        kinds = {}
        for relation in self._meta.related_objects:
            if relation.many_to_many and issubclass(relation.related_model, Record):
                kinds[relation.related_model] = getattr(self, relation.get_accessor_name()).published()
        # One query says which kinds there are, so that only those are asked.
        found = Source.objects.annotate(**{model.folder: Exists(records) for model, records in kinds.items()})
        found = found.values(*(model.folder for model in kinds)).get(pk=self.pk)
        return [
            (model._meta.verbose_name_plural, list(records[:most]))
            for model, records in kinds.items()
            if found[model.folder]
        ]


class Term(Record):
    """A word of the glossary; pages link its first use to its explanation."""

    folder = "terms"
    own_keys = ("title", "also_called")
    needed = ("title", "body")

    also_called = LinesField(blank=True, help_text="Other forms that should link here, one a line.")

    class Meta(Record.Meta):
        constraints = [published_is_complete("title", "body")]

    def get_absolute_url(self):
        return f"{reverse('glossary')}#{self.path}"


class Page(Record):
    """A plain page, or a standing text such as the notice that services vary by location."""

    folder = "pages"
    own_keys = ("title", "summary")
    needed = ("title", "body")
    clinical = False

    summary = models.TextField(blank=True, help_text="One or two plain sentences for the top of the page.")

    class Meta(Record.Meta):
        constraints = [published_is_complete("title", "body")]

    def get_absolute_url(self):
        return reverse("page", args=[self.path])

    @property
    def first_section(self):
        """The text under its first heading: for the emergency page, the signs that hold for anyone."""
        return self.body.partition("## ")[2].partition("\n## ")[0].partition("\n")[2]


class ContentVersion(models.Model):
    """One row, changed by database triggers with anything readers are shown; see `version.py`."""

    value = models.CharField(max_length=80)

    def __str__(self):
        return self.value
