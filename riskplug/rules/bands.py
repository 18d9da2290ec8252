"""Bands of a rule: are they in order, can each be reached, and where does a clear margin leave them?"""

from dataclasses import replace

from riskplug.catalogue import SEVERITIES
from riskplug.rules.check import Scope, kind_of
from riskplug.rules.tree import All, AnyOf, Arithmetic, Column, Compare, Literal, Negate, Node, Not, walk

Linear = tuple[dict[Node, float], float]


def unreachable(earlier: Node, later: Node) -> bool:
    """Whether ``later`` can never win because ``earlier`` holds wherever it holds; only what is provable."""
    if earlier == later:
        return True
    first, second = bound(earlier), bound(later)
    if first is None or second is None:
        return False
    (terms, limit, strict), (other, other_limit, other_strict) = first, second
    return terms == other and (limit < other_limit or (limit == other_limit and (not strict or other_strict)))


def in_order(severities: list[str]) -> bool:
    return severities == sorted(severities, key=SEVERITIES.index)


def relax(node: Node, margin: Literal, scope: Scope, widen: bool = True) -> Node:
    """The condition with each threshold of the margin's unit moved so that more rows hold."""
    match node:
        case All(parts=parts) | AnyOf(parts=parts):
            return replace(node, parts=tuple(relax(part, margin, scope, widen) for part in parts))
        case Not(part=part):
            return Not(relax(part, margin, scope, not widen), node.at)
        case Compare(operator=operator, left=left, right=right) if operator[0] in "<>":
            kind = kind_of(left, scope)
            kind = kind_of(right, scope) if kind == "bare" else kind
            if kind == margin.kind or (margin.kind == "bare" and kind != "date"):
                sign = "+" if (operator[0] == "<") == widen else "-"
                return Compare(operator, left, Arithmetic(sign, right, margin, node.at), node.at)
    return node


def bound(node: Node) -> tuple[dict[Node, float], float, bool] | None:
    """``terms + constant < 0`` (or <= 0: not strict) for a single ordered comparison, else None.

    None as well where that is not the same: two runways may both be endless, and what cancels out may be unknown.
    """
    if not isinstance(node, Compare) or node.operator[0] not in "<>":
        return None
    sign = 1.0 if node.operator[0] == "<" else -1.0
    terms, constant = _sum(_linear(node.left, sign), _linear(node.right, -sign))
    runways = sum(isinstance(found, Column) and bool(found.state) for found in walk(node))
    if runways > 1 or not all(terms.values()):
        return None
    return terms, constant, "=" not in node.operator


def _linear(node: Node, factor: float) -> Linear:
    match node:
        case Literal(value=float() as value):
            return {}, factor * value
        case Negate(operand=operand):
            return _linear(operand, -factor)
        case Arithmetic(operator="+" | "-" as operator, left=left, right=right):
            return _sum(_linear(left, factor), _linear(right, factor if operator == "+" else -factor))
        case Arithmetic(operator="*", left=left, right=Literal(value=float() as value)):
            return _linear(left, factor * value)
        case Arithmetic(operator="*", left=Literal(value=float() as value), right=right):
            return _linear(right, factor * value)
    return {node: factor}, 0.0


def _sum(first: Linear, second: Linear) -> Linear:
    terms = dict(first[0])
    for term, factor in second[0].items():
        terms[term] = terms.get(term, 0.0) + factor
    return terms, first[1] + second[1]
