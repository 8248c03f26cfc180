# ruff: noqa: E501
"""What really goes wrong in a computer room: readers are served as far as can be, nothing is lost, nothing is half done."""

import os
import shutil
import signal
import sqlite3
import subprocess
import tempfile
import threading
from pathlib import Path

import pytest

from .server import Site, prepare, running, until

pytestmark = pytest.mark.server
MANY = 300


@pytest.fixture
def site():
    with running() as found:
        yield found


def many_texts(folder, said):
    """A content folder of many small files, so that a command takes long enough to be killed in the middle."""
    for number in range(MANY):
        place = Path(folder) / "terms" / f"word-{number}.md"
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(
            f"---\ntitle: word {number}\nchecked_on: 2026-01-31\nstatus: published\n---\n{said} {number}.\n"
        )
    return folder


def rows(site, question="SELECT COUNT(*) FROM integrative_term"):
    with sqlite3.connect(site.folder / "db.sqlite3") as database:
        assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        return database.execute(question).fetchone()[0]


def killed(process, after):
    """Kill a process this many seconds after its start; whether it was still at work."""
    try:
        process.wait(after)
        return False
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
        return True


class Readers:
    """Several readers who ask for pages one after another until told to stop."""

    def __init__(self, site, count=4, paths=("/", "/glossary/", "/therapies/")):
        self.site, self.paths, self.answers, self.going = site, paths, [], True
        self.threads = [threading.Thread(target=self.read) for _ in range(count)]

    def read(self):
        while self.going:
            for path in self.paths:
                self.answers.append(self.site.status(path))

    def __enter__(self):
        [thread.start() for thread in self.threads]
        return self

    def __exit__(self, *error):
        self.going = False
        [thread.join() for thread in self.threads]


def test_a_killed_worker_costs_no_more_than_what_it_had_in_hand_and_is_replaced(site):
    with Readers(site) as readers:
        assert until(lambda: len(readers.answers) > 20, 30)
        victim = site.workers()[0]
        os.kill(victim, signal.SIGKILL)
        done = len(readers.answers)
        assert until(lambda: len(readers.answers) > done + 40, 30)
        assert until(lambda: len(site.workers()) == 2 and victim not in site.workers(), 20)
    failed = [status for status in readers.answers if status != 200]
    print(f"{len(readers.answers)} requests, {len(failed)} lost with the killed worker")
    assert len(failed) <= len(readers.threads)


@pytest.mark.parametrize(
    "after", [0.8, 1.6, pytest.param(2.4, marks=pytest.mark.nightly), pytest.param(3.2, marks=pytest.mark.nightly)]
)
def test_a_load_that_is_killed_is_all_or_nothing(tmp_path, after):
    site = Site(tmp_path)
    prepare(site)
    before = rows(site)
    texts = shutil.copytree("tests/content_valid", tmp_path / "content")
    many_texts(texts, "First")
    killed(site.begin("load_content", texts), after)
    assert rows(site) in (before, before + MANY)
    site.manage("load_content", texts)
    assert rows(site) == before + MANY


@pytest.mark.parametrize("after", [1.2, pytest.param(1.8, marks=pytest.mark.nightly)])
def test_an_export_that_is_killed_leaves_only_whole_files(tmp_path, after):
    site = Site(tmp_path)
    prepare(site)
    texts = shutil.copytree("tests/content_valid", tmp_path / "content")
    site.manage("load_content", many_texts(texts, "First"))
    out = tmp_path / "out"
    killed(site.begin("export_content", out), after)
    for file in out.rglob("*.md"):
        assert file.read_bytes() == (texts / file.relative_to(out)).read_bytes(), file
    site.manage("export_content", out)
    assert sorted(f.relative_to(out) for f in out.rglob("*.md")) == sorted(
        f.relative_to(texts) for f in texts.rglob("*.md")
    )


