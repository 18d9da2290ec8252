"""How much hangs on few countries: by what we buy ourselves, and by what is published about the world's stages.

The Herfindahl-Hirschman index is the sum of the squared shares in percent: 10000 for one country, 5000 for two halves.
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

from riskplug.model import BomGraph, Frames
from riskplug.plan.nodes import NodeIndex

# Above this share of unknown origin an index of our own supply would say nothing; up to it the unknown counts as zero.
UNKNOWN_MOST_PCT = 10.0
PRESENT = 0.5
BASES = ("orders", "sourcing")
# The published stages as three: of several words the first that has a figure; magnets of rare earths apart.
STAGES = {
    "mining": ("mine",),
    "refining": (
        "separation",
        "refinery",
        "smelter",
        "primary",
        "chemicals",
        "battery-grade processing",
        "anode grade",
        "sponge",
        "silicon metal",
        "trioxide",
        "refined supply",
    ),
    "magnets": ("sintered magnets",),
}
_STRONG = ("A", "B")


def hhi(shares: pd.DataFrame, keys: Sequence[str]) -> pd.DataFrame:
    """hhi, top_country, top_share_pct and unknown_pct by ``keys``.

    ``shares``: keys, country (empty unknown), weight (any unit, not negative, NaN unknown). Missing (but for
    unknown_pct) where more than UNKNOWN_MOST_PCT of the weight has an unknown origin, or of the rows no known weight;
    else what is unknown counts as zero, so that the index is a lower bound. A key without any weight is left out.
    """
    by_country = shares.groupby([*keys, "country"])["weight"].sum().reset_index()
    unweighed = 100 * shares["weight"].isna().groupby([shares[name] for name in keys]).mean()
    total = by_country.groupby(list(keys))["weight"].transform("sum")
    by_country = by_country.assign(pct=100 * by_country["weight"] / total)[total > 0]
    unknown = by_country[by_country["country"] == ""].groupby(list(keys))["pct"].sum()
    known = by_country[by_country["country"] != ""]
    square = (known["pct"] ** 2).groupby([known[name] for name in keys]).sum()
    top = known.sort_values(["pct", "country"], ascending=[False, True]).drop_duplicates(keys).set_index(list(keys))
    index = by_country.drop_duplicates(keys).set_index(list(keys)).index
    found = pd.DataFrame({"hhi": square, "top_country": top["country"], "top_share_pct": top["pct"]}).reindex(index)
    found["unknown_pct"] = np.maximum(unknown.reindex(index, fill_value=0.0), unweighed.reindex(index))
    open_ = found["unknown_pct"] > UNKNOWN_MOST_PCT
    for name in ("hhi", "top_country", "top_share_pct"):
        found[name] = found[name].mask(open_)
    return found.reset_index()


def stage_concentration(published: pd.DataFrame) -> pd.DataFrame:
    """material, stage_hhi_*, stage_top_share_pct_* and stage_basis, one row per material.

    ``published``: Knowledge.concentration. Shares of production only, the best tier and then the latest year of one
    stage; stages are never averaged. An index is a lower bound: what the source lumps together or leaves out counts as
    zero.
    """
    rows = published[published["measured"] == "production"]
    found = []
    for stage, words in STAGES.items():
        here = rows[rows["stage"].isin(words)]
        order = here.assign(
            weak=~here["tier"].isin(_STRONG),
            word=here["stage"].map({word: at for at, word in enumerate(words)}),
        ).sort_values(["material", "weak", "word", "year"], ascending=[True, True, True, False], kind="stable")
        first = order.drop_duplicates("material")[["material", "stage", "year", "source"]]
        chosen = order.merge(first, on=["material", "stage", "year", "source"]).drop_duplicates(["material", "country"])
        by = chosen.groupby("material")
        listed = by["share_pct"].sum()
        about = first.set_index("material")
        words_of = (
            about["stage"] + " " + about["year"].astype("str") + ", " + listed.round().astype("int64").astype("str")
        )
        found.append(
            pd.DataFrame(
                {
                    f"stage_hhi_{stage}": (chosen["share_pct"] ** 2).groupby(chosen["material"]).sum(),
                    f"stage_top_share_pct_{stage}": by["share_pct"].max(),
                    f"basis_{stage}": words_of + " % listed",
                }
            )
        )
    joined = pd.concat(found, axis=1)
    basis = joined[[f"basis_{stage}" for stage in STAGES]]
    joined["stage_basis"] = ["; ".join(text for text in row if isinstance(text, str)) for row in basis.to_numpy()]
    return joined.drop(columns=list(basis.columns)).rename_axis("material").reset_index()


def own_concentration(
    graph: BomGraph,
    part: pd.DataFrame,
    content: pd.DataFrame,
    sources: pd.DataFrame,
    shares: pd.DataFrame,
    tables: Frames,
    currency: str,
    cost: npt.NDArray[np.float64],
) -> pd.DataFrame:
    """material, own_hhi, own_top_country, own_top_share_pct, own_unknown_origin_pct and own_hhi_basis per material.

    By the value of the open orders for parts that hold the material by their own evidence, an order's origin being its
    own, else that of its supplier's source, else that of the part's only origin. A line without a price in the
    workspace's ``currency`` is worth the part's ``cost`` per node. Materials without an order go by
    the planned shares of sourcing, weighted by the mass in a day's demand. Missing where more than UNKNOWN_MOST_PCT is
    of unknown origin, or that share of the lines has no value.
    """
    index = NodeIndex.of(graph.nodes)
    own = _own_content(content, index)
    ordered = _order_values(index, tables["purchase_orders"], sources, shares, currency, cost)
    lines = ordered.merge(own[["node", "material"]].drop_duplicates(), on="node")
    by_orders = hhi(lines, ["material"]).assign(basis="orders")
    demand = own.assign(mass=own["mass_g_typ"] * part["daily_demand"].to_numpy()[own["node"]])
    planned = demand.merge(shares, on="node", how="left")
    planned = planned.assign(
        weight=planned["mass"] * planned["share"].fillna(1.0), country=planned["country"].fillna("")
    )
    by_plan = hhi(planned, ["material"]).assign(basis="sourcing")
    both = pd.concat([by_orders, by_plan], ignore_index=True)
    first = both[~both.duplicated("material")]
    return first.rename(columns=_OWN)[["material", *_OWN.values()]].reset_index(drop=True)


_OWN = {
    "hhi": "own_hhi",
    "top_country": "own_top_country",
    "top_share_pct": "own_top_share_pct",
    "unknown_pct": "own_unknown_origin_pct",
    "basis": "own_hhi_basis",
}


def _own_content(content: pd.DataFrame, index: NodeIndex) -> pd.DataFrame:
    rows = content[(content["probability"] >= PRESENT) & ~content["rolled_up"].fillna(False).astype(bool)]
    rows = rows.assign(node=index.nodes_of(rows), material=rows["material"].astype("str"))
    return rows[rows["node"] >= 0]


def _order_values(
    index: NodeIndex,
    orders: pd.DataFrame,
    sources: pd.DataFrame,
    shares: pd.DataFrame,
    currency: str,
    cost: npt.NDArray[np.float64],
) -> pd.DataFrame:
    """node, country, weight (value, NaN unknown) of every open order line."""
    lines = orders[orders["open_quantity"] > 0]
    node = index.nodes_of(lines)
    lines, node = lines[node >= 0], node[node >= 0]
    same = lines["currency"].isna() | (lines["currency"] == currency)
    base = lines["unit"].isna().to_numpy()
    price = lines["unit_price"].where(same).to_numpy(dtype=float)
    price = np.where(np.isnan(price) & base, cost[node], price)
    only = shares[shares["share"] == 1.0].set_index("node")["country"]
    supplied = sources[sources["supplier"].ne("") & sources["country"].ne("")]
    several = supplied.groupby(["node", "supplier"])["country"].agg(["nunique", "first"])
    one = several.loc[several["nunique"] == 1, "first"]
    keys = pd.MultiIndex.from_arrays([node, lines["supplier"].astype("str").fillna("")])
    told = lines["country_of_origin"].astype("object").reset_index(drop=True)
    by_supplier = pd.Series(one.reindex(keys).to_numpy(), dtype="object")
    by_part = pd.Series(only.reindex(node).to_numpy(), dtype="object")
    country = told.where(told.notna(), by_supplier)
    country = country.where(country.notna(), by_part).fillna("")
    return pd.DataFrame({"node": node, "country": country, "weight": lines["open_quantity"].to_numpy() * price})
