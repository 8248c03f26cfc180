import ast

import pytest
from django.conf import settings

PARTS = ("admin", "apps", "models", "querysets", "urls", "views")


def imported(file):
    """The top-level packages that a module imports by name; what starts with a dot stays inside its own."""
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and not node.level:
            yield node.module.partition(".")[0]


@pytest.mark.parametrize("room", settings.ROOMS)
def test_imports_go_one_way(room):
    later = set(settings.ROOMS[settings.ROOMS.index(room) + 1 :])
    files = list((settings.BASE_DIR / room).rglob("*.py"))
    assert files
    assert {str(file): found for file in files if (found := later & set(imported(file)))} == {}


@pytest.mark.parametrize("room", settings.ROOMS[1:])
def test_the_rooms_above_the_ground_floor_have_the_same_parts(room):
    assert [part for part in PARTS if not (settings.BASE_DIR / room / f"{part}.py").is_file()] == []


def test_the_rooms_are_four_and_stand_in_this_order():
    assert settings.ROOMS == ["integrative", "conditions", "therapies", "faq"]
    assert settings.INSTALLED_APPS[-4:] == settings.ROOMS
