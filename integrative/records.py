"""`Record`: what every public thing on the site is. A new kind is one subclass, one folder and one template."""

import re
from functools import cached_property

from django.apps import apps
from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.text import capfirst
from taggit.managers import TaggableManager

from .documents import Document, Shape
from .search.entries import Entry

SLUG = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
CITATION = re.compile(r"\[(@[a-z0-9-]+(?:; ?@[a-z0-9-]+)*)\]")
# Every kind ends its front matter with these keys.
STATE_KEYS = ("owner", "checked_on", "reviewed_on", "reviewed_by", "next_review_on", "status")


class Status(models.TextChoices):
    DRAFT = "draft", "Draft"
    PUBLISHED = "published", "Published"
    RETIRED = "retired", "Retired"


class LinesField(models.TextField):
    """A list of short texts, one on each line; in a document a YAML list."""

    def to_list(self, value):
        """The texts, in order, each once, without blank lines."""
        return list(dict.fromkeys(" ".join(line.split()) for line in value.splitlines() if line.strip()))


class Listed(list):
    """The records a page lists; `more` says that there are others."""

    more = False


class RecordQuerySet(models.QuerySet):
    def published(self):
        return self.filter(status=Status.PUBLISHED)

    def up_to(self, most, chosen=()):
        """The first `most` of them as a `Listed`, so that no page grows with the site; those `chosen` always stand."""
        found = list(self[: most + 1])
        listed = Listed(found[:most])
        listed.more = len(found) > most
        if away := set(chosen).difference(record.pk for record in listed) if chosen else ():
            listed[:0] = self.filter(pk__in=away)
        return listed

    def due_for_review(self, on):
        """Published records whose next review falls on or before the date `on`."""
        return self.published().filter(next_review_on__lte=on)

    def unreviewed(self):
        """Published records that no clinician has signed."""
        return self.published().filter(reviewed_on=None)

    def called(self, name):
        """Published records that answer to this exact address, title or everyday name, in any letter case."""
        name = " ".join(name.replace("\0", " ").split())
        if not name:
            return self.none()
        line = rf"(^|\n)\s*{_literal(name)}\s*(\r?\n|$)"
        return self.published().filter(Q(pk=name.lower()) | Q(title__iexact=name) | Q(also_called__iregex=line))

    def for_search(self):
        """Published records with whatever their search entries need to know of others."""
        return self.published()

    def tagged(self, slug):
        return self.published().filter(tags__slug=slug).distinct()


def _literal(text):
    """Text made safe inside a regular expression of SQLite (Python's) and of PostgreSQL alike."""
    return "".join(c if c.isalnum() or c == " " else f"\\{c}" if c.isascii() else "." for c in text)


