"""What Slack refuses about a message, in its words (docs.slack.dev, Block Kit reference)."""

import json
import re
from collections.abc import Iterator
from typing import Any

MAX_BLOCKS, MAX_TEXT = 50, 40_000
_KNOWN = {"section", "header", "context", "actions", "table", "divider", "image", "rich_text", "markdown"}
_TEXTS = {"section": 3000, "header": 150}
_ACTIVE = re.compile(r"<(?:[!@#]|[a-z][a-z0-9+.-]*:|mailto:)", re.IGNORECASE)


def active_marks(payload: dict[str, Any]) -> list[str]:
    """Mentions and links that Slack would make of a payload's texts."""
    return _ACTIVE.findall(json.dumps(payload, ensure_ascii=False))


def block_problems(blocks: list[dict[str, Any]]) -> Iterator[str]:
    """What Slack would refuse about blocks, in its words."""
    if len(blocks) > MAX_BLOCKS:
        yield f"no more than {MAX_BLOCKS} items allowed [json-pointer:/blocks]"
    for number, block in enumerate(blocks):
        where = f"[json-pointer:/blocks/{number}"
        if block.get("type") not in _KNOWN:
            yield f"unsupported type: {block.get('type')} {where}/type]"
            continue
        limit = _TEXTS.get(block["type"])
        if limit and "text" in block and not 0 < len(block["text"]["text"]) <= limit:
            yield f"must be between 1 and {limit} characters {where}/text/text]"
        yield from _parts(block, where)


def _parts(block: dict[str, Any], where: str) -> Iterator[str]:
    most = {"context": 10, "actions": 25}.get(block["type"], 10)
    if len(block.get("elements", ())) > most:
        yield f"no more than {most} items allowed {where}/elements]"
    if len(block.get("fields", ())) > 10 or any(len(field["text"]) > 2000 for field in block.get("fields", ())):
        yield f"no more than 10 items of 2000 characters allowed {where}/fields]"
    if block["type"] == "actions":
        yield from _buttons(block, where)
    if block["type"] == "table":
        rows = block["rows"]
        if not 0 < len(rows) <= 100 or any(not 0 < len(row) <= 20 for row in rows):
            yield f"1 to 100 rows of 1 to 20 cells allowed {where}/rows]"
        if any(not cell.get("text") for row in rows for cell in row):
            yield f"must be more than 0 characters {where}/rows]"
    if len(block.get("block_id", "")) > 255:
        yield f"must be less than 256 characters {where}/block_id]"


def _buttons(block: dict[str, Any], where: str) -> Iterator[str]:
    for n, button in enumerate(block["elements"]):
        if button["type"] == "button" and not 0 < len(button["text"]["text"]) <= 75:
            yield f"must be less than 76 characters {where}/elements/{n}/text]"
        if len(button.get("value", "")) > 2000 or len(button.get("url", "")) > 3000:
            yield f"value or url is too long {where}/elements/{n}]"
