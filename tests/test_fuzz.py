# ruff: noqa: E501 - long lists of odd words read better in few lines
"""Whatever is sent, nothing breaks: no failure of ours, no half-written state, no script in a page."""

import shutil
import sys
from urllib.parse import quote

import html5lib
import pytest
from django.http import QueryDict
from django.test import RequestFactory
from hypothesis import given
from hypothesis import strategies as st

from integrative.documents import DocumentError, decode, parse
from integrative.records import record_models
from integrative.rendering import address, render
from integrative.wsgi import application

from .fuzzing import WORDS, fuzzed
from .make import make_article, make_evidence, make_page, make_question, make_staff, make_term, manage, sign_in

pytestmark = pytest.mark.django_db

KEYS = (
    "condition", "therapy", "kind", "level", "name", "q", "page", "location", "region", "approach", "sort", "format", "next",
    "topic", "crisis", "cost", "setting", "certainty", "_popup", "e",
)  # fmt: skip
PLACES = (
    "/", "/conditions/", "/conditions/condition-1/", "/therapies/", "/therapies/therapy-1/", "/approaches/", "/evidence/",
    "/evidence/therapy-1/condition-1/", "/compare/", "/compare/approaches/", "/compare/for/condition-1/",
    "/compare/therapies/therapy-1/", "/faq/", "/articles/", "/locations/", "/sources/", "/glossary/", "/topics/pain/",
    "/search/", "/visit-sheet/", "/feed/", "/robots.txt", "/sitemap.xml", "/healthz", "/readyz", "/static/icon.svg",
    "/admin/", "/admin/login/", "/admin/second-step/",
)  # fmt: skip
PATHS = st.sampled_from(PLACES) | st.builds(
    lambda start, rest: start + rest, st.sampled_from([place for place in PLACES if place.endswith("/")]), WORDS
)
QUERIES = st.lists(st.tuples(st.sampled_from(KEYS) | WORDS, WORDS), max_size=6)
HEADERS = (
    "ACCEPT", "ACCEPT_ENCODING", "ACCEPT_LANGUAGE", "AUTHORIZATION", "COOKIE", "IF_MATCH", "IF_MODIFIED_SINCE",
    "IF_NONE_MATCH", "ORIGIN", "RANGE", "REFERER", "USER_AGENT", "X_FORWARDED_FOR", "X_FORWARDED_HOST",
    "X_FORWARDED_PROTO", "X_HTTP_METHOD_OVERRIDE", "X_REQUESTED_WITH", "HOST",
)  # fmt: skip
HEADER_WORDS = WORDS | st.sampled_from(
    (
        "gzip;q=",
        "br;q=0, gzip;q=2",
        "gzip;q=1e9, *;q=-1",
        ", ,;;q",
        "identity;q=0, *;q=0",
        '"',
        'W/"',
        '"a", W/"b',
        "*",
        "bytes=0-",
        "bytes=-1",
        "bytes=9-1,0-0,5-",
        "Thu, 32 Foo 20260 99:99:99 GMT",
        "sessionid=;;=",
        "localhost:99999",
        "localhost:port",
        "[::1",
        "a,b",
        "https,http",
        "evil.example",
        "localhost.",
        "LOCALHOST",
    )  # fmt: skip
)


@pytest.fixture
def some_content(connection_kept):
    make_evidence()
    for make in (make_question, make_article, make_page, make_term):
        make()


def status_of(method, path, query="", body=b"", **extra):
    """What the whole WSGI application answers, middleware and what stands before it included."""
    environ = RequestFactory(headers={"host": "localhost"}).generic(method, "/", body).environ
    environ |= {"PATH_INFO": path, "QUERY_STRING": query, "wsgi.errors": sys.stderr} | extra
    told = []
    result = application(environ, lambda status, headers, exc_info=None: told.append(status))
    b"".join(result)
    result.close() if hasattr(result, "close") else None
    return int(told[-1].split()[0])


def as_wsgi(text):
    """Any text as a server hands it on: its UTF-8 bytes, each as one character."""
    return text.encode("utf-8", "surrogatepass").decode("latin-1")


@given(path=PATHS, query=QUERIES)
@fuzzed
def test_no_address_and_no_query_breaks_a_page(some_content, path, query):
    text = "&".join(f"{quote(k, errors='replace')}={quote(v, errors='replace')}" for k, v in query)
    assert status_of("GET", as_wsgi(path), text) < 500


