"""Where requirements or stocks are unknown, what hangs on them, and the reason in words."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from riskplug.model import BomGraph
from riskplug.plan.demand import Demand
from riskplug.plan.nodes import Flags, Floats, Master, NodeIndex
from riskplug.plan.receipts import Receipts
from riskplug.plan.runway import Doubts
from riskplug.plan.stock import Stock
from riskplug.plan.structure import Structure

# Lines that are reported without leaving out any requirement.
_HARMLESS = ("optional", "the component is missing from", "the parent is missing from")
FROM_ABOVE = "a requirement from an assembly above is unknown"


@dataclass(frozen=True)
class Found:
    """Doubts per place, lower bounds and reasons per node."""

    doubts: Doubts
    lower_bound: Flags
    reasons: Mapping[int, str]


def find_doubts(
    graph: BomGraph,
    structure: Structure,
    index: NodeIndex,
    master: Master,
    stock: Stock,
    demand: Demand,
    arrivals: Receipts,
    required: Floats,
) -> Found:
    """``required``: requirement per place without receipts, the largest of the four policies'.

    A doubt spreads downwards only from where something is required: an idle assembly asks for nothing.
    """
    nodes, needed = structure.nodes, required > 0
    cycles = _cycle_reasons(graph)
    asked = np.zeros(len(nodes), dtype=bool)
    asked[nodes[needed]] = True
    lines = _line_reasons(graph.problems, index, asked & (graph.phantom | ~master.is_("procurement", "buy")))
    unknown = np.isnan(stock.on_hand) & ~graph.phantom
    requirement = _marked(len(nodes), {**demand.reasons, **cycles})[nodes]
    from_lines = _marked(len(nodes), lines)[nodes]
    source = (requirement & (needed | _marked(len(nodes), demand.reasons)[nodes])) | from_lines
    below = structure.below(source)
    incomplete = below | from_lines
    above = _above_unknown(structure, unknown[nodes] & needed)
    late = _marked(len(nodes), arrivals.reasons)
    lower = late.copy()
    lower[nodes] |= above
    inherited = dict.fromkeys(nodes[below].tolist(), FROM_ABOVE)
    counted = {node: f"receipt not counted: {reason}" for node, reason in arrivals.reasons.items()}
    reasons = {**counted, **inherited, **lines, **stock.reasons, **demand.reasons, **cycles}
    doubts = Doubts(requirement, incomplete, unknown[nodes], graph.phantom[nodes])
    return Found(doubts, lower, reasons)


def _above_unknown(structure: Structure, unknown: Flags) -> Flags:
    """Places below an assembly whose stock is unknown: the walk asked them for all of it."""
    return structure.below(unknown)


def _marked(size: int, reasons: Mapping[int, str]) -> Flags:
    marked = np.zeros(size, dtype=bool)
    marked[list(reasons)] = True
    return marked


def _cycle_reasons(graph: BomGraph) -> dict[int, str]:
    names = graph.nodes["part_no"]
    return {
        node: "on a BOM cycle: " + " > ".join(str(names.iloc[at]) for at in (*cycle, cycle[0]))
        for cycle in reversed(graph.cycles)
        for node in cycle
    }


def _line_reasons(problems: pd.DataFrame, index: NodeIndex, asked: Flags) -> dict[int, str]:
    """Components whose line was left out of the graph although its parent is required."""
    kept = problems[~problems["reason"].astype("str").str.startswith(_HARMLESS)]
    if kept.empty:
        return {}
    parent = index.nodes_of(kept)
    component = index.nodes_of(kept.assign(part_no=kept["component"]))
    hit = np.flatnonzero((component >= 0) & (parent >= 0) & asked[parent])[::-1]
    texts = "line of " + kept["part_no"].astype("str") + " left out: " + kept["reason"].astype("str")
    return dict(zip(component[hit].tolist(), texts.iloc[hit].tolist(), strict=True))
