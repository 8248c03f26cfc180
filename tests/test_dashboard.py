"""The staff room's first page says what waits for whom."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from integrative import publishing, scheduling
from integrative.readiness import ATTESTATIONS

from .make import make_condition, make_staff, manage, sign_in, write_content
from .staff import draft, make_person, place, publish

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def own_content(settings, tmp_path):
    settings.CONTENT_DIR, settings.VAR_DIR = tmp_path / "content", tmp_path / "var"
    settings.CONTENT_DIR.mkdir()


def panels(client, role="Author", user=None):
    sign_in(client, user or make_person(role))
    found = client.get(reverse("admin:index")).context["panels"]
    return {panel.title: panel for panel in found}


def words(panel):
    return [row[0] for row in panel.rows]


def test_each_list_holds_what_it_says(client):
    author, publisher = make_person("Author"), make_person("Publisher")
    mine, waiting, signed, coming, done = (make_condition(title=title) for title in ("M", "W", "S", "C", "D"))
    make_condition(title="O", next_review_on=timezone.localdate() - timedelta(days=1))
    draft(mine, author, summary="x")
    publishing.submit(draft(waiting, make_person("Author"), summary="x"), author)
    publishing.sign(publishing.submit(draft(signed, make_person("Author"), summary="x"), author),
                    make_person("Clinical reviewer"))  # fmt: skip
    scheduling.schedule(draft(coming, make_person("Author"), summary="x"), publisher,
                        timezone.now() + timedelta(days=1), "Soon", list(ATTESTATIONS))  # fmt: skip
    publish(draft(done, make_person("Author"), summary="x"), publisher)
    found = panels(client, user=author)
    for title, name in {
        "My drafts": "M", "Waiting for review": "W", "Signed, waiting to be published": "S", "Scheduled": "C",
        "Published lately": "D", "Review overdue": "O",
    }.items():  # fmt: skip
        assert words(found[title]) == [name], title
    assert found["Published, signed by no clinician"].count == 6


def test_what_a_person_can_act_on_stands_first(client):
    publishing.submit(draft(make_condition(), make_person("Author"), summary="x"), make_person("Author"))
    assert next(iter(panels(client, "Clinical reviewer"))) == "Waiting for review"


def test_a_page_that_differs_from_its_file_is_listed_until_it_is_exported(client, settings):
    condition = make_condition(path="back")
    manage("export_content")
    assert panels(client)["Files out of step"].count == 0
    publish(draft(condition, make_person("Author"), summary="Published here."), make_person("Publisher"))
    assert panels(client)["Files out of step"].rows[0][2] == "changed in the admin"
    write_content(settings.CONTENT_DIR, {"conditions/back.md": "---\ntitle: Other\nstatus: draft\n---\n"})
    assert panels(client)["Files out of step"].rows[0][2] == "changed in both"
    assert "changed in both" in client.get(reverse("admin:reports")).content.decode()


def test_a_published_draft_is_exported_and_loading_it_again_changes_nothing(settings):
    condition = make_condition(path="back", summary="Old.")
    manage("export_content")
    publish(draft(condition, make_person("Author"), summary="Published here."), make_person("Publisher"))
    assert manage("load_content").code == 0
    condition.refresh_from_db()
    assert condition.summary == "Published here."
    assert "wrote conditions/back.md" in manage("export_content").out
    assert "Published here." in (settings.CONTENT_DIR / "conditions/back.md").read_text()
    assert "1 unchanged" in manage("load_content").out


def test_the_first_page_asks_no_more_when_more_waits(client, django_assert_max_num_queries):
    def asked():
        sign_in(client, author)
        client.get(reverse("admin:index"))
        with django_assert_max_num_queries(200) as captured:
            client.get(reverse("admin:index"))
        return len(captured)

    author = make_person("Author")
    make_condition()
    draft(make_condition(), author, summary="x")
    before = asked()
    for _ in range(12):
        draft(make_condition(), author, summary="x")
    assert asked() == before


def test_the_first_page_is_for_people_with_a_role(client):
    sign_in(client, make_person())
    assert client.get(reverse("admin:reports")).status_code == 403
    assert (
        "panels" not in (client.get(reverse("admin:index")).context or {})
        or not client.get(reverse("admin:index")).context["panels"]
    )


def test_a_therapy_without_findings_or_costs_is_told_so_before_it_is_published(client):
    from .make import make_therapy

    therapy = make_therapy(cost="")
    draft(therapy, make_person("Author"), summary="x")
    sign_in(client, make_person("Author"))
    desk = client.get(place(therapy, "desk")).content.decode()
    assert "“What it costs” is empty: comparisons will say “Not known”" in desk
    assert "readers see harms and no benefits" in desk


def test_what_staff_write_stands_before_accounts_and_sign_in(client):
    sign_in(client, make_staff())
    names = [app["name"] for app in client.get("/admin/").context["app_list"]]
    assert names.index("Conditions") < names.index("Authentication and Authorization")
    assert "Recovery codes" in names and "OTP_STATIC" not in [name.upper() for name in names]
