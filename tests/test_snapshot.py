"""The readers' site as files: whole, without dead links, and never half-written."""

import gzip

import brotli
import pytest

from integrative import snapshot
from integrative.snapshot import SnapshotError, write

from .make import make_approach, make_evidence, make_page, make_question

pytestmark = pytest.mark.django_db


@pytest.fixture
def site(settings):
    settings.SITE_URL, settings.ALLOWED_HOSTS = "https://clinic.example", ["clinic.example"]
    for path in ("about", "how-we-rate-evidence", "privacy", "accessibility", "emergency"):
        make_page(path=path)
    make_question(path="is-it-safe")
    make_approach(), make_approach()
    return make_evidence()


def test_every_page_of_the_sitemap_is_there_with_compressed_siblings(site, tmp_path):
    write(tmp_path / "out")
    for page in (
        "",
        "faq/is-it-safe/",
        "evidence/therapy-1/condition-1/",
        site.therapy.get_absolute_url()[1:],
        "compare/",
    ):
        file = tmp_path / "out" / page / "index.html"
        text = file.read_bytes()
        assert b"https://clinic.example/" in text
        assert gzip.decompress(file.with_name("index.html.gz").read_bytes()) == text
        assert brotli.decompress(file.with_name("index.html.br").read_bytes()) == text
    assert "page" in (tmp_path / "out" / "404.html").read_text().lower()
    assert (tmp_path / "out" / "static" / "icon.svg").is_file()
    assert "Content-Security-Policy: " in (tmp_path / "out" / "_headers").read_text()
    assert not (tmp_path / "out" / "admin").exists()


def test_a_dead_link_is_named_and_the_last_export_stays(site, tmp_path):
    write(tmp_path / "out")
    before = (tmp_path / "out" / "index.html").read_bytes()
    make_page(path="broken", body="See [this](../conditions/nobody.md) and [that](#nowhere).")
    with pytest.raises(SnapshotError) as error:
        write(tmp_path / "out")
    assert "/conditions/nobody/" in str(error.value) and "/broken/#nowhere" in str(error.value)
    assert (tmp_path / "out" / "index.html").read_bytes() == before
    assert [place.name for place in tmp_path.iterdir()] == ["out"]


def test_a_folder_of_something_else_is_not_replaced(site, tmp_path):
    (tmp_path / "letters").write_text("Dear all")
    with pytest.raises(SnapshotError, match="not an export"):
        write(tmp_path)


def test_a_full_disk_leaves_the_last_export(site, tmp_path, monkeypatch):
    write(tmp_path / "out")

    def full(root, path, content):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(snapshot, "_put", full)
    with pytest.raises(OSError, match="No space"):
        write(tmp_path / "out")
    assert (tmp_path / "out" / "index.html").is_file()
    assert [place.name for place in tmp_path.iterdir()] == ["out"]


def test_an_export_for_a_name_that_the_site_does_not_go_by_says_so(site, settings, tmp_path):
    settings.ALLOWED_HOSTS = ["localhost"]
    with pytest.raises(SnapshotError, match="SITE_URL names clinic.example, which ALLOWED_HOSTS does not"):
        write(tmp_path / "out")
