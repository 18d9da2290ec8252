"""By when the licence of an order line has to be applied for, and what waits for licences."""

from collections.abc import Sequence
from datetime import date

import numpy as np
import pandas as pd

from riskplug.regimes.licences import TO_APPLY

# States of a line that waits: applied for, or still to be applied for.
WAITING = ("applied", *TO_APPLY)
# States of a runway that set no deadline: nothing runs out within the horizon.
UNLIMITED = ("covered_to_horizon", "no_demand")


def deadlines(rows: pd.DataFrame, on: date) -> pd.DataFrame:
    """``licence_deadline``, ``licence_deadline_by`` and ``licence_late`` of order lines.

    The deadline is the earlier of two days: due date less licence days, and the day the part runs out less lead time
    and licence days (restriction deadline). Where one of them is not known the other stands, and being in time is
    unknown.
    ``rows``: due_date, licence_days, licence_state, licence_applied_on, stock_out_date, lead_time_days,
    restricted_runway_days_state.
    """
    licence = pd.to_timedelta(np.ceil(rows["licence_days"]), unit="D")
    lead = pd.to_timedelta(np.ceil(rows["lead_time_days"]), unit="D")
    by_due, by_stock = rows["due_date"] - licence, rows["stock_out_date"] - lead - licence
    concerned = rows["licence_state"].notna()
    deadline = pd.concat([by_due, by_stock], axis=1).min(axis=1).where(concerned)
    by = pd.Series(np.where(by_stock == deadline, "stock_out", "due_date"), index=rows.index).where(deadline.notna())
    complete = by_due.notna() & (by_stock.notna() | rows["restricted_runway_days_state"].isin(UNLIMITED))
    return pd.DataFrame(
        {
            "licence_deadline": deadline.astype("datetime64[s]"),
            "licence_deadline_by": by,
            "licence_late": _late(rows, deadline, complete, on),
        }
    )


def _late(rows: pd.DataFrame, deadline: pd.Series, complete: pd.Series, on: date) -> pd.Series:
    """Whether the licence comes too late. An application whose day is not known was made by today at the latest."""
    state, day = rows["licence_state"].astype("str"), pd.Timestamp(on)
    applied = rows["licence_applied_on"].where((state == "applied").fillna(False))
    late = (applied.fillna(day) > deadline).astype("boolean")
    unsure = ~late & ~complete | late & (state == "applied").fillna(False) & applied.isna()
    settled = state.isin(["granted", "not_needed_says_order"])
    return late.mask(unsure).mask(settled, False).mask(state.isna())


def value_waiting(orders: pd.DataFrame, by: str, names: pd.Series) -> pd.Series:
    """Value of the order lines that a measure stops and a licence would free, by name; missing where a price is.

    ``names``: per order row one or several names, comma-separated. A line counts once per name, however many measures
    stop it.
    """
    waits = orders["stopped"].fillna(False).astype(bool) & orders["licence_state"].isin(WAITING)
    rows = orders.loc[waits, ["po_index", "value_at_risk"]].assign(**{by: names[waits].astype("str").str.split(",")})
    rows = rows.explode(by).drop_duplicates(["po_index", by])
    return rows.groupby(by)["value_at_risk"].sum(skipna=False)


def with_waiting(names: Sequence[str] | pd.Series, found: pd.Series) -> pd.Series:
    """The value per name, zero where nothing waits."""
    wanted = pd.Series(names, dtype="str").reset_index(drop=True)
    return wanted.map(found).where(wanted.isin(found.index), 0.0).astype("float64")
