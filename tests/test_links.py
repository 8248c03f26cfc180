"""Outside links are asked politely, and what they answer is told plainly. The outside is a server of our own."""

import json
import threading
from datetime import date
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from integrative.outside import Answer, State, addresses, ask, check, user_agent

from .make import make_page, make_source, manage


class Outside(BaseHTTPRequestHandler):
    """Answers by the path asked for: /200, /404, /moved/<status>/<path>, /get-only, /slow and so on."""

    def answer(self):
        server = self.server
        server.asked.append((self.command, self.path, self.headers["User-Agent"]))
        kind, *rest = self.path.strip("/").split("/", 2)
        if kind == "slow":
            server.stopped.wait(30)
        elif kind == "dropped":
            self.close_connection = True
        elif kind == "moved":
            self.reply(int(rest[0]), {"Location": f"/{rest[1]}"})
        elif kind == "away":
            self.reply(302, {"Location": "file:///etc/hostname"})
        elif kind == "around":
            self.reply(302, {"Location": "/around"})
        elif kind == "get-only":
            self.reply(200 if self.command == "GET" else 405)
        else:
            self.reply(int(kind))

    do_HEAD = do_GET = answer

    def reply(self, status, headers=()):
        self.send_response(status)
        for name, value in dict(headers).items():
            self.send_header(name, value)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *args):
        pass


@pytest.fixture
def outside():
    server = ThreadingHTTPServer(("127.0.0.1", 0), Outside)
    server.asked, server.stopped = [], threading.Event()
    server.at = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield server
    server.stopped.set()
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.mark.parametrize(
    ("path", "state", "status"),
    [
        ("/200", State.GOOD, 200),
        ("/get-only", State.GOOD, 200),
        ("/404", State.GONE, 404),
        ("/410", State.GONE, 410),
        ("/403", State.REFUSED, 403),
        ("/429", State.REFUSED, 429),
        ("/500", State.FAILED, 500),
        ("/moved/301/200", State.MOVED, 200),
        ("/moved/308/200", State.MOVED, 200),
        ("/moved/302/200", State.GOOD, 200),
        ("/moved/301/404", State.GONE, 404),
    ],
)
def test_each_answer_has_its_state(outside, path, state, status):
    answer = ask(outside.at + path)
    assert (answer.state, answer.status) == (state, status)
    assert answer.moved_to == (outside.at + "/200" if state == State.MOVED else "")


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("/slow", "no answer in time"),
        ("/dropped", "closed connection"),
        ("/away", "redirects to file:"),
        ("/around", "more than 5 redirects"),
    ],
)
def test_what_fails_says_why(outside, path, said):
    answer = ask(outside.at + path, timeout=0.2)
    assert answer.state == State.FAILED
    assert said in answer.error


def test_a_connection_that_is_not_safe_and_a_host_that_is_not_there_fail_with_the_reason(outside):
    assert "no safe connection" in ask(outside.at.replace("http:", "https:") + "/200", timeout=5).error
    answer = ask("http://127.0.0.1:1/")
    assert answer.state == State.FAILED
    assert "refused" in answer.error


def test_it_asks_with_head_first_and_with_get_only_where_that_is_turned_down(outside):
    for path in ("/200", "/404"):
        ask(outside.at + path)
    assert [(method, path) for method, path, _ in outside.asked] == [
        ("HEAD", "/200"),
        ("HEAD", "/404"),
        ("GET", "/404"),
    ]


def test_it_says_who_it_is(outside, settings):
    settings.SITE_NAME, settings.SITE_URL = "Clínic\r\n", "https://clinic.example"
    ask(outside.at + "/200")
    assert outside.asked[0][2] == user_agent() == "Cl?nic?? link check (+https://clinic.example)"


def answered(state=State.GOOD, day="2026-01-31"):
    return Answer(state, 200, "", "", day)


def run(place, wanted, since, answer=None):
    """The addresses that were really asked, in order."""
    asked = []

    def ask(address, timeout):
        asked.append(address)
        return answer or answered()

    list(check(wanted, place, since, pause=0, ask=ask))
    return asked


def test_good_answers_are_remembered_and_bad_ones_are_asked_again(tmp_path):
    place = tmp_path / "var" / "links.json"
    assert run(place, ["a", "b"], date(2026, 1, 1)) == ["a", "b"]
    assert run(place, ["a", "b", "c"], date(2026, 1, 31), answered(State.GONE)) == ["c"]
    assert run(place, ["a", "b", "c"], date(2026, 1, 31)) == ["c"]
    assert run(place, ["a"], date(2026, 2, 1)) == ["a"], "a good answer grows old"


def test_a_run_that_is_broken_off_keeps_what_it_had_and_a_broken_file_is_begun_anew(tmp_path):
    place = tmp_path / "links.json"
    going = check(["a", "b"], place, date(2026, 1, 1), pause=0, ask=lambda *_: answered())
    next(going)
    going.close()
    assert list(json.loads(place.read_text())) == ["a"]
    place.write_text('{"a": ')
    assert run(place, ["a"], date(2026, 1, 1)) == ["a"]


@pytest.mark.django_db
class TestCommand:
    def test_it_asks_sources_and_links_of_published_records_once_each(self):
        make_source(path="one", url="https://example.org/a#part")
        make_source(path="draft", url="https://example.org/draft", status="draft")
        make_page(path="words", body="[a](https://example.org/a), [b](http://example.org/b) [c](words.md) [d](tel:911)")
        assert addresses() == {
            "https://example.org/a": ["sources/one.md", "pages/words.md"],
            "http://example.org/b": ["pages/words.md"],
        }

    def test_it_tells_what_needs_a_look_and_fails_on_what_is_gone(self, outside, settings, tmp_path):
        settings.VAR_DIR = tmp_path
        make_source(path="good", url=f"{outside.at}/200")
        make_source(path="moved", url=f"{outside.at}/moved/301/200")
        ran = manage("check_links", "--pause", "0")
        assert ran.code == 0
        assert f"new address ({outside.at}/200)\n    {outside.at}/moved/301/200\n    in sources/moved.md" in ran.out
        make_source(path="gone", url=f"{outside.at}/404")
        ran = manage("check_links", "--pause", "0")
        assert ran.code == 1
        assert "1 answers; 1 moved; 1 not found; 0 does not answer programs; 0 failed." in ran.out
        assert "in sources/gone.md" in ran.out
        assert [path for _, path, _ in outside.asked].count("/200") == 3, "the good one was asked once, the moved twice"
