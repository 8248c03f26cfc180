"""Suggestions below the search field, for eyes, keyboards and screen readers; without scripts it is a plain field."""

FIELD = "#search-page"
LIST = f"{FIELD}-list"


def begun(page, words):
    page.goto("/search/")
    page.locator(FIELD).press_sequentially(words)
    page.locator(f"{LIST} [role=option]").first.wait_for()
    return page.locator(FIELD)


def test_suggestions_open_below_the_field_and_say_so(page):
    field = begun(page, "acup")
    assert field.get_attribute("role") == "combobox" and field.get_attribute("aria-expanded") == "true"
    assert field.get_attribute("aria-controls") == LIST[1:]
    assert page.locator(f"{LIST} [role=option]").first.text_content().startswith("Acupuncture")
    assert not page.heard


def test_arrow_keys_choose_and_enter_goes_there(page):
    field = begun(page, "acupuncture")
    field.press("ArrowDown")
    chosen = page.locator(f"{LIST} [aria-selected=true]")
    assert chosen.count() == 1 and field.get_attribute("aria-activedescendant") == chosen.get_attribute("id")
    field.press("Enter")
    page.wait_for_url("**/therapies/acupuncture/")


def test_escape_closes_and_enter_then_searches(page):
    field = begun(page, "acup")
    field.press("Escape")
    assert page.locator(LIST).is_hidden() and field.get_attribute("aria-expanded") == "false"
    field.press("Enter")
    page.wait_for_url("**/search/?q=acup")


def test_a_suggestion_can_be_tapped(page):
    begun(page, "high blood sugar")
    page.locator(f"{LIST} [role=option]").first.click()
    page.wait_for_url("**/conditions/diabetes/")


def test_it_works_without_scripts(without_scripts):
    without_scripts.goto("/search/")
    without_scripts.locator(FIELD).fill("acupuncture")
    without_scripts.locator(FIELD).press("Enter")
    without_scripts.wait_for_url("**/search/?q=acupuncture")
    assert without_scripts.locator("h1").text_content() == "Results for “acupuncture”"


def test_readers_get_no_cookie_and_nothing_is_asked_of_others(page, site):
    begun(page, "acup")
    assert page.context.cookies() == []
    assert all(address.startswith(site.url) for address in page.asked)
