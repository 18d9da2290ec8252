"""What could be taken from another site or from another part without leaving them short."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from riskplug.model import BomGraph
from riskplug.plan.above import Above
from riskplug.plan.ledger import Ledger
from riskplug.plan.netting import ROUNDING
from riskplug.plan.nodes import Floats, Master, NodeIndex, in_base_units
from riskplug.plan.stock import is_usable

UNCOUNTED = ("quality", "blocked", "transit", "consignment", "project", "returns", "subcontract", "unrestricted")


@dataclass(frozen=True, slots=True)
class Spare:
    """``on_hand``: usable stock; ``free``: of it, what could go today and leave nothing that is protected short; both
    None where unknown.

    ``floor``: of its stock what it shall keep. ``uncounted``: of its stock what the policy does not count. ``given``:
    what it has given to others in the plan. ``later``: the first day on which something could go; None where none can.
    """

    node: int
    on_hand: float | None
    free: float | None
    floor: float = 0.0
    uncounted: float = 0.0
    given: float = 0.0
    later: int | None = None


def spare(ledger: Ledger, node: int, policy: str, known: bool, until: int) -> Spare:
    """Spare stock of a node: the lowest its balance ever gets by what it has given and needs before day ``until``.

    ``known``: its runway is; where it is not, nobody can tell what it needs.
    """
    on_hand = float(ledger.stock.on_hand[node])
    if np.isnan(on_hand) or not known:
        return Spare(node, None if np.isnan(on_hand) else on_hand, None)
    above = Above.of(ledger, node, policy)
    supply, required = above.by_day(above.at)
    given = above.flows.given(above.gross.shape)[[above.at]].toarray()[0] if above.flows else np.zeros(len(supply))
    kept = given + np.where(np.arange(len(required)) < until, required - given, 0.0)
    free = np.minimum.accumulate(np.cumsum(supply - kept)[::-1])[::-1]
    days = np.flatnonzero(free > ROUNDING * (np.abs(supply).sum() + required.sum()))
    return Spare(
        node,
        on_hand,
        float(free[0]) if len(days) and days[0] == 0 else 0.0,
        float(ledger.floor[node]),
        on_hand - float(ledger.opening(policy)[node]),
        float(given.sum()),
        int(days[0]) if len(days) else None,
    )


def other_sites(index: NodeIndex, node: int) -> list[int]:
    """Nodes of the same part elsewhere."""
    return [int(at) for at in np.flatnonzero(index.part == index.part[node]) if at != node]


@dataclass(frozen=True, slots=True)
class Replaces:
    """A part that may stand in: ``per``: how much of it for one of the part, None where the lines do not say."""

    node: int
    parents: tuple[int, ...]
    per: float | None


def replacements(graph: BomGraph, lines: pd.DataFrame, node: int) -> list[Replaces]:
    """Parts that share a group of alternates with a node, with the assemblies that allow it. ``lines``: bom_lines."""
    groups = graph.alternates
    mine = groups.loc[groups["component"] == node, "group"]
    rows = groups[groups["group"].isin(mine) & (groups["component"] != node)]
    found: dict[int, list[int]] = {}
    for parent, other in zip(rows["parent"].tolist(), rows["component"].tolist(), strict=True):
        found.setdefault(int(other), []).append(int(parent))
    names = graph.nodes["part_no"]
    return [
        Replaces(other, tuple(parents), _ratio(lines, names.iloc[parents], names.iloc[node], names.iloc[other]))
        for other, parents in sorted(found.items())
    ]


def _ratio(lines: pd.DataFrame, parents: pd.Series, part: object, other: object) -> float | None:
    """Quantity of the other part for one of the part, where all lines in groups of alternates agree on it."""
    rows = lines[lines["parent"].isin(parents.astype("str")) & lines["alt_group"].notna()]
    per = rows["quantity"] / rows["base_quantity"].fillna(1.0)
    own, its = per[rows["component"] == part].unique(), per[rows["component"] == other].unique()
    units = rows.loc[rows["component"].isin([part, other]), "unit"].astype("object").nunique(dropna=False)
    one_each = len(own) == 1 and len(its) == 1 and units == 1
    return float(its[0] / own[0]) if one_each and own[0] > 0 and its[0] > 0 else None


def uncounted_stock(
    inventory: pd.DataFrame, index: NodeIndex, master: Master, node: int, usable: tuple[str, ...], ledger: Ledger
) -> dict[str, float]:
    """Stock of a node by type that the policy does not count, base units, NaN where a quantity is unknown.

    Expired lots are not among it: releasing them is no matter of policy.
    """
    on = ledger.calendars.on
    rows = inventory[index.nodes_of(inventory) == node]
    kept = rows[is_usable(rows, UNCOUNTED, on) & ~is_usable(rows, usable, on)]
    quantity: Floats = in_base_units(kept["quantity"], kept["unit"], np.full(len(kept), node), master)
    found: dict[str, float] = {}
    for kind in UNCOUNTED:
        of_kind = is_usable(kept, (kind,), on)
        total = float(quantity[of_kind].sum())
        if of_kind.any() and total != 0:
            found[kind] = total
    return found
