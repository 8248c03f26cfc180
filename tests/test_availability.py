"""Staff change what is offered where many at a time; a wrong row changes nothing."""

import datetime

import pytest
from django.contrib.admin.models import LogEntry
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from therapies.availability import NotApplied, apply, read_csv, write_csv
from therapies.models import Offering

from .make import make_location, make_offering, make_staff, make_therapy, sign_in

pytestmark = pytest.mark.django_db

GRID, CSV, UPLOAD = (f"/admin/therapies/offering/{name}/" for name in ("grid", "csv", "upload"))
HEAD = "location,therapy,how,confirmed_on,note\n"


@pytest.fixture
def places():
    """Two locations, two therapies, one known pair."""
    north, south = make_location(path="north", title="North"), make_location(path="south", title="South")
    touch, sound = make_therapy(path="touch", title="Touch"), make_therapy(path="sound", title="Sound")
    make_offering(location=north, therapy=touch, how="offered", confirmed_on="2026-01-31", body="Ask at the desk.")
    return north, south, touch, sound


@pytest.fixture
def staff(client):
    sign_in(client, make_staff())
    return client


def state():
    return {o.pk: (o.how, str(o.confirmed_on), o.body, o.status) for o in Offering.objects.all()}


def opened(client, **changes):
    """The grid's form as a browser would send it back, with some cells changed."""
    form = client.get(GRID).context["form"]
    data = {"confirmed_on": "2026-02-28"}
    for name in form.fields:
        field = form[name]
        if name != "confirmed_on" and not name.startswith("all "):
            data[field.html_name] = data[field.html_initial_name] = field.value()
    return data | changes


def upload(client, text):
    data = text if isinstance(text, bytes) else text.encode()
    return client.post(UPLOAD, {"file": SimpleUploadedFile("availability.csv", data)})


def problems(text):
    with pytest.raises(NotApplied) as caught:
        apply(read_csv(text if isinstance(text, bytes) else text.encode()))
    return caught.value.problems


def test_the_grid_saves_what_was_changed_and_nothing_else(places, staff):
    response = staff.post(GRID, opened(staff, **{"south/sound": "by-video"}))
    assert response.status_code == 302
    assert state() == {
        "north/touch": ("offered", "2026-01-31", "Ask at the desk.", "published"),
        "south/sound": ("by-video", "2026-02-28", "", "published"),
    }


def test_ticking_a_location_confirms_everything_there(places, staff):
    staff.post(GRID, opened(staff, **{"all north": "on"}))
    assert state()["north/touch"] == ("offered", "2026-02-28", "Ask at the desk.", "published")


def test_the_grid_refuses_a_cell_that_someone_else_changed_meanwhile(places, staff):
    data = opened(staff, **{"north/touch": "by-referral"})
    Offering.objects.filter(pk="north/touch").update(how="not-offered")
    page = staff.post(GRID, data).content.decode()
    assert "Someone changed this" in page
    assert state()["north/touch"][0] == "not-offered"


def test_the_grid_refuses_a_day_to_come(places, staff):
    tomorrow = timezone.localdate() + datetime.timedelta(days=1)
    page = staff.post(GRID, opened(staff, confirmed_on=tomorrow.isoformat(), **{"south/sound": "offered"}))
    assert "This day has not come yet" in page.content.decode()
    assert "south/sound" not in state()


def test_what_is_known_cannot_become_unknown_in_the_grid(places, staff):
    page = staff.post(GRID, opened(staff, **{"north/touch": ""})).content.decode()
    assert "cannot become unknown" in page and state()["north/touch"][0] == "offered"


def test_each_change_stands_in_the_history(places, staff):
    staff.post(GRID, opened(staff, **{"south/sound": "by-video", "north/touch": "not-offered"}))
    assert sorted(LogEntry.objects.values_list("object_id", flat=True)) == ["north/touch", "south/sound"]


def test_only_staff_who_may_change_offerings_get_in(places, client):
    for address in (GRID, CSV, UPLOAD):
        assert client.get(address).status_code == 302
    sign_in(client, make_staff(superuser=False))
    for address in (GRID, CSV, UPLOAD):
        assert client.get(address).status_code == 403


