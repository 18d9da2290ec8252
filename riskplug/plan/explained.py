"""One part's runway explained: how far it reaches, what breaks it, what would extend it, what to order by when."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta

import numpy as np

from riskplug.catalogue import RUNWAY_POLICIES, RUNWAY_STATES
from riskplug.model import BomGraph
from riskplug.plan.above import Above, Around
from riskplug.plan.advice import Advice, Costs, advise
from riskplug.plan.elsewhere import Spare, other_sites, replacements, spare, uncounted_stock
from riskplug.plan.extending import (
    Change,
    Extension,
    Own,
    alternate_changes,
    extensions,
    line_changes,
    site_changes,
    stock_changes,
)
from riskplug.plan.lead_times import Terms, terms
from riskplug.plan.links import lanes_to
from riskplug.plan.nodes import Ints, Master
from riskplug.plan.open_lines import OpenLine, open_lines
from riskplug.plan.pegging import Peg, pegs
from riskplug.plan.replenishment import Replenishment
from riskplug.plan.result import Plan
from riskplug.plan.rewalk import Reach, lacking
from riskplug.plan.sharing import protected_until
from riskplug.workspace import Workspace

FLOORS = ("zero", "safety_stock")
_STATE_TO = {"zero": "zero_runway_days_state", "safety_stock": "safety_runway_days_state"}
# State of a stopped order line that no licence can free.
RELEASED = "released"


@dataclass(frozen=True)
class Law:
    """What the measures in force say of one part.

    ``licence_days``: the longest wait for a licence that a new order may need, None where none is known to be needed.
    ``lines``: state of the licence of stopped order lines, by row label; RELEASED: no licence can free the line.
    ``banned``: no licence lets a new order of the same origin through.
    """

    licence_days: float | None = None
    measures: tuple[str, ...] = ()
    lines: Mapping[object, str] = field(default_factory=dict)
    banned: bool = False


@dataclass(frozen=True)
class Explained:
    """``node``: of the part at the site. ``reaches``: by policy and floor, None where safety stock is unknown.

    ``pegs``: what stands behind the first uncovered day; empty where there is none. ``lines``: open order lines.
    ``advice``: None where stock or requirement is unknown.
    """

    plan: Plan
    node: int
    policy: str
    workspace: Workspace
    law: Law
    master: Master
    own: Own
    reaches: Mapping[tuple[str, str], Reach | None]
    pegs: tuple[Peg, ...]
    lines: tuple[OpenLine, ...]
    order: Replenishment
    extensions: tuple[Extension, ...]
    advice: Advice | None

    @property
    def is_phantom(self) -> bool:
        return bool(self.plan.ledger.phantom[self.node])

    @property
    def reach(self) -> Reach:
        """Under the chosen policy and the workspace's floor."""
        found = self.reaches[self.policy, self.workspace.policy.runway_floor]
        return found or Reach("unknown")

    def days(self, found: Reach) -> float | None:
        """A runway in the workspace's kind of days."""
        return found.work_days if self.workspace.policy.day_kind == "work" else found.days

    def day(self, number: int) -> date:
        return self.plan.on + timedelta(days=number)

    def master_text(self, column: str) -> str | None:
        """What the part master says, None where it says nothing."""
        row = int(self.master.row[self.node])
        value = self.master.parts[column].iloc[row] if row >= 0 else None
        return None if value is None or value != value else str(value)


