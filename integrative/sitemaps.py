"""Every page readers can reach, with the day its text was last checked or reviewed."""

from collections import defaultdict
from functools import partial

from django.contrib.sitemaps import Sitemap
from django.core.paginator import Paginator
from django.db.models import Count, Value
from django.urls import reverse
from django.utils.functional import cached_property

from .models import Page
from .records import Status, record_models
from .version import remembered

LISTS = [
    "home",
    "therapies:index",
    "conditions:index",
    "approaches:index",
    "evidence:index",
    "compare",
    "compare-approaches",
    "faq:index",
    "articles:index",
    "locations:index",
    "visit-sheet",
    "data",
    "sources:index",
    "glossary",
]


class Lists(Sitemap):
    def items(self):
        return LISTS

    def location(self, name):
        return reverse(name)


class _Pages(Paginator):
    """Counts rows of its own table alone: what else must be published for a page to show would mean reading it all."""

    @cached_property
    def count(self):
        return counts()[self.object_list.model.folder]


@remembered
def counts():
    """{folder: how many records of that kind are published}, in one query."""
    kinds = [
        model.objects.filter(status=Status.PUBLISHED)
        .order_by()
        .values(of=Value(model.folder))
        .annotate(number=Count("pk"))
        for model in record_models()
    ]
    return defaultdict(int, kinds[0].union(*kinds[1:], all=True).values_list("of", "number"))


class Records(Sitemap):
    """The records of one kind, as many in one file as the sitemap rules allow."""

    limit = 50_000

    def __init__(self, model):
        self.model = model
        fields = {field.attname for field in model._meta.concrete_fields}
        self.names = fields & {"path", "therapy_id", "condition_id", "checked_on", "reviewed_on"}

    def items(self):
        published = self.model.objects.for_readers() if self.model is Page else self.model.objects.published()
        return published.order_by("pk").only(*self.names)

    @cached_property
    def paginator(self):
        return _Pages(self.items(), self.limit)

    def get_latest_lastmod(self):
        """Not said in the index: it would mean reading every record."""

    def location(self, record):
        return record.get_absolute_url().partition("#")[0]

    def lastmod(self, record):
        return max(filter(None, (record.checked_on, record.reviewed_on)), default=None)


def sitemaps():
    """{name: what makes a Sitemap}: each request has its own, for it remembers how many pages it found.

    Terms and offerings have no pages of their own, and several evidence records share one.
    """
    kinds = (model for model in record_models() if model.folder not in ("terms", "offerings"))
    return {"lists": Lists} | {model.folder: partial(Records, model) for model in kinds}


def addresses(most):
    """The first `most` addresses of the site: the lists, then records in the order readers come to them."""
    found = []
    for kind in ("lists", "conditions", "therapies", "faq", "articles", "pages", "approaches", "evidence", "locations"):
        sitemap = sitemaps()[kind]()
        found += [sitemap.location(item) for item in sitemap.items()[: most - len(found)]]
    return list(dict.fromkeys(found))
