"""One row at a time, the obvious way: what ``explain`` shows, and the oracle that vector.py is tested against.

A truth is True, False or None (undetermined). A number is a pair (low, high) or None (unknown); text is str or None.
"""

import math
from collections.abc import Mapping
from datetime import date
from typing import Any

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

Row = Mapping[str, Any]
Interval = tuple[float, float]


def interpret(node: Node, row: Row, on: date, horizon_days: float) -> Any:
    """The value of a checked tree in one row; ``row`` holds plain Python values, None or NaN for unknown."""

    def value(child: Node) -> Any:
        return interpret(child, row, on, horizon_days)

    match node:
        case Literal(value=constant):
            return (constant, constant) if isinstance(constant, float) else constant
        case Column():
            return _column(node, row, horizon_days)
        case All(parts=parts):
            return _all([value(part) for part in parts])
        case AnyOf(parts=parts):
            return _not(_all([_not(value(part)) for part in parts]))
        case Not(part=part):
            return _not(value(part))
        case Missing(item=item):
            return value(item) is None
        case Compare(operator=operator, left=left, right=right):
            return _compare(operator, value(left), value(right))
        case Member(item=item, listed=tuple() as listed):
            return _member(value(item), [value(one) for one in listed_on(listed, day_number(on))])
        case Negate(operand=operand):
            inside = value(operand)
            return None if inside is None else (-inside[1], -inside[0])
        case Arithmetic(operator=operator, left=left, right=right):
            return _arithmetic(operator, value(left), value(right))
        case Call(function="days_until", arguments=(day,)):
            return _arithmetic("-", value(day), (day_number(on), day_number(on)))
        case Call(function="in_list", arguments=(item, *values)):
            return _call("in_list", [value(item), *(one.value for one in listed_on(values, day_number(on)))])
        case Call(function=function, arguments=arguments):
            return _call(function, [value(item) for item in arguments])
    raise TypeError(f"unchecked node {node}")


def plain(value: Any) -> Any:
    """A cell as a plain Python value, None for every kind of missing."""
    return None if value is None or value is pd.NA or value is pd.NaT or value != value else value


def _column(column: Column, row: Row, horizon_days: float) -> Any:
    value = plain(row.get(column.name))
    if column.state:
        state = plain(row.get(column.state))
        if state == "already_short":
            return (0.0, 0.0)
        if state == "no_demand":
            return (math.inf, math.inf)
        if state == "covered_to_horizon":
            return (math.nextafter(horizon_days, math.inf), math.inf)
        if state == "unknown":
            return None
    if value is None or column.kind in ("text", "choice", "country"):
        return value
    if column.kind == "flag":
        return bool(value)
    number = pd.Timestamp(value).timestamp() / 86_400 if column.kind == "date" else float(value)
    return (number, number)


def _not(truth: bool | None) -> bool | None:
    return None if truth is None else not truth


def _all(truths: list[bool | None]) -> bool | None:
    if False in truths:
        return False
    return None if None in truths else True


def _compare(operator: str, left: Any, right: Any) -> bool | None:
    if left is None or right is None:
        return None
    if not isinstance(left, tuple):
        return bool(left == right) if operator == "==" else bool(left != right)
    (low, high), (least, most) = left, right
    if operator == "<":
        return True if high < least else False if low >= most else None
    if operator == "<=":
        return True if high <= least else False if low > most else None
    if operator == ">":
        return True if low > most else False if high <= least else None
    if operator == ">=":
        return True if low >= most else False if high < least else None
    same = True if low == high == least == most else False if high < least or low > most else None
    return same if operator == "==" else _not(same)


def _member(item: Any, listed: list[Any]) -> bool | None:
    if item is None:
        return None
    return _not(_all([_not(_compare("==", item, one)) for one in listed]))


def _arithmetic(operator: str, left: Interval | None, right: Interval | None) -> Interval | None:
    if left is None or right is None:
        return None
    if operator in ("+", "-"):
        low, high = right if operator == "+" else (-right[1], -right[0])
        ends = [left[0] + low, left[1] + high]
    elif operator == "*":
        ends = [a * b for a in left for b in right]
    elif right[0] <= 0 <= right[1]:
        return None
    else:
        ends = [a / b for a in left for b in right]
    return None if any(math.isnan(end) for end in ends) else (min(ends), max(ends))


def _call(function: str, values: list[Any]) -> Any:
    first = values[0]
    if function == "coalesce":
        return next((value for value in values if value is not None), None)
    if any(value is None for value in values):
        return None
    if function == "abs":
        inside = first[0] <= 0 <= first[1]
        return (0.0 if inside else min(map(abs, first)), max(map(abs, first)))
    if function in ("min", "max"):
        pick = min if function == "min" else max
        return (pick(value[0] for value in values), pick(value[1] for value in values))
    if function == "lower":
        return first.lower()
    if function == "starts_with":
        return first.startswith(values[1])
    return any(piece.strip() in values[1:] for piece in first.split(","))
