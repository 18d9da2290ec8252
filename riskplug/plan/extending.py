"""What would make one part's stock last longer, each change alone and only for this part.

The part is walked again with the change; its requirement stays what the assemblies above ask for, and what the change
would do elsewhere (another site, another part, a supplier's other customers) is not looked at.
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np

from riskplug.plan.elsewhere import Replaces, Spare
from riskplug.plan.nodes import Floats, Ints
from riskplug.plan.open_lines import OpenLine
from riskplug.plan.receipts import Receipts
from riskplug.plan.rewalk import Reach, reach

Dated = Callable[[int], date]
KINDS = ("licence", "receipt", "firm", "overdue", "undated", "expedite", "stock", "site", "alternate")


@dataclass(frozen=True, slots=True)
class Change:
    """Something a planner could bring about. ``quantity``: base units on ``day``, None where unknown.

    ``instead``: the day on which the quantity is counted already, None where it is not. ``what``: what it is of: an
    order line, a stock type, a site, a part. ``note``: what the figure leaves open.
    """

    kind: str
    what: str
    quantity: float | None
    day: int
    instead: int | None = None
    note: str | None = None


@dataclass(frozen=True, slots=True)
class Extension:
    """A change and the runway with it; None where its quantity is unknown or nothing."""

    change: Change
    reach: Reach | None


@dataclass(frozen=True)
class Own:
    """The part's own walk: supply and requirement by day, and where it breaks."""

    supply: Floats
    required: Floats
    work_days_before: Ints

    def reach(self) -> Reach:
        return reach(self.supply, self.required, self.work_days_before)

    def with_(self, changes: Sequence[Change]) -> Reach | None:
        """The runway with some changes; a day beyond the horizon brings nothing within it."""
        supply, known = self.supply.copy(), [change for change in changes if change.quantity]
        for change in known:
            if change.instead is not None and change.instead < len(supply):
                supply[change.instead] -= change.quantity or 0.0
            if change.day < len(supply):
                supply[change.day] += change.quantity or 0.0
        return reach(supply, self.required, self.work_days_before) if known else None


def extensions(own: Own, changes: Sequence[Change]) -> list[Extension]:
    """The changes with what each brings, the longest runway first; equal ones in the order given.

    Several stopped receipts stand there once more, all of them released.
    """
    found = [Extension(change, own.with_([change])) for change in changes]
    held = [change for change in changes if change.kind == "licence" and change.quantity]
    if len(held) > 1:
        total = sum(change.quantity or 0.0 for change in held)
        names = ", ".join(change.what for change in held)
        every = Change("licence", names, total, min(change.day for change in held))
        found.insert(0, Extension(every, own.with_(held)))
    return sorted(found, key=lambda one: -_length(one.reach))


def _length(found: Reach | None) -> float:
    if found is None:
        return -1.0
    return np.inf if found.days is None else found.days


def line_changes(
    lines: Sequence[OpenLine],
    arrivals: Receipts,
    policy: str,
    first: int,
    states: Mapping[object, str],
) -> Iterator[Change]:
    """Open order lines that are not counted, or counted too late. ``states``: of the licence, by label."""
    counted, days = arrivals.counted(policy), arrivals.days(policy)
    for line in lines:
        at = line.arrival
        if at is None:
            yield _left_out(line, first)
        elif not counted[at]:
            yield _uncounted(line, arrivals, at, policy, states)
        elif line.overdue and days[at] > 0:
            yield Change("overdue", line.name, line.quantity, 0, int(days[at]))
        elif days[at] > first:
            yield Change("expedite", line.name, line.quantity, first, int(days[at]))


def _uncounted(line: OpenLine, arrivals: Receipts, at: int, policy: str, states: Mapping[object, str]) -> Change:
    day = int(arrivals.day[at])
    if policy == "restricted":
        return Change("licence", line.name, line.quantity, day, None, states.get(line.label))
    return Change("firm" if policy == "firm" else "receipt", line.name, line.quantity, day)


def _left_out(line: OpenLine, first: int) -> Change:
    """A line among no receipts: left out by policy, beyond the horizon, or of unknown quantity."""
    if line.quantity is None:
        return Change("receipt", line.name, None, first, None, "quantity unknown")
    if line.due is None:
        return Change("undated", line.name, line.quantity, first, None, "no date, counted nowhere")
    if line.overdue:
        return Change("overdue", line.name, line.quantity, 0)
    return Change("expedite", line.name, line.quantity, first, None, "due beyond the horizon")


def stock_changes(by_type: Mapping[str, float]) -> Iterator[Change]:
    """Stock that lies there and is not counted, were it released today."""
    for kind, quantity in by_type.items():
        unknown = np.isnan(quantity)
        yield Change("stock", kind, None if unknown else quantity, 0, None, "unit without factor" if unknown else None)


def site_changes(spares: Mapping[str, Spare], day_of: Dated, lanes: Collection[str]) -> Iterator[Change]:
    """Stock of other sites, by name, that they can spare; as if it were here today. ``lanes``: sites with a way."""
    for site, spare in spares.items():
        way = None if site in lanes else "no lane from there"
        yield Change("site", site, spare.free, 0, None, _spare_note(spare, day_of) or way)


def alternate_changes(found: Sequence[tuple[str, str, Replaces, Spare]], day_of: Dated) -> Iterator[Change]:
    """Other parts that may stand in: part number, names of the assemblies that allow it, and what they can spare."""
    for name, assemblies, replaces, spare in found:
        free = None if spare.free is None else spare.free / (replaces.per or 1.0)
        ratio = "" if replaces.per else ", taken one for one"
        yield Change("alternate", name, free, 0, None, _spare_note(spare, day_of) or f"in {assemblies} only{ratio}")


def _spare_note(spare: Spare, day_of: Dated) -> str | None:
    """Why nothing can go today, the first reason that is enough."""
    if spare.on_hand is None:
        return "stock unknown"
    if spare.free is None:
        return "what it needs itself is unknown"
    if spare.free > 0:
        return None
    later = "" if spare.later is None else f"; something to spare from {day_of(spare.later).isoformat()}"
    return _why_nothing(spare, spare.on_hand) + later


def _why_nothing(spare: Spare, on_hand: float) -> str:
    if on_hand <= 0:
        return "has none" if on_hand == 0 else "its stock is below zero"
    if on_hand <= spare.uncounted:
        return "its stock is not known to have left its country"
    if on_hand - spare.uncounted <= spare.floor:
        return "has no more than its safety stock"
    return "gives or needs all it has" if spare.given > 0 else "needs all it has, or it expires"