@pytest.mark.parametrize(
    "after", [1.0, pytest.param(1.5, marks=pytest.mark.nightly), pytest.param(2.0, marks=pytest.mark.nightly)]
)
def test_a_migration_that_is_killed_can_be_run_again(tmp_path, after):
    site = Site(tmp_path)
    killed(site.begin("migrate"), after)
    site.manage("migrate", "--verbosity", "0")
    assert rows(site) == 0


def test_two_deploys_at_once_wait_for_each_other(tmp_path):
    site = Site(tmp_path, CONTENT_DIR=str(Path("tests/content_valid").absolute()))
    both = [site.begin("deploy") for _ in range(2)]
    told = [process.communicate(timeout=120)[0].decode() for process in both]
    assert [process.returncode for process in both] == [0, 0], told
    assert any("created" in text for text in told) and any("unchanged" in text for text in told), told


def lock_for(site, seconds):
    """Hold SQLite's write lock for a while, as a stuck process would; returns the running thread."""
    database = sqlite3.connect(site.folder / "db.sqlite3", isolation_level=None, check_same_thread=False)
    database.execute("BEGIN IMMEDIATE")
    timer = threading.Timer(seconds, lambda: (database.execute("ROLLBACK"), database.close()))
    timer.start()
    return timer


def test_while_the_database_is_locked_readers_read_and_staff_wait(site):
    staff = site.sign_in()
    assert site.status("/search/?q=fog") == 200
    lock = lock_for(site, 3)
    asked = ("/", "/glossary/", "/readyz", "/search/?q=fog", "/search/?q=zzzzz")
    assert [site.status(path, timeout=2) for path in asked] == [200] * len(asked)
    assert site.write(staff).status == 200
    lock.join()


@pytest.mark.nightly
def test_when_the_database_stays_locked_staff_are_told_that_nothing_was_saved(site):
    staff = site.sign_in()
    lock = lock_for(site, 30)
    answer = site.write(staff, timeout=29)
    assert answer.status == 503 and b"was not saved" in answer.body
    assert site.status("/") == 200
    lock.join()
    assert site.write(staff).status == 200


@pytest.fixture
def plain_site(tmp_path):
    """A site that heeds the permissions of its files, and has one worker, so that all its pages lie in one memory."""
    if os.getuid() == 0 and not shutil.which("setpriv"):
        pytest.skip("As root this needs setpriv (util-linux), for root heeds no permissions.")
    site = Site(tmp_path / "var", WEB_CONCURRENCY="1")
    site.folder.mkdir()
    site.log_file, site.plain = tmp_path / "log", True
    prepare(site)
    yield site
    site.stop()


def move_away(site):
    """Take the database's files out of their folder; returns what brings them back."""
    away = site.folder / "away"
    away.mkdir()
    for file in site.folder.glob("db.sqlite3*"):
        file.rename(away / file.name)
    return lambda: [file.rename(site.folder / file.name) for file in away.iterdir()]


def make_unreadable(site):
    file = site.folder / "db.sqlite3"
    file.chmod(0)
    return lambda: file.chmod(0o600)


@pytest.mark.parametrize("take", [move_away, make_unreadable])
def test_when_the_sqlite_file_is_taken_away_readers_get_the_last_good_page_and_the_site_comes_back_by_itself(
    plain_site, take
):
    site = plain_site.start()
    staff = site.sign_in()
    good = site.ask("/glossary/")
    assert site.write(staff).status == 200 and site.status("/readyz") == 200
    bring_back = take(site)
    assert site.status("/healthz") == 200
    for _ in range(10):
        answer = site.ask("/glossary/")
        assert (answer.status, answer.body) == (200, good.body)
        assert site.status("/readyz") == 503
    unread = site.ask("/therapies/not-read-yet/")
    assert unread.status == 503 and b"911" in unread.body
    told = site.write(staff)
    assert told.status == 503 and b"was not saved" in told.body
    assert take is make_unreadable or not (site.folder / "db.sqlite3").exists(), "an empty file stands in its place"
    bring_back()
    assert until(lambda: site.status("/readyz") == 200, 20)
    assert until(lambda: "warning" not in site.ask("/glossary/").headers, 5)
    assert site.ask("/glossary/").body == good.body and site.write(staff).status == 200
    assert site.status("/therapies/not-read-yet/") == 404 and rows(site) > 0


