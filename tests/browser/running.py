"""The whole site with its shipped content, served as in production on a free port: for browser tests, `make weigh` and
`make shots`."""

import os
import re
import secrets
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections import Counter
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from django.utils.text import slugify

ROOT = Path(__file__).resolve().parent.parent.parent
CONTENT = Path(os.environ.get("CONTENT_DIR", ROOT / "content"))
SESSION = """
from django.contrib.auth import get_user_model, SESSION_KEY, BACKEND_SESSION_KEY, HASH_SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from django_otp import DEVICE_ID_SESSION_KEY
from django_otp.plugins.otp_static.models import StaticDevice
user = get_user_model().objects.create_superuser("face", password=None)
store = SessionStore()
store[SESSION_KEY] = str(user.pk)
store[BACKEND_SESSION_KEY] = "django.contrib.auth.backends.ModelBackend"
store[HASH_SESSION_KEY] = user.get_session_auth_hash()
store[DEVICE_ID_SESSION_KEY] = StaticDevice.objects.create(user=user, name="test").persistent_id
store.save()
print("session:" + store.session_key)
"""


@dataclass(frozen=True)
class Site:
    """A running site: its address, and the session of someone on the staff."""

    url: str
    staff_session: str


@contextmanager
def running():
    """Prepare a copy of the site in a folder of its own, serve it, and stop it afterwards."""
    folder = tempfile.mkdtemp(prefix="integrative-")
    env = os.environ | {"VAR_DIR": folder, "SECRET_KEY": secrets.token_urlsafe(60), "CONTENT_DIR": str(CONTENT)}
    env = {key: value for key, value in env.items() if key not in ("DEBUG", "HTTPS", "SITE_URL", "DATABASE_URL")}

    def manage(*args):
        command = [sys.executable, "manage.py", *args]
        done = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True)
        if done.returncode:
            raise RuntimeError(f"manage.py {args[0]} failed:\n{done.stderr[-3000:]}")
        return done.stdout

    server = None
    try:
        manage("migrate", "--verbosity", "0")
        manage("load_content")
        manage("collectstatic", "--noinput", "--verbosity", "0")
        session = re.search(r"session:(\w+)", manage("shell", "-c", SESSION))[1]
        address = f"127.0.0.1:{_free_port()}"
        command = [sys.executable, "-m", "gunicorn", "integrative.wsgi", "--config", "deploy/gunicorn.conf.py"]
        command += ["--workers", "1", "--bind", address, "--log-level", "warning"]
        server = subprocess.Popen(command, cwd=ROOT, env=env)
        _wait_for(f"http://{address}/healthz", server)
        yield Site(f"http://{address}", session)
    finally:
        if server:
            server.terminate()
            server.wait(20)
        shutil.rmtree(folder, ignore_errors=True)


def _free_port():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


def _wait_for(address, server, seconds=30):
    end = time.monotonic() + seconds
    while server.poll() is None and time.monotonic() < end:
        try:
            with urllib.request.urlopen(address, timeout=5):
                return
        except urllib.error.URLError:
            time.sleep(0.1)
    raise RuntimeError("The site did not start.")


def page_types(content=CONTENT):
    """{page type: address} of every type of page, the heaviest of each where that can be told from the files."""
    pairs = [(file.parent.name, file.stem.partition(".")[0]) for file in sorted((content / "evidence").rglob("*.md"))]
    condition = Counter(condition for _, condition in pairs).most_common(1)[0][0]
    widest = Counter(condition for _, condition in sorted(set(pairs))).most_common(1)[0][0]
    therapies = [therapy for therapy, _ in Counter(therapy for therapy, _ in pairs).most_common(4)]
    therapy, studied = Counter(pairs).most_common(1)[0][0]
    return {
        "home": "/",
        "conditions": "/conditions/",
        "condition": f"/conditions/{condition}/",
        "therapies": "/therapies/",
        "filter": f"/therapies/?condition={widest}",
        "nothing-found": f"/therapies/?condition={widest}&level=likely-helps&kind=talking",
        "therapy": f"/therapies/{therapies[0]}/",
        "compare": "/compare/",
        "compare-condition": f"/compare/for/{widest}/",
        "compare-therapies": f"/compare/therapies/{'/'.join(sorted(therapies))}/",
        "compare-approaches": "/compare/approaches/",
        "evidence-map": "/evidence/",
        "evidence": f"/evidence/{therapy}/{studied}/",
        "questions": "/faq/",
        "question": f"/faq/{_largest(content / 'faq')}/",
        "articles": "/articles/",
        "article": f"/articles/{_largest(content / 'articles')}/",
        "locations": "/locations/",
        "location": f"/locations/{_largest(content / 'locations')}/",
        "sources": "/sources/",
        "source": f"/sources/{_largest(content / 'sources')}/",
        "glossary": "/glossary/",
        "topic": f"/topics/{_commonest_topic(content)}/",
        "approaches": "/approaches/",
        "approach": f"/approaches/{_largest(content / 'approaches')}/",
        "plain": f"/{_largest(content / 'pages')}/",
        "error": "/there-is-no-such-page/",
    }


def _largest(folder):
    return max(sorted(folder.glob("*.md")), key=lambda file: file.stat().st_size).stem


def _commonest_topic(content):
    lists = (re.findall(r"^tags:\n((?:- .*\n)+)", file.read_text("utf-8"), re.M) for file in content.rglob("*.md"))
    topics = Counter(line[2:].strip() for found in lists for block in found for line in block.splitlines())
    return slugify(topics.most_common(1)[0][0])
