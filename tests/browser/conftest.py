import os

import pytest

from .chromium import chromium, started
from .running import page_types, running


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
    """A page of a new visitor; `page.heard` collects console messages, errors and the addresses asked for."""
    context = browser.new_context(base_url=site.url)
    found = context.new_page()
    found.heard = []
    found.on("console", lambda message: found.heard.append(message.text))
    found.on("pageerror", lambda error: found.heard.append(str(error)))
    found.asked = []
    found.on("request", lambda request: found.asked.append(request.url))
    yield found
    context.close()


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


@pytest.fixture(params=list(page_types()))
def page_type(request):
    """(name, address) of each type of page in turn."""
    return request.param, page_types()[request.param]
