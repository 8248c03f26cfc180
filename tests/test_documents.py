import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from integrative.documents import CONTROL, MERGE_MARKERS, Document, DocumentError, Shape, decode, parse

FLAT = Shape(("title", "names", "topics", "status"), frozenset({"names", "topics"}), frozenset({"topics"}))
PARTS = Shape(("title", "status"), sections={"what": "What it is", "next": "What you can do"})

YAML_WORDS = (
    "no", "yes", "on", "true", "null", "~", "1.10", "0x1F", "1e3", "12:30", "2026-11-24", "=", "<<", "---", "...",
    "-", "?", "- a", "? a", "a: b", "a:", ": a", "a # b", "#a", "&a", "*a", "!a", "!!str a", "%TAG", "@a", "`a`", "'",
    '"', "''", '""', "'a", 'a"b', "{a}", "[a]", "a, b", "|", ">", "|-", "\\", "\\n", "“quoted”", "café",
    "naïve – dash", "日本語", "🙂", "\u200d", "'a': b", '"a" b', "a 'b' \"c\"",
)  # fmt: skip


def problems(text, shape=FLAT):
    """[(line, message)] of a file's text that cannot be read."""
    with pytest.raises(DocumentError) as caught:
        parse(decode(text if isinstance(text, bytes) else text.encode()), shape)
    return caught.value.problems


def front(*lines):
    return "\n".join(["---", *lines, "---", ""])


def reread(document):
    return parse(decode(document.text().encode()), document.shape)


def plain(text):
    return unicodedata.normalize("NFC", CONTROL.sub("", text).replace("\r", ""))


WORDS = st.one_of(
    st.sampled_from(YAML_WORDS),
    st.text(st.characters(exclude_categories=["Cs"])).map(lambda t: " ".join(plain(t).split())),
).filter(bool)
LISTS = st.lists(WORDS, min_size=1, max_size=5, unique=True)
LINES = st.one_of(
    st.sampled_from(["", "---", "- item", "### Own heading", "# no", "```", "    code", "key: value"]), WORDS
)
TEXTS = (
    st.lists(LINES.filter(lambda line: not line.startswith(("## ", *MERGE_MARKERS))), min_size=1, max_size=8)
    .map(lambda lines: plain("\n".join(lines)).strip())
    .filter(bool)
)


@given(title=WORDS, names=LISTS, topics=LISTS.map(sorted), body=TEXTS)
def test_a_document_is_the_same_after_it_was_written_and_read(title, names, topics, body):
    document = Document(FLAT, {"title": title, "names": names, "topics": topics, "body": body})
    assert reread(document) == document


@given(st.fixed_dictionaries({}, optional={"title": WORDS, "status": WORDS, "what": TEXTS, "next": TEXTS}))
def test_a_document_with_sections_is_the_same_after_it_was_written_and_read(values):
    document = Document(PARTS, values)
    assert reread(document) == document


@pytest.mark.parametrize("word", YAML_WORDS)
def test_a_value_stays_the_text_that_was_written(word):
    document = Document(FLAT, {"title": word, "names": [word, "other"]})
    assert reread(document).values == {"title": word, "names": [word, "other"]}


@pytest.mark.parametrize("word", ["no", "yes", "1.10", "007", "12:30", "2026-11-24", "null", "~", "0x1F", "1_000"])
def test_words_that_yaml_reads_as_something_else_need_no_quotes(word):
    text = front(f"title: {word}", "names:", f"- {word}")
    document = parse(text, FLAT)
    assert document.values == {"title": word, "names": [word]}
    assert document.text() == text


@given(
    st.binary(max_size=200) | st.text(max_size=200).map(lambda text: f"---\n{text}\n---\n".encode("utf-8", "replace"))
)
@example(b"---\n? [a]\n: b\n---\n")
@example(b"---\n<<: a\n---\n")
@example(b"---\n" + b"[" * 2000 + b"\n---\n")
@example(b"---\n" + b"a: &a\n- " * 300 + b"\n---\n")
@example("---\ntitle: \x85\n---\n".encode())
@example("---\ntitle: \x80\n---\n".encode())
@example("---\ntitle: \ufffe\n---\n".encode())
@example(b'---\ntitle: "\\ud800"\n---\n')
def test_any_bytes_are_a_document_or_a_list_of_one_line_messages(raw):
    for shape in (FLAT, PARTS):
        try:
            document = parse(decode(raw), shape)
        except DocumentError as error:
            assert error.problems
            assert all(line >= 1 and "\n" not in message for line, message in error.problems)
        else:
            assert reread(document) == document


def test_a_file_in_canonical_form_is_written_back_byte_for_byte():
    text = front("title: 'A: b'", "names:", "- no", "status: draft") + "Some text.\n\n---\n\nAfter a rule.\n"
    assert parse(text, FLAT).text() == text


def test_quotes_order_of_keys_and_block_text_are_brought_to_one_form():
    loose = front('status: "draft"', "topics: [b, a]", "title: >-", "  two", "  lines", "") + "\n\nBody.\n\n\n"
    neat = front("title: two lines", "topics:", "- a", "- b", "status: draft") + "Body.\n"
    assert parse(loose, FLAT).text() == neat


def test_a_long_value_stays_on_one_line():
    text = front(f"title: {'word ' * 100}end", "names:", f"- '{'a: b ' * 100}end'")
    assert parse(text, FLAT).text() == text


def test_the_order_of_a_list_is_kept_where_it_means_something():
    assert parse(front("names: [b, a]"), FLAT).values["names"] == ["b", "a"]


