"""The store of ready pages: what it gives out, what it keeps, and what it must never keep."""

import gzip
import logging
import threading
from io import BytesIO

import brotli
import pytest
from django.core.handlers.wsgi import WSGIHandler
from django.db import DatabaseError, InterfaceError, OperationalError, connections

from integrative import wsgi
from integrative.answers import accepted, matches
from integrative.pagestore import PageStore, canonical
from integrative.warming import Helper
from therapies.models import Therapy

from .make import make_condition, make_evidence, make_page, make_staff, make_therapy, sign_in

HTML = ("Content-Type", "text/html; charset=utf-8")
ABOUT = "/about/"


class Answer:
    """What a reader got."""

    def __init__(self, store, path, method="GET", host="localhost", scheme="http", **headers):
        path, _, query = path.partition("?")
        environ = {
            "REQUEST_METHOD": method, "PATH_INFO": path, "QUERY_STRING": query, "HTTP_HOST": host,
            "SERVER_NAME": "localhost", "SERVER_PORT": "80", "wsgi.url_scheme": scheme, "wsgi.input": BytesIO(),
        }  # fmt: skip
        environ |= {f"HTTP_{name.upper()}": value for name, value in headers.items()}
        told = []
        result = store(environ, lambda status, headers, exc_info=None: told.append((status, headers)))
        self.body = b"".join(result)
        self.status, self.headers = int(told[0][0][:3]), {name.lower(): value for name, value in told[0][1]}


class Site:
    """Stands for Django: shows a text, and counts how often it is asked."""

    def __init__(self, status="200 OK", headers=(), text="some words " * 50):
        self.status, self.headers, self.text, self.asked = status, [HTML, *headers], text, []

    def __call__(self, environ, start_response):
        self.asked.append(environ)
        start_response(self.status, self.headers)
        return [self.text.encode()]


@pytest.fixture
def stored():
    """A function that gives a store in front of a Site, its helper asleep, with a version to set."""

    def make(site=None, **options):
        store = PageStore(site or Site(), ask_version=lambda: store.now, **options)
        store.now = "one"
        store.helper.wake = lambda: None
        return store

    return make


def site_behind_a_store():
    """The real site behind a store, its helper asleep."""
    store = PageStore(WSGIHandler())
    store.helper.wake = lambda: None
    return store


@pytest.fixture
def real(db, connection_kept):
    make_evidence(condition=make_condition(path="back"), therapy=make_therapy(path="touch"))
    return site_behind_a_store()


def test_a_page_is_rendered_once(stored):
    store = stored()
    assert [Answer(store, ABOUT).body for _ in range(3)] == [store.app.text.encode()] * 3
    assert len(store.app.asked) == 1


def test_a_change_is_in_the_next_answer(stored):
    store = stored()
    Answer(store, ABOUT)
    store.app.text, store.now = "new words", "two"
    assert Answer(store, ABOUT).body == b"new words"


@pytest.mark.django_db(transaction=True)
def test_an_edit_of_a_record_is_in_the_next_answer(real):
    assert b"Before" not in Answer(real, "/therapies/touch/").body
    Therapy.objects.filter(pk="touch").update(title="Before and after")
    assert b"Before and after" in Answer(real, "/therapies/touch/").body


def test_what_was_rendered_while_an_edit_came_in_is_not_given_out_again(stored):
    store = stored()

    def edited_meanwhile(environ, start_response):
        store.now = "two"
        return Site(text="half old")(environ, start_response)

    store.app = edited_meanwhile
    Answer(store, ABOUT)
    store.app = Site(text="all new")
    assert Answer(store, ABOUT).body == b"all new"


def test_a_page_that_speaks_of_today_is_rendered_anew_tomorrow(stored):
    store = stored()
    Answer(store, ABOUT)
    (page,) = store.pages.values()
    page.expires -= 86_400
    Answer(store, ABOUT)
    assert len(store.app.asked) == 2


def test_every_coding_holds_the_same_page_under_an_etag_of_its_own(stored):
    store = stored()
    plain, zipped, br = (Answer(store, ABOUT, accept_encoding=coding) for coding in ("", "gzip", "gzip, deflate, br"))
    assert plain.body == gzip.decompress(zipped.body) == brotli.decompress(br.body)
    assert len({answer.headers["etag"] for answer in (plain, zipped, br)}) == 3
    assert [answer.headers.get("content-encoding") for answer in (plain, zipped, br)] == [None, "gzip", "br"]
    for answer in (plain, zipped, br):
        assert answer.headers["content-length"] == str(len(answer.body))
        assert answer.headers["vary"] == "Accept-Encoding"
        assert "max-age=60" in answer.headers["cache-control"] and "stale-if-error" in answer.headers["cache-control"]
    assert len(store.app.asked) == 1


