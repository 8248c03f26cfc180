# ruff: noqa: E501 - long lists of odd words read better in few lines
"""The parts that read what others wrote, each by itself: tables of availability, headers, queries, searches."""

from urllib.parse import parse_qsl

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import QueryDict
from hypothesis import given, settings
from hypothesis import strategies as st

from integrative.answers import accepted, matches
from integrative.pagestore import PageStore, canonical, environ_of
from integrative.records import SLUG
from integrative.search import index, query
from therapies.availability import COLUMNS, NotApplied, apply, read_csv, write_csv
from therapies.models import Offering

from .fuzzing import WORDS, fuzzed
from .make import make_evidence, make_location, make_offering, make_staff, make_term, make_therapy, sign_in

CELL_ENDS = st.sampled_from((",", ";", "\t", "\n", "\r", "\r\n", '"', '""', "'", " ", "", "\0", "\ufeff", "\u2028"))
NOTES = st.builds("{}{}{}".format, st.text("'=+-@\tx", max_size=3), WORDS | st.sampled_from(("", "Ask.")), CELL_ENDS)
PLACES = st.sampled_from(("north", "south", "North", "nowhere", " north ", ""))
THERAPIES = st.sampled_from(("touch", "sound", "TOUCH", "none", "../touch", ""))
HOWS = st.sampled_from(("offered", "referral", "not-offered", "no", "Offered", "maybe", ""))
DAYS = st.dates().map(str) | st.sampled_from(
    (
        "2026-01-31",
        "0001-01-01",
        "9999-12-31",
        "2026-W01-1",
        "20260131",
        "2026-02-30",
        "31.01.2026",
        "２０２６-01-01",
        "",
    )
)
ROWS = st.lists(st.tuples(PLACES, THERAPIES, HOWS, DAYS, NOTES), max_size=5)
GOOD_ROWS = st.lists(
    st.tuples(
        st.sampled_from(("north", "south")),
        st.sampled_from(("touch", "sound")),
        st.sampled_from(Offering.How.values),
        st.sampled_from(("2026-01-31", "2026-02-28", "0001-01-01")),
        NOTES.filter(lambda note: "\0" not in note),
    ),
    min_size=1,
    max_size=4,
    unique_by=lambda row: row[:2],
)


@pytest.fixture
def places(db):
    north, _ = (make_location(path=name, title=name.title()) for name in ("north", "south"))
    touch, _ = (make_therapy(path=name, title=name.title()) for name in ("touch", "sound"))
    make_offering(location=north, therapy=touch, how="offered", confirmed_on="2026-01-31", body="Ask.")


def quoted(cell):
    return '"' + cell.replace('"', '""') + '"'


def table(rows, quote=quoted, between=",", end="\r\n", head=COLUMNS):
    """Rows as a CSV file's bytes; what cannot be written in UTF-8 is left out."""
    text = end.join([between.join(head), *(between.join(map(quote, row)) for row in rows)])
    return text.encode("utf-8", "ignore")


GOOD_TABLES = st.builds(table, GOOD_ROWS, between=st.sampled_from(",;"))
TABLES = GOOD_TABLES | st.builds(
    table,
    ROWS | GOOD_ROWS,
    st.sampled_from((quoted, str)),
    st.sampled_from((",", ";", "\t")),
    st.sampled_from(("\n", "\r\n", "\r", "\n\n")),
    st.sampled_from((COLUMNS, COLUMNS[:4], COLUMNS[::-1], (*COLUMNS, ""), (*COLUMNS, "note"), ())),
)


def state():
    return {o.pk: (o.how, str(o.confirmed_on), o.body, o.status) for o in Offering.objects.all()}


