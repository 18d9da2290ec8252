"""The chance that a part has run out before an application made today could bring goods."""

import numpy as np
import pandas as pd

from riskplug.plan.nodes import Floats
from riskplug.plan.result import Plan
from riskplug.plan.simulate import Each


def chance_by_licence(exposures: pd.DataFrame, planned: Plan, each: Each = map) -> dict[str, Floats]:
    """``p_stock_out_licence`` and ``licence_half_width`` (of its 95 % interval) per row of part_no, site, licence_days.

    Goods ordered and applied for today come after lead time and licence days, before that day's demand: the chance is
    that of having run out by the evening before. Missing where one of the two is not known, where they end beyond the
    horizon, and where the plan was not asked for the part (``exposed``). ``each``: who simulates.
    Worked: 25 days of lead time and 65 for the licence are day 90, so it is the chance by day 89.
    """
    node = planned.index.nodes_of(exposures)
    lead = planned.parts["lead_time_days"].to_numpy(dtype=float)
    wait = np.ceil(lead[node] + exposures["licence_days"].to_numpy(dtype=float))
    asked = np.flatnonzero((node >= 0) & ~np.isnan(wait))
    pairs = np.column_stack([node[asked], np.maximum(wait[asked] - 1, 0).astype(np.int64)])
    pairs, row = np.unique(pairs, axis=0, return_inverse=True)
    found = planned.outlook.chances(pairs[:, 0], pairs[:, 1:], each)
    columns = {}
    for name, one in (("p_stock_out_licence", found.value), ("licence_half_width", found.half_width)):
        columns[name] = np.full(len(node), np.nan)
        columns[name][asked] = np.where(np.isnan(found.value), np.nan, one)[row.ravel(), 0]
    return columns
