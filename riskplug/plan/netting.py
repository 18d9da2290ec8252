"""Gross to net through the bill of material, level by level, for one receipt policy.

The ledger of a place is a row of a sparse matrix over days: opening stock on day 0, receipts, requirements. Receipts of
a day count before its demand, so only balances at the end of a day matter. No orders are planned: what is short stays
short at its own level, and is what the level below is asked for.
"""

from array import array
from collections.abc import Sequence
from copy import copy
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd
from scipy import sparse

from riskplug.plan.calendar import WorkCalendars
from riskplug.plan.expiry import Lots, expired
from riskplug.plan.nodes import Flags, Floats, Ints
from riskplug.plan.serving import Asked, Flows, Serving
from riskplug.plan.structure import Structure, rows_of

# Shortages below a billionth of what moves through a part are rounding of quantities per unit, not shortages.
ROUNDING = 1e-9
CHANCE_DAYS = (30, 60, 90)
# (row, day, quantity) of net requirements, in order.
Net = tuple[Ints, Ints, Floats]


@dataclass(frozen=True)
class Walked:
    """What the walk found, per place.

    ``first``: first day whose balance is below the floor, -1 for none. ``left``: what is available for that day;
    ``need``: its requirement. ``required``: all requirement of the horizon. Of a walk that was watched ``balance``:
    balance above the floor after each of CHANCE_DAYS, ``tightest``: least balance per root of the day, of the days up
    to then that something moves on, infinite without one; ``lacking``: the deepest it falls below the floor, 0 where it
    never does; and ``watched``: requirement and what expires by day, places x days, of the places that were to be
    watched. No rows and nothing in any other walk.
    """

    first: Ints
    left: Floats
    need: Floats
    required: Floats
    balance: Floats
    tightest: Floats
    lacking: Floats
    watched: sparse.csr_array


@dataclass(frozen=True)
class Counted:
    """What a walk nets against, by place. ``supply``: opening stock less floor on day 0, and receipts, places x days.

    ``lots``: what of the opening stock expires. ``watch``: places whose requirement is kept, None for a walk that
    chances do not ask.
    """

    supply: sparse.csr_array
    lots: Lots
    watch: Flags | None = None


def walks(
    structure: Structure, counted: Sequence[Counted], independent: sparse.csr_array, calendars: WorkCalendars
) -> list[Walked]:
    """Net every place against its supply, parents before components, once for each of what is counted.

    ``independent``: demand, places x days. Takes one sparse product per block of a level for all walks that have handed
    down the same so far, and one pass over its ledger for those of them that count the same supply there.
    """
    return [one.walked() for one in _walks(structure, counted, independent, calendars)]


def handed_down(
    structure: Structure, supply: sparse.csr_array, independent: sparse.csr_array, calendars: WorkCalendars, lots: Lots
) -> tuple[sparse.csr_array, sparse.csr_array, Flows | None]:
    """(net requirement, number of orders) of every place that hands it down, on the day its components are needed.

    And what places took of what others could spare; None where nothing is shared.
    """
    [one] = _walks(structure, [Counted(supply, lots)], independent, calendars)
    size = supply.shape[0]
    return one.handed.net(size), one.handed.orders(size), one.serving.flows() if one.serving else None


def net_of(supply: sparse.csr_array, gross: sparse.csr_array, of: Flags) -> Net:
    """(place, day, net requirement) of some places on the day it is wanted; all requirement is known already."""
    return _Ledger.of(supply, gross).net(of)


def _walks(
    structure: Structure, counted: Sequence[Counted], independent: sparse.csr_array, calendars: WorkCalendars
) -> "list[_Walk]":
    """Walks go together until they hand down something else; receipts of bought parts never part them."""
    handed = _HandedDown(structure, calendars, independent.shape[1])
    found = [_Walk(structure, one, handed) for one in counted]
    together = [found]
    for start, end in zip(structure.blocks[:-1], structure.blocks[1:], strict=True):
        together = [part for group in together for part in _parted(group, structure, independent, start, end)]
    return found


