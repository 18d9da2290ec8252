"""Grain `disruption`, and what it says per product, measure and material."""

from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from riskplug.catalogue import GRAINS, frame
from riskplug.facts.in_doubt import first_bound, with_doubts
from riskplug.facts.losses import Night, losses_of
from riskplug.facts.recovery import candidates, recovery_times, unit_margin
from riskplug.model import BomGraph
from riskplug.plan import Plan
from riskplug.plan.disruption import Disruption, Losses
from riskplug.plan.nodes import Flags, Floats, Master
from riskplug.plan.outcome import LARGEST, Asked, Outcome, work_out
from riskplug.plan.supply_chain import SupplyChain, supply_chain
from riskplug.regimes.licences import LICENSED
from riskplug.scale.engine import LOCAL, Engine
from riskplug.workspace import Workspace

NAMED = 5
# Unknowns of all programmes that the disruptions of a night may take: about ten seconds of one core.
WORK = 400_000
# Disruptions in turn that may prove too large to be worked out before those after them are not looked at any more.
TOO_LARGE = 25
_KINDS = ("measure", "origin", "material", "supplier", "site")
_RUNWAY = {"never": "covered_to_horizon", "not_touched": "covered_to_horizon"}


@dataclass(frozen=True)
class Ordeals:
    """The disruptions of a night, ready to be worked out. ``rows``: candidates() with recovery times and titles.

    Per node of the graph: ``part``, grain `part`; ``usable``, needed or able to stand in; ``price``, revenue of a
    unit; ``whole``, its cost is unknown, so that the margin is all of it. ``outcomes``: what was worked out, by kind,
    name and standing.
    """

    rows: pd.DataFrame
    found: list[tuple[str, Losses]]
    supply: SupplyChain
    asked: Asked
    graph: BomGraph
    part: pd.DataFrame
    usable: Flags
    price: Floats
    whole: Flags
    currency: str
    outcomes: dict[tuple[str, str, str], Outcome] = field(default_factory=dict)

    def taken(self, row: pd.Series) -> Disruption:
        losses = self.found[int(row["set"])][1]
        [one] = losses.each([str(row["name"])], len(self.asked.chain), len(self.asked.chain.receipts))
        return one


def prepare(
    plan: Plan, graph: BomGraph, part: pd.DataFrame, about: pd.DataFrame, night: Night, workspace: Workspace
) -> Ordeals:
    """Which disruptions there are and how long each lasts. ``part``: grain `part`; ``about``: part master, per node."""
    price, cost = (_money(about, name, workspace.workspace.currency) for name in ("unit_revenue", "unit_cost"))
    margin, whole = unit_margin(price, cost)
    sold = part["is_product"].fillna(False).to_numpy(dtype=bool)
    listed = part["site"].isin(night.tables["demand"]["site"].unique()).to_numpy()
    required = plan.parts["daily_demand"].to_numpy(dtype=float)
    master = Master.of(plan.index, night.tables["parts"])
    supply = supply_chain(graph, plan.ledger, master, required * plan.ledger.horizon, margin, sold & ~listed)
    found = losses_of(night, supply)
    needed = ~(required <= 0)
    usable = _below(supply, needed)
    rows = candidates(found, supply, part, needed, usable)
    if len(rows):
        licences = _licence_days(night)
        times = recovery_times(rows, licences, workspace.policy, workspace.recovery)
        rows = _ordered(pd.concat([rows, times], axis=1).assign(title=_titles(rows, night)))
    stocked = np.where(graph.phantom, -1.0, cost)
    asked = Asked(supply.chain, float(plan.ledger.horizon), supply.per_node(stocked))
    currency = workspace.workspace.currency
    return Ordeals(rows, found, supply, asked, graph, part, usable, price, whole, currency)


def _below(supply: SupplyChain, needed: Flags) -> Flags:
    """The needed nodes of the graph, and what they may be made of, alternates that stand by among it."""
    parent, component = (supply.chain.needs[end].to_numpy() for end in ("parent", "component"))
    found = needed[supply.links.of]
    while (fresh := component[found[parent] & ~found[component]]).size:
        found[fresh] = True
    return found[: len(needed)]


def _money(about: pd.DataFrame, name: str, currency: str) -> Floats:
    own = about["currency"].isna() | (about["currency"].astype("object") == currency)
    return about[name].where(own).to_numpy(dtype=float)


def _licence_days(night: Night) -> pd.Series:
    """Longest expected licence by measure, of measures that license."""
    told = (night.exposures, night.waiting)
    licensed = (rows.loc[rows["measure_kind"].isin(LICENSED), ["measure", "licence_days"]] for rows in told)
    rows = pd.concat(licensed)
    parent = night.measures.drop_duplicates("measure").set_index("measure")["parent"]
    name = rows["measure"].astype("str")
    return rows["licence_days"].groupby(name.map(parent).fillna(name)).max()


