"""Chances and advice of one part as a document, for whoever shows its runway."""

from datetime import timedelta
from typing import Any

import numpy as np
import pandas as pd

from riskplug.plan.netting import CHANCE_DAYS
from riskplug.plan.result import Plan
from riskplug.plan.simulate import PATHS


def outlook_document(plan: Plan, part_no: str, site: str, service_level_pct: float) -> dict[str, Any]:
    """``chances``: date, days and chance of having run out by then, with ``method``, ``basis``, ``half_width`` of the
    95 % interval and ``paths`` (None unless simulated). ``advice``: reorder point, safety stock, what they rest on, and
    the chance of lasting through the lead time that they are reckoned for.

    Missing is None. KeyError for a part that is not in the plan.
    """
    row = plan.parts.iloc[plan.index.node(part_no, site)]
    simulated = row["chance_method"] == "simulated"
    return {
        "chances": [
            {
                "date": (plan.on + timedelta(days=days)).isoformat(),
                "days": days,
                "chance": _plain(row[f"p_stock_out_{days}"]),
            }
            for days in CHANCE_DAYS
        ],
        "method": _plain(row["chance_method"]),
        "half_width": _plain(row["chance_half_width"]),
        "paths": PATHS if simulated else None,
        "basis": _plain(row["chance_basis"]),
        "advice": {
            **{name: _plain(row[name]) for name in ("reorder_point", "safety_stock_advised", "reorder_basis")},
            "service_level_pct": service_level_pct,
        },
    }


def _plain(value: Any) -> float | str | None:
    if pd.isna(value):
        return None
    return float(value) if isinstance(value, (float, np.floating)) else str(value)
