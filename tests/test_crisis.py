"""Searches that suggest danger show the emergency card above the results; staff keep the words."""

from pathlib import Path

import pytest
from django.conf import settings

from integrative.documents import parse
from integrative.models import Page
from integrative.search.crisis import danger_in

from .make import make_condition, make_page

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def an_index_of_its_own(settings, tmp_path):
    settings.VAR_DIR = tmp_path


@pytest.fixture
def shipped_words():
    text = (Path(settings.CONTENT_DIR) / "pages/crisis-words.md").read_text(encoding="utf-8")
    return make_page(path="crisis-words", body=parse(text, Page.shape()).values["body"])


CALL_911 = [
    "chest pain", "i have chest pains", "pain in my chest", "chst pain", "chest pian",
    "tightness chest tightness", "heart attack",
    "hart attack", "heart atack symptoms", "can't breathe", "cant breath", "i cannot breath",
    "cannot breathe", "trouble breathing",
    "stroke signs", "signs of a stroke", "storke", "face drooping", "my face is droopy", "slurred speech",
    "slured speech",
    "overdose", "over dose", "overdoze", "took too many pills", "throat swelling", "anaphalaxis",
    "seizure", "siezure",
    "unconscious", "unconcious", "won't wake up", "coughing up blood",
]  # fmt: skip
CALL_988 = [
    "suicide", "sucide", "suiside", "suicidal thoughts", "kill myself", "kill my self",
    "i want to kill myself", "want to die",
    "i just want to die", "end my life", "self harm", "self-harm", "selfharm", "hurt myself",
    "hurting myself", "better off dead",
    "no reason to live", "dont want to live anymore", "don’t want to live",
]  # fmt: skip
HARMLESS = [
    "acupuncture", "back pain", "diet", "panic attack", "does yoga help", "neck pain and legs",
    "high blood pressure", "chess",
    "massage for stress", "can i take herbs", "breathing exercises", "lose weight", "what to eat",
    "heart disease", "kill germs",
    "meditation for pain", "will my plan pay", "stroking cats", "dye hair", "",
]  # fmt: skip


@pytest.mark.parametrize("words", CALL_911)
def test_signs_of_danger_to_life_call_911(shipped_words, words):
    assert danger_in(words) == "call-911"


@pytest.mark.parametrize("words", CALL_988)
def test_signs_of_a_mental_health_crisis_call_988(shipped_words, words):
    assert danger_in(words) == "call-or-text-988"


@pytest.mark.parametrize("words", HARMLESS)
def test_other_searches_show_no_card(shipped_words, words):
    assert danger_in(words) == ""


def test_the_card_stands_above_the_results(shipped_words, client):
    make_condition(path="chest", title="Chest pain")
    page = client.get("/search/?q=chest+pain").content.decode()
    assert page.index("Call 911</a>") < page.index("/conditions/chest/")
    assert page.index("Is this happening now?") < page.index("Best results")


def test_the_card_stands_there_when_nothing_is_found(shipped_words, client):
    page = client.get("/search/?q=sucide").content.decode()
    assert page.index("In a crisis, call or text 988 now") < page.index("Nothing found")


def test_staff_decide_which_words_show_it(client):
    words = make_page(path="crisis-words", body="### Call 911\n\n- purple elbow")
    assert danger_in("my elbow") == "" and danger_in("purple elbow") == "call-911"
    words.body = "### Call 911\n\n- green elbow"
    words.save()
    assert danger_in("purple elbow") == "" and danger_in("gren elbow") == "call-911"


def test_the_word_lists_are_no_pages(shipped_words, client):
    assert client.get("/crisis-words/").status_code == 404
    assert "crisis-words" not in client.get("/sitemap-pages.xml").content.decode()
