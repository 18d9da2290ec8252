"""The first sentence about a part's runway: the day and the cause."""

from riskplug.plan.explained import RELEASED, Explained
from riskplug.plan.extending import Extension


def summary(found: Explained) -> str:
    """One sentence for a planner. Worked: `M-4711 at DE01 runs out on Monday 23 June 2025: order 4500001201/10
    (800 pc) waits for a licence.`"""
    return f"{_name(found)} {_said(found)}."


def _name(found: Explained) -> str:
    part = found.plan.parts.iloc[found.node]
    return f"{part['part_no']} at {part['site']}"


def _said(found: Explained) -> str:
    reach, horizon = found.reach, found.plan.ledger.horizon
    if found.is_phantom:
        return "is a phantom: nothing of it is kept, and what is asked of it goes to its components"
    if reach.state == "unknown":
        reason = found.plan.parts["unknown_reason"].iloc[found.node]
        return f"has an unknown runway: {reason}"
    if reach.state == "no_demand":
        return f"has no demand in the next {horizon} days"
    if reach.first is None:
        return f"is covered to the end of the {horizon} days that are planned"
    to_safety = found.plan.ledger.floor[found.node] > 0
    if reach.state == "already_short":
        below = to_safety and found.plan.ledger.stock.on_hand[found.node] >= 0
        return f"is {'below its safety stock' if below else 'short'} today: {_cause(found)}"
    day, ends = found.day(reach.first), "falls below its safety stock" if to_safety else "runs out"
    return f"{ends} on {day:%A} {day.day} {day:%B %Y}: {_cause(found)}"


def _cause(found: Explained) -> str:
    """Why nothing covers the day, the reason nearest to what a buyer can do."""
    if found.reach.state == "already_short" and found.plan.ledger.stock.on_hand[found.node] < 0:
        return "the stock on the books is below zero"
    for kind, words in (("licence", _waits), ("overdue", _overdue), ("expedite", _late)):
        helping = [one for one in found.extensions if one.change.kind == kind and _helps(found, one)]
        if helping:
            return words(found, helping[0])
    counted = sum(line.quantity or 0.0 for line in found.lines)
    return "what is on order does not suffice" if counted else "nothing is on order"


def _helps(found: Explained, one: Extension) -> bool:
    if one.reach is None:
        return False
    days, base = one.reach.days, found.reach.days
    return days is None or (base is not None and days > base)


def _waits(found: Explained, one: Extension) -> str:
    quantity, count = amount(found, one.change.quantity), len(one.change.what.split(", "))
    held = f"order {one.change.what} ({quantity})"
    if one.change.note == RELEASED:
        return f"a measure stops {held}"
    return f"{held} {'waits' if count == 1 else 'wait'} for a licence"


def _overdue(found: Explained, one: Extension) -> str:
    return f"order {one.change.what} ({amount(found, one.change.quantity)}) is overdue"


def _late(found: Explained, one: Extension) -> str:
    when = "after the horizon" if one.change.instead is None else f"only on {found.day(one.change.instead).isoformat()}"
    return f"order {one.change.what} ({amount(found, one.change.quantity)}) comes {when}"


def amount(found: Explained, quantity: float | None) -> str:
    """A quantity with its unit: `1,250 pc`, `0.25 kg`."""
    unit = found.master_text("base_unit") or ""
    return "an unknown quantity" if quantity is None else f"{figure(quantity)} {unit}".strip()


def figure(quantity: float) -> str:
    """A quantity with thousands marks and no needless digits."""
    return f"{quantity:,.0f}" if abs(quantity - round(quantity)) < 1e-6 else f"{quantity:,.3f}".rstrip("0").rstrip(".")
