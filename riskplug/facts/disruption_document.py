"""`riskplug.disruptions/1`: the ranking of disruptions, and one of them in detail, as a document."""

from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from riskplug.facts.disruptions import Ordeals, shopping, worked
from riskplug.facts.in_doubt import every_product
from riskplug.plan.outcome import Outcome

SCHEMA = "riskplug.disruptions/1"
_KEY = ["kind", "name", "standing"]


def disruptions_document(
    ordeals: Ordeals, facts: pd.DataFrame, on: date, kind: str | None = None, name: str | None = None
) -> dict[str, Any]:
    """Rows of the grain in the order of their rank, of one kind or name if asked for.

    ``details`` is empty unless a name is asked for. Then the disruption is worked out again, beyond the bound of a
    nightly scan too, with the days of each product alone.
    """
    rows = facts[(facts["kind"] == kind) | (kind is None)]
    rows = rows[(rows["name"] == name) | (name is None)]
    listed, details = _plain(rows), []
    if name is not None:
        told = [_detail(ordeals, row) for row in listed]
        listed, details = [row for row, _ in told], [detail for _, detail in told]
    return {
        "schema": SCHEMA,
        "business_date": on.isoformat(),
        "currency": ordeals.currency,
        "horizon_days": ordeals.asked.horizon_days,
        "disruptions": listed,
        "details": details,
    }


def _detail(ordeals: Ordeals, listed: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    rows = ordeals.rows
    [at] = np.flatnonzero(np.logical_and.reduce([(rows[name] == listed[name]).to_numpy() for name in _KEY]))
    row = rows.iloc[at]
    said, outcome = worked(ordeals, row, alone=True)
    [again] = _plain(pd.DataFrame([{**dict.fromkeys(listed), **said, "rank": listed["rank"]}]))
    return again, {
        **{name: listed[name] for name in _KEY},
        "products": _plain(_products(ordeals, outcome, float(row["recovery_days"]))) if outcome else [],
        "parts": _plain(_parts(ordeals, row)),
        "receipts": _plain(_receipts(ordeals, row)),
        "buffer": _plain(shopping(ordeals, outcome)) if outcome else [],
    }


def _products(ordeals: Ordeals, outcome: Outcome, recovery_days: float) -> pd.DataFrame:
    """One row per product that a loss may reach, the first to stop on top; those nobody can tell of at the end."""
    rows = every_product(outcome).set_index("node")
    node = ordeals.supply.links.of[rows.index.to_numpy(dtype=int)]
    columns = ["node", "lost_units", "lost_value"]
    lost = (outcome.loss.products if outcome.loss else pd.DataFrame(columns=columns)).set_index("node")
    lost = lost.reindex(rows.index)
    found = pd.DataFrame(
        {
            "part_no": ordeals.graph.nodes["part_no"].astype("str").to_numpy()[node],
            "site": ordeals.graph.nodes["site"].astype("str").to_numpy()[node],
            "survive_days": rows["days"].to_numpy(),
            "survive_days_state": rows["state"].to_numpy(),
            "alone_days": rows["alone_days"].to_numpy(),
            "alone_days_state": rows["alone_state"].to_numpy(),
            "survive_bound": rows["bound"].to_numpy(),
            "gap_days": recovery_days - rows["days"].to_numpy(dtype=float),
            "lost_units": lost["lost_units"].to_numpy(dtype=float),
            "loss_value": lost["lost_value"].to_numpy(dtype=float),
            "lost_revenue": lost["lost_units"].to_numpy(dtype=float) * ordeals.price[node],
            "why": rows["why"].replace("", None).to_numpy(),
        }
    )
    return found.sort_values(["survive_days", "part_no", "site"], na_position="last", ignore_index=True)


def _parts(ordeals: Ordeals, row: pd.Series) -> pd.DataFrame:
    """part_no, site, doubtful, on_hand of what is lost and needed, or could stand in."""
    losses = ordeals.found[int(row["set"])][1].nodes
    mine = losses[losses["name"] == row["name"]]
    node = ordeals.supply.links.of[mine["node"].to_numpy()]
    about = ordeals.part[["part_no", "site", "on_hand", "products"]].take(node).reset_index(drop=True)
    about = about.assign(doubtful=mine["doubtful"].to_numpy())[ordeals.usable[node]]
    order = about.sort_values(["doubtful", "products", "part_no"], ascending=[True, False, True])
    once: pd.DataFrame = order.drop_duplicates(["part_no", "site"])
    return once[["part_no", "site", "doubtful", "on_hand", "products"]]


def _receipts(ordeals: Ordeals, row: pd.Series) -> pd.DataFrame:
    """part_no, site, day, quantity, lost: open orders of the parts lost, those that come all the same too."""
    taken = ordeals.taken(row)
    rows = ordeals.asked.chain.receipts
    at = np.flatnonzero(taken.lost[rows["node"].to_numpy()])
    node = ordeals.supply.links.of[rows["node"].to_numpy()[at]]
    about = ordeals.graph.nodes.iloc[node].astype("str").reset_index(drop=True)
    mine = rows.iloc[at][["day", "quantity"]].reset_index(drop=True)
    found = pd.concat([about[["part_no", "site"]], mine], axis=1).assign(lost=taken.receipts_lost[at])
    wanted: pd.DataFrame = found[ordeals.usable[node]]
    return wanted.sort_values(["part_no", "site", "day"], ignore_index=True)


def _plain(rows: pd.DataFrame) -> list[dict[str, Any]]:
    """Numbers as numbers, missing as null."""
    plain = rows.astype("object")
    return [
        {str(name): _value(value) for name, value in row.items()}
        for row in plain.where(plain.notna(), None).to_dict("records")
    ]


def _value(value: object) -> object:
    return value.item() if isinstance(value, np.generic) else value
