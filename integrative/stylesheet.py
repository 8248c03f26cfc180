"""The readers' stylesheet as one text, inlined in every page so that the first answer can be shown without a second
request. The Content-Security-Policy allows exactly this text, by its hash."""

import base64
import hashlib
import re
from pathlib import Path

FOLDER = Path(__file__).resolve().parent.parent / "static" / "css"
LAYERS = ("tokens", "base", "layout", "components", "utilities", "print")


def squeeze(css):
    """CSS without comments and needless white space; texts in quotation marks stay as they are."""
    css = re.sub(r"/\*.*?\*/", "", css, flags=re.S)
    parts = re.split(r"(\"[^\"]*\"|'[^']*')", css)
    for i in range(0, len(parts), 2):
        parts[i] = (
            re.sub(r"\s*([{};,>])\s*", r"\1", re.sub(r"\s+", " ", parts[i])).replace(";}", "}").replace(": ", ":")
        )
    return "".join(parts).strip()


STYLESHEET = squeeze("\n".join((FOLDER / f"{layer}.css").read_text(encoding="utf-8") for layer in LAYERS))
STYLESHEET_HASH = f"'sha256-{base64.b64encode(hashlib.sha256(STYLESHEET.encode()).digest()).decode()}'"
