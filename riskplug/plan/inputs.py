"""What the stage reads, found once and handed through it."""

from dataclasses import dataclass
from datetime import date

from riskplug.model import BomGraph, Frames
from riskplug.plan.calendar import WorkCalendars
from riskplug.plan.nodes import Master, NodeIndex
from riskplug.workspace import Policy, Workspace


@dataclass(frozen=True)
class Inputs:
    """Canonical tables and the graph, with the nodes, their master rows and calendars looked up."""

    tables: Frames
    graph: BomGraph
    workspace: Workspace
    on: date
    index: NodeIndex
    master: Master
    calendars: WorkCalendars

    @classmethod
    def of(cls, tables: Frames, graph: BomGraph, workspace: Workspace, on: date) -> "Inputs":
        index = NodeIndex.of(graph.nodes)
        calendars = WorkCalendars.of(workspace, list(index.sites), on, workspace.workspace.horizon_days)
        return cls(tables, graph, workspace, on, index, Master.of(index, tables["parts"]), calendars)

    def __len__(self) -> int:
        return len(self.index)

    @property
    def policy(self) -> Policy:
        return self.workspace.policy

    @property
    def horizon(self) -> int:
        return self.workspace.workspace.horizon_days
