from dataclasses import replace

from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils import timezone

from integrative.records import SLUG, LinesField, Record, TitledRecord, published_is_complete

from .querysets import REACHABLE, EvidenceQuerySet, LocationQuerySet, OfferingQuerySet, TherapyQuerySet
from .scales import SURE_ENOUGH, Certainty, Level, rank_expression

TOO_STRONG = "“Likely helps” needs moderate or high certainty."


class TherapyKind(models.TextChoices):
    HANDS_ON = "hands-on", "Hands-on care"
    MIND_AND_BODY = "mind-and-body", "Mind and body practice"
    TALKING = "talking", "Talking therapy"
    NATURAL = "natural-products", "Food, herbs and oils"


class Therapy(TitledRecord):
    """A complementary therapy: what it is and how it is used. What it does stands in `Evidence`, and only there."""

    folder = "therapies"
    own_keys = ("title", "also_called", "kind", "tags", "time", "cost", "summary")
    sections = {
        "what_it_is": "What it is",
        "how_it_may_work": "How it may work",
        "what_happens": "What happens at a visit",
        "who_provides_it": "Who provides it",
        "styles": "Styles and activities",
        "safety": "Safety",
        "ask_first": "Who should ask first",
        "known_and_not": "What is known and not known",
        "what_you_can_do": "What you can do",
    }
    needed = ("title", "kind", "summary", "what_it_is", "what_happens", "who_provides_it", "safety")
    cited = ("safety", "ask_first")
    item_lists = ("safety", "ask_first")
    clear = ("known_and_not", "what_you_can_do")
    search_subject = True
    compared = ("time", "cost", "what_happens", "who_provides_it", "safety", "ask_first")

    also_called = LinesField(blank=True, help_text="Other names, one a line. Search and filters know them.")
    kind = models.CharField("kind", max_length=20, choices=TherapyKind, blank=True)
    time = models.CharField("time it takes", max_length=200, blank=True, help_text="In words. Empty shows “Not known”.")
    cost = models.CharField("what it costs", max_length=200, blank=True, help_text="In words. Empty shows “Not known”.")
    what_it_is = models.TextField(blank=True)
    how_it_may_work = models.TextField(blank=True, help_text="Call a belief a belief.")
    what_happens = models.TextField("what happens at a visit", blank=True)
    who_provides_it = models.TextField(blank=True, help_text="And which credentials to check.")
    styles = models.TextField("styles and activities", blank=True)
    safety = models.TextField(blank=True, help_text="One `- ` line for each point, each with its source as [@key].")
    ask_first = models.TextField("who should ask first", blank=True, help_text="As above.")
    known_and_not = models.TextField("what is known and not known", blank=True)
    what_you_can_do = models.TextField(blank=True, help_text="Next steps. No effects here.")

    objects = TherapyQuerySet.as_manager()

    class Meta(TitledRecord.Meta):
        verbose_name_plural = "therapies"
        constraints = [
            published_is_complete("title", "kind", "summary", "what_it_is", "what_happens", "who_provides_it", "safety")
        ]
        indexes = [
            models.Index(fields=["status", "title"], name="therapy_by_name"),
            models.Index(fields=["status", "kind", "title"], name="therapy_by_kind"),
        ]

    def search_entries(self):
        """Its page without the two sections on harm, and each of these as an answer of its own."""
        (page,) = super().search_entries()
        apart = {"safety": ("safety", "safety"), "ask_first": ("ask-first", "who should ask first")}
        text = "\n\n".join(value for name, value in self.texts.items() if name not in apart)
        sections = [
            replace(
                page,
                kind="safety",
                part=part,
                title=f"{self.title}: {words}",
                url=f"{page.url}#{part}",
                summary="",
                text=self.texts[name],
                subject=False,
            )
            for name, (part, words) in apart.items()
            if name in self.texts
        ]
        return [replace(page, text=text), *sections]

    def imbalance(self, document):
        if not self.evidence.published().exists():
            yield (
                "",
                "No finding is recorded, so readers see harms and no benefits. Add evidence, if only “not enough”.",
            )


