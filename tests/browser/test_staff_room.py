"""The staff room in a real browser, as author, reviewer, publisher and reader, under the site's own security policy."""

from datetime import timedelta

import pytest
from django.utils import timezone

from integrative.revisions import Revision, State
from tests.make import make_condition, make_page, make_source, make_therapy
from tests.staff import draft, make_person, place

from .staff import address, database_beside_the_browser, sign_in  # noqa: F401 - fixtures

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture(autouse=True)
def standing_pages(transactional_db):
    for name in ("emergency", "notice"):
        make_page(path=name, title=name.capitalize())


def step(page, name, words=None, **fields):
    """Open a step at the desk, fill it in and take it."""
    box = page.locator(f"#do-{name}")
    box.locator("summary").click()
    for field, value in fields.items():
        box.locator(f"[name={field}]").fill(value)
    for tick in box.locator("input[type=checkbox]").all():
        tick.check()
    box.locator("input[type=submit]").click()
    page.wait_for_load_state()
    assert page.locator(".messagelist .error").count() == 0, page.locator(".messagelist").inner_text()


def test_the_whole_way_from_a_draft_to_the_page_and_back(sign_in):  # noqa: F811
    condition = make_condition(path="back", title="Back", summary="The first words.")
    author, reviewer = sign_in(make_person("Author")), sign_in(make_person("Clinical reviewer"))
    publisher, reader = sign_in(make_person("Publisher")), sign_in()
    desk = place(condition, "desk")

    author.goto(place(condition))
    author.fill("[name=summary]", "The second words, and far too many of them.")
    author.fill("[name=change_note]", "Say it better")
    author.click("[name=_desk] >> nth=0")
    step(author, "submit")

    reviewer.goto("/admin/")
    reviewer.click("text=Back >> nth=0")
    assert reviewer.locator("ins").first.inner_text().startswith("second")
    step(reviewer, "send-back", note="Shorter, please.")

    author.goto(desk)
    assert author.get_by_text("Shorter, please.").first.is_visible()
    author.click("text=Edit >> nth=0")
    author.fill("[name=summary]", "The second words.")
    author.click("[name=_desk] >> nth=0")
    step(author, "submit")

    reviewer.goto(desk)
    step(reviewer, "sign")

    publisher.goto(desk)
    when = timezone.localtime(timezone.now() + timedelta(days=2)).strftime("%Y-%m-%dT%H:%M")
    step(publisher, "schedule", when=when, note="Say it better")
    publisher.goto("/admin/calendar/")
    assert publisher.get_by_text("Say it better").is_visible()
    reader.goto("/conditions/back/")
    assert reader.get_by_text("The first words.").first.is_visible()

    Revision.objects.filter(state=State.SCHEDULED).update(publish_at=timezone.now() - timedelta(seconds=1))
    reader.goto("/conditions/back/")
    assert reader.get_by_text("The second words.").first.is_visible()
    assert reader.get_by_text("Say it better").is_visible()
    assert reader.get_by_text("Reviewed by Rui Reviewer").is_visible()

    author.goto(place(condition, "history"))
    author.select_option("#restore", index=-1 + author.locator("#restore option").count())
    author.click("text=Make it the draft")
    step(author, "submit")
    publisher.goto(desk)
    step(publisher, "publish", note="Back to the first words")
    reader.goto("/conditions/back/")
    assert reader.get_by_text("The first words.").first.is_visible()
    for page in (author, reviewer, publisher, reader):
        assert page.complaints == []


def test_two_people_at_one_record_see_each_other_and_lose_nothing(sign_in):  # noqa: F811
    condition = make_condition(summary="Old.")
    first, second = sign_in(make_person("Author")), sign_in(make_person("Author", first_name="Bea", last_name="B"))
    first.goto(place(condition))
    second.goto(place(condition))
    assert second.get_by_text("Ana Autor has this open since").is_visible()
    first.fill("[name=summary]", "Ana's words.")
    first.click("[name=_save] >> nth=0")
    second.fill("[name=summary]", "Bea's words.")
    second.click("[name=_save] >> nth=0")
    second.wait_for_url("**/settle/**")
    for words in ("Old.", "Ana's words.", "Bea's words."):
        assert second.locator(".staff-three").get_by_text(words, exact=True).is_visible()
    second.fill("#text-summary", "Both their words.")
    second.click("text=Make this the draft")
    first.goto(place(condition))
    assert first.input_value("[name=summary]") == "Both their words."
    assert first.complaints + second.complaints == []


