import html5lib
import pytest
from hypothesis import given
from hypothesis import strategies as st

from integrative.rendering import ALLOWED, Item, Notes, address, items, links, plain, raw_html, render, target

FILE = "conditions/example.md"


def html(text, file=FILE):
    return render(text, file).html.strip()


def elements(fragment):
    """[(tag, {attribute: value})] of a piece of HTML as a browser sees it."""
    root = html5lib.parseFragment(fragment, namespaceHTMLElements=False)
    return [(node.tag, dict(node.attrib)) for node in root.iter() if isinstance(node.tag, str) and node is not root]


def assert_harmless(fragment):
    for tag, attributes in elements(fragment):
        assert tag in ALLOWED or tag in ("sup", "span"), fragment
        assert set(attributes) <= {"href", "id", "title", "start", "align", "scope", "class"}, fragment
        where = attributes.get("href", "#")
        outside = where.startswith(("https://", "http://", "mailto:", "tel:", "#"))
        assert outside or (where[0] == "/" and where[1] not in "/\\"), where


@pytest.mark.parametrize(
    "text",
    [
        "[x](javascript:alert(1))",
        "[x](JaVaScRiPt:alert(1))",
        "[x]( javascript:alert(1))",
        "[x](<javascript:alert(1)>)",
        "[x](&#106;avascript:alert(1))",
        "[x](javascript&colon;alert(1))",
        "[x](\x01javascript:alert(1))",
        "[x](java\tscript:alert(1))",
        "[x](javascript\\:alert(1))",
        "[x]\n\n[x]: javascript:alert(1)",
        "> [x]\n>\n> [x]: javascript:alert(1)",
        "[x][y]\n\n[y]: <javascript:alert(1)> 'title'",
        "[x](vbscript:alert(1))",
        "[x](data:text/html;base64,PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg==)",
        "[x](//example.org/)",
        "[x](\\\\example.org/)",
        "[x](/\\example.org/)",
        "[x](/conditions/example/)",
        "[x](file:///etc/passwd)",
        "[x](ftp://example.org/)",
        "[x](../../../etc/passwd.md)",
        "[x](../nothing/example.md)",
        "[x](../conditions/..%2f..%2fexample.md)",
        "[x](../conditions/Example.md)",
        "[x](../conditions/a/b.md)",
        "[x](../evidence/only-one.md)",
        "[x](..)",
        "[x]()",
    ],
)
def test_a_link_that_may_not_go_anywhere_keeps_its_words_and_loses_its_address(text):
    found = html(text)
    assert "href" not in found
    assert "x" in found
    assert_harmless(found)


@pytest.mark.parametrize(
    "text",
    [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "<b onclick=alert(1)>x</b>",
        "<a href='javascript:alert(1)'>x</a>",
        "<div\nonmouseover='alert(1)'>\n\ntext\n\n</div>",
        "<svg/onload=alert(1)>",
        "<iframe src=https://example.org></iframe>",
        "<style>body{display:none}</style>",
        "<!-- <script>alert(1)</script> -->",
        "<![CDATA[<script>alert(1)</script>]]>",
        "<?php echo 1 ?>",
        "<script",
        "- <b>\n- </b>",
        "| a |\n|---|\n| <b onclick=x>y</b> |",
        "*[x]: <script>alert(1)</script>\n\nx",
        "term\n:   <b>x</b>",
        "`<script>alert(1)</script>`",
        "    <script>alert(1)</script>",
        "&lt;script&gt;alert(1)&lt;/script&gt;",
    ],
)
def test_raw_html_is_shown_as_text_and_never_becomes_an_element(text):
    found = html(text)
    assert_harmless(found)
    assert {tag for tag, _ in elements(found)} <= {
        "p", "ul", "li", "table", "thead", "tbody", "tr", "th", "td", "abbr", "dl", "dt", "dd", "code", "pre"
    }  # fmt: skip


