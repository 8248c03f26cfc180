"""No reader in any process is shown a page older than the last committed edit."""

import json
import os
import subprocess
import sys

import pytest

from . import postgres

EDITS = 2000


def proof(url):
    postgres.run(url, "manage.py", "migrate", "--verbosity", "0")
    seen = json.loads(postgres.run(url, "-m", "tests.staleness", str(EDITS)))
    assert seen["edits"] == EDITS and seen["reads"] > 100 and seen["renders"] > 10
    assert (seen["stale"], seen["rolled_back_seen"]) == (0, 0), seen


def test_no_process_ever_shows_a_stale_page_on_sqlite(tmp_path):
    proof(f"sqlite:///{tmp_path / 'site.sqlite3'}")


@pytest.mark.postgres
def test_no_process_ever_shows_a_stale_page_on_postgresql():
    proof(postgres.database())


@pytest.mark.postgres
def test_the_content_version_behaves_alike_on_postgresql():
    env = os.environ | {"DATABASE_URL": postgres.database()}
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "tests/test_version.py"]
    done = subprocess.run(command, cwd=postgres.ROOT, env=env, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stdout + done.stderr
