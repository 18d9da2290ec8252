"""Usable stock per node, under the workspace's stock policy."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd

from riskplug.plan.nodes import Flags, Floats, Master, NodeIndex, first_reason, in_base_units
from riskplug.workspace import Workspace

NO_ROW = "no stock row"


@dataclass(frozen=True)
class Stock:
    """``on_hand``: usable stock in base units, NaN where unknown; ``reasons``: why, by node."""

    on_hand: Floats
    reasons: Mapping[int, str]


def usable_stock(
    inventory: pd.DataFrame,
    parts: pd.DataFrame,
    index: NodeIndex,
    master: Master,
    *,
    workspace: Workspace,
    on: date,
    absent_stock: Mapping[str, str],
) -> Stock:
    """Sum of the stock types the policy counts; negative stock stays negative.

    A part with rows but none usable has zero. A part without any row has what its site's source declares
    (``absent_stock``); a source that is not named there says nothing, so its absent stock is unknown.
    """
    node = index.nodes_of(inventory)
    rows = inventory[node >= 0]
    node = node[node >= 0]
    counted = is_usable(rows, workspace.policy.usable_stock, on)
    quantity = np.where(counted, in_base_units(rows["quantity"], rows["unit"], node, master), 0.0)
    on_hand = np.bincount(node, quantity, minlength=len(index)).astype(np.float64)
    reasons = first_reason(np.isnan(quantity), rows["quantity"], rows["unit"], node, master)
    absent = np.bincount(node, minlength=len(index)) == 0
    zero = _absent_is_zero(inventory, parts, index, workspace, absent_stock)
    unknown = absent & ~zero[index.site]
    on_hand[unknown] = np.nan
    return Stock(on_hand, {**reasons, **dict.fromkeys(np.flatnonzero(unknown).tolist(), NO_ROW)})


def is_usable(rows: pd.DataFrame, usable: tuple[str, ...], on: date) -> Flags:
    """Rows the policy counts: type (missing = unrestricted) and lots not expired.

    Own stock types held by somebody else are consignment, whatever the row calls them: the owner may recall them.
    """
    kind = rows["stock_type"].astype("object").fillna("unrestricted")
    kind = kind.mask((kind == "unrestricted") & rows["owner"].notna(), "consignment")
    expired = (rows["expires_on"] < pd.Timestamp(on)).to_numpy(dtype=bool)
    return kind.isin(usable).to_numpy(dtype=bool) & ~expired


def _absent_is_zero(
    inventory: pd.DataFrame,
    parts: pd.DataFrame,
    index: NodeIndex,
    workspace: Workspace,
    absent_stock: Mapping[str, str],
) -> Flags:
    """Per site: do all sources of its stock leave out zeros?"""
    said = [_sources(str(site), inventory, parts, workspace) for site in index.sites]
    return np.array(
        [bool(names) and all(absent_stock.get(name) == "zero" for name in names) for names in said], dtype=bool
    )


def _sources(site: str, inventory: pd.DataFrame, parts: pd.DataFrame, workspace: Workspace) -> set[str]:
    """Sources that deliver a site's stock; where no row tells, its parts'; where none does, the configured ones."""
    for rows in (inventory, parts):
        own = rows.loc[(rows["site"].astype("object") == site) & rows["source"].notna(), "source"]
        if len(own):
            return set(own.unique().astype("str"))
    named = {name for name, source in workspace.sources.items() if source.site == site}
    return named or set(parts.loc[parts["site"].isna(), "source"].dropna().unique().astype("str"))