def test_the_helper_compresses_harder_what_is_read_often_and_the_page_stays_the_same(stored):
    store = stored(Site(text="".join(f"<p>{n * n} words and {n}</p>" for n in range(500))))
    before = Answer(store, ABOUT, accept_encoding="br")
    store.helper.squeeze()
    assert Answer(store, ABOUT, accept_encoding="br").body == before.body, "not read often enough to be worth it"
    for _ in range(10):
        Answer(store, ABOUT)
    store.helper.squeeze()
    after = Answer(store, ABOUT, accept_encoding="br")
    assert len(after.body) < len(before.body)
    assert brotli.decompress(after.body) == brotli.decompress(before.body)


@pytest.mark.parametrize(
    ("header", "coding"),
    [("", ""), ("gzip", "gzip"), ("br;q=0, gzip", "gzip"), ("br;q=0.5, gzip;q=0.9", "gzip"), ("*", "br"),
     ("gzip;q=0", ""), ("identity", ""), ("*;q=0", ""), ("BR ; q=1", "br"), ("gzip;q=many", "")],
)  # fmt: skip
def test_the_coding_is_one_that_the_reader_accepts(header, coding):
    assert accepted(header) == coding


def test_head_says_what_get_would_send(stored):
    store = stored()
    head, get = Answer(store, ABOUT, "HEAD"), Answer(store, ABOUT)
    assert head.body == b"" and head.headers == get.headers
    assert store.app.asked[0]["REQUEST_METHOD"] == "GET" and len(store.app.asked) == 1


def test_a_reader_who_has_the_page_is_told_that_it_has_not_changed(stored):
    store = stored()
    etag = Answer(store, ABOUT).headers["etag"]
    for given in (etag, f"W/{etag}", f'"other", {etag}', "*"):
        answer = Answer(store, ABOUT, if_none_match=given)
        assert (answer.status, answer.body, answer.headers["etag"]) == (304, b"", etag)
        assert "content-length" not in answer.headers
    assert Answer(store, ABOUT, if_none_match='"other"').status == 200
    assert not matches("", etag)


@pytest.mark.django_db
def test_an_unknown_host_is_refused_and_nothing_is_kept(real):
    assert Answer(real, "/", host="evil.example").status == 400
    assert not real.pages


@pytest.mark.django_db
def test_no_header_of_one_reader_colours_what_the_next_one_gets(real, settings):
    poison = {"x_forwarded_host": "evil.example", "x_forwarded_proto": "https", "x_original_url": "/admin/",
              "accept_language": "de", "cookie": "theme=evil", "referer": "https://evil.example/"}  # fmt: skip
    poisoned = Answer(real, "/conditions/back/", **poison)
    clean = Answer(site_behind_a_store(), "/conditions/back/")
    assert poisoned.body == clean.body == Answer(real, "/conditions/back/").body
    assert b"evil" not in poisoned.body and b'rel="canonical" href="http://localhost/conditions/back/"' in poisoned.body


def test_the_letter_case_and_the_port_of_a_host_make_no_new_entries(stored):
    store = stored()
    for host in ("localhost", "LOCALHOST", "LocalHost"):
        Answer(store, ABOUT, host=host)
    for port in range(1000, 1020):
        Answer(store, ABOUT, host=f"localhost:{port}")
    assert len(store.pages) == 1


@pytest.mark.django_db
def test_plain_http_is_sent_to_https_and_the_two_are_kept_apart(real, settings):
    settings.SECURE_SSL_REDIRECT = True
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    store = site_behind_a_store()
    secure = Answer(store, "/conditions/back/", x_forwarded_proto="https")
    plain = Answer(store, "/conditions/back/")
    assert (plain.status, plain.headers["location"]) == (301, "https://localhost/conditions/back/")
    assert secure.status == 200 and b'href="https://localhost/conditions/back/"' in secure.body
    assert Answer(store, "/conditions/back/", x_forwarded_proto="http").status == 301


