"""What staff propose, and what became of it.

A revision is a proposed document of one record: the flat values of the codec, so an unfinished text with a date that is
no date yet is kept as it was typed. Only a published revision has touched its record.
"""

from datetime import timedelta

from django.conf import settings
from django.core import signing
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import cached_property

from .documents import Document
from .records import STATE_KEYS, model_of

SHARE_DAYS = 7
SEEN_FOR = timedelta(minutes=15)


class State(models.TextChoices):
    DRAFT = "draft", "Draft"
    REVIEW = "in-review", "In review"
    REJECTED = "sent-back", "Sent back"
    SIGNED = "signed", "Signed, ready to publish"
    SCHEDULED = "scheduled", "Scheduled"
    BLOCKED = "blocked", "Could not go live"
    PUBLISHED = "published", "Published"
    SUPERSEDED = "superseded", "Earlier version"
    ASIDE = "set-aside", "Set aside beside a newer text"
    DISCARDED = "discarded", "Discarded"


WORKING = (State.DRAFT, State.REVIEW, State.REJECTED, State.SIGNED)


class RevisionQuerySet(models.QuerySet):
    def of(self, record):
        """Every revision of one record, newest first."""
        return self.filter(folder=record.folder, path=record.pk).order_by("-id")

    def working(self, record):
        """The one open draft of a record, in whatever state, or None."""
        return self.of(record).filter(state__in=WORKING).first()

    def state_of_draft(self, model):
        """The state of the open draft, as a part of a query for records of a kind."""
        drafts = self.filter(folder=model.folder, path=models.OuterRef("pk"), state__in=WORKING)
        return models.Subquery(drafts.values("state")[:1])

    def coming(self, record):
        """What is scheduled for a record, soonest first."""
        return self.of(record).filter(state=State.SCHEDULED).order_by("publish_at")

    def beside(self):
        """Texts that wait for someone to settle them against the page: set aside, or kept from going live."""
        kept = self.filter(state__in=(State.ASIDE, State.BLOCKED))
        return kept.select_related("author").prefetch_related("steps")

    def due(self, now):
        """Scheduled revisions whose time has come, in the order in which they go live."""
        return self.filter(state=State.SCHEDULED, publish_at__lte=now).order_by("publish_at", "id")

    def told(self, records):
        """Published changes that readers of these records of one kind are told about, newest first."""
        here = self.filter(folder=records[0].folder, path__in=[record.pk for record in records])
        return here.filter(published_at__isnull=False).exclude(note="").order_by("-published_at")


class Revision(models.Model):
    """One proposed text of one record, who wrote it, and its state."""

    folder = models.CharField(max_length=40)
    path = models.CharField(max_length=300)
    values = models.JSONField()
    digest = models.CharField(max_length=32)
    state = models.CharField(max_length=10, choices=State, default=State.DRAFT)
    # A scheduled retirement takes down whatever is live at its time, so it holds no text of its own.
    retires = models.BooleanField(default=False)
    autosaved = models.BooleanField(default=False)
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    # Everyone whose words are in this text, by primary key: none of them may sign it.
    contributors = models.JSONField(default=list)
    made_at = models.DateTimeField(default=timezone.now)
    note = models.CharField("what changed", max_length=200, blank=True)
    attested = models.JSONField(default=list)
    # The published text that this one was begun from, and its digest: publishing over another text is refused.
    base = models.ForeignKey("self", models.SET_NULL, null=True, related_name="+")
    base_digest = models.CharField(max_length=32, blank=True)
    publish_at = models.DateTimeField(null=True)
    published_at = models.DateTimeField(null=True)
    signed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    signed_on = models.DateField(null=True)
    signed_digest = models.CharField(max_length=32, blank=True)
    signed_own = models.BooleanField(default=False)

    objects = RevisionQuerySet.as_manager()

    class Meta:
        default_permissions = ()
        permissions = [
            ("draft_revision", "May write drafts and hand them in for review"),
            ("review_revision", "May sign a text as its clinical reviewer, or send it back"),
            ("publish_revision", "May publish, schedule, retire and rename pages"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["folder", "path"], condition=Q(state__in=list(WORKING)), name="one_working_draft_a_record"
            ),
            models.UniqueConstraint(
                fields=["folder", "path", "retires"],
                condition=Q(state=State.SCHEDULED),
                name="one_schedule_a_record",
            ),
        ]
        indexes = [
            models.Index(fields=["folder", "path", "-id"], name="revision_of_record"),
            models.Index(fields=["publish_at"], condition=Q(state=State.SCHEDULED), name="revision_due"),
            models.Index(fields=["state", "-id"], name="revision_by_state"),
        ]

    def __str__(self):
        return f"{self.title} ({self.get_state_display().lower()})"

    @property
    def model(self):
        return model_of(self.folder)

    @property
    def title(self):
        return self.values.get("title") or self.path.replace("-", " ").replace("/", ": ")

    @cached_property
    def document(self):
        """The text as a Document of its kind."""
        return Document(self.model.shape(), self.values)

    @property
    def is_working(self):
        return self.state in WORKING

    @property
    def changed_since_review(self):
        """Whether the text differs from the one that was signed last, as far as `signed_digest` tells."""
        return bool(self.signed_digest) and self.signed_digest != words_digest(self.document)

    def desk(self):
        """The address of the page where this record's drafts are handled."""
        return desk(self.model, self.path)


