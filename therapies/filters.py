"""The therapy filter: what a visitor asked for, read strictly, and the one address that says it."""

from dataclasses import dataclass
from urllib.parse import urlencode

from django.core.paginator import InvalidPage, Paginator
from django.db.models import Case, Count, Min, Value, When

from conditions.models import BodySystem, Condition

from .models import Evidence, Location, Offering, Therapy, TherapyKind
from .querysets import REACHABLE
from .scales import Level, best_rank_below

PAGE_SIZE = 20
KEYS = ("condition", "level", "kind", "location", "page")


class UnknownChoice(Exception):
    """A word in the address that the filter does not know: `key` and the `value` given."""

    def __init__(self, key, value):
        self.key, self.value = key, value
        super().__init__(f"{key}={value}")


@dataclass(frozen=True)
class Filter:
    """One question to the list of therapies. `None` means "any"."""

    condition: Condition | None = None
    level: str | None = None
    kind: str | None = None
    location: Location | None = None
    page: int = 1

    @classmethod
    def read(cls, query):
        """A Filter from query parameters; UnknownChoice for a value that is not one of ours."""
        asked = {key: " ".join(query.get(key, "").split()) for key in KEYS}
        for key, value in asked.items():
            if "\0" in value:
                raise UnknownChoice(key, value.replace("\0", " "))
        return cls(
            condition=_one(Condition.objects.called(asked["condition"]), "condition", asked["condition"]),
            level=_choice(Level, "level", asked["level"]),
            kind=_choice(TherapyKind, "kind", asked["kind"]),
            location=_one(Location.objects.published().filter(pk=asked["location"]), "location", asked["location"]),
            page=_page(asked["page"]),
        )

    def pairs(self, **changes):
        """This question as (key, value) in the one fixed order, with some values changed; page 1 is not said."""
        now = {
            "condition": self.condition and self.condition.pk,
            "level": self.level,
            "kind": self.kind,
            "location": self.location and self.location.pk,
            "page": self.page if self.page > 1 else None,
        }
        now |= changes
        return [(key, str(now[key])) for key in KEYS if now[key]]

    def query(self, **changes):
        """The query string, with its `?`, or nothing when nothing is asked."""
        pairs = self.pairs(**changes)
        return f"?{urlencode(pairs)}" if pairs else ""

    def therapies(self):
        """The therapies that answer the question, best supported first."""
        found = self._supported()
        if self.kind:
            found = found.filter(kind=self.kind)
        return found.offered_at(self.location) if self.location else found

    def _supported(self):
        if self.condition:
            return Therapy.objects.for_condition(self.condition, self.level)
        if self.level:
            return Therapy.objects.with_level(self.level)
        return Therapy.objects.published().order_by("title")

    def results(self):
        """One page of results, each therapy with its `shown` evidence: for the condition chosen, best first."""
        try:
            page = Paginator(self.therapies(), PAGE_SIZE).page(self.page)
        except InvalidPage:
            raise UnknownChoice("page", self.page) from None
        if self.condition:
            evidence = Evidence.objects.published().filter(condition=self.condition, therapy__in=list(page))
            if self.level:
                evidence = evidence.filter(rank__lt=best_rank_below(self.level))
            rows = {}
            for row in evidence.in_full():
                rows.setdefault(row.therapy_id, []).append(row)
            for therapy in page:
                therapy.shown = rows.get(therapy.pk, [])
        return page

    def without(self, *keys):
        """The same question with some parts taken back; back to page 1."""
        kept = {key: getattr(self, key) for key in KEYS[:-1] if key not in keys}
        return Filter(**kept)

    def chips(self):
        """What is asked, in words, each with the query that takes it back."""
        said = {
            "condition": self.condition and f"For {self.condition.title.lower()}",
            "level": self.level and f"At least “{Level(self.level).label.lower()}”",
            "kind": self.kind and TherapyKind(self.kind).label,
            "location": self.location and f"At {self.location.title}",
        }
        return [(words, self.without(key).query()) for key, words in said.items() if words]

    def options(self):
        """{key: [(value, words, count, chosen)]}: how many results each choice would give beside the others."""
        return {
            "condition": self._condition_options(),
            "level": self._level_options(),
            "kind": _counted(TherapyKind.choices, self._count("kind", self.without("kind").therapies()), self.kind),
            "location": self._location_options(),
        }

    def _count(self, key, therapies):
        ids = therapies.order_by().values("pk")
        return dict(Therapy.objects.filter(pk__in=ids).order_by().values_list(key).annotate(Count("pk")))

    def _condition_options(self):
        """Groups by body system: [(system, [(value, words, count, chosen)])]."""
        others = self.without("condition", "level").therapies().order_by().values("pk")
        evidence = Evidence.objects.published().filter(therapy__in=others)
        if self.level:
            evidence = evidence.filter(rank__lt=best_rank_below(self.level))
        counts = dict(evidence.order_by().values_list("condition").annotate(Count("therapy", distinct=True)))
        groups = {}
        for condition in Condition.objects.published().order_by("title").only("pk", "title", "body_system"):
            row = (condition.pk, condition.title, counts.get(condition.pk, 0), condition == self.condition)
            groups.setdefault(condition.body_system, []).append(row)
        return [(system.label, groups[system]) for system in BodySystem if system in groups]

    def _level_options(self):
        """Each level with the number of therapies whose best evidence reaches it."""
        others = self.without("condition", "level").therapies().order_by().values("pk")
        evidence = Evidence.objects.published().filter(therapy__in=others)
        if self.condition:
            evidence = evidence.filter(condition=self.condition)
        best = evidence.order_by().values("therapy").annotate(best=Min("rank")).values_list("best", flat=True)
        ranks = list(best)
        counts = {level: sum(rank < best_rank_below(level) for rank in ranks) for level in Level.values}
        return _counted(Level.choices, counts, self.level)

    def _location_options(self):
        others = self.without("location").therapies().order_by().values("pk")
        offered = Offering.objects.published().filter(how__in=REACHABLE, therapy__in=others)
        counts = dict(offered.order_by().values_list("location").annotate(Count("therapy", distinct=True)))
        places = [(place.pk, place.title) for place in Location.objects.published()]
        return _counted(places, counts, self.location and self.location.pk)


def _counted(choices, counts, chosen):
    return [(value, words, counts.get(value, 0), value == chosen) for value, words in choices]


def _one(found, key, value):
    if not value:
        return None
    # An exact address wins over a name that two records share.
    order = Case(When(pk=value.lower(), then=Value(0)), default=Value(1))
    record = found.order_by(order, "title").first()
    if record is None:
        raise UnknownChoice(key, value)
    return record


def _choice(choices, key, value):
    if value and value not in choices.values:
        raise UnknownChoice(key, value)
    return value or None


def _page(value):
    if value and not (value.isascii() and value.isdigit() and int(value[:9]) > 0 and len(value) < 7):
        raise UnknownChoice("page", value)
    return int(value or 1)
