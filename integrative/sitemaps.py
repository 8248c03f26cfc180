"""Every page readers can reach, with the day its text was last checked or reviewed."""

from django.contrib.sitemaps import Sitemap
from django.urls import reverse

from .models import Page, Term
from .records import record_models
from .views import STANDING

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
    "sources:index",
    "glossary",
]


class Lists(Sitemap):
    def items(self):
        return LISTS

    def location(self, name):
        return reverse(name)


class Records(Sitemap):
    """The records of one kind."""

    limit = 10_000

    def __init__(self, model):
        self.model = model

    def items(self):
        published = self.model.objects.published().order_by("pk")
        return published.exclude(pk__in=STANDING) if self.model is Page else published

    def location(self, record):
        return record.get_absolute_url().partition("#")[0]

    def lastmod(self, record):
        return max(filter(None, (record.checked_on, record.reviewed_on)), default=None)


def sitemaps():
    """{name: Sitemap}; terms and offerings have no pages of their own, and several evidence records share one."""
    kinds = {
        model.folder: Records(model)
        for model in record_models()
        if model not in (Term,) and model.folder != "offerings"
    }
    return {"lists": Lists()} | kinds


def addresses(most):
    """The first `most` addresses of the site: the lists, then records in the order readers come to them."""
    found = []
    for kind in ("lists", "conditions", "therapies", "faq", "articles", "pages", "approaches", "evidence", "locations"):
        sitemap = sitemaps()[kind]
        found += [sitemap.location(item) for item in sitemap.items()[: most - len(found)]]
    return list(dict.fromkeys(found))
