"""The tree of a rule expression: what the parser builds, the checker types and the evaluators walk.

Equal text at different places gives equal nodes: ``at`` (offset in the text, for messages) is not compared. Dates are
day numbers since 1970-01-01, durations are days, so both compute as floats.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, fields
from datetime import date
from types import MappingProxyType

Scalar = float | str | bool


@dataclass(frozen=True, slots=True)
class Literal:
    """A constant. ``kind`` is ``bare`` for a number without unit, which fits any unit it is compared with.

    ``currency`` of an amount of money, where it is written. ``first`` and ``last``: the days (inclusive) between which
    a value of a list is one; None is open.
    """

    value: Scalar
    kind: str
    at: int = field(default=0, compare=False)
    currency: str = ""
    first: float | None = None
    last: float | None = None

    def in_force(self, day: float) -> bool:
        """Whether a value of a list is one on the day."""
        return (self.first is None or self.first <= day) and (self.last is None or day <= self.last)


@dataclass(frozen=True, slots=True)
class Name:
    """A word as written, before the checker knows what it stands for."""

    name: str
    at: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Column:
    """A column of the grain. ``state`` names the column that qualifies a runway, or is empty."""

    name: str
    kind: str
    state: str = ""
    at: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Negate:
    operand: "Node"
    at: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Arithmetic:
    operator: str
    left: "Node"
    right: "Node"
    at: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Call:
    function: str
    arguments: tuple["Node", ...]
    at: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Compare:
    operator: str
    left: "Node"
    right: "Node"
    at: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Member:
    """``item in [..]`` or in a named list: ``listed`` is the name until the checker puts the values there."""

    item: "Node"
    listed: "tuple[Literal, ...] | Name"
    at: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Missing:
    item: "Node"
    at: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class All:
    parts: tuple["Node", ...]
    at: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class AnyOf:
    parts: tuple["Node", ...]
    at: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Not:
    part: "Node"
    at: int = field(default=0, compare=False)


Node = Literal | Name | Column | Negate | Arithmetic | Call | Compare | Member | Missing | All | AnyOf | Not

ALWAYS = Literal(True, "truth")


def children(node: Node) -> Iterator[Node]:
    """The nodes directly below."""
    for item in fields(node):
        value = getattr(node, item.name)
        for child in value if isinstance(value, tuple) else (value,):
            if isinstance(child, Node):
                yield child


def walk(node: Node) -> Iterator[Node]:
    """The node and everything below, in reading order."""
    yield node
    for child in children(node):
        yield from walk(child)


def extent(node: Node, named: Mapping[str, tuple[int, int]] = MappingProxyType({})) -> tuple[int, int]:
    """How many nodes a tree has, constants not counted, and how deep it is; ``named``: the same of names within it."""
    if isinstance(node, Literal):
        return 0, 1
    if isinstance(node, Name) and node.name in named:
        return named[node.name]
    below = [extent(child, named) for child in children(node)]
    return 1 + sum(count for count, _ in below), 1 + max((depth for _, depth in below), default=0)


def columns(node: Node) -> tuple[Column, ...]:
    """The distinct columns an expression reads, in reading order."""
    return tuple(dict.fromkeys(found for found in walk(node) if isinstance(found, Column)))


def listed_on(values: Iterable[Node], day: float) -> tuple[Literal, ...]:
    """The values of a list that are in force on the day."""
    return tuple(value for value in values if isinstance(value, Literal) and value.in_force(day))


def conditions(node: Node) -> Iterator[Node]:
    """The smallest pieces that are true, false or undetermined by themselves."""
    if isinstance(node, All | AnyOf | Not):
        for child in children(node):
            yield from conditions(child)
    else:
        yield node


def day_number(day: date) -> float:
    return float(day.toordinal() - _EPOCH)


_EPOCH = date(1970, 1, 1).toordinal()