@given(path=st.sampled_from(PLACES), query=st.binary(max_size=80), rest=st.binary(max_size=40))
@fuzzed
def test_no_bytes_in_an_address_break_a_page(some_content, path, query, rest):
    assert status_of("GET", path + rest.decode("latin-1"), query.decode("latin-1")) < 500


@given(
    path=st.sampled_from(PLACES),
    headers=st.dictionaries(st.sampled_from(HEADERS), HEADER_WORDS, min_size=1, max_size=4),
)
@fuzzed
def test_no_header_breaks_a_page(some_content, path, headers):
    assert status_of("GET", path, **{f"HTTP_{name}": as_wsgi(value) for name, value in headers.items()}) < 500


KINDS = (
    "", "text/plain", "application/json", "application/x-www-form-urlencoded", "application/x-www-form-urlencoded; charset=x",
    "multipart/form-data", "multipart/form-data; boundary=", "multipart/form-data; boundary=x",
    "multipart/form-data; boundary=" + "x" * 300, "text/plain; charset=../../x", ";;;", "x" * 500,
)  # fmt: skip


@given(
    method=st.sampled_from(
        ("POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "HEAD", "CONNECT", "PROPFIND", "get", "")
    ),
    path=st.sampled_from(PLACES),
    kind=st.sampled_from(KINDS),
    body=st.binary(max_size=200)
    | WORDS.map(lambda text: f"username={text}&password={text}".encode("utf-8", "replace")),
    length=st.sampled_from((None, "", "0", "-1", "x", "99999999999")),
)
@fuzzed
def test_no_method_and_no_body_break_a_page(some_content, method, path, kind, body, length):
    extra = {"CONTENT_TYPE": kind} | ({} if length is None else {"CONTENT_LENGTH": length})
    assert status_of(method, path, body=body, **extra) < 500


@given(data=st.dictionaries(st.sampled_from(("title", "path", "summary", "what_you_can_do", "status", "tags",
       "checked_on", "owner", "body_system", "also_called", "icd10cm", "next_review_on", "_save", "_popup")), WORDS))  # fmt: skip
@fuzzed
def test_nothing_that_staff_send_breaks_the_admin(client, data):
    if "_auth_user_id" not in client.session:
        sign_in(client, make_staff())
    query = QueryDict(mutable=True)
    query.update({name: value.encode("utf-8", "replace").decode() for name, value in data.items()})
    kind = "application/x-www-form-urlencoded"
    assert client.post("/admin/conditions/condition/add/", query.urlencode(), content_type=kind).status_code < 500


FRONT = "---\ntitle: {}\nstatus: published\nchecked_on: '2026-01-31'\n---\n{}"
FILES = st.dictionaries(
    st.builds(
        lambda model, name: f"{model.folder}/{name}.md",
        st.deferred(lambda: st.sampled_from(record_models())),
        st.sampled_from(("a", "a/b", "a/b.c", "A", "-", "é", "a.b", "a b", "x" * 120)),
    ),
    st.binary(max_size=200)
    | st.builds(FRONT.format, WORDS, WORDS).map(lambda text: text.encode("utf-8", "replace"))
    | WORDS.map(lambda text: f"---\n{text}\n---\n{text}".encode("utf-8", "replace")),
    min_size=1,
    max_size=4,
)


@given(files=FILES)
@fuzzed
def test_no_files_break_the_loader_and_a_refused_load_writes_nothing(tmp_path, files):
    root = tmp_path / "content"
    shutil.rmtree(root, ignore_errors=True)
    root.mkdir()
    for name, content in files.items():
        place = root / name
        place.parent.mkdir(parents=True, exist_ok=True)
        if not place.is_dir():
            place.write_bytes(content)
    before = {model: set(model.objects.values_list("pk", flat=True)) for model in record_models()}
    ran = manage("load_content", root)
    assert ran.code in (0, 1), ran
    if ran.code:
        assert "Traceback" not in ran.err
        assert {model: set(model.objects.values_list("pk", flat=True)) for model in record_models()} == before


@given(raw=st.binary(max_size=300) | st.builds(FRONT.format, WORDS, WORDS).map(lambda t: t.encode("utf-8", "replace")))
@fuzzed
def test_what_can_be_read_is_the_same_after_it_was_written(raw):
    for shape in [model.shape() for model in record_models()]:
        try:
            document = parse(decode(raw), shape)
        except DocumentError:
            continue
        assert parse(decode(document.text().encode()), shape) == document


TAGS = ("script", "img", "svg", "math", "iframe", "object", "embed", "form", "input", "button", "style", "link", "meta",
        "base", "template", "noscript", "textarea", "title", "xmp", "details", "video", "audio", "marquee", "a", "p")  # fmt: skip
TURNS = (
    "<{tag} src=x onerror=alert(1)>", "<{tag}/onload=alert(1)//>", "<{tag}\nonfocus\n=\nalert(1) autofocus>", "<<{tag}>alert(1)",
    "<{tag} style='x:expression(alert(1))'>", "<{tag} href=javascript:alert(1)>x</{tag}>", "</p><{tag}>alert(1)</{tag}>",
    "<{tag} xlink:href='data:text/html,x'>", "<{tag}\x00 onclick=alert(1)>", "<!--><{tag} onclick=alert(1)>-->",
    "[x](<{tag} onclick=alert(1)>)", "![x\" onerror=alert(1) {tag}](y)", "[a]: x '<{tag} onclick=alert(1)>'\n\n[a]",
    "| <{tag} onclick=alert(1)> | b |\n|---|---|\n| c | <{tag}> |", "*[{tag}]: \" onmouseover=alert(1) x=\"\n\n{tag}",
    "# <{tag} id=x onclick=alert(1)> {{#a onclick=alert(1)}}", "```{tag} onclick=alert(1)\n<{tag}>\n```", "`<{tag}>`",
)  # fmt: skip
SCHEMES = ("javascript", "JaVaScRiPt", "java\tscript", "java\nscript", "\x01javascript", "&#106;avascript", "&#x6A;avascript",
           "javascript&colon;", "vbscript", "data", "blob", "filesystem", "file", "view-source", "feed:javascript", "intent",
           "ms-settings", "livescript", "%6aavascript", "\\javascript", " javascript", "\u00a0javascript", "ｊavascript")  # fmt: skip
LINKS = ("[x]({}:alert(1))", "[x](<{}:alert(1)>)", "<{}:alert(1)>", "[x]\n\n[x]: {}:alert(1)", "![x]({}:alert(1))",
         "[x]({}://a/%0aalert(1))", "[a [x]({}:alert(1)) b](y)", "[x]( {}:alert(1) 'title' )")  # fmt: skip
ATTACKS = [turn.format(tag=tag) for tag in TAGS for turn in TURNS] + [
    link.format(scheme) for scheme in SCHEMES for link in LINKS
]
SAFE_ATTRIBUTES = {"href", "id", "title", "start", "align", "scope"}
UNSAFE_TAGS = set(TAGS) - {"a", "p"}


def assert_safe(text):
    html = render(text, "conditions/example.md").html
    for node in html5lib.parseFragment(html, namespaceHTMLElements=False).iter():
        if not isinstance(node.tag, str) or node.tag == "DOCUMENT_FRAGMENT":
            continue
        assert node.tag not in UNSAFE_TAGS and set(node.attrib) <= SAFE_ATTRIBUTES, (text, html)
        where = node.attrib.get("href", "#").lower()
        assert where.startswith(("https://", "http://", "mailto:", "tel:", "#", "/")), (text, html)
        assert not where.startswith(("//", "/\\")), (text, html)


def test_no_known_attack_survives_in_a_text():
    for attack in ATTACKS:
        assert_safe(attack)
    print(f"{len(ATTACKS)} attacks written in texts: none survives")


@given(st.lists(st.sampled_from(ATTACKS) | WORDS | st.sampled_from(("\n", "\n\n", "> ", "- ", "    ", "|", "[", "](", ")")),
                min_size=1, max_size=6))  # fmt: skip
@fuzzed
def test_no_mixture_of_attacks_survives_in_a_text(parts):
    assert_safe("".join(parts).encode(errors="replace").decode())


@given(WORDS)
@fuzzed
def test_no_link_of_a_writer_leaves_by_a_dangerous_way(href):
    where = address(href, "conditions/example.md")
    assert where is None or where.lower().startswith(("https://", "http://", "mailto:", "tel:", "#", "/"))