def test_empty_values_and_empty_sections_are_left_out():
    text = front("title: ''", "names: []", "status: draft") + "## What it is\n\n## What you can do\n\nRead.\n"
    shape = Shape(FLAT.keys, FLAT.lists, FLAT.unordered, PARTS.sections)
    document = parse(text, shape)
    assert document.values == {"status": "draft", "next": "Read."}
    assert document.text() == front("status: draft") + "## What you can do\n\nRead.\n"


def test_three_hyphens_in_the_body_end_nothing():
    assert parse(front("title: a") + "One\n\n---\n\ntitle: b\n\n---\n", FLAT).values["body"].count("---") == 2


def test_sections_come_out_in_their_fixed_order():
    text = front("title: a") + "## What you can do\n\nRead.\n\n## What it is\n\nA thing.\n"
    assert parse(text, PARTS).text() == front("title: a") + "## What it is\n\nA thing.\n\n## What you can do\n\nRead.\n"


@pytest.mark.parametrize(
    ("lines", "line"),
    [
        (["# first", "title: a"], 2),
        (["title: a # why"], 2),
        (["title: a", "", "", "# late"], 5),
        (["title: a", "names:", "# between", "- b"], 4),
        (["title: a", "names: # list", "- b"], 3),
        (["names: [a, # inside", "  b]"], 2),
        (["title: | # block", "  a"], 2),
        (["title: |", "  a", "# after a block", "status: b"], 4),
        (["title: 'a # b'", "status: b # c"], 3),
    ],
)
def test_a_comment_in_front_matter_is_refused_where_it_stands(lines, line):
    assert problems(front(*lines)) == [(line, "comments in front matter would be lost: put them in the text")]


@pytest.mark.parametrize("value", ["a#b", "'a # b'", '"# a"', "https://example.org/#part"])
def test_a_number_sign_inside_a_value_is_no_comment(value):
    assert "#" in parse(front(f"title: {value}"), FLAT).values["title"]


@pytest.mark.parametrize(
    "value", ["&a b", "*a", "!tag b", "!!str b", "!!python/object/apply:os.system [b]", "!!binary aGk="]
)
def test_anchors_aliases_and_tags_are_refused(value):
    assert problems(front("status: draft", f"title: {value}")) == [
        (3, "anchors, aliases, tags and directives are not allowed")
    ]


def test_an_alias_bomb_is_refused_before_it_grows():
    bomb = [f"k{n}: &k{n} [{', '.join([f'*k{n - 1}'] * 9)}]" for n in range(1, 200)]
    said = problems(front("k0: &k0 [lol]", *bomb))
    assert {message for _, message in said} == {"anchors, aliases, tags and directives are not allowed"}
    assert len(said) < 50


def test_all_problems_of_a_file_are_named_at_once_each_with_its_line():
    text = front("titel: a", "names: b", "status: [c]") + "Text.\n\n## What it is\n\nA.\n\n## Elsewhere\n"
    shape = Shape(FLAT.keys, FLAT.lists, FLAT.unordered, PARTS.sections)
    assert problems(text, shape) == [
        (2, "unknown key 'titel'; did you mean 'title'?"),
        (3, "'names' is a list: write each value on a line of its own after `- `"),
        (4, "'status' is one text, not a list"),
        (6, "text stands before the first section heading"),
        (12, "unknown section 'Elsewhere'; known: What it is, What you can do"),
    ]


def test_a_document_knows_the_line_of_each_key_and_of_each_place_in_a_text():
    text = front("title: a", "status: b") + "\n## What it is\n\n\nOne.\n\nTwo.\n"
    document = parse(text, PARTS)
    assert [document.line(key) for key in ("title", "status", "what", "next")] == [2, 3, 9, 1]
    assert text.split("\n")[document.line("what", document.values["what"].index("Two")) - 1] == "Two."


def test_a_byte_order_mark_and_foreign_line_ends_are_taken_away():
    neat = front("title: a", "status: b") + "One.\n\nTwo.\n"
    for end in ("\r\n", "\r"):
        raw = b"\xef\xbb\xbf" + neat.replace("\n", end).encode()
        assert parse(decode(raw), FLAT).text() == neat


def test_letters_made_of_two_characters_become_one():
    raw = front('title: "cafe\\u0301"', "status: cafe\u0301").encode() + "cafe\u0301\n".encode()
    assert parse(decode(raw), FLAT).values == {"title": "café", "status": "café", "body": "café"}


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        (b"---\ntitle: a\n---\nt\xff\n", (4, "the file is not UTF-8 text")),
        (b"\xef\xbb\xbf---\n\xff", (2, "the file is not UTF-8 text")),
        ("---\ntitle: a\n---\n".encode("utf-16"), (1, "the file is not UTF-8 text")),
        (b"---\ntitle: a\n---\n\0\n", (4, "a control character (U+0000) does not belong in text")),
        ("---\ntitle: a\u2028b\n---\n".encode(), (2, "a control character (U+2028) does not belong in text")),
        (b"---\n---\n" + b"a" * 1_000_000, (1, "the file is larger than 1 MB")),
        (b"---\n---\n<<<<<<< ours\n", (3, "a merge marker was left in the file")),
    ],
)
def test_bytes_that_are_no_text_are_refused(raw, said):
    assert problems(raw) == [said]


def test_documents_with_the_same_text_have_the_same_digest_and_others_have_not():
    one, same = parse(front("title: a", "status: b"), FLAT), parse(front("status: 'b'", "title: 'a'"), FLAT)
    assert one.digest() == same.digest() != parse(front("title: a", "status: c"), FLAT).digest()
    assert len(one.digest()) == 32
