# ruff: noqa: E501 - requests are easier to read in one line
"""What a rude client can do to the real server on a bare socket: nothing that other readers would notice."""

import socket
from contextlib import ExitStack

import pytest

from .server import TOKEN, running, until

pytestmark = pytest.mark.server


@pytest.fixture(scope="module")
def site():
    with running() as found:
        yield found


HOST = b"Host: localhost\r\n"
RUDE = {
    "a line that is too long": b"GET /" + b"a" * 100_000 + b" HTTP/1.1\r\n" + HOST + b"\r\n",
    "a header that is too long": b"GET / HTTP/1.1\r\n" + HOST + b"X: " + b"a" * 100_000 + b"\r\n\r\n",
    "too many headers": b"GET / HTTP/1.1\r\n" + HOST + b"X: y\r\n" * 5000 + b"\r\n",
    "no host": b"GET / HTTP/1.1\r\n\r\n",
    "two hosts": b"GET / HTTP/1.1\r\n" + HOST + b"Host: evil.example\r\n\r\n",
    "two lengths": b"POST / HTTP/1.1\r\n" + HOST + b"Content-Length: 3\r\nContent-Length: 9\r\n\r\nabc",
    "a length and chunks": b"POST / HTTP/1.1\r\n"
    + HOST
    + b"Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "chunks that are none": b"POST / HTTP/1.1\r\n" + HOST + b"Transfer-Encoding: chunked\r\n\r\nzz\r\nabc\r\n",
    "a length below zero": b"POST / HTTP/1.1\r\n" + HOST + b"Content-Length: -1\r\n\r\n",
    "a folded header": b"GET / HTTP/1.1\r\n" + HOST + b"X: a\r\n b\r\n\r\n",
    "a null in a header": b"GET / HTTP/1.1\r\n" + HOST + b"Content-Type: text/plain; charset=\x00\r\n\r\n",
    "a null in the address": b"GET /\x00 HTTP/1.1\r\n" + HOST + b"\r\n",
    "no address": b"GET  HTTP/1.1\r\n" + HOST + b"\r\n",
    "another protocol": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
    "a version to come": b"GET / HTTP/9.9\r\n" + HOST + b"\r\n",
    "a proxy's request": b"GET http://evil.example/ HTTP/1.1\r\nHost: evil.example\r\n\r\n",
    "a tunnel": b"CONNECT evil.example:443 HTTP/1.1\r\n" + HOST + b"\r\n",
    "a forged scheme": b"GET / HTTP/1.1\r\n" + HOST + b"X-Forwarded-Proto: https\r\nX-Forwarded-Ssl: off\r\n\r\n",
    "a forged variable": b"GET / HTTP/1.1\r\n" + HOST + b"Proxy: evil.example\r\nX_Forwarded_For: 1.1.1.1\r\n\r\n",
    "nothing at all": b"",
}
CLIMBS = (
    "/static/../manage.py", "/static/..%2fmanage.py", "/static/%2e%2e/manage.py", "/static/..%5cmanage.py", "/static//etc/passwd",
    "/static/....//manage.py", "/static/%252e%252e/manage.py", "/../../../../etc/passwd", "/.git/config", "/.env", "/var/db.sqlite3",
    "/static/../../secret_key", "/static/%00", "//etc/passwd", "/%2e%2e%2fetc%2fpasswd", "/conditions/../../../secret_key",
)  # fmt: skip


@pytest.mark.parametrize("sent", RUDE.values(), ids=RUDE)
def test_a_rude_request_is_refused_and_is_no_failure_of_ours(site, sent):
    got = site.raw(sent)
    status = got.split(b" ", 2)[1] if got else b"closed"
    assert status == b"closed" or status[:1] in b"234", got[:300]
    assert b"Traceback" not in got
    assert site.status("/") == 200


@pytest.mark.parametrize("path", CLIMBS)
def test_no_path_leads_out_of_what_is_served(site, path):
    got = site.raw(f"GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode())
    assert got.split(b" ", 2)[1] in (b"400", b"404", b"301"), got[:200]
    assert b"root:" not in got and b"DJANGO_SETTINGS" not in got


def test_a_body_larger_than_any_form_is_refused(site):
    head = b"POST /admin/login/ HTTP/1.1\r\n" + HOST + b"Content-Type: application/x-www-form-urlencoded\r\n"
    got = site.raw(head + b"Content-Length: 9000000\r\n\r\nusername=" + b"a" * 8_999_991)
    assert got[9:12] in (b"", b"400", b"403", b"413"), got[:200]


POST = b"POST /admin/login/ HTTP/1.1\r\n" + HOST
WHOLE = b"GET /healthz HTTP/1.1\r\n" + HOST
SLOW = {
    "half a head": b"GET /glossary/ HTTP/1.1\r\n" + HOST + b"X-Slow: ",
    "half a body": POST + b"Content-Length: 1000\r\n\r\na",
    "half a body for a page": b"POST /glossary/ HTTP/1.1\r\n" + HOST + b"Content-Length: 1000\r\n\r\na",
    "half a long body": POST + b"Content-Length: 200000\r\n\r\n" + b"a" * 40_000,
    "a body without end": POST + b"Content-Length: 00000000000000099999999999999\r\n\r\n" + b"a" * 40_000,
    "chunks": POST + b"Transfer-Encoding: chunked\r\n\r\n1\r\na\r\n",
    "chunks for a page": b"POST /glossary/ HTTP/1.1\r\n" + HOST + b"Transfer-Encoding: chunked\r\n\r\n1\r\na\r\n",
    "a body after being asked": POST + b"Expect: 100-continue\r\nContent-Length: 1000\r\n\r\n",
    "half a head of many lines": WHOLE + b"".join(b"X-%d: %s\r\n" % (n, b"y" * 4000) for n in range(12)),
    "half a request behind a whole one": WHOLE + b"\r\n" + POST + b"Content-Length: 1000\r\n\r\na",
    "empty lines": b"\r\n\r\n" + POST + b"Content-Length: 1000\r\n\r\na",
    "an answer that is never closed": WHOLE + b"Connection: close\r\n\r\n",
}


@pytest.mark.parametrize("sent", SLOW.values(), ids=SLOW)
def test_readers_are_served_while_two_hundred_slow_clients_hold_on(site, sent):
    with ExitStack() as stack:
        for _ in range(200):
            slow = stack.enter_context(socket.create_connection(("127.0.0.1", site.port), timeout=5))
            slow.sendall(sent)
        assert until(lambda: site.status("/glossary/", timeout=3) == 200, 20), "nobody is served"
        assert [site.status("/glossary/", timeout=3) for _ in range(20)] == [200] * 20


@pytest.mark.parametrize("sent", [60_000, 200_000])
def test_a_long_form_counts_only_when_it_came_whole(site, sent):
    headers = "".join(f"{name}: {value}\r\n" for name, value in site.sign_in().items())
    head = f"POST /admin/recovery-codes/ HTTP/1.1\r\nHost: localhost\r\n{headers}Content-Length: 200000\r\n\r\n"
    body = f"csrfmiddlewaretoken={TOKEN}&more=".ljust(200_000, "a")
    got = site.raw((head + body[:sent]).encode())
    assert (b"HTTP/1.1 200" in got) == (sent == 200_000), got[:200]
    assert (site.log().count("made new recovery codes") > 0) == (sent == 200_000)
