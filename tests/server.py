"""The site as readers meet it: gunicorn in processes of its own, with a folder and a database of its own."""

import http.client
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parent.parent
TOKEN = "t" * 32
SESSION = """
from django.conf import settings
from django.contrib.sessions.backends.db import SessionStore
from django.test import Client
from tests.make import make_staff, sign_in
print(settings.SESSION_COOKIE_NAME, sign_in(Client(), make_staff()).session.session_key)
"""


class Answer(NamedTuple):
    status: int
    headers: dict
    body: bytes


class Site:
    """One copy of the site below `folder`; `env` is what it is started with.

    With `plain` set before its start the server heeds the permissions of files even where root runs the tests.
    """

    def __init__(self, folder, **env):
        self.folder, self.process, self.port = Path(folder), None, free_port()
        self.log_file = self.folder / "log"
        self.plain = False
        kept = {name: os.environ[name] for name in ("PATH", "LANG", "HOME") if name in os.environ}
        self.env = kept | {"VAR_DIR": str(folder), "SECRET_KEY": "made-up-for-tests-0123456789" * 3} | env

    def manage(self, *args, check=True, **env):
        """Run a management command to its end; its output is in the result."""
        run = [sys.executable, "manage.py", *map(str, args)]
        done = subprocess.run(run, cwd=ROOT, env=self.env | env, capture_output=True, text=True, timeout=300)
        assert not check or done.returncode == 0, done.stdout + done.stderr
        return done

    def begin(self, *args, **env):
        """Start a management command and return its process."""
        run = [sys.executable, "manage.py", *map(str, args)]
        return subprocess.Popen(run, cwd=ROOT, env=self.env | env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)

    def python(self, code):
        """Run Python in this site; returns what it printed."""
        return self.manage("shell", "--no-imports", "-c", code).stdout

    def start(self, **env):
        log = open(self.log_file, "ab")  # noqa: SIM115 - handed to the server
        run = [sys.executable, "-m", "gunicorn", "integrative.wsgi", "--config", "deploy/gunicorn.conf.py"]
        run += ["--bind", f"127.0.0.1:{self.port}"]
        if self.plain and os.getuid() == 0:
            run = [
                "setpriv",
                *(f"--{which}=-dac_override,-dac_read_search" for which in ("inh-caps", "bounding-set")),
                *run,
            ]
        self.process = subprocess.Popen(run, cwd=ROOT, env=self.env | env, stdout=log, stderr=log)
        log.close()
        assert until(lambda: self.status("/healthz") == 200, 30), self.log()
        return self

    def sign_in(self):
        """Headers of someone on the staff who has gone through both steps; a POST needs `csrfmiddlewaretoken=TOKEN`."""
        name, session = self.python(SESSION).split()
        return {"Cookie": f"{name}={session}; csrftoken={TOKEN}", "Content-Type": "application/x-www-form-urlencoded"}

    def write(self, staff, timeout=30):
        """Something that staff do and that writes to the database; returns the Answer."""
        return self.ask("/admin/recovery-codes/", "POST", staff, f"csrfmiddlewaretoken={TOKEN}", timeout)

    def stop(self):
        if self.process and self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(10)
            except subprocess.TimeoutExpired:
                for pid in self.workers():
                    os.kill(pid, signal.SIGKILL)
                self.process.kill()
                self.process.wait(5)

    def workers(self):
        """The process numbers of gunicorn's workers."""
        return [
            int(pid) for pid in Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()
        ]

    def log(self):
        return self.log_file.read_text(errors="replace")

    def ask(self, path, method="GET", headers=(), body=None, timeout=20):
        """The Answer to one request on a connection of its own."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout)
        try:
            connection.request(method, path, body, dict(headers))
            response = connection.getresponse()
            return Answer(response.status, {k.lower(): v for k, v in response.getheaders()}, response.read())
        finally:
            connection.close()

    def status(self, path, **kw):
        """The status of one request; None where nobody answers."""
        try:
            return self.ask(path, **kw).status
        except (OSError, http.client.HTTPException):
            return None

    def raw(self, sent, timeout=10):
        """What comes back for these bytes, until the server closes or falls silent."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=timeout) as connection:
            got = b""
            try:
                connection.sendall(sent)
                connection.shutdown(socket.SHUT_WR)
                while part := connection.recv(65536):
                    got += part
            except OSError:
                pass
        return got


@contextmanager
def running(database_url=None, shipped=False, **env):
    """A Site that answers, and is gone afterwards."""
    folder = tempfile.mkdtemp(prefix="site-")
    site = Site(folder, **env | ({"DATABASE_URL": database_url} if database_url else {}))
    try:
        prepare(site, shipped)
        yield site.start()
    finally:
        site.stop()
        shutil.rmtree(folder, ignore_errors=True)


def prepare(site, shipped=False):
    """Give a site its tables, its static files and either a small or the whole shipped content."""
    shutil.copytree(Path(_prepared(False)) / "static", site.folder / "static")
    content = ROOT / "content" if shipped else ROOT / "tests" / "content_valid"
    if "DATABASE_URL" in site.env:
        site.manage("migrate", "--verbosity", "0")
        site.manage("load_content", content)
    else:
        shutil.copy(Path(_prepared(shipped)) / "db.sqlite3", site.folder)


@cache
def _prepared(shipped):
    """A folder with a filled SQLite file and static files, made once for all tests."""
    import atexit

    folder = tempfile.mkdtemp(prefix="prepared-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    site = Site(folder)
    site.manage("migrate", "--verbosity", "0")
    site.manage("load_content", ROOT / "content" if shipped else ROOT / "tests" / "content_valid")
    if not shipped:
        site.manage("collectstatic", "--noinput", "--verbosity", "0")
    site.python("from django.db import connection; connection.cursor().execute('PRAGMA wal_checkpoint(TRUNCATE)')")
    return folder


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def until(true, seconds, every=0.05):
    """Whether something came true within so many seconds."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if true():
            return True
        time.sleep(every)
    return False
