"""What must hold for every type of page, in a real browser."""

import re

from axe_playwright_python.sync_playwright import Axe

from .running import page_types
from .weight import LIMIT, LIMITS, SCRIPT_LIMIT, weigh

WIDTHS = (320, 768, 1280)
# What axe cannot decide by itself, and why it is right: (rule, part of the element's selector or HTML).
EXPLAINED = (
    # The name of a part of the body heads the rows below it; its own row has no other cell.
    ("th-has-data-cells", 'class="map"'),
)
BLOCKS_TOO_SMALL = """() => [...document.querySelectorAll("a, button, select, input, label:has(input)")]
  .filter(e => !e.matches("[type=checkbox], [type=radio], .skip a") && e.checkVisibility())
  .filter(e => getComputedStyle(e).display !== "inline")
  .filter(e => e.getBoundingClientRect().height < 43.9).map(e => e.outerHTML.slice(0, 80))"""


def sideways(page):
    return page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")


def failures(page, rules=None):
    """What axe finds wrong, and what it leaves undecided and we have not explained, as short texts."""
    options = {"resultTypes": ["violations", "incomplete"]}
    if rules:
        options["runOnly"] = {"type": "rule", "values": rules}
    found = Axe().run(page, options=options).response
    return [
        f"{kind}: {rule['id']}: {node['html'][:160]}"
        for kind in ("violations", "incomplete")
        for rule in found[kind]
        for node in rule["nodes"]
        if not any(rule["id"] == known and part in node["html"] for known, part in EXPLAINED)
    ]


def test_anyone_can_use_it_at_any_width_in_light_and_dark(visit):
    page = visit.page
    found = []
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        page.emulate_media(color_scheme="light")
        found += [f"{width} light {text}" for text in failures(page)]
        page.emulate_media(color_scheme="dark")
        # Only colors differ in the dark.
        found += [f"{width} dark {text}" for text in failures(page, ["color-contrast"])]
    assert not found, "\n".join(dict.fromkeys(found))


def test_nothing_scrolls_sideways_even_with_text_twice_as_large(visit):
    page = visit.page
    wide = []
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        wide += [f"{width}"] if sideways(page) > 0 else []
    page.set_viewport_size({"width": 640, "height": 900})
    page.evaluate("document.documentElement.style.fontSize = '200%'")
    wide += ["640 with text twice as large"] if sideways(page) > 0 else []
    assert not wide


def test_a_visit_stays_on_this_site_and_leaves_nothing_behind(visit, site):
    assert visit.asked and all(url.startswith(site.url + "/") for url in visit.asked)
    assert visit.page.context.cookies() == []
    assert visit.page.evaluate("localStorage.length + sessionStorage.length") == 0
    expected = ["the server responded with a status of 404"] if visit.name == "error" else []
    assert [text for text in visit.heard if not any(part in text for part in expected)] == []


def test_it_moves_nothing_while_it_loads(visit):
    assert visit.shift == 0


def test_what_stands_alone_is_large_enough_for_a_finger(visit):
    visit.page.set_viewport_size({"width": 320, "height": 900})
    assert visit.page.evaluate(BLOCKS_TOO_SMALL) == []


def test_a_first_visit_fits_in_one_flight(visit, site):
    found = weigh(site, visit.address)
    assert found.first <= LIMITS.get(visit.name, LIMIT)
    assert found.script <= SCRIPT_LIMIT


def test_every_condition_therapy_and_comparison_fits_too(site, page):
    addresses = []
    for listed in ("/conditions/", "/therapies/"):
        page.goto(listed)
        hrefs = page.eval_on_selector_all("main a", "links => links.map(link => link.pathname)")
        addresses += [href for href in hrefs if re.fullmatch(rf"{listed}[a-z-]+/", href)]
    addresses += [href.replace("/conditions/", "/compare/for/") for href in addresses if "/conditions/" in href]
    too_heavy = {address: w.first for address in dict.fromkeys(addresses) if (w := weigh(site, address)).first > LIMIT}
    assert len(addresses) > 60
    assert too_heavy == {}


def test_print_has_the_words_and_the_way_back_but_no_navigation(visit):
    page = visit.page
    page.emulate_media(media="print", color_scheme="light")
    seen = "els => els.filter(e => e.checkVisibility()).map(e => e.outerHTML.slice(0, 60))"
    assert page.eval_on_selector_all("nav, form, button, footer, .top", seen) == []
    assert page.locator("h1").is_visible()
    if visit.name != "error":
        # The widest comparison gives up its code for bytes; its address is short enough to type.
        assert page.locator(".handout svg").count() == (visit.name != "compare-condition")
        assert visit.address.rstrip("/") in page.locator(".handout").inner_text()
    assert page.pdf().startswith(b"%PDF")


def test_what_speaks_of_care_carries_the_notice_into_print(page):
    pages = page_types()
    for name in ("condition", "therapy", "evidence", "question", "article", "compare-condition", "filter", "location"):
        page.goto(pages[name])
        page.emulate_media(media="print")
        assert page.locator("aside.notice").is_visible(), name


def test_print_shows_where_links_lead_and_who_checked_the_page(page):
    page.goto(page_types()["condition"])
    page.emulate_media(media="print")
    after = "e => getComputedStyle(e, '::after').content"
    assert "http" in page.locator("#sources a[href^=http]").first.evaluate(after)
    assert re.search("Checked against its sources on", page.locator(".review").last.inner_text())
