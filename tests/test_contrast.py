"""Every pair of text and surface that the stylesheet uses is readable, in both schemes."""

import re

import pytest

from integrative.stylesheet import FOLDER

TOKENS = (FOLDER / "tokens.css").read_text("utf-8")
SURFACES = ("paper", "card", "mint")
TEXTS = ("ink", "muted", "brand", "link")
LEVELS = ("likely-helps", "may-help", "mixed", "not-enough-research", "does-not-help", "may-harm")
PAIRS = [
    *((text, surface) for text in TEXTS for surface in SURFACES),
    *((level, surface) for level in LEVELS for surface in ("paper", "card")),
    *((text, "sun") for text in TEXTS),
    ("on-brand", "brand"),
    ("on-deep", "deep"),
    ("white", "alarm"),
]
EDGES = [("edge", "card"), ("edge", "paper"), ("edge", "mint"), ("sun-edge", "card"), ("alarm-edge", "card")]


def schemes():
    """{scheme: {token: six hexadecimal digits}}; the dark one changes the light one."""
    light, dark = TOKENS.split("prefers-color-scheme")
    light, dark = (dict(re.findall(r"--([a-z-]+): #([0-9a-f]+);", part)) for part in (light, dark))
    every = {"light": {"white": "fff"} | light, "dark": {"white": "fff"} | light | dark}
    long = {
        s: {k: v if len(v) == 6 else "".join(2 * c for c in v) for k, v in found.items()} for s, found in every.items()
    }
    return long


def contrast(one, other):
    """The contrast of two colors as WCAG 2 counts it, 1 to 21."""

    def luminance(color):
        parts = (int(color[i : i + 2], 16) / 255 for i in (0, 2, 4))
        red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("text, surface", PAIRS)
def test_text_stands_out_seven_to_one(scheme, text, surface):
    colors = schemes()[scheme]
    assert contrast(colors[text], colors[surface]) >= 7


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("edge, surface", EDGES)
def test_the_edge_of_a_control_or_card_stands_out_three_to_one(scheme, edge, surface):
    colors = schemes()[scheme]
    assert contrast(colors[edge], colors[surface]) >= 3