@given(data=TABLES | st.binary(max_size=200) | st.builds(lambda a, b: a + b, TABLES, st.binary(max_size=20)))
@fuzzed
def test_no_table_breaks_the_import_and_a_refused_one_changes_nothing(places, data):
    before = state()
    try:
        changes = read_csv(data)
        apply(changes)
    except NotApplied as refused:
        assert refused.problems and state() == before
        return
    now = state()
    for change in changes:
        how, day, note, status = now[f"{change.location}/{change.therapy}"]
        assert (how, day, status) == (change.how, str(change.confirmed_on), "published")
    assert len(now) >= len(before)


@given(note=NOTES.filter(lambda note: "\0" not in note))
@fuzzed
def test_what_was_exported_as_a_table_changes_nothing_when_it_is_imported(places, note):
    note = note.encode("utf-8", "ignore").decode().strip()
    Offering.objects.filter(pk="north/touch").update(body=note)
    before = state()
    assert apply(read_csv(write_csv(Offering.objects.all()).encode())) == []
    assert state() == before


@given(
    data=TABLES | st.binary(max_size=200),
    name=st.sampled_from(("table.csv", "é.csv", "x.exe", "a b", ".csv", "a" * 300)),
)
@settings(fuzzed, max_examples=fuzzed.max_examples // 4)
def test_no_file_that_staff_upload_is_a_failure_of_ours(places, client, data, name):
    if "_auth_user_id" not in client.session:
        sign_in(client, make_staff())
    before = state()
    answer = client.post("/admin/therapies/offering/upload/", {"file": SimpleUploadedFile(name, data)})
    assert answer.status_code == 302 or (answer.status_code == 200 and state() == before)


SPACES = st.sampled_from(("", " ", "  "))
CODINGS = st.sampled_from(("gzip", "br", "identity", "*", "deflate", "GZIP", "zstd", "x-gzip", "bro"))
WEIGHTS = st.none() | st.sampled_from(("0", "0.0", "0.000", "0.001", "0.5", "1", "1.000"))
WISHES = st.lists(st.tuples(CODINGS, WEIGHTS, SPACES), max_size=6, unique_by=lambda wish: wish[0].lower())
LATIN = st.text(st.characters(max_codepoint=255), max_size=60)


@given(wishes=WISHES)
@fuzzed
def test_a_reader_gets_a_coding_that_they_asked_for_and_none_that_they_like_less(wishes):
    header = ",".join(f"{space}{name}{space}" + (f";{space}q={q}" if q else "") for name, q, space in wishes)
    weights = {name.lower(): float(q or 1) for name, q, _ in wishes}
    liked = {name: weights.get(name, weights.get("*", 0)) for name in ("br", "gzip")}
    coding = accepted(header)
    assert liked[coding] == max(liked.values()) > 0 if coding else max(liked.values()) == 0, header


@given(
    header=LATIN
    | st.lists(LATIN | CODINGS | st.sampled_from((";q=", ",", "nan", "inf", "-1", "1e9", "1_0"))).map("".join)
)
@fuzzed
def test_no_header_of_wishes_breaks_the_choice_of_a_coding(header):
    assert accepted(header) in ("", "gzip", "br")
    assert all(not coding or coding in header.lower() or "*" in header for coding in (accepted(header),))


ETAGS = st.text("0123456789abcdef-gzipbr", min_size=1, max_size=20).map(lambda text: f'"{text}"')
ODD_ETAGS = st.sampled_from(('"', 'W/"', '""', "W/", "abc", '"a', "*a", 'w/"a"', '"a" "b"'))


@given(
    etag=ETAGS,
    others=st.lists(ETAGS | ODD_ETAGS, max_size=4),
    weak=st.booleans(),
    named=st.booleans(),
    at=st.integers(0, 4),
)
@fuzzed
def test_a_reader_is_told_that_a_page_has_not_changed_only_if_they_named_it(etag, others, weak, named, at):
    mine = ("W/" if weak else "") + etag
    there = [*others[:at], mine, *others[at:]] if named else [other for other in others if etag not in other]
    assert matches(", ".join(there), etag) == named


@given(header=LATIN)
@fuzzed
def test_no_header_of_etags_breaks_the_comparison(header):
    if matches(header, '"0123456789abcdef"'):
        assert header.strip() == "*" or '"0123456789abcdef"' in header


KEYS = ("region", "approach", "sort")
VALUES = st.sampled_from(("a", "back-pain", "A", "a/b", "", "%61", "a+b", "a b", "é", "-", "a" * 300)) | WORDS
ASKED = st.lists(st.tuples(st.sampled_from(KEYS) | WORDS, VALUES), max_size=4).map(
    lambda pairs: "&".join(f"{key}={value}" for key, value in pairs)
)


@given(asked=ASKED | LATIN)
@fuzzed
def test_a_query_that_is_kept_has_one_spelling_and_says_to_the_page_what_it_says_to_the_store(asked):
    if not canonical(asked, KEYS):
        return
    told = [(key, values) for key, values in QueryDict(asked).lists()]
    assert [(key, [value]) for key, value in parse_qsl(asked)] == told
    assert all(key in KEYS and SLUG.fullmatch(values[0]) for key, values in told)
    assert asked == "&".join(
        f"{key}={values[0].replace('/', '%2F')}" for key, values in sorted(told, key=lambda pair: KEYS.index(pair[0]))
    )


HOSTS = st.sampled_from(("localhost", "localhost:80", "localhost:81", "localhost:", "[::1]", "[::1", "localhost:²", "evil.example",
    "localhost.", "evil.example:80", "127.0.0.1", "a@localhost", "localhost:80:80", ".localhost")) | LATIN  # fmt: skip
PATHS = (
    st.sampled_from(
        ("/", "/therapies/", "/therapies/touch/", "/admin/", "/search/", "/healthz", "//", "", "/therapies/\xff/")
    )
    | LATIN
)


@given(host=HOSTS, path=PATHS, asked=ASKED | LATIN)
@fuzzed
def test_only_pages_of_our_own_hosts_are_kept_whatever_is_asked_for(host, path, asked):
    store = PageStore(None, ask_version=lambda: "one")
    key = ("http", host.lower(), path, asked)
    if store.takes(key, environ_of(key) | {"SERVER_PORT": "80"}):
        assert host.lower() in {store.site, *(f"{name}{port}" for name in store.hosts for port in ("", ":80"))}
        assert not path.startswith(("/admin", "/search/", "/visit-sheet/", "/preview/", "/static/"))


@pytest.fixture
def shelf(db, settings, tmp_path):
    settings.VAR_DIR = tmp_path
    make_evidence(therapy=make_therapy(path="touch", title="Healing touch", also_called="light touch"))
    make_term(title="sham")
    index.refresh()


SEARCHES = st.lists(
    WORDS | st.sampled_from(("touch", "tuoch", "healing touch", "sham", "AND", "NOT", "NEAR(", "*", '"', "(", ")", "-", "^", ":", "'")),
    max_size=8,
).map(" ".join) | st.text(max_size=400)  # fmt: skip


@given(text=SEARCHES, exact=st.booleans())
@fuzzed
def test_no_words_break_the_search_and_all_that_is_found_can_be_shown(shelf, text, exact):
    text = text.encode("utf-8", "replace").decode()
    with index.reader() as db:
        answer = query.ask(db, text, exact)
        hits = query.hits(db, answer, answer.ids()[:20])
        query.suggest(db, text)
    for hit in hits:
        assert "<script" not in hit.title + hit.snippet


@given(
    text=SEARCHES,
    kind=WORDS | st.sampled_from(("therapy", "condition", "term", "safety")),
    page=WORDS | st.sampled_from(("1", "2", "0")),
)
@fuzzed
def test_no_search_that_a_reader_asks_for_is_a_failure_of_ours(shelf, client, text, kind, page):
    data = {
        name: value.encode("utf-8", "replace").decode() for name, value in (("q", text), ("kind", kind), ("page", page))
    }
    assert client.get("/search/", data).status_code in (200, 404)
