"""The chance columns of a plan: closed forms where nothing may come in, simulation where something does."""

from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd

from riskplug.catalogue import CHANCE_METHODS
from riskplug.model import Frames
from riskplug.plan.arrivals import Expected, expected_arrivals
from riskplug.plan.chance import chances
from riskplug.plan.counted import counted_parts
from riskplug.plan.demand import daily_spread
from riskplug.plan.lateness import Lateness
from riskplug.plan.ledger import Ledger
from riskplug.plan.netting import CHANCE_DAYS, Walked
from riskplug.plan.nodes import Flags, Floats, Ints, Master, NodeIndex
from riskplug.plan.outlook import CERTAIN, NORMAL, POISSON, Outlook
from riskplug.plan.runway import Doubts
from riskplug.workspace import Policy


@dataclass(frozen=True)
class Uncertainty:
    """What varies, per node: consumption of a day (mean and standard deviation, NaN without history) and receipts.

    ``awaiting``: nodes that something may reach within the longest of CHANCE_DAYS; ``watch``: those whose requirement
    by day is needed, the parts that a measure catches as well.
    """

    mean: Floats
    deviation: Floats
    lateness: Lateness
    expected: Expected
    approval: float
    awaiting: Flags
    watch: Flags

    @classmethod
    def of(
        cls,
        tables: Frames,
        ledger: Ledger,
        index: NodeIndex,
        master: Master,
        policy: Policy,
        on: date,
        licences: pd.DataFrame | None,
        exposed: pd.DataFrame | None,
    ) -> "Uncertainty":
        """``licences``: see ``expected_arrivals``; ``exposed``: part_no and site of parts that a measure catches."""
        mean, deviation = daily_spread(tables["consumption"], index, master, on)
        lateness = Lateness.of(tables["goods_receipts"], index.part_nos, on)
        rate = policy.licence_approval_pct
        expected = expected_arrivals(ledger, tables["purchase_orders"], lateness, licences, rate, on)
        arrivals = expected.arrivals
        soon = arrivals.possible_from(lateness) <= CHANCE_DAYS[-1]
        measured = ~np.isnan(deviation)
        awaiting = (np.bincount(arrivals.part(), soon, minlength=len(index)) > 0) & measured
        watch = awaiting.copy()
        if exposed is not None:
            at = index.nodes_of(exposed)
            watch[at[at >= 0]] = True
        return cls(mean, deviation, lateness, expected, (rate or 0.0) / 100, awaiting, watch & measured)


def outlook_of(
    tables: Frames,
    ledger: Ledger,
    walked: Walked,
    doubts: Doubts,
    uncertain: Uncertainty,
    index: NodeIndex,
    master: Master,
) -> Outlook:
    """``walked``: under the restricted policy, with the requirement of ``uncertain.watch``.

    A planned shortage below the safety stock is none yet: chances are those of zero stock, whatever the floor is.
    """
    place = np.argsort(ledger.structure.nodes)
    required = walked.required[place]
    requirement_known = ~doubts.requirement[place] & ~doubts.incomplete[place]
    left = _left(ledger, walked, place)
    per_day = required / ledger.horizon
    return Outlook(
        ledger.opening("restricted"),
        uncertain.deviation,
        counted_parts(tables["consumption"], index, master, uncertain.mean, uncertain.deviation, per_day),
        requirement_known & ~np.isnan(ledger.stock.on_hand) & ~ledger.phantom,
        (walked.first[place] == 0) & (left < 0),
        required == 0,
        uncertain.watch,
        uncertain.awaiting,
        walked.watched[place],
        uncertain.expected.arrivals,
        uncertain.lateness,
        uncertain.approval,
        ledger.horizon,
    )


def chance_columns(outlook: Outlook, ledger: Ledger, walked: Walked, basis: pd.Series) -> dict[str, object]:
    """p_stock_out_*, how they were found, and half the width of the widest 95 % interval, per node."""
    value, width, method = _chances(outlook, ledger, walked)
    known: Flags = np.asarray(~np.isnan(value).all(axis=1), dtype=bool)
    columns: dict[str, object] = {f"p_stock_out_{day}": value[:, at] for at, day in enumerate(CHANCE_DAYS)}
    columns["chance_method"] = pd.Categorical.from_codes(np.where(known, method, -1), pd.Index(CHANCE_METHODS))
    columns["chance_half_width"] = np.where(known, width.max(axis=1), np.nan)
    columns["chance_basis"] = basis.where(known)
    return columns


def _chances(outlook: Outlook, ledger: Ledger, walked: Walked) -> tuple[Floats, Floats, Ints]:
    """Value, half-width and method; of nodes that nothing reaches from the balances of the walk, watched or not."""
    place = np.argsort(ledger.structure.nodes)
    floor, first = ledger.floor, walked.first[place]
    left = _left(ledger, walked, place)
    first = np.where((first == 0) & (left >= 0), -1, first)
    balance = walked.balance[place] + floor[:, None]
    value = chances(
        balance,
        CHANCE_DAYS,
        first,
        left,
        outlook.deviation,
        outlook.known,
        on_hand=outlook.stock,
        counts=outlook.counts,
    )
    days = np.array(CHANCE_DAYS)
    value[:, days > ledger.horizon] = np.nan
    value[outlook.idle & outlook.known & ~outlook.short] = 0.0
    width, method = np.zeros(value.shape), np.where(outlook.counts, POISSON, NORMAL)
    method[outlook.short | outlook.idle] = CERTAIN
    at = np.flatnonzero(outlook.awaiting)
    seen = outlook.chances(at, np.broadcast_to(days, (len(at), len(days))))
    value[at], width[at], method[at] = seen.value, seen.half_width, seen.method
    return value, width, method


def _left(ledger: Ledger, walked: Walked, place: Ints) -> Floats:
    """Stock at the end of the first day below the floor."""
    return np.asarray(walked.left[place] - walked.need[place] + ledger.floor)
