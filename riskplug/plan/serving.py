"""What parts can spare, and what of it others take, while the netting walk goes down.

Free is what a part will not need for its own protected requirements on any later day: the lowest balance from a day to
the end of the horizon (available to promise). Protected are those before a new order of its own could be there, or all.
Only what lacks is taken and only what is free is given, so that giving makes nobody short while it is protected.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import sparse

from riskplug.plan.dated import DatedEdges
from riskplug.plan.nodes import Flags, Floats, Ints

# Takers are looked at day by day in a full table; this many cells of it at a time.
CELLS = 4_000_000
# Less than a billionth of what moves through a part is rounding.
NEARLY = 1e-9


@dataclass(frozen=True)
class Sharing:
    """Links between places, sorted by taker and, for one taker, in the order in which they serve.

    ``ratio``: units of the giver for one of the taker. ``days``: calendar days under way. ``channel``: row of
    ``consumed`` and ``fixed``, whose product with what parents ask for is the part of the taker's requirement that the
    link may serve; -1 for all of it. ``until``: first day whose requirement the giver does not protect. ``dated``: rows
    of channels whose parents change within the horizon, None for none. ``whole``: an alternate takes all that a channel
    asks for on a day, or nothing.
    """

    giver: Ints
    taker: Ints
    ratio: Floats
    days: Ints
    until: Ints
    channel: Ints
    consumed: sparse.csr_array
    fixed: sparse.csr_array
    dated: DatedEdges | None = None
    whole: bool = False

    def neighbours(self, places: Ints) -> Ints:
        """Places that a link joins to some places, in either direction."""
        out, back = np.isin(self.giver, places), np.isin(self.taker, places)
        return np.concatenate([self.taker[out], self.giver[back]])

    def only(self, places: Ints) -> "Sharing":
        """The links among some places, by their new numbers; none of them may be linked to others."""
        kept = np.flatnonzero(np.isin(self.taker, places))
        giver, taker = np.searchsorted(places, self.giver[kept]), np.searchsorted(places, self.taker[kept])
        consumed, fixed = (sparse.csr_array(matrix[:, places]) for matrix in (self.consumed, self.fixed))
        days, until, channel = self.days[kept], self.until[kept], self.channel[kept]
        number = np.full(self.consumed.shape[1], -1, dtype=np.intp)
        number[places] = np.arange(len(places))
        dated = self.dated and self.dated.numbered(None, number)
        return Sharing(giver, taker, self.ratio[kept], days, until, channel, consumed, fixed, dated, self.whole)


@dataclass(frozen=True)
class Flows:
    """What moved: ``quantity`` of the giver leaves on day ``left``, stands for ``received`` of the taker on ``day``."""

    giver: Ints
    taker: Ints
    left: Ints
    day: Ints
    quantity: Floats
    received: Floats

    def taken(self, shape: tuple[int, int]) -> sparse.csr_array:
        """What each place received, places x days."""
        return sparse.csr_array(sparse.coo_array((self.received, (self.taker, self.day)), shape=shape))

    def given(self, shape: tuple[int, int]) -> sparse.csr_array:
        """What each place gave, places x days."""
        return sparse.csr_array(sparse.coo_array((self.quantity, (self.giver, self.left)), shape=shape))

    def of(self, place: int) -> list[tuple[int, float, int]]:
        """(day, quantity, the other place) of all that one took, positive, or gave, negative; in its own units."""
        took, gave = np.flatnonzero(self.taker == place), np.flatnonzero(self.giver == place)
        return [
            *((int(self.day[i]), float(self.received[i]), int(self.giver[i])) for i in took),
            *((int(self.left[i]), -float(self.quantity[i]), int(self.taker[i])) for i in gave),
        ]


class Serving:
    """The free supply of the places walked so far, and what has been taken of it."""

    def __init__(self, sharing: Sharing, size: int, days: int) -> None:
        self.sharing, self._days = sharing, days
        self.gives = np.zeros(size, dtype=bool)
        self.gives[sharing.giver] = True
        self.takes = np.zeros(size, dtype=bool)
        self.takes[sharing.taker] = True
        self._until = np.full(size, days, dtype=np.int64)
        self._until[sharing.giver] = sharing.until
        self._kept: list[tuple[Ints, sparse.csr_array, sparse.csr_array]] = []
        self._row = np.full(size, -1, dtype=np.int64)
        self._free: list[sparse.csr_array] = []
        self._moved: list[tuple[Ints, Ints, Floats]] = []

    def protected(self, place: Ints, gross: sparse.csr_array) -> sparse.csr_array:
        """Of the requirement of places what they give nothing of; a row per place."""
        row = np.repeat(np.arange(len(place)), np.diff(gross.indptr))
        counts = np.where(gross.indices < self._until[place][row], gross.data, 0.0)
        return sparse.csr_array((counts, gross.indices, gross.indptr), shape=gross.shape)

    def keep(self, place: Ints, supply: sparse.csr_array, gross: sparse.csr_array) -> None:
        """Remember the whole ledger of places that may run out by giving."""
        early = self._until[place] < self._days
        if early.any():
            self._kept.append((place[early], supply[early], gross[early]))

    def kept(self) -> tuple[Ints, sparse.csr_array, sparse.csr_array] | None:
        """Places remembered, their supply and requirement, a row per place."""
        if not self._kept:
            return None
        place, supply, gross = zip(*self._kept, strict=True)
        return np.concatenate(place), sparse.csr_array(sparse.vstack(supply)), sparse.csr_array(sparse.vstack(gross))

    def offer(self, place: Ints, row: Ints, day: Ints, balance: Floats) -> None:
        """Remember the free supply of places. ``row``: into ``place``; the balance after each change, in order.

        Stored as what more is free from each day on, which is never negative.
        """
        low = pd.Series(balance[::-1]).groupby(row[::-1], sort=False).cummin().to_numpy()[::-1]
        low = np.maximum(low, 0.0)
        starts = np.r_[True, row[1:] != row[:-1]][: len(row)]
        more = low - np.where(starts, 0.0, np.r_[0.0, low[:-1]][: len(low)])
        self._store(place, row[more > 0], day[more > 0], np.asarray(more[more > 0], dtype=np.float64))

    def _store(self, place: Ints, row: Ints, day: Ints, more: Floats) -> None:
        table = sparse.csr_array(sparse.coo_array((more, (row, day)), shape=(len(place), self._days)))
        some = np.diff(table.indptr) > 0
        self._row[place] = -1
        self._row[place[some]] = sum(one.shape[0] for one in self._free) + np.arange(int(some.sum()))
        self._free.append(table[some])

    def take(
        self, start: int, end: int, short: tuple[Ints, Ints, Floats], own: sparse.csr_array, asked: "Asked"
    ) -> sparse.csr_array:
        """What the places of a block receive, rows x days. ``short``: row, day and net requirement of its takers.

        ``own``: supply of the block. Takers are served one after the other in order of place, each by its links in
        order. What is free on its day covers a requirement; free supply of a later day does not fill what is short by
        then.
        """
        row, day, lacking = short
        takers = np.unique(row)
        first = len(self._moved)
        for at in range(0, len(takers), max(1, CELLS // self._days)):
            some = takers[at : at + max(1, CELLS // self._days)]
            inside = (row >= some[0]) & (row <= some[-1])
            wanted = np.zeros((len(some), self._days))
            wanted[np.searchsorted(some, row[inside]), day[inside]] = lacking[inside]
            links = self._links(some + start)
            if not self.sharing.whole:
                self._serve(some + start, links, wanted, asked)
                continue
            for now in waves(self.sharing.taker[links], self.sharing.giver[links]):
                lanes, before = self.sharing.channel[links[now]] < 0, len(self._moved)
                self._serve(some + start, links[now][lanes], wanted, asked)
                there = own[some] + self._received(start, end, before)[some]
                self._serve_whole(some + start, links[now][~lanes], there.toarray(), asked)
        return self._received(start, end, first)

    def _received(self, start: int, end: int, first: int) -> sparse.csr_array:
        link, day, quantity = _joined(self._moved[first:])
        cells = (self.sharing.taker[link] - start, day)
        return sparse.csr_array(sparse.coo_array((quantity, cells), shape=(end - start, self._days)))

    def _links(self, takers: Ints) -> Ints:
        """Links to some takers, in order, from givers that have something free."""
        sharing = self.sharing
        near = np.arange(*np.searchsorted(sharing.taker, [takers[0], takers[-1] + 1]))
        return near[np.isin(sharing.taker[near], takers) & (self._row[sharing.giver[near]] >= 0)]

    def _serve(self, takers: Ints, links: Ints, wanted: Floats, asked: "Asked") -> None:
        sharing = self.sharing
        if not len(links):
            return
        givers, giver = np.unique(sharing.giver[links], return_inverse=True)
        channels, channel = np.unique(sharing.channel[links], return_inverse=True)
        taker = np.searchsorted(takers, sharing.taker[links])
        free, may = self._load(givers), asked.of(channels)
        wanted[:, 0] = np.minimum(wanted[:, 0], asked.today(takers))
        for now in rounds(taker, giver):
            t, g, c = taker[now], giver[now], channel[now]
            ratio, days = sharing.ratio[links[now], None], sharing.days[links[now]]
            got = served(np.minimum(wanted[t], may[c]), free[g] / ratio, days)
            wanted[t] -= got
            bound = channels[c] >= 0
            may[c[bound]] -= got[bound]
            free[g] = left_free(free[g], got * ratio, days)
            at, day = np.nonzero(got)
            self._moved.append((links[now][at], day, got[at, day]))
        self._keep_free(givers, free)

    def _serve_whole(self, takers: Ints, links: Ints, own: Floats, asked: "Asked") -> None:
        """The first alternate that covers all a channel asks for on a day takes it; where none does, nobody.

        ``own``: supply of the takers, a row each. Whether a day is short depends on what was taken before it, so the
        days are gone through one by one. Worked: 5 wanted a day, of the preferred part 8 are there, of the next one 7:
        the second day is its, and 3 of the preferred one are left for the third.
        """
        if not len(links):
            return
        sharing, gross = self.sharing, asked.required(takers)
        givers, giver = np.unique(sharing.giver[links], return_inverse=True)
        channels, channel = np.unique(sharing.channel[links], return_inverse=True)
        taker, free, may = np.searchsorted(takers, sharing.taker[links]), self._load(givers), asked.of(channels)
        turns, got = list(rounds(taker, giver)), np.zeros((len(links), self._days))
        nothing = NEARLY * (np.abs(own).sum(axis=1) + gross.sum(axis=1))
        balance, deepest = np.zeros(len(takers)), np.zeros(len(takers))
        for day in range(self._days):
            balance += own[:, day] - gross[:, day]
            left = may[:, day].copy()
            for now in turns if left.any() else ():
                t, g, c, ratio = taker[now], giver[now], channel[now], sharing.ratio[links[now]]
                gives = (balance[t] < -deepest[t] - nothing[t]) & (left[c] > 0)
                gives &= free[g, day] >= left[c] * ratio * (1 - NEARLY)
                now, t, g, c = now[gives], t[gives], g[gives], c[gives]
                got[now, day] = left[c]
                balance[t] += left[c]
                free[g] = left_free(free[g], got[now] * ratio[gives, None] * (np.arange(self._days) == day), 0 * g)
                left[c] = 0.0
            deepest = np.maximum(deepest, -balance)
        at, day_of = np.nonzero(got)
        self._moved.append((links[at], day_of, got[at, day_of]))
        self._keep_free(givers, free)

    def _keep_free(self, givers: Ints, free: Floats) -> None:
        more = np.diff(free, axis=1, prepend=0.0)
        row, day = np.nonzero(more > 0)
        self._store(givers, row, day, more[row, day])

    def _load(self, places: Ints) -> Floats:
        """Free up to each day, cumulated; nothing where others have taken all of it."""
        starts = np.cumsum([0, *(one.shape[0] for one in self._free)])
        free, row = np.zeros((len(places), self._days)), self._row[places]
        piece = np.searchsorted(starts, row, side="right") - 1
        for which in np.unique(piece[row >= 0]):
            at = np.flatnonzero(piece == which)
            free[at] = self._free[which][row[at] - starts[which]].toarray()
        return np.cumsum(free, axis=1)

    def flows(self) -> Flows:
        sharing, (link, day, received) = self.sharing, _joined(self._moved)
        return Flows(
            sharing.giver[link],
            sharing.taker[link],
            day - sharing.days[link],
            day,
            received * sharing.ratio[link],
            received,
        )


class Asked:
    """What links may serve: the requirement of a channel, and that of today.

    ``net``, ``orders``: what parents ask for on each day, places walked so far x days. ``gross``: requirement of a
    block that begins with place ``start``. ``once``: fixed quantities count for the first order alone.
    """

    def __init__(
        self,
        sharing: Sharing,
        net: sparse.csr_array,
        orders: sparse.csr_array,
        gross: sparse.csr_array,
        start: int,
        once: bool,
    ) -> None:
        self._sharing, self._net, self._orders, self._gross, self._start = sharing, net, orders, gross, start
        self._once = once

    def of(self, channels: Ints) -> Floats:
        """Requirement of each channel by day; without bound for -1."""
        found = np.full((len(channels), self._net.shape[1]), np.inf)
        rows = channels[channels >= 0]
        walked = self._net.shape[0]
        found[channels >= 0] = sum(
            (matrix[rows][:, :walked] @ asked).toarray()
            for matrix, asked in ((self._sharing.consumed, self._net), (self._sharing.fixed, self._orders))
        )
        if self._sharing.dated is not None:
            found[channels >= 0] += self._on_some_days(self._sharing.dated, rows)
        return found

    def _on_some_days(self, dated: DatedEdges, rows: Ints) -> Floats:
        walked, days = self._net.shape
        some = dated[np.isin(dated.row, rows) & (dated.parent < walked)]
        asked = some.asked(0, int(rows.max(initial=-1)) + 1, self._net, self._once)
        return np.zeros((len(rows), days)) if asked is None else asked[rows].toarray()

    def required(self, takers: Ints) -> Floats:
        """All requirement of takers, a row each."""
        return np.asarray(self._gross[takers - self._start].toarray())

    def today(self, takers: Ints) -> Floats:
        """A negative stock, or one below the floor, is no requirement that anybody serves."""
        return np.asarray(self._gross[takers - self._start][:, [0]].toarray()).ravel()


def rounds(taker: Ints, giver: Ints) -> Iterator[Ints]:
    """Links, in groups within which no taker and no giver is met twice; both meet their links in order."""
    waiting = np.arange(len(taker))
    while len(waiting):
        first: Flags = np.zeros(len(waiting), dtype=bool)
        first[np.unique(taker[waiting], return_index=True)[1]] = True
        ready: Flags = np.zeros(len(waiting), dtype=bool)
        ready[np.unique(giver[waiting], return_index=True)[1]] = True
        yield waiting[first & ready]
        waiting = waiting[~(first & ready)]


def waves(taker: Ints, giver: Ints) -> Iterator[Ints]:
    """Links, all of a taker together, in groups within which no two takers meet at a giver; in order of takers."""
    waiting = np.arange(len(taker))
    while len(waiting):
        first = np.full(int(giver.max()) + 1, np.iinfo(np.int64).max)
        np.minimum.at(first, giver[waiting], taker[waiting])
        late = taker[waiting][taker[waiting] != first[giver[waiting]]]
        ready = ~np.isin(taker[waiting], late)
        yield waiting[ready]
        waiting = waiting[~ready]


def served(wanted: Floats, free: Floats, days: Ints) -> Floats:
    """What of each day's requirement is covered, by what is free that many days before; links x days.

    ``free``: up to each day, cumulated. A day takes all it lacks while there is something left.
    Worked: 3 wanted on days 1 and 2, free 2 from day 0 and 5 from day 2, no days under way: 2 and 3.
    """
    reach = _later(free, days)
    asked = np.cumsum(wanted, axis=1)
    uncovered = np.maximum.accumulate(np.maximum(asked - reach, 0.0), axis=1)
    got = np.diff(asked - uncovered, axis=1, prepend=0.0)
    # differences of sums carry their rounding: what is less than a billionth of the sum is nothing
    return np.where(got > 1e-9 * asked[:, -1:], np.minimum(got, wanted), 0.0)


def _later(free: Floats, days: Ints) -> Floats:
    """The table moved to the right, empty where nothing has had the time to come."""
    at = np.arange(free.shape[1]) - days[:, None]
    moved: Floats = np.take_along_axis(free, np.maximum(at, 0), axis=1)
    return np.where(at < 0, 0.0, moved)


def left_free(free: Floats, given: Floats, days: Ints) -> Floats:
    """Free up to each day after giving; ``given`` by the day of arrival, in units of the giver."""
    last = free.shape[1] - 1
    at = np.minimum(np.arange(last + 1) + days[:, None], last)
    gone = np.take_along_axis(np.cumsum(given, axis=1), at, axis=1)
    rest = np.maximum(free - gone, 0.0)
    return np.asarray(np.minimum.accumulate(rest[:, ::-1], axis=1)[:, ::-1])


def _joined(moved: list[tuple[Ints, Ints, Floats]]) -> tuple[Ints, Ints, Floats]:
    empty = (np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64), np.empty(0))
    link, day, quantity = (np.concatenate(one) for one in zip(empty, *moved, strict=True))
    return link, day, quantity