class Record(models.Model):
    """A page's worth of content, known by its path below its folder of `content/`.

    Subclasses say what stands in their file: `folder` (below `content/`), `own_keys` (front matter before the state
    keys), `sections` ({field: heading}; empty means a free `body`) and `needed` (what a published record must fill).
    """

    folder = ""
    own_keys = ()
    sections = {}
    needed = ("title",)
    # The day that a published record must carry: when its truth was last looked at.
    day_needed = "checked_on"
    # Texts that must cite a source when they say anything, and texts that are lists whose every line must.
    cited = ()
    item_lists = ()
    # Fields that stand as rows in comparisons, where an empty one reads "Not known".
    compared = ()
    # Paths that templates name: these records stay up, and stay where they are.
    fixed = frozenset()
    # Whether it speaks of health, so that a clinician should sign it.
    clinical = True
    # What the linter asks of a published page beyond `needed`: the parts that make it clear to a reader.
    clear = ()
    # Whether it may say what helps and what harms. Evidence may, and nothing else.
    states_effects = False
    # Whether the feed of changes tells of it.
    in_feed = True
    # Whether people look things up about it: see `search.entries`.
    search_subject = False

    path = models.CharField(
        "address",
        primary_key=True,
        max_length=200,
        help_text="The last part of the page's address: lower-case letters, digits and hyphens. It stays as it is.",
        validators=[RegexValidator(rf"^{SLUG.pattern}\Z", "Use lower-case letters, digits and single hyphens.")],
    )
    title = models.CharField(max_length=200, blank=True)
    body = models.TextField("text", blank=True, help_text="Markdown. Cite a source as [@its-key].")
    status = models.CharField(max_length=10, choices=Status, default=Status.DRAFT)
    owner = models.CharField(max_length=120, blank=True, help_text="The person or team that keeps this page true.")
    checked_on = models.DateField(
        "checked on", null=True, blank=True, help_text="The day someone last held this text against its sources."
    )
    reviewed_on = models.DateField("clinically reviewed on", null=True, blank=True)
    reviewed_by = models.CharField("clinically reviewed by", max_length=200, blank=True)
    next_review_on = models.DateField("next review on", null=True, blank=True)
    sources = models.ManyToManyField("integrative.Source", blank=True, related_name="%(class)s_records")
    synced_hash = models.CharField("last agreed with its file", max_length=32, blank=True, editable=False)

    objects = RecordQuerySet.as_manager()

    class Meta:
        abstract = True
        ordering = ["title"]

    def __str__(self):
        return self.title or self.path

    def get_absolute_url(self):
        return reverse(f"{self.folder}:detail", args=[self.path])

    @property
    def is_published(self):
        return self.status == Status.PUBLISHED

    @property
    def review_is_overdue(self):
        return bool(self.next_review_on and self.next_review_on < timezone.localdate())

    @classmethod
    def is_prose(cls, path):
        """Whether a record is text that people read, rather than a list that the site works with."""
        return True

    def clean(self):
        super().clean()
        complete(self)

    def imbalance(self, document):
        """What a proposed document of this record tells one-sidedly: [(field, message)]."""
        return []

    def get_constraints(self):
        """Those that a form asks the database about: `clean` has said already, in words, what is not complete."""
        return [
            (model, [c for c in constraints if not c.name.endswith("_published_is_complete")])
            for model, constraints in super().get_constraints()
        ]

    @classmethod
    def shape(cls):
        """What a file of this kind may hold."""
        keys = cls.own_keys + STATE_KEYS
        unordered = {k for k in keys if isinstance(cls._meta.get_field(k), (models.ManyToManyField, TaggableManager))}
        lists = {k for k in keys if isinstance(cls._meta.get_field(k), LinesField)} | unordered
        return Shape(keys, frozenset(lists), frozenset(unordered), cls.sections)

    @classmethod
    def text_names(cls):
        """The names of the Markdown fields, in reading order."""
        return tuple(cls.sections) or ("body",)

    @classmethod
    def label(cls, name):
        """What staff call a field that stands in a document."""
        return cls.sections.get(name) or capfirst(cls._meta.get_field(name).verbose_name)

    @classmethod
    def document_names(cls):
        """The fields that stand in a document: front matter keys, then texts."""
        return cls.own_keys + STATE_KEYS + cls.text_names()

    @classmethod
    def from_path(cls, path):
        """The field values that a path stands for; ValueError where it is not a path of this kind."""
        if not SLUG.fullmatch(path):
            raise ValueError("name files with lower-case letters, digits and single hyphens, ending in .md")
        return {}

    @classmethod
    def contradictions(cls, values):
        """[(field, message)] where the values of a document of this kind do not go together."""
        return []

    @property
    def file(self):
        """Its file's place below `content/`; relative links in its texts start there."""
        return f"{self.folder}/{self.path}.md"

    def document(self):
        """This row as a document."""
        values = {name: self._value_for_document(name) for name in self.document_names()}
        return Document(self.shape(), {name: value for name, value in values.items() if value})

    def _value_for_document(self, name):
        field = self._meta.get_field(name)
        if isinstance(field, TaggableManager):
            return sorted(tag.name for tag in self.tags.all())
        if isinstance(field, models.ManyToManyField):
            return sorted(record.pk for record in getattr(self, name).all())
        value = getattr(self, field.attname)
        if isinstance(field, LinesField):
            return field.to_list(value)
        if isinstance(field, models.DateField):
            return value.isoformat() if value else ""
        if isinstance(field, models.BooleanField):
            return "yes" if value else ""
        if value is None or value == field.get_default() == 0:
            return ""
        return str(value).strip() if name in self.text_names() else " ".join(str(value).split())

    @cached_property
    def texts(self):
        """{field: Markdown} of every filled text, in reading order."""
        return {name: text for name in self.text_names() if (text := getattr(self, name))}

    def cited_keys(self):
        """The source keys its texts cite, first use first."""
        return list(dict.fromkeys(key for text in self.texts.values() for key in citation_keys(text)))

    @property
    def key(self):
        """Its file's place below `content/` without its ending: one word for it among all kinds."""
        return f"{self.folder}/{self.pk}"

    def search_entries(self):
        """What a search can find of it: its page, and sections that answer a question of their own."""
        return [
            Entry(
                kind=self.folder,
                file=self.key,
                title=str(self),
                url=self.get_absolute_url(),
                also=getattr(self, "also_called", ""),
                summary=getattr(self, "summary", ""),
                text="\n\n".join(self.texts.values()),
                about=(self.key,),
                subject=self.search_subject,
            )
        ]

    def rests_on(self, key):
        """Whether this record cites the source of that key, in its texts or by name."""
        return bool(self.sources is not None and self.sources.filter(pk=key).exists())


class TitledRecord(Record):
    """A record that readers find by name: it has a summary, which stands first on its page, and topics."""

    summary = models.TextField(
        blank=True, help_text="One to three plain sentences. They stand at the top of the page and in lists."
    )
    tags = TaggableManager("topics", through="integrative.Topic", blank=True)

    class Meta(Record.Meta):
        abstract = True

    @property
    def inside(self):
        """Its title as it reads within a sentence.

        A proper name stays as it is. It is told from others by its other names: one of them begins with it, capital
        and all.
        """
        first = self.title.partition(" ")[0]
        others = getattr(self, "also_called", "").splitlines()
        if not first[1:].islower() or any(name.startswith(first) for name in others):
            return self.title
        return self.title[:1].lower() + self.title[1:]


def citation_keys(text):
    """Every source key cited in a text, in order."""
    return [key.strip().lstrip("@") for group in CITATION.findall(text) for key in group.split(";")]


def published_is_complete(*names):
    """A constraint: a published row has something in each of these fields. The form says the same in words."""
    filled = Q()
    for name in names:
        filled &= ~Q(**{name: ""})
    return models.CheckConstraint(
        condition=~Q(status=Status.PUBLISHED) | (filled & Q(checked_on__isnull=False)),
        name="%(app_label)s_%(class)s_published_is_complete",
    )


def complete(record):
    """Raise a ValidationError in plain words for what a published record still lacks."""
    if not record.is_published:
        return
    errors = {}
    for name in (*record.needed, record.day_needed):
        if not getattr(record, record._meta.get_field(name).attname):
            label = record.sections.get(name) or record._meta.get_field(name).verbose_name
            errors[name] = ValidationError(f"A published page needs “{label}”. Fill it in, or save it as a draft.")
    if errors:
        raise ValidationError(errors)


def record_models():
    """Every kind of record, those that others point to first."""
    return [model for model in apps.get_models() if issubclass(model, Record)]


def model_of(folder):
    """The model whose files lie in this folder of `content/`, or None."""
    return next((model for model in record_models() if model.folder == folder), None)
