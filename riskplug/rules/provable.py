"""What can be proved of a condition without data: that it never holds, or holds of every row.

A condition is split into alternatives, each a list of plain conditions; an alternative is impossible when two of them
exclude each other: intervals of the same sum of columns that do not meet, words that a column cannot be at once or
never is, a condition and its opposite, a comparison with a column that is missing. Only what is proved is said: a
condition that is not proved impossible may still be so.
"""

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain, islice, product

from riskplug.rules.bands import bound
from riskplug.rules.check import Scope
from riskplug.rules.explain import show
from riskplug.rules.tree import All, AnyOf, Call, Column, Compare, Literal, Member, Missing, Node, Not, children

MAX_ALTERNATIVES = 128
_ROUNDING = 1e-9  # ends nearer than this may be one number, reckoned in two ways
_OPPOSITE = {"<": ">=", "<=": ">", ">": "<=", ">=": "<", "==": "!=", "!=": "=="}


@dataclass(frozen=True, slots=True)
class _Interval:
    """Where a sum of columns may lie, and the conditions that say so; an open end is not part of it."""

    low: float = -math.inf
    high: float = math.inf
    low_open: bool = False
    high_open: bool = False
    low_from: Node | None = None
    high_from: Node | None = None

    @property
    def empty(self) -> bool:
        if self.low == self.high:
            return self.low_open or self.high_open
        return self.low - self.high > _ROUNDING * max(1.0, abs(self.low), abs(self.high))


@dataclass
class _Known:
    """What one alternative says so far. A condition that it contradicts comes back as the reason."""

    scope: Scope
    intervals: dict[tuple[tuple[Node, float], ...], _Interval] = field(default_factory=dict)
    words: dict[Node, tuple[frozenset[object], Node]] = field(default_factory=dict)
    not_words: dict[Node, dict[object, Node]] = field(default_factory=dict)
    truths: dict[Node, bool] = field(default_factory=dict)


def never(node: Node, scope: Scope) -> str:
    """Why a checked condition can never be true, in words; empty where that is not proved."""
    reasons = []
    for number, alternative in enumerate(_alternatives(_plain(node, True))):
        if number >= MAX_ALTERNATIVES:
            return ""
        reason = _contradiction(alternative, scope)
        if not reason:
            return ""
        reasons.append(reason)
    return reasons[0] if reasons else ""


def always(node: Node, scope: Scope) -> bool:
    """Whether a checked condition is proved true of every row whose columns are known."""
    return node == Literal(True, "truth") or bool(never(Not(node), scope))


def covered(node: Node, above: Sequence[Node], scope: Scope) -> bool:
    """Whether one of the conditions above is proved true wherever the node is; undetermined there is not enough."""
    if not never(All((node, *map(Not, above))), scope):
        return False
    read = {column for condition in above for column in _read(condition)}
    for number, alternative in enumerate(_alternatives(_plain(node, True))):
        if number >= MAX_ALTERNATIVES:
            return False
        known = {column for plain in alternative for column in _known_by(plain)}
        if not read <= known and not _contradiction(alternative, scope):
            return False
    return True


def _plain(node: Node, wanted: bool) -> Node:
    """The condition, or its opposite, with every ``not`` moved down to the plain conditions (De Morgan)."""
    match node:
        case Not(part=part):
            return _plain(part, not wanted)
        case All(parts=parts) | AnyOf(parts=parts):
            done = tuple(_plain(part, wanted) for part in parts)
            return All(done) if isinstance(node, All) == wanted else AnyOf(done)
        case Compare(operator=operator, left=left, right=right) if not wanted:
            return Compare(_OPPOSITE[operator], left, right, node.at)
        case Literal(value=bool() as value):
            return Literal(value == wanted, "truth")
    return node if wanted else Not(node)


def _alternatives(node: Node) -> Iterator[tuple[Node, ...]]:
    """The ways in which the condition can hold, each a list of plain conditions."""
    if isinstance(node, AnyOf):
        for part in node.parts:
            yield from _alternatives(part)
    elif isinstance(node, All):
        yield from _product(node.parts)
    else:
        yield (node,)


def _product(parts: Sequence[Node]) -> Iterator[tuple[Node, ...]]:
    """One way of each part. More ways than are looked at are not listed: that there are more is all that counts."""
    ways = [tuple(islice(_alternatives(part), MAX_ALTERNATIVES + 1)) for part in parts]
    return (tuple(chain.from_iterable(chosen)) for chosen in product(*ways))


def _contradiction(conditions: Iterable[Node], scope: Scope) -> str:
    known = _Known(scope)
    told = list(conditions)
    for node in told:
        reason = _told(node, known)
        if reason:
            return reason
    return _about_missing(told)