def _parted(
    group: "list[_Walk]", structure: Structure, independent: sparse.csr_array, start: int, end: int
) -> "list[list[_Walk]]":
    """Take walks that go together through a block, and part those that hand down different requirements of it."""
    handed = group[0].handed
    block = _Block(start, end, gross_of(structure, independent, handed, start, end), structure.hands_down[start:end])
    parts: list[tuple[Net, list[_Walk]]] = []
    for one in group:
        net = one.through(block)
        alike = next((walks for known, walks in parts if _same(known, net)), None)
        if alike is None:
            parts.append((net, [one]))
        else:
            alike.append(one)
    # the first go on with what is there, when the others have their copies of it
    for net, walks in reversed(parts):
        goes_on = handed if walks[0] is group[0] else handed.copy()
        goes_on.add(net, start, end)
        for one in walks:
            one.handed = goes_on
    return [walks for _, walks in parts]


class _Walk:
    """One walk on its way down: what it has found of the places so far, and what it and others have handed down."""

    def __init__(self, structure: Structure, counted: Counted, handed: "_HandedDown") -> None:
        self._counted, self.handed = counted, handed
        size, days = counted.supply.shape
        self.serving = Serving(structure.sharing, size, days) if structure.sharing else None
        self._first, self._left, self._need = np.full(size, -1, dtype=np.int32), np.zeros(size), np.zeros(size)
        kept_of = 0 if counted.watch is None else size
        self._required, self._lacking = np.zeros(size), np.zeros(kept_of)
        self._balance = np.zeros((kept_of, len(CHANCE_DAYS)))
        self._tightest = np.full_like(self._balance, np.inf)
        self._watched: list[sparse.csr_array] = []

    def through(self, block: "_Block") -> Net:
        """Net the places of a block; what they hand down."""
        start, end, gross = block.start, block.end, block.gross
        gone = expired(self._counted.lots.between(start, end), gross)
        own = _rows(self._counted.supply, start, end)
        if gone.nnz:
            own = own - gone
        if self.serving:
            own = own + _served(self.serving, block.ledger(own), own, gross, self.handed, start, end)
            givers = np.flatnonzero(self.serving.gives[start:end])
            self.serving.keep(givers + start, own[givers], gross[givers])
        self._required[start:end] = block.required
        short, net = block.netted(own)
        self._first[start:end], self._need[start:end], self._left[start:end] = short.day, short.need, short.left
        if self._counted.watch is not None:
            ledger, asked = block.ledger(own), sparse.csr_array(gross + gone) if gone.nnz else gross
            self._watched.append(_kept(asked, self._counted.watch[start:end]))
            self._balance[start:end], self._tightest[start:end] = ledger.until(CHANCE_DAYS)
            np.maximum.at(self._lacking[start:end], ledger.row[ledger.short], -ledger.balance[ledger.short])
        return net

    def walked(self) -> Walked:
        """What was found, when all blocks are behind it."""
        shape, watch = self._counted.supply.shape, self._counted.watch
        kept = sparse.csr_array(sparse.vstack(self._watched)) if self._watched else sparse.csr_array(shape)
        if self.serving:
            flows = self.serving.flows()
            _charge(flows, self._required, self._balance)
            _run_out_by_giving(self.serving, flows, self._first, self._left, self._need, self._lacking)
            if watch is not None:
                kept = kept + _kept(sparse.csr_array(flows.given(shape) - flows.taken(shape)), watch)
        return Walked(
            self._first,
            self._left,
            self._need,
            self._required,
            self._balance,
            self._tightest,
            self._lacking,
            kept,
        )


