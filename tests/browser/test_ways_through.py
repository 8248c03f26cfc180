"""How people get about: by keyboard, on a phone, without scripts."""

import re

import pytest

from .running import page_types

FOCUSED = """() => { const e = document.activeElement; const s = getComputedStyle(e);
  return {name: (e.textContent || e.name || "").trim().replace(/\\s+/g, " "), tag: e.tagName, body: e === document.body,
          ring: s.outlineStyle !== "none" && parseFloat(s.outlineWidth) >= 3}; }"""


def tab(page):
    page.keyboard.press("Tab")
    return page.evaluate(FOCUSED)


def focus_path(page, most=400):
    """Everything Tab reaches, in order, until focus leaves the page."""
    path = []
    for _ in range(most):
        now = tab(page)
        if now["body"]:
            return path
        path.append(now)
    pytest.fail("Tab never left the page: a trap.")


@pytest.mark.parametrize("name", ["home", "condition", "filter", "compare", "compare-condition", "question"])
def test_a_keyboard_reaches_everything_once_and_always_sees_where_it_is(page, name):
    page.goto(page_types()[name])
    path = focus_path(page)
    assert path[0]["name"] == "Skip to the main text"
    assert [now for now in path if not now["ring"]] == []
    reachable = page.evaluate(
        """() => { const found = [...document.querySelectorAll("a[href], button, input, select, [tabindex='0']")]
          .filter(e => e.checkVisibility()); const groups = new Set();
          return found.filter(e => e.type !== "radio" || (!groups.has(e.name) && groups.add(e.name))).length; }"""
    )
    assert len(path) == reachable


def test_the_skip_link_jumps_over_the_header(page):
    page.goto("/conditions/")
    tab(page)
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"
    assert page.evaluate(
        "() => { const e = document.querySelector('main'); return !!e.contains(document.activeElement) }"
    )
    assert tab(page)["name"] == "Home"


def test_the_menu_of_a_phone_opens_and_closes_by_keyboard(page):
    page.set_viewport_size({"width": 320, "height": 700})
    page.goto("/")
    menu = page.locator("#menu")
    assert not menu.is_visible()
    page.get_by_role("button", name="Menu", exact=True).press("Enter")
    assert menu.is_visible()
    assert tab(page)["name"] == "Conditions"
    page.keyboard.press("Escape")
    assert not menu.is_visible()
    assert page.evaluate(FOCUSED)["name"] == "Menu"


def test_the_menu_of_a_phone_needs_no_script(without_scripts):
    without_scripts.set_viewport_size({"width": 320, "height": 700})
    without_scripts.goto("/")
    without_scripts.get_by_role("button", name="Menu", exact=True).click()
    without_scripts.get_by_role("link", name="Evidence map", exact=True).click()
    assert without_scripts.get_by_role("heading", level=1).inner_text() == "Evidence map"


def test_the_menu_marks_the_page_it_is_on(page):
    page.goto("/therapies/")
    assert page.locator("#menu [aria-current=page]").inner_text() == "Therapies"
    page.goto(page_types()["therapy"])
    assert page.locator("#menu [aria-current=true]").inner_text() == "Therapies"


def test_the_home_page_leads_to_a_condition_without_scripts(without_scripts):
    without_scripts.goto("/")
    without_scripts.get_by_label("I have…").fill("back pain")
    without_scripts.get_by_role("button", name="Show me").click()
    assert without_scripts.get_by_role("heading", level=1).inner_text() == "Low back pain"


def test_the_filter_works_without_scripts(without_scripts):
    without_scripts.goto("/therapies/")
    without_scripts.get_by_label("Condition", exact=True).select_option("low-back-pain")
    without_scripts.get_by_role("button", name="Show therapies").click()
    without_scripts.wait_for_url("**?condition=low-back-pain")
    count = int(without_scripts.locator(".count").inner_text().split()[0])
    assert without_scripts.locator(".result").count() == count > 0


