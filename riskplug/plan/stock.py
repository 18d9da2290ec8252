"""Usable stock per node, under the workspace's stock policy."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd

from riskplug.plan.expiry import Lots, lots_of
from riskplug.plan.inputs import Inputs
from riskplug.plan.nodes import Flags, Floats, Ints, Master, NodeIndex, first_reason, in_base_units
from riskplug.workspace import Workspace

NO_ROW = "no stock row"


@dataclass(frozen=True)
class Stock:
    """``on_hand``: usable stock in base units, NaN where unknown; ``reasons``: why, by node.

    ``lots``: what of it expires, by node. ``transit``: what of it is in transit. ``on_phantom``: what lies on a phantom
    and is not counted, NaN where its unit has no factor.
    """

    on_hand: Floats
    reasons: Mapping[int, str]
    lots: Lots
    transit: Floats
    on_phantom: Floats


def usable_stock(read: Inputs, absent_stock: Mapping[str, str]) -> Stock:
    """Sum of the stock types the policy counts; negative stock stays negative.

    A part with rows but none usable has zero. A part without any row has what its site's source declares
    (``absent_stock``); a source that is not named there says nothing, so its absent stock is unknown.
    """
    index, inventory = read.index, read.tables["inventory"]
    node = index.nodes_of(inventory)
    rows = inventory.loc[node >= 0, ["quantity", "unit", "stock_type", "owner", "expires_on"]]
    node = node[node >= 0]
    counted = is_usable(rows, read.policy.usable_stock, read.on)
    quantity = np.where(counted, in_base_units(rows["quantity"], rows["unit"], node, read.master), 0.0)
    on_hand = np.bincount(node, quantity, minlength=len(index)).astype(np.float64)
    reasons = first_reason(np.isnan(quantity), rows["quantity"], rows["unit"], node, read.master)
    absent = np.bincount(node, minlength=len(index)) == 0
    zero = _absent_is_zero(read, absent_stock)
    unknown = absent & ~zero[index.site]
    on_hand[unknown] = np.nan
    return Stock(
        # a phantom is never stocked: what lies there is a booking error, and no supply
        np.where(read.graph.phantom, 0.0, on_hand),
        {**reasons, **dict.fromkeys(np.flatnonzero(unknown).tolist(), NO_ROW)},
        lots_of(rows, quantity, node, read.on),
        _in_transit(rows, quantity, node, len(index)),
        np.where(read.graph.phantom & ~absent, on_hand, 0.0),
    )


def _in_transit(rows: pd.DataFrame, quantity: Floats, node: Ints, size: int) -> Floats:
    under_way = (rows["stock_type"] == "transit").to_numpy(dtype=bool)
    return np.bincount(node[under_way], np.nan_to_num(quantity[under_way]), minlength=size).astype(np.float64)


def not_out(transit: Floats, orders: pd.DataFrame, caught: Flags, index: NodeIndex, master: Master, on: date) -> Floats:
    """Of the stock in transit, what the restricted policy does not count, per node.

    A transit row names no origin. Where a measure may stop the part (``caught``), so much of it counts as the part's
    open order lines are known to have left the country of origin (``shipped_on`` has come).
    """
    node = index.nodes_of(orders)
    at = np.flatnonzero((node >= 0) & (orders["shipped_on"] <= pd.Timestamp(on)).to_numpy(dtype=bool))
    lines = orders.iloc[at]
    quantity = np.nan_to_num(in_base_units(lines["open_quantity"], lines["unit"], node[at], master))
    left = np.bincount(node[at], quantity, minlength=len(index))
    return np.where(caught, np.maximum(transit - left, 0.0), 0.0)


def is_usable(rows: pd.DataFrame, usable: tuple[str, ...], on: date) -> Flags:
    """Rows the policy counts: type (missing = unrestricted) and lots not expired.

    Own stock types held by somebody else are consignment, whatever the row calls them: the owner may recall them.
    """
    kind = rows["stock_type"].astype("category").cat
    names = np.array([*kind.categories, "unrestricted"], dtype=object)
    code = kind.codes.to_numpy()
    counts = np.isin(names, usable)[code]
    counts[(names == "unrestricted")[code] & rows["owner"].notna().to_numpy()] = "consignment" in usable
    expired = (rows["expires_on"] < pd.Timestamp(on)).to_numpy(dtype=bool)
    return np.asarray(counts & ~expired)


def _absent_is_zero(read: Inputs, absent_stock: Mapping[str, str]) -> Flags:
    """Per site: do all sources of its stock leave out zeros?"""
    inventory, parts = read.tables["inventory"], read.tables["parts"]
    said = [_sources(str(site), inventory, parts, read.workspace) for site in read.index.sites]
    return np.array(
        [bool(names) and all(absent_stock.get(name) == "zero" for name in names) for names in said], dtype=bool
    )


def _sources(site: str, inventory: pd.DataFrame, parts: pd.DataFrame, workspace: Workspace) -> set[str]:
    """Sources that deliver a site's stock; where no row tells, its parts'; where none does, the configured ones."""
    for rows in (inventory, parts):
        own = rows.loc[(rows["site"] == site) & rows["source"].notna(), "source"]
        if len(own):
            return set(own.unique().astype("str"))
    named = {name for name, source in workspace.sources.items() if source.site == site}
    return named or set(parts.loc[parts["site"].isna(), "source"].dropna().unique().astype("str"))
