"""A digest in plain words, and the care that every text from data needs before it goes out."""

import unicodedata
from bisect import bisect_right
from collections.abc import Iterable
from itertools import accumulate

from riskplug.extend.protocols import Digest, DigestLine

# Control, format (bidirectional marks among them), private use, surrogates, line and paragraph separators.
_INVISIBLE = {"Cc", "Cf", "Co", "Cs", "Zl", "Zp"}
_MAX_NOTE, _MAX_NOTES, _MAX_LINE = 500, 8_000, 2_000


def visible(text: str) -> str:
    """On one line, without control, direction and other invisible marks: text of an ERP must not steer a reader."""
    if text.isprintable():
        return text
    return "".join(" " if unicodedata.category(mark) in _INVISIBLE else mark for mark in text)


def shortened(text: str, length: int) -> str:
    """At most ``length`` characters, cut at a word where there is one near, with a mark of the cut."""
    if len(text) <= length:
        return text
    cut = text[: length - 1]
    return (cut.rsplit(" ", 1)[0] if " " in cut[length // 2 :] else cut) + "…"


def blotted(text: str, secrets: Iterable[str]) -> str:
    """The text without the secrets that it may repeat."""
    for found in sorted(filter(None, secrets), key=len, reverse=True):
        text = text.replace(found, "***")
    return text


def line_text(line: DigestLine) -> str:
    """One alert in one line."""
    owner = f" ({visible(line.owner)})" if line.owner else ""
    return shortened(f"[{line.severity}] {line.change}: {visible(line.title)}: {visible(line.text)}{owner}", _MAX_LINE)


def every_line(digest: Digest) -> tuple[DigestLine, ...]:
    """The digest's lines, then what stands beside them: each alert once."""
    told = {(line.key, line.episode) for line in digest.lines}
    return (*digest.lines, *(line for line in digest.standing if (line.key, line.episode) not in told))


def remarks(digest: Digest, *, left: int = 0, room: int = _MAX_NOTES) -> tuple[str, ...]:
    """What a digest says below its lines, in ``room`` characters; ``left`` of its lines are not shown."""
    more = digest.more + left
    notes = [shortened(visible(note), _MAX_NOTE) for note in (*_open(digest), *digest.notes, *digest.dates)]
    ends = list(accumulate(len(note) + 1 for note in notes))
    shown = bisect_right(ends, room)
    return (
        *((f"and {more} more alerts: see the brief",) if more else ()),
        *notes[:shown],
        *((f"and {len(notes) - shown} more remarks",) if shown < len(notes) else ()),
    )


def _open(digest: Digest) -> tuple[str, ...]:
    """All open alerts by severity, with the difference to the last scan."""
    found = [
        f"{now:,} {name} ({f'{change:+,}' if change else 'no change'})" for name, (now, change) in digest.open.items()
    ]
    return (f"open: {', '.join(found)}",) if found else ()


def digest_text(digest: Digest, length: int) -> str:
    """Headline, as many alerts as fit into ``length`` characters, and how many more there are."""
    headline, notes = shortened(visible(digest.headline), _MAX_NOTE), min(_MAX_NOTES, length // 3)
    room = length - len(headline)
    room -= sum(len(remark) + 1 for remark in remarks(digest, left=len(digest.lines), room=notes))
    shown: list[str] = []
    for line in map(line_text, digest.lines):
        room -= len(line) + 1
        if room < 0:
            break
        shown.append(line)
    left = len(digest.lines) - len(shown)
    return shortened("\n".join([headline, *shown, *remarks(digest, left=left, room=notes)]), length)