@pytest.mark.parametrize("how", ["stop", "kill"])
def test_in_a_folder_that_may_not_be_written_readers_read_and_staff_are_told(plain_site, how):
    site = plain_site.start()
    staff = site.sign_in()
    assert site.write(staff).status == 200 and site.status("/search/?q=fog") == 200
    modes = {place: place.stat().st_mode for place in (site.folder, *site.folder.rglob("*"))}

    def close():
        for place, mode in modes.items():
            if place.exists():
                place.chmod(mode & ~0o222)

    close()
    assert [site.status(path) for path in ("/", "/glossary/", "/search/?q=fog", "/readyz")] == [200] * 4
    for place, mode in modes.items():
        place.exists() and place.chmod(mode)
    if how == "kill":
        for pid in (*site.workers(), site.process.pid):
            os.kill(pid, signal.SIGKILL)
        site.process.wait(5)
    site.stop()
    close()
    site.start()
    asked = ("/", "/glossary/", "/therapies/", "/search/?q=fog", "/search/?q=zzzzz")
    assert [site.status(path) for path in asked] == [200] * len(asked), site.log()
    told = site.write(staff)
    assert told.status == 503 and b"was not saved" in told.body
    for place, mode in modes.items():
        place.exists() and place.chmod(mode)
    site.stop()
    site.start()
    assert site.write(staff).status == 200


@pytest.fixture
def small_disk():
    """A folder on a disk of 12 MB, which only root may make."""
    folder = tempfile.mkdtemp(prefix="disk-")
    made = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=12m", "tmpfs", folder], capture_output=True, text=True)
    if made.returncode:
        os.rmdir(folder)
        pytest.skip(f"A small disk cannot be made here: {made.stderr.strip()}")
    yield Path(folder)
    subprocess.run(["umount", "--lazy", folder], check=True)
    os.rmdir(folder)


def on_small_disk(folder):
    site = Site(folder)
    prepare(site)
    staff = site.sign_in()
    site.start()
    assert site.write(staff).status == 200 and site.status("/search/?q=fog") == 200
    return site, staff


def test_on_a_full_disk_readers_read_staff_are_told_and_all_is_well_after(small_disk):
    site, staff = on_small_disk(small_disk)
    try:
        with open(small_disk / "ballast", "wb") as ballast, pytest.raises(OSError):
            while True:
                ballast.write(b"x" * 65536)
                ballast.flush()
        answers = [site.write(staff) for _ in range(5)]
        assert answers[-1].status == 503 and b"was not saved" in answers[-1].body
        asked = ("/", "/glossary/", "/therapies/", "/search/?q=fog", "/search/?q=zzzzz")
        assert [site.status(path) for path in asked] == [200] * len(asked)
        refused = site.manage("backup", small_disk / "backup.tar.gz", check=False)
        assert refused.returncode and "Traceback" not in refused.stderr, refused.stderr
        (small_disk / "ballast").unlink()
        assert site.write(staff).status == 200
        assert rows(site) > 0
    finally:
        site.stop()


def test_on_a_read_only_disk_readers_read_and_staff_are_told(small_disk, tmp_path):
    site, staff = on_small_disk(small_disk)
    try:
        site.stop()
        site.python("from django.db import connection as c; c.cursor().execute('PRAGMA wal_checkpoint(TRUNCATE)')")
        subprocess.run(["mount", "-o", "remount,ro", str(small_disk)], check=True)
        site.log_file = tmp_path / "log"
        site.start()
        assert [site.status(path) for path in ("/", "/glossary/", "/therapies/")] == [200, 200, 200], site.log()
        answer = site.write(staff)
        assert answer.status == 503 and b"was not saved" in answer.body
        site.stop()
        subprocess.run(["mount", "-o", "remount,rw", str(small_disk)], check=True)
        site.start()
        assert site.write(staff).status == 200
    finally:
        site.stop()


