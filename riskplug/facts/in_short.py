"""What the grain `disruption` says per product, measure and material, and how many units can be built now."""

from collections.abc import Sequence
from typing import Any, cast

import numpy as np
import pandas as pd

from riskplug.catalogue import GRAINS, frame
from riskplug.facts.disruptions import Ordeals
from riskplug.plan.buildable import buildable_now
from riskplug.plan.nodes import Ints

_SHORT = ("survive_days", "survive_days_state", "recovery_days", "loss_value", "lost_revenue")


def with_products(product: pd.DataFrame, sold: Ints, ordeals: Ordeals, facts: pd.DataFrame, most: int) -> pd.DataFrame:
    """Grain `product` with buildable units and the measure in force that stops it first.

    ``sold``: node of each row. Units are worked out for the ``most`` products of most revenue, unknown for others.
    """
    first = product["revenue_at_risk"].sort_values(ascending=False, na_position="last").index[:most]
    built = buildable_now(ordeals.asked.chain, sold[first]).set_index("node")
    worst = _worst(ordeals, facts)
    units = built["units"].reindex(sold).to_numpy(dtype=float)
    return _filled(
        "product",
        product.assign(
            buildable_units=units,
            buildable_bound=built["bound"].astype("object").reindex(sold).fillna("unknown").to_numpy(),
            worst_measure=worst["name"].reindex(sold).to_numpy(),
            survive_days=worst["days"].reindex(sold).to_numpy(),
            survive_days_state=_states(product, sold, ordeals, facts, worst),
            survive_bound=worst["bound"].reindex(sold).to_numpy(),
            lost_units=worst["lost_units"].reindex(sold).to_numpy(),
            lost_revenue=worst["lost_units"].reindex(sold).to_numpy(dtype=float) * ordeals.price[sold],
        ),
    )


def _in_force(facts: pd.DataFrame) -> pd.DataFrame:
    return facts[(facts["kind"] == "measure") & facts["standing"].isin(["in_force", "unknown"])]


def _worst(ordeals: Ordeals, facts: pd.DataFrame) -> pd.DataFrame:
    """By node: name, days, bound, lost_units of the measure in force that stops it first."""
    frames = []
    for name, standing in _in_force(facts)[["name", "standing"]].astype("str").itertuples(index=False):
        outcome = ordeals.outcomes.get(("measure", name, standing))
        if outcome is None:
            continue
        rows = outcome.survival.products[["node", "state", "days", "bound"]].assign(name=name, lost_units=np.nan)
        if outcome.loss is not None:
            lost = outcome.loss.products.set_index("node")["lost_units"]
            rows = rows.assign(lost_units=rows["node"].map(lost))
        frames.append(rows)
    columns = ["node", "state", "days", "bound", "name", "lost_units"]
    rows = pd.concat(frames, ignore_index=True) if frames else pd.DataFrame(columns=columns)
    # stopped in doubt only: covered, at most
    rows = rows[rows["days"].notna() | (rows["state"] == "unknown") | rows["bound"].isin(["at_most", "unknown"])]
    calm = rows["days"].isna() & (rows["state"] != "unknown")
    rows = rows.assign(state=rows["state"].mask(calm, "covered_to_horizon"), name=rows["name"].mask(calm), calm=calm)
    rows = rows.sort_values(["days", "calm", "name"], na_position="last", kind="stable").drop_duplicates("node")
    return rows.set_index("node")


def _states(
    product: pd.DataFrame, sold: Ints, ordeals: Ordeals, facts: pd.DataFrame, worst: pd.DataFrame
) -> Sequence[str]:
    """Of products that no measure is seen to stop: covered, unless something that could tell is unknown."""
    chain = ordeals.asked.chain
    blind = not _in_force(facts)["computed"].fillna(False).all()
    unknown = chain.partial[sold] | np.isnan(chain.demand_per_day[sold]) | blind
    calm = np.select([unknown, chain.demand_per_day[sold] == 0], ["unknown", "no_demand"], "covered_to_horizon")
    found: list[str] = worst["state"].reindex(sold).fillna(pd.Series(calm, index=sold)).astype("str").tolist()
    return found


def in_short(grain: str, rows: pd.DataFrame, facts: pd.DataFrame) -> pd.DataFrame:
    """Grain `measure` or `material` with the row of `disruption` of its name; one in force before one that waits.

    A measure or material without such a row takes away nothing that is needed: nothing is lost.
    """
    mine = facts[facts["kind"] == grain]
    mine = mine.assign(order=mine["standing"].cat.codes).sort_values("order").drop_duplicates("name").set_index("name")
    named = rows[grain].astype("object")
    calm = ~named.isin(mine.index)
    found: dict[str, Any] = {name: mine[name].astype("object").reindex(named).to_numpy(copy=True) for name in _SHORT}
    nothing = {"survive_days_state": "covered_to_horizon", "loss_value": 0.0, "lost_revenue": 0.0}
    for name, value in nothing.items():
        found[name][calm.to_numpy()] = value
    return _filled(grain, rows.assign(**found))


def _filled(grain: str, rows: pd.DataFrame) -> pd.DataFrame:
    return frame(GRAINS[grain], cast(dict[str, object], rows[list(GRAINS[grain].names)].to_dict("series")))
