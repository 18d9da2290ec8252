"""A digest as Block Kit: within Slack's limits, every data value escaped, no mention or link from data ever active."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from riskplug_plugins.slack.escaping import escape, shortened, typed
from riskplug_plugins.slack.limits import (
    MAX_BLOCKS,
    MAX_CELL,
    MAX_FIELD,
    MAX_HEADER,
    MAX_SECTION,
    MAX_TABLE,
    MAX_TEXT,
)

from riskplug.extend.protocols import Digest, DigestLine

ACKNOWLEDGE, SNOOZE, OPEN = "riskplug_acknowledge", "riskplug_snooze", "riskplug_open"
SNOOZE_DAYS = 7
MAX_NOTES = 9
_MARKS = {"critical": ":red_circle:", "warning": ":large_orange_circle:", "info": ":large_blue_circle:"}
_ENDED = ":heavy_check_mark:"
_TOLD_IN_TEXT = 5
Block = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Buttons:
    """What a single message offers. ``url``: where the brief can be read, or empty; ``acts``: somebody listens."""

    acts: bool = False
    url: str = ""


def blocks_of(digest: Digest, buttons: Buttons = Buttons()) -> list[Block]:
    """The blocks of a whole digest, a parent, a reply, a single message, a note or a status."""
    if digest.part == "parent":
        return _parent(digest)
    if digest.part == "thread":
        return _lines(digest, [_section(f"*{escape(digest.headline)}*")], "in the file")
    if digest.part == "single":
        return _single(digest.lines[0], buttons)
    if digest.part == "note":
        line = digest.lines[0]
        return [_section(f"*{escape(digest.headline)}*\n{escape(line.text)}")]
    if digest.part == "status":
        said = [*map(escape, (*digest.gaps, *digest.silences, *digest.dates))]
        return [_section(escape(digest.headline)), *_context(said)]
    return _whole(digest)


def fallback(digest: Digest) -> str:
    """What a notification and a screen reader get: the headline first, because a telephone shows little more."""
    if digest.part in ("single", "note"):
        return shortened(escape(_said(digest.lines[0], digest.headline if digest.part == "note" else "")), MAX_TEXT)
    shown = digest.lines if digest.part == "parent" else digest.lines[:_TOLD_IN_TEXT]
    more = digest.more + len(digest.lines) - len(shown)
    parts = [digest.headline, *(_said(line) for line in shown), *([f"and {more} more"] if more else []), *digest.notes]
    return shortened("\n".join(map(escape, parts)), MAX_TEXT)


def _said(line: DigestLine, instead: str = "") -> str:
    """One alert as it is read aloud; ``instead`` of its state and severity."""
    state = f"{line.state}. " if line.state else ""
    return f"{instead or state + line.severity}: {line.title}: {line.text}"


def open_line(digest: Digest) -> str:
    """``Open: 12 critical (+2), 40 warning (-1), 5 info (as before)``; empty where nothing is open."""
    said = [f"{now:,} {name} ({_difference(change)})" for name, (now, change) in digest.open.items()]
    return f"Open: {', '.join(said)}" if said else ""


def _difference(change: int) -> str:
    return f"{change:+,}".replace("-", "−") if change else "as before"


def _opening(digest: Digest) -> list[Block]:
    head = escape(f"riskplug · {digest.workspace} · {digest.business_date}")
    title = {"type": "plain_text", "text": shortened(head, MAX_HEADER), "emoji": False}
    return [{"type": "header", "text": title}, _section(f"*{escape(digest.headline)}*")]


def _whole(digest: Digest) -> list[Block]:
    """Header, headline, one section per alert, what else is to be said."""
    opening = _opening(digest)
    shown = digest.lines[: MAX_BLOCKS - len(opening) - 1]
    more = digest.more + len(digest.lines) - len(shown)
    said = [*([f"and {more} more: see the brief"] if more else []), *map(escape, digest.notes)]
    return [*opening, *(_section(_line(line)) for line in shown), *_context(said)]


def _parent(digest: Digest) -> list[Block]:
    """Headline, what is open against the last scan, the worst in a table, what ends, what is missing, on what basis."""
    from riskplug.deliver import counts_line

    told = [text for text in (open_line(digest), counts_line(digest.counts)) if text]
    more = [f"and {digest.more:,} more, in the thread and in the file"] if digest.more else []
    below = [f"Silent, ending soon: {text}" for text in digest.silences] + [*digest.gaps, *digest.notes]
    return [
        *_opening(digest),
        *_context(list(map(escape, told))),
        *_table(digest.lines),
        *_context([*more, *map(escape, below)]),
        *_context(list(map(escape, digest.dates))),
    ]


def _table(lines: Sequence[DigestLine]) -> list[Block]:
    """State, place, message, days left and owner; columns that nobody fills are left out."""
    if not lines:
        return []
    columns = {
        "Alert": [f"{line.severity}, {line.change}" for line in lines],
        "Where": [line.about for line in lines],
        "What": [line.text for line in lines],
        "Left": [line.left for line in lines],
        "Owner": [line.owner for line in lines],
    }
    used = {name: cells for name, cells in columns.items() if any(cells)}
    room = min(MAX_CELL, MAX_TABLE // ((len(lines) + 1) * len(used)))
    rows = [list(used), *(list(row) for row in zip(*used.values(), strict=True))]
    settings = [{"is_wrapped": name in ("Where", "What")} for name in used]
    cells = [[_cell(text, room) for text in row] for row in rows]
    return [{"type": "table", "column_settings": settings, "rows": cells}]


def _cell(text: str, room: int) -> Block:
    return {"type": "raw_text", "text": shortened(typed(text), room).strip() or "–"}


def _lines(digest: Digest, opening: list[Block], where: str) -> list[Block]:
    shown = digest.lines[: MAX_BLOCKS - len(opening) - 1]
    more = digest.more + len(digest.lines) - len(shown)
    rest = _context([f"and {more:,} more, {where}"] if more else [])
    return [*opening, *(_section(_line(line)) for line in shown), *rest]


def _single(line: DigestLine, buttons: Buttons) -> list[Block]:
    ended = line.change in ("resolved", "retired")
    mark = _ENDED if ended else _MARKS[line.severity]
    state = f"*{escape(line.state)}.* " if line.state else ""
    owner = f"Owner: {escape(line.owner)}" if line.owner else "No owner"
    about = _context([owner, f"riskplug alerts show {line.key[:10]}"])
    actions = [] if ended else _actions(line, buttons)
    return [_section(f"{mark} {state}*{escape(line.title)}*\n{escape(line.text)}"), *about, *actions]


def _actions(line: DigestLine, buttons: Buttons) -> list[Block]:
    acts = [_button("Acknowledge", ACKNOWLEDGE, line.key), _button(f"Snooze {SNOOZE_DAYS} days", SNOOZE, line.key)]
    look = [{**_button("Open", OPEN, line.key), "url": buttons.url}] if buttons.url else []
    elements = [*(acts if buttons.acts else []), *look]
    return [{"type": "actions", "elements": elements}] if elements else []


def _button(words: str, action: str, key: str) -> Block:
    return {"type": "button", "text": {"type": "plain_text", "text": words}, "action_id": action, "value": key}


def _line(line: DigestLine) -> str:
    owner = f" · {escape(line.owner)}" if line.owner else ""
    return f"{_MARKS[line.severity]} *{escape(line.title)}* ({escape(line.change)}){owner}\n{escape(line.text)}"


def _section(text: str) -> Block:
    return {"type": "section", "text": {"type": "mrkdwn", "text": shortened(text, MAX_SECTION), "verbatim": True}}


def _context(said: Iterable[str]) -> list[Block]:
    texts = [text for text in said if text]
    if not texts:
        return []
    left = len(texts) - MAX_NOTES
    kept = [*texts[:MAX_NOTES], *([f"and {left} more remarks"] if left > 0 else [])]
    marks = [{"type": "mrkdwn", "text": shortened(text, MAX_FIELD), "verbatim": True} for text in kept]
    return [{"type": "context", "elements": marks}]
