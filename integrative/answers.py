"""One ready answer of the page store, and how it is sent: compressed or not, whole, as headers alone, or as 304."""

import gzip
import hashlib
from datetime import datetime, timedelta
from functools import lru_cache

import brotli
from django.conf import settings
from django.utils import timezone
from django.utils.http import parse_etags

LARGEST = 2_000_000
# What a first visit brings in one flight of packets, less room for the headers.
FIRST_FLIGHT = 13_000


def answers_to(*keys):
    """Mark a reader's view with the query keys it answers to, in their order; other queries go past the page store."""

    def mark(view):
        view.query_keys = keys
        return view

    return mark


class Page:
    """One answer: `forms` maps a content coding ("" is none) to (headers, [body], ETag, headers of a 304).

    It holds on the day it was made, because pages say how old things are, or `until` a time in seconds if that comes
    first; not on the day before either, to which a clock may be set back.
    """

    __slots__ = ("status", "forms", "version", "begins", "expires", "size", "hits", "kept", "squeezed", "headers")

    def __init__(self, status, headers, body, of_version, until=float("inf")):
        self.status, self.version, self.hits, self.squeezed = status, of_version, 0, False
        self.kept = status.startswith("200") and len(body) <= LARGEST and not personal(headers)
        today = timezone.localdate()
        self.begins, midnight = midnight_before(today), midnight_before(today + timedelta(days=1))
        self.expires = min(midnight, until)
        self.forms = {"": (headers, [body], None, None)}
        if self.kept:
            given = {"content-length", "etag", "cache-control", "vary", "expires"}
            self.headers = [(name, value) for name, value in headers if name.lower() not in given]
            self.compress(6, 5)

    def compress(self, gzip_level, brotli_quality):
        """Make every form anew from the plain body. What would not fit in the first flight is pressed hard at once."""
        body = self.forms[""][1][0]
        forms = {
            "": body,
            "gzip": gzip.compress(body, gzip_level, mtime=0),
            "br": brotli.compress(body, quality=brotli_quality),
        }
        if len(forms["br"]) > FIRST_FLIGHT and brotli_quality < 11:
            forms["br"] = brotli.compress(body, quality=11)
        self.forms = {coding: self._form(coding, text) for coding, text in forms.items()}
        self.size = 3000 + sum(map(len, forms.values()))

    def _form(self, coding, body):
        etag = f'"{hashlib.blake2b(body, digest_size=12).hexdigest()}{coding and "-" + coding}"'
        cache = f"public, max-age={settings.CACHE_SECONDS}, stale-while-revalidate={settings.CACHE_SECONDS}"
        short = [("Cache-Control", f"{cache}, stale-if-error=86400"), ("Vary", "Accept-Encoding"), ("ETag", etag)]
        encoded = [("Content-Encoding", coding)] if coding else []
        return [*self.headers, *encoded, *short, ("Content-Length", str(len(body)))], [body], etag, short

    def answer(self, environ, start_response, *extra):
        """Send this page as the request wants it: compressed or not, whole, as headers only, or as "not modified"."""
        forms = self.forms
        headers, body, etag, short = forms.get(accepted(environ.get("HTTP_ACCEPT_ENCODING", ""))) or forms[""]
        asked = environ.get("HTTP_IF_NONE_MATCH")
        if asked and etag and (asked == etag or matches(asked, etag)):
            start_response("304 Not Modified", [*short, *extra])
            return []
        start_response(self.status, [*headers, *extra])
        return body if environ["REQUEST_METHOD"] == "GET" else []


def midnight_before(day):
    """When a day begins here, in seconds."""
    return datetime.combine(day, datetime.min.time(), timezone.get_default_timezone()).timestamp()


def personal(headers):
    """Whether an answer is for one person only."""
    said = [(name.lower(), value.lower()) for name, value in headers]
    cookies = any(name == "set-cookie" or (name == "vary" and "cookie" in value) for name, value in said)
    return cookies or any(name == "cache-control" and ("no-" in value or "private" in value) for name, value in said)


@lru_cache(maxsize=256)
def accepted(header):
    """The content coding to answer with: br, gzip or "" for none, from an Accept-Encoding header."""
    weights = {}
    for part in header.lower().split(","):
        coding, _, quality = part.replace(" ", "").partition(";q=")
        try:
            weights[coding] = float(quality or 1)
        except ValueError:
            weights[coding] = 0
    best = max(("br", "gzip"), key=lambda coding: weights.get(coding, weights.get("*", 0)))
    return best if weights.get(best, weights.get("*", 0)) > 0 else ""


def matches(header, etag):
    """Whether an If-None-Match header names this ETag, by the weak comparison."""
    return header.strip() == "*" or etag in (one.removeprefix("W/") for one in parse_etags(header))
