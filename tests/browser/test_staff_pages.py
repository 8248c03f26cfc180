"""The style guide and the look of the staff room, under the same strict policy."""

from .test_every_page import failures, sideways


def test_the_style_guide_is_for_staff(page):
    assert page.goto("/styleguide/").status == 404


def test_the_style_guide_shows_every_component_without_a_fault(staff):
    assert staff.goto("/styleguide/").status == 200
    for width in (320, 1280):
        staff.set_viewport_size({"width": width, "height": 900})
        for scheme in ("light", "dark"):
            staff.emulate_media(color_scheme=scheme)
            assert failures(staff) == []
        assert sideways(staff) <= 0
    assert staff.heard == []


def test_the_staff_room_wears_our_colors_and_breaks_no_policy(staff):
    assert staff.goto("/admin/").status == 200
    assert "staffroom" in staff.locator("link[href*=staffroom]").get_attribute("href")
    staff.emulate_media(color_scheme="light")
    assert header_color(staff) == "rgb(11, 63, 59)"
    assert staff.heard == []


def test_the_theme_switch_of_the_staff_room_changes_our_colors(staff):
    staff.emulate_media(color_scheme="light")
    staff.goto("/admin/")
    seen = []
    # The switch goes round: as the system has it, dark, light.
    for _ in range(3):
        staff.locator("#header .theme-toggle").click()
        seen.append(header_color(staff))
    assert sorted(seen) == ["rgb(10, 42, 40)", "rgb(11, 63, 59)", "rgb(11, 63, 59)"]


def header_color(page):
    return page.locator("#header").evaluate("e => getComputedStyle(e).backgroundColor")
