"""The brief: one HTML file that opens anywhere, asks nobody for anything and runs nothing."""

import re
from collections.abc import Callable, Iterator
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from chains import SampleScan
from command import Folder

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
PHONE = {"width": 390, "height": 844}
ADDRESSES = ("src", "href", "xlink:href", "srcset", "action", "data", "poster", "formaction", "background")

Attributes = dict[str, str]


class Outline(HTMLParser):
    """Every element of a page with its attributes, in order; ``inside`` counts the open tables."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, Attributes]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, {name: value or "" for name, value in attrs}))

    def all(self, *tags: str) -> list[Attributes]:
        return [attributes for tag, attributes in self.elements if tag in tags]


@pytest.fixture(scope="session")
def hostile_brief(former: Folder) -> Path:
    """The brief of a company whose part descriptions and order numbers were written by an attacker."""
    return former.state / "brief.html"


@pytest.fixture(scope="session")
def outline(sample_scan: SampleScan) -> Outline:
    return Outline(sample_scan.brief)


def test_the_brief_holds_no_script(outline: Outline) -> None:
    assert outline.all("script", "iframe", "object", "embed", "form", "base") == []
    handlers = [name for _, attributes in outline.elements for name in attributes if name.startswith("on")]
    assert handlers == []


def test_the_brief_points_nowhere_outside_itself(outline: Outline) -> None:
    places = [attributes[name] for _, attributes in outline.elements for name in ADDRESSES if name in attributes]
    assert places, "a page without any link or image would make this test blind"
    assert [place for place in places if not place.startswith(("#", "data:image/"))] == []


def test_the_styles_load_nothing(sample_scan: SampleScan) -> None:
    styles = "".join(re.findall(r"<style>(.*?)</style>", sample_scan.brief, re.DOTALL))
    assert styles
    assert "@import" not in styles
    assert re.findall(r"url\(\s*['\"]?(?!data:|#)", sample_scan.brief) == []


def test_a_policy_forbids_everything_but_styles(outline: Outline) -> None:
    policies = [
        meta["content"]
        for meta in outline.all("meta")
        if meta.get("http-equiv", "").lower() == "content-security-policy"
    ]
    assert len(policies) == 1
    assert "default-src 'none'" in policies[0]
    assert "script-src" not in policies[0]


def test_the_page_says_its_language_and_fits_a_phone(outline: Outline) -> None:
    assert outline.all("html")[0].get("lang") == "en"
    assert any(meta.get("name") == "viewport" for meta in outline.all("meta"))


def test_there_is_one_h1_and_no_heading_skips_a_level(outline: Outline) -> None:
    levels = [int(tag[1]) for tag, _ in outline.elements if re.fullmatch("h[1-6]", tag)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in pairwise(levels)), levels


def test_every_table_header_says_what_it_heads(outline: Outline) -> None:
    scopes = [attributes.get("scope") for attributes in outline.all("th")]
    assert scopes
    assert set(scopes) <= {"col", "row"}


def test_every_id_is_there_once_and_every_label_points_at_one(outline: Outline) -> None:
    ids = [attributes["id"] for _, attributes in outline.elements if "id" in attributes]
    assert len(ids) == len(set(ids))
    pointed = [
        attributes[name].removeprefix("#")
        for _, attributes in outline.elements
        for name in ("aria-labelledby", "href")
        if attributes.get(name, "").startswith("#") or (name == "aria-labelledby" and name in attributes)
    ]
    assert set(pointed) <= set(ids)


def test_every_chart_is_inline_and_has_a_table_beside_it(sample_scan: SampleScan) -> None:
    sections = re.findall(r"<section\b.*?</section>", sample_scan.brief, re.DOTALL)
    drawn = [section for section in sections if "<figure" in section]
    assert len(drawn) >= 2
    for section in drawn:
        assert section.count("<svg") >= 1
        assert "<table" in section.partition("</figure>")[2]
        assert "<figcaption" in section


def test_the_charts_show_parts_of_the_sample(sample_scan: SampleScan) -> None:
    charts = " ".join(re.findall(r"<svg.*?</svg>", sample_scan.brief, re.DOTALL))
    assert "M-5100" in charts
    assert "Dy" in charts


def test_hostile_texts_are_shown_as_text(hostile_brief: Path) -> None:
    text = hostile_brief.read_text(encoding="utf-8")
    outline = Outline(text)
    assert "&lt;script&gt;alert(1)" in text
    assert outline.all("script", "img") == []
    assert not any("onerror" in attributes for _, attributes in outline.elements)


def test_the_brief_never_says_that_a_part_is_clear(sample_scan: SampleScan) -> None:
    said = re.sub(r"<[^>]+>", " ", sample_scan.brief)
    clear = r"(?i)\bcleared (?:for|to)\b|\bno licence (?:is )?(?:needed|required)\b|\bmay be exported\b(?! or)"
    assert re.findall(clear, said) == []


@pytest.fixture(scope="module")
def browser(needs_program: Callable[[str], Path]) -> Iterator["Browser"]:
    program = needs_program("chromium")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=str(program), args=FLAGS)
        yield opened
        opened.close()


class Visit:
    """A page opened from its file; every other request is refused and noted."""

    def __init__(self, browser: "Browser", path: Path, **context: object) -> None:
        self.asked: list[str] = []
        self.said: list[str] = []
        self.context = browser.new_context(**context)  # type: ignore[arg-type]
        self.context.route(lambda url: not url.startswith("file:"), self._refuse)
        self.page: Page = self.context.new_page()
        self.page.on("console", lambda message: self.said.append(message.text))
        self.page.on("pageerror", lambda error: self.said.append(str(error)))
        self.page.on("dialog", lambda dialog: (self.said.append(dialog.message), dialog.dismiss()))
        self.page.goto(path.as_uri(), wait_until="load")

    def _refuse(self, route: object, request: object) -> None:
        self.asked.append(request.url)  # type: ignore[attr-defined]
        route.abort()  # type: ignore[attr-defined]


@pytest.fixture
def sample_brief(sample_scan: SampleScan) -> Path:
    return sample_scan.folder.state / "brief.html"


def test_a_browser_opens_the_brief_without_asking_anybody(browser: "Browser", sample_brief: Path) -> None:
    visit = Visit(browser, sample_brief)
    assert visit.asked == []
    assert visit.said == []
    assert visit.page.locator("h1").count() == 1
    assert visit.page.locator("svg").count() >= 2
    assert visit.page.locator("svg").first.bounding_box()["width"] > 200  # type: ignore[index]
    visit.context.close()


def test_a_browser_runs_nothing_of_hostile_texts(browser: "Browser", hostile_brief: Path) -> None:
    visit = Visit(browser, hostile_brief)
    assert visit.asked == []
    assert visit.said == []
    assert visit.page.locator("img, script").count() == 0
    assert visit.page.get_by_text("<script>alert(1)").count() >= 1
    visit.context.close()


def test_the_brief_reads_on_a_phone_without_scrolling_sideways(browser: "Browser", sample_brief: Path) -> None:
    visit = Visit(browser, sample_brief, viewport=PHONE, device_scale_factor=2)
    assert visit.page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    headline = visit.page.locator(".headline").bounding_box()
    assert headline is not None
    assert headline["y"] + headline["height"] < PHONE["height"], "the headline is below the fold"
    visit.context.close()


def test_the_brief_reads_without_javascript(browser: "Browser", sample_brief: Path) -> None:
    visit = Visit(browser, sample_brief, java_script_enabled=False)
    assert visit.page.locator("table tbody tr").count() > 20
    visit.context.close()


def test_the_brief_prints(browser: "Browser", sample_brief: Path) -> None:
    visit = Visit(browser, sample_brief)
    printed = visit.page.pdf(format="A4")
    assert printed.startswith(b"%PDF")
    assert 1 <= printed.count(b"/Type /Page\n") <= 40
    visit.context.close()
