"""One file that holds the whole site's data, and the way back from it.

A backup is a tar archive: `about.json`, the database (`database.sqlite3`, or `database.dump` of PostgreSQL) and the
texts as `content/`, all of one moment, taken while the site runs. Open sessions are left out: nobody is signed in after
a restore. It holds password hashes and second-step secrets, so only its owner may read it.
"""

import json
import os
import shutil
import sqlite3
import subprocess
import tarfile
import tempfile
import zlib
from contextlib import closing
from pathlib import Path

from django.contrib.auth import get_user_model
from django.core.management import call_command
from django.db import connection, transaction
from django.utils import timezone

from .records import record_models
from .sync import SyncError, export

FORMAT = 1


class BackupError(Exception):
    """Why there is no backup, or why nothing was restored, in words for the operator."""


def backup(file):
    """Write a backup to `file`, whole or not at all; returns its size in bytes."""
    file = Path(file)
    try:
        with tempfile.TemporaryDirectory(dir=file.parent, prefix=".backup-") as folder:
            folder = Path(folder)
            with transaction.atomic():
                database = _copy_postgres(folder) if connection.vendor == "postgresql" else _copy_sqlite(folder)
                export(folder / "content")
            about = {"format": FORMAT, "database": connection.vendor, "made": timezone.now().isoformat()}
            (folder / "about.json").write_text(json.dumps(about), encoding="utf-8")
            archive = folder / "archive"
            with open(os.open(archive, os.O_CREAT | os.O_WRONLY, 0o600), "wb") as out:
                with tarfile.open(fileobj=out, mode="w:gz", compresslevel=6) as tar:
                    for name in ("about.json", database.name, "content"):
                        tar.add(folder / name, name)
                out.flush()
                os.fsync(out.fileno())
            size = archive.stat().st_size
            os.replace(archive, file)
            return size
    except OSError as error:
        raise BackupError(f"{file} cannot be written: {error.strerror}.") from error
    except sqlite3.Error as error:
        raise BackupError(f"The database cannot be copied: {error}.") from error
    except SyncError as error:
        raise BackupError(f"The texts cannot be written: {error}") from error


def _copy_sqlite(folder):
    copy = folder / "database.sqlite3"
    with closing(sqlite3.connect(connection.settings_dict["NAME"])) as live, closing(sqlite3.connect(copy)) as own:
        live.backup(own)
        own.execute("DELETE FROM django_session")
        own.commit()
        own.execute("PRAGMA journal_mode=DELETE")
    return copy


def _copy_postgres(folder):
    """pg_dump of the very snapshot that the texts are read from."""
    dump = folder / "database.dump"
    with connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        cursor.execute("SELECT pg_export_snapshot()")
        snapshot = cursor.fetchone()[0]
    _postgres_tool(
        "pg_dump", "--format=custom", "--no-owner", f"--snapshot={snapshot}", "--exclude-table-data=django_session",
        f"--file={dump}",
    )  # fmt: skip
    return dump


def restore(file, content=None):
    """Bring an empty site to what a backup holds and apply newer migrations; returns what the backup says of itself.

    `content` is a folder for its texts, if they are wanted. Nothing is touched when the site is not empty or the backup
    is not whole. The site must not be running.
    """
    if not is_empty():
        raise BackupError("This site has records or people in it. Restore into an empty database.")
    with tempfile.TemporaryDirectory(prefix="restore-") as folder:
        about = _unpack(Path(file), Path(folder))
        if about["database"] != connection.vendor:
            raise BackupError(
                f"This is a backup of {about['database']} and the site runs on {connection.vendor}. Set DATABASE_URL "
                "to the kind it came from, or take its texts out with tar and bring them in with load_content."
            )
        if connection.vendor == "postgresql":
            tool = ("pg_restore", "--no-owner", "--clean", "--if-exists", "--single-transaction", "--exit-on-error")
            connection.close()
            _postgres_tool(*tool, f"--dbname={connection.settings_dict['NAME']}", str(Path(folder) / "database.dump"))
        else:
            _put_sqlite(Path(folder) / "database.sqlite3", Path(connection.settings_dict["NAME"]))
        if content:
            shutil.copytree(Path(folder) / "content", content, dirs_exist_ok=True)
    call_command("migrate", verbosity=0)
    return about


def is_empty():
    """Whether no record and nobody on the staff is in the database, or no tables are."""
    tables = set(connection.introspection.table_names())
    models = [get_user_model(), *record_models()]
    return not any(model._meta.db_table in tables and model.objects.exists() for model in models)


def _unpack(file, folder):
    """The backup's `about.json`, its files lying in `folder`; BackupError where it is not a whole backup of ours."""
    try:
        with tarfile.open(file) as tar:
            tar.extractall(folder, filter="data")
        about = json.loads((folder / "about.json").read_text(encoding="utf-8"))
        whole = about["format"] == FORMAT and any(folder.glob("database.*")) and (folder / "content").is_dir()
    except (OSError, tarfile.TarError, zlib.error, EOFError, ValueError, KeyError, TypeError) as error:
        raise BackupError(f"{file} is not a whole backup: {error}") from error
    if not whole:
        raise BackupError(f"{file} is not a backup that this version can read.")
    return about


def _put_sqlite(copy, place):
    try:
        with closing(sqlite3.connect(copy)) as opened:
            (verdict,) = opened.execute("PRAGMA integrity_check").fetchone()
    except sqlite3.DatabaseError as error:
        raise BackupError(f"The database in the backup is damaged: {error}") from error
    if verdict != "ok":
        raise BackupError(f"The database in the backup is damaged: {verdict}")
    connection.close()
    beside = place.with_name(f".{place.name}.restoring")
    shutil.copyfile(copy, beside)
    os.chmod(beside, 0o600)
    for ending in ("-wal", "-shm"):
        place.with_name(place.name + ending).unlink(missing_ok=True)
    os.replace(beside, place)


def _postgres_tool(name, *args):
    """Run a PostgreSQL program on the site's database; the password goes by the environment, unseen by `ps`."""
    found = connection.settings_dict
    where = {"PGHOST": "HOST", "PGPORT": "PORT", "PGUSER": "USER", "PGPASSWORD": "PASSWORD", "PGDATABASE": "NAME"}
    env = os.environ | {key: str(found[ours]) for key, ours in where.items() if found.get(ours)}
    try:
        done = subprocess.run([name, *args], env=env, capture_output=True, text=True)
    except FileNotFoundError:
        raise BackupError(f"{name} is not installed (Debian: apt-get install postgresql-client).") from None
    if done.returncode:
        raise BackupError(f"{name} failed: {done.stderr.strip()}")
