# ruff: noqa: E501
"""A backup taken while people write brings the site back as it was at one moment."""

import subprocess
import tarfile
import tempfile
from pathlib import Path

import pytest

from . import postgres
from .server import Site, prepare, until

pytestmark = pytest.mark.server

# Two texts that one transaction always changes together: a copy in which they differ is a copy of no moment.
WRITER = """
from django.db import transaction
from conditions.models import Condition
from therapies.models import Therapy
for number in range(100000):
    with transaction.atomic():
        Condition.objects.filter(pk="blue-fog").update(summary=f"Number {number} of many.")
        Therapy.objects.filter(pk="cloud-gazing").update(summary=f"Number {number} of many.")
    if number == 5:
        print("writing", flush=True)
"""
BOTH = """
from conditions.models import Condition
from therapies.models import Therapy
from django.contrib.auth import get_user_model
from django.contrib.sessions.models import Session
print(Condition.objects.get(pk="blue-fog").summary)
print(Therapy.objects.get(pk="cloud-gazing").summary)
print(*get_user_model().objects.values_list("username", flat=True), Session.objects.count())
"""


@pytest.fixture(params=["sqlite"])
def sites(request):
    """Two sites on the same kind of database: one with content, one that is empty."""
    with tempfile.TemporaryDirectory(prefix="full-") as one, tempfile.TemporaryDirectory(prefix="empty-") as two:
        urls = [{"DATABASE_URL": postgres.database()} for _ in "ab"] if request.param == "postgresql" else [{}, {}]
        full, empty = Site(one, **urls[0]), Site(two, **urls[1])
        prepare(full)
        yield full, empty


@pytest.mark.parametrize("sites", ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)], indirect=True)
def test_a_backup_under_writing_is_of_one_moment_and_can_be_restored(sites):
    full, empty = sites
    full.manage(
        "createsuperuser", "--noinput", "--username", "sam", "--email", "", DJANGO_SUPERUSER_PASSWORD="made-up-words"
    )
    full.python("from django.contrib.sessions.backends.db import SessionStore as S; s = S(); s['a'] = 1; s.save()")
    file = full.folder / "backup.tar.gz"
    writer = full.begin("shell", "--no-imports", "-c", WRITER)
    try:
        assert writer.stdout.readline().strip() == b"writing"
        full.manage("backup", file)
        assert writer.poll() is None, "the writer must not fail"
    finally:
        writer.kill()
        writer.wait()
    assert file.stat().st_mode & 0o077 == 0
    empty.manage("restore", file, "--content", empty.folder / "content")
    first, second, people = empty.python(BOTH).splitlines()
    assert first == second and first.startswith("Number ")
    assert people == "sam 0", "people come back, sessions do not"
    texts = [
        (empty.folder / "content" / name).read_text()
        for name in ("conditions/blue-fog.md", "therapies/cloud-gazing.md")
    ]
    assert all(f"summary: {first}" in text for text in texts), "the texts are of the same moment as the database"
    empty.manage("load_content", empty.folder / "content")


def test_a_site_in_use_is_not_overwritten(sites):
    full, _ = sites
    file = full.folder / "backup.tar.gz"
    full.manage("backup", file)
    before = full.python(BOTH)
    done = full.manage("restore", file, check=False)
    assert done.returncode and "empty database" in done.stderr
    assert full.python(BOTH) == before


def test_a_damaged_backup_restores_nothing(sites):
    full, empty = sites
    file = full.folder / "backup.tar.gz"
    full.manage("backup", file)
    whole = file.read_bytes()
    for broken in (whole[: len(whole) // 2], b"", b"no archive", whole[:2000] + b"x" * 2000 + whole[4000:]):
        file.write_bytes(broken)
        done = empty.manage("restore", file, check=False)
        assert done.returncode and "Traceback" not in done.stderr, done.stderr
    file.write_bytes(whole)
    empty.manage("restore", file)


def test_an_archive_cannot_write_outside_its_folder(sites):
    _, empty = sites
    file, outside = empty.folder / "evil.tar.gz", empty.folder / "outside"
    with tarfile.open(file, "w:gz") as tar:
        note = empty.folder / "note"
        note.write_text("x")
        tar.add(note, f"../../../../../../../{outside}")
    assert empty.manage("restore", file, check=False).returncode
    assert not outside.exists()


def test_a_backup_that_cannot_be_written_leaves_the_last_one(tmp_path):
    site = Site(tmp_path)
    prepare(site)
    done = site.manage("backup", tmp_path / "no" / "such" / "folder.tar.gz", check=False)
    assert done.returncode and "cannot be written" in done.stderr and "Traceback" not in done.stderr
    file = tmp_path / "backup.tar.gz"
    site.manage("backup", file)
    before = file.read_bytes()
    running = site.begin("backup", file)
    until(lambda: list(tmp_path.glob(".backup-*")), 20)
    running.kill()
    running.wait()
    assert subprocess.run(["tar", "-tzf", file], capture_output=True).returncode == 0
    assert file.read_bytes()[:2] == before[:2] and Path(file).stat().st_size > 1000