def _titles(rows: pd.DataFrame, night: Night) -> pd.Series:
    suppliers = night.tables["suppliers"].assign(supplier=night.tables["suppliers"]["supplier"].astype("str"))
    by = {
        "supplier": suppliers.drop_duplicates("supplier").set_index("supplier")["name"].astype("object"),
        "measure": night.measures.drop_duplicates("parent").set_index("parent")["instrument"].astype("object"),
    }
    found = pd.Series(None, index=rows.index, dtype="object")
    for kind, names in by.items():
        found = found.where(rows["kind"] != kind, rows["name"].map(names))
    return found


def _ordered(rows: pd.DataFrame) -> pd.DataFrame:
    """In the order in which they are worked out: measures that somebody has made, then by the products above."""
    supposed = rows["standing"] == "supposed"
    kind = rows["kind"].map(_KINDS.index)
    order = rows.assign(supposed=supposed, kind_order=kind)
    order = order.sort_values(
        ["supposed", "products", "worth", "kind_order", "name"], ascending=[True, False, False, True, True]
    )
    return order.drop(columns=["supposed", "kind_order"]).reset_index(drop=True)


def disruption_facts(ordeals: Ordeals, most: int, work: int = WORK, engine: Engine = LOCAL) -> pd.DataFrame:
    """Grain `disruption`; the first ``most`` candidates are worked out, the rest only counted.

    ``work``: so are those after which programmes took more unknowns than this in all, however long a machine takes,
    and those after TOO_LARGE that were.
    """
    columns = GRAINS["disruption"].names
    made: list[dict[str, object]] = []
    done = large = 0
    answers = engine.each("disruptions", _worked, range(min(most, len(ordeals.rows))), ordeals)
    for number, (_, row) in enumerate(ordeals.rows.iterrows()):
        skipped = "beyond [policy] disruptions" if number >= most else ""
        skipped = skipped or (f"those before it take {work:,} unknowns" if done > work else "")
        skipped = skipped or (f"{TOO_LARGE} before it are too large" if large >= TOO_LARGE else "")
        said, outcome = worked(ordeals, row, skipped) if skipped else next(answers)
        done += outcome.work if outcome else 0
        large += outcome is None and not skipped
        if outcome:
            ordeals.outcomes[_named(row)] = outcome
        made.append(said)
    rows = pd.DataFrame(made, columns=list(columns))
    rows = rows.sort_values(
        ["computed", "loss_value", "gap_days", "kind", "name"],
        ascending=[False, False, False, True, True],
        na_position="last",
        kind="stable",
        ignore_index=True,
    )
    return frame(GRAINS["disruption"], rows.assign(rank=np.arange(1.0, len(rows) + 1)).to_dict("series"))  # type: ignore[arg-type]


def _worked(ordeals: Ordeals, number: int) -> tuple[dict[str, object], Outcome | None]:
    return worked(ordeals, ordeals.rows.iloc[number])


def _named(row: pd.Series) -> tuple[str, str, str]:
    return str(row["kind"]), str(row["name"]), str(row["standing"])


def worked(
    ordeals: Ordeals, row: pd.Series, skipped: str = "", alone: bool = False
) -> tuple[dict[str, object], Outcome | None]:
    """One row of the grain, and the outcome of its sure losses; the bounds of its products know of losses in doubt.

    ``skipped``: why it is not worked out.
    """
    counted = {name: row[name] for name in GRAINS["disruption"].names if name in row.index}
    if skipped:
        return counted | _not_computed(skipped), None
    taken, days = ordeals.taken(row), float(row["recovery_days"])
    sure = work_out(ordeals.asked, taken.sure, days, alone)
    least = work_out(ordeals.asked, taken, days) if taken.doubtful.any() else sure
    if sure is None or least is None:
        return counted | _not_computed(f"what it touches at once takes more than {LARGEST:,} unknowns"), None
    told = with_doubts(sure, least)
    return counted | _said(ordeals, row, sure, least), told


def _not_computed(why: str) -> dict[str, object]:
    unknown = ("survive_days_state", "survive_days_least_state", "survive_bound", "loss_bound", "buffer_state")
    return dict.fromkeys(unknown, "unknown") | {"computed": False, "why": f"not computed: {why}"}