@pytest.fixture
def postgres_of_its_own():
    """A PostgreSQL server that may be stopped: its address and a function that runs pg_ctl."""
    from . import postgres

    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/pg_ctl"), key=lambda place: int(place.parts[-3]))
    if not found:
        told = "PostgreSQL is not installed (Debian: apt-get install postgresql)"
        pytest.fail(told) if os.environ.get("REQUIRE_ALL") else pytest.skip(told)
    folder = postgres._server.__wrapped__()
    who = {"user": "postgres", "group": "postgres", "extra_groups": []} if os.getuid() == 0 else {}

    def control(*args):
        run = [str(found[-1]), "-D", f"{folder}/data", "-w", *args]
        subprocess.run(run, check=True, cwd=folder, stdout=subprocess.DEVNULL, **who)

    options = f"-c listen_addresses= -c unix_socket_directories={folder}"
    yield (
        f"postgres://postgres@{folder.replace('/', '%2F')}/postgres",
        (
            lambda: control("-m", "fast", "stop"),
            lambda: control("-o", options, "-l", f"{folder}/log", "start"),
        ),
    )


def last_good_page(site, path):
    """Whether a page comes as it last was, whole or as "not modified", and says that it may be stale."""
    answer = site.ask(path)
    unchanged = site.ask(path, headers={"If-None-Match": answer.headers["etag"]})
    assert (answer.status, unchanged.status) == (200, 304)
    return all(a.headers.get("warning") == '110 - "Response is Stale"' for a in (answer, unchanged)) and answer.body


@pytest.mark.postgres
def test_when_postgresql_stops_readers_get_the_last_good_page_and_the_site_comes_back_by_itself(postgres_of_its_own):
    url, (stop, start) = postgres_of_its_own
    with running(url, WEB_CONCURRENCY="1") as site:
        staff = site.sign_in()
        good = site.ask("/glossary/")
        assert "warning" not in good.headers and site.write(staff).status == 200
        stop()
        assert site.status("/healthz") == 200
        assert site.ask("/readyz").status == 503
        assert [last_good_page(site, "/glossary/") for _ in range(3)] == [good.body] * 3
        unread = site.ask("/therapies/not-read-yet/")
        assert unread.status == 503 and b"911" in unread.body
        told = site.write(staff)
        assert told.status == 503 and b"was not saved" in told.body
        start()
        assert until(lambda: site.status("/readyz") == 200, 20)
        assert until(lambda: "warning" not in site.ask("/glossary/").headers, 5)
        assert site.ask("/glossary/").body == good.body and site.write(staff).status == 200


@pytest.mark.postgres
def test_what_one_node_publishes_the_other_shows_at_its_next_request():
    from . import postgres

    with running(postgres.database()) as one:
        other = Site(tempfile.mkdtemp(prefix="node-"), DATABASE_URL=one.env["DATABASE_URL"])
        shutil.copytree(one.folder / "static", other.folder / "static")
        try:
            other.start()
            assert b"Made anew" not in other.ask("/conditions/blue-fog/").body
            change = "from conditions.models import Condition as C; C.objects.filter(pk='blue-fog').update(summary='Made anew.')"
            one.python(change)
            assert b"Made anew" in other.ask("/conditions/blue-fog/").body
            assert b"Made anew" in one.ask("/conditions/blue-fog/").body
        finally:
            other.stop()
            shutil.rmtree(other.folder)


def test_a_stop_lets_running_requests_end(site):
    with Readers(site, count=3) as readers:
        assert until(lambda: len(readers.answers) > 10, 30)
        os.kill(site.process.pid, signal.SIGHUP)
        done = len(readers.answers)
        assert until(lambda: len(readers.answers) > done + 20, 30)
    assert set(readers.answers) == {200}
