"""How many bytes a first visit costs, page type by page type: `make weigh`."""

import http.client
import re
from dataclasses import dataclass
from urllib.parse import urlsplit

import brotli

from .running import page_types, running

LIMIT = 14_600
LIMITS = {"evidence-map": 30_000}
SCRIPT_LIMIT = 5_000


@dataclass(frozen=True)
class Weight:
    """Bytes on the wire: `head` of the answer, `html` with its styles, of which `css` are the styles, and scripts."""

    head: int
    html: int
    css: int
    script: int

    @property
    def first(self):
        """What must arrive before the page shows."""
        return self.head + self.html


def answer(url):
    """(headers in bytes, body as sent, body as text) of a GET by a browser that takes brotli."""
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.netloc, timeout=30)
    connection.request("GET", url.partition(parts.netloc)[2], headers={"Accept-Encoding": "br, gzip"})
    found = connection.getresponse()
    body = found.read()
    head = len(f"HTTP/1.1 {found.status} {found.reason}\r\n\r\n")
    head += sum(len(f"{name}: {value}\r\n".encode()) for name, value in found.getheaders())
    connection.close()
    if found.headers.get("Content-Encoding") == "br":
        return head, body, brotli.decompress(body).decode()
    return head + len("Content-Encoding: br\r\n"), brotli.compress(body), body.decode(errors="replace")


def weigh(site, address):
    """The Weight of one page."""
    head, html, text = answer(site.url + address)
    styles = "".join(re.findall(r"<style>(.*?)</style>", text, re.S))
    without = brotli.compress(re.sub(r"<style>.*?</style>", "", text, flags=re.S).encode())
    scripts = sum(len(answer(site.url + src)[1]) for src in re.findall(r'<script src="([^"]+)"', text))
    return Weight(head, len(html), len(brotli.compress(text.encode())) - len(without) if styles else 0, scripts)


def main():
    with running() as site:
        print(
            f"{'page type':20}{'headers':>8}{'HTML':>8}{'CSS':>7}{'first':>8}{'limit':>8}{'JS':>6}{'total':>8}  address"
        )
        for name, address in page_types().items():
            w = weigh(site, address)
            limit = LIMITS.get(name, LIMIT)
            numbers = f"{w.head:8}{w.html - w.css:8}{w.css:7}{w.first:8}{limit:8}{w.script:6}{w.first + w.script:8}"
            print(f"{name:20}{numbers}  {'OVER ' if w.first > limit else ''}{address}")


if __name__ == "__main__":
    main()
