"""`make bench`: one run, side by side, of what the site costs. It prints; nothing is asserted, and it takes minutes."""

import json
import os
import re
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BIN = Path(sys.executable).parent
sys.path.insert(0, str(ROOT))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "integrative.settings")
ROUNDS, SECONDS, CONNECTIONS = int(os.environ.get("BENCH_ROUNDS", 3)), 2, 16
SCALE = [int(n) for n in os.environ.get("BENCH_SCALE", "10,1000,100000").split(",")]
TICK = os.sysconf("SC_CLK_TCK")


def main():
    work = Path(tempfile.mkdtemp(prefix="bench-"))
    try:
        servers(work)
        pages()
        proofs(work)
        scale(work)
        files()
    finally:
        shutil.rmtree(work, ignore_errors=True)


def title(words):
    print(f"\n== {words}", flush=True)


# Servers side by side.


def servers(work):
    title(f"One page: medians of {ROUNDS} interleaved rounds of {SECONDS} s, {CONNECTIONS} connections, 2 workers each")
    if not shutil.which("wrk"):
        print("wrk is not installed (Debian: apt-get install wrk)")
        return
    path, answer = one_page()
    (work / "answer.json").write_text(json.dumps(answer), encoding="latin-1")
    os.environ["BENCH_ANSWER"] = str(work / "answer.json")
    started = {
        name: start(name, work, answer)
        for name in ("nginx", "bare", "page", "uncached", "persite", "granian bare", "granian page")
    }
    plain, coded = {}, lambda coding: {"Accept-Encoding": coding}
    rows = [("nginx, static file", "nginx", plain), ("bare WSGI app", "bare", plain),
            ("stored page, plain", "page", plain),
            ("stored page, gzip", "page", coded("gzip")), ("stored page, brotli", "page", coded("br")),
            ("stored page, 304", "page", {"If-None-Match": "*"}), ("page, not stored", "uncached", plain),
            ("Django's per-site cache", "persite", plain), ("bare app on granian", "granian bare", plain),
            ("stored page on granian", "granian page", plain)]  # fmt: skip
    try:
        for name, server in started.items():
            if server and not ready(server[1], path):
                print(f"{name} does not answer")
                stop(server[0])
                started[name] = None
        for server in filter(None, started.values()):
            rest(server[0].pid)
        found = {row[0]: [] for row in rows if started[row[1]]}
        for _ in range(ROUNDS):
            for name, server, headers in rows:
                if started[server]:
                    found[name].append(round_of(started[server], path, headers))
        table(found)
        for name, server, _ in rows:
            if not started[server]:
                print(f"{name}: not installed")
    finally:
        for server in filter(None, started.values()):
            stop(server[0])


def ready(port, path):
    """Whether the server came up; each of its workers has then been asked for the page."""
    answered = 0
    for _ in range(100):
        try:
            answered += len(urllib.request.urlopen(f"http://127.0.0.1:{port}{path}").read()) > 0
        except OSError:
            time.sleep(0.1)
        if answered == 20:
            return True
    return False


def rest(pid):
    """Wait until a server has nothing more to do in the background, half a minute at most."""
    for _ in range(30):
        before = cpu(pid)
        time.sleep(1)
        if cpu(pid) - before < TICK / 50:
            return


def stop(process):
    process.terminate()
    process.wait()


def one_page():
    """(path, [status, headers, body]) of a condition's page as the store sends it."""
    code = """
import json, sys
from integrative.wsgi import application
from conditions.models import Condition
from tests.staleness import environ
path = Condition.objects.with_evidence().order_by("pk").last().get_absolute_url()
told = []
body = b"".join(application(environ(path), lambda status, headers: told.append((status, headers))))
print(json.dumps([path, [*told[0], body.decode("latin-1")]]))
"""
    return json.loads(subprocess.check_output([sys.executable, "-c", code], cwd=ROOT))


