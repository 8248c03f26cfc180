"""Nobody learns what a reader reads: not other sites, not the reader's own browser, not our logs."""

import re

import pytest

from ..server import running

pytestmark = pytest.mark.server
ADDRESS = re.compile(r"<loc>https?://[^/]+(/[^<]*)</loc>")


@pytest.fixture(scope="module")
def site():
    with running(shipped=True, ACCESS_LOG="-") as found:
        yield found


def every_page(site):
    sections = ADDRESS.findall(site.ask("/sitemap.xml").body.decode())
    return [page for section in sections for page in ADDRESS.findall(site.ask(section).body.decode())]


def some(pages):
    """A few pages of each kind."""
    kinds = {}
    for page in pages:
        kinds.setdefault(page.split("/")[1] if page.count("/") > 2 else page, []).append(page)
    return [page for group in kinds.values() for page in group[:2]]


def crawl(browser, site, pages):
    """What a browser does on these pages: (requests that leave the site, cookies, things stored, complaints)."""
    here, outside, stored, complaints = f"http://127.0.0.1:{site.port}", [], [], []
    context = browser.new_context()
    tab = context.new_page()
    tab.on("request", lambda r: r.url.startswith((here, "data:")) or outside.append(r.url))
    tab.on("console", lambda m: m.type in ("error", "warning") and complaints.append((tab.url, m.text)))
    for page in pages:
        response = tab.goto(here + page, wait_until="load")
        assert response.status == 200, page
        assert "set-cookie" not in response.headers, page
        stored += tab.evaluate(
            "async () => [...Object.keys(localStorage), ...Object.keys(sessionStorage), document.cookie,"
            " ...(await indexedDB.databases()).map(d => d.name),"
            " ...(self.caches ? await caches.keys() : []),"
            " ...(navigator.serviceWorker ? await navigator.serviceWorker.getRegistrations() : []).map(String)]"
            ".filter(Boolean)"
        )
    cookies = context.cookies()
    context.close()
    return outside, cookies, stored, complaints


def test_a_browser_that_reads_some_pages_of_every_kind_asks_nobody_else_and_keeps_nothing(browser, site):
    pages = some(every_page(site)) + ["/therapies/?level=may-help", "/compare/"]
    assert len(pages) > 20
    assert crawl(browser, site, pages) == ([], [], [], [])


@pytest.mark.nightly
def test_a_browser_that_reads_every_page_asks_nobody_else_and_keeps_nothing(browser, site):
    pages = every_page(site)
    assert len(pages) > 100
    assert crawl(browser, site, pages) == ([], [], [], [])
    print(f"{len(pages)} pages: 0 requests to others, 0 cookies, nothing stored")


def test_logs_hold_no_query_no_referrer_and_no_client_address(site):
    site.ask("/therapies/?condition=secret-condition", headers={"Referer": "https://secret.example/words"})
    site.ask("/conditions/?name=secret-name")
    site.ask("/nothing-secret?q=secret-query", headers={"Host": "secret-host.example"})
    site.ask("/admin/login/?next=/secret-next/", "POST", {"Content-Type": "application/x-www-form-urlencoded"}, "a=b")
    site.raw(b"GET /?secret-line HTTP/9.9\r\nHost: localhost\r\n\r\n")
    site.raw(b"GET / HTTP/1.1\r\nHost: localhost\r\nsecret-header\r\n\r\n")
    site.raw(b"\x16\x03\x01secret-bytes\r\n\r\n")
    site.stop()
    log = site.log()
    site.start()
    assert "GET /therapies/" in log, "the access log must be on for this test to mean anything"
    told = log.replace(f"http://127.0.0.1:{site.port}", "")
    assert re.findall(r"secret-(?!y)\w+|\d+\.\d+\.\d+\.\d+", told.replace("/nothing-secret", "")) == []
