"""What `riskplug regimes` prints for people: plain lines that fit a narrow terminal. No logic."""

import shutil
import textwrap
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

    from riskplug.model import LegalChange
    from riskplug.regimes import Overview
    from riskplug.regimes.overview import Position

NARROWEST, WIDEST = 36, 100


def status_lines(found: "Overview") -> Iterator[str]:
    """The groups that hold something; what ends or is to be verified is said once for all that share it."""
    yield from _wrapped(f"The law of {found.on}. Information, not legal advice.", "")
    for group, (heading, says) in _groups(found.within_days).items():
        rows = list(found.of(group))
        if rows:
            yield ""
            yield f"{heading} ({len(rows)})"
            if group == "coming" and any(one.measure.as_of > found.on for one in rows):
                yield from _wrapped(f"as read later: not all of it was known on {found.on}", "  ")
            yield from _folded(rows, says, found.on) if group in _FOLDED else _listed(rows, says, found.on)
    rest = {"not_yet": "later", "ended": "ended"}
    counts = ", ".join(f"{len(found.groups[group])} {word}" for group, word in rest.items() if found.groups[group])
    if counts:
        yield ""
        yield from _wrapped(f"Not shown: {counts} (measures and items; --format json lists them)", "")


Says = Callable[["Position", date], str]
_FOLDED = frozenset(("ending", "stale"))


def _groups(days: int) -> Mapping[str, tuple[str, Says]]:
    return {
        "in_force": ("IN FORCE", _since),
        "suspended": ("SUSPENDED", lambda one, on: f"{_since(one, on)}; {one.now.basis}"),
        "suspended_presumed": ("PRESUMED SUSPENDED", _since),
        "unknown": ("STATE UNKNOWN, may be in force", lambda one, on: f"since {one.now.since}"),
        "coming": ("COMING", _coming),
        "ending": (f"ENDING WITHIN {days} DAYS", _ending),
        "stale": ("TO BE VERIFIED", lambda one, on: one.now.stale_why),
        "informs": ("IN FORCE, RESTRICTS NO GOODS", _since),
    }


def _since(one: "Position", on: date) -> str:
    until = f" until {one.now.until}" if one.now.until else ""
    return (f"since {one.now.since}" if one.now.since else "since before our sources") + until


def _coming(one: "Position", on: date) -> str:
    if one.now.next_change is None:
        return "announced, without a date"
    known = "announced; " if one.now.status == "announced" else ""
    return f"{known}{_words(one.then)} from {one.now.next_change} ({_days(one.now.next_change, on)})"


def _ending(one: "Position", on: date) -> str:
    left = f" ({_days(one.now.until, on)} left)" if one.now.until else ""
    return f"{_words(one.now.status)} until {one.now.until}{left}, then {_words(one.then)}"


def _days(day: date, on: date) -> str:
    count = (day - on).days
    return "1 day" if count == 1 else f"{count} days"


def _words(status: str) -> str:
    from riskplug.report.law import status_words

    return status_words(status)


def _listed(rows: Sequence["Position"], says: Says, on: date) -> Iterator[str]:
    from riskplug.regimes.status import confidence_of

    for one in rows:
        confidence = confidence_of(one.measure, one.item, one.now)
        yield from _wrapped(f"{one.id}: {one.title}", "  ", first="")
        yield from _wrapped(f"{one.measure.instrument}; {says(one, on)}; confidence {confidence}", "  ")


def _folded(rows: Sequence["Position"], says: Says, on: date) -> Iterator[str]:
    shared: dict[str, list[str]] = {}
    for one in rows:
        shared.setdefault(says(one, on), []).append(one.id)
    for text, ids in shared.items():
        yield from _wrapped(", ".join(ids), "", first="")
        yield from _wrapped(text, "  ")


def timeline_lines(changes: "pd.DataFrame", on: date) -> Iterator[str]:
    """One turn after the other, oldest first, with a line where the day asked about lies."""
    passed = False
    for row in changes.to_dict("records"):
        if not passed and row["date"].date() > on:
            passed = True
            yield f"---------- {on}"
        turn = f"{_words(str(row['from_status']))} -> {_words(str(row['to_status']))}"
        yield from _wrapped(f"{row['date']:%Y-%m-%d} {row['measure']}: {turn}", "  ", first="")
    if not passed:
        yield f"---------- {on}"


