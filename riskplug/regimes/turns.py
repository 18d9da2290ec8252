"""When the status of a measure changes: its dated turns, and all of them on one line of time."""

from collections.abc import Iterable, Sequence
from datetime import date, timedelta

import pandas as pd

from riskplug.model import Turn
from riskplug.regimes.measures import Item, Measure
from riskplug.regimes.status import standing, typed
from riskplug.workspace import Policy

_DAY = timedelta(days=1)


def turns(measure: Measure, start: date, end: date, policy: Policy, item: Item | None = None) -> tuple[Turn, ...]:
    """Every change of status after ``start`` up to and including ``end``, of a measure or of one of its items."""
    edges = {span.starts for span in measure.spans} | {span.through + _DAY for span in measure.spans if span.through}
    if item is not None:
        edges |= {item.starts, item.through + _DAY if item.through else None}
    found = []
    for day in sorted(edge for edge in edges if edge and start < edge <= end):
        was, now = standing(measure, day - _DAY, policy, item), standing(measure, day, policy, item)
        if was.status != now.status:
            found.append(Turn(day, was.status, now.status, now.basis))
    return tuple(found)


def own_turns(measure: Measure, item: Item, start: date, end: date, policy: Policy) -> tuple[Turn, ...]:
    """The turns that an item takes and its measure does not."""
    shared = {(one.on, one.from_status, one.to_status) for one in turns(measure, start, end, policy)}
    taken = turns(measure, start, end, policy, item)
    return tuple(one for one in taken if (one.on, one.from_status, one.to_status) not in shared)


def timeline(measures: Sequence[Measure], start: date, end: date, policy: Policy | None = None) -> pd.DataFrame:
    """Dated changes from ``start`` to ``end``, both inclusive, oldest first.

    Columns: date, measure, instrument, kind, from_status, to_status, basis. An item has rows of its own only where
    its period differs from the measure's. A verify_by date is not a change and has none.
    """
    how = policy or Policy()
    rows = [row for measure in measures for row in _changes(measure, start - _DAY, end, how)]
    columns = ["date", "measure", "instrument", "kind", "from_status", "to_status", "basis"]
    return typed(pd.DataFrame(rows, columns=columns).sort_values(["date", "measure"], ignore_index=True))


def _changes(measure: Measure, start: date, end: date, policy: Policy) -> Iterable[dict[str, object]]:
    found = [(measure.id, one) for one in turns(measure, start, end, policy)]
    for item in measure.items:
        if item.starts or item.through:
            found += [(item.id, one) for one in own_turns(measure, item, start, end, policy)]
    for name, one in found:
        yield {
            "date": one.on,
            "measure": name,
            "instrument": measure.instrument,
            "kind": measure.kind,
            "from_status": one.from_status,
            "to_status": one.to_status,
            "basis": one.basis,
        }
