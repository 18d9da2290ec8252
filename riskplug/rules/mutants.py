"""Do the tests of a rule hold it? The rule is changed a little, over and over, and its tests must notice every time.

A change that no test notices is a boundary nobody wrote down, or a clause that could go. Changes follow the usual
operators of mutation testing (DeMillo, Lipton and Sayward 1978; relational operators, clauses and boundaries).
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace

from riskplug.catalogue import GRAINS, Grain
from riskplug.rules.explain import show
from riskplug.rules.rule import Band, Rule
from riskplug.rules.ruletests import run_tests
from riskplug.rules.tree import ALWAYS, All, AnyOf, Call, Column, Compare, Member, Missing, Node, Not, columns

# what an operator becomes: its opposite, and for an ordering its other boundary
_OTHER = {"<": (">=", "<="), "<=": (">", "<"), ">": ("<=", ">="), ">=": ("<", ">"), "==": ("!=",), "!=": ("==",)}

_CONDITIONS = (All, AnyOf, Not, Compare, Member, Missing)


@dataclass(frozen=True, slots=True)
class Mutant:
    """The rule with one change: ``part`` is ``when`` or a severity, ``change`` says what became what."""

    part: str
    change: str
    rule: Rule


def mutants(rule: Rule) -> Iterator[Mutant]:
    """Every rule that differs from this one in one comparison, boundary or clause; none for a rule kind in Python."""
    if rule.when is None:
        return
    if rule.when != ALWAYS:
        for change, node in _changed(rule.when):
            yield Mutant("when", change, replace(rule, when=node))
    for at, band in enumerate(rule.bands):
        if not band.text:
            continue
        for change, node in _changed(band.condition):
            yield Mutant(band.severity, change, replace(rule, bands=_with_band(rule, at, node)))
        if len(rule.bands) > 1:
            others = (*rule.bands[:at], *rule.bands[at + 1 :])
            yield Mutant(band.severity, "band left out", replace(rule, bands=others))


def survivors(rule: Rule, catalogue: Mapping[str, Grain] = GRAINS) -> list[Mutant]:
    """The changes that the rule's tests do not notice; all of them for a rule without tests.

    Ask only for rules whose tests pass: a failing test notices everything.
    """
    return [mutant for mutant in mutants(rule) if not run_tests(mutant.rule, catalogue).failures]


def _with_band(rule: Rule, at: int, node: Node) -> tuple[Band, ...]:
    return tuple(replace(band, condition=node) if n == at else band for n, band in enumerate(rule.bands))


def _changed(node: Node) -> Iterator[tuple[str, Node]]:
    """The node with one change each, itself or below, and the change in words."""
    if not columns(node):  # a parameter's constant: changing it tests the workspace, not the rule
        return
    match node:
        case All(parts=parts) | AnyOf(parts=parts):
            yield from _left_out(node, parts)
            for at, part in enumerate(parts):
                put = _putting(node, parts, at)
                yield from ((change, put(other)) for change, other in _changed(part))
        case Not(part=Missing() as missing):
            yield _words(node, missing)
        case Not(part=part):
            yield _words(node, part)
            yield from ((change, Not(other, node.at)) for change, other in _changed(part))
        case Compare(operator=operator):
            yield from (_words(node, replace(node, operator=other)) for other in _OTHER[operator])
            yield from _inside(node, (node.left, node.right))
        case Member(listed=listed):
            yield _words(node, Not(node, node.at))
            yield from _shorter(node, listed)
        case Missing() | Column():
            yield _words(node, Not(node, node.at))
        case Call(arguments=arguments):
            yield _words(node, Not(node, node.at))
            yield from _inside(node, arguments)


def _inside(node: Compare | Call, parts: tuple[Node, ...]) -> Iterator[tuple[str, Node]]:
    """Changes of the conditions that stand as values: ``coalesce(on_hand < 5, false)``."""
    for at, part in enumerate(parts):
        for change, other in _changed(part) if isinstance(part, _CONDITIONS) else ():
            put = (*parts[:at], other, *parts[at + 1 :])
            if isinstance(node, Call):
                yield change, replace(node, arguments=put)
            else:
                yield change, replace(node, left=put[0], right=put[1])


def _left_out(node: All | AnyOf, parts: tuple[Node, ...]) -> Iterator[tuple[str, Node]]:
    for at, part in enumerate(parts):
        if not columns(part):
            continue
        rest = (*parts[:at], *parts[at + 1 :])
        yield f"`{show(part)}` left out", rest[0] if len(rest) == 1 else replace(node, parts=rest)


def _putting(node: All | AnyOf, parts: tuple[Node, ...], at: int) -> Callable[[Node], Node]:
    return lambda other: replace(node, parts=(*parts[:at], other, *parts[at + 1 :]))


def _shorter(node: Member, listed: object) -> Iterator[tuple[str, Node]]:
    """The list with one value less, where it is short enough for its author to have meant each one."""
    values = listed if isinstance(listed, tuple) else ()
    for at, value in enumerate(values if 1 < len(values) <= 5 else ()):
        if values.count(value) > 1:
            continue
        shorter = replace(node, listed=(*values[:at], *values[at + 1 :]))
        yield f"{show(value)} left out of `{show(node)}`", shorter


def _words(before: Node, after: Node) -> tuple[str, Node]:
    return f"`{show(before)}` becomes `{show(after)}`", after
