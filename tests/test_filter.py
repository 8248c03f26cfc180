"""Visitors filter therapies; the address says what they asked, and only in one way."""

import re

import pytest

from .make import make_condition, make_evidence, make_location, make_offering, make_therapy

pytestmark = pytest.mark.django_db


def titles(response):
    return [therapy.title for therapy in response.context["results"]]


def make_back_pain_site():
    back = make_condition(path="low-back-pain", title="Low back pain", also_called="bad back")
    for name, level, certainty in [
        ("Beta", "may-help", "low"),
        ("Alpha", "may-help", "low"),
        ("Gamma", "may-help", "moderate"),
        ("Delta", "mixed", "low"),
        ("Omega", "likely-helps", "high"),
    ]:
        therapy = make_therapy(path=name.lower(), title=name)
        make_evidence(therapy=therapy, condition=back, level=level, certainty=certainty, body=f"Finding on {name}.")
    return back


def test_results_stand_by_level_then_certainty_then_name(client):
    make_back_pain_site()
    assert titles(client.get("/therapies/?condition=low-back-pain")) == ["Omega", "Gamma", "Alpha", "Beta", "Delta"]


def test_each_result_shows_the_finding_for_the_chosen_condition_only(client):
    make_back_pain_site()
    make_evidence(
        therapy=make_therapy(path="alpha-2", title="Other"), condition=make_condition(path="other"), body="Elsewhere."
    )
    html = client.get("/therapies/?condition=low-back-pain").content.decode()
    assert "Finding on Alpha." in html
    assert "Elsewhere." not in html


def test_at_least_a_level_leaves_out_what_is_weaker(client):
    make_back_pain_site()
    found = titles(client.get("/therapies/?condition=low-back-pain&level=may-help"))
    assert found == ["Omega", "Gamma", "Alpha", "Beta"]


def test_a_level_without_a_condition_asks_for_any_condition(client):
    make_back_pain_site()
    assert titles(client.get("/therapies/?level=likely-helps")) == ["Omega"]


def test_kind_and_place_narrow_the_list(client):
    hands = make_therapy(path="hands", title="Hands", kind="hands-on")
    make_therapy(path="talk", title="Talk", kind="talking")
    north = make_location(path="north", title="North")
    make_offering(therapy=hands, location=north, how="by-referral")
    make_offering(
        therapy=make_therapy(path="not-here", title="Not here", kind="hands-on"), location=north, how="not-offered"
    )
    assert titles(client.get("/therapies/?kind=hands-on&location=north")) == ["Hands"]


def test_each_choice_says_how_many_results_it_would_give(client):
    make_back_pain_site()
    html = client.get("/therapies/?condition=low-back-pain").content.decode()
    said = dict(re.findall(r'<option value="([a-z-]+)"[^>]*>[^<]*\((\d+)\)', html))
    for value, count in said.items():
        key = (
            "level"
            if value in ("likely-helps", "may-help", "mixed", "not-enough-research", "does-not-help", "may-harm")
            else None
        )
        if key:
            response = client.get(f"/therapies/?condition=low-back-pain&level={value}")
            assert response.context["results"].paginator.count == int(count), value
    assert said["low-back-pain"] == "5"


@pytest.mark.parametrize(
    ("asked", "canonical"),
    [
        ("level=may-help&condition=low-back-pain", "condition=low-back-pain&level=may-help"),
        ("condition=bad+back", "condition=low-back-pain"),
        ("condition=LOW-BACK-PAIN", "condition=low-back-pain"),
        ("condition=low-back-pain&level=&kind=&location=", "condition=low-back-pain"),
        ("condition=low-back-pain&page=1", "condition=low-back-pain"),
        ("condition=low-back-pain&utm_source=x", "condition=low-back-pain"),
    ],
)
def test_other_spellings_of_a_question_move_for_good_to_the_one_address(client, asked, canonical):
    make_back_pain_site()
    response = client.get(f"/therapies/?{asked}")
    assert (response.status_code, response.headers["Location"]) == (301, f"/therapies/?{canonical}")


@pytest.mark.parametrize(
    "asked",
    [
        "condition=nothing",
        "level=wow",
        "kind=magic",
        "location=moon",
        "page=0",
        "page=two",
        "page=99",
        "page=٣",
        "condition=%00",
    ],
)
def test_an_unknown_value_is_a_404_page_never_a_full_list(client, asked):
    make_back_pain_site()
    response = client.get(f"/therapies/?{asked}")
    assert response.status_code == 404
    assert "All therapies" in response.content.decode()


def test_a_misspelt_condition_gets_suggestions(client):
    make_back_pain_site()
    assert "/conditions/low-back-pain/" in client.get("/therapies/?condition=low-back-pian").content.decode()


def test_chips_take_back_one_part_each(client):
    make_back_pain_site()
    html = client.get("/therapies/?condition=low-back-pain&level=mixed").content.decode()
    assert 'href="/therapies/?level=mixed"' in html
    assert 'href="/therapies/?condition=low-back-pain"' in html


def test_an_empty_answer_says_which_part_to_take_back(client):
    make_back_pain_site()
    html = client.get("/therapies/?condition=low-back-pain&kind=talking").content.decode()
    assert "No therapy fits all of these" in html


def test_long_lists_come_in_pages_of_twenty(client):
    for number in range(45):
        make_therapy(path=f"therapy-{number:02}", title=f"Therapy {number:02}")
    first, last = client.get("/therapies/"), client.get("/therapies/?page=3")
    assert (len(titles(first)), len(titles(last))) == (20, 5)
    assert 'href="?page=2"' in first.content.decode()
    assert 'href="?page=2"' in last.content.decode()


def test_the_number_of_queries_does_not_grow_with_the_number_of_results(client, django_assert_max_num_queries):
    make_back_pain_site()
    with django_assert_max_num_queries(60) as few:
        client.get("/therapies/?condition=low-back-pain")
    for number in range(12):
        therapy = make_therapy(path=f"more-{number}", title=f"More {number}")
        make_evidence(therapy=therapy, condition=therapy_condition(), level="may-help")
    with django_assert_max_num_queries(len(few)) as many:
        assert len(titles(client.get("/therapies/?condition=low-back-pain"))) == 17
    assert len(many) == len(few)


def therapy_condition():
    from conditions.models import Condition

    return Condition.objects.get(pk="low-back-pain")
