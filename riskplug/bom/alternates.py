"""Components of which any one will do: what a BOM keeps in groups of alternates."""

import numpy as np
import pandas as pd

from riskplug.bom.lines import Lines
from riskplug.bom.nodes import codes_over
from riskplug.model import no_alternates


def alternates(lines: Lines, table: pd.DataFrame) -> pd.DataFrame:
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
    pairs = pd.MultiIndex.from_arrays([plain.parent, plain.component])
    rows = pd.DataFrame({"parent": inside.parent, "group": number, "component": inside.component}).astype("int64")
    rows["required"] = pd.MultiIndex.from_frame(rows[["parent", "component"]]).isin(pairs)
    rows = rows.drop_duplicates(["group", "component"])
    return rows[rows.groupby("group")["component"].transform("size") > 1].reset_index(drop=True)
