"""Simulated first days without stock: parts x paths in blocks, all parts on the same random numbers.

Every part sees the same paths, so that its chance does not depend on which other parts there are, and the same seed
gives the same bits. On one path more stock, an earlier receipt or a granted licence never lets a part run out sooner.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from itertools import pairwise
from weakref import WeakValueDictionary

import numpy as np
import numpy.typing as npt

from riskplug.plan.lateness import Lateness
from riskplug.plan.nodes import Flags, Floats, Ints

PATHS = 2000
SEED = 20250404
# Receipts of one part with draws of their own; further ones share them in turn.
RECEIPT_DRAWS = 64
NEVER = np.iinfo(np.int32).max
# Parts x paths of a block: its arrays stay in the processor's cache.
_CELLS = 100_000


@dataclass(frozen=True)
class Draws:
    """Random numbers of all paths; rows are drawn one after the other, so a longer window keeps the shorter one's.

    ``walk``: (days + 1, paths), the sum of standard normal days, 0 on day 0. ``events``: (most + 1, paths), when each
    event of a Poisson process of rate 1 happens, the first in row 0, infinite in the last. ``lateness``:
    (RECEIPT_DRAWS, paths) uniform, ``granted`` and ``delay``: (paths,) uniform; uniform ones are stratified.
    """

    walk: Floats
    events: Floats
    lateness: Floats
    granted: Floats
    delay: Floats
    # how far the walk strays by a day on the worst path
    peak: Floats = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "peak", self.walk.max(axis=1))

    @classmethod
    def of(cls, days: int, most: int, *, paths: int = PATHS, seed: int = SEED) -> "Draws":
        """The draws of a seed; while somebody holds the same ones, those: a night's scenarios ask like its base."""
        asked = days, most, paths, seed
        drawn = _DRAWN.get(asked)
        if drawn is None:
            drawn = _DRAWN[asked] = cls._drawn(*asked)
        return drawn

    @classmethod
    def _drawn(cls, days: int, most: int, paths: int, seed: int) -> "Draws":
        walk, events, late, licence = (np.random.default_rng(one) for one in np.random.SeedSequence(seed).spawn(4))
        steps = np.zeros((days + 1, paths))
        walk.standard_normal(out=steps[1:])
        times = np.full((most + 1, paths), np.inf)
        events.standard_exponential(out=times[:-1])
        granted, delay = _stratified(licence, 2, paths)
        late_by = _stratified(late, RECEIPT_DRAWS, paths)
        return cls(_summed(steps), _summed(times), late_by, granted, delay)

    @property
    def paths(self) -> int:
        return int(self.walk.shape[1])


_DRAWN: WeakValueDictionary[tuple[int, int, int, int], Draws] = WeakValueDictionary()


def _summed(rows: Floats) -> Floats:
    """Running sums down the columns, in place: row by row, because ``cumsum`` goes down one column after the other."""
    for before, row in pairwise(rows):
        row += before
    return rows


def _stratified(random: np.random.Generator, rows: int, paths: int) -> Floats:
    """Uniform rows with one value in each of ``paths`` equal strata, in random order."""
    return np.stack([(random.permutation(paths) + random.random(paths)) / paths for _ in range(rows)])


