"""A digest as Block Kit: within Slack's limits, every data value escaped, no mention or link from data ever active.

Limits (Slack's own, docs.slack.dev block-kit: 50 blocks, 3000 characters a section, 150 a header) are kept with room.
Slack gives three characters a meaning in control sequences: & < > (docs.slack.dev, formatting message text).
"""

import unicodedata
from collections.abc import Iterator
from typing import Any

from riskplug.extend.protocols import Digest, DigestLine

MAX_BLOCKS, MAX_SECTION, MAX_HEADER, MAX_TEXT = 45, 2800, 140, 3500
_MARKS = {"critical": ":red_circle:", "warning": ":large_orange_circle:", "info": ":large_blue_circle:"}
_FORMAT_CONTROLS = {"Cc", "Cf", "Co", "Cs"}


def escape(text: str) -> str:
    """Data as Slack shows it: control and bidirectional marks out, & < > escaped."""
    visible = "".join(" " if unicodedata.category(c) in _FORMAT_CONTROLS else c for c in text)
    return visible.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def shortened(text: str, length: int) -> str:
    """At most ``length`` characters, cut at a word where there is one, with a mark that it was cut."""
    if len(text) <= length:
        return text
    cut = text[: length - 1]
    return (cut.rsplit(" ", 1)[0] if " " in cut[length // 2 :] else cut) + "…"


def blocks_of(digest: Digest) -> list[dict[str, Any]]:
    """Header, headline, one section per alert, what else is to be said."""
    head = f"riskplug · {digest.workspace} · {digest.business_date}"
    opening = [{"type": "header", "text": {"type": "plain_text", "text": shortened(head, MAX_HEADER), "emoji": True}},
               _section(f"*{escape(digest.headline)}*")]
    room = MAX_BLOCKS - len(opening) - 2
    shown = digest.lines[:room]
    more = digest.more + len(digest.lines) - len(shown)
    closing = [text for text in (f"and {more} more: see the brief" if more else "", *map(escape, digest.notes)) if text]
    context = [_context(closing)] if closing else []
    return [*opening, *(_section(_line(line)) for line in shown), *context]


def fallback(digest: Digest) -> str:
    """What a notification and a screen reader get."""
    lines = [f"{line.severity}: {line.title}: {line.text}" for line in digest.lines[:5]]
    return shortened(escape("\n".join([f"{digest.workspace}: {digest.headline}", *lines])), MAX_TEXT)


def _line(line: DigestLine) -> str:
    owner = f" · {escape(line.owner)}" if line.owner else ""
    return f"{_MARKS[line.severity]} *{escape(line.title)}* ({line.change}){owner}\n{escape(line.text)}"


def _section(text: str) -> dict[str, Any]:
    return {"type": "section", "text": {"type": "mrkdwn", "text": shortened(text, MAX_SECTION), "verbatim": True}}


def _context(texts: list[str]) -> dict[str, Any]:
    return {"type": "context", "elements": list(_elements(texts))}


def _elements(texts: list[str]) -> Iterator[dict[str, Any]]:
    for text in texts[:9]:
        yield {"type": "mrkdwn", "text": shortened(text, 1900), "verbatim": True}
