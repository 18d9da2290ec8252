"""A runway document as text: 80 columns, the answer first."""

import textwrap
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any

WIDTH = 80
SHOWN_PEGS, SHOWN_EXTENSIONS, SHOWN_BEFORE, SHOWN_AFTER = 8, 10, 12, 2
POLICIES = {
    "stock": "no receipts",
    "firm": "firm receipts",
    "all": "all receipts",
    "restricted": "those no measure stops",
}
FLOORS = {"zero": "to zero", "safety_stock": "to safety stock"}
STATES = {
    "covered_to_horizon": "beyond the horizon",
    "already_short": "short now",
    "no_demand": "no demand",
    "unknown": "unknown",
}
LICENCES = {
    "applied": "licence applied for",
    "needed": "licence needed, none applied for",
    "refused": "licence refused",
    "expired": "licence has ended",
    "expires_before_due": "licence ends before it is due",
    "unknown": "no word on a licence",
    "released": "stopped, no licence frees it",
}
KINDS = {
    "licence": "order {what}, released",
    "receipt": "order {what}, were it counted",
    "firm": "order {what}, were it firm",
    "overdue": "overdue order {what}, were it here today",
    "undated": "order {what}, had it a date",
    "expedite": "order {what}, pulled in",
    "stock": "{what}",
    "site": "stock of {what} it can spare",
    "alternate": "{what} in its place",
}

STOCK = {
    "quality": "stock in quality inspection, once released",
    "blocked": "blocked stock, once released",
    "transit": "stock in transit, once here",
    "consignment": "consignment stock, as long as its owner leaves it",
    "project": "stock of projects, given up by them",
    "returns": "returned stock, once accepted",
    "subcontract": "stock at subcontractors, once back",
    "unrestricted": "unrestricted stock, were it counted",
}

# Holds a number and its unit together while lines are broken.
HELD = "\u00a0"

Document = Mapping[str, Any]


def runway_lines(document: Document, *, every: bool = False) -> list[str]:
    """The document for a reader; ``every``: nothing is cut."""
    blocks = (
        _head(document),
        _runways(document),
        _breaks(document, every),
        _last_order(document),
        _outlook(document),
        _extend(document, every),
        _suggested(document, every),
        _advice(document),
        _events(document, every),
    )
    found = [line for block in map(list, blocks) if block for line in ("", *block)]
    return [line.replace(HELD, " ") for line in found[1:]]


def _head(document: Document) -> Iterator[str]:
    yield from textwrap.wrap(document["summary"], WIDTH)
    about = f"{document['description']}. " if document["description"] else ""
    yield from textwrap.wrap(
        f"{about}As of {document['business_date']}, policy {document['policy']}.{_basis(document)}{_bound(document)}",
        WIDTH,
    )
    if document["data_warning"]:
        yield from textwrap.wrap(f"Data: {document['data_warning']}.", WIDTH, subsequent_indent="  ")


def _basis(document: Document) -> str:
    return " Demand is a mean of past consumption." if document["demand_basis"] == "average" else ""


def _bound(document: Document) -> str:
    """Which way the days may be wrong; an unknown runway has its reason instead."""
    if not any(row["state"] in ("runs_out", "covered_to_horizon") for row in document["runways"]):
        return ""
    lower = " Lower bound: a stock or a receipt is unknown." if document["lower_bound"] else ""
    return lower + (" Upper bound: some demand is missing." if document["upper_bound"] else "")


def _runways(document: Document) -> Iterator[str]:
    """All policies, to zero, and to safety stock where there is one; a phantom has none."""
    rows = [] if document["phantom"] else document["runways"]
    same = [{**row, "floor": "zero"} for row in rows if row["floor"] == "safety_stock"] == [
        row for row in rows if row["floor"] == "zero"
    ]
    for floor, words in FLOORS.items():
        shown = [row for row in rows if row["floor"] == floor]
        if not shown or (floor == "safety_stock" and same):
            continue
        yield f"{'Runway ' + words:<38}{'days':>8}{'work days':>11}{'covered to':>12}{'short on':>11}".rstrip()
        for row in shown:
            mark = ">" if row["policy"] == document["policy"] else " "
            yield f"{mark} {row['policy']:<11}{POLICIES[row['policy']]:<25}{_reach(row)}".rstrip()