@dataclass(frozen=True)
class Arrivals:
    """Receipts that may come, by part in order: those of part i are ``starts[i]`` to ``starts[i + 1]``.

    ``due``: day number of the date it was promised for, negative when overdue. ``group``: of ``Lateness``, -1 comes on
    its day. ``earliest``: day before which it does not come. ``draw``: row of ``Draws.lateness``. ``licensed``: comes
    only with a licence, which is there on a day from ``licence_from`` to ``licence_to``, each as likely.
    """

    starts: Ints
    quantity: Floats
    due: Ints
    group: Ints
    earliest: Ints
    draw: Ints
    licensed: Flags
    licence_from: Ints
    licence_to: Ints

    def of(self, parts: Ints) -> "Arrivals":
        """Those of some parts."""
        size = self.starts[parts + 1] - self.starts[parts]
        starts = np.concatenate([[0], np.cumsum(size)]).astype(np.int64)
        at = np.repeat(self.starts[parts] - starts[:-1], size) + np.arange(starts[-1])
        return Arrivals(
            starts,
            self.quantity[at],
            self.due[at],
            self.group[at],
            self.earliest[at],
            self.draw[at],
            self.licensed[at],
            self.licence_from[at],
            self.licence_to[at],
        )

    def part(self) -> Ints:
        """Position of the part of each receipt."""
        return np.repeat(np.arange(len(self.starts) - 1), np.diff(self.starts))

    def days(self, lateness: Lateness, draws: Draws, approval: float) -> npt.NDArray[np.int32]:
        """Day of each receipt on each path, NEVER where its licence is refused."""
        found = np.repeat(np.maximum(self.due, self.earliest)[:, None], draws.paths, axis=1)
        late = np.flatnonzero(self.group >= 0)
        by = lateness.quantile(self.group[late][:, None], draws.lateness[self.draw[late]])
        found[late] = np.maximum(self.due[late][:, None] + by, self.earliest[late][:, None])
        held = np.flatnonzero(self.licensed)
        span = (self.licence_to - self.licence_from + 1)[held][:, None]
        there = self.licence_from[held][:, None] + (draws.delay * span).astype(np.int64)
        found[held] = np.where(draws.granted < approval, np.maximum(found[held], there), NEVER)
        return found.astype(np.int32)

    def possible_from(self, lateness: Lateness) -> Ints:
        """The first day on which each receipt may come."""
        first = np.maximum(self.due + lateness.extremes(self.group)[0], self.earliest)
        return np.asarray(np.where(self.licensed, np.maximum(first, self.licence_from), first))

    def uncertain(self, lateness: Lateness, approval: float) -> Flags:
        """Whether the day of each receipt is open."""
        first, last = lateness.extremes(self.group)
        licence = self.licensed & ((approval < 1) | (self.licence_to > self.licence_from))
        return (last > first) | licence


@dataclass(frozen=True)
class Parts:
    """What is simulated: ``stock`` now, planned ``used`` up to the end of each day (parts x days), standard deviation
    of a day's use, whether use is a Poisson count, and the receipts. ``rounding``: what is no shortage yet."""

    stock: Floats
    used: Floats
    deviation: Floats
    counts: Flags
    arrivals: Arrivals
    rounding: Floats

    def some(self, at: Ints) -> "Parts":
        return Parts(
            self.stock[at],
            self.used[at],
            self.deviation[at],
            self.counts[at],
            self.arrivals.of(at),
            self.rounding[at],
        )


def run_out(parts: Parts, asked: Ints, lateness: Lateness, approval: float, draws: Draws) -> Floats:
    """Share of paths on which each part has run out by the end of each day asked for.

    ``asked``: parts x columns of day numbers within ``parts.used``. Demand of a day is the planned one and an
    independent normal deviation, or a Poisson count with the planned mean; receipts of a day count before it. The
    balance is looked at on days with a planned requirement and on those asked for: nothing is used on the others, nor
    before the first with one.
    Memory is bounded by blocks; time grows with parts x paths x days on which running out is possible.
    """
    found = np.zeros(asked.shape)
    for block in _blocks(parts, draws.paths):
        first = first_days(parts.some(block), asked[block], lateness, approval, draws)
        for column in range(asked.shape[1]):
            found[block, column] = (first <= asked[block, column][:, None]).mean(axis=1)
    return found


Job = tuple[Parts, Ints]
# Works out jobs in their order, as map() does: here, or elsewhere.
Each = Callable[[Callable[[Job], Floats], Iterable[Job]], Iterable[Floats]]


@dataclass(frozen=True)
class Simulation:
    """``run_out`` for jobs of parts and days, whoever works them out: the seed is always the same.

    ``most``: the highest count of a Poisson process that has a time of its own.
    """

    lateness: Lateness
    approval: float
    days: int
    most: int

    def __call__(self, job: Job) -> Floats:
        parts, asked = job
        return run_out(parts, asked, self.lateness, self.approval, self._draws)

    @cached_property
    def _draws(self) -> Draws:
        return Draws.of(self.days, self.most)