@dataclass(frozen=True)
class Explaining:
    """What explaining any part of a plan asks of all parts, worked out once for those that are explained.

    ``needs``: terms of the smallest orders; ``until``: as protected_until() has it, per node.
    """

    plan: Plan
    graph: BomGraph
    workspace: Workspace
    master: Master
    needs: Terms
    until: Ints

    @classmethod
    def of(cls, plan: Plan, graph: BomGraph, workspace: Workspace) -> "Explaining":
        master = Master.of(plan.index, plan.tables["parts"])
        days = plan.parts["lead_time_days"].to_numpy(dtype=float)
        return cls(
            plan,
            graph,
            workspace,
            master,
            terms(plan.index, master, plan.tables["sourcing"], plan.on),
            protected_until(plan.ledger, plan.index, workspace.policy, days),
        )

    def explained(self, part_no: str, site: str, *, policy: str = "restricted", law: Law | None = None) -> Explained:
        """Everything about one part's runway; KeyError for a part that is not in the plan.

        Walks the part and the assemblies above it again, once per policy, and what it is compared with once.
        """
        plan, workspace, master, said = self.plan, self.workspace, self.master, law or Law()
        node, ledger = plan.index.node(part_no, site), plan.ledger
        walks = Around.of(ledger, node).walks(RUNWAY_POLICIES, FLOORS)
        here = walks[policy, workspace.policy.runway_floor]
        own = _own(plan, node, here)
        reaches = {(name, floor): _reach(plan, node, above, name, floor) for (name, floor), above in walks.items()}
        chosen = reaches[policy, workspace.policy.runway_floor] or Reach("unknown")
        lines = open_lines(plan.tables["purchase_orders"], ledger, plan.index, master, node)
        costs = Costs.of(master, node, workspace.workspace.currency)
        quantity = np.zeros(len(plan.index))
        quantity[node] = costs.lot(lacking(own.supply, own.required))
        needs = self.needs.ordering(quantity, master)
        order = Replenishment.of(needs, plan.index, node, ledger.calendars, said.licence_days)
        found: list[Extension] = []
        behind: list[Peg] = []
        if chosen.first is not None:
            names = plan.parts["part_no"]
            behind = pegs(here, ledger.demand, plan.demand_names, names, chosen.first, chosen.available)
            found = extensions(own, [*_changes(self, node, policy, lines, chosen.first, said)])
        # nobody orders a phantom
        known = chosen.state != "unknown" and not ledger.phantom[node]
        advice = advise(own, float(ledger.floor[node]), costs, order, plan.on, workspace.policy) if known else None
        return Explained(
            plan,
            node,
            policy,
            workspace,
            said,
            master,
            own,
            reaches,
            tuple(behind),
            tuple(lines),
            order,
            tuple(found),
            advice,
        )


def explained(
    plan: Plan,
    graph: BomGraph,
    workspace: Workspace,
    part_no: str,
    site: str,
    *,
    policy: str = "restricted",
    law: Law | None = None,
) -> Explained:
    """As Explaining has it, of one part alone."""
    return Explaining.of(plan, graph, workspace).explained(part_no, site, policy=policy, law=law)


def _own(plan: Plan, node: int, above: Above) -> Own:
    supply, required = above.by_day(above.at)
    site = int(plan.index.site[node])
    days = np.arange(len(supply))
    return Own(supply, required, plan.ledger.calendars.between(np.full(len(days), site), days))


def _reach(plan: Plan, node: int, above: Above, policy: str, floor: str) -> Reach | None:
    """The runway to a floor, of the part and of all assemblies above it.

    What the plan does not know stays unknown; a gap in requirement leaves only shortages.
    """
    ledger = plan.ledger
    if floor == "safety_stock" and np.isnan(ledger.safety[node]):
        return None
    same, usual = RUNWAY_STATES[int(plan.runways[policy].state[node])], ledger.to_safety == (floor == "safety_stock")
    state = same if usual else str(plan.parts[_STATE_TO[floor]].iloc[node])
    nothing_there = bool(ledger.phantom[node] or np.isnan(ledger.stock.on_hand[node]))
    if nothing_there and state in ("unknown", "no_demand"):
        return Reach(state)
    if state == "unknown" and same == "unknown":
        return Reach("unknown")
    found = _own(plan, node, above).reach()
    doubtful = plan.incomplete[node] or state == "unknown"
    return Reach("unknown") if doubtful and found.first is None else found


def _changes(base: Explaining, node: int, policy: str, lines: list[OpenLine], first: int, law: Law) -> Iterator[Change]:
    plan, workspace, master = base.plan, base.workspace, base.master
    ledger, index, tables = plan.ledger, plan.index, plan.tables
    yield from line_changes(lines, ledger.arrivals, policy, first, law.lines)
    inventory = tables["inventory"]
    stock = inventory[inventory["part_no"] == plan.parts["part_no"].iloc[node]]
    yield from stock_changes(uncounted_stock(stock, index, master, node, workspace.policy.usable_stock, ledger))
    unknown = RUNWAY_STATES.index("unknown")

    def spared(at: int) -> Spare:
        known = bool(plan.runways[policy].state[at] != unknown)
        return spare(ledger, at, policy, known, int(base.until[at]))

    def day_of(number: int) -> date:
        return plan.on + timedelta(days=number)

    names, sites = plan.parts["part_no"], plan.parts["site"]
    yield from site_changes(
        {str(sites.iloc[at]): spared(at) for at in other_sites(index, node)},
        day_of,
        lanes_to(node, index, master, workspace.lanes),
    )
    yield from alternate_changes(
        [
            (
                str(names.iloc[one.node]),
                ", ".join(map(str, names.iloc[list(one.parents)])),
                one,
                spared(one.node),
            )
            for one in replacements(base.graph, tables["bom_lines"], node)
        ],
        day_of,
    )