class Approach(TitledRecord):
    """A way of organising care, such as integrative or conventional medicine; people mix them up."""

    folder = "approaches"
    own_keys = ("title", "also_called", "order", "tags", "summary")
    sections = {
        "what_it_is": "What it is",
        "who_practices_it": "Who practices it",
        "looks_at": "What it looks at",
        "uses": "What it uses",
        "scope": "How wide it is",
        "known_and_not": "What is known and not known",
        "what_you_can_do": "What you can do",
    }
    needed = ("title", "summary", "what_it_is")
    clear = ("known_and_not", "what_you_can_do")
    search_subject = True
    compared = ("what_it_is", "who_practices_it", "looks_at", "uses", "scope", "known_and_not")

    also_called = LinesField(blank=True, help_text="Other names, one a line.")
    order = models.PositiveSmallIntegerField(default=0, help_text="Place in lists and comparisons, smallest first.")
    what_it_is = models.TextField(blank=True)
    who_practices_it = models.TextField(blank=True)
    looks_at = models.TextField("what it looks at", blank=True)
    uses = models.TextField("what it uses", blank=True)
    scope = models.TextField("how wide it is", blank=True)
    known_and_not = models.TextField("what is known and not known", blank=True)
    what_you_can_do = models.TextField(blank=True)

    class Meta(TitledRecord.Meta):
        verbose_name_plural = "approaches"
        ordering = ["order", "title"]
        constraints = [published_is_complete("title", "summary", "what_it_is")]


class Evidence(Record):
    """What studies found for one therapy, one condition and one aspect of it. The only place for effects."""

    folder = "evidence"
    own_keys = ("aspect", "level", "certainty", "sources")
    needed = ("level", "certainty", "body", "sources")
    states_effects = True

    title = None
    path = models.CharField("address", primary_key=True, max_length=300, editable=False)
    therapy = models.ForeignKey(Therapy, models.PROTECT, related_name="evidence")
    condition = models.ForeignKey("conditions.Condition", models.PROTECT, related_name="evidence")
    aspect = models.CharField(
        max_length=120,
        blank=True,
        help_text="Which part of the condition, in words: “hot flashes”. Empty for the whole.",
    )
    level = models.CharField(max_length=20, choices=Level, blank=True)
    certainty = models.CharField(max_length=12, choices=Certainty, blank=True)
    body = models.TextField(
        "finding", blank=True, help_text="Who studied it, compared with what, what they found, how sure."
    )
    rank = models.GeneratedField(
        expression=rank_expression(), output_field=models.PositiveSmallIntegerField(), db_persist=True
    )

    objects = EvidenceQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "evidence"
        ordering = ["rank", "therapy", "condition", "aspect"]
        constraints = [
            published_is_complete("level", "certainty", "body"),
            models.CheckConstraint(
                condition=~models.Q(level=Level.LIKELY) | models.Q(certainty__in=SURE_ENOUGH),
                name="likely_helps_needs_certainty",
                violation_error_message=TOO_STRONG,
            ),
        ]
        indexes = [
            models.Index(fields=["condition", "status", "rank", "therapy"], name="evidence_by_condition"),
            models.Index(fields=["therapy", "status", "rank", "condition"], name="evidence_by_therapy"),
            models.Index(fields=["status", "rank", "therapy"], name="evidence_by_rank"),
        ]

    def __str__(self):
        about = f"{self.therapy_id} for {self.condition_id}".replace("-", " ")
        return f"{about}: {self.aspect}" if self.aspect else about

    def get_absolute_url(self):
        address = reverse("evidence:detail", args=[self.therapy_id, self.condition_id])
        return f"{address}#{self.anchor}"

    @classmethod
    def contradictions(cls, values):
        if values.get("level") == Level.LIKELY and values.get("certainty") not in SURE_ENOUGH:
            return [("level", TOO_STRONG)]
        return []

    @property
    def words(self):
        """Its name in words: “Acupuncture for headache and migraine: migraine prevention”."""
        about = f"{self.therapy.title} for {self.condition.inside}"
        return f"{about}: {self.aspect}" if self.aspect else about

    def search_entries(self):
        """One entry, named after both records it joins and known by their other names."""
        (entry,) = super().search_entries()
        return [
            replace(
                entry,
                title=self.words,
                aspect=self.aspect,
                also="\n".join((self.therapy.also_called, self.condition.also_called)),
                about=(self.therapy.key, self.condition.key),
                level=self.level,
                level_words=self.get_level_display(),
                certainty=self.certainty,
                certainty_words=self.get_certainty_display(),
            )
        ]

    @property
    def source_keys(self):
        """The keys of its sources, in order, where it was read `in_full`."""
        return sorted((self.named or "").split())

    @property
    def anchor(self):
        """The id of this record on pages that show several; unique for its therapy and condition."""
        return self.path.partition("/")[2].replace(".", "-")

    @classmethod
    def from_path(cls, path):
        therapy, _, rest = path.partition("/")
        condition, _, aspect = rest.partition(".")
        if not SLUG.fullmatch(therapy) or not SLUG.fullmatch(condition) or ("." in rest and not SLUG.fullmatch(aspect)):
            raise ValueError("evidence files are named <therapy>/<condition>.md or <therapy>/<condition>.<aspect>.md")
        return {"therapy": therapy, "condition": condition}