def test_two_therapies_can_be_compared_without_scripts(without_scripts):
    without_scripts.goto("/compare/")
    for name in ("Acupuncture", "Yoga"):
        without_scripts.get_by_label(name, exact=True).check()
    without_scripts.locator("form", has=without_scripts.get_by_label("Yoga", exact=True)).get_by_role("button").click()
    without_scripts.wait_for_url("**/compare/therapies/**")
    assert without_scripts.get_by_role("rowheader").all_inner_texts() == ["Acupuncture", "Yoga"]


def test_findings_can_be_narrowed_to_one_part_of_the_body_without_scripts(without_scripts):
    without_scripts.goto(page_types()["therapy"])
    parts = without_scripts.locator(".system")
    label = without_scripts.locator(".pick label").nth(2)
    label.click()
    shown = [parts.nth(i).locator("h3").inner_text() for i in range(parts.count()) if parts.nth(i).is_visible()]
    assert shown == [label.inner_text().strip()]


@pytest.mark.parametrize("name", ["compare-therapies", "compare-condition", "compare-approaches"])
def test_options_are_sections_on_a_phone_and_columns_on_a_wide_screen(page, name):
    page.goto(page_types()[name])
    heads = page.get_by_role("rowheader")
    page.set_viewport_size({"width": 320, "height": 900})
    tops = [heads.nth(i).bounding_box()["y"] for i in range(heads.count())]
    assert tops == sorted(set(tops))
    page.set_viewport_size({"width": 1280, "height": 900})
    boxes = [heads.nth(i).bounding_box() for i in range(heads.count())]
    assert len({round(box["y"]) for box in boxes}) == 1
    assert [box["x"] for box in boxes] == sorted({box["x"] for box in boxes})


def test_the_heads_of_a_wide_comparison_stay_in_sight(page):
    page.set_viewport_size({"width": 1280, "height": 900})
    page.goto(page_types()["compare-condition"])
    region = page.get_by_role("region", name="Comparison")
    region.scroll_into_view_if_needed()
    place = region.bounding_box()
    region.evaluate("e => e.scrollTo({left: 900, top: 500, behavior: 'instant'})")
    row_head = page.get_by_role("columnheader", name="Safety", exact=True).bounding_box()
    option = page.get_by_role("rowheader").last.bounding_box()
    assert abs(row_head["x"] - place["x"]) < 3
    assert abs(option["y"] - place["y"]) < 3


def test_print_and_copy_buttons_appear_only_with_scripts(page, without_scripts):
    page.goto("/")
    assert page.get_by_role("button", name="Print this page").is_visible()
    without_scripts.goto("/")
    assert not without_scripts.get_by_role("button", name="Print this page").is_visible()


def test_copying_puts_the_address_on_the_clipboard_and_says_so(page):
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.goto("/conditions/low-back-pain/")
    page.get_by_role("button", name="Copy the link").click()
    page.get_by_text("Link copied.").wait_for()
    assert page.evaluate("navigator.clipboard.readText()") == page.url


def test_a_qr_code_stands_for_the_address_of_its_page(page):
    import segno

    page.goto("/conditions/low-back-pain/")
    drawn = page.locator(".qr path").get_attribute("d")
    code = segno.make(page.url, error="l", boost_error=False, micro=False)
    assert f'd="{drawn}"' in code.svg_inline(border=0, omitsize=True)


def test_readers_who_ask_for_less_motion_get_none(page):
    page.emulate_media(reduced_motion="reduce")
    page.goto("/")
    assert page.evaluate("getComputedStyle(document.documentElement).scrollBehavior") == "auto"


def test_ratings_keep_word_and_shape_in_forced_colors(page):
    page.emulate_media(forced_colors="active")
    page.goto("/")
    levels = page.locator(".scale .level")
    assert levels.count() == 6
    assert all(re.search(r"\w", text) for text in levels.all_inner_texts())
    assert all(box["width"] >= 16 for box in (levels.nth(i).locator("svg").bounding_box() for i in range(6)))
