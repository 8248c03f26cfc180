"""The site does not start where readers or staff would be in danger."""

import os
import subprocess
import sys

import pytest
from django.conf import settings

from integrative.safeguards import dangers

GOOD = "k3y-" + "abcdefghijklmnopqrstuvwxyz0123456789" * 2
PRODUCTION = {"HTTPS": "1", "ALLOWED_HOSTS": "clinic.example", "SECRET_KEY": GOOD}


def start(*command, **env):
    """Run a management command with these settings and no others; returns (code, all that it printed)."""
    clean = {"PATH": os.environ["PATH"], "VAR_DIR": str(settings.BASE_DIR / "no" / "such" / "folder")}
    clean["DATABASE_URL"] = "sqlite://:memory:"
    run = [sys.executable, "manage.py", *(command or ("check",))]
    done = subprocess.run(run, cwd=settings.BASE_DIR, env=clean | env, capture_output=True, text=True, timeout=60)
    return done.returncode, done.stdout + done.stderr


@pytest.mark.parametrize(
    "env, reason",
    [
        ({"SECRET_KEY": ""}, "No secret key"),
        ({"SECRET_KEY": "short"}, "SECRET_KEY is weak"),
        ({"SECRET_KEY": "a" * 80}, "SECRET_KEY is weak"),
        ({"SECRET_KEY": "django-insecure-" + GOOD}, "SECRET_KEY is weak"),
        ({"DEBUG": "1"}, "DEBUG=1"),
        ({"ALLOWED_HOSTS": "*"}, "ALLOWED_HOSTS lets any name in"),
        ({"ADMIN_PATH": "../x"}, "ADMIN_PATH"),
        ({"HTTPS": "perhaps"}, "neither yes nor no"),
    ],
)
def test_it_refuses_to_start_and_says_why(env, reason):
    code, told = start(**PRODUCTION | env)
    assert code and reason in told
    assert GOOD not in told


def test_production_settings_pass_every_security_check_of_django():
    code, told = start("check", "--deploy", "--tag", "security", "--fail-level", "WARNING", **PRODUCTION)
    assert (code, "no issues" in told) == (0, True), told


def test_debug_is_for_this_machine_alone():
    assert dangers(True, False, ["localhost", "127.0.0.1"], GOOD) == []
    assert dangers(True, False, ["localhost", "clinic.example"], GOOD)
    assert dangers(False, True, [".clinic.example"], GOOD) == []


def test_the_staff_room_can_be_moved():
    code = "from django.urls import reverse; print(reverse('admin:index'))"
    assert start("shell", "--no-imports", "-c", code, **PRODUCTION, ADMIN_PATH="desk-7")[1].strip() == "/desk-7/"
