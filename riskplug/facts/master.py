"""What the part master and the sourcing list say of each node (part x site)."""

from collections.abc import Sequence
from datetime import date

import numpy as np
import pandas as pd

KEY = ["part_no", "site"]


def keyed(frame: pd.DataFrame) -> pd.DataFrame:
    """Part number and site as plain text, so that frames of different category sets can be merged."""
    return frame.assign(part_no=frame["part_no"].astype("str"), site=frame["site"].astype("str"))


def per_node(nodes: pd.DataFrame, rows: pd.DataFrame, sites: Sequence[str]) -> pd.DataFrame:
    """One row per node, in node order: the node's own row, else the one for every site, else missing."""
    own = rows[rows["site"].notna()]
    every = rows[rows["site"].isna()]
    spread = pd.concat([keyed(own), *(keyed(every.assign(site=site)) for site in sites)], ignore_index=True)
    first = spread.drop_duplicates(KEY)
    return keyed(nodes)[KEY].merge(first, on=KEY, how="left")


def in_force(sourcing: pd.DataFrame, on: date) -> pd.DataFrame:
    """Sourcing rows that may be bought from on a date: valid (both ends inclusive) and not blocked."""
    today = pd.Timestamp(on)
    starts, ends = sourcing["valid_from"], sourcing["valid_to"]
    open_ = (starts.isna() | (starts <= today)) & (ends.isna() | (ends >= today))
    return sourcing[open_ & ~sourcing["blocked"].fillna(False).astype(bool)]


def supply(nodes: pd.DataFrame, sourcing: pd.DataFrame, sites: Sequence[str], on: date) -> pd.DataFrame:
    """qualified_suppliers, origin_country, top_origin_share_pct per node.

    Missing without sourcing rows. The number of qualified suppliers is also missing when a source's release is
    unknown; the origin share when a source's origin is, or a share is needed and not given.
    """
    rows = in_force(sourcing, on)
    spread = pd.concat(
        [keyed(rows[rows["site"].notna()]), *(keyed(rows[rows["site"].isna()].assign(site=site)) for site in sites)],
        ignore_index=True,
    )
    found = pd.concat([_qualified(spread), _origins(spread)], axis=1).reset_index()
    return keyed(nodes)[KEY].merge(found, on=KEY, how="left")


def _qualified(rows: pd.DataFrame) -> pd.Series:
    known = rows.assign(unknown=rows["qualified"].isna(), yes=rows["qualified"].fillna(False).astype(bool))
    suppliers = known[known["yes"]].groupby(KEY)["supplier"].nunique()
    doubt = known.groupby(KEY)["unknown"].any()
    return suppliers.reindex(doubt.index, fill_value=0).astype(float).where(~doubt).rename("qualified_suppliers")


def _origins(rows: pd.DataFrame) -> pd.DataFrame:
    plain = rows.assign(country=rows["country_of_origin"].astype("object"))
    per_supplier = plain.drop_duplicates([*KEY, "supplier", "country"])
    by_country = per_supplier.groupby([*KEY, "country"])["share_pct"].sum(min_count=1).reset_index()
    countries = by_country.groupby(KEY)["country"].nunique()
    order = by_country.sort_values(["share_pct", "country"], ascending=[False, True], na_position="last")
    top = order.drop_duplicates(KEY).set_index(KEY)
    total = by_country.groupby(KEY)["share_pct"].sum(min_count=1)
    unknown = plain.groupby(KEY)["country"].apply(lambda column: column.isna().any())
    share_missing = per_supplier.groupby(KEY)["share_pct"].apply(lambda column: column.isna().any())
    share = (100 * top["share_pct"] / total.reindex(top.index)).where(~share_missing.reindex(top.index))
    share = share.mask(countries.reindex(top.index) == 1, 100.0).mask(unknown.reindex(top.index))
    return pd.DataFrame({"origin_country": top["country"].astype("str"), "top_origin_share_pct": share})


def revenue(
    nodes: pd.DataFrame, about: pd.DataFrame, demand: pd.DataFrame, currency: str, on: date, horizon_days: int
) -> tuple[np.ndarray, np.ndarray]:
    """(demanded quantity, revenue) per node over the horizon; NaN where price, currency or demand is unknown."""
    last = pd.Timestamp(on) + pd.Timedelta(days=horizon_days)
    due = keyed(demand[demand["date"] <= last])
    quantity = due.groupby(KEY)["quantity"].sum(min_count=1)
    index = pd.MultiIndex.from_frame(keyed(nodes)[KEY])
    # What an accepted demand list does not name is not needed; a site without any list is unknown.
    listed = keyed(nodes)["site"].isin(demand["site"].astype("str").unique()).to_numpy()
    demanded = np.where(listed, quantity.reindex(index, fill_value=0.0).to_numpy(dtype=float), np.nan)
    same = about["currency"].isna() | (about["currency"].astype("object") == currency)
    price = about["unit_revenue"].where(same).to_numpy(dtype=float)
    return demanded, demanded * price