def _reach(row: Mapping[str, Any]) -> str:
    if row["state"] in STATES and row["state"] != "already_short":
        return f"{STATES[row['state']]:>19}"
    if row["state"] == "already_short":
        return f"{STATES['already_short']:>19}{'':>12}{row['first_uncovered_date']:>11}"
    days, work = f"{row['calendar_days']:.1f}", f"{row['work_days']:.1f}"
    return f"{days:>8}{work:>11}{row['last_covered_date']:>12}{row['first_uncovered_date']:>11}"


def _breaks(document: Document, every: bool) -> Iterator[str]:
    breaks = document["breaks"]
    if breaks is None:
        return
    yield from textwrap.wrap(f"What breaks it: {_broken(breaks, document['unit'] or '')}.", WIDTH)
    pegged = sorted(breaks["pegged"], key=lambda peg: -peg["short"])
    shown = pegged if every else pegged[:SHOWN_PEGS]
    for peg in shown:
        yield from _peg(peg)
    if len(shown) < len(pegged):
        yield f"  ... {len(pegged) - len(shown)} more (--all)"


def _broken(breaks: Mapping[str, Any], unit: str) -> str:
    """What is needed and what is there for it; a stock that is below its floor already is said to be."""
    needed, there = (f"{_number(abs(breaks[name]))} {unit}".strip() for name in ("required", "available"))
    when, floor = _dated(breaks["date"]), "safety stock" if breaks["floor"] > 0 else "zero"
    if breaks["available"] < 0:
        more = f", before {needed} are needed" if breaks["required"] else ""
        return f"the stock is {there} below {floor} on {when}{more}"
    return f"{needed} needed on {when}, {there} there{' above safety stock' if breaks['floor'] > 0 else ''}"


def _peg(peg: Mapping[str, Any]) -> Iterator[str]:
    need, indent = f"{_number(peg['short'])} of {_number(peg['quantity'])} short", " " * 24
    first = f"  {need:<22}" if len(need) < 22 else f"  {need}, "
    yield from textwrap.wrap(
        f"{peg['part_no']}, {_asked_by(peg)}", WIDTH, initial_indent=first, subsequent_indent=indent
    )
    if peg["route"]:
        way = f"by way of {_way(peg['route'])}"
        yield from textwrap.wrap(way, WIDTH, initial_indent=indent, subsequent_indent=indent)


def _asked_by(peg: Mapping[str, Any]) -> str:
    if peg["kind"] == "stock":
        return "to fill up its own stock"
    if peg["kind"] == "average":
        return f"average consumption of {_number(peg['demanded'])} on {peg['date']}"
    order = f" {peg['reference']}" if peg["reference"] else ""
    kind = (peg["kind"] or "demand").replace("_", " ")
    return f"{kind}{order} of {_number(peg['demanded'])} on {peg['date']}"


def _way(route: Sequence[str]) -> str:
    names = list(route) if len(route) <= 6 else [*route[:2], "...", *route[-3:]]
    return " > ".join(names)


def _last_order(document: Document) -> Iterator[str]:
    order = document["last_order"]
    if order["needed_date"] is None:
        return
    if order["date"] is None:
        yield "Last safe day to order: unknown, no lead time on file."
        return
    left = order["days_left"]
    when = "today" if left == 0 else f"in {_days(left)}" if left > 0 else f"{_days(-left)} ago"
    yield f"Last safe day to order: {_dated(order['date'])}, {when}."
    terms = _terms(order)
    said = f"{order['needed_date']} less {terms}." if terms else "The lead time on file is 0."
    yield from textwrap.wrap(said, WIDTH, initial_indent="  ", subsequent_indent="  ")
    if order["banned"]:
        yield "  No licence lets a new order of the same origin through: order elsewhere."
    if order["licence_days"]:
        yield f"  From an origin that needs no licence: {_dated(order['date_without_licence'])}."
    here, needed = (date.fromisoformat(order[n]) for n in ("available_if_ordered_today", "needed_date"))
    late = f", {_days((here - needed).days)} too late" if here > needed else ""
    yield f"  Ordered today it would be here on {_dated(here.isoformat())}{late}."