def desk(model, path, name="desk"):
    """The address of one of a record's staff pages."""
    from django.contrib.admin.utils import quote

    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{name}", args=[quote(path)])


def words_digest(document):
    """A short fixed name for what a reviewer signs: everything but the keys that say who keeps the page and when."""
    kept = {name: value for name, value in document.values.items() if name not in STATE_KEYS}
    return Document(document.shape, kept).digest()


class Step(models.Model):
    """One thing that someone did to a revision, and what they said about it. Written once, never changed."""

    revision = models.ForeignKey(Revision, models.CASCADE, related_name="steps")
    action = models.TextField()
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    at = models.DateTimeField(default=timezone.now)
    note = models.TextField(blank=True)

    class Meta:
        default_permissions = ()
        ordering = ["id"]

    def __str__(self):
        return self.action


class Share(models.Model):
    """A link that shows one draft to someone without an account, for seven days or until it is taken back."""

    revision = models.ForeignKey(Revision, models.CASCADE, related_name="shares")
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    made_at = models.DateTimeField(default=timezone.now)
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        default_permissions = ()
        ordering = ["-id"]

    def __str__(self):
        return f"Preview link of {self.made_at:%Y-%m-%d %H:%M}"

    def get_absolute_url(self):
        return reverse("shared-preview", args=[signing.dumps(self.pk, salt="preview", compress=False)])

    @property
    def ends_at(self):
        return self.made_at + timedelta(days=SHARE_DAYS)

    @property
    def is_open(self):
        return self.revoked_at is None and timezone.now() < self.ends_at

    @classmethod
    def from_token(cls, token):
        """The open share that a token names, or None for one that is forged, too old or taken back."""
        try:
            key = signing.loads(token, salt="preview", max_age=timedelta(days=SHARE_DAYS))
        except signing.BadSignature:
            return None
        share = cls.objects.select_related("revision").filter(pk=key).first()
        return share if share and share.is_open else None


class PresenceQuerySet(models.QuerySet):
    def lately(self):
        """Who was heard of lately. A clock that ran ahead leaves times to come: they say nothing about now."""
        now = timezone.now()
        return self.filter(seen_at__gt=now - SEEN_FOR, seen_at__lt=now + SEEN_FOR)

    def here(self, record):
        """Who has a record open, as far as was heard lately, the first to come first."""
        lately = self.filter(folder=record.folder, path=record.pk).lately()
        return lately.select_related("user").order_by("since")


class Presence(models.Model):
    """Who has a record open for editing, since when, and when their form was last heard of."""

    folder = models.CharField(max_length=40)
    path = models.CharField(max_length=300)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    since = models.DateTimeField()
    seen_at = models.DateTimeField()

    objects = PresenceQuerySet.as_manager()

    class Meta:
        default_permissions = ()
        constraints = [models.UniqueConstraint(fields=["folder", "path", "user"], name="one_presence_a_person")]

    def __str__(self):
        return f"{self.user} in {self.folder}/{self.path}"

    @classmethod
    def note(cls, record, user):
        """Remember that this person has the record open now; returns the others who have."""
        now = timezone.now()
        here = cls.objects.filter(folder=record.folder, path=record.pk)
        if not here.filter(user=user).lately().update(seen_at=now):
            cls.objects.update_or_create(
                folder=record.folder, path=record.pk, user=user, defaults={"since": now, "seen_at": now}
            )
        return list(cls.objects.here(record).exclude(user=user))

    @classmethod
    def end(cls, record, user):
        """Forget that this person has the record open."""
        cls.objects.filter(folder=record.folder, path=record.pk, user=user).delete()


class MovedQuerySet(models.QuerySet):
    def leads_to(self, address):
        """The published record that an old address leads to, or None."""
        moved = None if "\0" in address else self.filter(old=address[:400]).first()
        return moved and model_of(moved.folder).objects.published().filter(pk=moved.path).first()


class Moved(models.Model):
    """An old address of a record; readers who ask for it are sent to the new one for good."""

    old = models.CharField("old address", max_length=400, unique=True)
    folder = models.CharField(max_length=40)
    path = models.CharField(max_length=300)
    at = models.DateTimeField(default=timezone.now)

    objects = MovedQuerySet.as_manager()

    class Meta:
        default_permissions = ()

    def __str__(self):
        return f"{self.old} → {self.folder}/{self.path}"


class Reminder(models.Model):
    """A review reminder that was sent: one a person and day."""

    on = models.DateField()
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")

    class Meta:
        default_permissions = ()
        constraints = [models.UniqueConstraint(fields=["on", "user"], name="one_reminder_a_day")]

    def __str__(self):
        return f"{self.user} on {self.on}"
