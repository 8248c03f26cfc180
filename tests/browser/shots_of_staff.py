"""The pictures of docs/editing.md: `python -m pytest tests/browser/shots_of_staff.py`. Not collected with the tests."""

from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone

from integrative import publishing, scheduling
from integrative.readiness import ATTESTATIONS
from tests.make import make_condition, make_evidence, make_page, make_source, make_therapy
from tests.staff import draft, make_person, place, publish

from .staff import address, database_beside_the_browser, sign_in  # noqa: F401 - fixtures

pytestmark = pytest.mark.django_db(transaction=True)
FOLDER = Path(__file__).resolve().parent.parent.parent / "docs" / "editing"
SIZE = {"width": 1100, "height": 800}


def test_take_them(sign_in, settings, tmp_path):  # noqa: F811
    settings.CONTENT_DIR, settings.VAR_DIR = tmp_path, tmp_path
    FOLDER.mkdir(exist_ok=True)
    for name in ("emergency", "notice"):
        make_page(path=name, title=name.capitalize())
    make_source(path="example-study", title="An example study")
    rest = make_therapy(
        path="quiet-rest", title="Quiet rest", summary="You lie down in a quiet room.", cost="",
        safety="- A floor may be hard. [@example-study]", known_and_not="Little is known.",
        what_you_can_do="Ask first.",
    )  # fmt: skip
    other, third = make_condition(title="Example condition", path="example"), make_condition(title="Another example")
    make_evidence(therapy=rest, condition=other)
    ana, rui, pia = make_person("Author"), make_person("Clinical reviewer"), make_person("Publisher")
    bea = make_person("Author", first_name="Bea", last_name="Author")
    publish(draft(rest, bea, time="About ten minutes."), pia, "Said how long it takes")
    publishing.submit(draft(third, bea, summary="Plainer words."), bea, list(ATTESTATIONS))
    coming = draft(other, bea, summary="Words for next month.")
    scheduling.schedule(coming, pia, timezone.now() + timedelta(days=30), "New guideline", list(ATTESTATIONS))

    author, reviewer, publisher = (sign_in(user, viewport=SIZE) for user in (ana, rui, pia))

    def shoot(page, name, whole=False):
        page.wait_for_load_state("networkidle")
        page.screenshot(path=FOLDER / f"{name}.png", full_page=whole)

    author.goto(place(rest))
    author.fill("[name=summary]", "You lie down in a quiet room for ten minutes and do nothing at all.")
    area = author.locator("[name=what_you_can_do]")
    area.scroll_into_view_if_needed()
    area.press("Control+End")
    author.keyboard.type(" See ")
    author.keyboard.press("Control+K")
    author.locator("dialog input").fill("exam")
    author.get_by_role("button", name="Example condition").wait_for()
    shoot(author, "picker")
    author.get_by_role("button", name="Example condition").click()
    author.locator("[name=what_you_can_do] + details summary").click()
    author.fill("[name=change_note]", "Said what you do")
    shoot(author, "markdown")
    author.click("[name=_save] >> nth=0")
    author.evaluate("scrollTo(0, 0)")
    shoot(author, "form")
    author.goto(place(rest, "desk"))
    shoot(author, "desk", whole=True)
    author.locator("#do-submit summary").click()
    for tick in author.locator("#do-submit input[type=checkbox]").all():
        tick.check()
    author.locator("#do-submit input[type=submit]").click()
    reviewer.goto("/admin/")
    shoot(reviewer, "first-page")
    reviewer.goto(place(rest, "desk"))
    reviewer.locator("#do-sign summary").click()
    reviewer.locator("#do-send-back summary").click()
    reviewer.locator("#do-sign").scroll_into_view_if_needed()
    shoot(reviewer, "review")
    reviewer.set_viewport_size({"width": 1400, "height": 900})
    reviewer.goto(place(rest, "deskpreview/"))
    shoot(reviewer, "preview")
    reviewer.set_viewport_size(SIZE)
    reviewer.goto(place(rest, "desk"))
    reviewer.locator("#do-sign summary").click()
    reviewer.locator("#do-sign input[type=submit]").click()
    publisher.goto(place(rest, "desk"))
    publisher.locator("#do-schedule summary").click()
    publisher.locator("#do-schedule").scroll_into_view_if_needed()
    shoot(publisher, "publish")
    publisher.goto("/admin/calendar/")
    shoot(publisher, "calendar")
    publisher.goto(place(rest, "history"))
    shoot(publisher, "history")
    publisher.click("text=Compare the two")
    shoot(publisher, "compare")
    author.goto(place(third))
    opened = sign_in(bea, viewport=SIZE)
    opened.goto(place(third))
    author.fill("[name=summary]", "Ana's plain words.")
    author.click("[name=_save] >> nth=0")
    opened.fill("[name=summary]", "Bea's plain words.")
    opened.click("[name=_save] >> nth=0")
    shoot(opened, "two-texts")
