"""The sources of supply of each node, and what each says of the origin of the goods."""

from collections.abc import Sequence
from datetime import date

import numpy as np
import numpy.typing as npt
import pandas as pd

from riskplug.catalogue import as_text
from riskplug.facts.master import in_force
from riskplug.model import Frames
from riskplug.plan.nodes import NodeIndex

STAGES = ("country_of_mining", "country_of_refining", "country_of_melting")
COLUMNS = ("node", "supplier", "country", *STAGES, "material", "recycled", "share_pct", "qualified", "listed")


def sources_of(nodes: pd.DataFrame, tables: Frames, sites: Sequence[str], on: date) -> pd.DataFrame:
    """COLUMNS, one row per node and source in force: rows of `sourcing`, one for every site at each.

    A node that no source lists has one row of the part master's country of origin, where that is known (``listed``
    false, no supplier). Empty texts are unknown; ``qualified`` is nullable, missing unknown.
    """
    index = NodeIndex.of(nodes)
    rows = in_force(tables["sourcing"], on)
    blank = rows["site"].isna()
    spread = pd.concat([rows[~blank], *(rows[blank].assign(site=site) for site in sites)], ignore_index=True)
    spread = spread.assign(node=index.nodes_of(spread), listed=True)
    spread = spread[spread["node"] >= 0]
    return pd.concat(
        [_typed(spread), _typed(_mastered(index, tables["parts"], spread["node"].to_numpy()))], ignore_index=True
    )


def _mastered(index: NodeIndex, parts: pd.DataFrame, listed: npt.NDArray[np.integer]) -> pd.DataFrame:
    row = index.row_per_node(parts)
    named = np.append(parts["country_of_origin"].notna().to_numpy(), False)[row]
    named[listed] = False
    country = parts["country_of_origin"].iloc[row[named]].to_numpy(dtype=object)
    return pd.DataFrame({"node": np.flatnonzero(named), "country_of_origin": country, "listed": False})


def _typed(rows: pd.DataFrame) -> pd.DataFrame:
    texts = {
        "supplier": "supplier",
        "country": "country_of_origin",
        **dict(zip(STAGES, STAGES, strict=True)),
        "material": "material",
    }
    nothing = pd.Series([None] * len(rows), index=rows.index, dtype="object")
    made = {name: as_text(rows.get(column, nothing)).fillna("") for name, column in texts.items()}
    flags = {name: rows.get(name, nothing).astype("boolean") for name in ("recycled", "qualified")}
    share = rows.get("share_pct", nothing).astype("float64")
    columns = {"node": rows["node"].astype("int64"), **made, **flags, "share_pct": share, "listed": rows["listed"]}
    return pd.DataFrame(columns)[list(COLUMNS)].astype({"listed": "bool"}).reset_index(drop=True)


def speaking_of(pairs: pd.DataFrame) -> pd.DataFrame:
    """Sources (their material as ``material_of``) beside the ``material`` asked for, with what they say of that.

    The stages of another material say nothing of this one and become unknown; the origin is that of the goods.
    """
    other = pairs["material_of"].ne("") & pairs["material_of"].ne(pairs["material"])
    return pairs.assign(**{stage: pairs[stage].mask(other, "") for stage in STAGES})


def origin_shares(sources: pd.DataFrame) -> pd.DataFrame:
    """node, country (empty unknown), share: how the supply of each node splits by origin; shares of a node sum to 1.

    Several countries without a planned share on every source are unknown as a whole. A supplier named several times
    with one origin (once per material) counts once; one with a share of zero delivers nothing.
    """
    rows = sources[sources["share_pct"] != 0].drop_duplicates(["node", "supplier", "country"])
    by = rows.groupby("node")
    countries = by["country"].transform("nunique").to_numpy()
    unsplit = rows["share_pct"].isna().groupby(rows["node"]).transform("any").to_numpy() & (countries > 1)
    weight = np.where(countries == 1, 1.0, rows["share_pct"].to_numpy(dtype=float))
    rows = rows.assign(country=rows["country"].where(~unsplit, ""), weight=np.where(unsplit, 1.0, weight))
    total = rows.groupby(["node", "country"])["weight"].sum().reset_index()
    total["share"] = total["weight"] / total.groupby("node")["weight"].transform("sum")
    return total[["node", "country", "share"]]
