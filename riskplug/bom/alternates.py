"""Components of which any one will do: what a BOM keeps in groups of alternates."""

import numpy as np
import pandas as pd

from riskplug.bom.lines import (
    Complaints,
    Floats,
    Lines,
    has_loss,
    kind_is,
    loss_factors,
    share_of_alternates,
    unit_factors,
)
from riskplug.bom.nodes import Master, codes_over, true_of
from riskplug.model import ALTERNATE_COLUMNS, no_alternates


def alternates(lines: Lines, table: pd.DataFrame, master: Master) -> pd.DataFrame:
    """The groups of two components and more, as BomGraph.alternates: one row per group and component.

    A group belongs to one parent. ``lines`` are those in force; alternates without a share of the need are among them.
    A component on several lines of its group takes the sum of them. Worked: 2 on a line, used 70 % and 30 %, 5 % scrap:
    a quantity of 2.1 for either, shares of 0.7 and 0.3.
    """
    names = pd.Index(table["alt_group"].dropna().unique())
    group = codes_over(table["alt_group"], names)[lines.row].astype(np.int64)
    member = group >= 0
    if not member.any():
        return no_alternates()
    inside, plain = lines[member], lines[~member]
    _, number = np.unique(inside.parent.astype(np.int64) * len(names) + group[member], return_inverse=True)
    pairs = pd.MultiIndex.from_arrays([plain.parent, plain.component])
    rows = pd.DataFrame({"parent": inside.parent, "group": number, "component": inside.component}).astype("int64")
    rows["required"] = pd.MultiIndex.from_frame(rows[["parent", "component"]]).isin(pairs)
    quantity = _alone(inside, table, master)
    taken = quantity * _shares(inside, table)
    rows = rows.assign(quantity=quantity, taken=taken, unknown=np.isnan(quantity))
    by = rows.groupby(["group", "component"], sort=False)
    total = by["quantity"].transform("sum").mask(by["unknown"].transform("any"))
    rows = rows.assign(quantity=total, share=(by["taken"].transform("sum") / total).fillna(0.0))
    rows = rows.drop_duplicates(["group", "component"])[list(ALTERNATE_COLUMNS)]
    return rows[rows.groupby("group")["component"].transform("size") > 1].reset_index(drop=True)


def _alone(lines: Lines, table: pd.DataFrame, master: Master) -> Floats:
    """Quantity of each line for one unit of its parent, without its share; nobody complains here a second time."""
    loss = loss_factors(lines, table) if has_loss(table) else 1.0
    base = table["base_quantity"].fillna(1.0).to_numpy(dtype=float)[lines.row]
    quantity = table["quantity"].to_numpy(dtype=float)[lines.row] * loss / base
    known: Floats = quantity * unit_factors(lines, table, master, Complaints())
    bulk = kind_is(table, "bulk")[lines.row] | master.bulk[lines.component]
    known[true_of(table["fixed"])[lines.row]] = np.nan
    known[bulk] = 0.0
    return known


def _shares(lines: Lines, table: pd.DataFrame) -> Floats:
    """The share of the need that each line takes, 0 for those that stand by."""
    taken, share = share_of_alternates(lines, table, Complaints())
    found = pd.Series(share, index=pd.MultiIndex.from_arrays([taken.row, taken.parent]))
    asked = pd.MultiIndex.from_arrays([lines.row, lines.parent])
    return np.asarray(found.reindex(asked, fill_value=0.0), dtype=np.float64)
