"""A newcomer's first sign-in, in a real browser and under the real Content-Security-Policy."""

from base64 import b32decode

import pytest
from django_otp.oath import totp

from ..server import running

pytestmark = pytest.mark.server
KINDS = ("error", "warning")


def test_a_newcomer_sets_up_a_phone_and_gets_to_work(browser):
    complaints = []
    with running() as site:
        password = "not-a-real-password"
        site.manage(
            "createsuperuser", "--noinput", "--username", "sam", "--email", "",
            DJANGO_SUPERUSER_PASSWORD=password,
        )  # fmt: skip
        tab = browser.new_context().new_page()
        tab.on(
            "console", lambda m: m.type in KINDS and "favicon" not in m.location["url"] and complaints.append(m.text)
        )
        tab.goto(f"http://127.0.0.1:{site.port}/admin/conditions/condition/")
        tab.fill("[name=username]", "sam")
        tab.fill("[name=password]", password)
        tab.click("[type=submit]")
        tab.locator("svg", has=tab.locator("title", has_text="QR code")).wait_for()
        key = b32decode(tab.locator("#content-main code").inner_text().replace(" ", ""))
        tab.fill("[name=code]", f"{totp(key):06d}")
        tab.click("text=Finish")
        tab.get_by_text("I have kept them").wait_for()
        assert tab.locator("li code").count() == 10
        tab.click("text=I have kept them")
        tab.wait_for_url("**/admin/conditions/condition/")
        tab.click("text=Log out")
        tab.get_by_role("heading", name="Logged out").wait_for()
        tab.goto(f"http://127.0.0.1:{site.port}/admin/")
        assert "/admin/login/" in tab.url
    assert complaints == []
