"""Whether the addresses that records point to outside the site still answer. For operators; nothing else runs it."""

import json
import os
import ssl
import time
from dataclasses import asdict, dataclass
from enum import StrEnum
from http.client import HTTPException
from urllib.error import HTTPError, URLError
from urllib.parse import urljoin
from urllib.request import HTTPRedirectHandler, Request, build_opener

from django.conf import settings
from django.utils import timezone
from django.utils.encoding import iri_to_uri

from .records import record_models
from .rendering import links

MOST_HOPS = 5
PERMANENT = (301, 308)
REDIRECTS = (*PERMANENT, 302, 303, 307)
NOT_FOR_PROGRAMS = (401, 403, 405, 406, 418, 429, 999)


class State(StrEnum):
    GOOD = "answers"
    MOVED = "moved: write the new address"
    GONE = "not found"
    REFUSED = "does not answer programs: look by hand"
    FAILED = "failed"


@dataclass(frozen=True)
class Answer:
    """What an address said on a day: its state, the last HTTP status (0 for none), where it moved to, what failed."""

    state: State
    status: int
    moved_to: str
    error: str
    checked_on: str


class _Stay(HTTPRedirectHandler):
    def redirect_request(self, *args):
        return None


_opener = build_opener(_Stay)


def addresses():
    """{address: files that point to it} of the published sources and of the links in published texts."""
    found = {}
    for model in record_models():
        for record in model.objects.published():
            written = [href for text in record.texts.values() for href in links(text)]
            for address in dict.fromkeys([*written, getattr(record, "url", "")]):
                if address.startswith(("http://", "https://")):
                    found.setdefault(address.partition("#")[0], []).append(record.file)
    return found


def ask(address, timeout=20):
    """The Answer of an address: HEAD first, GET where that is turned down, following at most five redirects.

    `timeout` is in seconds, for each step of a connection. Never raises for what the other side does.
    """
    today, here, lasting = timezone.localdate().isoformat(), address, True
    try:
        for _ in range(MOST_HOPS + 1):
            status, location = _knock(here, timeout)
            if status not in REDIRECTS or not location:
                break
            lasting = lasting and status in PERMANENT
            here = urljoin(here, location)
            if not here.startswith(("http://", "https://")):
                return Answer(State.FAILED, status, "", f"redirects to {here[:200]}", today)
        else:
            return Answer(State.FAILED, status, "", f"more than {MOST_HOPS} redirects", today)
    except (OSError, HTTPException, ValueError) as error:
        return Answer(State.FAILED, 0, "", _said(error), today)
    moved_to = here if here != address and lasting and status < 400 else ""
    return Answer(_state(status, moved_to), status, moved_to, "", today)


def _knock(address, timeout):
    """(status, Location) of one address, without following it and without reading its body."""
    for method in ("HEAD", "GET"):
        request = Request(iri_to_uri(address), method=method, headers={"User-Agent": user_agent(), "Accept": "*/*"})
        try:
            with _opener.open(request, timeout=timeout) as response:
                return response.status, ""
        except HTTPError as error:
            with error:
                status, location = error.code, error.headers.get("Location", "")
        if status < 400:
            break
    return status, location


def _state(status, moved_to):
    if status in (404, 410):
        return State.GONE
    if status in NOT_FOR_PROGRAMS:
        return State.REFUSED
    if not 200 <= status < 300:
        return State.FAILED
    return State.MOVED if moved_to else State.GOOD


def _said(error):
    reason = error.reason if isinstance(error, URLError) else error
    if isinstance(reason, TimeoutError):
        return "no answer in time"
    if isinstance(reason, ssl.SSLError):
        return f"no safe connection: {getattr(reason, 'verify_message', '') or reason.reason or reason}"
    return " ".join(str(reason).split()) or type(reason).__name__


def user_agent():
    """Who asks, in the letters that a header may hold."""
    name = f"{settings.SITE_NAME} link check" + (f" (+{settings.SITE_URL})" if settings.SITE_URL else "")
    return "".join(letter if letter.isascii() and letter.isprintable() else "?" for letter in name)


def remembered(place):
    """{address: Answer} from the file that an earlier run left; empty where there is none, or none that can be read."""
    try:
        kept = json.loads(place.read_text(encoding="utf-8"))
        return {address: Answer(**answer | {"state": State(answer["state"])}) for address, answer in kept.items()}
    except (FileNotFoundError, ValueError, TypeError, KeyError, AttributeError):
        return {}


def check(wanted, place, since, timeout=20, pause=1, ask=ask):
    """Yield (address, Answer) for each address, one request at a time with `pause` seconds between them.

    Good answers of the day `since` or later are taken from the file at `place`; every new answer is kept there at once,
    so that a run which is broken off can go on later.
    """
    kept = remembered(place)
    asked = False
    for address in wanted:
        known = kept.get(address)
        if not (known and known.state == State.GOOD and known.checked_on >= since.isoformat()):
            if asked:
                time.sleep(pause)
            asked = True
            kept[address] = ask(address, timeout)
            _keep(kept, place)
        yield address, kept[address]


def _keep(kept, place):
    place.parent.mkdir(parents=True, exist_ok=True)
    new = place.with_suffix(".new")
    new.write_text(json.dumps({address: asdict(answer) for address, answer in kept.items()}, indent=1), "utf-8")
    os.replace(new, place)
