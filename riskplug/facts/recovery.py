"""How long each disruption lasts, and which parts it takes: what can be said before anything is worked out."""

import numpy as np
import pandas as pd

from riskplug.plan.disruption import Losses
from riskplug.plan.nodes import Flags, Floats, Ints
from riskplug.plan.supply_chain import SupplyChain
from riskplug.workspace import Policy, Recovery

NAMED = 5
_NUMBERS = ("products", "revenue_at_risk", "lead_time_days")


def candidates(
    found: list[tuple[str, Losses]], supply: SupplyChain, part: pd.DataFrame, needed: Flags, usable: Flags
) -> pd.DataFrame:
    """One row per disruption that takes a needed part: kind, name, standing, set (position in ``found``), parts_lost,
    parts_doubtful, products, worth, lost_parts, materials, lead_days, lead_part, lead_unknown.

    ``part``: grain `part` in node order; per node, ``needed``: a requirement or an unknown one, ``usable``: that, or
    able to stand in for something; alternates count among the parts lost, and make no row alone. ``lead_days``: the
    slowest replenishment of the parts lost, those of unknown time left out and counted in ``lead_unknown``.
    """
    rows, heads = _pairs(found, supply, needed, usable)
    if rows.empty:
        return pd.DataFrame()
    node = rows["node"].to_numpy()
    rows = rows.assign(**{name: part[name].to_numpy()[node] for name in _NUMBERS})
    products, doubts = rows["products"].to_numpy(), rows["doubtful"].to_numpy()
    rows = rows.take(np.lexsort((_by_name(part, node), -products, doubts)))
    by = rows.groupby("candidate")
    doubtful = by["doubtful"].sum().astype(float)
    kept = heads.loc[doubtful.index]
    slowest = _slowest(rows)
    lead_part = part["part_no"].take(slowest["node"].to_numpy()).set_axis(slowest.index)
    sets = kept["set"].to_numpy()
    made = pd.DataFrame(
        {
            "set": kept["set"],
            "name": kept["name"],
            "kind": pd.Series([found[at][1].kind for at in sets], index=kept.index, dtype="str"),
            "standing": pd.Series([found[at][0] for at in sets], index=kept.index, dtype="str"),
            "parts_lost": by.size() - doubtful,
            "parts_doubtful": doubtful,
            "products": by["products"].max(),
            "worth": by["revenue_at_risk"].max(),
            "lost_parts": _first(rows, part),
            "materials": _together(rows, part).reindex(kept.index),
            "lead_days": slowest["lead_time_days"],
            "lead_part": lead_part.where(slowest["lead_time_days"].notna()),
            "lead_unknown": by.size() - by["lead_time_days"].count(),
        }
    )
    return made.reset_index(drop=True)


def _pairs(
    found: list[tuple[str, Losses]], supply: SupplyChain, needed: Flags, usable: Flags
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """(candidate, node, doubtful) of each usable node that a candidate with a needed one takes, those in doubt last;
    and (set, name) by candidate, which are numbered in that order.
    """
    heads: list[pd.DataFrame] = []
    candidate, node, doubtful = [], [], []
    for number, (_, losses) in enumerate(found):
        names = losses.nodes["name"].cat
        sorted_names = names.categories.sort_values()
        first = sum(len(head) for head in heads)
        candidate.append(first + sorted_names.get_indexer(names.categories)[names.codes])
        node.append(supply.links.of[losses.nodes["node"].to_numpy()])
        doubtful.append(losses.nodes["doubtful"].to_numpy())
        heads.append(pd.DataFrame({"set": number, "name": sorted_names}))
    columns = {"candidate": candidate, "node": node, "doubtful": doubtful}
    rows = pd.DataFrame({name: np.concatenate(arrays) for name, arrays in columns.items()})
    rows = rows[usable[rows["node"].to_numpy()]]
    # both ways of a part that may be made or bought are one part, lost for certain where one of them is
    rows = pd.concat([rows[~rows["doubtful"]], rows[rows["doubtful"]]])
    rows = rows[~(rows["candidate"] * len(needed) + rows["node"]).duplicated()]
    asked = np.bincount(rows["candidate"], needed[rows["node"].to_numpy()]) > 0
    return rows[asked[rows["candidate"].to_numpy()]].reset_index(drop=True), pd.concat(heads, ignore_index=True)


def _slowest(rows: pd.DataFrame) -> pd.DataFrame:
    """lead_time_days and node of the part that takes longest, by candidate; of some part where no time is known."""
    days, candidate = rows["lead_time_days"].to_numpy(), rows["candidate"].to_numpy()
    known = ~np.isnan(days)
    order = np.append(np.flatnonzero(~known), np.flatnonzero(known)[np.argsort(days[known])])
    last = np.full(candidate.max() + 1, -1)
    last[candidate[order]] = order
    chosen = rows.iloc[last[last >= 0]]
    return chosen.set_index("candidate")[["lead_time_days", "node"]]


def _by_name(part: pd.DataFrame, node: Ints) -> Ints:
    """Where the part number of each node stands among those of all nodes that are asked for."""
    asked, place = np.zeros(len(part), dtype=bool), np.zeros(len(part), dtype=np.int32)
    asked[node] = True
    place[asked] = part.loc[asked, "part_no"].rank(method="dense").to_numpy()
    return place[node]


def _first(rows: pd.DataFrame, part: pd.DataFrame) -> pd.Series:
    """The first part numbers of each candidate, in the order of the rows."""
    by = rows.groupby("candidate")
    named = rows[by.cumcount() < NAMED]
    names = part["part_no"].take(named["node"].to_numpy()).set_axis(named.index)
    listed = names.groupby(named["candidate"]).agg(", ".join)
    return listed + pd.Series(np.where(by.size() > NAMED, " ...", ""), index=listed.index, dtype="str")


def _together(rows: pd.DataFrame, part: pd.DataFrame) -> pd.Series:
    """The materials in the parts of each candidate; candidates whose parts hold none are left out."""
    listed = part["materials"].notna().to_numpy()
    some = rows.loc[listed[rows["node"].to_numpy()], ["candidate", "node"]]
    cells = some.assign(cell=part["materials"].take(some["node"].to_numpy()).to_numpy())
    cells = cells.drop_duplicates(["candidate", "cell"])
    united: pd.Series = cells["cell"].groupby(cells["candidate"]).agg(_united).astype("str")
    return united


def _united(materials: pd.Series) -> str | None:
    words = {word for cell in materials for word in str(cell).split(",") if word}
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
