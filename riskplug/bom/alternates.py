"""Components of which any one will do: what a BOM keeps in groups of alternates."""

import numpy as np
import pandas as pd

from riskplug.bom.lines import (
    Complaints,
    Floats,
    Lines,
    has_loss,
    kind_is,
    known_or,
    loss_factors,
    names_at,
    share_of_alternates,
    unit_factors,
)
from riskplug.bom.nodes import Master, codes_over, true_of
from riskplug.model import ALTERNATE_COLUMNS, no_alternates


def alternates(lines: Lines, table: pd.DataFrame, master: Master) -> pd.DataFrame:
    """The groups of two components and more, as BomGraph.alternates: one row per group and component.

    A group belongs to one parent. ``lines`` are those in force; alternates without a share of the need are among them.
    """
    names = pd.Index(table["alt_group"].dropna().unique())
    group = codes_over(table["alt_group"], names)[lines.row].astype(np.int64)
    member = group >= 0
    if not member.any():
        return no_alternates()
    inside, plain = lines[member], lines[~member]
    _, number = np.unique(inside.parent.astype(np.int64) * len(names) + group[member], return_inverse=True)
    rows = pd.DataFrame({"parent": inside.parent, "group": number, "component": inside.component}).astype("int64")
    pairs = pd.MultiIndex.from_arrays([plain.parent, plain.component])
    rows["required"] = pd.MultiIndex.from_frame(rows[["parent", "component"]]).isin(pairs)
    rows["split"] = table["alt_share_pct"].notna().to_numpy()[inside.row]
    rows["priority"] = table["alt_priority"].fillna(np.inf).to_numpy(dtype=float)[inside.row]
    rows["name"] = names_at(table["component"], inside.row)
    rows["fixed"] = true_of(table["fixed"])[inside.row]
    rows["quantity"] = _used_alone(inside, table, master, rows["fixed"].to_numpy())
    rows["bulk"] = kind_is(table, "bulk")[inside.row] | master.bulk[inside.component]
    rows["taken"] = (rows["quantity"] * _shares(inside, table)).mask(rows["fixed"] | rows["bulk"], 0.0).fillna(0.0)
    return _one_row_each(rows)


def _used_alone(lines: Lines, table: pd.DataFrame, master: Master, fixed: np.ndarray) -> Floats:
    """What each line takes if it takes all of the need; NaN where a unit factor or a loss is impossible."""
    used = table["quantity"].to_numpy(dtype=float)[lines.row] * unit_factors(lines, table, master, Complaints())
    if has_loss(table):
        used = used * loss_factors(lines, table)
    return np.asarray(np.where(fixed, used, used / known_or(table["base_quantity"], 1.0)[lines.row]))


def _shares(lines: Lines, table: pd.DataFrame) -> Floats:
    """The share of the need that each line takes, 0 for those that stand by; nobody complains here a second time."""
    taken, share = share_of_alternates(lines, table, Complaints())
    found = pd.Series(share, index=pd.MultiIndex.from_arrays([taken.row, taken.parent]))
    asked = pd.MultiIndex.from_arrays([lines.row, lines.parent])
    return np.asarray(found.reindex(asked, fill_value=0.0), dtype=np.float64)


def _one_row_each(rows: pd.DataFrame) -> pd.DataFrame:
    """Lines of one component in one group add up, those of its lowest priority; a group of one is none."""
    by = rows.groupby(["group", "component"], sort=False)
    rows = rows.assign(taken=by["taken"].transform("sum"), bulk=by["bulk"].transform("any"))
    rows = rows[rows["priority"] == by["priority"].transform("min")]
    by = rows.groupby(["group", "component"], sort=False)
    mixed = by["fixed"].transform("nunique") > 1
    rows = rows.assign(quantity=by["quantity"].transform(lambda each: each.sum(skipna=False)).mask(mixed))
    rows["split"] = rows.groupby("group")["split"].transform("any")
    rows = rows.drop_duplicates(["group", "component"])
    rows = rows[rows.groupby("group")["component"].transform("size") > 1]
    rows = rows.sort_values(["group", "priority", "name"], ignore_index=True)
    rows["rank"] = rows.groupby("group").cumcount()
    return rows[list(ALTERNATE_COLUMNS)]