@pytest.mark.django_db
@pytest.mark.parametrize(
    "path",
    ["/?x=1", "/therapies/?x=1", "/therapies/?level=mixed&condition=back", "/evidence/?level=mixed&level=mixed",
     "/no-such-page/", "/conditions/none/", "/therapies/?condition=none", "/conditions/back", "/healthz", "/readyz",
     "/admin/", "/admin/login/", "/static/icon.svg", "/compare/?therapy=touch", "/conditions/?name=back"],
)  # fmt: skip
def test_an_address_that_is_no_canonical_page_is_not_kept(real, path):
    Answer(real, path)
    assert not real.pages


@pytest.mark.django_db
@pytest.mark.parametrize(
    "path",
    ["/", "/conditions/back/", "/therapies/?condition=back&level=may-help", "/evidence/?level=mixed", "/sitemap.xml",
     "/robots.txt", "/glossary/", "/compare/for/back/"],
)  # fmt: skip
def test_a_readers_page_is_kept_and_sets_no_cookie(real, path):
    answer = Answer(real, path)
    assert answer.status == 200 and "set-cookie" not in answer.headers and len(real.pages) == 1


@pytest.mark.parametrize(
    "header",
    [("Set-Cookie", "a=b"), ("Vary", "Accept, Cookie"), ("Cache-Control", "private"), ("cache-control", "no-store")],
)
def test_an_answer_for_one_person_is_never_kept_and_sees_the_real_request(stored, header):
    store = stored(Site(headers=[header]))
    for _ in range(2):
        Answer(store, ABOUT, cookie="csrftoken=mine")
    assert not store.pages
    assert store.app.asked[-1]["HTTP_COOKIE"] == "csrftoken=mine"


@pytest.mark.parametrize("status", ["301 Moved", "404 Not Found", "500 Internal Server Error"])
def test_only_a_page_that_is_there_is_kept(stored, status):
    store = stored(Site(status=status))
    assert Answer(store, ABOUT).status == int(status[:3])
    assert not store.pages


@pytest.mark.django_db
def test_staff_who_are_signed_in_are_answered_by_django(real, client, settings):
    Answer(real, "/conditions/back/")
    sign_in(client, make_staff())
    session = client.cookies[settings.SESSION_COOKIE_NAME].value
    answer = Answer(real, "/conditions/back/", cookie=f"{settings.SESSION_COOKIE_NAME}={session}")
    assert "etag" not in answer.headers
    assert next(iter(real.pages.values())).hits == 0


def test_anything_but_reading_goes_to_django(stored):
    store = stored()
    for method in ("POST", "PUT", "DELETE", "OPTIONS", "TRACE"):
        Answer(store, ABOUT, method)
    assert len(store.app.asked) == 5 and not store.pages


@pytest.mark.django_db
def test_a_flood_of_unknown_addresses_and_queries_keeps_nothing_and_moves_nothing_out(real):
    Answer(real, "/conditions/back/")
    before = dict(real.pages), real.bytes
    for number in range(300):
        Answer(real, f"/conditions/none-{number}/")
        Answer(real, f"/conditions/back/?x={number}")
        Answer(real, "/conditions/back/", host=f"{number}.example")
    assert (real.pages, real.bytes) == before
    assert not real.flights


def test_a_flood_of_pages_read_once_does_not_move_out_those_read_again(stored):
    store = stored(most_bytes=400_000)
    known = [f"/conditions/{number}/" for number in range(50)]
    for path in known * 2:
        Answer(store, path)
    for number in range(2000):
        Answer(store, f"/compare/therapies/a{number}/b/")
    assert store.bytes <= 400_000
    assert store.bytes == sum(page.size for page in store.pages.values())
    assert {key[2] for key in store.pages} >= set(known)


def test_two_hundred_readers_of_one_cold_page_cost_one_render(stored):
    store, waiting = stored(), threading.Barrier(201)
    answers, may_finish, site = [], threading.Event(), store.app

    def slow(environ, start_response):
        may_finish.wait(30)
        return site(environ, start_response)

    def read():
        waiting.wait(30)
        answers.append(Answer(store, ABOUT).body)

    store.app = slow
    threads = [threading.Thread(target=read) for _ in range(200)]
    for thread in threads:
        thread.start()
    waiting.wait(30)
    may_finish.set()
    for thread in threads:
        thread.join()
    assert answers == [site.text.encode()] * 200
    assert len(site.asked) == 1


