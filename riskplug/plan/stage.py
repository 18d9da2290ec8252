"""plan(): from canonical tables and the graph to runways, dates and chances per part and site."""

from collections.abc import Collection, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import date

import numpy as np
import pandas as pd

from riskplug.model import BomGraph, Frames
from riskplug.plan.doubts import Found, find_doubts
from riskplug.plan.inputs import Inputs
from riskplug.plan.last_order import order_columns
from riskplug.plan.lead_times import lead_times, terms
from riskplug.plan.ledger import Ledger, open_ledger, to_other_floor, walks
from riskplug.plan.netting import Walked
from riskplug.plan.nodes import Flags, Floats
from riskplug.plan.parts import part_rows
from riskplug.plan.receipts import Held
from riskplug.plan.reorder import reorder_columns
from riskplug.plan.result import Plan
from riskplug.plan.running_out import Uncertainty, chance_columns, outlook_of
from riskplug.plan.runway import Doubts, Runways, runways
from riskplug.plan.sharing import share
from riskplug.plan.simulate import Each
from riskplug.plan.warnings import data_warnings
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
    refused: Collection[tuple[str, str]] = (),
    caught: Flags | None = None,
    averaged: Flags | None = None,
    aside: pd.DataFrame | None = None,
    each: Each = map,
) -> Plan:
    """Net every part against its stock and receipts under the four receipt policies.

    ``stopped``: per purchase order row, true where a measure stops the receipt; missing counts as stopped.
    ``absent_stock``: ``zero`` or ``unknown`` per source; leave out a source whose inventory was refused.
    ``held``: when receipts come in a scenario, in place of ``stopped``. ``undated_after``: days per node after which
    undated receipts are credited, where other lead times than those of ``sourcing`` shall count.
    ``licences``: when stopped rows come if a licence is granted, for chances only (``expected_arrivals``); ``exposed``:
    part_no and site of parts for which ``Plan.outlook`` shall know the chance by other days than the usual ones.
    ``refused``: tables and sources that say nothing. ``caught``: nodes that a measure may stop, for stock in transit.
    ``averaged``: nodes whose requirement is the mean of their consumption, where another plan has chosen them.
    ``aside``: table, part_no, site, column and reason of rows of demand and of production orders that were set aside.
    ``each``: who simulates.
    """
    read = Inputs.of(tables, graph, workspace, on, aside)
    needs = terms(read.index, read.master, tables["sourcing"], on)
    replenishment = lead_times(needs, read.index, read.calendars)
    ledger = open_ledger(
        read,
        replenishment,
        stopped,
        absent_stock,
        held=held,
        undated_after=undated_after,
        refused=refused,
        caught=caught,
        averaged=averaged,
    )

    def doubts_of(ledger: Ledger, walked: Walked) -> Found:
        return find_doubts(read, ledger, walked.required)

    index, master = read.index, read.master
    shared = share(ledger, graph, index, master, workspace, replenishment, doubts_of)
    ledger = shared.ledger
    uncertain = Uncertainty.of(tables, ledger, index, master, workspace.policy, on, licences, exposed)
    # most of a walk runs outside the interpreter's lock, so that two share two cores
    with ThreadPoolExecutor(max_workers=1) as beside:
        other = beside.submit(to_other_floor, ledger, "restricted", uncertain.watch if ledger.to_safety else None)
        walked = walks(ledger, uncertain.watch)
    found = shared.marked(doubts_of(ledger, walked["stock"]), walked["stock"])
    states = {policy: _runways(one, found.doubts, read, ledger) for policy, one in walked.items()}
    restricted = walked["restricted"]
    below = other.result() or restricted
    to_zero, to_safety = (below, restricted) if ledger.to_safety else (restricted, below)
    outlook = outlook_of(tables, ledger, to_zero, found.to_zero, uncertain, index, master)
    ordered = pd.DataFrame(
        order_columns(read, ledger, needs, states["restricted"], restricted), index=graph.nodes.index
    )
    parts = part_rows(
        graph.nodes,
        ledger,
        restricted,
        states,
        {
            "zero": _runways(to_zero, found.to_zero, read, ledger),
            "safety": _runways(to_safety, found.to_safety, read, ledger),
        },
        found,
        master,
        lead_times(needs.ordering(ordered["advised_order_quantity"], master), index, read.calendars),
        chance_columns(outlook, ledger, to_zero, uncertain.expected.basis, each),
        data_warnings(read, ledger),
        on,
    )
    service = workspace.policy.service_level_pct
    advice = reorder_columns(
        index, master, tables["sourcing"], outlook.lateness, parts, outlook.deviation, outlook.counts, service, on
    )
    incomplete = found.doubts.incomplete[np.argsort(ledger.structure.nodes)]
    return Plan(pd.concat([parts, advice, ordered], axis=1), on, states, ledger, index, tables, incomplete, outlook)


def _runways(walked: Walked, doubts: Doubts, read: Inputs, ledger: Ledger) -> Runways:
    """By node."""
    found = runways(walked, doubts, ledger.structure.site, read.calendars, read.policy.day_kind)
    return found.by_node(np.argsort(ledger.structure.nodes))
