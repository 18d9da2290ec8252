"""Digests as receivers get them, for tests of notifiers: an ordinary night, a quiet, a hostile and an endless one."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from riskplug.extend.protocols import Digest, DigestLine
from riskplug.model import Severity

KEY = "d" * 64
HOSTILE = (
    "<!channel> @everyone <at>all</at>",
    "[Approved](https://evil.example) ![x](http://evil.example/x.png)",
    "a\r\nBcc: everybody@example.com\r\n\r\nbody",
    "\u202egnp.exe\u202c \u2066hidden\u2069 \u200bzero\ufeff",
    "<script>alert(1)</script><img src=http://evil.example/p.png>",
    "{{DATE(2025-04-28T00:00:00Z)}} ${secret} {noformat}[~admin]",
    "line\u2028break \x00\x1b[31m",
    "\ud83d lone surrogate",
)
"""What a part description of an ERP may hold, and a message must not carry into a receiver unharmed."""


def line(severity: Severity = "critical", change: str = "new", text: str = "14 days left", **other: Any) -> DigestLine:
    """An alert of the sample company; ``other`` replaces fields of DigestLine."""
    given: dict[str, Any] = {
        "title": "Stock runs out before a licence can be expected · DE01 M-4711",
        "owner": "anna.berg",
        "key": "a1" * 32,
        "rule": "runway-shorter-than-licence",
        "identity": {"site": "DE01", "part_no": "M-4711", "material": "Dy"},
        "episode": 1,
        **other,
    }
    return DigestLine(severity, change, text=text, **given)


def digest(*lines: DigestLine, **other: Any) -> Digest:
    """A night of the sample company with some alerts; ``other`` replaces fields of Digest."""
    given: dict[str, Any] = {
        "workspace": "Sample Drives",
        "business_date": date(2025, 4, 28),
        "scan_id": "s-1",
        "headline": "1 new or worse critical (Sample Drives, 2025-04-28)",
        "counts": {"new": len(lines)},
        **other,
    }
    return Digest(lines=lines, **given)


def hostile(text: str, lines: int = 2) -> Digest:
    """The same text wherever a text of the ERP can stand."""
    one = line(text=text, title=text, owner=text, rule="rule", identity={"part_no": text, "site": text})
    return digest(*(one,) * lines, workspace=text, headline=text, notes=(text, text))


def long(lines: int = 500, length: int = 2_000) -> Digest:
    """More than any receiver takes."""
    told = [line(text="x <&> \u00e4 " * (length // 8), key=f"{number:064x}") for number in range(lines)]
    return digest(*told, more=7, notes=("a remark " * 100,) * 60)


def sample_digests() -> Mapping[str, Digest]:
    """One digest of each sort by name: ordinary, quiet, hostile, long."""
    ordinary = digest(line(), line("warning", "worse", key="b2" * 32), notes=("MX01: stock is 3 days old",))
    quiet = digest(headline="nothing new (Sample Drives, 2025-04-28)", part="status", open={"critical": (3, 0)})
    return {"ordinary": ordinary, "quiet": quiet, "hostile": hostile(HOSTILE[0]), "long": long()}
