"""Screenshots of every page type for people to look at: `make shots` writes var/screenshots/."""

from .chromium import started
from .running import ROOT, page_types, running

FOLDER = ROOT / "var" / "screenshots"
WIDTHS = (320, 768, 1280)
TALLEST = 6000


def main():
    FOLDER.mkdir(parents=True, exist_ok=True)
    with running() as site, started() as browser:
        context = browser.new_context()
        page = context.new_page()
        for name, address in page_types().items():
            page.goto(site.url + address)
            for width in WIDTHS:
                page.set_viewport_size({"width": width, "height": 900})
                height = min(TALLEST, page.evaluate("document.documentElement.scrollHeight"))
                clip = {"x": 0, "y": 0, "width": width, "height": height}
                for scheme in ("light", "dark"):
                    page.emulate_media(color_scheme=scheme)
                    page.screenshot(path=FOLDER / f"{name}-{width}-{scheme}.png", full_page=True, clip=clip)
    print(f"{len(list(FOLDER.glob('*.png')))} pictures in {FOLDER.relative_to(ROOT)}/")


if __name__ == "__main__":
    main()
