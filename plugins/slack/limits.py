"""What Slack takes, kept with room, and looked after by us: the SDK checks a part of it only.

Slack's own limits (docs.slack.dev, Block Kit reference): 50 blocks, a section 3000 characters, ten fields of 2000, a
header 150, ten elements in a context, 25 in actions, a button 75, a table 100 rows of 20 cells.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

MAX_BLOCKS, MAX_SECTION, MAX_FIELD, MAX_FIELDS, MAX_HEADER = 45, 2800, 1900, 10, 140
MAX_ELEMENTS, MAX_ACTIONS, MAX_BUTTON, MAX_VALUE, MAX_URL = 10, 5, 70, 1900, 2900
MAX_ROWS, MAX_CELLS, MAX_CELL, MAX_TABLE = 90, 20, 240, 9000
MAX_TEXT = 3500


def problems(payload: Mapping[str, Any]) -> Iterator[str]:
    """What is too long or too many in a payload, with its place; nothing for one that Slack takes."""
    yield from _length("text", payload.get("text", ""), MAX_TEXT)
    blocks: Sequence[Mapping[str, Any]] = payload.get("blocks", ())
    yield from _count("blocks", blocks, MAX_BLOCKS)
    if sum(block["type"] == "table" for block in blocks) > 1:
        yield "blocks: more than one table"
    for number, block in enumerate(blocks):
        yield from _block(f"blocks/{number}", block)


def _block(where: str, block: Mapping[str, Any]) -> Iterator[str]:
    kind = block["type"]
    if kind == "header":
        yield from _length(where, block["text"]["text"], MAX_HEADER)
    elif kind == "section":
        yield from _length(where, block["text"]["text"], MAX_SECTION)
        yield from _count(f"{where}/fields", block.get("fields", ()), MAX_FIELDS)
        for field in block.get("fields", ()):
            yield from _length(f"{where}/fields", field["text"], MAX_FIELD)
    elif kind == "context":
        yield from _count(f"{where}/elements", block["elements"], MAX_ELEMENTS)
        for element in block["elements"]:
            yield from _length(f"{where}/elements", element["text"], MAX_FIELD)
    elif kind == "actions":
        yield from _buttons(where, block["elements"])
    elif kind == "table":
        yield from _table(where, block["rows"])
    else:
        yield f"{where}: a block of type {kind!r} is not known here"


def _buttons(where: str, buttons: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    yield from _count(f"{where}/elements", buttons, MAX_ACTIONS)
    for button in buttons:
        yield from _length(f"{where}/text", button["text"]["text"], MAX_BUTTON)
        yield from _length(f"{where}/value", button.get("value", "-"), MAX_VALUE)
        yield from _length(f"{where}/url", button.get("url", "-"), MAX_URL)


def _table(where: str, rows: Sequence[Sequence[Mapping[str, Any]]]) -> Iterator[str]:
    yield from _count(f"{where}/rows", rows, MAX_ROWS)
    for row in rows:
        yield from _count(f"{where}/cells", row, MAX_CELLS)
        for cell in row:
            yield from _length(f"{where}/cell", cell["text"], MAX_CELL)
    if sum(len(cell["text"]) for row in rows for cell in row) > MAX_TABLE:
        yield f"{where}: more than {MAX_TABLE} characters in a table"


def _length(where: str, text: str, most: int) -> Iterator[str]:
    if not 0 < len(text) <= most:
        yield f"{where}: {len(text)} characters, 1 to {most} are taken"


def _count(where: str, items: Sequence[Any], most: int) -> Iterator[str]:
    if len(items) > most:
        yield f"{where}: {len(items)} items, {most} are taken"