def _terms(order: Mapping[str, Any]) -> str:
    """The terms backwards from the need; those of no length are left out."""
    terms = (
        ("goods receipt", order["receiving_days"], "work"),
        ("delivery", order["delivery_days"], order["delivery_day_kind"]),
        ("licence", order["licence_days"] or 0, "calendar"),
        ("purchasing", order["purchasing_days"], "work"),
    )
    said = [f"{name} {_days(days, 'work day' if kind == 'work' else 'day')}" for name, days, kind in terms if days]
    return ", ".join(said)


def _outlook(document: Document) -> Iterator[str]:
    """The chances, how sure they are, and the stock at which to order again; nothing where both are unknown."""
    outlook, unit = document["outlook"], document["unit"] or ""
    chances = [one for one in outlook["chances"] if one["chance"] is not None]
    if chances:
        yield "Chance of having run out"
        said = ", ".join(f"{_chance(one['chance'])} by {one['date']}" for one in chances)
        yield from textwrap.wrap(said, WIDTH, initial_indent="  ", subsequent_indent="  ")
        sure = f"simulated, give or take {_chance(outlook['half_width'])}; " if outlook["paths"] else ""
        yield from textwrap.wrap(f"{sure}{outlook['basis']}.", WIDTH, initial_indent="  ", subsequent_indent="  ")
    advice = outlook["advice"]
    if advice["reorder_point"] is not None:
        point, spare = (_number(round(advice[name], 1)) for name in ("reorder_point", "safety_stock_advised"))
        text = f"Order again at {point} {unit} there and on order, {spare} of it safety stock"
        waits = document["last_order"]["licence_days"]
        without = f" without {_days(waits)} for a licence" if waits else ""
        sure = f"to last the lead time{without} with {advice['service_level_pct']:g} %; {advice['reorder_basis']}"
        yield from textwrap.wrap(f"{text} ({sure}).", WIDTH, subsequent_indent="  ")


def _chance(value: float) -> str:
    """In percent; what is neither certain nor impossible is never shown as such."""
    if 0 < value < 0.01:
        return "under 1 %"
    return "over 99 %" if 0.99 < value < 1 else f"{100 * value:.0f} %"


def _extend(document: Document, every: bool) -> Iterator[str]:
    if not document["extend"]:
        return
    brings = [one for one in document["extend"] if one["state"] == "covered_to_horizon" or (one["more_days"] or 0) > 0]
    others = [one for one in document["extend"] if one not in brings]
    if brings:
        yield f"{'What would make it last longer (each alone, this part only)':<60}{'days':>9}{'more':>9}"
    shown = brings if every else brings[:SHOWN_EXTENSIONS]
    for one in shown:
        yield from _extension(document, one)
    if len(shown) < len(brings):
        yield f"  ... {len(brings) - len(shown)} more (--all)"
    if others:
        listed = "; ".join(f"{_change(document, one)}" for one in others)
        yield from textwrap.wrap(f"Would not help: {listed}.", WIDTH, subsequent_indent="  ")


def _suggested(document: Document, every: bool) -> Iterator[str]:
    """Other parts that plugins name, which nobody approved; nothing where nobody names one."""
    found = document.get("suggested_alternates") or []
    if not found:
        return
    yield "Possible alternates, named by plugins, not approved, counted nowhere"
    shown = found if every else found[:SHOWN_EXTENSIONS]
    for one in shown:
        free = f", without {one['free_of']}" if one["free_of"] else ""
        yield from _item(one["alternate_part_no"], f"{one['score']:.2f}  {one['basis']}{free} (by {one['finder']})")
    if len(shown) < len(found):
        yield f"  ... {len(found) - len(shown)} more (--all)"


def _extension(document: Document, one: Mapping[str, Any]) -> Iterator[str]:
    words = textwrap.wrap(_change(document, one), 58)
    more = "" if one["more_days"] is None else f"+{one['more_days']:.1f}"
    figures = f"{'beyond horizon':>18}" if one["days"] is None else f"{one['days']:>9.1f}{more:>9}"
    yield f"  {words[0]:<58}{figures}"
    yield from (f"    {line}" for line in words[1:])


