import os
from dataclasses import dataclass, field

import pytest

from .chromium import chromium, started
from .running import page_types, running

SHIFT = """() => new Promise(done => { let sum = 0;
  new PerformanceObserver(list => { for (const shift of list.getEntries()) sum += shift.value; })
    .observe({type: "layout-shift", buffered: true});
  requestAnimationFrame(() => requestAnimationFrame(() => done(sum))); })"""


@dataclass
class Visit:
    """A page, and what the browser noticed when it opened: console messages and errors, addresses asked, movement."""

    name: str
    address: str
    page: object
    heard: list = field(default_factory=list)
    asked: list = field(default_factory=list)
    shift: float = 0

    def open(self):
        self.page.on("console", lambda message: self.heard.append(message.text))
        self.page.on("pageerror", lambda error: self.heard.append(str(error)))
        self.page.on("request", lambda request: self.asked.append(request.url))
        self.page.goto(self.address)
        self.shift = self.page.evaluate(SHIFT)


def pytest_collection_modifyitems(items):
    for item in items:
        if "/browser/" in str(item.path):
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def site():
    """The site with its shipped content, served as in production."""
    with running() as found:
        yield found


@pytest.fixture(scope="session")
def browser():
    """Chromium, or a skip that says why."""
    if not chromium():
        (pytest.fail if os.environ.get("REQUIRE_ALL") else pytest.skip)("Chromium is not installed.")
    with started() as found:
        yield found


@pytest.fixture
def page(browser, site):
    """A page of a new visitor: what its console said is in `heard`, what it asked for in `asked`."""
    context = browser.new_context(base_url=site.url)
    found = context.new_page()
    found.heard, found.asked = [], []
    found.on("console", lambda message: found.heard.append(message.text))
    found.on("request", lambda request: found.asked.append(request.url))
    yield found
    context.close()


@pytest.fixture(scope="module", params=list(page_types()))
def first_visit(request, browser, site):
    """The `Visit` of a new visitor with a phone to each type of page in turn, made once for all tests."""
    context = browser.new_context(base_url=site.url, viewport={"width": 390, "height": 844})
    visit = Visit(request.param, page_types()[request.param], context.new_page())
    visit.open()
    yield visit
    context.close()


@pytest.fixture
def visit(first_visit):
    """The visit as it was: a light wide screen, text of the usual size."""
    first_visit.page.set_viewport_size({"width": 1280, "height": 900})
    first_visit.page.emulate_media(media="screen", color_scheme="light")
    first_visit.page.evaluate("document.documentElement.style.fontSize = ''")
    return first_visit


@pytest.fixture
def without_scripts(browser, site):
    """A page of a visitor whose browser runs no scripts."""
    context = browser.new_context(base_url=site.url, java_script_enabled=False)
    yield context.new_page()
    context.close()


@pytest.fixture
def staff(browser, site):
    """A page of someone on the staff."""
    context = browser.new_context(base_url=site.url)
    context.add_cookies([{"name": "sessionid", "value": site.staff_session, "url": site.url}])
    found = context.new_page()
    found.heard = []
    found.on("console", lambda message: found.heard.append(message.text))
    yield found
    context.close()