def _blocks(parts: Parts, paths: int) -> Iterator[Ints]:
    """Parts of one kind and with about as many receipts together, few enough for the cache."""
    receipts = np.diff(parts.arrivals.starts)
    order = np.lexsort((receipts, parts.counts))
    for kind in (False, True):
        rest = order[parts.counts[order] == kind]
        while len(rest):
            size = max(_CELLS // paths, 1)
            size = max(size // (1 + receipts[rest[:size]].max() // 8), 1)
            yield rest[:size]
            rest = rest[size:]


def first_days(parts: Parts, asked: Ints, lateness: Lateness, approval: float, draws: Draws) -> npt.NDArray[np.int32]:
    """First day on which each part has run out on each path, NEVER where on none that is looked at."""
    size = len(parts.stock), draws.paths
    coming = _Coming.of(parts.arrivals, parts.arrivals.days(lateness, draws, approval))
    first, came = np.full(size, NEVER, dtype=np.int32), np.zeros(size)
    looked = _looked_at(parts, asked) & _reach(parts, draws)
    open_ = np.ones(size[0], dtype=bool)
    runs_out = _counted_out if parts.counts[0] else _out
    for day in range(int(asked.max()) + 1):
        coming.add(came, day)
        at = np.flatnonzero(looked[:, day] & open_)
        if len(at):
            before = first[at]
            out = runs_out(parts, at, day, came[at], draws)
            first[at] = np.where(out & (before == NEVER), np.int32(day), before)
            open_[at] = (first[at] == NEVER).any(axis=1)
    return first


def _looked_at(parts: Parts, asked: Ints) -> Flags:
    """Parts x days with a planned requirement or asked for; until something is planned nothing varies."""
    looked = np.diff(parts.used, axis=1, prepend=0.0) > 0
    np.put_along_axis(looked, asked, True, axis=1)
    return np.asarray(looked & ((parts.used > 0) | (parts.stock[:, None] < 0)))


def _reach(parts: Parts, draws: Draws) -> Flags:
    """Parts x days on which some path could be out if nothing came."""
    days = parts.used.shape[1]
    if not parts.counts[0]:
        return parts.stock[:, None] - parts.used < parts.deviation[:, None] * draws.peak[:days]
    soonest = draws.events.min(axis=1)
    return np.asarray(soonest[_event(parts.stock, draws)][:, None] <= parts.used)


def _out(parts: Parts, at: Ints, day: int, came: Floats, draws: Draws) -> Flags:
    left = (parts.stock[at] - parts.used[at, day] + parts.rounding[at])[:, None] + came
    return np.asarray(left < parts.deviation[at, None] * draws.walk[day])


def _counted_out(parts: Parts, at: Ints, day: int, came: Floats, draws: Draws) -> Flags:
    supply = parts.stock[at, None] + came
    when = np.take_along_axis(draws.events, _event(supply, draws), axis=0)
    return np.asarray((when <= parts.used[at, day][:, None]) | (supply < 0))


def _event(supply: Floats, draws: Draws) -> Ints:
    """Row of the event that takes the first piece more than there is; the last stands for all beyond."""
    return np.clip(np.floor(supply), 0, len(draws.events) - 1).astype(np.int64)


@dataclass(frozen=True)
class _Coming:
    """``days`` as (n-th receipt, part, path), NEVER without one, with the first and last of them over all paths, and
    ``quantity`` as (n-th receipt, part)."""

    days: npt.NDArray[np.int32]
    quantity: Floats
    first: Ints
    last: Ints

    @classmethod
    def of(cls, arrivals: Arrivals, days: npt.NDArray[np.int32]) -> "_Coming":
        size, part = np.diff(arrivals.starts), arrivals.part()
        rank = np.arange(len(part)) - np.repeat(arrivals.starts[:-1], size)
        shape = int(size.max(initial=0)), len(size)
        when, quantity = np.full((*shape, days.shape[1]), NEVER, dtype=np.int32), np.zeros(shape)
        first, last = np.full(shape, NEVER), np.full(shape, -1)
        when[rank, part], quantity[rank, part] = days, arrivals.quantity
        first[rank, part] = days.min(axis=1)
        last[rank, part] = np.where(days == NEVER, -1, days).max(axis=1)
        return cls(when, quantity, first, last)

    def add(self, came: Floats, day: int) -> None:
        """What comes on a day, onto what came before it; one receipt of every part at a time."""
        for days, quantity, first, last in zip(self.days, self.quantity, self.first, self.last, strict=True):
            at = np.flatnonzero((first <= day) & (day <= last))
            if len(at):
                came[at] += np.where(days[at] == day, quantity[at, None], 0.0)
