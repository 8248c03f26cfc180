"""The therapy filter: what a visitor asked for, read strictly, and the one address that says it."""

from collections import Counter
from dataclasses import dataclass
from urllib.parse import urlencode

from django.core.paginator import InvalidPage, Paginator
from django.db.models import Case, Value, When

from conditions.models import BodySystem, Condition
from integrative.version import remembered

from .models import Evidence, Location, Offering, Therapy, TherapyKind
from .querysets import REACHABLE
from .scales import Level, best_rank_below

PAGE_SIZE = 20
# Beyond this the list asks to be narrowed, and a choice does not say how many results it would give.
MOST_RESULTS = 200
MOST_COUNTED = 500
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

    def paths(self):
        """The paths of the therapies that answer the question, best supported first, as a QuerySet."""
        therapies = Therapy.objects.published()
        if self.kind:
            therapies = therapies.filter(kind=self.kind)
        if self.location:
            there = self.location.offerings.filter(status="published", how__in=REACHABLE).values("therapy")
            therapies = therapies.filter(pk__in=there)
        if self.condition or self.level:
            return Evidence.objects.best(therapies, self.condition, self.level).values_list("therapy", flat=True)
        return therapies.order_by("title").values_list("pk", flat=True)

    def results(self):
        """One page of therapies, each with its `shown` evidence: for the condition chosen, best first.

        Its paginator holds the first MOST_RESULTS only, so that no list costs more on a larger site, and whether there
        are `more`.
        """
        paths = self.paths().up_to(MOST_RESULTS)
        paginator = Paginator(paths, PAGE_SIZE)
        paginator.more = paths.more
        try:
            page = paginator.page(self.page)
        except InvalidPage:
            raise UnknownChoice("page", str(self.page)) from None
        therapies = Therapy.objects.in_bulk(page.object_list)
        page.object_list = [therapies[path] for path in page.object_list if path in therapies]
        if self.condition:
            evidence = Evidence.objects.published().filter(condition=self.condition, therapy__in=page.object_list)
            if self.level:
                evidence = evidence.filter(rank__lt=best_rank_below(self.level))
            shown = {}
            for row in evidence.in_full():
                shown.setdefault(row.therapy_id, []).append(row)
            for therapy in page.object_list:
                therapy.shown = shown.get(therapy.pk, [])
        return page

    def without(self, *keys):
        """The same question with some parts taken back; back to page 1."""
        kept = {key: getattr(self, key) for key in KEYS[:-1] if key not in keys}
        return Filter(**kept)

    def chips(self):
        """What is asked, in words, each with the query that takes it back."""
        said = {
            "condition": self.condition and f"For {self.condition.inside}",
            "level": self.level and f"At least “{Level(self.level).label.lower()}”",
            "kind": self.kind and TherapyKind(self.kind).label,
            "location": self.location and f"At {self.location.title}",
        }
        return [(words, self.without(key).query()) for key, words in said.items() if words]

    def options(self):
        """{key: [(value, words, count, chosen)]}: how many results each choice would give beside the others.

        Conditions come in groups, as [(body system, options)]. On a site too large to count, every count is None.
        """
        known = facts()
        options = {
            "condition": known.conditions,
            "level": Level.choices,
            "kind": TherapyKind.choices,
            "location": known.locations,
        }
        asked, counts = dict(self.pairs()), {key: known.counts(self, key) for key in options}
        counted = {
            key: [
                (value, words, counts[key] and counts[key][value], value == asked.get(key)) for value, words in choices
            ]
            for key, choices in options.items()
        }
        systems = {}
        for row in counted["condition"]:
            systems.setdefault(known.systems[row[0]], []).append(row)
        return counted | {"condition": [(system.label, systems[system]) for system in BodySystem if system in systems]}


@dataclass(frozen=True)
class Facts:
    """What the filter counts, read once for each content version; `kinds` is None on a site too large to count."""

    conditions: list
    systems: dict
    locations: list
    kinds: dict | None
    evidence: list
    offered: dict

    def counts(self, asked, key):
        """Counter of results by choice of `key`, beside the other parts of the Filter `asked`; None if not counted."""
        if self.kinds is None:
            return None
        # A level is a level of the evidence for the condition chosen, so the two are counted together.
        others = asked.without(key, "condition", "level") if key in ("condition", "level") else asked.without(key)
        therapies, evidence = self.answering(others), self.evidence
        if key == "kind":
            return Counter(self.kinds[therapy] for therapy in therapies)
        if key == "location":
            return Counter({place: len(there & therapies) for place, there in self.offered.items()})
        if key == "condition":
            below = best_rank_below(asked.level) if asked.level else 100
            return Counter(c for c, _ in {(c, t) for t, c, rank in evidence if rank < below and t in therapies})
        best = {}
        for therapy, condition, rank in evidence:
            if therapy in therapies and (not asked.condition or condition == asked.condition.pk):
                best[therapy] = min(rank, best.get(therapy, rank))
        return Counter({level: sum(r < best_rank_below(level) for r in best.values()) for level in Level.values})

    def answering(self, asked):
        """The paths of the therapies that answer a Filter."""
        found = {therapy for therapy, kind in self.kinds.items() if not asked.kind or kind == asked.kind}
        if asked.location:
            found &= self.offered.get(asked.location.pk, set())
        if asked.condition or asked.level:
            below = best_rank_below(asked.level) if asked.level else 100
            found &= {
                t for t, c, rank in self.evidence if rank < below and (not asked.condition or c == asked.condition.pk)
            }
        return found


@remembered
def facts():
    """The Facts of the content as it is."""
    conditions = list(Condition.objects.published().order_by("title").values_list("pk", "title", "body_system"))
    kinds = dict(Therapy.objects.published().order_by().values_list("pk", "kind")[: MOST_COUNTED + 1])
    counted = len(kinds) <= MOST_COUNTED
    offered = {}
    if counted:
        for place, therapy in Offering.objects.reachable().values_list("location", "therapy"):
            offered.setdefault(place, set()).add(therapy)
    evidence = Evidence.objects.published().order_by().values_list("therapy", "condition", "rank")
    return Facts(
        conditions=[(pk, title) for pk, title, _ in conditions],
        systems={pk: system for pk, _, system in conditions},
        locations=list(Location.objects.published().values_list("pk", "title")),
        kinds=kinds if counted else None,
        evidence=list(evidence) if counted else [],
        offered=offered,
    )


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
