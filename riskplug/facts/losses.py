"""The disruptions of a night: what each measure, origin, controlled material, supplier and site would take away."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from riskplug.facts.alternatives import HELPS, OPEN, judged_sources
from riskplug.model import Frames
from riskplug.plan.disruption import Losses, lost_sites, lost_sources, lost_to
from riskplug.plan.nodes import NodeIndex
from riskplug.plan.supply_chain import SupplyChain
from riskplug.regimes import Measure
from riskplug.regimes.measures import STOPPING

PRESENT = 0.5
SURE = 0.95
# What is not a measure that somebody has made, but a supposition.
SUPPOSED = "supposed"
_STRONGEST = ("in_force", "unknown")
_HIT = ("yes", "likely")


@dataclass(frozen=True)
class Night:
    """What the disruptions of a night are read from.

    ``exposures``, ``waiting``: EXPOSURE columns under measures in force, and announced or suspended. ``orders``: judged
    order lines. ``content``: grain `content`. ``sources``: sources_of(). ``unproven``: part numbers of magnets of
    unproven grade. ``places``: country by site.
    """

    tables: Frames
    index: NodeIndex
    exposures: pd.DataFrame
    waiting: pd.DataFrame
    orders: pd.DataFrame
    content: pd.DataFrame
    sources: pd.DataFrame
    measures: pd.DataFrame
    register: Sequence[Measure]
    controlled: frozenset[str]
    unproven: frozenset[str]
    places: Mapping[str, str]
    on: pd.Timestamp


def losses_of(night: Night, supply: SupplyChain) -> list[tuple[str, Losses]]:
    """(standing, losses): measures in force, measures by the state they wait in, then suppositions of each kind.

    Only what is bought can be lost to a measure, a material, a supplier or an origin: what is made here stops for want
    of its components. A licence helps against a measure, leaving the country or the supplier against all.
    """
    receipts = _receipts(night, supply)
    return [
        *_measures(night, supply, receipts),
        (SUPPOSED, lost_sources("origin", _sources(night, supply, "country"), receipts)),
        (SUPPOSED, lost_to("material", _materials(night, supply), receipts)),
        (SUPPOSED, lost_sources("supplier", _sources(night, supply, "supplier"), receipts)),
        (SUPPOSED, lost_sites(_sites(night, supply), receipts)),
    ]


def _sites(night: Night, supply: SupplyChain) -> pd.Series:
    return pd.Series(pd.Categorical.from_codes(night.index.site[supply.links.of], night.index.sites))


def _receipts(night: Night, supply: SupplyChain) -> pd.DataFrame:
    """node, origin, supplier and safe (shipped), licensed of each receipt of the chain, in its order.

    The origin is the order's own, else that of its supplier's source where there is one, else that of all sources. A
    released production order is nobody's delivery, so only a closed site takes it away.
    """
    table, row = night.tables["purchase_orders"], supply.order_row
    lines = table.reset_index(drop=True).reindex(row).reset_index(drop=True)
    known = pd.Series(row >= 0)
    graph_node = supply.links.of[supply.chain.receipts["node"].to_numpy()]
    supplier = lines["supplier"].astype("object").where(known & lines["supplier"].notna()).astype("object")
    own = lines["country_of_origin"].astype("object").where(known)
    origin = own.where(own.notna(), None)
    blank = np.flatnonzero(own.isna())
    if len(blank):
        by_part, by_supplier = (_sole(night.sources, keys) for keys in (["node"], ["node", "supplier"]))
        asked = pd.MultiIndex.from_arrays([graph_node[blank], supplier.iloc[blank].astype("str")])
        told = pd.Series(by_supplier.reindex(asked).to_numpy(dtype=object))
        told = told.where(told.notna(), pd.Series(by_part.reindex(graph_node[blank]).to_numpy(dtype=object)))
        origin.iloc[blank] = told.to_numpy()
    granted = (lines["licence_status"].astype("object") == "granted") & known
    due = lines["confirmed_date"].fillna(lines["due_date"]).fillna(night.on)
    good = lines["licence_valid_to"].isna() | (lines["licence_valid_to"] >= due)
    return pd.DataFrame(
        {
            "node": supply.chain.receipts["node"],
            "origin": origin,
            "supplier": supplier,
            "safe": ((lines["shipped_on"] <= night.on).fillna(False).astype(bool) & known) | supply.made,
            "licensed": granted & good,
        }
    )


def _sole(sources: pd.DataFrame, keys: list[str]) -> pd.Series:
    """The one country of sources by key; left out where there are several or it is not known."""
    rows = sources[[*keys, "country"]].drop_duplicates()
    once = rows[~rows.duplicated(keys, keep=False) & rows["country"].ne("")]
    return once.set_index(keys)["country"]


def _measures(night: Night, supply: SupplyChain, receipts: pd.DataFrame) -> list[tuple[str, Losses]]:
    """Measures that stop goods; one in force with items whose state is not known is in force."""
    licensed = receipts.assign(safe=receipts["safe"] | receipts["licensed"])
    base = _exposed(night, supply, night.exposures)
    states = base["measure_status"].astype("str")
    standing = {
        str(name): next((state for state in _STRONGEST if state in set(rows)), "unknown")
        for name, rows in states.groupby(base["measure"])
    }
    judged = _judged(night, supply)
    found = [
        (state, lost_to("measure", base[base["measure"].map(standing) == state], licensed, judged))
        for state in _STRONGEST
    ]
    coming = _exposed(night, supply, night.waiting)
    for state in sorted(coming["measure_status"].astype("str").unique()):
        rows = coming[coming["measure_status"].astype("str") == state]
        found.append((state, lost_to("measure", rows, licensed)))
    return found


def _exposed(night: Night, supply: SupplyChain, exposures: pd.DataFrame) -> pd.DataFrame:
    """node, measure (the whole one), applies, measure_status of what is bought and may be stopped.

    A part with a qualified source outside the reach of the measure is not lost; with one of which that is not known it
    is in doubt.
    """
    rows = exposures[exposures["measure_kind"].astype("str").isin(STOPPING)].reset_index(drop=True)
    node = night.index.nodes_of(rows)
    kept = (node >= 0) & (supply.links.bought[np.maximum(node, 0)] >= 0)
    rows, node = rows[kept].reset_index(drop=True), node[kept]
    applies = rows["applies"].astype("object")
    asked = rows[["part_no", "site", "measure", "material"]].assign(row=np.arange(len(rows)), node=node)
    verdicts = judged_sources(asked[applies.isin(_HIT)], night.sources, night.register, night.places)
    best = {word: rows.index.isin(verdicts.loc[verdicts["verdict"] == word, "row"]) for word in (HELPS, OPEN)}
    applies = applies.mask(applies.isin(_HIT) & best[OPEN], "unknown").mask(
        applies.isin(_HIT) & best[HELPS], "unlikely"
    )
    parent = night.measures.drop_duplicates("measure").set_index("measure")["parent"]
    whole = rows["measure"].astype("str")
    return pd.DataFrame(
        {
            "node": supply.links.bought[node],
            "measure": whole.map(parent).fillna(whole).astype("str"),
            "applies": applies,
            "measure_status": rows["measure_status"].astype("str"),
        }
    )


def _judged(night: Night, supply: SupplyChain) -> pd.DataFrame:
    """name, receipt, stopped: what was judged of the order lines under measures in force."""
    position = night.tables["purchase_orders"].index.get_indexer(pd.Index(night.orders["po_index"]))
    parent = night.measures.drop_duplicates("measure").set_index("measure")["parent"]
    name = night.orders["measure"].astype("str")
    rows = pd.DataFrame(
        {
            "order": position,
            "name": name.map(parent).fillna(name).astype("str"),
            "stopped": night.orders["stopped"].fillna(False).astype(bool).to_numpy(),
        }
    )
    receipts = pd.DataFrame({"order": supply.order_row, "receipt": np.arange(len(supply.order_row))})
    known: pd.DataFrame = receipts[receipts["order"] >= 0].merge(rows, on="order")
    return known[["name", "receipt", "stopped"]]


def _sources(night: Night, supply: SupplyChain, column: str) -> pd.DataFrame:
    """node and origin or supplier of each way to buy a part. Sources known not to be released count only where a part
    has no other: it goes on being bought from them, as it must be today."""
    rows = night.sources[["node", "qualified", column]]
    usable = rows["qualified"].fillna(True).astype(bool)
    rows = rows[usable | ~usable.groupby(rows["node"]).transform("any")]
    rows = rows.assign(node=supply.links.bought[rows["node"].to_numpy()])
    named = rows[rows["node"] >= 0].rename(columns={column: "origin" if column == "country" else column})
    name = "origin" if column == "country" else column
    return named.assign(**{name: named[name].astype("object").where(named[name].ne(""))})[["node", name]]


def _materials(night: Night, supply: SupplyChain) -> pd.DataFrame:
    """node, material, applies: controlled materials in what is bought."""
    rows = night.content[night.content["material"].isin(night.controlled)]
    node = night.index.nodes_of(rows)
    bought = np.where(node >= 0, supply.links.bought[np.maximum(node, 0)], -1)
    # most content is that of what is made
    kept = (bought >= 0) & ~(rows["probability"] == 0).to_numpy()
    rows, bought = rows[kept], bought[kept]
    chance = rows["probability"].to_numpy(dtype=float)
    doubtful = np.isnan(chance) | (rows["part_no"].astype("str").isin(night.unproven).to_numpy() & (chance < SURE))
    applies = np.select([doubtful, chance >= SURE, chance >= PRESENT], ["unknown", "yes", "likely"], "unlikely")
    return pd.DataFrame({"node": bought, "material": rows["material"].astype("str").to_numpy(), "applies": applies})
