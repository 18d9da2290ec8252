"""Legal changes as people and programs read them: documents, and one line each. Information, never a clearance."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from riskplug.model import LegalChange, LegalNews, Touched

DIFF = "riskplug.regimes-diff/1"
LINES = 8
_WORDS = {"not_yet": "not yet", "": "not in the register", "unknown": "state unknown"}


def diff_document(
    changes: Sequence[LegalChange], start: date, end: date, scan_id: str | None, currency: str
) -> dict[str, Any]:
    """riskplug.regimes-diff/1. ``scan_id``: the scan whose inputs say what is touched; None without one."""
    return {
        "schema": DIFF,
        "from": start.isoformat(),
        "to": end.isoformat(),
        "scan_id": scan_id,
        "currency": currency,
        "changes": [change_document(change) for change in changes],
    }


def news_document(news: LegalNews) -> dict[str, Any]:
    """`legal_changes` of riskplug.scan/1; without an earlier scan nothing is said."""
    return {
        "since_scan": news.since_scan or None,
        "from": news.start.isoformat() if news.start else None,
        "to": news.end.isoformat() if news.end else None,
        "changes": [change_document(change) for change in news.changes],
        "remark": news.remark or None,
    }


def change_document(change: LegalChange) -> dict[str, Any]:
    """One legal change."""
    return {
        "measure": change.measure,
        "parent": change.parent,
        "instrument": change.instrument,
        "title": change.title,
        "restricts": change.restricts,
        "names_goods": change.names_goods,
        "what": change.what,
        "from_status": change.from_status or None,
        "to_status": change.to_status or None,
        "why": change.why or None,
        "steps": [
            {
                "date": step.on.isoformat(),
                "from_status": step.from_status,
                "to_status": step.to_status,
                "basis": step.basis or None,
            }
            for step in change.steps
        ],
        "touches": _touched(change.touched) if change.touched else None,
    }


def _touched(touched: Touched) -> dict[str, Any]:
    return {
        "parts": list(touched.parts),
        "parts_unknown": list(touched.parts_unknown),
        "orders": list(touched.orders),
        "orders_unknown": list(touched.orders_unknown),
        "order_value": touched.order_value,
        "orders_unpriced": touched.orders_unpriced,
        "products": list(touched.products),
    }


def law_lines(news: LegalNews, currency: str, limit: int = LINES) -> tuple[str, ...]:
    """One line per change for a digest, those that touch something first. What has to be verified is left out:
    findings say so."""
    told = [change for change in news.changes if change.what != "stale"]
    told.sort(key=lambda change: not (change.touched and (change.touched.parts or change.touched.parts_unknown)))
    more = len(told) - limit
    lines = [f"law changed: {law_line(change, currency)}" for change in told[:limit]]
    if more > 0:
        lines.append(f"and {more} more changes of law: `riskplug regimes diff {news.start} {news.end}`")
    return (*lines, *([f"law: {news.remark}"] if news.remark else []))


def law_line(change: LegalChange, currency: str) -> str:
    """Measure, from and to, and what of ours it touches."""
    return f"{change.measure} ({change.instrument}): {turn_of(change)}; {touch_of(change, currency)}"


def turn_of(change: LegalChange) -> str:
    """What happened, in words: both ends, the way between them, the day of the last turn."""
    if change.what == "stale":
        return f"{status_words(change.to_status)}, to be verified: {change.why}"
    if change.what == "amended":
        return f"{status_words(change.to_status)}; {change.why}"
    passed = [status_words(step.to_status) for step in change.steps[:-1]]
    way = " -> ".join([status_words(change.from_status), *passed, status_words(change.to_status)])
    return way + (f" on {change.steps[-1].on}" if change.steps else "")


def status_words(status: str) -> str:
    """A status as people read it."""
    return _WORDS.get(status, status.replace("_", " "))


def touch_of(change: LegalChange, currency: str) -> str:
    """How much of ours it touches, in words. Nothing found is said as such, never as safe."""
    touched = change.touched
    if touched is None:
        return "what it touches was not computed" if change.names_goods else "names no goods that a part could be"
    unknown = f" ({len(touched.parts_unknown)} more unknown)" if touched.parts_unknown else ""
    orders = f"{_count(touched.orders, 'open order line')}{_value(touched, currency)}"
    more = f" ({len(touched.orders_unknown)} more unknown)" if touched.orders_unknown else ""
    parts, products = _count(touched.parts, "part"), _count(touched.products, "product")
    return f"found to touch {parts}{unknown}, {orders}{more}, {products}"


def _value(touched: Touched, currency: str) -> str:
    if touched.order_value is None:
        return " of unknown value" if touched.orders else ""
    bound = "at least " if touched.orders_unpriced else ""
    return f" of {bound}{currency} {touched.order_value:,.0f}"


def _count(names: Sequence[str], word: str) -> str:
    return f"{len(names)} {word}" + ("" if len(names) == 1 else "s")
