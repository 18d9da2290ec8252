"""The law of a day in groups that a person reads from top to bottom."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from riskplug.regimes.measures import Item, Measure
from riskplug.regimes.status import Standing, standing
from riskplug.workspace import Policy

WITHIN_DAYS = 60
_CURRENT = frozenset(("in_force", "suspended", "suspended_presumed"))


@dataclass(frozen=True, slots=True)
class Position:
    """A measure, or an item with a period of its own, on a day. ``then``: the status on the day it next changes."""

    id: str
    measure: Measure
    item: Item | None
    now: Standing
    then: str

    @property
    def title(self) -> str:
        return (self.item.title if self.item else "") or self.measure.title

    def changes_within(self, on: date, days: int) -> bool:
        """Whether its next change comes at most so many days after the day."""
        return self.now.next_change is not None and on < self.now.next_change <= on + timedelta(days=days)


@dataclass(frozen=True, slots=True)
class Overview:
    """Every position of a day. ``groups``: ids by group, in the order of GROUPS; a position may stand in several."""

    on: date
    within_days: int
    positions: tuple[Position, ...]
    groups: Mapping[str, tuple[str, ...]]

    def of(self, group: str) -> Iterator[Position]:
        """The positions of a group."""
        named = set(self.groups[group])
        yield from (one for one in self.positions if one.id in named)


def overview(measures: Sequence[Measure], on: date, policy: Policy, within_days: int = WITHIN_DAYS) -> Overview:
    """The state of the whole register on a day, grouped.

    in_force (restricting measures only), suspended, suspended_presumed, unknown (past the last known span), coming
    (announced, or beginning within the days), ending (what is current and changes within the days), stale (to be
    verified), informs (in force without restricting goods), not_yet, ended.
    """
    found = tuple(_positions(measures, on, policy))
    groups = {name: tuple(one.id for one in found if belongs(one, on, within_days)) for name, belongs in GROUPS.items()}
    return Overview(on, within_days, found, groups)


def _positions(measures: Sequence[Measure], on: date, policy: Policy) -> Iterator[Position]:
    for measure in measures:
        yield _position(measure, None, on, policy)
        for item in measure.items:
            if item.starts or item.through:
                yield _position(measure, item, on, policy)


def _position(measure: Measure, item: Item | None, on: date, policy: Policy) -> Position:
    now = standing(measure, on, policy, item)
    then = standing(measure, now.next_change, policy, item).status if now.next_change else ""
    return Position(item.id if item else measure.id, measure, item, now, then)


def _whole(status: str) -> Callable[[Position, date, int], bool]:
    """Measures of a status; their items go with them."""
    return lambda one, on, days: one.item is None and one.now.status == status


GROUPS: Mapping[str, Callable[[Position, date, int], bool]] = {
    "in_force": lambda one, on, days: _whole("in_force")(one, on, days) and one.measure.restricts,
    "suspended": _whole("suspended"),
    "suspended_presumed": _whole("suspended_presumed"),
    "unknown": _whole("unknown"),
    "coming": lambda one, on, days: (
        one.now.status == "announced" or (one.now.status == "not_yet" and one.changes_within(on, days))
    ),
    "ending": lambda one, on, days: one.now.status in _CURRENT and one.changes_within(on, days),
    "stale": lambda one, on, days: one.item is None and one.now.stale,
    "informs": lambda one, on, days: _whole("in_force")(one, on, days) and not one.measure.restricts,
    "not_yet": lambda one, on, days: one.now.status == "not_yet" and not one.changes_within(on, days),
    "ended": lambda one, on, days: one.now.status == "ended",
}
