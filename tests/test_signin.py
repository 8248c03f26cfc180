"""Nobody gets into the staff room by a password alone."""

import logging
import re
import time

import pytest
from django.test import Client
from django_otp.oath import totp
from django_otp.plugins.otp_static.models import StaticDevice
from django_otp.plugins.otp_totp.models import TOTPDevice

from integrative.safeguards import network_of

from .make import make_condition, make_staff, manage, sign_in

pytestmark = pytest.mark.django_db
PASSWORD = "not-a-real-password"
SECOND = "/admin/second-step/"


def give_password(client, user, password=PASSWORD, **headers):
    return client.post("/admin/login/", {"username": user.username, "password": password}, headers=headers)


def code_of(phone, steps=0):
    """What the authenticator app shows, `steps` half minutes from now."""
    return f"{totp(phone.bin_key, t0=phone.t0 - 30 * steps, drift=0):06d}"


def enrol(client, user):
    """Set up a phone at the first sign-in; returns the recovery codes."""
    give_password(client, user)
    client.get(SECOND)
    page = client.post(SECOND, {"code": code_of(TOTPDevice.objects.get(user=user))}).content.decode()
    return re.findall(r"<li><code>(\w+)</code>", page)


def let_time_pass(user):
    """Codes count once and wrong ones slow down the next: pretend that it all was long ago."""
    TOTPDevice.objects.filter(user=user).update(last_t=-1, throttling_failure_timestamp=None)
    StaticDevice.objects.filter(user=user).update(throttling_failure_timestamp=None)


def test_a_password_leads_to_the_second_step_and_no_further(client):
    user = make_staff(PASSWORD)
    give_password(client, user)
    for address in ("/admin/", make_condition().get_absolute_url().replace("/", "/admin/conditions/condition/", 1)):
        response = client.get(address, follow=True)
        assert response.redirect_chain[-1][0].startswith(SECOND), address
    assert client.post("/admin/conditions/condition/add/", {}).status_code == 302
    assert client.get("/admin/recovery-codes/").status_code == 302


def test_the_first_sign_in_shows_a_picture_and_a_key_to_set_up_the_phone(client):
    user = make_staff(PASSWORD)
    give_password(client, user)
    page = client.get(SECOND).content.decode()
    assert "<title>QR code</title>" in page and "style=" not in page and "<script>" not in page
    again = client.get(SECOND).content.decode()
    key = re.search(r"<code>([A-Z2-7 ]+)</code>", page)[1]
    assert key in again, "a page loaded twice must not change the key that the phone has already"


def test_setting_up_the_phone_shows_the_recovery_codes_once_and_lets_in(client):
    codes = enrol(client, make_staff(PASSWORD))
    assert len(set(codes)) == 10
    assert client.get("/admin/").status_code == 200
    assert not any(code in client.get("/admin/recovery-codes/").content.decode() for code in codes)


def test_a_wrong_code_sets_up_nothing(client):
    user = make_staff(PASSWORD)
    give_password(client, user)
    client.get(SECOND)
    assert "not right" in client.post(SECOND, {"code": "000000x"}).content.decode()
    assert client.get("/admin/").status_code == 302
    assert not TOTPDevice.objects.get(user=user).confirmed


def test_once_set_up_the_key_is_never_shown_again(client):
    user = make_staff(PASSWORD)
    enrol(client, user)
    other = Client()
    give_password(other, user)
    page = other.get(SECOND).content.decode()
    assert "QR code" not in page and "Type this key" not in page


def test_a_code_counts_once(client):
    user = make_staff(PASSWORD)
    enrol(client, user)
    let_time_pass(user)
    phone = TOTPDevice.objects.get(user=user)
    code = code_of(phone)
    first, second = Client(), Client()
    for browser in (first, second):
        give_password(browser, user)
        browser.post(SECOND, {"code": code})
    assert (first.get("/admin/").status_code, second.get("/admin/").status_code) == (200, 302)


def test_a_recovery_code_lets_in_once_and_few_left_are_told(client):
    user = make_staff(PASSWORD)
    codes = enrol(client, user)
    StaticDevice.objects.get(user=user).token_set.exclude(token__in=codes[:3]).delete()
    browser = Client()
    give_password(browser, user)
    page = browser.post(SECOND, {"code": f"{codes[0][:4].upper()} {codes[0][4:]}"}, follow=True).content.decode()
    assert "Recovery codes left: 2" in page
    again = Client()
    give_password(again, user)
    assert "not right" in again.post(SECOND, {"code": codes[0]}).content.decode()


def test_someone_elses_recovery_code_is_worth_nothing(client):
    codes = enrol(Client(), make_staff(PASSWORD))
    other = make_staff(PASSWORD)
    enrol(Client(), other)
    give_password(client, other)
    assert "not right" in client.post(SECOND, {"code": codes[0]}).content.decode()