class _Block:
    """Some places and what they are asked for. Walks that count the same supply share what is found of it."""

    def __init__(self, start: int, end: int, gross: sparse.csr_array, hands_down: Flags) -> None:
        self.start, self.end, self.gross, self._hands_down = start, end, gross, hands_down
        self._ledgers: list[tuple[sparse.csr_array, _Ledger]] = []
        self._netted: list[tuple[sparse.csr_array, tuple[_Short, Net]]] = []

    @cached_property
    def required(self) -> Floats:
        return _row_sums(self.gross)

    def ledger(self, supply: sparse.csr_array) -> "_Ledger":
        known = next((ledger for other, ledger in self._ledgers if _same_cells(other, supply)), None)
        if known is None:
            known = _Ledger.of(supply, self.gross)
            self._ledgers.append((supply, known))
        return known

    def netted(self, supply: sparse.csr_array) -> "tuple[_Short, Net]":
        """What is short, and what is handed down."""
        known = next((found for other, found in self._netted if _same_cells(other, supply)), None)
        if known is None:
            known = self._as_before(supply)
            if known is None:
                ledger = self.ledger(supply)
                known = ledger.first_short, ledger.net(self._hands_down)
            self._netted.append((supply, known))
        return known

    def _as_before(self, supply: sparse.csr_array) -> "tuple[_Short, Net] | None":
        """As the walk before has it, but for places of which another supply counts; None where these hand down."""
        if not self._netted:
            return None
        other, (short, net) = self._netted[-1]
        rows = np.flatnonzero(np.diff((supply - other).indptr))
        if self._hands_down[rows].any():
            return None
        return short.but(rows, _Ledger.of(supply[rows], self.gross[rows]).first_short), net


def _same(one: tuple[Ints | Floats, ...], other: tuple[Ints | Floats, ...]) -> bool:
    return one is other or all(map(np.array_equal, one, other))


def _same_cells(one: sparse.csr_array, other: sparse.csr_array) -> bool:
    return _same((one.indptr, one.indices, one.data), (other.indptr, other.indices, other.data))


def _served(
    serving: Serving,
    ledger: "_Ledger",
    own: sparse.csr_array,
    gross: sparse.csr_array,
    handed: "_HandedDown",
    start: int,
    end: int,
) -> sparse.csr_array:
    """What the places of a block receive from others; what they can spare themselves is remembered."""
    givers = np.flatnonzero(serving.gives[start:end])
    spared = _Ledger.of(own[givers], serving.protected(givers + start, gross[givers]))
    above = np.where(spared.balance > spared.rounding[spared.row], spared.balance, np.minimum(spared.balance, 0.0))
    serving.offer(givers + start, spared.row, spared.day, above)
    asked = Asked(serving.sharing, handed.net(start), handed.orders(start), gross, start, handed.fixed_once)
    return serving.take(start, end, ledger.net(serving.takes[start:end]), own, asked)


def _charge(flows: Flows, required: Floats, balance: Floats) -> None:
    """What a place gave is requirement of its own."""
    required += np.bincount(flows.giver, flows.quantity, minlength=len(required))
    for column, day in enumerate(CHANCE_DAYS if len(balance) else ()):
        early = flows.left <= day
        balance[:, column] -= np.bincount(flows.giver[early], flows.quantity[early], minlength=len(required))


def _run_out_by_giving(
    serving: Serving, flows: Flows, first: Ints, left: Floats, need: Floats, lacking: Floats
) -> None:
    """Places that protect no more than what they need until a new order can be there, walked again with what they gave.

    They are bought, so that nobody is asked for what they lack then. All others give only what they will never need.
    """
    found = serving.kept()
    if found is None:
        return
    place, supply, gross = found
    gross = sparse.csr_array(gross + flows.given((len(first), gross.shape[1]))[place])
    gross.sort_indices()
    ledger = _Ledger.of(supply, gross)
    short = ledger.first_short
    rows = np.flatnonzero(short.day >= 0)
    at = place[rows]
    first[at], need[at], left[at] = short.day[rows], short.need[rows], short.left[rows]
    if len(lacking):
        np.maximum.at(lacking, place[ledger.row[ledger.short]], -ledger.balance[ledger.short])


def gross_of(
    structure: Structure, independent: sparse.csr_array, handed: "_HandedDown", start: int, end: int
) -> sparse.csr_array:
    """Independent demand of a block, and what its parents ask for."""
    gross = _rows(independent, start, end)
    for edges, asked in ((structure.consumed, handed.net), (structure.fixed, handed.orders)):
        if edges.indptr[end] > edges.indptr[start]:
            # the product has its days in no order; two turns put them in order in less time than a sort
            gross = gross + (rows_of(edges, start, end) @ asked(start)).tocsc().tocsr()
    if structure.dated is None:
        return gross
    some_days = structure.dated.asked(start, end, handed.net(start), structure.fixed_once)
    return gross if some_days is None else gross + some_days


