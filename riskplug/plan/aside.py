"""Rows that were set aside, by part.

Of demand: more is asked for than the plan knows. Of production orders: more is made, and more asked of its components.
"""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from riskplug.plan.nodes import NodeIndex, codes_over

MISSING = "required value is missing"


# What one row and several are called, by table.
CALLED = {"demand": ("demand row", "demand rows"), "production_orders": ("production order", "production orders")}


def set_aside(rows: pd.DataFrame | None, index: NodeIndex, table: str = "demand") -> Mapping[int, str]:
    """What is said of each node some of whose rows of a table were set aside.

    ``rows``: table (all of demand without it), part_no, site, column, reason; empty text where a row does not say. A
    row without a site may be of any. A row without a part is counted at its table only.
    Worked: `3 demand rows were set aside: no date (2), no quantity (1)`.
    """
    if rows is None:
        return {}
    rows = rows[rows["table"].astype("str") == table] if "table" in rows else rows[[table == "demand"] * len(rows)]
    if rows.empty:
        return {}
    told = rows.assign(why=_why(rows))[["part_no", "site", "why"]]
    own, anywhere = told[told["site"] != ""], told[told["site"] == ""]
    found = pd.concat([own.assign(node=index.nodes_of(own)), _at_every_site(anywhere, index)])
    counts = found[found["node"] >= 0].groupby(["node", "why"], sort=True).size()
    return {
        int(node): _sentence(of_node.droplevel("node"), *CALLED[table])  # type: ignore[arg-type]
        for node, of_node in counts.groupby(level="node")
    }


def _why(rows: pd.DataFrame) -> pd.Series:
    column, reason = rows["column"].astype("str"), rows["reason"].astype("str")
    said = (column + ": " + reason).where(column != "", reason)
    return said.mask(reason == MISSING, "no " + column)


def _at_every_site(rows: pd.DataFrame, index: NodeIndex) -> pd.DataFrame:
    nodes = pd.DataFrame({"code": index.part, "node": np.arange(len(index))})
    code = codes_over(rows["part_no"], index.part_nos)
    return rows.assign(code=code)[code >= 0].merge(nodes, on="code").drop(columns="code")


def _sentence(by_reason: pd.Series, one: str, several: str) -> str:
    total = int(by_reason.sum())
    rows = f"1 {one} was" if total == 1 else f"{total} {several} were"
    alone = len(by_reason) == 1
    reasons = ", ".join(str(why) if alone else f"{why} ({n})" for why, n in by_reason.items())
    return f"{rows} set aside: {reasons}"
