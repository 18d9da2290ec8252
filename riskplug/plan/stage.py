"""plan(): from canonical tables and the graph to runways, dates and chances per part and site."""

from collections.abc import Mapping, Sequence
from datetime import date

import numpy as np
import pandas as pd

from riskplug.model import BomGraph, Frames
from riskplug.plan.calendar import WorkCalendars
from riskplug.plan.doubts import Found, find_doubts
from riskplug.plan.lead_times import lead_times
from riskplug.plan.ledger import Ledger, open_ledger, walks
from riskplug.plan.netting import Walked
from riskplug.plan.nodes import Floats, Master, NodeIndex
from riskplug.plan.parts import part_rows
from riskplug.plan.receipts import Held
from riskplug.plan.reorder import reorder_columns
from riskplug.plan.result import Plan
from riskplug.plan.running_out import Uncertainty, chance_columns, outlook_of
from riskplug.plan.runway import Runways, runways
from riskplug.plan.sharing import share
from riskplug.plan.structure import Structure
from riskplug.workspace import Workspace


def plan(
    tables: Frames,
    graph: BomGraph,
    *,
    workspace: Workspace,
    on: date,
    stopped: pd.Series,
    absent_stock: Mapping[str, str],
    held: Sequence[Held] = (),
    undated_after: Floats | None = None,
    licences: pd.DataFrame | None = None,
    exposed: pd.DataFrame | None = None,
) -> Plan:
    """Net every part against its stock and receipts under the four receipt policies.

    ``stopped``: per purchase order row, true where a measure stops the receipt; missing counts as stopped.
    ``absent_stock``: ``zero`` or ``unknown`` per source; leave out a source whose inventory was refused.
    ``held``: when receipts come in a scenario, in place of ``stopped``. ``undated_after``: days per node after which
    undated receipts are credited, where other lead times than those of ``sourcing`` shall count.
    ``licences``: when stopped rows come if a licence is granted, for chances only (``expected_arrivals``); ``exposed``:
    part_no and site of parts for which ``Plan.outlook`` shall know the chance by other days than the usual ones.
    """
    index = NodeIndex.of(graph.nodes)
    master = Master.of(index, tables["parts"])
    horizon = workspace.workspace.horizon_days
    calendars = WorkCalendars.of(workspace, list(index.sites), on, horizon)
    replenishment = lead_times(index, master, tables["sourcing"], calendars, on)
    ledger = open_ledger(
        tables,
        graph,
        index,
        master,
        calendars,
        replenishment,
        stopped,
        workspace,
        on,
        absent_stock,
        held=held,
        undated_after=undated_after,
    )

    def doubts_of(ledger: Ledger, walked: Walked) -> Found:
        return find_doubts(
            graph, ledger.structure, index, master, ledger.stock, ledger.demand, ledger.arrivals, walked.required
        )

    shared = share(ledger, graph, index, master, workspace, doubts_of)
    ledger = shared.ledger
    uncertain = Uncertainty.of(tables, ledger, index, master, workspace.policy, on, licences, exposed)
    walked = walks(ledger, uncertain.watch)
    found = shared.marked(doubts_of(ledger, walked["stock"]), walked["stock"])
    kind = workspace.policy.day_kind
    states = {
        policy: _by_node(runways(one, found.doubts, ledger.structure.site, calendars, kind), ledger.structure)
        for policy, one in walked.items()
    }
    restricted = walked["restricted"]
    outlook = outlook_of(tables, ledger, restricted, found.doubts, uncertain, index, master)
    chances = chance_columns(outlook, ledger, restricted, uncertain.expected.basis)
    parts = part_rows(graph.nodes, ledger, restricted, states, found, master, replenishment, chances, on)
    service = workspace.policy.service_level_pct
    advice = reorder_columns(
        index, master, tables["sourcing"], outlook.lateness, parts, outlook.deviation, outlook.counts, service, on
    )
    incomplete = found.doubts.incomplete[np.argsort(ledger.structure.nodes)]
    return Plan(pd.concat([parts, advice], axis=1), on, states, ledger, index, tables, incomplete, outlook)


def _by_node(found: Runways, structure: Structure) -> Runways:
    place = np.argsort(structure.nodes)
    return Runways(found.state[place], found.days[place], found.first[place])
