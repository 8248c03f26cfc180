"""A process that is killed in the middle of its writing leaves the state before it or after it, and no half."""

import os
import shutil
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
KILLED = """
import os, signal
from pathlib import Path
from django.conf import settings
from django.core.management import call_command
from django.db import connection, connections
from integrative import publishing
from integrative.readiness import ATTESTATIONS
from integrative.records import record_models
from integrative.revisions import Revision

def state():
    with connection.cursor() as cursor:
        def rows(table):
            cursor.execute(f'SELECT * FROM "{table}"')
            return sorted(map(repr, cursor.fetchall()))
        return {table: rows(table) for table in connection.introspection.table_names()}

def in_a_child(work):
    "Do some work in a process of its own; whether it was killed there."
    connections.close_all()
    child = os.fork()
    if not child:
        try:
            work()
            os._exit(0)
        finally:
            os._exit(1)
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    assert code in (0, -9), code
    return code == -9

def killed_at(number, work):
    "The same work, which is killed after so many writes to the database."
    left = number
    def count(execute, sql, *rest):
        nonlocal left
        result = execute(sql, *rest)
        left -= sql.startswith(("INSERT", "UPDATE", "DELETE"))
        return result if left else os.kill(os.getpid(), signal.SIGKILL)
    def until_then():
        with connection.execute_wrapper(count):
            work()
    return until_then

def at_every_write(work, step=1):
    "Kill the work after its first write, after one more, and so on to its end; returns how often it was killed."
    before, number = state(), 1
    while in_a_child(killed_at(number, work)):
        assert state() == before, number
        number += step
    assert state() != before
    return number // step
"""
PUBLISH_KILLED = """
def publish():
    draft = Revision.objects.get(state="draft")
    publishing.publish(draft, draft.author, "Newer", list(ATTESTATIONS))
print(at_every_write(publish))
"""
LOAD_KILLED = """
print(at_every_write(lambda: call_command("load_content", verbosity=0), 11))
"""
EXPORT_KILLED = """
root, real = Path(settings.CONTENT_DIR), os.replace
files = lambda: {file: file.read_text() for file in root.rglob("*.md")}
before = files()
for model in record_models():
    for record in model.objects.all():
        type(record).objects.filter(pk=record.pk).update(owner="Someone else")
records = [record for model in record_models() for record in model.objects.all()]
whole = {root / record.file: record.document().text() for record in records}
def export():
    def replace(*places):
        for do in (lambda: None, lambda: real(*places)):
            do()
            counted.append(1)
            if len(counted) == number: os.kill(os.getpid(), signal.SIGKILL)
    counted, os.replace = [], replace
    call_command("export_content")
number = 1
while in_a_child(export):
    now = files()
    assert all(text in (before[file], whole[file]) for file, text in now.items()) and len(now) == len(before)
    number += 3
assert files() == whole
call_command("load_content")
print(number)
"""


def of(folder):
    """The environment of a site below this folder, on SQLite, with texts of its own."""
    env = os.environ | {"VAR_DIR": str(folder), "SECRET_KEY": "made-up-for-tests-0123456789" * 3}
    env.pop("DATABASE_URL", None)
    return env | {"CONTENT_DIR": str(folder / "content")}


def manage(folder, *args):
    run = [sys.executable, "manage.py", *args]
    return subprocess.run(run, cwd=ROOT, env=of(folder), capture_output=True, text=True, timeout=120)


@pytest.fixture(scope="module")
def tables(tmp_path_factory):
    """A database with tables and no records, to copy."""
    folder = tmp_path_factory.mktemp("tables")
    done = manage(folder, "migrate", "--verbosity", "0")
    assert done.returncode == 0, done
    return folder / "db.sqlite3"


@pytest.fixture
def run(tables, tmp_path):
    shutil.copy(tables, tmp_path)
    shutil.copytree(ROOT / "tests" / "content_valid", tmp_path / "content")
    return lambda script: manage(tmp_path, "shell", "--verbosity", "0", "-c", script)


def test_a_kill_between_write_and_commit_publishes_nothing_and_loses_nothing(run):
    assert run(PREPARE).returncode == 0
    before = run(SHOW).stdout
    assert before.startswith("Title Old. ['draft', 'published'] 0")
    assert run(PUBLISH.format(kill=True)).returncode == -9
    assert run(SHOW).stdout == before
    assert run(PUBLISH.format(kill=False)).returncode == 0
    assert run(SHOW).stdout.startswith("New title New. ['published', 'superseded'] 1")


def test_a_publish_that_is_killed_at_any_write_is_all_or_nothing(run):
    assert run(PREPARE).returncode == 0
    done = run(KILLED + PUBLISH_KILLED)
    assert done.returncode == 0 and int(done.stdout.split()[-1]) > 2, done
    assert run(SHOW).stdout.startswith("New title New. ['published', 'superseded'] 1")


def test_a_load_that_is_killed_at_any_write_is_all_or_nothing(run):
    done = run(KILLED + LOAD_KILLED)
    assert done.returncode == 0 and int(done.stdout.split()[-1]) > 2, done


def test_an_export_that_is_killed_at_any_file_leaves_whole_files_and_can_be_run_again(run):
    assert run(KILLED + "call_command('load_content')").returncode == 0
    done = run(KILLED + EXPORT_KILLED)
    assert done.returncode == 0 and int(done.stdout.split()[-1]) > 2, done


def test_several_processes_at_once_carry_out_a_schedule_once(run, tmp_path):
    schedule = """
from datetime import timedelta
from django.utils import timezone
from integrative.revisions import Revision
Revision.objects.filter(state="draft").update(
    state="scheduled", note="Newer", publish_at=timezone.now() - timedelta(seconds=1))
"""
    assert run(PREPARE + schedule).returncode == 0
    due = [sys.executable, "manage.py", "publish_due"]
    racing = [subprocess.Popen(due, cwd=ROOT, env=of(tmp_path)) for _ in range(3)]
    assert [process.wait(60) for process in racing] == [0, 0, 0]
    assert run(SHOW).stdout.startswith("New title New. ['published', 'superseded'] 1")