def _said(ordeals: Ordeals, row: pd.Series, sure: Outcome, least: Outcome) -> dict[str, object]:
    days, doubt = float(row["recovery_days"]), sure is not least
    (state, first), (state_least, first_least) = sure.first, least.first
    stops = sure.survival.products["days"] < days
    return {
        "computed": True,
        "survive_days": first,
        "survive_days_state": _RUNWAY.get(state, state),
        "survive_bound": first_bound(sure, least),
        "survive_days_least": first_least,
        "survive_days_least_state": _RUNWAY.get(state_least, state_least),
        "gap_days": days - first,
        "exposed": _exposed(sure, least, days, bool(row["recovery_least"]), ordeals.asked.horizon_days),
        "products_touched": float(len(least.survival.products)),
        "products_stopped": float(stops.sum()),
        **_first(ordeals, sure),
        **_losses(ordeals, sure, least, bool(row["recovery_least"])),
        **_buffer(ordeals, sure),
        "why": _why(sure, least, doubt),
    }


def _exposed(sure: Outcome, least: Outcome, days: float, at_least: bool, horizon: float) -> bool | None:
    """Whether a product stops before supply is back, None where what is unknown decides it."""
    if np.isnan(days):
        return None
    if sure.first[1] < days and sure.bound in ("exact", "at_most"):
        return True
    state, first = least.first
    lasts = first >= days or (state in _RUNWAY or (state == "covered_to_horizon" and horizon >= days))
    return False if lasts and least.bound in ("exact", "at_least") and not at_least else None


def _first(ordeals: Ordeals, sure: Outcome) -> dict[str, object]:
    rows = sure.survival.products
    rows = rows[rows["days"].notna()]
    if rows.empty:
        return {"first_product": None, "first_site": None}
    node = int(rows.sort_values(["days", "node"])["node"].iloc[0])
    about = ordeals.graph.nodes.iloc[ordeals.supply.links.of[node]]
    return {"first_product": str(about["part_no"]), "first_site": str(about["site"])}


def _losses(ordeals: Ordeals, sure: Outcome, least: Outcome, at_least: bool) -> dict[str, object]:
    if sure.loss is None or least.loss is None:
        return {"loss_bound": "unknown"}
    rows = sure.loss.products
    node, units = ordeals.supply.links.of[rows["node"].to_numpy(dtype=int)], rows["lost_units"].to_numpy(dtype=float)
    lost = units != 0
    whole = ordeals.whole[node[lost]]
    basis = "margin" if not whole.any() else "revenue" if whole.all() else "mixed"
    more = {"exact": "at_least", "at_most": "unknown"}
    bound = sure.loss.bound
    return {
        "loss_value": sure.loss.value,
        "loss_value_most": least.loss.value,
        "loss_bound": more.get(bound, bound) if sure is not least or at_least else bound,
        "loss_basis": basis,
        "lost_revenue": float((units[lost] * ordeals.price[node[lost]]).sum()),
        "lost_units": float(units.sum()),
    }


def _buffer(ordeals: Ordeals, sure: Outcome) -> dict[str, object]:
    if sure.buffer is None:
        return {"buffer_state": "unknown"}
    rows = shopping(ordeals, sure)
    names = [f"{one.quantity:.4g} {one.part_no}" for one in rows.head(NAMED).itertuples()]
    more = " ..." if len(rows) > NAMED else ""
    return {
        "buffer_state": sure.buffer.state,
        "buffer_cost": sure.buffer.cost,
        "buffer": ", ".join(names) + more or None,
    }


def shopping(ordeals: Ordeals, outcome: Outcome) -> pd.DataFrame:
    """part_no, site, quantity, cost of the cheapest buffer, the dearest first."""
    if outcome.buffer is None:
        return pd.DataFrame(columns=["part_no", "site", "quantity", "cost"])
    stock = outcome.buffer.stock
    rows = stock.assign(node=ordeals.supply.links.of[stock["node"].to_numpy(dtype=int)])
    rows = rows.groupby("node", as_index=False)[["quantity", "cost"]].sum()
    about = ordeals.graph.nodes.iloc[rows["node"].to_numpy(dtype=int)].astype("str").reset_index(drop=True)
    found = pd.concat([about[["part_no", "site"]], rows[["quantity", "cost"]]], axis=1)
    return found.sort_values(["cost", "part_no"], ascending=[False, True], ignore_index=True)


def _why(sure: Outcome, least: Outcome, doubt: bool) -> str | None:
    """What was unknown, counted over all pieces; the loss knows all that the days do."""
    cells = [sure.loss.why] if sure.loss else sure.survival.products["why"].drop_duplicates().tolist()
    said: dict[str, int] = {}
    for text in (one for cell in cells for one in str(cell).split("; ") if one):
        what, _, count = text.rpartition(": ")
        said[what] = said.get(what, 0) + int(count)
    if len(sure.unseen) and sure.loss is None:
        said["bill of material of other products incomplete"] = len(sure.unseen)
    words = [f"{what}: {count}" for what, count in said.items()]
    words += ["losses in doubt stand in the columns _least and _most only"] if doubt else []
    return "; ".join(words) or None
