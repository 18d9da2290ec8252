"""Evaluation of checked trees over whole fact frames, in three-valued logic.

A truth is two masks: where it is surely true and where it is surely false; neither is undetermined. A number is an
interval per row, because ``covered_to_horizon`` only says *later than the horizon*: comparisons that every point of
the interval answers alike are decided, the rest undetermined. Text is compared by code, each distinct word once.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import reduce
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from riskplug.rules.tree import (
    All,
    AnyOf,
    Arithmetic,
    Call,
    Column,
    Compare,
    Literal,
    Member,
    Missing,
    Negate,
    Node,
    Not,
    day_number,
    listed_on,
)

Floats = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]
Codes = npt.NDArray[Any]
Rows = npt.NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class Truth:
    """Where a condition is true and where it is false."""

    yes: Mask
    no: Mask

    @property
    def undetermined(self) -> Mask:
        return ~(self.yes | self.no)


@dataclass(frozen=True, slots=True)
class Number:
    """Closed intervals; ``high`` is None where every interval is a point. Values are arbitrary where not known."""

    low: Floats
    high: Floats | None
    known: Mask

    @property
    def top(self) -> Floats:
        return self.low if self.high is None else self.high


@dataclass(frozen=True, slots=True)
class Text:
    """Codes into distinct words; -1 is unknown."""

    codes: Codes
    words: npt.NDArray[np.object_]

    @property
    def known(self) -> Mask:
        return self.codes >= 0


Value = Truth | Number | Text
# Up to so many words each is compared by itself, which takes a fiftieth of the time of looking all up in a table.
_FEW_WORDS = 20


class FactColumns:
    """The columns of one fact frame as arrays, converted once each and shared by all rules of the grain."""

    def __init__(self, frame: pd.DataFrame, on: date, horizon_days: float) -> None:
        self._frame = frame
        self.rows = len(frame)
        self.on = on
        self.horizon = float(horizon_days)
        self._values: dict[Column, Value] = {}
        self._within: tuple[FactColumns, Rows] | None = None
        self._names: list[str] | None = None

    @property
    def frame(self) -> pd.DataFrame:
        """The rows themselves; rows taken from a larger frame are copied only here."""
        if self._within is not None and len(self._frame) != self.rows:
            whole, rows = self._within
            self._frame = (whole.frame if self._names is None else whole.frame[self._names]).iloc[rows]
        return self._frame

    def value(self, column: Column) -> Value:
        if column not in self._values:
            self._values[column] = (
                self._read(column) if self._within is None else _take(self._within[0].value(column), self._within[1])
            )
        return self._values[column]

    def take(self, rows: Rows, names: Sequence[str] | None = None) -> "FactColumns":
        """The same for some rows; columns are taken when asked for. ``names``: all that ``frame`` must have."""
        some = FactColumns(self._frame.iloc[:0], self.on, self.horizon)
        some.rows = len(rows)
        some._names = None if names is None else list(names)
        some._within = (self, rows) if self._within is None else (self._within[0], self._within[1][rows])
        return some

    def _read(self, column: Column) -> Value:
        series = self.frame[column.name]
        if column.kind in ("text", "choice", "country"):
            return as_text(series)
        if column.kind == "flag":
            return Truth(
                series.eq(True).fillna(False).to_numpy(dtype=bool), series.eq(False).fillna(False).to_numpy(dtype=bool)
            )
        numbers = as_days(series) if column.kind == "date" else series.to_numpy(dtype=np.float64)
        point = Number(numbers, None, ~np.isnan(numbers))
        return self._runway(point, as_text(self.frame[column.state])) if column.state else point

    def _runway(self, days: Number, state: Text) -> Number:
        """Days and state read together (catalogue); a value without a state is taken as it stands."""
        already, endless, covered, unknown = (
            _in_words(state, [word]) for word in ("already_short", "no_demand", "covered_to_horizon", "unknown")
        )
        low = np.where(already, 0.0, np.where(endless, np.inf, np.where(covered, beyond(self.horizon), days.low)))
        known = (days.known | already | endless | covered) & ~unknown
        return Number(low, np.where(covered, np.inf, low), known)


def beyond(limit: float) -> float:
    """The first number later than the limit: an open interval made closed."""
    return float(np.nextafter(limit, np.inf))


def as_days(series: pd.Series) -> Floats:
    """Dates as day numbers since 1970-01-01; NaT is NaN."""
    stamps = series.to_numpy(dtype="datetime64[s]")
    days: Floats = stamps.astype(np.int64) / 86_400.0
    return np.where(np.isnat(stamps), np.nan, days)


def as_text(series: pd.Series) -> Text:
    """Codes and distinct words of a text or categorical column."""
    if isinstance(series.dtype, pd.CategoricalDtype):
        return Text(series.cat.codes.to_numpy(), np.asarray(series.cat.categories.astype(object), dtype=object))
    codes, words = pd.factorize(series)
    return Text(codes, np.asarray(words, dtype=object))


def decide(node: Node, facts: FactColumns) -> Truth:
    """The truth of a condition in every row."""
    value = _value(node, facts)
    if not isinstance(value, Truth):
        raise TypeError(f"not a condition: {node}")
    rows = (facts.rows,)
    return Truth(np.broadcast_to(value.yes, rows), np.broadcast_to(value.no, rows))


def measure(node: Node, facts: FactColumns) -> Floats:
    """The numbers of an expression; NaN where unknown, endless or only known to lie beyond the horizon."""
    value = _value(node, facts)
    if not isinstance(value, Number):
        return np.full(facts.rows, np.nan)
    plain = value.known & np.isfinite(value.low) & (value.top == value.low)
    return np.broadcast_to(np.where(plain, value.low, np.nan), (facts.rows,))


def known(column: Column, facts: FactColumns) -> Mask:
    """Where a column has a value, and one that is not merely *beyond the horizon*."""
    value = facts.value(column)
    if isinstance(value, Truth):
        return value.yes | value.no
    return value.known & (value.top == value.low) if isinstance(value, Number) else value.known


def _value(node: Node, facts: FactColumns) -> Value:
    match node:
        case Literal():
            return _constant(node)
        case Column():
            return facts.value(node)
        case All(parts=parts):
            return reduce(lambda a, b: Truth(a.yes & b.yes, a.no | b.no), [_truth(part, facts) for part in parts])
        case AnyOf(parts=parts):
            return reduce(lambda a, b: Truth(a.yes | b.yes, a.no & b.no), [_truth(part, facts) for part in parts])
        case Not(part=part):
            inside = _truth(part, facts)
            return Truth(inside.no, inside.yes)
        case Missing(item=item):
            here = _here(_value(item, facts))
            return Truth(~here, here)
        case Compare(operator=operator, left=left, right=right):
            return _compare(operator, _value(left, facts), _value(right, facts))
        case Member(item=item, listed=tuple() as listed):
            return _member(_value(item, facts), listed_on(listed, day_number(facts.on)))
        case Negate(operand=operand):
            number = _number(operand, facts)
            return Number(-number.top, None if number.high is None else -number.low, number.known)
        case Arithmetic(operator=operator, left=left, right=right):
            return _ARITHMETIC[operator](_number(left, facts), _number(right, facts))
        case Call(function=function, arguments=arguments):
            return _call(function, arguments, facts)
    raise TypeError(f"unchecked node {node}")


def _here(value: Value) -> Mask:
    """Where a value is known."""
    return value.yes | value.no if isinstance(value, Truth) else value.known


def _truth(node: Node, facts: FactColumns) -> Truth:
    value = _value(node, facts)
    assert isinstance(value, Truth)
    return value


def _number(node: Node, facts: FactColumns) -> Number:
    value = _value(node, facts)
    assert isinstance(value, Number)
    return value


def _constant(node: Literal) -> Value:
    if isinstance(node.value, bool):
        return Truth(np.asarray(node.value), np.asarray(not node.value))
    if isinstance(node.value, str):
        return Text(np.zeros((), dtype=np.int8), np.asarray([node.value], dtype=object))
    return Number(np.asarray(node.value), None, np.asarray(True))


def _compare(operator: str, left: Value, right: Value) -> Truth:
    if isinstance(left, Number) and isinstance(right, Number):
        return _compare_numbers(operator, left, right)
    if isinstance(left, Text) and isinstance(right, Text):
        same = _same_text(left, right)
        decided = left.known & right.known
    elif isinstance(left, Truth) and isinstance(right, Truth):
        same = (left.yes & right.yes) | (left.no & right.no)
        decided = (left.yes | left.no) & (right.yes | right.no)
    else:
        raise TypeError("operands of different kinds")
    yes, no = same & decided, ~same & decided
    return Truth(yes, no) if operator == "==" else Truth(no, yes)


def _compare_numbers(operator: str, left: Number, right: Number) -> Truth:
    if operator in (">", ">="):
        return _compare_numbers({">": "<", ">=": "<="}[operator], right, left)
    if operator == "!=":
        equal = _compare_numbers("==", left, right)
        return Truth(equal.no, equal.yes)
    decided = left.known & right.known
    if operator == "<":
        yes, no = left.top < right.low, left.low >= right.top
    elif operator == "<=":
        yes, no = left.top <= right.low, left.low > right.top
    else:
        yes = (left.top <= right.low) & (left.low >= right.top)
        no = (left.top < right.low) | (left.low > right.top)
    return Truth(yes & decided, no & decided)


def _same_text(left: Text, right: Text) -> Mask:
    if left.codes.ndim == 0:
        left, right = right, left
    if right.codes.ndim == 0:
        return _in_words(left, list(right.words))
    numbered, _ = pd.factorize(np.concatenate([left.words, right.words]))
    first, second = numbered[: len(left.words)], numbered[len(left.words) :]
    return np.asarray(_at(first, left.codes) == _at(second, right.codes))


def _at(table: Codes, codes: Codes) -> Codes:
    return np.asarray(np.append(table, -1)[codes])


def _in_words(text: Text, words: list[object]) -> Mask:
    """Where the word is one of these; false where unknown."""
    hit = np.zeros(len(text.words) + 1, dtype=bool)
    for word in words:
        hit[:-1] |= text.words == word
    hits = np.flatnonzero(hit)
    if len(hits) > _FEW_WORDS:
        return np.asarray(hit[text.codes])
    found = np.zeros(text.codes.shape, dtype=bool)
    for code in hits:
        found |= text.codes == code
    return found


def _member(item: Value, listed: tuple[Literal, ...]) -> Truth:
    if isinstance(item, Text):
        hit = _in_words(item, [value.value for value in listed])
        return Truth(hit, ~hit & item.known)
    each = [_compare("==", item, _constant(value)) for value in listed]
    none = Truth(np.asarray(False), _here(item))
    return reduce(lambda a, b: Truth(a.yes | b.yes, a.no & b.no), each, none)


def _made(low: Floats, high: Floats | None, known: Mask) -> Number:
    """A computed number; what has no value (0/0, inf - inf) is unknown."""
    sane = ~np.isnan(low) if high is None else ~(np.isnan(low) | np.isnan(high))
    return Number(low, high, known & sane)


def _add(left: Number, right: Number) -> Number:
    with np.errstate(all="ignore"):
        exact = left.high is None and right.high is None
        return _made(left.low + right.low, None if exact else left.top + right.top, left.known & right.known)


def _subtract(left: Number, right: Number) -> Number:
    return _add(left, Number(-right.top, None if right.high is None else -right.low, right.known))


def _multiply(left: Number, right: Number) -> Number:
    with np.errstate(all="ignore"):
        decided = left.known & right.known
        if left.high is None and right.high is None:
            return _made(left.low * right.low, None, decided)
        corners = [left.low * right.low, left.low * right.top, left.top * right.low, left.top * right.top]
        return _made(reduce(np.minimum, corners), reduce(np.maximum, corners), decided)


def _divide(left: Number, right: Number) -> Number:
    with np.errstate(all="ignore"):
        decided = left.known & right.known & ~((right.low <= 0) & (right.top >= 0))
        if left.high is None and right.high is None:
            return _made(left.low / right.low, None, decided)
        corners = [left.low / right.low, left.low / right.top, left.top / right.low, left.top / right.top]
        return _made(reduce(np.minimum, corners), reduce(np.maximum, corners), decided)


_ARITHMETIC = {"+": _add, "-": _subtract, "*": _multiply, "/": _divide}


def _call(function: str, arguments: tuple[Node, ...], facts: FactColumns) -> Value:
    first = _value(arguments[0], facts)
    if function == "coalesce":
        return reduce(_first_known, [_value(item, facts) for item in arguments])
    if isinstance(first, Number):
        return _numeric_call(function, first, arguments, facts)
    assert isinstance(first, Text)
    if function == "lower":
        return Text(first.codes, np.asarray([str(word).lower() for word in first.words], dtype=object))
    values = [str(item.value) for item in listed_on(arguments[1:], day_number(facts.on))]
    if function == "starts_with":
        hits = [str(word).startswith(values[0]) for word in first.words]
    else:
        wanted = set(values)
        hits = [any(piece.strip() in wanted for piece in str(word).split(",")) for word in first.words]
    found = np.asarray([*hits, False], dtype=bool)[first.codes]
    return Truth(found, ~found & first.known)


def _numeric_call(function: str, first: Number, arguments: tuple[Node, ...], facts: FactColumns) -> Number:
    if function == "days_until":
        return _subtract(first, Number(np.asarray(day_number(facts.on)), None, np.asarray(True)))
    if function == "abs":
        return _absolute(first)
    pick = np.minimum if function == "min" else np.maximum
    numbers = [first, *(_number(item, facts) for item in arguments[1:])]
    with np.errstate(invalid="ignore"):
        return reduce(
            lambda a, b: Number(
                pick(a.low, b.low),
                None if a.high is None and b.high is None else pick(a.top, b.top),
                a.known & b.known,
            ),
            numbers,
        )


def _absolute(number: Number) -> Number:
    if number.high is None:
        return Number(np.abs(number.low), None, number.known)
    ends = np.abs(number.low), np.abs(number.high)
    crosses = (number.low <= 0) & (number.high >= 0)
    return Number(np.where(crosses, 0.0, np.minimum(*ends)), np.maximum(*ends), number.known)


def _first_known(left: Value, right: Value) -> Value:
    if isinstance(left, Truth) and isinstance(right, Truth):
        open_ = left.undetermined
        return Truth(left.yes | (open_ & right.yes), left.no | (open_ & right.no))
    if isinstance(left, Number) and isinstance(right, Number):
        exact = left.high is None and right.high is None
        return Number(
            np.where(left.known, left.low, right.low),
            None if exact else np.where(left.known, left.top, right.top),
            left.known | right.known,
        )
    assert isinstance(left, Text) and isinstance(right, Text)
    shifted = np.where(right.codes < 0, -1, right.codes.astype(np.int64) + len(left.words))
    return Text(np.where(left.known, left.codes, shifted), np.concatenate([left.words, right.words]))


def _take(value: Value, rows: Rows) -> Value:
    if isinstance(value, Truth):
        return Truth(value.yes[rows], value.no[rows])
    if isinstance(value, Text):
        return Text(value.codes[rows], value.words)
    return Number(value.low[rows], None if value.high is None else value.high[rows], value.known[rows])
