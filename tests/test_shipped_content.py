import shutil

import pytest
from django.conf import settings

from .make import manage, tree

pytestmark = pytest.mark.django_db

CONTENT = settings.BASE_DIR / "content"


def test_the_shipped_content_loads_without_a_problem():
    ran = manage("load_content", CONTENT)
    assert (ran.code, ran.err) == (0, "")
    assert ran.out == f"Loaded content: {len(tree(CONTENT))} created.\n"


def test_loading_and_exporting_the_shipped_content_changes_no_byte(tmp_path):
    root = shutil.copytree(CONTENT, tmp_path / "content")
    before = tree(root)
    assert manage("load_content", root).err == ""
    ran = manage("export_content", root)
    assert (ran.code, ran.out) == (0, f"Exported 0 of {len(before)} records.\n")
    assert tree(root) == before


def test_the_shipped_content_is_written_in_its_canonical_form(tmp_path):
    before = tree(shutil.copytree(CONTENT, tmp_path / "content"))
    assert manage("load_content", tmp_path / "content").err == ""
    assert manage("export_content", tmp_path / "new").code == 0
    after = tree(tmp_path / "new")
    assert sorted(after) == sorted(before)
    assert [name for name in before if before[name] != after[name]] == []
