"""The frame of the plan: one row per node, in node order."""

from collections.abc import Mapping
from datetime import date

import numpy as np
import pandas as pd

from riskplug.catalogue import DEMAND_BASES, RUNWAY_STATES
from riskplug.plan.calendar import dates_of
from riskplug.plan.doubts import Found
from riskplug.plan.ledger import Ledger
from riskplug.plan.netting import Walked
from riskplug.plan.nodes import Floats, Ints, Master, chosen_texts
from riskplug.plan.runway import Runways


def part_rows(
    nodes: pd.DataFrame,
    ledger: Ledger,
    walked: Walked,
    states: Mapping[str, Runways],
    family: Mapping[str, Runways],
    found: Found,
    master: Master,
    replenishment: Floats,
    chances: Mapping[str, object],
    warnings: pd.Series,
    on: date,
) -> pd.DataFrame:
    """``family``: restricted runways ``zero`` and ``safety``, to the one floor and the other; ``chances``: columns of
    ``running_out.py``."""
    place = np.argsort(ledger.structure.nodes)
    restricted = states["restricted"]
    runs_out = restricted.first >= 0
    requirement_known = ~found.doubts.requirement[place] & ~found.doubts.incomplete[place]
    required = np.where(requirement_known, walked.required[place], np.nan)
    columns: dict[str, object] = {
        "part_no": nodes["part_no"].array,
        "site": nodes["site"].array,
        "on_hand": ledger.stock.on_hand,
        "on_order": ledger.arrivals.on_order,
        "daily_demand": required / ledger.horizon,
    }
    for name, one in [*states.items(), *family.items()]:
        columns |= _runway(name, one.days, one)
    columns |= _runway("calendar", restricted.calendar, restricted) | _runway("work", restricted.work, restricted)
    columns["demand_basis"] = _basis(ledger, walked, place)
    columns["stock_out_date"] = dates_of(restricted.first, runs_out, on)
    columns |= chances
    columns["lower_bound"] = pd.array(found.lower_bound, dtype="boolean")
    columns["upper_bound"] = pd.array(found.upper_bound, dtype="boolean")
    columns["unknown_reason"] = _reasons(found, states)
    columns["data_warning"] = warnings
    columns["lead_time_days"] = replenishment
    columns["safety_stock"] = master.number("safety_stock")
    return pd.DataFrame(columns, index=nodes.index)


def _runway(name: str, days: Floats, one: Runways) -> dict[str, object]:
    states = pd.Categorical.from_codes(one.state, pd.Index(RUNWAY_STATES, dtype="str"))
    return {f"{name}_runway_days": days, f"{name}_runway_days_state": states}


def _basis(ledger: Ledger, walked: Walked, place: Ints) -> pd.Categorical:
    """Average wherever an average is among what makes up the requirement."""
    averaged = ledger.basis.averaged[ledger.structure.nodes]
    rests = averaged | ledger.structure.below(averaged & (walked.required > 0))
    average, dated, none = (np.int8(DEMAND_BASES.index(kind)) for kind in ("average", "dated", "none"))
    kind = np.where(walked.required > 0, np.where(rests, average, dated), none)[place]
    return pd.Categorical.from_codes(kind, pd.Index(DEMAND_BASES, dtype="str"))


def _reasons(found: Found, states: Mapping[str, Runways]) -> pd.Series:
    """The reason of every node with an unknown runway or an uncounted receipt; missing elsewhere."""
    unknown = np.zeros(len(found.lower_bound), dtype=bool)
    for one in states.values():
        unknown |= one.state == RUNWAY_STATES.index("unknown")
    code = np.full(len(unknown), -1)
    code[list(found.reasons)] = np.arange(len(found.reasons))
    for number, (_, flags) in enumerate(found.general, len(found.reasons)):
        code[flags & (code < 0)] = number
    code[~unknown & ~found.lower_bound] = -1
    return chosen_texts([*found.reasons.values(), *(text for text, _ in found.general)], code)