def _told(node: Node, known: _Known) -> str:
    match node:
        case Literal(value=False):
            return "it is false"
        case Compare(operator=operator, left=left, right=Literal(value=str() as word)):
            return _words(left, frozenset({word}), operator == "==", node, known)
        case Member(item=item, listed=tuple() as listed):
            words = frozenset(value.value for value in listed)
            return _truth(node, True, known) or _words(item, words, True, node, known)
        case Not(part=Member(item=item, listed=tuple() as listed) as member):
            always_listed = frozenset(value.value for value in listed if value.first is None and value.last is None)
            return _truth(member, False, known) or _words(item, always_listed, False, node, known)
        case Compare() if _ordered(node):
            opposite = Compare(_OPPOSITE[node.operator], node.left, node.right)
            return _truth(node, True, known) or _truth(opposite, False, known) or _amounts(node, known)
        case Compare(operator="=="):
            return _truth(node, True, known) or _amounts(node, known)
        case Compare(left=left, right=right):
            return _truth(Compare("==", left, right), False, known)
        case Not(part=part):
            return _truth(part, False, known)
    return _truth(node, True, known)


def _ordered(node: Compare) -> bool:
    return node.operator[0] in "<>"


def _truth(plain: Node, value: bool, known: _Known) -> str:
    if known.truths.setdefault(plain, value) != value:
        return f"`{show(plain)}` cannot hold and not hold"
    return ""


def _words(item: Node, words: frozenset[object], inside: bool, node: Node, known: _Known) -> str:
    """Words that a column must be, or must not be, against those that it may be."""
    choices = known.scope.fact(item.name).choices if isinstance(item, Column) else ()
    allowed, source = known.words.get(item, (frozenset(choices) or None, None))
    barred = known.not_words.setdefault(item, {})
    if inside:
        allowed = words if allowed is None else allowed & words
        known.words[item] = (allowed, node)
    else:
        barred.update(dict.fromkeys(words, node))
    if allowed is None or allowed - barred.keys():
        return ""
    other = source or next(iter(barred.values()), None)
    if other is None or other is node:
        return f"`{show(node)}` leaves no value that {show(item)} can have"
    return f"`{show(other)}` and `{show(node)}` exclude each other"


def _amounts(node: Compare, known: _Known) -> str:
    """An interval of a sum of columns against those told before, and against what the column can be at all."""
    pairs = [node] if _ordered(node) else [Compare("<=", node.left, node.right), Compare(">=", node.left, node.right)]
    for pair in pairs:
        limit = bound(pair)
        if limit is None:
            return ""
        terms, constant, strict = limit
        if not terms:
            impossible = constant > 0 or (constant == 0 and strict)
            return f"`{show(node)}` is true of no value" if impossible else ""
        lead = terms[min(terms, key=show)]
        key = tuple(sorted(((term, factor / lead) for term, factor in terms.items()), key=lambda each: show(each[0])))
        at = known.intervals.get(key) or _Interval(low=_least(key, known.scope), high=_most(key, known.scope))
        edge = 0.0 - constant / lead
        if lead > 0 and (edge, not strict) < (at.high, not at.high_open):
            at = _Interval(at.low, edge, at.low_open, strict, at.low_from, node)
        elif lead < 0 and (edge, strict) > (at.low, at.low_open):
            at = _Interval(edge, at.high, strict, at.high_open, node, at.high_from)
        known.intervals[key] = at
        if at.empty:
            return _apart(at, node)
    return ""


def _apart(at: _Interval, node: Compare) -> str:
    other = at.high_from if at.low_from is node else at.low_from
    if other is None or other is node:
        return f"`{show(node)}` lies outside what is possible"
    return f"`{show(other)}` and `{show(node)}` exclude each other"


def _least(key: tuple[tuple[Node, float], ...], scope: Scope) -> float:
    """A runway and a probability are never negative."""
    column = key[0][0] if len(key) == 1 else None
    return 0.0 if isinstance(column, Column) and (column.state or column.kind == "probability") else -math.inf


def _most(key: tuple[tuple[Node, float], ...], scope: Scope) -> float:
    column = key[0][0] if len(key) == 1 else None
    return 1.0 if isinstance(column, Column) and column.kind == "probability" else math.inf


def _about_missing(told: Sequence[Node]) -> str:
    """A column that is missing makes a comparison with it undetermined, never true."""
    for missing in told:
        if not isinstance(missing, Missing) or not isinstance(missing.item, Column):
            continue
        for node in told:
            if node is not missing and not isinstance(node, Missing) and missing.item in _needed(node):
                return f"`{show(missing)}` and `{show(node)}` exclude each other"
    return ""


def _needed(node: Node) -> Iterator[Column]:
    """Columns without which the condition is undetermined: not those of a coalesce, or of one side of an ``or``."""
    if isinstance(node, Column):
        yield node
    elif isinstance(node, Missing | All | AnyOf) or (isinstance(node, Call) and node.function == "coalesce"):
        return
    else:
        for child in children(node):
            yield from _needed(child)


def _known_by(plain: Node) -> Iterator[Column]:
    """Columns that have a value wherever the plain condition is true."""
    match plain:
        case Not(part=Missing(item=Column() as column)):
            yield column
        case _:
            yield from _needed(plain)


def _read(node: Node) -> Iterator[Column]:
    """Columns whose lack may leave the condition undetermined."""
    if isinstance(node, Column):
        yield node
    elif not isinstance(node, Missing):
        for child in children(node):
            yield from _read(child)
