"""A process that is killed between writing and committing loses no draft and publishes no half."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PREPARE = """
from django.contrib.auth import get_user_model
from integrative import publishing
from integrative.models import Page
page = Page.objects.create(path="p", title="Title", body="Old.", status="published", checked_on="2026-01-31")
user = get_user_model().objects.create(username="u")
publishing.save_draft(page, {"title": "New title", "body": "New.", "checked_on": "2026-01-31"}, user)
"""
PUBLISH = """
import os, signal
from integrative import publishing
from integrative.readiness import ATTESTATIONS
from integrative.revisions import Revision
draft = Revision.objects.get(state="draft")
log = publishing.log
def killed(revision, action, user, note=""):
    log(revision, action, user, note)
    if action == "published" and {kill}:
        os.kill(os.getpid(), signal.SIGKILL)
publishing.log = killed
publishing.publish(draft, draft.author, "Newer", list(ATTESTATIONS))
"""
SHOW = """
from integrative.models import Page
from integrative.revisions import Revision, Step
page = Page.objects.get()
states = sorted(Revision.objects.values_list("state", flat=True))
print(page.title, page.body, states, Step.objects.filter(action="published").count())
"""


@pytest.fixture
def run(tmp_path):
    env = os.environ | {"VAR_DIR": str(tmp_path), "SECRET_KEY": "made-up-for-tests-0123456789" * 3}
    env.pop("DATABASE_URL", None)

    def command(*args):
        return subprocess.run(
            [sys.executable, "manage.py", *args], cwd=ROOT, env=env, capture_output=True, text=True, timeout=120
        )

    assert command("migrate", "--verbosity", "0").returncode == 0
    return lambda script: command("shell", "--verbosity", "0", "-c", script)


def test_a_kill_between_write_and_commit_publishes_nothing_and_loses_nothing(run):
    assert run(PREPARE).returncode == 0
    before = run(SHOW).stdout
    assert before.startswith("Title Old. ['draft', 'published'] 0")
    assert run(PUBLISH.format(kill=True)).returncode == -9
    assert run(SHOW).stdout == before
    assert run(PUBLISH.format(kill=False)).returncode == 0
    assert run(SHOW).stdout.startswith("New title New. ['published', 'superseded'] 1")


def test_several_processes_at_once_carry_out_a_schedule_once(run, tmp_path):
    schedule = """
from datetime import timedelta
from django.utils import timezone
from integrative.revisions import Revision
Revision.objects.filter(state="draft").update(
    state="scheduled", note="Newer", publish_at=timezone.now() - timedelta(seconds=1))
"""
    assert run(PREPARE + schedule).returncode == 0
    env = os.environ | {"VAR_DIR": str(tmp_path), "SECRET_KEY": "made-up-for-tests-0123456789" * 3}
    env.pop("DATABASE_URL", None)
    racing = [subprocess.Popen([sys.executable, "manage.py", "publish_due"], cwd=ROOT, env=env) for _ in range(3)]
    assert [process.wait(60) for process in racing] == [0, 0, 0]
    assert run(SHOW).stdout.startswith("New title New. ['published', 'superseded'] 1")