@dataclass(frozen=True)
class _Short:
    """The first short day of each row, -1 without one; what is needed on it, and what is left for it."""

    day: Ints
    need: Floats
    left: Floats

    def but(self, rows: Ints, other: "_Short") -> "_Short":
        """The same with some rows as others say."""
        found = _Short(self.day.copy(), self.need.copy(), self.left.copy())
        found.day[rows], found.need[rows], found.left[rows] = other.day, other.need, other.left
        return found


@dataclass(frozen=True)
class _Ledger:
    """Changes of a block by row and day, in order, with the balance after each; ``required``: all requirement, and
    ``rounding``: what counts as that, per row; ``short``: which balances are below it.
    """

    gross: sparse.csr_array
    row: Ints
    day: Ints
    change: Floats
    balance: Floats
    required: Floats
    rounding: Floats
    short: Ints

    @classmethod
    def of(cls, supply: sparse.csr_array, gross: sparse.csr_array) -> "_Ledger":
        moves = supply - gross
        row = _row_of_cell(moves)
        # A running total per group, not one total less an offset: a gram part beside a tonne part keeps its digits.
        balance = pd.Series(moves.data, copy=False).groupby(row, sort=False).cumsum().to_numpy()
        required = _row_sums(gross)
        rounding = ROUNDING * (_row_sums(abs(supply)) + required)
        short = np.flatnonzero(balance < np.repeat(-rounding, np.diff(moves.indptr)))
        return cls(gross, row, moves.indices, moves.data, balance, required, rounding, short)

    @cached_property
    def first_short(self) -> _Short:
        at = self.short[_starts(self.row[self.short])]
        rows, size = self.row[at], len(self.required)
        day, left = np.full(size, -1, dtype=np.int32), np.zeros(size)
        day[rows] = self.day[at]
        need = _values_at(self.gross, day)
        left[rows] = self.balance[at] + need[rows]
        return _Short(day, need, left)

    def until(self, days: tuple[int, ...]) -> tuple[Floats, Floats]:
        """Sum of changes, and least balance per root of the day from day 1, up to each of some rising days.

        A column per day, rows without anything to look at infinite in the second; only days up to the last are read.
        """
        at = np.flatnonzero(self.day <= days[-1])
        size = len(self.required)
        day, every, shape = self.day[at], np.arange(days[-1] + 1), (size, len(days))
        group = self.row[at] * len(days) + np.searchsorted(days, every)[day]
        sums = np.bincount(group, self.change[at], minlength=size * len(days))
        # nothing is told of today, whose root is none
        tight = np.divide(self.balance[at], np.sqrt(every)[day], out=np.full(len(at), np.inf), where=day > 0)
        starts = np.flatnonzero(_starts(group))
        found = np.full(size * len(days), np.inf)
        found[group[starts]] = np.minimum.reduceat(tight, starts) if len(at) else np.inf
        return np.cumsum(sums.reshape(shape), axis=1), np.minimum.accumulate(found.reshape(shape), axis=1)

    def net(self, of: Flags) -> Net:
        """(row, day, net requirement) of some rows: by how much each day deepens the deepest shortage so far."""
        at, row = self.short, self.row[self.short]
        if not of.all():
            chosen = of[row]
            at, row = at[chosen], row[chosen]
        starts = _starts(row)
        deepest = _running_maximum(-self.balance[at], starts)
        before = np.r_[0.0, deepest[:-1]][: len(at)]
        before[starts] = 0.0
        more = deepest - before
        asked = more > self.rounding[row]
        return row[asked], self.day[at[asked]], more[asked]


