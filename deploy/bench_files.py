"""`python deploy/bench_files.py [FILES]`: what loading and exporting that many made-up files costs; it prints.

Each step is a process of its own on a new database (DATABASE_URL in the environment names another one, which must be
empty); times include starting Django.
"""

import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
STATE = "owner: Nobody\nchecked_on: 2026-01-31\nnext_review_on: 2027-01-31\nstatus: published"
TEXT = "Made up, and long enough to be a paragraph that someone reads on a page. " * 4


def main(count):
    work = Path(tempfile.mkdtemp(prefix="bench-files-"))
    try:
        written = write_tree(work / "content", count)
        env = {"DATABASE_URL": f"sqlite:///{work}/db.sqlite3"} | os.environ | {"CONTENT_DIR": str(work / "content")}
        run(env, "migrate", "--verbosity", "0")
        for words, *command in (
            ("first load", "load_content", work / "content"),
            ("second load", "load_content", work / "content"),
            ("load of changed files", "load_content", work / "content"),
            ("export, nothing to write", "export_content", work / "content"),
            ("export to an empty folder", "export_content", work / "new"),
        ):
            if words == "load of changed files":
                change_tree(work / "content")
            seconds, busy, peak = run(env, *command)
            print(
                f"{words:26} {written:>9,} files {seconds:7.1f} s ({busy:.1f} s of CPU) {written / seconds:7.0f}"
                f" files/s ({written / busy:.0f} a CPU second) {peak:5.0f} MB at most",
                flush=True,
            )
    finally:
        shutil.rmtree(work, ignore_errors=True)


def run(env, *command):
    """(seconds, seconds of CPU, peak MB of memory) of a management command."""
    began = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, "manage.py", *map(str, command)], cwd=ROOT, env=env, stdout=subprocess.DEVNULL
    )
    _, status, used = os.wait4(process.pid, 0)
    if status:
        sys.exit(f"failed: {' '.join(map(str, command))}")
    busy = used.ru_utime + used.ru_stime
    return time.perf_counter() - began, busy, used.ru_maxrss / (1e6 if sys.platform == "darwin" else 1e3)


def write_tree(root, count):
    """Write about `count` files: one in twenty a source, a therapy or a condition each, the rest evidence."""
    part = max(2, count // 60)
    for number in range(part):
        key = f"{number:06}"
        cited = f"[@source-{key}]"
        write(root / f"sources/source-{key}.md", f"title: Source {key}\npublisher: Nobody\nurl: https://example.org/{key}\n"
              f"trust: peer-reviewed", "")  # fmt: skip
        write(root / f"therapies/therapy-{key}.md", f"title: Therapy {key}\nkind: hands-on\ntags:\n- made up\n"
              f"summary: {TEXT}", f"## What it is\n\n{TEXT}\n\n## What happens at a visit\n\n{TEXT}\n\n"
              f"## Who provides it\n\n{TEXT}\n\n## Safety\n\n- {TEXT}{cited}\n")  # fmt: skip
        write(root / f"conditions/condition-{key}.md", f"title: Condition {key}\nbody_system: whole-body\ntags:\n"
              f"- made up\nsummary: {TEXT}", f"## What it is\n\n{TEXT}{cited}\n\n## What you can do\n\n"
              f"See [it](../therapies/therapy-{key}.md). {TEXT}\n")  # fmt: skip
    left = max(0, count - 3 * part)
    for number in range(left):
        therapy, place = number % part, (number // part + number) % part
        aspect = f".aspect-{number // (part * part)}" if number >= part * part else ""
        write(
            root / f"evidence/therapy-{therapy:06}/condition-{place:06}{aspect}.md",
            f"level: may-help\ncertainty: low\nsources:\n- source-{place:06}\n- source-{therapy:06}"
            if place != therapy
            else f"level: may-help\ncertainty: low\nsources:\n- source-{place:06}",
            f"{TEXT}[@source-{place:06}]\n\nSee [the therapy](../../therapies/therapy-{therapy:06}.md). {TEXT}\n",
        )
    return 3 * part + left


def change_tree(root):
    """Change a word in every file that has a text."""
    for place in root.rglob("*.md"):
        place.write_text(place.read_text(encoding="utf-8").replace("Made up, and", "Made up, but"), encoding="utf-8")


def write(place, front, body):
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_text(f"---\n{front.strip()}\n{STATE}\n---\n{body}", encoding="utf-8")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 20_000)
