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
from riskplug.plan.limits import WHY, told_until, why_not_further
from riskplug.plan.netting import CHANCE_DAYS, Walked
from riskplug.plan.nodes import Flags, Floats, Ints, Master, NodeIndex, chosen_texts
from riskplug.plan.outlook import CERTAIN, NORMAL, POISSON, Outlook
from riskplug.plan.runway import Doubts
from riskplug.plan.simulate import Each
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
        # one that comes later than its day all the same counts in the balance from its day
        counted = np.maximum(arrivals.due, arrivals.earliest)
        soon = np.minimum(arrivals.possible_from(lateness), counted) <= CHANCE_DAYS[-1]
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
    """``walked``: under the restricted policy down to zero stock, with the requirement of ``uncertain.watch``;
    ``doubts``: of that.

    Chances are those of zero stock, whatever the floor of runways is: an assembly does not refill its safety stock.
    """
    place = np.argsort(ledger.structure.nodes)
    required = walked.required[place]
    requirement_known = ~doubts.requirement[place] & ~doubts.incomplete[place]
    per_day = required / ledger.horizon
    return Outlook(
        ledger.opening("restricted"),
        uncertain.deviation,
        counted_parts(tables["consumption"], index, master, uncertain.mean, uncertain.deviation, per_day),
        requirement_known & ~np.isnan(ledger.stock.on_hand) & ~ledger.phantom,
        walked.first[place] == 0,
        required == 0,
        uncertain.watch,
        uncertain.awaiting,
        told_until(ledger, uncertain.deviation),
        walked.watched[place],
        uncertain.expected.arrivals,
        uncertain.lateness,
        uncertain.approval,
        ledger.horizon,
    )


def chance_columns(
    outlook: Outlook, ledger: Ledger, walked: Walked, basis: pd.Categorical, each: Each = map
) -> dict[str, object]:
    """p_stock_out_*, how they were found, and half the width of the widest 95 % interval, per node.

    ``walked``: down to zero stock, as in ``outlook_of``. ``each``: who simulates.
    """
    value, width, method = _chances(outlook, ledger, walked, each)
    known: Flags = np.asarray(~np.isnan(value).all(axis=1), dtype=bool)
    columns: dict[str, object] = {f"p_stock_out_{day}": value[:, at] for at, day in enumerate(CHANCE_DAYS)}
    columns["chance_method"] = pd.Categorical.from_codes(np.where(known, method, -1), pd.Index(CHANCE_METHODS))
    columns["chance_half_width"] = np.where(known, width, np.nan)
    columns["chance_basis"] = _said(outlook, ledger, value, basis)
    return columns


def _said(outlook: Outlook, ledger: Ledger, value: Floats, basis: pd.Categorical) -> pd.Series:
    """The basis of what is known, and why something is not that could be."""
    why = why_not_further(outlook.until, min(CHANCE_DAYS[-1], ledger.horizon))
    limited = outlook.known & ~np.isnan(outlook.deviation) & ~outlook.short & ~outlook.idle & (why >= 0)
    texts = [*basis.categories, *(f"{text}; {reason}" for reason in WHY for text in basis.categories)]
    code = basis.codes + np.where(limited, why + 1, 0) * len(basis.categories)
    return chosen_texts(texts, np.where(limited | ~np.isnan(value).all(axis=1), code, -1))


def _chances(outlook: Outlook, ledger: Ledger, walked: Walked, each: Each) -> tuple[Floats, Floats, Ints]:
    """Value, widest half-width, method; of nodes that nothing reaches from the balances of the walk, watched or not."""
    place = np.argsort(ledger.structure.nodes)
    value = chances(
        walked.balance[place],
        walked.tightest[place],
        CHANCE_DAYS,
        walked.first[place],
        outlook.deviation,
        outlook.known,
        on_hand=outlook.stock,
        counts=outlook.counts,
    )
    days = np.array(CHANCE_DAYS)
    value[(days > outlook.until[:, None]) & ~outlook.short[:, None]] = np.nan
    value[outlook.idle & outlook.known & ~outlook.short] = 0.0
    value[:, days > ledger.horizon] = np.nan
    width, method = np.zeros(len(value)), np.where(outlook.counts, np.int8(POISSON), np.int8(NORMAL))
    method[outlook.short | outlook.idle] = CERTAIN
    at = np.flatnonzero(outlook.awaiting)
    seen = outlook.chances(at, np.broadcast_to(days, (len(at), len(days))), each)
    value[at], width[at], method[at] = seen.value, seen.half_width.max(axis=1), seen.method
    return value, width, method
