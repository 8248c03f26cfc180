"""Comparisons are fair: every option answers every row, or says that it is not known."""

import re

import pytest

from therapies.comparison import NOT_KNOWN, Cell, Option, table

from .make import make_approach, make_condition, make_evidence, make_therapy

HEADS = (("safety", "Safety"), ("time", "Time"))


def test_every_option_fills_every_row_in_the_same_order():
    options = [
        Option("A", "/a/", {"time": Cell("text", "An hour"), "safety": Cell("text", "Safe")}),
        Option("B", "/b/", {"time": Cell("text", "A day")}),
    ]
    filled = table(HEADS, options)
    assert [[cell.value for cell in cells] for _, cells in filled.options] == [
        ["Safe", "An hour"],
        [NOT_KNOWN, "A day"],
    ]


def cells_of(response):
    """{option: {head: words}} as a reader with table headers hears it."""
    found = {}
    for option, cells in response.context["table"].options:
        found[option.title] = {key: cell for (key, _), cell in zip(response.context["table"].heads, cells, strict=True)}
    return found


@pytest.mark.django_db
def test_all_approaches_stand_side_by_side_in_their_order(client):
    for order, name in enumerate(["First", "Second", "Third"], 1):
        make_approach(path=name.lower(), title=name, order=order)
    response = client.get("/compare/approaches/")
    assert list(cells_of(response)) == ["First", "Second", "Third"]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("asked", "canonical"),
    [
        ("second/first", "/compare/approaches/first/second/"),
        ("first/first/third", "/compare/approaches/first/third/"),
        ("third/second/first", "/compare/approaches/"),
    ],
)
def test_a_pair_of_approaches_has_one_address(client, asked, canonical):
    for order, name in enumerate(["First", "Second", "Third"], 1):
        make_approach(path=name.lower(), title=name, order=order)
    response = client.get(f"/compare/approaches/{asked}/")
    assert (response.status_code, response.headers["Location"]) == (301, canonical)
    assert client.get(canonical).status_code == 200


@pytest.mark.django_db
def test_therapies_are_compared_for_a_condition_with_no_evidence_said_aloud(client):
    condition = make_condition()
    make_evidence(therapy=make_therapy(path="aa", title="Aa"), condition=condition)
    make_therapy(path="bb", title="Bb")
    cells = cells_of(client.get(f"/compare/therapies/aa/bb/?condition={condition.pk}"))
    assert cells["Aa"]["evidence"].form == "evidence"
    assert cells["Bb"]["evidence"].value == "No evidence recorded"
    assert cells["Bb"]["time"].value == NOT_KNOWN


@pytest.mark.django_db
def test_without_a_condition_the_best_supported_uses_are_shown(client):
    therapy = make_therapy(path="aa", title="Aa")
    for number, level in enumerate(["mixed", "may-help", "not-enough-research", "does-not-help"]):
        make_evidence(therapy=therapy, condition=make_condition(path=f"c{number}", title=f"C{number}"), level=level)
    make_therapy(path="bb", title="Bb")
    shown = cells_of(client.get("/compare/therapies/aa/bb/"))["Aa"]["evidence"].value
    assert [row.level for row in shown] == ["may-help", "mixed", "not-enough-research"]


@pytest.mark.django_db
def test_therapies_in_another_order_move_for_good_and_keep_the_condition(client):
    for name in ("aa", "bb"):
        make_therapy(path=name, title=name)
    response = client.get("/compare/therapies/bb/aa/?condition=x")
    assert (response.status_code, response.headers["Location"]) == (301, "/compare/therapies/aa/bb/?condition=x")


@pytest.mark.django_db
@pytest.mark.parametrize(
    "asked", ["aa", "aa/nobody", "aa/bb/cc/dd/ee", "aa/%00", "..%2f..", "aa/bb/?condition=nothing"]
)
def test_comparisons_that_cannot_be_made_are_404_pages(client, asked):
    for name in ("aa", "bb", "cc", "dd", "ee"):
        make_therapy(path=name, title=name)
    address = f"/compare/therapies/{asked}" if "?" in asked else f"/compare/therapies/{asked}/"
    assert client.get(address).status_code == 404


@pytest.mark.django_db
def test_for_a_condition_usual_care_stands_first_then_the_best_supported(client):
    condition = make_condition()
    make_evidence(therapy=make_therapy(path="aa", title="Aa"), condition=condition, level="mixed")
    make_evidence(therapy=make_therapy(path="bb", title="Bb"), condition=condition, level="may-help")
    response = client.get(f"/compare/for/{condition.pk}/")
    assert list(cells_of(response)) == ["Usual care", "Bb", "Aa"]


@pytest.mark.django_db
def test_row_and_column_headers_are_tied_to_every_cell(client):
    condition = make_evidence().condition
    html = client.get(f"/compare/for/{condition.pk}/").content.decode()
    heads, options = html.count('scope="col"'), html.count('scope="row"')
    assert html.count("<td") == (heads - 1) * options


@pytest.mark.django_db
def test_the_builder_leads_to_the_one_address_without_a_script(client):
    condition = make_evidence(therapy=make_therapy(path="aa", title="Aa")).condition
    make_therapy(path="bb", title="Bb")
    for query, address in [
        ("therapy=bb&therapy=aa&condition=", "/compare/therapies/aa/bb/"),
        (f"therapy=bb&therapy=aa&condition={condition.pk}", f"/compare/therapies/aa/bb/?condition={condition.pk}"),
        (f"condition={condition.pk}", f"/compare/for/{condition.pk}/"),
    ]:
        assert client.get(f"/compare/?{query}").headers["Location"] == address


@pytest.mark.django_db
def test_the_builder_keeps_one_chosen_therapy_and_asks_for_more(client):
    make_therapy(path="aa", title="Aa")
    html = client.get("/compare/?therapy=aa").content.decode()
    assert re.search(r'value="aa"[^>]* checked', html)


@pytest.mark.django_db
@pytest.mark.parametrize(
    "query", ["condition=a b", "condition=%00", "therapy=../x&therapy=y", "approach=%2f%2fevil&approach=b"]
)
def test_the_builder_survives_any_words(client, query):
    assert client.get(f"/compare/?{query}").status_code in (200, 404)
