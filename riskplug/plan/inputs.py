"""What the stage reads, found once and handed through it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import pandas as pd

from riskplug.model import BomGraph, Frames
from riskplug.plan.aside import set_aside
from riskplug.plan.calendar import WorkCalendars
from riskplug.plan.dated import Standing
from riskplug.plan.nodes import Master, NodeIndex
from riskplug.workspace import Policy, Workspace


@dataclass(frozen=True)
class Inputs:
    """Canonical tables and the graph, with the nodes, their master rows and calendars looked up.

    ``aside``: what is said of nodes some of whose demand rows were set aside; ``orders_aside``: of their production
    orders.
    """

    tables: Frames
    graph: BomGraph
    workspace: Workspace
    on: date
    index: NodeIndex
    master: Master
    calendars: WorkCalendars
    standing: Standing
    aside: Mapping[int, str]
    orders_aside: Mapping[int, str]

    @classmethod
    def of(
        cls, tables: Frames, graph: BomGraph, workspace: Workspace, on: date, aside: pd.DataFrame | None = None
    ) -> "Inputs":
        index = NodeIndex.of(graph.nodes)
        calendars = WorkCalendars.of(workspace, list(index.sites), on, workspace.workspace.horizon_days)
        master = Master.of(index, tables["parts"])
        standing = Standing.of(graph, workspace.workspace.horizon_days)
        told = (set_aside(aside, index, table) for table in ("demand", "production_orders"))
        return cls(tables, graph, workspace, on, index, master, calendars, standing, *told)

    def __len__(self) -> int:
        return len(self.index)

    @property
    def unheard(self) -> Mapping[int, str]:
        """Why nodes may be asked for more than is known: demand, or orders of what they go into, set aside."""
        if not self.orders_aside:
            return self.aside
        names, bulk = self.graph.nodes["part_no"], self.master.flag("bulk")
        below = {
            int(component): f"its requirement for {names.iloc[node]} may be missing: {said}"
            for node, said in sorted(self.orders_aside.items(), reverse=True)
            for component in self.standing.components(node)
            if not bulk[component]
        }
        return {**below, **self.aside}

    @property
    def problems(self) -> pd.DataFrame:
        """Lines of the horizon that are not counted as they should be: those of the graph, then those to come."""
        dated = self.graph.dated
        return self.graph.problems if dated is None else pd.concat([self.graph.problems, dated.problems])

    @property
    def policy(self) -> Policy:
        return self.workspace.policy

    @property
    def horizon(self) -> int:
        return self.workspace.workspace.horizon_days
