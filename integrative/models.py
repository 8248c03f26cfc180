import logging

from django.db import DatabaseError, InterfaceError, models
from django.db.models import Exists, F
from django.urls import reverse
from django.utils import timezone
from taggit.models import CommonGenericTaggedItemBase, TaggedItemBase

from .records import LinesField, Record, RecordQuerySet, published_is_complete
from .revisions import Moved, Presence, Reminder, Revision, Share, Step  # noqa: F401 - Django looks for models here
from .sqlite import wait_at_most

logger = logging.getLogger(__name__)
# Word lists that the search goes by, and the notice that stands on other pages: they have no address of their own.
WORD_LISTS = ("crisis-words", "safety-words")
STANDING = ("notice", *WORD_LISTS)


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
    in_feed = False
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
        """[(kind in words, the first `most` published records that cite this source)] for the kinds that do."""
        kinds = {}
        for relation in self._meta.related_objects:
            if relation.many_to_many and issubclass(relation.related_model, Record):
                kinds[relation.related_model] = getattr(self, relation.get_accessor_name()).published()
        # One query says which kinds there are, so that only those are asked.
        found = Source.objects.annotate(**{model.folder: Exists(records) for model, records in kinds.items()})
        found = found.values(*(model.folder for model in kinds)).get(pk=self.pk)
        return [
            (model._meta.verbose_name_plural, records.up_to(most))
            for model, records in kinds.items()
            if found[model.folder]
        ]


class Term(Record):
    """A word of the glossary; pages link its first use to its explanation."""

    folder = "terms"
    in_feed = False
    own_keys = ("title", "also_called")
    needed = ("title", "body")

    also_called = LinesField(blank=True, help_text="Other forms that should link here, one a line.")

    class Meta(Record.Meta):
        constraints = [published_is_complete("title", "body")]

    def get_absolute_url(self):
        return f"{reverse('glossary')}#{self.path}"

    @property
    def other_names(self):
        """Its other names without mere forms, such as plurals, of its title or of each other."""
        told = [self.title]
        for name in self.also_called.splitlines():
            if not any(name.startswith(known[: max(4, len(known) - 2)]) for known in told):
                told.append(name)
        return told[1:]


class PageQuerySet(RecordQuerySet):
    def for_readers(self):
        """Published pages that stand at an address of their own."""
        return self.published().exclude(pk__in=STANDING)

    def for_search(self):
        return self.for_readers()


class Page(Record):
    """A plain page, or a standing text such as the notice that services vary by location."""

    folder = "pages"
    in_feed = False
    own_keys = ("title", "summary")
    needed = ("title", "body")
    fixed = frozenset({"about", "accessibility", "emergency", "how-we-rate-evidence", "notice", "privacy"})
    clinical = False

    summary = models.TextField(blank=True, help_text="One or two plain sentences for the top of the page.")

    objects = PageQuerySet.as_manager()

    class Meta(Record.Meta):
        constraints = [published_is_complete("title", "body")]

    def get_absolute_url(self):
        return reverse("page", args=[self.path])

    @classmethod
    def is_prose(cls, path):
        return path not in WORD_LISTS

    @property
    def first_section(self):
        """The text under its first heading: for the emergency page, the signs that hold for anyone."""
        return self.body.partition("## ")[2].partition("\n## ")[0].partition("\n")[2]


class EmptySearches(models.Model):
    """How many searches of one day found nothing. The words are not kept anywhere."""

    day = models.DateField(primary_key=True)
    count = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ["-day"]
        verbose_name = verbose_name_plural = "searches that found nothing"

    def __str__(self):
        return f"{self.day:%B} {self.day.day}, {self.day.year}: {self.count}"

    @classmethod
    def count_one(cls):
        """Add one to today's count, where the database can be written at once: no reader waits or fails for a count."""
        try:
            with wait_at_most(0.2):
                today, _ = cls.objects.get_or_create(day=timezone.localdate())
                cls.objects.filter(pk=today.pk).update(count=F("count") + 1)
        except (DatabaseError, InterfaceError) as error:
            logger.warning("A search that found nothing was not counted: %s", error)


class ContentVersion(models.Model):
    """One row, changed by database triggers with anything readers are shown; see `version.py`."""

    value = models.CharField(max_length=80)

    def __str__(self):
        return self.value
