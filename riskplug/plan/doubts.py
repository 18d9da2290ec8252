"""Where requirements or stocks are unknown, what hangs on them, and the reason in words."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from riskplug.model import BomGraph
from riskplug.plan.inputs import Inputs
from riskplug.plan.ledger import Ledger
from riskplug.plan.nodes import Flags, Floats, Ints, NodeIndex
from riskplug.plan.runway import Doubts
from riskplug.plan.structure import Structure

# Lines that are reported without leaving out any requirement.
_HARMLESS = ("optional", "the component is missing from", "the parent is missing from")
# Lines that are counted, but not as they should be.
SHARES = "shares of the alternates"
TOO_MUCH = "more than 100"
FROM_ABOVE = "a requirement from an assembly above is unknown"


NO_SAFETY_STOCK = "safety stock unknown"


@dataclass(frozen=True)
class Found:
    """Doubts per place, bounds and reasons per node. ``upper_bound``: some requirement is missing.

    ``to_safety``: the doubts of a runway to safety stock, ``to_zero`` of one to zero; ``doubts``: those of the policy.
    ``general``: reasons of many nodes at once, where ``reasons`` has none.
    """

    doubts: Doubts
    to_zero: Doubts
    to_safety: Doubts
    lower_bound: Flags
    upper_bound: Flags
    reasons: Mapping[int, str]
    general: Sequence[tuple[str, Flags]]


def find_doubts(read: Inputs, ledger: Ledger, required: Floats) -> Found:
    """``required``: requirement per place without receipts, the largest of the four policies'.

    A doubt spreads downwards only from where something is required: an idle assembly asks for nothing, unless a
    released order opens it.
    """
    graph, index = read.graph, read.index
    structure, demand, stock = ledger.structure, ledger.demand, ledger.stock
    nodes, needed = structure.nodes, required > 0
    cycles, gaps = _cycle_reasons(graph), read.unheard
    asked = _marked(len(nodes), {**read.aside, **read.orders_aside})
    asked[nodes[needed]] = True
    asked[ledger.production.opened] = True
    lines = _line_reasons(read.problems, index, asked & (graph.phantom | ~read.master.is_("procurement", "buy")))
    unknown = np.isnan(stock.on_hand) & ~graph.phantom
    requirement = _marked(len(nodes), {**demand.reasons, **cycles})[nodes]
    lacking = _marked(len(nodes), {**lines, **gaps})[nodes]
    source = (requirement & (needed | _marked(len(nodes), demand.reasons)[nodes])) | lacking
    below, unheard = structure.below(source), ledger.basis.is_unheard[nodes]
    incomplete = below | lacking | unheard
    above = _above_unknown(structure, unknown[nodes] & needed)
    lower = _marked(len(nodes), {**ledger.arrivals.reasons, **read.orders_aside})
    lower[nodes] |= above
    inherited = dict.fromkeys(nodes[below].tolist(), FROM_ABOVE)
    counted = {node: f"receipt not counted: {reason}" for node, reason in ledger.arrivals.reasons.items()}
    uncounted = {**read.orders_aside, **counted}
    reasons = {**uncounted, **inherited, **lines, **gaps, **stock.reasons, **demand.reasons, **cycles}
    nowhere = np.zeros(len(nodes), dtype=bool)
    to_zero = Doubts(requirement, incomplete, unknown[nodes], graph.phantom[nodes], nowhere)
    to_safety = _to_safety(to_zero, structure, np.isnan(ledger.safety)[nodes], needed)
    general = [*ledger.basis.unheard.items()]
    if ledger.to_safety:
        general += _safety_reasons(to_zero, to_safety, nodes)
    doubts, upper = to_safety if ledger.to_safety else to_zero, np.zeros(len(nodes), dtype=bool)
    less = source & ~_overshot(len(nodes), lines, gaps)[nodes]
    upper[nodes] = less | structure.below(less) | unheard | (doubts.incomplete & ~incomplete)
    return Found(doubts, to_zero, to_safety, lower, upper, reasons, general)


def _overshot(size: int, lines: Mapping[int, str], aside: Mapping[int, str]) -> Flags:
    """Components asked for more than once by shares above 100 %, which miss nothing."""
    more = (node for node, text in lines.items() if SHARES in text and text.endswith(TOO_MUCH) and node not in aside)
    return _marked(size, dict.fromkeys(more, ""))


def _to_safety(doubts: Doubts, structure: Structure, unknown: Flags, needed: Flags) -> Doubts:
    """What an assembly of unknown safety stock hands down lacks what it needs to get there."""
    below = structure.below(unknown & needed)
    return replace(doubts, floor=unknown, incomplete=doubts.incomplete | below)


def _safety_reasons(to_zero: Doubts, to_safety: Doubts, nodes: Ints) -> list[tuple[str, Flags]]:
    found = []
    for text, places in (
        (NO_SAFETY_STOCK, to_safety.floor),
        ("the safety stock of an assembly above is unknown", to_safety.incomplete & ~to_zero.incomplete),
    ):
        flags = np.zeros(len(nodes), dtype=bool)
        flags[nodes] = places
        found.append((text, flags))
    return found


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
    reason = kept["reason"].astype("str")
    said = np.where(reason.str.startswith(SHARES), ": ", " left out: ")
    texts = "line of " + kept["part_no"].astype("str") + said + reason
    return dict(zip(component[hit].tolist(), texts.iloc[hit].tolist(), strict=True))
