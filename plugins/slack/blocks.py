"""A digest as Block Kit: within Slack's limits, every data value escaped, no mention or link from data ever active.

Limits (Slack's own, docs.slack.dev block-kit: 50 blocks, 3000 characters a section, 150 a header) are kept with room.
Slack gives three characters a meaning in control sequences: & < > (docs.slack.dev, formatting message text).
"""

import re
import unicodedata
from typing import Any

from riskplug.extend.protocols import Digest, DigestLine

MAX_BLOCKS, MAX_SECTION, MAX_HEADER, MAX_TEXT, MAX_NOTE, MAX_NOTES = 45, 2800, 140, 3500, 1900, 9
_MARKS = {"critical": ":red_circle:", "warning": ":large_orange_circle:", "info": ":large_blue_circle:"}
# Control, format (bidirectional marks among them), private use, surrogates.
_INVISIBLE = {"Cc", "Cf", "Co", "Cs"}
_HALF_ENTITY = re.compile(r"&[a-z]{0,3}$")


def escape(text: str) -> str:
    """Data as Slack shows it: control and bidirectional marks out, & < > escaped."""
    visible = "".join(" " if unicodedata.category(mark) in _INVISIBLE else mark for mark in text)
    return visible.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def shortened(text: str, length: int) -> str:
    """At most ``length`` characters of escaped text, cut at a word where there is one near, with a mark of the cut."""
    if len(text) <= length:
        return text
    cut = _HALF_ENTITY.sub("", text[: length - 1])
    return (cut.rsplit(" ", 1)[0] if " " in cut[length // 2 :] else cut) + "…"


def blocks_of(digest: Digest) -> list[dict[str, Any]]:
    """Header, headline, one section per alert, what else is to be said."""
    head = escape(f"riskplug · {digest.workspace} · {digest.business_date}")
    title = {"type": "plain_text", "text": shortened(head, MAX_HEADER), "emoji": False}
    opening = [{"type": "header", "text": title}, _section(f"*{escape(digest.headline)}*")]
    shown = digest.lines[: MAX_BLOCKS - len(opening) - 1]
    more = digest.more + len(digest.lines) - len(shown)
    said = [*([f"and {more} more: see the brief"] if more else []), *map(escape, digest.notes)]
    return [*opening, *(_section(_line(line)) for line in shown), *([_context(said)] if said else [])]


def fallback(digest: Digest) -> str:
    """What a notification and a screen reader get: the headline first, because a telephone shows little more."""
    shown = digest.lines[:5]
    lines = [f"{line.severity}: {line.title}: {line.text}" for line in shown]
    more = digest.more + len(digest.lines) - len(shown)
    parts = [digest.headline, *lines, *([f"and {more} more"] if more else []), *digest.notes]
    return shortened("\n".join(map(escape, parts)), MAX_TEXT)


def _line(line: DigestLine) -> str:
    owner = f" · {escape(line.owner)}" if line.owner else ""
    return f"{_MARKS[line.severity]} *{escape(line.title)}* ({escape(line.change)}){owner}\n{escape(line.text)}"


def _section(text: str) -> dict[str, Any]:
    return {"type": "section", "text": {"type": "mrkdwn", "text": shortened(text, MAX_SECTION), "verbatim": True}}


def _context(said: list[str]) -> dict[str, Any]:
    left = len(said) - MAX_NOTES
    texts = [*said[:MAX_NOTES], *([f"and {left} more remarks"] if left > 0 else [])]
    marks = [{"type": "mrkdwn", "text": shortened(text, MAX_NOTE), "verbatim": True} for text in texts]
    return {"type": "context", "elements": marks}
