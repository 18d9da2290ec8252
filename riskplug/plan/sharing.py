"""Alternates used in order and transfers between sites, laid over the structure before the walk."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from scipy import sparse

from riskplug.model import BomGraph
from riskplug.plan.dated import DatedEdges
from riskplug.plan.doubts import Found
from riskplug.plan.ledger import Ledger, walked_down
from riskplug.plan.links import ALL, ALWAYS, Links, find_links
from riskplug.plan.netting import Walked
from riskplug.plan.nodes import Floats, Ints, Master, NodeIndex
from riskplug.plan.precedence import Arcs, order, waiting_for_itself
from riskplug.plan.serving import Sharing
from riskplug.plan.structure import Structure, blocks_of
from riskplug.workspace import Policy, Workspace


@dataclass(frozen=True)
class Shared:
    """A ledger whose structure knows who serves whom. ``withheld``: why somebody serves nothing, by taker, in words."""

    ledger: Ledger
    withheld: Mapping[int, str]

    def marked(self, found: Found, walked: Walked) -> Found:
        """The doubts, with takers that run short for want of what is withheld, and what is below them, lower bounds.

        ``walked``: of the policy that counts least.
        """
        if not self.withheld:
            return found
        nodes = self.ledger.structure.nodes
        short = np.zeros(len(nodes), dtype=bool)
        short[nodes[walked.first >= 0]] = True
        said = {node: why for node, why in self.withheld.items() if short[node]}
        lower = np.zeros(len(nodes), dtype=bool)
        lower[list(said)] = True
        bound = found.lower_bound | lower
        bound[nodes] |= self.ledger.structure.below(lower[nodes])
        return replace(found, lower_bound=bound, reasons={**said, **found.reasons})


def share(
    ledger: Ledger,
    graph: BomGraph,
    index: NodeIndex,
    master: Master,
    workspace: Workspace,
    replenishment: Floats,
    doubts_of: Callable[[Ledger, Walked], Found],
) -> Shared:
    """The ledger as it is where alternates are not used in order and no lane is declared.

    Otherwise a walk without sharing tells first whose stock or requirement is unknown: nobody knows what such a part
    can spare, so it gives nothing. That walk asks everybody for the most. ``replenishment``: calendar days per node.
    """
    policy = workspace.policy
    ledger = replace(ledger, structure=replace(ledger.structure, fixed_once=policy.fixed_quantities == "once"))
    if policy.alternates == "preferred" and not workspace.lanes:
        return Shared(ledger, {})
    links = find_links(graph, index, master, workspace.lanes, policy.alternates != "preferred")
    if links.links.empty:
        return Shared(ledger, links.withheld)
    links = _surely_free(links, doubts_of(ledger, walked_down(ledger, "stock")), ledger, graph)
    until = protected_until(ledger, index, policy, replenishment)
    links = replace(links, links=links.links.assign(until=until[links.links["giver"].to_numpy(dtype=int)]))
    links, structure = _arranged(links, ledger.structure, index, graph)
    sharing = structure.sharing and replace(structure.sharing, whole=policy.alternates == "whole")
    return Shared(replace(ledger, structure=replace(structure, sharing=sharing)), links.withheld)


def protected_until(ledger: Ledger, index: NodeIndex, policy: Policy, replenishment: Floats) -> Ints:
    """Per node the first day whose requirement a giver leaves to a new order of its own.

    That is the day on which one placed today, with the safety time, is available; today's own needs are always kept.
    Beyond the horizon where nobody knows, and where components would have to be asked for it: all is protected then.
    """
    beyond = ledger.horizon + 1
    if policy.giver_protection == "horizon":
        return np.full(len(index), beyond)
    makes = np.zeros(len(index), dtype=bool)
    makes[ledger.structure.nodes] = ledger.structure.hands_down
    known = ~np.isnan(replenishment) & ~makes
    here = np.ceil(np.where(known, replenishment, 0.0)).astype(np.int64)
    safe = ledger.calendars.later(index.site, here, np.full(len(index), policy.safety_time_days))
    return np.where(known, np.clip(safe, 1, beyond), beyond)


def _surely_free(links: Links, found: Found, ledger: Ledger, graph: BomGraph) -> Links:
    nodes, place = graph.nodes, np.argsort(ledger.structure.nodes)
    unknown = found.doubts.stock[place]
    links = links.without(unknown[links.links["giver"]], "its stock is unknown", nodes)
    floor = found.doubts.floor[place]
    links = links.without(floor[links.links["giver"]], "its safety stock is unknown", nodes)
    asks = (found.doubts.requirement | found.doubts.incomplete)[place]
    links = links.without(asks[links.links["giver"]], "its own requirement is unknown", nodes)
    rows = links.links
    unsure = np.zeros(len(nodes), dtype=bool)
    unsure[rows.loc[asks[rows["taker"]], "giver"]] = True
    bad = unsure[rows["giver"]] & ~asks[rows["taker"]]
    return links.without(bad, "a part that it also serves has an unknown requirement", nodes)


def _arranged(links: Links, structure: Structure, index: NodeIndex, graph: BomGraph) -> tuple[Links, Structure]:
    """Links that wait for nobody, and the structure in an order in which givers are walked before takers."""
    place = np.argsort(structure.nodes)
    requirements, size = structure.requirements(), len(place)
    # alternates first: a lane shall not fall because of an alternate that falls anyway
    for lanes_too in (False, True):
        among = (links.links["channel"] != ALL).to_numpy() | lanes_too
        bad = among.copy()
        bad[among] = waiting_for_itself(size, requirements, _arcs(links.links[among], place))
        links = links.without(bad, "what it can spare depends on this part", graph.nodes)
    serving = _arcs(links.links, place)
    found = order((graph.dated or graph).level[structure.nodes], requirements, serving)
    rank = _service_rank(serving, structure, index)
    head = np.full(size, 2 * size, dtype=np.int64)
    np.minimum.at(head, found.unit, rank)
    moved = np.lexsort((rank, head[found.unit], found.level))
    blocks = blocks_of(found.level[moved], found.unit[moved])
    arranged = structure.moved(moved, blocks)
    return links, replace(arranged, sharing=_by_place(links, np.argsort(arranged.nodes)))


def _arcs(rows: pd.DataFrame, place: Ints) -> Arcs:
    return Arcs(place[rows["giver"].to_numpy()], place[rows["taker"].to_numpy()])


def _service_rank(serving: Arcs, structure: Structure, index: NodeIndex) -> Ints:
    """Places without links in their order, then linked ones by part number and site as configured."""
    size = len(structure.nodes)
    linked = np.unique(np.concatenate([serving.first, serving.second]))
    node = structure.nodes[linked]
    name = np.unique(index.part_nos[index.part[node]].to_numpy(dtype="str"), return_inverse=True)[1]
    rank = np.arange(size)
    rank[linked] = size + np.argsort(np.lexsort((index.site[node], name)))
    return rank


def _by_place(links: Links, place: Ints) -> Sharing:
    rows = links.links.assign(at=place[links.links["taker"].to_numpy()])
    rows = rows.sort_values(["at", "channel", "rank"], kind="stable")
    needs, channels = links.needs, int(links.needs["channel"].max()) + 1 if len(links.needs) else 0
    some_days = needs[needs["last"] < ALWAYS]
    needs = needs[needs["last"] == ALWAYS]
    consumed, fixed = (
        sparse.csr_array(
            sparse.coo_array(
                (some["quantity"].to_numpy(), (some["channel"].to_numpy(), place[some["parent"].to_numpy()])),
                shape=(channels, len(place)),
            )
        )
        for some in (needs[~needs["fixed"]], needs[needs["fixed"]])
    )
    return Sharing(
        place[rows["giver"].to_numpy()],
        rows["at"].to_numpy(),
        rows["ratio"].to_numpy(),
        rows["days"].to_numpy(),
        rows["until"].to_numpy(),
        rows["channel"].to_numpy(),
        consumed,
        fixed,
        DatedEdges.of(some_days, some_days["channel"].to_numpy(), place),
    )