class _HandedDown:
    """Net requirements of the places walked so far, moved to the day their components are needed.

    They are most of what a walk holds, so they stand in buffers that grow where they are: copies would double them. A
    matrix looks at the buffers, and ``add`` raises a BufferError while there still is one.
    """

    def __init__(self, structure: Structure, calendars: WorkCalendars, days: int) -> None:
        self._structure, self._calendars, self._days = structure, calendars, days
        self.fixed_once = structure.fixed_once
        self._ends = np.zeros(len(structure.nodes) + 1, dtype=np.int32)
        self._day, self._quantity = array("i"), array("d")

    def copy(self) -> "_HandedDown":
        found = copy(self)
        found._ends, found._day, found._quantity = self._ends.copy(), self._day[:], self._quantity[:]
        return found

    def add(self, net: Net, start: int, end: int) -> None:
        row, day, quantity = net
        needed = self._needed(row, day, quantity, slice(start, end))
        self._day.frombytes(np.ascontiguousarray(needed, dtype=np.intc).view(np.uint8).data)
        self._quantity.frombytes(np.ascontiguousarray(quantity).view(np.uint8).data)
        within = np.searchsorted(row, np.arange(end - start, dtype=row.dtype), side="right")
        self._ends[start + 1 : end + 1] = self._ends[start] + within

    def _needed(self, row: Ints, day: Ints, quantity: Floats, block: slice) -> Ints:
        """Day on which the components of a net requirement are needed; ``row``: into the block."""
        site, made_in = self._structure.site[block], self._structure.made_in[block]
        if made_in.by_quantity:
            return self._calendars.earlier(site[row], day, made_in[row].work_days(quantity))
        by, table = self._calendars.tabulated(site, made_in.days)
        # one number per cell is looked up in a quarter of the time that two take
        return np.asarray(table.ravel()[(by * table.shape[1])[row] + day])

    def net(self, places: int) -> sparse.csr_array:
        return self._matrix(np.asarray(self._quantity)[: self._ends[places]], places)

    def orders(self, places: int) -> sparse.csr_array:
        """One order per day of net requirement, or one in all where fixed quantities count once."""
        count = np.ones(self._ends[places])
        if self.fixed_once:
            starts = self._ends[:places][np.diff(self._ends[: places + 1]) > 0]
            count[:] = 0.0
            count[starts] = 1.0
        return self._matrix(count, places)

    def _matrix(self, values: Floats, places: int) -> sparse.csr_array:
        filled = self._ends[places]
        day = np.asarray(self._day)[:filled]
        return sparse.csr_array((values, day, self._ends[: places + 1]), shape=(places, self._days))


def _rows(matrix: sparse.csr_array, start: int, end: int) -> sparse.csr_array:
    indptr = matrix.indptr[start : end + 1]
    cells = slice(indptr[0], indptr[-1])
    return sparse.csr_array(
        (matrix.data[cells], matrix.indices[cells], indptr - indptr[0]), shape=(end - start, matrix.shape[1])
    )


def _kept(matrix: sparse.csr_array, rows: Flags) -> sparse.csr_array:
    """The matrix with nothing in other rows."""
    size = np.diff(matrix.indptr)
    cells = np.repeat(rows, size)
    indptr = np.concatenate([[0], np.cumsum(size * rows)], dtype=matrix.indptr.dtype)
    return sparse.csr_array((matrix.data[cells], matrix.indices[cells], indptr), shape=matrix.shape)


def _row_sums(matrix: sparse.csr_array) -> Floats:
    """Added up in order of days, one after the other."""
    return np.asarray(matrix @ np.ones(matrix.shape[1]), dtype=np.float64)


def _row_of_cell(matrix: sparse.csr_array) -> Ints:
    return np.repeat(np.arange(matrix.shape[0], dtype=np.int32), np.diff(matrix.indptr))


def _starts(row: Ints) -> Flags:
    """Where a new row begins, of cells in order of rows."""
    return np.asarray(np.r_[True, row[1:] != row[:-1]][: len(row)])


def _running_maximum(found: Floats, starts: Flags) -> Floats:
    """The largest value of a row so far, in the place of the values; ``starts``: where a row begins.

    Few values are less than the one before them: each of these is raised to it, and then what follows is looked at.
    """
    at = 1 + np.flatnonzero((found[1:] < found[:-1]) & ~starts[1:])
    while len(at):
        found[at] = found[at - 1]
        at = at[at < len(found) - 1] + 1
        at = at[~starts[at] & (found[at] < found[at - 1])]
    return found


def _values_at(matrix: sparse.csr_array, column: Ints) -> Floats:
    """One cell of each row; 0 where there is none, or the column is -1."""
    found = np.zeros(matrix.shape[0])
    at = np.flatnonzero(np.repeat(column, np.diff(matrix.indptr)) == matrix.indices)
    found[_row_of_cell(matrix)[at]] = matrix.data[at]
    return found
