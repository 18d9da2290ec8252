"""Lines that start or end within the horizon: the graph is that of the business date for all of it."""

from collections.abc import Callable
from datetime import date

import numpy as np
import pandas as pd

from riskplug.bom.lines import Lines, Rows, counts, kind_is, one_alternative
from riskplug.bom.nodes import Codes, Flags, Master
from riskplug.model import no_changes


def coming_changes(
    table: pd.DataFrame,
    usable: Flags,
    on: date,
    horizon: int,
    parents: Codes,
    placed: Callable[[Rows], Lines],
    master: Master,
) -> pd.DataFrame:
    """CHANGE_COLUMNS, sorted by date; of the alternatives that are used, without optional, bulk and shareless lines.

    ``usable``: rows that are consumption of a known part; ``parents``: a code per row; ``placed``: lines by node. Both
    ends of a validity are inclusive: a line that ends on the last day of the horizon does not change within it.
    """
    today = np.datetime64(on, "s")
    last = today + np.timedelta64(horizon, "D")
    start, end = (table[name].to_numpy().astype("datetime64[s]", copy=False) for name in ("valid_from", "valid_to"))
    starting = usable & (start > today) & (start <= last) & ~(end < start)
    ending = usable & ~(start > today) & (end >= today) & (end < last)
    if not (starting.any() or ending.any()):
        return no_changes()
    usable = usable & np.isin(parents, parents[starting | ending]) & counts(table)
    usable &= ~(start > last) & ~(end < today) & ~(start > end)
    planned = ~kind_is(table, "optional") & ~kind_is(table, "bulk") & ~(table["alt_share_pct"].to_numpy(float) == 0)
    frames = [
        _changes(_used(table, usable & ~(start > today), placed, master), ending & planned, end, master, starts=False),
        _changes(_used(table, usable, placed, master), starting & planned, start, master, starts=True),
    ]
    return pd.concat(frames).sort_values("date", kind="stable", ignore_index=True)


def _used(table: pd.DataFrame, kept: Flags, placed: Callable[[Rows], Lines], master: Master) -> Lines:
    lines = placed(np.flatnonzero(kept))
    lines = lines[(lines.parent >= 0) & (lines.component >= 0)]
    return one_alternative(lines, table, len(master.bulk))


def _changes(lines: Lines, changing: Flags, dates: np.ndarray, master: Master, *, starts: bool) -> pd.DataFrame:
    lines = lines[changing[lines.row] & ~master.bulk[lines.component]]
    columns = {"parent": lines.parent, "component": lines.component, "date": dates[lines.row], "starts": starts}
    return pd.DataFrame(columns)