def test_while_the_database_is_away_readers_get_the_last_good_page_and_are_told(stored, caplog):
    store = stored()
    Answer(store, ABOUT)
    store.now = "two"

    def away():
        raise DatabaseError("gone")

    store.ask_version = away
    with caplog.at_level(logging.WARNING):
        answers = [Answer(store, ABOUT) for _ in range(3)]
    assert [(a.status, a.headers["warning"][:3], a.body) for a in answers] == [
        (200, "110", store.app.text.encode())
    ] * 3
    assert caplog.text.count("The database does not answer") == 1
    assert ABOUT not in caplog.text
    store.ask_version, store.away_until = lambda: "two", 0
    assert "warning" not in Answer(store, ABOUT).headers


@pytest.mark.django_db
@pytest.mark.parametrize("error", [OperationalError, InterfaceError])
def test_with_no_database_the_whole_site_shows_what_it_last_showed_and_comes_back(real, monkeypatch, error):
    good = Answer(real, "/therapies/touch/").body

    def away(*args):
        raise error("gone")

    with monkeypatch.context() as broken:
        broken.setattr(type(connections["default"]), "cursor", away)
        broken.setattr(real, "ask_version", away)
        for _ in range(2):
            answer = Answer(real, "/therapies/touch/")
            assert (answer.status, answer.body) == (200, good)
            assert answer.headers["warning"] == '110 - "Response is Stale"'
        for path in ("/therapies/", "/therapies/not-read-yet/"):
            answer = Answer(real, path)
            assert answer.status == 503 and b"911" in answer.body
        assert (Answer(real, "/readyz").status, Answer(real, "/healthz").status) == (503, 200)
    real.away_until = 0
    answer = Answer(real, "/therapies/touch/")
    assert (answer.status, answer.body, answer.headers.get("warning")) == (200, good, None)
    assert (Answer(real, "/therapies/").status, Answer(real, "/readyz").status) == (200, 200)


def test_a_page_that_fails_to_render_is_shown_as_it_last_was(stored):
    store = stored()
    good = Answer(store, ABOUT).body
    store.app, store.now = Site(status="500 Internal Server Error", text="sorry"), "two"
    answer = Answer(store, ABOUT)
    assert (answer.status, answer.body, answer.headers["warning"][:3]) == (200, good, "110")


def test_without_a_known_version_every_reader_is_answered_by_django(stored):
    store = stored()
    store.now = None
    Answer(store, ABOUT)
    assert not store.pages and len(store.app.asked) == 1


@pytest.mark.django_db(transaction=True)
def test_the_helper_renders_the_first_pages_of_the_site_and_renews_what_was_read(real):
    make_page(path="about", title="About us")
    for _ in range(2):
        Answer(real, "/therapies/touch/")
    real.helper.warm()
    assert {"/", "/conditions/", "/conditions/back/", "/about/"} <= {key[2] for key in real.pages}
    Therapy.objects.filter(pk="touch").update(title="Renewed")
    real.helper.warm()
    assert {page.version for page in real.pages.values()} == {real.ask_version()}


@pytest.mark.django_db(transaction=True)
def test_a_database_that_goes_away_just_after_a_page_was_made_costs_no_reader_that_page(real, monkeypatch):
    def away():
        raise OperationalError("gone")

    monkeypatch.setattr(wsgi, "next_due", away)
    real.ask_due = wsgi.due
    first, second = (Answer(real, "/therapies/touch/") for _ in range(2))
    assert first.status == second.status == 200 and first.body == second.body


def test_the_helper_tells_of_an_error_and_goes_on_at_the_next_wake(stored, caplog):
    store = stored()
    helper, rounds = Helper(store), []

    class Wanted(threading.Event):
        def wait(self):
            return len(rounds) < 2

    def warm():
        rounds.append(1)
        if len(rounds) == 1:
            raise ValueError("a page that nobody can render")

    helper.wanted, helper.warm = Wanted(), warm
    helper.run()
    assert len(rounds) == 2
    assert "a page that nobody can render" in caplog.text and "Traceback" in caplog.text


def test_a_query_is_canonical_only_in_the_one_order_with_plain_values():
    keys = ("condition", "level")
    assert all(canonical(query, keys) for query in ("", "condition=a", "level=b", "condition=a-1&level=b"))
    odd = ["level=b&condition=a", "condition=a&condition=b", "condition=A", "condition=%61", "x=1", "condition=", "&"]
    assert not any(canonical(query, keys) for query in odd)
