"""A PostgreSQL server for tests: started once, in a temporary folder, on a socket only; as root, run as postgres."""

import atexit
import os
import shutil
import subprocess
import sys
import tempfile
from functools import cache
from itertools import count
from pathlib import Path
from urllib.parse import quote

import psycopg
import pytest

ROOT = Path(__file__).resolve().parent.parent
_numbers = count(1)


def database():
    """The address of a new, empty database, as DATABASE_URL wants it; without PostgreSQL the test is skipped."""
    folder = _server()
    if folder is None:
        told = "PostgreSQL is not installed (Debian: apt-get install postgresql)"
        pytest.fail(told) if os.environ.get("REQUIRE_ALL") else pytest.skip(told)
    name = f"tests_{next(_numbers)}"
    with psycopg.connect(host=folder, user="postgres", dbname="postgres", autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
    return f"postgres://postgres@{quote(folder, safe='')}/{name}"


def run(url, *command):
    """Run Python with this database; a failure shows what it printed."""
    env = os.environ | {"DATABASE_URL": url, "DJANGO_SETTINGS_MODULE": "integrative.settings"}
    done = subprocess.run([sys.executable, *command], cwd=ROOT, env=env, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@cache
def _server():
    """The folder of a running server's socket and data; None where there is no PostgreSQL."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda place: int(place.parts[-3]))
    initdb = str(found[-1]) if found else shutil.which("initdb")
    if initdb is None:
        return None
    folder = tempfile.mkdtemp(prefix="pg-")
    who = {}
    if os.getuid() == 0:
        shutil.chown(folder, "postgres")
        who = {"user": "postgres", "group": "postgres", "extra_groups": []}
    data, control = f"{folder}/data", str(Path(initdb).with_name("pg_ctl"))
    options = f"-c listen_addresses= -c unix_socket_directories={folder} -c fsync=off -c full_page_writes=off"
    quiet = {"check": True, "cwd": folder, "stdout": subprocess.DEVNULL} | who
    subprocess.run([initdb, "-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8"], **quiet)
    subprocess.run([control, "-D", data, "-o", options, "-l", f"{folder}/log", "-w", "start"], **quiet)

    def stop():
        subprocess.run([control, "-D", data, "-m", "immediate", "stop"], **quiet)
        shutil.rmtree(folder, ignore_errors=True)

    atexit.register(stop)
    return folder
