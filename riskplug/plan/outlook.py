"""What chances of running out rest on per node, and the chance by any day: closed form, or simulated between bounds."""

from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
from scipy import sparse

from riskplug.catalogue import CHANCE_METHODS
from riskplug.plan.chance import chance_of_counts, chance_of_stock_out, half_width
from riskplug.plan.lateness import Lateness
from riskplug.plan.netting import ROUNDING
from riskplug.plan.nodes import Flags, Floats, Ints
from riskplug.plan.simulate import PATHS, Arrivals, Each, Job, Parts, Simulation

CERTAIN, NORMAL, POISSON, SIMULATED = range(len(CHANCE_METHODS))
# Bounds closer than this settle a chance without a simulation.
_SETTLED = 1e-6
_CHUNK = 2048


@dataclass(frozen=True)
class Chances:
    """Parts x days. ``value``: NaN unknown; ``half_width`` of its 95 % interval, 0 where it was not simulated;
    ``method``: code into CHANCE_METHODS per part, of the day that took most."""

    value: Floats
    half_width: Floats
    method: npt.NDArray[np.int8]


@dataclass(frozen=True)
class Outlook:
    """Per node: usable stock, standard deviation of a day's consumption, whether it is counted in pieces, whether stock
    and requirement are known, whether it is short today, and whether anything is required in the horizon.

    ``until``: last day for which there is a chance, see ``limits.py``; one that is short or idle has one on every day.
    ``required``: requirement, nodes x days, of the ``watched`` nodes: those that something may reach soon
    (``awaiting``), and those whose chance by other days is asked for. ``arrivals`` by node. ``approval``: share of
    applications granted; 0 where the policy states none.
    """

    stock: Floats
    deviation: Floats
    counts: Flags
    known: Flags
    short: Flags
    idle: Flags
    watched: Flags
    awaiting: Flags
    until: Ints
    required: sparse.csr_array
    arrivals: Arrivals
    lateness: Lateness
    approval: float
    horizon: int

    def chances(self, node: Ints, days: Ints, each: Each = map) -> Chances:
        """Chance that each node has run out by the end of each of its days (nodes x columns, rising along a row).

        Unknown for nodes that are not watched, beyond the horizon and ``until``, and where stock, requirement or the
        spread of consumption is. ``each``: who simulates.
        """
        found = Chances(np.full(days.shape, np.nan), np.zeros(days.shape), np.full(len(node), CERTAIN, dtype=np.int8))
        open_ = self.known & self.watched & ~self.short & ~self.idle & ~np.isnan(self.deviation)
        until = np.minimum(self.until, self.horizon)[node, None]
        asked = np.flatnonzero(open_[node] & (until[:, 0] >= 0))
        waiting: deque[_Bounded] = deque()
        jobs = self._jobs(found, waiting, (self._bounded(at, node, days, until) for at in _chunks(asked)))
        for share in each(self._simulation, jobs):
            self._fill(found, waiting.popleft(), share)
        found.value[days > until] = np.nan
        settled = self.known[node] & (self.short | self.idle)[node]
        found.value[settled] = self.short[node[settled], None]
        found.value[(days > self.horizon) | (days < 0)] = np.nan
        found.half_width[np.isnan(found.value)] = 0.0
        return found

    def _jobs(self, found: Chances, waiting: "deque[_Bounded]", chunks: "Iterable[_Bounded]") -> Iterator[Job]:
        """What has to be simulated of each chunk; those whose bounds settle everything are filled in at once."""
        for one in chunks:
            if len(one.open):
                waiting.append(one)
                yield one.parts.some(one.open), one.days[one.open]
            else:
                self._fill(found, one, np.zeros((0, one.days.shape[1])))

    def _bounded(self, at: Ints, node: Ints, days: Ints, until: Ints) -> "_Bounded":
        node, days = node[at], np.clip(days[at], 0, until[at])
        parts = self._parts(node, int(days.max()))
        upper = _closed(parts, np.zeros_like(parts.used), days)
        lower = _closed(parts, self._most_received(parts), days)
        open_ = np.flatnonzero((upper - lower > _SETTLED).any(axis=1))
        return _Bounded(at, days, parts, lower, upper, open_)

    def _fill(self, found: Chances, chunk: "_Bounded", share: Floats) -> None:
        """``share``: of the paths, for the open ones."""
        at, parts, open_ = chunk.at, chunk.parts, chunk.open
        value, width = chunk.upper.copy(), np.zeros(chunk.days.shape)
        if len(open_):
            some, low, high = parts.some(open_), chunk.lower[open_], chunk.upper[open_]
            value[open_] = np.clip(share, low, high)
            # without variation and open days there is only one path
            sure = (some.deviation == 0) & ~self._uncertain(some)
            width[open_] = np.where(sure[:, None], 0.0, np.minimum(half_width(share, PATHS), high - low))
        found.value[at], found.half_width[at] = value, width
        found.method[at] = np.where(parts.counts, POISSON, NORMAL)
        found.method[at[(width > 0).any(axis=1)]] = SIMULATED

    def _parts(self, node: Ints, last: int) -> Parts:
        used = np.cumsum(self.required[node][:, : last + 1].toarray(), axis=1)
        arrivals = self.arrivals.of(node)
        received = np.bincount(arrivals.part(), arrivals.quantity, minlength=len(node))
        rounding = ROUNDING * (np.abs(self.stock[node]) + received + used[:, -1])
        return Parts(self.stock[node], used, self.deviation[node], self.counts[node], arrivals, rounding)

    def _most_received(self, parts: Parts) -> Floats:
        """Parts x days: what may have come by each day if all goes well."""
        found, arrivals = np.zeros_like(parts.used), parts.arrivals
        day = arrivals.possible_from(self.lateness)
        possible = (day < found.shape[1]) & ~(arrivals.licensed & (self.approval == 0))
        np.add.at(found, (arrivals.part()[possible], day[possible]), arrivals.quantity[possible])
        return np.cumsum(found, axis=1)

    def _uncertain(self, parts: Parts) -> Flags:
        open_ = parts.arrivals.uncertain(self.lateness, self.approval)
        return np.bincount(parts.arrivals.part(), open_, minlength=len(parts.stock)) > 0

    @cached_property
    def _simulation(self) -> Simulation:
        counted = np.flatnonzero(self.counts & self.watched)
        mean = float(self._used(counted).max(initial=0.0))
        # a count more than ten deviations above its mean does not happen on any path
        most = int(mean + 10 * np.sqrt(mean) + 20) if len(counted) else 0
        return Simulation(self.lateness, self.approval, self.horizon, most)

    def _used(self, node: Ints) -> Floats:
        """What each node uses on days that have a chance; not what expires after them, which may be any number."""
        rows = self.required[node]
        size = np.diff(rows.indptr)
        told = rows.indices <= np.repeat(self.until[node], size)
        at = np.repeat(np.arange(len(node)), size)[told]
        return np.bincount(at, rows.data[told], minlength=len(node)).astype(np.float64)


