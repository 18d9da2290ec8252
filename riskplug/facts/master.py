"""What the part master and the sourcing list say of each node (part x site)."""

from datetime import date

import numpy as np
import numpy.typing as npt
import pandas as pd

from riskplug.catalogue import as_text
from riskplug.plan.nodes import NodeIndex, codes_over

KEY = ["part_no", "site"]


def keyed(frame: pd.DataFrame) -> pd.DataFrame:
    """Part number and site as plain text, so that frames of different category sets can be merged."""
    return frame.assign(part_no=as_text(frame["part_no"]), site=as_text(frame["site"]))


def per_node(nodes: pd.DataFrame, rows: pd.DataFrame) -> pd.DataFrame:
    """One row per node, in node order: the node's own row, else the one for every site, else missing."""
    row = NodeIndex.of(nodes).row_per_node(rows)
    # a label of -1 is not there, and what is not there is missing
    found = rows.drop(columns=KEY).reset_index(drop=True).reindex(row).reset_index(drop=True)
    return pd.concat([keyed(nodes)[KEY].reset_index(drop=True), found], axis=1)


def over_nodes(nodes: pd.DataFrame, rows: pd.DataFrame) -> pd.DataFrame:
    """The rows with part number and site as categories of the nodes, so that they are looked up once; others missing.

    For rows whose nodes several ask for.
    """
    names = {name: nodes[name].cat.categories for name in KEY}
    codes = {name: codes_over(rows[name], names[name]) for name in KEY}
    return rows.assign(**{name: pd.Categorical.from_codes(codes[name], names[name]) for name in KEY})


def named_in(facts: pd.DataFrame, rows: pd.DataFrame) -> pd.DataFrame:
    """The facts of parts that the rows name: a join with few rows then indexes few. Part numbers are texts."""
    return facts[codes_over(facts["part_no"], pd.Index(rows["part_no"].unique())) >= 0]


def at_nodes(index: NodeIndex, rows: pd.DataFrame) -> pd.DataFrame:
    """The rows with their ``node``: one of a site at that site, one for every site at each; others fall away."""
    blank = rows["site"].isna().to_numpy()
    own, every = rows[~blank], rows[blank]
    if every.empty:
        return _placed(own, index.nodes_of(own))
    part = codes_over(every["part_no"], index.part_nos)
    places = [index.at(part, np.full(len(every), site)) for site in range(len(index.sites))]
    return pd.concat([_placed(own, index.nodes_of(own)), *(_placed(every, node) for node in places)])


def _placed(rows: pd.DataFrame, node: npt.NDArray[np.integer]) -> pd.DataFrame:
    return rows[node >= 0].assign(node=node[node >= 0])


def in_force(sourcing: pd.DataFrame, on: date) -> pd.DataFrame:
    """Sourcing rows that may be bought from on a date: valid (both ends inclusive) and not blocked."""
    today = pd.Timestamp(on)
    starts, ends = sourcing["valid_from"], sourcing["valid_to"]
    open_ = (starts.isna() | (starts <= today)) & (ends.isna() | (ends >= today))
    return sourcing[open_ & ~sourcing["blocked"].fillna(False).astype(bool)]


def supply(nodes: pd.DataFrame, sourcing: pd.DataFrame, on: date) -> pd.DataFrame:
    """qualified_suppliers, origin_country, top_origin_share_pct per node, in node order.

    Missing without sourcing rows. The number of qualified suppliers is also missing when a source's release is
    unknown; the origin share when a source's origin is, or a share is needed and not given.
    """
    rows = at_nodes(NodeIndex.of(nodes), in_force(sourcing, on))
    found = pd.concat([_qualified(rows), _origins(rows)], axis=1)
    return found.reindex(range(len(nodes)))


def _qualified(rows: pd.DataFrame) -> pd.Series:
    known = rows.assign(unknown=rows["qualified"].isna(), yes=rows["qualified"].fillna(False).astype(bool))
    suppliers = known[known["yes"]].groupby("node")["supplier"].nunique()
    doubt = known.groupby("node")["unknown"].any()
    return suppliers.reindex(doubt.index, fill_value=0).astype(float).where(~doubt).rename("qualified_suppliers")


def _origins(rows: pd.DataFrame) -> pd.DataFrame:
    plain = rows.assign(country=rows["country_of_origin"].astype("object"))
    per_supplier = plain.drop_duplicates(["node", "supplier", "country"])
    by_country = per_supplier.groupby(["node", "country"])["share_pct"].sum(min_count=1).reset_index()
    countries = by_country.groupby("node")["country"].nunique()
    order = by_country.sort_values(["share_pct", "country"], ascending=[False, True], na_position="last")
    top = order.drop_duplicates("node").set_index("node")
    total = by_country.groupby("node")["share_pct"].sum(min_count=1)
    unknown = plain["country"].isna().groupby(plain["node"]).any()
    share_missing = per_supplier["share_pct"].isna().groupby(per_supplier["node"]).any()
    share = (100 * top["share_pct"] / total.reindex(top.index)).where(~share_missing.reindex(top.index))
    share = share.mask(countries.reindex(top.index) == 1, 100.0).mask(unknown.reindex(top.index))
    return pd.DataFrame({"origin_country": top["country"].astype("str"), "top_origin_share_pct": share})


def revenue(
    nodes: pd.DataFrame, about: pd.DataFrame, demand: pd.DataFrame, currency: str, on: date, horizon_days: int
) -> tuple[np.ndarray, np.ndarray]:
    """(demanded quantity, revenue) per node over the horizon; NaN where price, currency or demand is unknown."""
    last = pd.Timestamp(on) + pd.Timedelta(days=horizon_days)
    due, index = demand[demand["date"] <= last], NodeIndex.of(nodes)
    quantity = due["quantity"].groupby(index.nodes_of(due)).sum(min_count=1)
    # What an accepted demand list does not name is not needed; a site without any list is unknown.
    listed = nodes["site"].isin(demand["site"].dropna().unique()).to_numpy()
    demanded = np.where(listed, quantity.reindex(range(len(nodes)), fill_value=0.0).to_numpy(dtype=float), np.nan)
    same = about["currency"].isna() | (about["currency"] == currency)
    price = about["unit_revenue"].where(same).to_numpy(dtype=float)
    return demanded, demanded * price