class Location(Record):
    """A place where care is offered."""

    folder = "locations"
    in_feed = False
    own_keys = ("title", "region", "address", "phone", "hours", "languages", "access", "insurance", "sample")
    needed = ("title", "region")
    clinical = False

    region = models.CharField(max_length=80, blank=True)
    address = models.CharField(max_length=200, blank=True)
    phone = models.CharField(max_length=40, blank=True)
    hours = models.CharField(max_length=200, blank=True)
    languages = LinesField(blank=True, help_text="One a line.")
    access = models.CharField("access for disabled people", max_length=300, blank=True)
    insurance = models.CharField("insurance, in words", max_length=300, blank=True)
    sample = models.BooleanField("a sample, not a real place", default=False)

    objects = LocationQuerySet.as_manager()

    class Meta(Record.Meta):
        ordering = ["region", "title"]
        constraints = [published_is_complete("title", "region")]

    @property
    def dial(self):
        """Its phone number as a telephone dials it."""
        return "".join(c for c in self.phone.partition("ext")[0] if c.isdigit() or c == "+")

    def search_entries(self):
        """Its page, found by where it is and by the languages spoken there."""
        (entry,) = super().search_entries()
        facts = "\n".join(f"{value}." for value in (self.region, self.address, self.access, self.insurance) if value)
        return [replace(entry, kind="locations", summary=", ".join(self.languages.splitlines()), text=facts)]


class Offering(Record):
    """Whether a location offers a therapy, and when someone last confirmed it."""

    class How(models.TextChoices):
        OFFERED = "offered", "Offered here"
        REFERRAL = "by-referral", "By referral"
        VIDEO = "by-video", "By video"
        NOT = "not-offered", "Not offered here"

    folder = "offerings"
    in_feed = False
    own_keys = ("how", "confirmed_on")
    needed = ("how",)
    day_needed = "confirmed_on"
    clinical = False

    title = None
    path = models.CharField("address", primary_key=True, max_length=300, editable=False)
    location = models.ForeignKey(Location, models.PROTECT, related_name="offerings")
    therapy = models.ForeignKey(Therapy, models.PROTECT, related_name="offerings")
    how = models.CharField("how it is offered", max_length=12, choices=How, blank=True)
    confirmed_on = models.DateField(
        "confirmed on", null=True, blank=True, help_text="The day the location confirmed this."
    )

    objects = OfferingQuerySet.as_manager()

    class Meta:
        ordering = ["location", "therapy"]
        constraints = [
            models.UniqueConstraint(fields=["therapy", "location"], name="one_offering_a_pair"),
            models.CheckConstraint(
                condition=~models.Q(status="published") | (~models.Q(how="") & models.Q(confirmed_on__isnull=False)),
                name="published_offering_is_confirmed",
            ),
        ]

    def __str__(self):
        return f"{self.therapy_id} at {self.location_id}".replace("-", " ")

    @property
    def is_reachable(self):
        """Whether people get the therapy through this location, one way or another."""
        return self.how in REACHABLE

    @property
    def needs_check(self):
        """Whether it was confirmed so long ago that a reader should call."""
        age = timezone.localdate() - self.confirmed_on
        return age.days > settings.CONFIRMED_FOR_DAYS

    def get_absolute_url(self):
        return reverse("locations:detail", args=[self.location_id])

    def search_entries(self):
        """None: it has no page, and its therapy and its location have theirs."""
        return []

    @classmethod
    def from_path(cls, path):
        location, _, therapy = path.partition("/")
        if not SLUG.fullmatch(location) or not SLUG.fullmatch(therapy):
            raise ValueError("offering files are named <location>/<therapy>.md")
        return {"location": location, "therapy": therapy}