@pytest.mark.parametrize(
    "text",
    ["<script>alert(1)</script>", "<div>\n\ntext\n\n</div>", "a <b>c</b> d", "<!-- note -->"],
)
def test_raw_html_stays_visible_as_it_was_typed(text):
    root = html5lib.parseFragment(html(text), namespaceHTMLElements=False)
    assert "".join(root.itertext()).split() == text.split()


@pytest.mark.parametrize(
    "text",
    [
        '[x](https://example.org/"onmouseover="alert(1))',
        "[x](https://example.org 'a\" onclick=\"alert(1)')",
        "## Words {: onclick=alert(1) }",
        "## Words {#id onclick=alert(1)}",
        "![x](https://example.org/x.png 'a\" onerror=\"alert(1)')",
        '*[x]: a" onclick="alert(1)\n\nx',
    ],
)
def test_event_handlers_do_not_survive(text):
    assert_harmless(html(text))
    assert not any(name.startswith("on") for _, attributes in elements(html(text)) for name in attributes)


PIECES = (
    "<", ">", "</", "/>", "script", "img ", "onerror=", "javascript:", "data:", "//", "[", "](", ")", "]: ", "`",
    "```\n", "&#106;", "&lt;", '"', "'", "\\", "\n", "\n\n", "    ", "| ", "---", "*[a]: ", "a", "!", "[@a]",
    "[@a; @b-c]", "https://", "x.md", "# ", "## ", "- ", "1. ", ":   ", "\x02", "\x03", "klzzwxh:0000", "STX",
    "\u2028", "style=", "class=", "{: ", "}",
)  # fmt: skip


@given(st.lists(st.sampled_from(PIECES), max_size=30).map("".join))
def test_no_text_at_all_becomes_anything_harmful(text):
    assert_harmless(Notes().number(html(text)))


@pytest.mark.parametrize(
    ("href", "file", "where"),
    [
        ("other.md", "conditions/example.md", "/conditions/other/"),
        ("../conditions/other.md", "therapies/example.md", "/conditions/other/"),
        ("../therapies/rest.md", "conditions/example.md", "/therapies/rest/"),
        ("../approaches/rest.md", "conditions/example.md", "/approaches/rest/"),
        ("../locations/harbor.md", "conditions/example.md", "/locations/harbor/"),
        ("../pages/about.md", "conditions/example.md", "/about/"),
        ("../faq/is-it.md", "conditions/example.md", "/faq/is-it/"),
        ("../articles/walk.md", "conditions/example.md", "/articles/walk/"),
        ("../sources/study.md", "conditions/example.md", "/sources/study/"),
        ("../terms/rest.md", "conditions/example.md", "/glossary/#rest"),
        ("../evidence/rest/fog.md", "conditions/example.md", "/evidence/rest/fog/#fog"),
        ("../../evidence/rest/fog.evening.md", "evidence/walk/fog.md", "/evidence/rest/fog/#fog-evening"),
        ("../offerings/harbor/rest.md", "conditions/example.md", "/locations/harbor/"),
        ("https://example.org/a?b=c#d", "conditions/example.md", "https://example.org/a?b=c#d"),
        ("mailto:a@example.org", "conditions/example.md", "mailto:a@example.org"),
        ("tel:911", "conditions/example.md", "tel:911"),
        ("#part", "conditions/example.md", "#part"),
    ],
)
def test_a_record_link_becomes_the_address_of_its_page(href, file, where):
    assert address(href, file) == where
    assert elements(html(f"[x]({href})", file))[1] == ("a", {"href": where})


def test_the_same_text_in_another_folder_links_to_another_page():
    assert 'href="/conditions/other/"' in html("[x](other.md)", "conditions/a.md")
    assert 'href="/therapies/other/"' in html("[x](other.md)", "therapies/a.md")


def test_a_target_is_a_record_inside_the_content_folder_or_nothing():
    assert target("../evidence/rest/fog.md#part", FILE) == ("evidence", "rest/fog")
    for href in ("../../conditions/fog.md", "/conditions/fog.md", "../conditions/fog", "../secrets/fog.md", "fog.md?x"):
        assert target(href, FILE) is None


