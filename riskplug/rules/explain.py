"""Why a rule does or does not hold for one row: each sub-condition with its values and its truth."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from riskplug.rules.interpreter import interpret, plain
from riskplug.rules.rule import Rule
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
    Name,
    Negate,
    Node,
    Not,
    columns,
    day_number,
)

TRUTHS = {True: "true", False: "false", None: "undetermined"}


@dataclass(frozen=True, slots=True)
class Step:
    """One condition: how deep it stands, its text, the values it read, and whether it holds."""

    depth: int
    part: str
    text: str
    values: Mapping[str, object]
    truth: str


def explain_rule(rule: Rule, row: Mapping[str, Any], on: date, horizon_days: float) -> list[Step]:
    """Each condition of the rule for one fact row (column to value), parts below their whole.

    A rule kind in Python explains itself in its findings: it gives no steps.
    """
    if rule.when is None:
        return []
    wholes = [("when", rule.when)] if rule.when_text else []
    wholes += [(band.severity, band.condition) for band in rule.bands if band.text]
    return [step for part, node in wholes for step in _steps(part, node, 0, row, on, horizon_days)]


def _steps(part: str, node: Node, depth: int, row: Mapping[str, Any], on: date, horizon: float) -> Iterator[Step]:
    truth = interpret(node, row, on, horizon)
    values = {name: plain(row.get(name)) for column in columns(node) for name in (column.name, column.state) if name}
    yield Step(depth, part, show(node), values, TRUTHS[truth])
    below = node.parts if isinstance(node, All | AnyOf) else (node.part,) if isinstance(node, Not) else ()
    for child in below:
        yield from _steps(part, child, depth + 1, row, on, horizon)


def show(node: Node) -> str:
    """A tree as rule text again, brackets where they matter."""
    match node:
        case Literal():
            return _literal(node)
        case Name(name=name) | Column(name=name):
            return name
        case Negate(operand=operand):
            return f"-{_inner(operand)}"
        case Arithmetic(operator=operator, left=left, right=right) | Compare(operator=operator, left=left, right=right):
            return f"{_inner(left)} {operator} {_inner(right)}"
        case Call(function=function, arguments=arguments):
            return f"{function}({', '.join(map(show, arguments))})"
        case Member(item=item, listed=listed):
            return f"{_inner(item)} in " + (
                listed.name if isinstance(listed, Name) else f"[{', '.join(map(show, listed))}]"
            )
        case Missing(item=item):
            return f"{_inner(item)} is missing"
        case Not(part=Missing(item=item)):
            return f"{_inner(item)} is known"
        case Not(part=part):
            return f"not {_inner(part)}"
        case All(parts=parts):
            return " and ".join(map(_inner, parts))
        case AnyOf(parts=parts):
            return " or ".join(map(_inner, parts))


def _inner(node: Node) -> str:
    compound = isinstance(node, All | AnyOf | Arithmetic | Compare | Member | Missing | Not)
    return f"({show(node)})" if compound else show(node)


def _literal(node: Literal) -> str:
    if isinstance(node.value, bool):
        return "true" if node.value else "false"
    if isinstance(node.value, str):
        return f'"{node.value}"' if '"' not in node.value else f"'{node.value}'"
    if node.kind == "date":
        return date.fromordinal(int(node.value - day_number(date(1, 1, 1))) + 1).isoformat()
    unit = " days" if node.kind == "days" else f" {node.currency}" if node.currency else ""
    return f"{node.value:.12g}{unit}"
