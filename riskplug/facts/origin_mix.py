"""Where the material in a product comes from, added up through its bill of material."""

from collections.abc import Collection

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import sparse

from riskplug.bom.levels import reach
from riskplug.bom.rollup import add_up
from riskplug.facts.concentration import PRESENT, hhi
from riskplug.facts.joined import joined
from riskplug.model import BomGraph
from riskplug.plan.nodes import NodeIndex

Flags = npt.NDArray[np.bool_]
# Node x column cells rolled up at once.
CELLS = 4_000_000


def product_concentration(
    graph: BomGraph,
    content: pd.DataFrame,
    shares: pd.DataFrame,
    bought: Flags,
    sold: Flags,
    materials: Collection[str],
) -> pd.DataFrame:
    """node, own_hhi, own_hhi_material, own_top_country, own_top_share_pct and own_origin_unknown per product.

    A product's index is that of its worst material: mass typical, by the origin shares of the topmost bought parts that
    hold it, as built. Mass in the product that no bought part accounts for is of unknown origin. Materials for which
    too much is unknown (or the mass itself) are named in ``own_origin_unknown``; with one of them the index is the
    highest of the others.
    """
    index = NodeIndex.of(graph.nodes)
    held = content[(content["probability"] >= PRESENT) & content["material"].isin(list(materials))]
    held = held.assign(node=index.nodes_of(held), material=held["material"].astype("str"))
    held = held[held["node"] >= 0]
    by = held.groupby(["node", "material"])
    unknown = held["mass_g_typ"].isna().groupby([held["node"], held["material"]]).any()
    rows = pd.DataFrame({"mass_g_typ": by["mass_g_typ"].sum().mask(unknown)}).reset_index()
    total = rows[sold[rows["node"]]]
    named = rows[bought[rows["node"]]].merge(shares[shares["country"].ne("")], on="node").dropna(subset=["mass_g_typ"])
    known = _rolled(graph, named.assign(grams=named["mass_g_typ"] * named["share"]), bought, sold)
    missing = total.merge(known.groupby(["node", "material"])["weight"].sum().reset_index(), how="left")
    grams = (missing["mass_g_typ"] - missing["weight"].fillna(0.0)).clip(lower=0.0)
    rest = missing[["node", "material"]].assign(country="", weight=grams)
    found = hhi(pd.concat([known, rest], ignore_index=True), ["node", "material"])
    return _worst(total[["node", "material"]].merge(found, how="left"))


def _worst(found: pd.DataFrame) -> pd.DataFrame:
    order = found.sort_values(["node", "hhi", "material"], ascending=[True, False, True], na_position="last")
    first = order.drop_duplicates("node").set_index("node")
    open_ = found[found["hhi"].isna()].sort_values("material")
    unknown = joined(open_["material"], open_["node"], ",")
    return pd.DataFrame(
        {
            "own_hhi": first["hhi"],
            "own_hhi_material": first["material"].where(first["hhi"].notna()),
            "own_top_country": first["top_country"],
            "own_top_share_pct": first["top_share_pct"],
            "own_origin_unknown": unknown.reindex(first.index),
        }
    ).reset_index()


def _rolled(graph: BomGraph, rows: pd.DataFrame, bought: Flags, sold: Flags) -> pd.DataFrame:
    """node, material, country and weight (grams) of the products; bought parts are not looked into."""
    keys = rows[["material", "country"]].drop_duplicates().reset_index(drop=True)
    column = pd.MultiIndex.from_frame(keys).get_indexer(pd.MultiIndex.from_frame(rows[["material", "country"]]))
    open_ = sparse.diags_array((~bought).astype(float)).tocsr()
    matrix = sparse.csr_array(open_ @ graph.as_built)
    matrix.eliminate_zeros()
    nodes = np.flatnonzero(reach(sparse.csr_array(matrix.T), rows["node"].to_numpy(dtype=np.intp)))
    within, level = sparse.csr_array(matrix[nodes][:, nodes]), graph.level[nodes]
    place, chosen = np.searchsorted(nodes, rows["node"]), np.flatnonzero(sold[nodes])
    width, found = max(1, CELLS // max(1, len(nodes))), []
    for first in range(0, len(keys), width):
        here = (column >= first) & (column < first + width)
        values = np.zeros((len(nodes), min(width, len(keys) - first)))
        np.add.at(values, (place[here], column[here] - first), rows["grams"].to_numpy()[here])
        grams = add_up(within, values, level)[chosen]
        at, which = np.nonzero(grams)
        found.append(
            pd.DataFrame({"node": nodes[chosen[at]], "weight": grams[at, which]}).join(
                keys.take(which + first).reset_index(drop=True)
            )
        )
    empty = keys.iloc[:0].assign(node=np.empty(0, dtype=np.intp), weight=np.empty(0))
    return pd.concat([empty, *found], ignore_index=True)[["node", "material", "country", "weight"]]