def _change(document: Document, one: Mapping[str, Any]) -> str:
    note = LICENCES.get(one["note"] or "", one["note"])
    unit = f"{HELD}{document['unit']}" if document["unit"] else ""
    quantity = "" if one["quantity"] is None else f": {_number(one['quantity'])}{unit}"
    moved = (
        f", from {one['instead_of_date']} to {one['date']}"
        if one["kind"] == "expedite" and one["instead_of_date"]
        else ""
    )
    what = STOCK[one["what"]] if one["kind"] == "stock" else one["what"]
    words = "orders {what}, all released" if one["kind"] == "licence" and ", " in what else KINDS[one["kind"]]
    return words.format(what=what) + quantity + moved + (f" ({note})" if note else "")


def _advice(document: Document) -> Iterator[str]:
    advice, unit = document["advice"], document["unit"] or ""
    if advice is None or not (advice["quantity"] or advice["coverage"]):
        return
    yield "What a new order would have to be (advice, counted nowhere)"
    if advice["quantity"]:
        cost = "cost unknown" if advice["cost"] is None else f"{advice['currency']} {advice['cost']:,.0f}"
        short = f"{_number(advice['lacking'])} {unit} short"
        yield from _item("to cover the horizon", f"{_number(advice['quantity'])} {unit} for {short}, {cost}")
        if advice["short_before_arrival"]:
            yield from _item("comes too late for", f"{_number(advice['short_before_arrival'])} {unit}")
    if advice["coverage"]:
        yield from _coverage(advice["coverage"], unit)


def _coverage(coverage: Mapping[str, Any], unit: str) -> Iterator[str]:
    levels = " / ".join("-" if coverage[n] is None else _number(coverage[n]) for n in ("minimum", "target", "maximum"))
    above = ", above the maximum by lot size" if coverage["above_maximum"] else ""
    yield from _item("to keep its coverage", f"{_number(coverage['quantity'])} {unit}{above}")
    yield from _item("levels, min/target/max", f"{levels} at {_number(coverage['daily_requirement'])} a day")


def _item(name: str, text: str) -> list[str]:
    return textwrap.wrap(text, WIDTH, initial_indent=f"  {name:<24}", subsequent_indent=" " * 26)


def _events(document: Document, every: bool) -> Iterator[str]:
    events = document["events"]
    yield f"{'Date':<12}{'Event':<12}{'Quantity':>12}{'Balance':>12}  From or to"
    kinds = [event["kind"] for event in events]
    short = kinds.index("shortage") if "shortage" in kinds else min(SHOWN_BEFORE, len(events))
    start, end = (0, len(events)) if every else (max(1, short - SHOWN_BEFORE), short + 1 + SHOWN_AFTER)
    # what passes through a phantom leaves no balance
    known = not document["phantom"]
    if start:
        yield _event(events[0], known)
    if start > 1:
        yield f"... {start - 1} more (--all)"
    yield from (_event(event, known) for event in events[start:end])
    if end < len(events):
        yield f"... {len(events) - end} more until {events[-1]['date']} (--all)"


def _event(event: Mapping[str, Any], balanced: bool) -> str:
    quantity, balance = _number(event["quantity"]), _number(event["balance"]) if balanced else "-"
    return f"{event['date']:<12}{event['kind']:<12}{quantity:>12}{balance:>12}  {event['reference'] or ''}".rstrip()


def _number(value: float | None) -> str:
    """A quantity with thousands marks and no needless digits; `unknown` where it is."""
    if value is None:
        return "unknown"
    whole = abs(value - round(value)) < 1e-6
    return f"{round(value):,}" if whole else f"{value:,.3f}".rstrip("0").rstrip(".")


def _days(count: float, word: str = "day") -> str:
    return f"{count:g} {word}" + ("" if count == 1 else "s")


def _dated(text: str) -> str:
    return f"{date.fromisoformat(text):%a} {text}"
