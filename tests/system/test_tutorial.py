"""The rules tutorial as its reader would do it: every file written, every edit made, every command run and compared."""

import re
from pathlib import Path

import pytest
from tutorials import Edits, Reader, blocks, edited, not_asked_for

pytestmark = pytest.mark.timeout(900)
PAGE = "tutorial-rules.md"
RULE = "rules/magnet-stock.yaml"
EDITS: Edits = {
    "Correct the line to `stock_runway_days < lead_time_days`": lambda reader: reader.change(
        RULE, "stock_runway <", "stock_runway_days <"
    ),
    "Copy the file to `wider.yaml`, write `60 days` for `14 days`": lambda reader: reader.change(
        RULE, "14 days", "60 days", to="wider.yaml"
    ),
    "Take the line `status: shadow` away": lambda reader: reader.change(RULE, "    status: shadow\n", ""),
}


def follow(reader: Reader, prose: str, kind: str, text: str) -> None:
    edited(reader, EDITS, prose)
    files = re.findall(r"`([\w/-]+\.(?:csv|yaml))`", prose)
    if kind == "csv" or (kind == "yaml" and text.startswith("schema:")):
        reader.write(files[-1], text)
    elif kind == "yaml" and text.lstrip().startswith("tests:"):
        reader.write(RULE, (reader.folder / RULE).read_text() + text)
    elif kind == "yaml":  # one row in place of the one with its part number
        (old,) = [line for line in (reader.folder / RULE).read_text().splitlines() if line.startswith(text[:25])]
        reader.change(RULE, old, text.rstrip("\n"))
    else:
        reader.follow(text)


def test_everything_the_tutorial_says_happens(tmp_path: Path) -> None:
    reader = Reader(tmp_path)
    assert not_asked_for(EDITS, PAGE) == []
    for prose, kind, text in blocks(PAGE):
        follow(reader, prose, kind, text)
    assert len(reader.ran) == 13
