"""Inhibition: while an alert of one kind is open, those of another kind that share some labels with it are not told.

As in Alertmanager, by labels and over all alerts of a scan at once, so that the order in which they come does not
matter. Other than there, alerts that would only inhibit each other in a circle are all told.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from riskplug.alerts.labels import Inhibit, Labels, Mask
from riskplug.alerts.ledger import CLEARING, HELD, OPEN, UNKNOWN
from riskplug.alerts.pairing import RANK

Numbers = npt.NDArray[np.int64]


@dataclass(frozen=True)
class _Pairing:
    """A declaration over tonight's alerts: which are sources and targets, which are ``like`` a source whether they live
    or not, and the group of equal labels of each."""

    source: Mask
    like: Mask
    target: Mask
    group: Numbers


def inhibited(rows: pd.DataFrame, labels: Labels, declared: Sequence[Inhibit], may: Mask) -> Numbers:
    """Per alert the place of the alert that inhibits it, -1 where none does. ``may``: what can be inhibited at all.

    An alert that was told and is not known to be gone is a source, whatever people decided about it, and also when it
    is inhibited itself: what stands above it then stands above both. One that fits both sides of a declaration is not
    inhibited by another that does. Linear in the alerts, times the length of the longest chain of declarations.
    """
    alive = (
        rows["condition"].isin([OPEN, CLEARING, UNKNOWN]) & rows["opened_on"].notna() & (rows["suppression"] != HELD)
    )
    pairings = [_pairing(labels, one, alive.to_numpy() & may, may) for one in declared]
    nothing = np.zeros(len(rows), dtype=bool)
    # An alert that nothing could inhibit stands by itself; what hangs on those, directly or not, is inhibited.
    standing = ~_under(pairings, ~nothing)
    covered = nothing
    while True:
        more = _under(pairings, standing | covered)
        if (more == covered).all():
            break
        covered = more
    return _named(rows, pairings, standing | covered, covered)


def _pairing(labels: Labels, one: Inhibit, alive: Mask, may: Mask) -> _Pairing:
    like, target = labels.matches(one.source), labels.matches(one.target) & may
    source = like & alive
    group = np.zeros(len(source), dtype=np.int64)
    some = source | target
    for name in one.equal:
        codes, values = labels.coded(name)
        group[some] = pd.factorize(group[some] * (len(values) + 1) + codes[some])[0]
    return _Pairing(source, like, target, group)


def _under(pairings: Sequence[_Pairing], sources: Mask) -> Mask:
    """The alerts that one of some sources inhibits."""
    found = np.zeros(len(sources), dtype=bool)
    for one in pairings:
        any_source, outside = one.source & sources, one.source & ~one.target & sources
        by_any, by_outside = np.isin(one.group, one.group[any_source]), np.isin(one.group, one.group[outside])
        found |= one.target & np.where(one.like, by_outside, by_any)
    return found


def _named(rows: pd.DataFrame, pairings: Sequence[_Pairing], sources: Mask, covered: Mask) -> Numbers:
    """The source of each: by the first declaration that applies one that is told itself, then the most severe."""
    rank = rows["severity"].map(RANK).fillna(0).to_numpy()
    order = np.lexsort((rows["alert_key"].to_numpy(dtype=str), -rank, covered)) if covered.any() else np.arange(0)
    by = np.full(len(rows), -1, dtype=np.int64)
    for one in pairings:
        for fit in (one.source & sources & ~one.target, one.source & sources):
            ordered = order[fit[order]]
            groups, first = np.unique(one.group[ordered], return_index=True)
            open_ = covered & one.target & (by < 0) & ~(one.like & (fit & one.target).any())
            place = np.searchsorted(groups, one.group[open_])
            known = place < len(groups)
            known[known] = groups[place[known]] == one.group[open_][known]
            by[np.flatnonzero(open_)[known]] = ordered[first[place[known]]]
    return by