def test_every_way_to_write_a_link_is_found():
    text = (
        "[a](one.md) [b [c] d](two.md 'title') [e](<three.md>) [two\nlines]( four.md ) ![f](five.png) [g][h] "
        "`[i](code.md)`\n\n[h]: six.md\n\n```\n[j](code.md)\n```\n\\[k\\](seven.md) [@cited]\n"
    )
    assert links(text) == ["one.md", "two.md", "three.md", "four.md", "five.png", "six.md"]


@pytest.mark.parametrize("text", ["a < b > c", "1 <2", "`<b>`", "<https://example.org>", "->", "```\n<b>\n```"])
def test_signs_that_are_no_html_are_not_taken_for_it(text):
    assert raw_html(text) is None


@pytest.mark.parametrize(
    "tag", ["<b>", "</b>", "<br/>", "<a href=x>", "<!-- x -->", "<!doctype html>", "<?xml?>", "<a-b>"]
)
def test_every_kind_of_html_tag_is_seen(tag):
    assert raw_html(f"text {tag} text") == tag


def test_citations_get_numbers_in_the_order_of_their_first_use():
    notes = Notes()
    first = notes.number(html("One. [@b; @a]\n\nTwo. [@a] Three. [@c]"))
    second = notes.number(html("Four. [@c; @b]"))
    cited = [attributes["href"] for tag, attributes in elements(first + second) if tag == "a"]
    assert cited == ["#s1", "#s2", "#s2", "#s3", "#s3", "#s1"]
    assert notes.numbers == {"b": 1, "a": 2, "c": 3}
    assert '<a href="#s3">3</a>,<a href="#s1">1</a>' in second
    assert "[@" not in first + second


def test_a_number_stands_close_to_its_sentence():
    assert Notes().number("<p>One. [@a]</p>").startswith('<p>One.<sup class="cite">')


def test_a_citation_inside_a_tag_does_not_break_the_tag():
    for text in (
        '[x](https://example.org "see [@a] > b")',
        "*[CBT]: talk [@a]\n\nCBT",
        "[x](https://example.org/[@a])",
    ):
        found = Notes().number(html(text))
        assert "<sup" not in found
        assert_harmless(found)


def test_cited_sources_are_listed_by_number_without_those_that_are_not_published(db):
    from .make import make_source

    make_source(path="one")
    make_source(path="two")
    make_source(path="gone", status="retired")
    notes = Notes()
    notes.number("[@two] [@gone] [@one] [@nobody]")
    assert [(number, source.pk) for number, source in notes.sources()] == [(1, "two"), (3, "one")]


def test_tables_are_aligned_without_style_attributes():
    found = html("| a | b | c |\n|:--|:-:|--:|\n| 1 | 2 | 3 |")
    assert "style" not in found
    assert [attributes for tag, attributes in elements(found) if tag == "td"] == [
        {"align": "left"}, {"align": "center"}, {"align": "right"}
    ]  # fmt: skip


def test_headings_have_ids_and_the_page_can_list_those_of_level_2():
    found = render("## One thing\n\n### Smaller\n\n## One thing\n", FILE)
    assert [words for _, words in found.headings] == ["One thing", "One thing"]
    ids = [attributes["id"] for tag, attributes in elements(found.html) if tag in ("h2", "h3")]
    assert len(set(ids)) == 3
    assert [name for name, _ in found.headings] == [ids[0], ids[2]]


def test_items_know_their_group_and_their_sources():
    text = "- One. [@a]\n\n### Rare\n\n- Two. [@b; @c]\n* Three.\n\nNo item.\n"
    assert items(text) == [
        Item("", "One. [@a]", ("a",)),
        Item("Rare", "Two. [@b; @c]", ("b", "c")),
        Item("Rare", "Three.", ()),
    ]


def test_plain_text_has_no_markup_no_citations_and_no_escapes():
    text = "## A & B\n\n*One* [two](https://example.org) < three. [@a]\n\n- four"
    assert plain(text) == "A & B One two < three. four"