@dataclass(frozen=True)
class _Bounded:
    """Parts that are worked out together. ``at``: their rows; ``lower`` and ``upper``: bounds by day in closed form;
    ``open``: those that the bounds do not settle."""

    at: Ints
    days: Ints
    parts: Parts
    lower: Floats
    upper: Floats
    open: Ints


def _chunks(asked: Ints) -> Iterator[Ints]:
    yield from (asked[start : start + _CHUNK] for start in range(0, len(asked), _CHUNK))


def _closed(parts: Parts, received: Floats, days: Ints) -> Floats:
    """Chance of each part by each of its days if what is ``received`` by a day is there from the start.

    Once run out is run out: every day up to then is looked at, and the one with the highest chance counts. A Poisson
    count only rises, so its last day says it all.
    """
    at = np.arange(len(parts.stock))[:, None]
    supply = parts.stock[:, None] + received
    counted = chance_of_counts(supply[at, days], parts.used[at, days])
    normal = chance_of_stock_out(_tightest(parts, supply)[at, days], np.ones(1), 1.0)
    found = np.where(parts.counts[:, None], counted, normal)
    return np.maximum.accumulate(found, axis=1)


def _tightest(parts: Parts, supply: Floats) -> Floats:
    """Parts x days: the least balance up to each day, in deviations of what is used by then; nothing varies before."""
    left = supply - parts.used + parts.rounding[:, None]
    spread = parts.deviation[:, None] * np.sqrt(np.arange(left.shape[1])) * (parts.used > 0)
    sure = np.where(left < 0, -np.inf, np.inf)
    return np.minimum.accumulate(np.divide(left, spread, out=sure, where=spread > 0), axis=1)