def test_the_file_that_is_downloaded_can_be_uploaded_and_changes_nothing(places, staff):
    before = state()
    text = staff.get(CSV).content
    assert upload(staff, text).status_code == 302
    assert state() == before and LogEntry.objects.count() == 0


def test_an_uploaded_file_changes_and_adds(places, staff):
    response = upload(staff, HEAD + "north,touch,by-referral,2026-02-01,\nsouth,sound,offered,2026-02-02,Mondays\n")
    assert response.status_code == 302
    assert state() == {
        "north/touch": ("by-referral", "2026-02-01", "", "published"),
        "south/sound": ("offered", "2026-02-02", "Mondays", "published"),
    }


def test_without_a_note_column_notes_stay(places):
    apply(read_csv(b"location,therapy,how,confirmed_on\nnorth,touch,by-video,2026-02-01\n"))
    assert state()["north/touch"] == ("by-video", "2026-02-01", "Ask at the desk.", "published")


def test_one_wrong_row_keeps_every_other_row_out(places, staff):
    before = state()
    page = upload(staff, HEAD + "south,sound,offered,2026-02-02,\nnorth,nowhere,offered,2026-02-02,\n").content.decode()
    assert "Row 3: there is no therapy “nowhere”" in page and state() == before


def test_a_note_that_the_record_form_refuses_keeps_every_row_out(places):
    before = state()
    told = problems(HEAD + "south,sound,offered,2026-02-02,\nsouth,touch,offered,2026-02-02,<b>new</b>\n")
    assert told == ["Row 3: Raw HTML is not allowed: <b>"] and state() == before


def test_all_problems_are_named_at_once_with_their_rows(places):
    told = problems(
        HEAD + "north,touch,maybe,2026-02-30,\nnorth,sound,offered,tomorrow,\nnorth,sound,offered,2026-02-01,\n"
    )
    assert [line.partition(":")[0] for line in told] == ["Row 2", "Row 2", "Row 3", "Row 4"]
    assert "offered" in told[0] and "2026-02-30" in told[1] and "row 3 already" in told[3]


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "first row"),
        (b"a,b\n1,2\n", "It has: a, b"),
        (b"location,location,therapy,how,confirmed_on\n", "first row"),
        ("länge".encode("latin-1"), "UTF-8"),
        (b"\x89PNG\0\0", "UTF-8"),
        (b"PK\3\4\0", "not a CSV"),
        (b"x" * 1_000_001, "1 MB"),
        (HEAD.encode() + b"north,touch\n", "fewer cells"),
        (HEAD.encode() + b"north,touch,offered,2026-02-01,x,y\n", "more or"),
    ],
)
def test_files_that_are_no_such_table_are_refused_in_words(places, data, words):
    assert words in " ".join(problems(data))


def test_a_day_to_come_is_refused(places):
    tomorrow = timezone.localdate() + datetime.timedelta(days=1)
    assert "up to today" in problems(f"{HEAD}north,touch,offered,{tomorrow},\n")[0]


@pytest.mark.parametrize("day", ["2026-W05-1", "20260131", "31.01.2026", "2026-1-31"])
def test_a_day_written_in_another_way_is_refused(places, day):
    assert "YYYY-MM-DD" in problems(f"{HEAD}north,touch,offered,{day},\n")[0]


def test_semicolons_a_byte_order_mark_and_blank_rows_are_taken_as_they_come(places):
    apply(read_csv("\ufefflocation;therapy;how;confirmed_on\r\n;;;\r\nsouth;sound;offered;2026-02-01\r\n".encode()))
    assert state()["south/sound"][0] == "offered"


def test_a_note_that_a_spreadsheet_would_run_is_written_as_text_and_read_back(places):
    for note in ("=1+1", "'=1+1"):
        Offering.objects.filter(pk="north/touch").update(body=note)
        text = write_csv(Offering.objects.all())
        assert f"'{note}" in text
        apply(read_csv(text.replace("2026-01-31", "2026-02-01").encode()))
        assert state()["north/touch"][2] == note
