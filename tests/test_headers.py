"""What every answer carries, so that a browser keeps readers safe and their reading private."""

import re

import pytest
from django.conf import settings
from django.test import override_settings

from integrative.stylesheet import STYLESHEET_HASH

from .make import make_condition, make_staff, sign_in
from .observatory import score
from .server import running

pytestmark = pytest.mark.django_db

ANSWERS = {
    "a page": ("GET", "/glossary/", 200),
    "a missing page": ("GET", "/nothing/here/", 404),
    "a missing static file": ("GET", "/static/nothing.css", 404),
    "a static file": ("GET", "/static/icon.svg", 200),
    "a redirect": ("GET", "/glossary", 301),
    "a method that is not allowed": ("POST", "/glossary/", 405),
    "a health check": ("GET", "/healthz", 200),
    "the sitemap": ("GET", "/sitemap.xml", 200),
    "the sign-in page": ("GET", "/admin/login/", 200),
    "a guarded page": ("GET", "/admin/", 302),
}


def policy(response):
    """{directive: set of sources} of a Content-Security-Policy."""
    parts = (part.split() for part in response.headers["Content-Security-Policy"].split(";"))
    return {name: set(values) for name, *values in parts}


@pytest.fixture
def static_files_served(settings):
    """WhiteNoise as `make serve` has it, but without collecting first."""
    settings.WHITENOISE_USE_FINDERS = settings.WHITENOISE_AUTOREFRESH = True


@pytest.mark.parametrize("method, address, status", ANSWERS.values(), ids=ANSWERS)
def test_every_answer_carries_the_same_protection(client, static_files_served, method, address, status):
    response = client.generic(method, address)
    assert response.status_code == status
    headers = response.headers
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert headers["Cross-Origin-Resource-Policy"] == "same-origin"
    assert "geolocation=()" in headers["Permissions-Policy"]
    assert headers["Referrer-Policy"] == ("same-origin" if address.startswith("/admin/") else "no-referrer")
    told = policy(response)
    assert told["default-src"] == told["frame-ancestors"] == told["base-uri"] == {"'none'"}
    assert told["form-action"] == told["script-src"] == {"'self'"}
    assert "unsafe" not in headers["Content-Security-Policy"]
    assert "*" not in headers["Content-Security-Policy"]


def test_readers_get_only_the_inlined_stylesheet_and_no_script_may_write_html(client):
    told = policy(client.get("/glossary/"))
    assert told["style-src"] == {STYLESHEET_HASH}
    assert (told["require-trusted-types-for"], told["trusted-types"]) == ({"'script'"}, {"'none'"})


def test_the_admin_has_a_policy_that_its_own_scripts_and_styles_can_live_with(client):
    told = policy(sign_in(client, make_staff()).get("/admin/"))
    assert told["style-src"] == {"'self'", STYLESHEET_HASH}
    assert "require-trusted-types-for" not in told


def test_a_name_that_is_not_ours_is_refused_with_the_same_protection(client):
    response = client.get("/", headers={"host": "evil.example"})
    assert response.status_code == 400
    assert policy(response)["default-src"] == {"'none'"}


def test_a_failure_has_the_same_protection(client, monkeypatch):
    client.raise_request_exception = False
    monkeypatch.setattr("integrative.views.Term.objects", None)
    response = client.get("/glossary/")
    assert response.status_code == 500
    assert policy(response)["default-src"] == {"'none'"}
    assert response.headers["Referrer-Policy"] == "no-referrer"


@override_settings(SECURE_SSL_REDIRECT=True, SECURE_HSTS_SECONDS=63_072_000, SECURE_HSTS_INCLUDE_SUBDOMAINS=True)
def test_behind_tls_browsers_are_told_to_stay_there(client):
    assert client.get("/glossary/").headers["Location"] == "https://testserver/glossary/"
    said = client.get("/glossary/", secure=True).headers["Strict-Transport-Security"]
    assert "max-age=63072000" in said and "includeSubDomains" in said
    assert client.get("/healthz").status_code == 200


def test_readers_get_no_cookie(client):
    condition = make_condition()
    for address in ("/", "/conditions/", condition.get_absolute_url(), "/therapies/", "/compare/", "/nothing/"):
        response = client.get(address)
        assert not response.cookies, address
        assert "Cookie" not in response.headers.get("Vary", ""), address


def test_the_protection_stands_before_everything_that_answers():
    first = settings.MIDDLEWARE.index("django.middleware.security.SecurityMiddleware")
    assert settings.MIDDLEWARE.index("csp.middleware.CSPMiddleware") < first
    assert settings.MIDDLEWARE.index("integrative.headers.headers") < first


@override_settings(SECURE_HSTS_SECONDS=63_072_000)
def test_the_observatory_would_give_its_best_grade(client):
    response = client.get("/glossary/", secure=True)
    headers = {name.lower(): value for name, value in response.headers.items()}
    points, grade, rows = score(headers, response.content.decode())
    assert points >= 125 and grade == "A+", rows


@pytest.mark.server
def test_static_files_have_hashed_names_and_are_kept_for_good():
    with running() as site:
        page = site.ask("/").body.decode()
        (icon,) = set(re.findall(r'"(/static/icon\.[^"]+)"', page))
        answer = site.ask(icon)
        assert "immutable" in answer.headers["cache-control"] and "max-age=315360000" in answer.headers["cache-control"]
        assert re.fullmatch(r"/static/icon\.[0-9a-f]{12}\.svg", icon)
