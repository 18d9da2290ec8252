"""Material that lies in stock nobody will build from: what a recycler, or an own project, could get back."""

from collections.abc import Collection
from datetime import date, timedelta

import numpy as np
import numpy.typing as npt
import pandas as pd

from riskplug.bom.levels import reach
from riskplug.facts.master import KEY, keyed
from riskplug.model import BomGraph, Frames
from riskplug.plan.nodes import Master, NodeIndex, in_base_units

SET_ASIDE = ("returns", "blocked")
NOT_OURS = ("consignment",)
USED_WITHIN_DAYS = 365
PRESENT = 0.5
Flags = npt.NDArray[np.bool_]


def recoverable(
    tables: Frames,
    graph: BomGraph,
    content: pd.DataFrame,
    demanded: npt.NDArray[np.float64],
    materials: Collection[str],
    on: date,
) -> pd.DataFrame:
    """material, recoverable_kg and recoverable_lower_bound, one row per material.

    Counted is stock of our own, whole as it lies there with all that is built into it:

    - returns and blocked stock (scrap is booked there) of any part;
    - lots past their last day;
    - every other stock of an obsolete part (see ``obsolete``), quality and transit included.

    Not counted: consignment and whatever has another owner; stock in inspection of a part that is in use. Kilograms are
    the typical mass of what is more likely inside than not. The result is a lower bound where some of that stock has an
    unknown quantity or mass, holds the material perhaps, or is an assembly that is not fully known; and where a site
    has no stock list. Without any stock list the kilograms are missing. Parts that nothing suspects add nothing.

    ``content``: grain `content`. ``demanded``: independent demand per node, NaN unknown.
    """
    index = NodeIndex.of(graph.nodes)
    stock = tables["inventory"]
    master = Master.of(index, tables["parts"])
    node, quantity = _set_aside(tables, index, master, obsolete(tables, index, master, graph, demanded, on), on)
    total = pd.Series(quantity).groupby(node).sum(min_count=1)
    open_ = pd.Series(np.isnan(quantity)).groupby(node).any().reindex(total.index)
    held = keyed(graph.nodes.iloc[total.index])[KEY].assign(
        quantity=total.clip(lower=0).to_numpy(), open=open_.to_numpy() | graph.partial[total.index]
    )
    rows = keyed(content[content["material"].isin(list(materials))]).merge(held, on=KEY)
    rows = rows[(rows["quantity"] != 0) | rows["open"]]
    chance, mass = rows["probability"].fillna(PRESENT), rows["mass_g_typ"]
    counted = (chance >= PRESENT) & mass.notna()
    kg = (rows["quantity"] * mass / 1000).where(counted, 0.0).groupby(rows["material"]).sum()
    doubtful = ((chance > 0) & (rows["open"] | ~counted)).groupby(rows["material"]).any()
    listed = set(stock["site"].dropna().unique())
    silent = bool(set(graph.nodes["site"].unique()) - listed)
    names = pd.Index(sorted(materials), dtype="str")
    return pd.DataFrame(
        {
            "material": names,
            "recoverable_kg": kg.reindex(names, fill_value=0.0).to_numpy() if listed else np.nan,
            "recoverable_lower_bound": doubtful.reindex(names, fill_value=False).to_numpy(dtype=bool) | silent,
        }
    )


def _set_aside(
    tables: Frames, index: NodeIndex, master: Master, idle: Flags, on: date
) -> tuple[npt.NDArray[np.integer], npt.NDArray[np.float64]]:
    """Node and quantity in base units of every stock row that nobody will build from."""
    stock = tables["inventory"]
    node = index.nodes_of(stock)
    kind = stock["stock_type"].astype("object")
    ours = stock["owner"].isna() & ~kind.isin(NOT_OURS)
    expired = stock["expires_on"] < pd.Timestamp(on)
    chosen = (node >= 0) & ours.to_numpy() & (kind.isin(SET_ASIDE) | expired | idle[node]).to_numpy()
    rows = stock[chosen]
    return node[chosen], in_base_units(rows["quantity"], rows["unit"], node[chosen], master)


def obsolete(
    tables: Frames, index: NodeIndex, master: Master, graph: BomGraph, demanded: npt.NDArray[np.float64], on: date
) -> Flags:
    """Per node, whether nobody needs the part: nothing at or above it is demanded, and it is inactive, or it was not
    used for a year either. An unknown demand counts as demand, unless the part is inactive.
    """
    needed, unknown = (reach(graph.as_built, np.flatnonzero(here)) for here in (demanded > 0, np.isnan(demanded)))
    withdrawn = ~tables["parts"]["active"].fillna(True).to_numpy(dtype=bool)
    inactive = np.append(withdrawn, False)[master.row]
    idle: Flags = ~needed & (inactive | (~unknown & ~_used(tables["consumption"], index, on)))
    return idle


def _used(consumption: pd.DataFrame, index: NodeIndex, on: date) -> Flags:
    """Per node, whether any of it was issued in the year up to a date."""
    since = pd.Timestamp(on - timedelta(days=USED_WITHIN_DAYS))
    recent = consumption[(consumption["date"] >= since) & (consumption["quantity"] > 0)]
    node = index.nodes_of(recent)
    used = np.zeros(len(index), dtype=bool)
    used[node[node >= 0]] = True
    return used