def measure_lines(document: Mapping[str, Any]) -> Iterator[str]:
    """One measure in full; ``document``: riskplug.regimes-measure/1."""
    yield from _wrapped(f"{document['measure']}: {document['title']}", "  ", first="")
    yield from _wrapped(f"{document['instrument']}, {document['authority']}", "  ")
    scope = f"{_countries(document, 'origin')} to {_countries(document, 'destination')}"
    restricts = "" if document["restricts"] else ", restricts no goods"
    yield from _wrapped(
        f"{document['kind'].replace('_', ' ')}, {scope}, follows {document['follows']}{restricts}", "  "
    )
    if document["end_use"]:
        yield from _wrapped(f"only {document['end_use']['only']} (field {document['end_use']['field']})", "  ")
    yield from _wrapped(f"on {document['on']}: {_standing(document)}", "  ")
    if document["stale_why"]:
        yield from _wrapped(f"to be verified: {document['stale_why']}", "  ")
    yield "SPANS"
    for span in document["spans"]:
        basis = f"; {span['basis']}" if span["basis"] else ""
        dates = f"{span['from'] or '..'} to {span['through'] or 'open'}"
        yield from _wrapped(f"{dates}: {_words(span['status'])}{basis}", "    ", first="  ")
    if document["items"]:
        yield f"ITEMS ({len(document['items'])})"
    for item in document["items"]:
        yield from _item_lines(item, document["status"])
    for heading in ("same_items_as", "exclusions", "sources"):
        if document[heading]:
            yield heading.upper().replace("_", " ")
            for text in document[heading]:
                yield from _wrapped(text, "    ", first="  ")
    verify = f", verify by {document['verify_by']}" if document["verify_by"] else ""
    yield from _wrapped(f"confidence {document['confidence']}, read as of {document['as_of']}{verify}", "  ", first="")
    if document["note"]:
        yield from _wrapped(document["note"], "")


def _countries(document: Mapping[str, Any], side: str) -> str:
    left_out = document[f"{side}_except"]
    return (",".join(document[side]) or "-") + (f" except {','.join(left_out)}" if left_out else "")


def _standing(document: Mapping[str, Any]) -> str:
    dates = "".join(
        f" {word} {document[key]}" for word, key in (("since", "since"), ("until", "until")) if document[key]
    )
    licence = f"; a licence is taken to need {document['licence_days']:g} days" if document["licence_days"] else ""
    return f"{_words(document['status'])}{dates}{licence}"


def _item_lines(item: Mapping[str, Any], status: str) -> Iterator[str]:
    yield from _wrapped(
        f"{item['item']}: {item['title'] or 'no title'} (confidence {item['confidence']})", "    ", "  "
    )
    if item["status"] != status:
        dates = f"{item['from'] or '..'} to {item['through'] or 'open'}"
        yield from _wrapped(f"{_words(item['status'])}, {dates}", "    ")
    goods = f"{'/'.join(item['materials'])} as {'/'.join(item['forms'])}" if item["materials"] else "names no material"
    yield from _wrapped(goods, "    ")
    told = (
        ("control codes", item["control_codes"]),
        ("customs codes, for reference", item["hs_codes"]),
        ("named", item["named"]),
        ("tests", [_test(test) for test in item["tests"]]),
        ("needs", item["needs"]),
        ("looks also at", item["stages"]),
        ("NOT CONFIRMED", item["not_confirmed"]),
    )
    for heading, values in told:
        if values:
            yield from _wrapped(f"{heading}: {', '.join(values)}", "      ", "    ")


def _test(test: Mapping[str, Any]) -> str:
    value = "a value not confirmed" if test["value"] is None else f"{test['value']:g} {test['unit'] or ''}".strip()
    return f"{test['field']} {test['op']} {value}" + (f" by {test['basis']}" if test["basis"] else "")


def diff_lines(
    changes: Sequence["LegalChange"], start: date, end: date, currency: str, *, computed: bool
) -> Iterator[str]:
    """Each change with what it touches; ``computed``: whether a scan is kept that could say so."""
    from riskplug.report import touch_of, turn_of

    yield from _wrapped(f"Law from {start} to {end}: {len(changes)} changes. Information, not legal advice.", "")
    for change in changes:
        yield ""
        yield from _wrapped(f"{change.measure}: {change.title}", "  ", first="")
        yield from _wrapped(f"{change.instrument}; {turn_of(change)}", "  ")
        if computed:
            yield from _wrapped(touch_of(change, currency), "  ")
            yield from _names("parts", change.touched.parts if change.touched else ())
            yield from _names("orders", change.touched.orders if change.touched else ())
            yield from _names("products", change.touched.products if change.touched else ())
    if not computed:
        yield ""
        yield from _wrapped("No scan is kept: run `riskplug scan` to see what of yours this touches.", "")


def _names(word: str, names: Sequence[str]) -> Iterator[str]:
    shown = 12
    more = f" and {len(names) - shown} more" if len(names) > shown else ""
    if names:
        yield from _wrapped(f"{word}: {', '.join(names[:shown])}{more}", "    ", first="  ")


def _wrapped(text: str, indent: str, first: str | None = None) -> list[str]:
    width = max(NARROWEST, min(WIDEST, shutil.get_terminal_size((80, 24)).columns))
    start = indent if first is None else first
    return textwrap.wrap(
        text, width, initial_indent=start, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False
    )
