"""The words of the glossary, found in a page's text: the first use of each on a page links to its explanation."""

import re
from functools import lru_cache
from html import escape

from django.urls import reverse

from .records import CITATION
from .version import remembered

TAG = re.compile(r'<(?:"[^"]*"|[^">])*>')
# A link inside these would nest, would break what is quoted, or would sit where readers look for structure.
CLOSED = frozenset({"a", "button", "code", "pre", "h1", "h2", "h3", "h4", "h5", "h6"})


@remembered
def current():
    """The `Glossary` of the terms that are published now."""
    from .models import Term

    return _glossary(tuple(Term.objects.published().order_by("pk").values_list("pk", "title", "also_called")))


@lru_cache(maxsize=4)
def _glossary(terms):
    forms = {}
    for slug, title, also_called in terms:
        for form in (title, *also_called.splitlines()):
            if form := _plain(form):
                forms.setdefault(form, slug)
    return Glossary(forms)


def pattern(forms):
    """A regular expression for whole words: the longest form wins; one with capitals counts only as it is written."""
    by_start = {}
    for form in sorted(forms, key=len, reverse=True):
        by_start.setdefault(form[0].lower(), []).append(_written(form))
    # Few forms share a first letter, so most words of a page are passed over after one look.
    groups = (f"(?={re.escape(start)}|{re.escape(start.upper())})(?:{'|'.join(by_start[start])})" for start in by_start)
    return rf"(?<![\w-])(?:{'|'.join(groups)})(?![\w-])" if by_start else r"(?!)"


def _written(form):
    words = re.escape(form).replace(r"\ ", r"\s+").replace("'", "['’]")
    return words if form != form.lower() else f"(?i:{words})"


def _plain(text):
    return " ".join(text.replace("’", "'").replace("&amp;", "&").split())


class Glossary:
    """{written form: slug of its term}, ready to be looked for in HTML."""

    def __init__(self, forms):
        self.address = reverse("glossary")
        self.forms = forms
        words = pattern(escape(form, quote=False) for form in forms)
        self.token = re.compile(rf"({TAG.pattern}|{CITATION.pattern})|{words}")

    def link(self, html, linked, own=""):
        """HTML in which the first use of each term not yet in `linked` is a link; those terms join `linked`.

        `own` is the term that the text itself explains: it gets no link there, and may have one further on.
        """
        closed = 0

        def replace(token):
            nonlocal closed
            if mark := token[1]:
                name = re.match(r"</?([a-z0-9]+)", mark)
                if name and name[1] in CLOSED:
                    closed += -1 if mark.startswith("</") else 1
                return mark
            words = _plain(token[0])
            slug = self.forms.get(words) or self.forms.get(words.casefold())
            if closed or slug is None or slug in linked or slug == own:
                return token[0]
            linked.add(slug)
            return f'<a class="term" href="{self.address}#{slug}">{token[0]}</a>'

        return self.token.sub(replace, html)