def test_wrong_codes_slow_down_the_right_one(client):
    user = make_staff(PASSWORD)
    enrol(Client(), user)
    let_time_pass(user)
    give_password(client, user)
    client.post(SECOND, {"code": "000001"})
    right = code_of(TOTPDevice.objects.get(user=user))
    assert "Too many wrong codes" in client.post(SECOND, {"code": right}).content.decode()


@pytest.mark.parametrize("code", ["", "\x00", "١٢٣٤٥٦", "9" * 20, "9" * 2000, "'; --", "🙂", "-1", "１２３４５６"])
def test_no_code_however_odd_is_more_than_wrong(client, code):
    user = make_staff(PASSWORD)
    enrol(Client(), user)
    let_time_pass(user)
    give_password(client, user)
    assert client.post(SECOND, {"code": code}).status_code == 200
    assert client.get("/admin/").status_code == 302


def test_new_recovery_codes_replace_the_old(client):
    user = make_staff(PASSWORD)
    old = enrol(client, user)
    new = re.findall(r"<li><code>(\w+)</code>", client.post("/admin/recovery-codes/").content.decode())
    assert len(new) == 10 and not set(old) & set(new)
    assert StaticDevice.objects.get(user=user).token_set.count() == 10


def test_a_lost_phone_is_forgotten_and_open_sessions_end(client):
    user = make_staff(PASSWORD)
    enrol(client, user)
    assert manage("forget_second_step", user.username).out.startswith("Forgot 2 device(s)")
    assert client.get("/admin/", follow=True).redirect_chain[-1][0].startswith(SECOND)


def test_the_way_on_leads_only_to_this_site(client):
    user = make_staff(PASSWORD)
    enrol(Client(), user)
    for there in ("https://evil.example/", "//evil.example", "javascript:alert(1)"):
        let_time_pass(user)
        browser = Client()
        give_password(browser, user)
        code = code_of(TOTPDevice.objects.get(user=user))
        assert browser.post(SECOND, {"code": code, "next": there}).headers["Location"] == "/admin/"


def test_whoever_is_halfway_in_can_leave(client):
    user = make_staff(PASSWORD)
    give_password(client, user)
    assert client.get("/admin/leave/").status_code == 405
    client.post("/admin/leave/")
    assert client.get(SECOND).headers["Location"] == "/admin/login/"


def test_ten_wrong_passwords_close_the_door_for_that_name_and_network_only():
    user, other = make_staff(PASSWORD), make_staff(PASSWORD)
    here = Client(REMOTE_ADDR="203.0.113.7")
    for _ in range(9):
        assert give_password(here, user, "wrong").status_code == 200
    assert give_password(here, user, "wrong").status_code == 429
    assert give_password(Client(REMOTE_ADDR="203.0.113.99"), user).status_code == 429
    assert give_password(here, other).status_code == 302
    assert give_password(Client(REMOTE_ADDR="198.51.100.1"), user).status_code == 302


def test_behind_a_proxy_the_proxys_own_note_counts_and_not_what_a_client_writes(rf, settings):
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    request = rf.get("/", REMOTE_ADDR="10.0.0.1", headers={"x-forwarded-for": "1.2.3.4, 198.51.100.77"})
    assert network_of(request) == "198.51.100.0"
    settings.SECURE_PROXY_SSL_HEADER = None
    assert network_of(request) == "10.0.0.0"


@pytest.mark.parametrize(
    "told, kept",
    [
        ("2001:db8:1:2:3::4", "2001:db8:1::"),
        ("::ffff:203.0.113.9", "203.0.113.0"),
        ("", "0.0.0.0"),
        ("unix:", "0.0.0.0"),
        ("<script>", "0.0.0.0"),
    ],
)
def test_only_the_network_of_an_address_is_kept(rf, told, kept):
    assert network_of(rf.get("/", REMOTE_ADDR=told)) == kept


def test_sign_ins_are_logged_with_name_and_network_and_no_more(caplog):
    caplog.set_level(logging.INFO, "integrative")
    user = make_staff(PASSWORD)
    enrol(Client(REMOTE_ADDR="203.0.113.7"), user)
    give_password(Client(REMOTE_ADDR="203.0.113.7"), user, "wrong")
    assert f"{user.username} signed in with their phone, from 203.0.113.0" in caplog.text
    assert "203.0.113.7" not in caplog.text and PASSWORD not in caplog.text


def test_the_session_of_staff_is_short_and_ends_with_the_browser(client, settings):
    response = give_password(client, make_staff(PASSWORD))
    cookie = response.cookies[settings.SESSION_COOKIE_NAME]
    assert cookie["httponly"] and cookie["samesite"] == "Strict" and not cookie["max-age"]
    assert 0 < client.session.get_expiry_date().timestamp() - time.time() <= 3600


def test_short_and_common_passwords_are_refused(client):
    user = make_staff(PASSWORD)
    sign_in(client, user)
    for weak in ("short1!", "password1234", "123456789012"):
        data = {"old_password": PASSWORD, "new_password1": weak, "new_password2": weak}
        assert client.post("/admin/password_change/", data).status_code == 200, weak
