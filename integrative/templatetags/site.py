import json
from functools import lru_cache
from itertools import groupby
from operator import attrgetter
from urllib.parse import urlsplit

import segno
from django import template
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import mark_safe

from integrative.models import Revision
from integrative.rendering import render
from integrative.structured import breadcrumbs

register = template.Library()

JSON_ESCAPES = {ord(">"): "\\u003E", ord("<"): "\\u003C", ord("&"): "\\u0026"}


@register.simple_tag
def text(value, file, notes):
    """A Markdown text of `content/<file>` as HTML, its terms linked and its citations numbered in `notes`."""
    return notes.number(notes.explain(render(value, file).html, file))


@register.simple_tag
def cite(keys, notes):
    """The numbers of the sources with these keys."""
    return notes.cite(*keys) if keys else ""


@register.simple_tag
def cite_rest(row, notes):
    """The numbers of the sources a finding names but does not cite in its text; nothing when it cites them all."""
    cited = row.cited_keys()
    return cite([key for key in row.source_keys if key not in cited], notes)


@register.simple_tag
def headings(value, file):
    """The level-2 headings of a text as [(id, words)]."""
    return render(value, file).headings


@register.filter
def as_lines(value):
    """The lines of a list field."""
    return [line.strip() for line in value.splitlines() if line.strip()]


@register.filter
def by_review(records):
    """Records in runs that were checked and reviewed alike, so that this is said once for each run."""
    dates = attrgetter("checked_on", "reviewed_on", "reviewed_by", "next_review_on")
    return [list(run) for _, run in groupby(records, key=dates)]


@register.filter
def host(address):
    """The site that an address leads to, as people say it; the address itself while it is no address yet."""
    try:
        return (urlsplit(address).hostname or address).removeprefix("www.")
    except ValueError:
        return address


@register.simple_tag
def json_ld(data):
    """Facts for machines in a script element that is data: nothing in it can end the element or start another."""
    return format_html(
        '<script type="application/ld+json">{}</script>',
        mark_safe(json.dumps(data, ensure_ascii=False, separators=(",", ":")).translate(JSON_ESCAPES)),
    )


@register.inclusion_tag("components/breadcrumbs.html", takes_context=True)
def trail(context, *steps):
    """Breadcrumbs from words and addresses in turn, ending with the words of this page."""
    here = context["request"].path
    pairs = list(zip(steps[::2], [*steps[1::2], here], strict=True))
    return {"trail": pairs[:-1], "here": pairs[-1][0], "data": breadcrumbs(context["request"], [("Home", "/"), *pairs])}


@register.inclusion_tag("components/changes.html")
def what_changed(records):
    """The last published changes of a record, or of several of one kind, in one query."""
    records = records if isinstance(records, (list, tuple)) else [records]
    return {"changes": Revision.objects.told(records)[:3] if records else []}


@register.filter
@lru_cache(maxsize=1024)
def qr(address):
    """An address as a QR code in inline SVG, so that a printed page leads back to the live one.

    Nothing for an address too long for any code: the handout shows its words as well.
    """
    try:
        code = segno.make(address, error="l", boost_error=False, micro=False)
    except segno.DataOverflowError:
        return ""
    return mark_safe(code.svg_inline(border=0, omitsize=True, svgclass="qr", lineclass=None))


@register.filter
def at(sequence, place):
    """The element of a sequence at a place."""
    return sequence[place]


@register.filter
def by_level(evidence):
    """Evidence as [(level, its words, rows)], best level first."""
    rows = sorted(evidence, key=lambda row: row.rank)
    groups = [(level, list(found)) for level, found in groupby(rows, key=lambda row: row.level)]
    return [(level, found[0].get_level_display(), found) for level, found in groups]


@register.simple_tag
def page_query(asked, step):
    """The filter's query for the page `step` pages on."""
    return asked.query(page=asked.page + step if asked.page + step > 1 else None) or "?"


@register.simple_tag
def compare_pair(one, other):
    """The canonical address that compares two approaches."""
    return reverse("compare-approaches", args=["/".join(a.pk for a in sorted((one, other), key=lambda a: a.order))])
