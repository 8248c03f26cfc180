"""Readers and editors at once, for ten minutes: `python -m tests.endurance [SECONDS]` prints what they met.

wrk keeps 200 connections busy with pages of every kind, some of them not there, while an editor changes a page every
half second by the ways there are. It runs on a copy of the site of its own and asserts nothing.
"""

import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

from .server import running

CONNECTIONS, SAMPLES = 200, 20
EDITOR = """
import sys, threading
from integrative.models import Page
from tests.staleness import edit
Page.objects.create(pk="counter", title="Counter", body="edit number 0", status="published", checked_on="2026-01-31")
over, number = threading.Event(), 0
threading.Timer({seconds}, over.set).start()
while not over.wait(0.5):
    number += 1
    edit(number)
print(number)
"""


def main(seconds):
    if not shutil.which("wrk"):
        sys.exit("wrk is not installed (Debian: apt-get install wrk)")
    with running(shipped=True) as site:
        load = ["wrk", "-t2", f"-c{CONNECTIONS}", f"-d{seconds}s", "--timeout", "30s", "--latency", "-s"]
        load += [str(Path(__file__).with_name("mixed.lua")), f"http://127.0.0.1:{site.port}"]
        seen = set()
        readers = subprocess.Popen(load, stdout=subprocess.PIPE, text=True)
        editor = site.begin("shell", "--no-imports", "-c", EDITOR.format(seconds=seconds - 2))
        memory = []
        while readers.poll() is None:
            seen.update(workers := site.workers())
            memory.append([resident(pid) for pid in workers])
            time.sleep(seconds / SAMPLES)
        told, edits = readers.stdout.read(), editor.communicate()[0].decode().strip()
        print(told)
        print(f"edits: {edits}; workers that died: {len(seen.difference(site.workers()))}")
        print("resident MB of each worker, in turn:", *("/".join(f"{mb:.0f}" for mb in each) for each in memory))
        print("answers of 500 and above:", len(re.findall(r"^status ", told, re.M)))
        print("lines in the server's log that tell of errors:", len(re.findall(r"ERROR|CRITICAL", site.log())))


def resident(pid):
    """The resident memory of a process in MB."""
    return int(re.search(r"VmRSS:\s+(\d+)", Path(f"/proc/{pid}/status").read_text())[1]) / 1000


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 600)
