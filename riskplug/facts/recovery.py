"""How long each disruption lasts, and which parts it takes: what can be said before anything is worked out."""

import numpy as np
import pandas as pd

from riskplug.plan.disruption import Losses
from riskplug.plan.nodes import Flags, Floats
from riskplug.plan.supply_chain import SupplyChain
from riskplug.workspace import Policy, Recovery

NAMED = 5


def candidates(
    found: list[tuple[str, Losses]], supply: SupplyChain, part: pd.DataFrame, needed: Flags, usable: Flags
) -> pd.DataFrame:
    """One row per disruption that takes a needed part: kind, name, standing, set (position in ``found``), parts_lost,
    parts_doubtful, products, worth, lost_parts, materials, lead_days, lead_part, lead_unknown.

    ``part``: grain `part` in node order; per node, ``needed``: a requirement or an unknown one, ``usable``: that, or
    able to stand in for something; alternates count among the parts lost, and make no row alone. ``lead_days``: the
    slowest replenishment of the parts lost, those of unknown time left out and counted in ``lead_unknown``.
    """
    columns = ["part_no", "products", "revenue_at_risk", "materials", "lead_time_days"]
    frames = [
        losses.nodes.assign(kind=losses.kind, standing=standing, set=number)
        for number, (standing, losses) in enumerate(found)
        if len(losses.nodes)
    ]
    if not frames:
        return pd.DataFrame()
    pairs = pd.concat(frames, ignore_index=True)
    pairs = pairs.assign(node=supply.links.of[pairs["node"].to_numpy()])
    pairs = pairs.sort_values("doubtful", kind="stable").drop_duplicates(["set", "name", "node"])
    pairs = pairs[usable[pairs["node"].to_numpy()]]
    asked = pd.Series(needed[pairs["node"].to_numpy()], index=pairs.index)
    pairs = pairs[asked.groupby([pairs["set"], pairs["name"]]).transform("any")].reset_index(drop=True)
    about = part[columns].take(pairs["node"].to_numpy()).reset_index(drop=True)
    rows = pd.concat([pairs, about], axis=1)
    rows = rows.sort_values(["doubtful", "products", "part_no"], ascending=[True, False, True], kind="stable")
    by = rows.groupby(["set", "name"])
    doubtful = by["doubtful"].sum().astype(float)
    slowest = (
        rows.sort_values("lead_time_days", na_position="first")
        .groupby(["set", "name"])[["lead_time_days", "part_no"]]
        .last()
    )
    made = pd.DataFrame(
        {
            "kind": by["kind"].first(),
            "standing": by["standing"].first(),
            "parts_lost": by.size() - doubtful,
            "parts_doubtful": doubtful,
            "products": by["products"].max(),
            "worth": by["revenue_at_risk"].max(),
            "lost_parts": by["part_no"].agg(
                lambda names: ", ".join(names[:NAMED]) + (" ..." if len(names) > NAMED else "")
            ),
            "materials": by["materials"].agg(_together),
            "lead_days": slowest["lead_time_days"],
            "lead_part": slowest["part_no"].where(slowest["lead_time_days"].notna()),
            "lead_unknown": by["lead_time_days"].agg(lambda days: int(days.isna().sum())),
        }
    )
    return made.reset_index()


def _first(names: pd.Series) -> str:
    return ", ".join(names[:NAMED]) + (" ..." if len(names) > NAMED else "")


def _together(materials: pd.Series) -> str | None:
    words = {word for cell in materials.dropna() for word in str(cell).split(",") if word}
    return ",".join(sorted(words)) or None


def recovery_times(rows: pd.DataFrame, licence_days: pd.Series, policy: Policy, given: Recovery) -> pd.DataFrame:
    """recovery_days, recovery_why and recovery_least (some lead time is unknown) of candidates.

    A planner's own number first ([recovery]). Else what has to be waited for and then the slowest replenishment of the
    parts lost: a licence of a measure that has them (``licence_days``, by name), recovery_days of the policy otherwise.
    Of a site recovery_days alone. Unknown where no lead time is known.
    """
    told = [given.of(str(kind), str(name)) for kind, name in zip(rows["kind"], rows["name"], strict=True)]
    own = pd.Series(told, index=rows.index, dtype="float64")
    site = rows["kind"] == "site"
    licence = rows["name"].map(licence_days).where(rows["kind"] == "measure")
    wait = licence.fillna(policy.recovery_days)
    lead = rows["lead_days"].mask(site, 0.0)
    days = own.fillna(wait + lead)
    words = np.where(licence.notna(), "licence ", "another source ") + _whole(wait)
    words = words + " + lead time " + _whole(lead) + " (" + rows["lead_part"].fillna("") + ")"
    least = (rows["lead_unknown"] > 0) & own.isna() & ~site
    why = pd.Series(words, index=rows.index).mask(site, "[policy] recovery_days").mask(own.notna(), "[recovery]")
    why = why + np.where(least, "; lead time unknown: " + rows["lead_unknown"].astype(str) + ", so at least", "")
    return pd.DataFrame(
        {
            "recovery_days": days,
            "recovery_why": why.mask(days.isna(), "lead times of the parts lost are unknown"),
            "recovery_least": least,
        }
    )


def _whole(values: pd.Series) -> pd.Series:
    return values.fillna(0).map("{:.0f}".format).astype("str")


def unit_margin(revenue: Floats, cost: Floats) -> tuple[Floats, Flags]:
    """(money lost with a unit that is not sold, whether it is the whole revenue as the cost is unknown).

    NaN without a revenue. A unit sold below its cost loses nothing.
    """
    whole = np.isnan(cost)
    return np.where(whole, revenue, np.maximum(revenue - cost, 0.0)), whole & ~np.isnan(revenue)
