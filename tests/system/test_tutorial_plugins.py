"""The plugin tutorial as its reader would do it: the plugins are built from the page's own text."""

import re
from pathlib import Path

import pytest
from tutorials import Edits, Reader, blocks, edited, not_asked_for

pytestmark = pytest.mark.timeout(900)
PAGE = "tutorial-plugins.md"
KIND, RULE = "plugins/late_supplier.py", "rules/late-supplier.yaml"
DESK, CASE = "plugins/desk.py", "tests/cases/desk.yaml"


def settings(reader: Reader) -> None:
    """The lines that the page shows as printed by `riskplug new notifier`."""
    (shown,) = [text for _, kind, text in blocks(PAGE) if kind == "console" and "to use it:" in text]
    lines = shown.partition("to use it:\n")[2].partition("next:")[0]
    reader.write("riskplug.toml", (reader.folder / "riskplug.toml").read_text() + lines)


def pinned(reader: Reader) -> None:
    reader.change("riskplug.toml", "[workspace]\n", '[workspace]\nbusiness_date = "2025-04-28"\n')


def made_visible(reader: Reader) -> None:
    reader.change(DESK, "{digest.workspace}", "{visible(digest.workspace)}")
    reader.change(DESK, "    url_of,\n", "    url_of,\n    visible,\n")


EDITS: Edits = {
    'write `business_date = "2025-04-28"` below `[workspace]`': pinned,
    "`options: {orders: 2, grace: 7}`": lambda reader: reader.change(RULE, "{orders: 2}", "{orders: 2, grace: 7}"),
    "It is `grace_days: 7`": lambda reader: reader.change(RULE, "grace: 7", "grace_days: 7"),
    "Order B of the case was due the day before. Make it `2025-04-20`": lambda reader: reader.change(
        RULE,
        "supplier: V-1, open_quantity: 5, due_date: 2025-04-27",
        "supplier: V-1, open_quantity: 5, due_date: 2025-04-20",
    ),
    "Take the line with `status: shadow` away": lambda reader: reader.write(
        RULE, re.sub(r".*status: shadow.*\n", "", (reader.folder / RULE).read_text())
    ),
    "Put those lines at the end of riskplug.toml": settings,
    "it now begins with `Sample Drives: 1 new critical`": lambda reader: reader.change(
        CASE, "text: |\n  1 new", "text: |\n  Sample Drives: 1 new"
    ),
    "Write `visible(digest.workspace)`, and import `visible` beside `url_of`": made_visible,
}


def coded(reader: Reader, prose: str, text: str) -> None:
    """A block of Python: what a file has already, a line to add, or lines in place of one."""
    if "The heart of" in prose:
        assert text in (reader.folder / KIND).read_text()
    elif "below the option `orders`, add" in prose:
        (line,) = [one for one in (reader.folder / KIND).read_text().splitlines() if one.startswith("    orders: int")]
        reader.change(KIND, line + "\n", line + "\n" + text)
    else:
        file, begin = (KIND, "        late = ") if "begins with `late =`" in prose else (DESK, '        return {"text"')
        (line,) = [one for one in (reader.folder / file).read_text().splitlines() if one.startswith(begin)]
        reader.change(file, line + "\n", text)


def test_everything_the_tutorial_says_happens(tmp_path: Path) -> None:
    reader = Reader(tmp_path)
    assert not_asked_for(EDITS, PAGE) == []
    for prose, kind, text in blocks(PAGE):
        edited(reader, EDITS, prose)
        if kind == "csv":
            reader.write(re.findall(r"`([\w/-]+\.csv)`", prose)[-1], text)
        elif kind == "python":
            coded(reader, prose, text)
        else:
            reader.follow(text)
    assert len(reader.ran) == 17
