"""The tests of MDN's HTTP Observatory, done here because it cannot see a site that is not public.

Written from its published scoring table: every site starts at 100, each test adds or takes away; bonuses count from 90.
`python -m tests.observatory https://clinic.example/` prints the table for a running site.
"""

import ssl
import sys
import urllib.request

GRADES = ((100, "A+"), (90, "A"), (85, "A-"), (80, "B+"), (70, "B"), (65, "B-"), (60, "C+"), (50, "C"), (0, "F"))


def directives(policy):
    """{directive: its sources} of a Content-Security-Policy."""
    return {name: set(values) for name, *values in (part.split() for part in policy.split(";") if part.strip())}


def content_security_policy(headers, body):
    told = directives(headers.get("content-security-policy", ""))
    if not told:
        return -25, "no policy"
    scripts = told.get("script-src", told.get("default-src", {"*"}))
    styles = told.get("style-src", told.get("default-src", {"*"}))
    if {"'unsafe-inline'", "'unsafe-eval'", "data:", "*", "http:", "https:"} & scripts:
        return -20, "unsafe scripts"
    if "'unsafe-inline'" in styles:
        return 0, "unsafe styles"
    return (10, "nothing unsafe, default-src none") if told.get("default-src") == {"'none'"} else (5, "nothing unsafe")


def cookies(headers, body):
    if "set-cookie" not in headers:
        return 0, "no cookies"
    told = headers["set-cookie"].lower()
    return (
        (5, "all secure") if all(word in told for word in ("secure", "httponly", "samesite")) else (-20, "not secure")
    )


def cross_origin_sharing(headers, body):
    return (-50, "open to all") if headers.get("access-control-allow-origin") == "*" else (0, "none")


def referrer(headers, body):
    kind = {"no-referrer", "same-origin", "strict-origin", "strict-origin-when-cross-origin"}
    return (5, "private") if headers.get("referrer-policy") in kind else (0, "not told")


def transport(headers, body):
    told = headers.get("strict-transport-security", "")
    age = next((part.partition("=")[2] for part in told.split(";") if part.strip().startswith("max-age")), "0")
    return (0, "six months or more") if int(age) >= 15_768_000 else (-20, "not told, or too short")


def integrity(headers, body):
    return (-5, "scripts of others") if '<script src="http' in body else (0, "scripts come from here alone")


def sniffing(headers, body):
    return (0, "nosniff") if headers.get("x-content-type-options") == "nosniff" else (-5, "not told")


def framing(headers, body):
    if "frame-ancestors" in directives(headers.get("content-security-policy", "")):
        return 5, "by frame-ancestors"
    return (0, "by header") if headers.get("x-frame-options") in ("DENY", "SAMEORIGIN") else (-20, "not told")


def resource_policy(headers, body):
    kind = ("same-origin", "same-site")
    return (10, "same-origin") if headers.get("cross-origin-resource-policy") in kind else (0, "not told")


TESTS = (
    content_security_policy, cookies, cross_origin_sharing, referrer, transport, integrity, sniffing, framing,
    resource_policy,
)  # fmt: skip


def score(headers, body):
    """(score, grade, [(test, points, why)]) of one page; header names in small letters."""
    rows = [(test.__name__, *test(headers, body)) for test in TESTS]
    base = 100 + sum(points for _, points, _ in rows if points < 0)
    total = base + sum(points for _, points, _ in rows if points > 0) if base >= 90 else base
    return total, next(grade for least, grade in GRADES if total >= least), rows


if __name__ == "__main__":
    unchecked = ssl._create_unverified_context()
    with urllib.request.urlopen(sys.argv[1], context=unchecked) as answer:
        found = score({name.lower(): value for name, value in answer.getheaders()}, answer.read().decode())
    for name, points, why in found[2]:
        print(f"{points:+4}  {name.replace('_', ' ')}: {why}")
    print(f"{found[0]} {found[1]}")