def start(name, work, answer):
    """(process, port) of a server that is starting; None where it is not installed."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    app = {"page": "integrative.wsgi:application"}.get(name.split()[-1], f"deploy.bench_apps:{name.split()[-1]}")
    if name == "nginx":
        if not shutil.which("nginx"):
            return None
        (work / "page.html").write_bytes(answer[2].encode("latin-1"))
        work.chmod(0o755)
        (work / "nginx.conf").write_text(
            f"daemon off; worker_processes 2; pid {work}/pid; error_log {work}/log;"
            " events { worker_connections 512; }"
            f" http {{ access_log off; default_type text/html; server {{ listen 127.0.0.1:{port}; root {work};"
            " location / { try_files /page.html =404; } } }"
        )
        command = [shutil.which("nginx"), "-c", str(work / "nginx.conf")]
    elif name.startswith("granian"):
        if not (BIN / "granian").exists():
            return None
        command = [str(BIN / "granian"), "--interface", "wsgi", "--workers", "2", "--blocking-threads", "2", "--no-ws",
                   "--log-level", "error", "--host", "127.0.0.1", "--port", str(port), app]  # fmt: skip
    else:
        command = [
            str(BIN / "gunicorn"),
            app,
            "-c",
            "deploy/gunicorn.conf.py",
            "--log-level",
            "error",
            "--bind",
            f"127.0.0.1:{port}",
        ]
    return subprocess.Popen(command, cwd=ROOT, stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL), port


def round_of(server, path, headers):
    """(requests/s, p50 ms, p99 ms, server CPU µs a request, USS MB, RSS MB a worker) of one round."""
    process, port = server
    before = cpu(process.pid)
    extra = [part for name, value in headers.items() for part in ("-H", f"{name}: {value}")]
    command = ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{SECONDS}", "--latency", *extra, f"http://127.0.0.1:{port}{path}"]
    told = subprocess.check_output(command, text=True)
    requests = int(re.search(r"(\d+) requests in", told)[1])
    used = (cpu(process.pid) - before) / TICK * 1e6 / max(1, requests)
    memory = [kilobytes(pid) for pid in children(process.pid)]
    mean = [statistics.mean(each) / 1000 for each in zip(*memory, strict=True)] or [0, 0]
    rate = float(re.search(r"Requests/sec:\s+([\d.]+)", told)[1])
    if "Non-2xx" in told and "If-None-Match" not in headers:
        print("!! answers other than 200:", path)
    return rate, percentile(told, 50), percentile(told, 99), used, *mean


def percentile(told, which):
    number, unit = re.search(rf"{which}%\s+([\d.]+)(us|ms|s)", told).groups()
    return float(number) * {"us": 0.001, "ms": 1, "s": 1000}[unit]


def children(pid):
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()] or [pid]


def cpu(pid):
    return sum(
        sum(map(int, Path(f"/proc/{child}/stat").read_text().rpartition(")")[2].split()[11:13]))
        for child in children(pid)
    )


def kilobytes(pid):
    told = Path(f"/proc/{pid}/smaps_rollup").read_text()
    return (sum(map(int, re.findall(r"Private_\w+:\s+(\d+)", told))), int(re.search(r"Rss:\s+(\d+)", told)[1]))


def table(found):
    medians = {
        name: [statistics.median(column) for column in zip(*rounds, strict=True)] for name, rounds in found.items()
    }
    print(f"{'':26} {'req/s':>8} {'p50 ms':>8} {'p99 ms':>8} {'CPU µs':>8} {'USS MB':>8} {'RSS MB':>8}")
    for name, values in medians.items():
        print(f"{name:26}", " ".join(f"{value:8.1f}" for value in values))
    rate = {name: values[0] for name, values in medians.items()}
    used = {name: values[3] for name, values in medians.items()}
    ours, bare = "stored page, plain", "bare WSGI app"
    requests, processor, slowest = (medians[ours][place] / medians[bare][place] for place in (0, 3, 2))
    print(f"stored page / bare app: {requests:.2f} × the requests, {processor:.2f} × the CPU, {slowest:.2f} × the p99")
    for other in ("page, not stored", "Django's per-site cache"):
        print(
            f"stored page / {other}: {rate[ours] / rate[other]:.1f} × the requests,"
            f" 1/{used[other] / used[ours]:.1f} the CPU"
        )
    if "stored page on granian" in rate:
        print(f"stored page, granian / gunicorn: {rate['stored page on granian'] / rate[ours]:.1f} × the requests")


# What a page costs when it is rendered.


def pages():
    title("Each kind of page, rendered: database queries, CPU, bytes, bytes with gzip")
    sys.stdout.write(python("deploy/bench_pages.py"))


# Proofs and floods.


def proofs(work):
    title("Readers in 4 processes against 2,000 edits")
    print("SQLite:    ", proof(f"sqlite:///{work}/proof.sqlite3"), flush=True)
    print("PostgreSQL:", proof(postgres()), flush=True)
    title("A flood of addresses: memory of the process, and whether real pages stay")
    sys.stdout.write(python("flood"))


def proof(url):
    if not url:
        return "not installed"
    os_env = {"DATABASE_URL": url}
    python("manage.py", "migrate", "--verbosity", "0", **os_env)
    return python("-m", "tests.staleness", "2000", **os_env).strip()


def postgres():
    """The address of a new database on a PostgreSQL server of our own, or None."""
    from tests.postgres import _server, database

    return database() if _server() else None


def measure_flood():
    from integrative.wsgi import application
    from tests.staleness import environ

    def ask(path, query=""):
        return b"".join(application(environ(path) | {"QUERY_STRING": query}, lambda status, headers: None))

    def say(words):
        print(
            f"{words:60} RSS {kilobytes(os.getpid())[1] / 1000:6.1f} MB, {len(application.pages)} pages"
            f" of {application.bytes / 1e6:.1f} MB"
        )

    known = ["/", "/conditions/", "/therapies/", "/evidence/", "/faq/", "/glossary/"]
    for path in known * 3:
        ask(path)
    time.sleep(8)
    say("before")
    django = application.app
    for number in range(100):
        ask(f"/conditions/{number}/")
        ask("/conditions/", f"x={number}")
    application.app = lambda environ, start_response: start_response("404 Not Found", []) or [b"none"]
    for number in range(50_000):
        ask(f"/conditions/none-{number}/")
        ask("/conditions/", f"x={number}")
    say("after 100,000 distinct unknown addresses and queries")
    text = b"".join(os.urandom(15).hex().encode() for _ in range(500))
    application.app = lambda environ, start_response: (
        start_response("200 OK", [("Content-Type", "text/html")]) or [text]
    )
    for number in range(2000):
        ask(f"/compare/therapies/a-{number}/b/")
    application.app = django
    say("after 2,000 distinct pages of 15 kB, each read once")
    print(f"real pages still there: {sum(key[2] in known for key in application.pages)} of {len(known)}")


# Size.


def scale(work):
    title("Database time of each page, ms (queries), by number of therapies with 10 findings each")
    for name, address in (("SQLite", lambda n: f"sqlite:///{work}/{n}.sqlite3"), ("PostgreSQL", lambda n: postgres())):
        columns = {}
        for number in SCALE:
            url = address(number)
            if not url:
                print("PostgreSQL: not installed")
                break
            python("manage.py", "migrate", "--verbosity", "0", DATABASE_URL=url)
            python("manage.py", "make_sample", "--therapies", str(number), DATABASE_URL=url, DEBUG="1")
            columns[number] = json.loads(python("deploy/bench_pages.py", "scale", DATABASE_URL=url))
        if columns:
            print(f"{name:52}", " ".join(f"{number:>14,}" for number in columns))
            for row in columns[max(columns)]:
                told = [f"{1000 * c[row][1]:8.2f} ({c[row][0]:2})" if row in c else "" for c in columns.values()]
                print(f"{row[:52]:52}", " ".join(f"{cell:>14}" for cell in told), flush=True)


def files():
    title("Loading and exporting made-up files (also: deploy/bench_files.py FILES)")
    sys.stdout.write(python("deploy/bench_files.py"))


def python(*command, **env):
    """What a Python command prints, or this file's own part of that name."""
    if not command[0].endswith(".py") and not command[0].startswith("-"):
        command = (__file__, *command)
    done = subprocess.run([sys.executable, *command], cwd=ROOT, env=os.environ | env, capture_output=True, text=True)
    if done.returncode:
        return f"failed: {' '.join(command[-3:])}\n{done.stderr[-1500:]}\n"
    return done.stdout


if __name__ == "__main__":
    measure_flood() if sys.argv[1:] == ["flood"] else main()