def test_leaving_a_form_keeps_what_was_typed(sign_in):  # noqa: F811
    condition = make_condition(summary="Old.")
    author = sign_in(make_person("Author"))
    author.goto(place(condition))
    author.fill("[name=summary]", "Typed and left.")
    author.goto("/admin/")
    author.goto(place(condition))
    assert author.input_value("[name=summary]") == "Typed and left."


def test_an_open_form_keeps_itself_and_can_be_saved_afterwards(sign_in):  # noqa: F811
    condition = make_condition(summary="Old.")
    author = sign_in(make_person("Author"))
    author.clock.install()
    author.goto(place(condition))
    author.fill("[name=summary]", "Kept by itself.")
    author.clock.fast_forward(21_000)
    author.get_by_text("Kept as a draft at").wait_for()
    assert Revision.objects.get(state=State.DRAFT).values["summary"] == "Kept by itself."
    author.fill("[name=summary]", "And saved.")
    author.click("[name=_save] >> nth=0")
    author.get_by_text("Draft saved.").wait_for()
    assert Revision.objects.get(state=State.DRAFT).values["summary"] == "And saved."
    assert not Revision.objects.filter(state=State.ASIDE).exists()


def test_help_with_markdown_works_under_the_security_policy(sign_in):  # noqa: F811
    condition = make_condition(what_you_can_do="Try it.")
    make_therapy(path="light-touch", title="Light touch")
    make_source(path="big-study", title="The big study")
    author = sign_in(make_person("Author"))
    author.goto(place(condition))
    area = author.locator("[name=what_you_can_do]")
    area.click()
    author.keyboard.press("Control+A")
    author.keyboard.press("Control+B")
    assert area.input_value() == "**Try it.**"
    author.keyboard.press("End")
    author.keyboard.type(" ")
    author.keyboard.press("Control+K")
    author.locator("dialog input").fill("light")
    author.get_by_role("button", name="Light touch (therapy)").click()
    author.keyboard.type(" ")
    author.keyboard.press("Control+E")
    author.locator("dialog input").fill("big")
    author.get_by_role("button", name="The big study (source)").click()
    assert area.input_value() == "**Try it.** [Light touch](../therapies/light-touch.md) [@big-study]"
    box = author.locator("[name=what_you_can_do] + details")
    box.locator("summary").click()
    assert box.locator("a[href='/therapies/light-touch/']").inner_text() == "Light touch"
    area.press("End")
    author.keyboard.type(" And *more*.")
    assert box.locator("em").inner_text() == "more"
    assert author.complaints == []


def test_everything_works_without_javascript(sign_in):  # noqa: F811
    condition = make_condition(summary="Old.")
    author = sign_in(make_person("Author"), java_script_enabled=False)
    author.goto(place(condition))
    author.fill("[name=summary]", "New without scripts.")
    author.click("[name=_desk] >> nth=0")
    step(author, "submit")
    publisher = sign_in(make_person("Publisher"), java_script_enabled=False)
    publisher.goto(place(condition, "desk"))
    step(publisher, "publish", note="Newer")
    condition.refresh_from_db()
    assert condition.summary == "New without scripts."


def test_the_preview_shows_draft_and_page_side_by_side_on_a_wide_screen(sign_in):  # noqa: F811
    condition = make_condition(summary="Old.")
    draft(condition, make_person("Author"), summary="New.")
    reviewer = sign_in(make_person("Clinical reviewer"), viewport={"width": 1400, "height": 900})
    reviewer.goto(place(condition, "deskpreview/"))
    left, right = reviewer.locator("iframe").all()
    assert left.content_frame.get_by_text("New.").first.is_visible()
    assert right.content_frame.get_by_text("Old.").first.is_visible()
    assert left.bounding_box()["x"] + left.bounding_box()["width"] <= right.bounding_box()["x"]
    assert reviewer.complaints == []


def test_the_staff_pages_have_no_accessibility_faults_of_ours(sign_in):  # noqa: F811
    from axe_playwright_python.sync_playwright import Axe

    condition, author = make_condition(), make_person("Author")
    draft(condition, author, summary="Newer.")
    publisher = make_person("Publisher")
    publisher.groups.add(author.groups.get())
    page = sign_in(publisher)
    for name in ("desk", "deskpreview/", "history", "deskcompare/?a=live&b=live"):
        page.goto(place(condition, name))
        page.evaluate("document.querySelectorAll('details').forEach((box) => { box.open = true })")
        found = Axe().run(page, context="#content-main").response["violations"]
        assert [(fault["id"], fault["nodes"][0]["html"][:200]) for fault in found] == [], name
    page.goto(place(condition))
    found = Axe().run(page, context=".staff-state, .staff-markdown, .submit-row").response["violations"]
    assert [(fault["id"], fault["nodes"][0]["html"][:200]) for fault in found] == []
