"""What a requirement rests on: dated demand, average consumption, or nothing because a table was refused."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace

import numpy as np
from scipy import sparse

from riskplug.plan.average import Averages
from riskplug.plan.demand import Demand, together
from riskplug.plan.inputs import Inputs
from riskplug.plan.nodes import Flags
from riskplug.plan.structure import Structure

# Without them a requirement may be missing; without purchase orders only receipts are.
_REQUIREMENTS = ("demand", "production_orders")
_LOCATED = ("parts", "inventory", "purchase_orders", "consumption", "demand")


@dataclass(frozen=True)
class Basis:
    """Per node. ``averaged``: the requirement is the mean of its own consumption and nothing else.

    ``unheard``: nodes of which requirements may be missing, by the reason in words.
    """

    averaged: Flags
    unheard: Mapping[str, Flags]

    @property
    def is_unheard(self) -> Flags:
        found = np.zeros(len(self.averaged), dtype=bool)
        for flags in self.unheard.values():
            found |= flags
        return found


def basis_of(
    read: Inputs,
    dated: Demand,
    means: Averages,
    structure: Structure,
    refused: Collection[tuple[str, str]],
    decided: Flags | None,
) -> Basis:
    """Which nodes fall back on averages, by the policy ``without_demand``.

    ``site``: those of sites without any dated demand; ``part``: those without dated requirement of their own or from
    above; ``never``. A refused table is no word about demand: nothing falls back on it. ``refused``: (table, source);
    ``decided``: the nodes, where another plan of the same company has chosen them.
    """
    unheard = {
        f"the table {table} was refused or not delivered": refused_at(table, refused, read)
        for table in _REQUIREMENTS
        if any(name == table for name, _ in refused)
    }
    known = Basis(np.zeros(len(read), dtype=bool), unheard)
    undated = _undated(read, dated, structure)
    undated &= ~known.is_unheard
    undated[list(read.unheard)] = False
    silent = undated & refused_at("consumption", refused, read)
    if silent.any():
        unheard = {**unheard, "no dated demand, and the table consumption was refused or not delivered": silent}
    has_mean = means.per_work_day > 0
    has_mean[list(means.reasons)] = True
    return Basis(undated & has_mean & ~silent if decided is None else decided, unheard)


def _undated(read: Inputs, dated: Demand, structure: Structure) -> Flags:
    index, demand, choice = read.index, read.tables["demand"], read.policy.without_demand
    if choice == "never":
        return np.zeros(len(index), dtype=bool)
    if choice == "site":
        node = index.nodes_of(demand)[demand["date"].notna().to_numpy()]
        spoken = np.zeros(len(index.sites), dtype=bool)
        spoken[index.site[node[node >= 0]]] = True
        return ~spoken[index.site]
    wanted = np.zeros(len(index), dtype=bool)
    wanted[dated.node] = True
    wanted[list(dated.reasons)] = True
    by_place = wanted[structure.nodes]
    undated = np.empty(len(index), dtype=bool)
    undated[structure.nodes] = ~(by_place | structure.below(by_place))
    return undated


def refused_at(table: str, refused: Collection[tuple[str, str]], read: Inputs) -> Flags:
    """Nodes at sites of which a source speaks whose table was refused."""
    silent = [str(source) for name, source in refused if name == table]
    sites = {site for source in silent for site in _sites_of(source, read)}
    return np.array([str(site) in sites for site in read.index.sites], dtype=bool)[read.index.site]


def _sites_of(source: str, read: Inputs) -> Collection[str]:
    """The configured site, else those that rows of the source name; all where it names none or speaks of all."""
    settings, tables = read.workspace.sources.get(source), read.tables
    if settings and settings.site:
        return {settings.site}
    own = [tables[name].loc[tables[name]["source"] == source, "site"].astype("object") for name in _LOCATED]
    named = {str(site) for column in own for site in column.dropna().unique()}
    return set(map(str, read.index.sites)) if not named or own[0].isna().any() else named


def without_requirement(structure: Structure, averaged: Flags) -> Structure:
    """The structure in which nobody asks averaged nodes for anything: what they were issued for is in the mean."""
    if not averaged.any():
        return structure
    kept, dated = ~averaged[structure.nodes], structure.dated
    return replace(
        structure,
        consumed=_rows(structure.consumed, kept),
        fixed=_rows(structure.fixed, kept),
        dated=dated and dated[kept[dated.row]],
    )


def _rows(matrix: sparse.csr_array, kept: Flags) -> sparse.csr_array:
    counts = np.where(kept, np.diff(matrix.indptr), 0)
    cells = np.repeat(kept, np.diff(matrix.indptr))
    indptr = np.r_[0, np.cumsum(counts)].astype(matrix.indptr.dtype)
    return sparse.csr_array((matrix.data[cells], matrix.indices[cells], indptr), shape=matrix.shape)


def with_averages(dated: Demand, spread: Demand, averaged: Flags) -> Demand:
    """Dated requirements and averages, without the components that orders ask averaged nodes for."""
    kept = dated.only(~(averaged[dated.node] & (dated.order >= 0)))
    return together([kept, spread], {**spread.reasons, **dated.reasons})
