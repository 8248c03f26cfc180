"""Differences word by word, and three texts held beside each other."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from integrative.wording import changes, pieces, three_way

TEXTS = st.text(alphabet="ab .,\n’é-", max_size=80)


@given(TEXTS, TEXTS)
def test_what_is_taken_out_and_what_stays_is_the_old_text_and_with_what_is_put_in_the_new(old, new):
    found = pieces(old, new)
    assert "".join(text for kind, text in found if kind != "in") == old
    assert "".join(text for kind, text in found if kind != "out") == new


@pytest.mark.parametrize(("old", "new", "said"), [
    ("You sit for a while.", "You sit for an hour.", "You sit for [-a while-]{+an hour+}."),
    ("One. Two.", "One. And. Two.", "One{+. And+}. Two."),
    ("same\nold line\n", "same\nnew line\n", "same\n[-old-]{+new+} line\n"),
])  # fmt: skip
def test_the_smallest_change_in_words_is_shown(old, new, said):
    marks = {"same": "{}", "out": "[-{}-]", "in": "{{+{}+}}"}
    assert "".join(marks[kind].format(text) for kind, text in pieces(old, new)) == said


def test_a_very_long_text_is_compared_in_a_moment():
    old = "word " * 30_000
    assert pieces(old, old + "end")[-1] == ("in", old + "end")


def test_only_what_differs_is_told_and_lists_line_by_line():
    found = changes({"a": "x", "tags": ["one", "two"]}, {"a": "x", "tags": ["one"]}, {"a": "A", "tags": "Topics"})
    assert [(change.label, change.pieces) for change in found] == [("Topics", (("same", "one"), ("out", "\ntwo")))]


@pytest.mark.parametrize(("base", "theirs", "mine", "kind", "merged"), [
    ("a", "a", "a", "same", "a"), ("a", "b", "a", "theirs", "b"), ("a", "a", "b", "mine", "b"),
    ("a", "b", "c", "both", "c"), ("a", "b", "b", "same", "b"), ("", "b", "", "theirs", "b"),
])  # fmt: skip
def test_a_part_that_one_side_changed_is_taken_and_one_that_both_changed_is_asked_about(
    base, theirs, mine, kind, merged
):
    (part,) = three_way({"x": base}, {"x": theirs}, {"x": mine}, {"x": "X"})
    assert (part.kind, part.merged) == (kind, merged)
