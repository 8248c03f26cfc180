# ruff: noqa: E501 - long lists of odd words read better in few lines
"""How many inputs the fuzz tests try: 200 of each kind, or FUZZ_EXAMPLES; `make nightly` sets 10,000."""

import os

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

fuzzed = settings(
    max_examples=int(os.environ.get("FUZZ_EXAMPLES", 200)),
    deadline=None,
    suppress_health_check=list(HealthCheck),
    derandomize="FUZZ_EXAMPLES" not in os.environ,
)

ODD = (
    "", "0", "-1", "1e999", "9" * 400, "null", "undefined", "NaN", "true", "[]", "{}", "' OR 1=1 --", '"', "\\", "%", "%00",
    "%s", "{{7*7}}", "${7*7}", "../" * 8 + "etc/passwd", "..%2f..%2f", "\x00", "\n\r\nSet-Cookie: a=b", "\ufeff", "\u202e",
    "İ", "ß", "🙂", "a" * 5000, "<script>alert(1)</script>", "javascript:alert(1)", "&", "=", "&a[]=1", ";", "#", "+", " ",
    "\ud800", "*", "NEAR(a b)", 'a" OR "b', "AND", "-", "^a", "a:b",
)  # fmt: skip
WORDS = st.sampled_from(ODD) | st.text(max_size=60)
