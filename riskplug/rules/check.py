"""Static types and units of rule expressions: names resolved, every comparison meaningful, before any data is read.

A number without unit fits any unit beside it; everything else must agree. Scales (number, pct, probability) multiply
any unit; equal units divide to a number; a number times ``1 day`` becomes days.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from itertools import combinations

from riskplug.catalogue import RUNWAY_STATES, Fact, Grain
from riskplug.errors import suggestion
from riskplug.rules.parse import Mistake
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
    day_number,
    extent,
    walk,
)

NUMERIC = frozenset({"bare", "number", "days", "quantity", "grams", "kilograms", "pct", "probability", "money"})
SCALES = frozenset({"bare", "number", "pct", "probability"})
TEXTUAL = frozenset({"text", "country", "choice"})
MAX_PIECES = 2_000
MAX_DEPTH = 100
ORDERED = frozenset({"<", "<=", ">", ">="})


@dataclass(frozen=True)
class Scope:
    """What the words of a rule stand for. Parameters and named conditions are already resolved nodes.

    ``currency``: what amounts of money are in; empty where nobody said.
    """

    grain: Grain
    parameters: Mapping[str, Literal] = field(default_factory=dict)
    lists: Mapping[str, tuple[Literal, ...]] = field(default_factory=dict)
    named: Mapping[str, Node] = field(default_factory=dict)
    currency: str = ""

    def words(self) -> list[str]:
        return [*self.grain.names, *self.parameters, *self.named]

    def fact(self, name: str) -> Fact:
        return self.grain[name]


def state_of(grain: Grain, name: str) -> str:
    """The column with the runway state that qualifies ``name``; empty where there is none."""
    state = f"{name}_state"
    return state if state in grain.names and grain[state].choices == RUNWAY_STATES else ""


def literal_of(value: object, kind: str) -> Literal:
    """A parameter's or list's value as a literal of the kind."""
    if isinstance(value, date):
        return Literal(day_number(value), "date")
    if isinstance(value, bool):
        return Literal(value, "truth")
    if isinstance(value, int | float):
        return Literal(float(value), kind if kind in NUMERIC and kind != "number" else "bare")
    return Literal(str(value), "text")


def need_room(node: Node, scope: Scope) -> None:
    """Mistake where an expression is too large once its names are filled in: `let` of `let` grows without end."""
    used = {word.name for word in walk(node) if isinstance(word, Name) and word.name in scope.named}
    pieces, depth = extent(node, {name: extent(scope.named[name]) for name in used})
    if pieces > MAX_PIECES or depth > MAX_DEPTH:
        what = f"{pieces:,} pieces, {depth} levels deep with its names filled in"
        fix = f"use fewer names in names: at most {MAX_PIECES:,} pieces and {MAX_DEPTH} levels"
        raise Mistake(what, node.at, fix, "expr-size")


def check_condition(node: Node, scope: Scope) -> Node:
    """The resolved tree of an expression that must be true or false; Mistake where it is not."""
    resolved = check(node, scope)
    _need_truth(resolved, scope)
    return resolved


def check(node: Node, scope: Scope) -> Node:
    """The tree with names resolved and lists filled in; Mistake at the first disagreement."""
    match node:
        case Literal(currency=currency) if currency and scope.currency and currency != scope.currency:
            fix = f"write the amount in {scope.currency}, the workspace's currency"
            raise Mistake(f"{currency} beside amounts in {scope.currency}", node.at, fix, "expr-currency")
        case Name():
            return _resolve(node, scope)
        case All(parts=parts) | AnyOf(parts=parts):
            done = tuple(check_condition(part, scope) for part in parts)
            return replace(node, parts=done)
        case Not(part=part):
            return replace(node, part=check_condition(part, scope))
        case Missing(item=item):
            return replace(node, item=_not_constant(check(item, scope)))
        case Compare(left=left, right=right):
            return _comparison(replace(node, left=check(left, scope), right=check(right, scope)), scope)
        case Member(item=item):
            return _member(replace(node, item=check(item, scope)), scope)
        case Negate(operand=operand):
            inside = check(operand, scope)
            _need_numeric(inside, scope, "a minus sign")
            return (
                Literal(-float(inside.value), inside.kind, node.at)
                if isinstance(inside, Literal)
                else Negate(inside, node.at)
            )
        case Arithmetic(left=left, right=right):
            done_arithmetic = replace(node, left=check(left, scope), right=check(right, scope))
            kind_of(done_arithmetic, scope)
            return done_arithmetic
        case Call(arguments=arguments):
            return _call(replace(node, arguments=tuple(check(item, scope) for item in arguments)), scope)
    return node


def kind_of(node: Node, scope: Scope) -> str:
    """The kind of value a resolved node gives: a unit class, ``date``, ``text``, ``truth`` ..."""
    match node:
        case Literal(kind=kind) | Column(kind=kind):
            return "truth" if kind == "flag" else kind
        case Negate(operand=operand):
            return kind_of(operand, scope)
        case Arithmetic():
            return _arithmetic_kind(node, scope)
        case Call(function="days_until"):
            return "days"
        case Call(function="lower"):
            return "text"
        case Call(function="starts_with" | "in_list"):
            return "truth"
        case Call(arguments=arguments):
            return _common_kind([kind_of(item, scope) for item in arguments])
    return "truth"


def describe(kind: str) -> str:
    return {
        "bare": "a number",
        "number": "a plain number",
        "truth": "true or false",
        "pct": "per cent",
        "probability": "a probability",
        "date": "a date",
        "text": "text",
        "country": "a country",
        "choice": "one of a set of words",
        "quantity": "a quantity",
    }.get(kind, kind)


def _resolve(node: Name, scope: Scope) -> Node:
    if node.name in scope.named:
        return scope.named[node.name]
    if node.name in scope.parameters:
        return replace(scope.parameters[node.name], at=node.at)
    if node.name in scope.grain.names:
        fact = scope.fact(node.name)
        return Column(fact.name, fact.type, state_of(scope.grain, fact.name), node.at)
    hint = suggestion(node.name, scope.words()) or f"`riskplug rules schema` lists the columns of {scope.grain.name}"
    raise Mistake(f"no column {node.name!r} in grain {scope.grain.name}", node.at, hint, "expr-name")


def _need_truth(node: Node, scope: Scope) -> None:
    kind = kind_of(node, scope)
    if kind != "truth":
        raise Mistake(
            f"this is {describe(kind)}, not a condition", node.at, "compare it with something", "expr-not-condition"
        )


def _need_numeric(node: Node, scope: Scope, what: str) -> None:
    kind = kind_of(node, scope)
    if kind not in NUMERIC:
        raise Mistake(f"{what} needs a number, not {describe(kind)}", node.at, "use a numeric column", "expr-type")


def _not_constant(node: Node) -> Node:
    if isinstance(node, Literal):
        raise Mistake("a constant is never missing", node.at, "name a column", "expr-constant")
    return node


def _comparison(node: Compare, scope: Scope) -> Node:
    if not any(isinstance(found, Column) for found in walk(node)):
        raise Mistake("both sides are constants", node.at, "compare a column with something", "expr-constant")
    left, right = kind_of(node.left, scope), kind_of(node.right, scope)
    if node.operator in ORDERED and (left in TEXTUAL or right in TEXTUAL or "truth" in (left, right)):
        raise Mistake(
            f"{node.operator} cannot order {describe(left if left in TEXTUAL else right)}",
            node.at,
            "compare dates unquoted, text with == or in" if "date" in (left, right) else "use ==, != or in",
            "expr-type",
        )
    if not _fits(left, right):
        raise _disagreement(left, right, node.right.at)
    for item, value in ((node.left, node.right), (node.right, node.left)):
        if isinstance(value, Literal):
            _check_word(item, value, scope)
    return node


def _fits(left: str, right: str) -> bool:
    return (
        left == right
        or (left in TEXTUAL and right in TEXTUAL)
        or ("bare" in (left, right) and left in NUMERIC and right in NUMERIC)
    )


def _disagreement(left: str, right: str, at: int) -> Mistake:
    if left in NUMERIC and right in NUMERIC:
        fix = (
            "multiply one side by 1000"
            if {left, right} == {"grams", "kilograms"}
            else ("write a number alone, or compare columns of one unit")
        )
        return Mistake(f"{describe(left)} and {describe(right)} cannot be compared or added", at, fix, "expr-unit")
    fix = {
        "date": "write dates unquoted: 2025-04-28",
        "truth": "compare with true or false, or name the column alone",
    }.get(left if left in ("date", "truth") else right, "quote text, leave numbers unquoted")
    return Mistake(f"{describe(left)} and {describe(right)} cannot be compared", at, fix, "expr-type")


def _check_word(item: Node, value: Literal, scope: Scope) -> None:
    """A word beside choices or countries must be one of them, and beside lower() small: else it never matches."""
    word = str(value.value)
    if isinstance(item, Call) and item.function == "lower" and value.kind == "text" and word != word.lower():
        raise Mistake(f"lower() is never {word!r}", value.at, f'write it small: "{word.lower()}"', "expr-choice")
    if not isinstance(item, Column) or value.kind != "text":
        return
    choices = scope.fact(item.name).choices
    if item.kind == "choice" and word not in choices:
        close = suggestion(word, choices)
        listed = f"one of: {', '.join(choices)}"
        raise Mistake(
            f"{item.name} is never {word!r}",
            value.at,
            f"{close} {listed}" if "mean" in close else listed,
            "expr-choice",
        )
    if item.kind == "country" and not (len(word) == 2 and word.isascii() and word.isupper()):
        raise Mistake(f"{word!r} is no country code", value.at, 'write two capital letters: "CN"', "expr-country")


def _member(node: Member, scope: Scope) -> Node:
    listed = _values(node.listed, scope)
    kind = kind_of(_not_constant(node.item), scope)
    if kind == "truth":
        raise Mistake("true or false needs no list", node.at, "name the column alone", "expr-type")
    for value in listed:
        at = value if isinstance(node.listed, tuple) else replace(value, at=node.listed.at)
        if not _fits(kind, value.kind):
            raise _disagreement(kind, value.kind, at.at)
        _check_word(node.item, at, scope)
    return replace(node, listed=listed)


def _values(listed: tuple[Literal, ...] | Name, scope: Scope) -> tuple[Literal, ...]:
    values = _named_list(listed.name, listed.at, scope) if isinstance(listed, Name) else listed
    if not values:
        raise Mistake("the list is empty", 0, "list at least one value", "expr-list")
    return values


def _named_list(name: str, at: int, scope: Scope) -> tuple[Literal, ...]:
    if name not in scope.lists:
        hint = suggestion(name, scope.lists) or "declare it under `lists`"
        raise Mistake(f"no list {name!r}", at, hint, "expr-list")
    return scope.lists[name]


def _arithmetic_kind(node: Arithmetic, scope: Scope) -> str:
    left, right = kind_of(node.left, scope), kind_of(node.right, scope)
    if "date" in (left, right):
        return _date_arithmetic(node, left, right)
    for side, kind in ((node.left, left), (node.right, right)):
        if kind not in NUMERIC:
            raise Mistake(
                f"{node.operator} needs numbers, not {describe(kind)}", side.at, "use numeric columns", "expr-type"
            )
    if node.operator in "+-":
        if not _fits(left, right):
            raise _disagreement(left, right, node.right.at)
        return left if right == "bare" else right
    return _scaled(node, left, right)


def _date_arithmetic(node: Arithmetic, left: str, right: str) -> str:
    if (left, node.operator, right) == ("date", "-", "date"):
        return "days"
    if {left, right} == {"date", "days"} and (node.operator == "+" or (node.operator == "-" and left == "date")):
        return "date"
    raise Mistake(
        f"{describe(left)} {node.operator} {describe(right)} has no meaning",
        node.at,
        "subtract two dates, or add and subtract days: due_date + 30 days",
        "expr-type",
    )


def _scaled(node: Arithmetic, left: str, right: str) -> str:
    if right in SCALES:
        return left if left not in ("bare",) or right == "bare" else "number"
    if node.operator == "*" and left in SCALES:
        return right
    if node.operator == "/" and left == right:
        return "number"
    raise Mistake(
        f"{describe(left)} {node.operator} {describe(right)} has no unit here",
        node.at,
        "multiply or divide by plain numbers; divide equal units",
        "expr-unit",
    )


def _common_kind(kinds: Iterable[str]) -> str:
    """The kind of several values that go together; ``mixed`` when they do not."""
    found = set(kinds)
    if len(found) > 1 and found <= NUMERIC:
        found -= {"bare"}
    if len(found) > 1 and found <= TEXTUAL:
        return "text"
    return found.pop() if len(found) == 1 else "mixed"


_COUNTS = {
    "abs": (1, 1),
    "days_until": (1, 1),
    "lower": (1, 1),
    "starts_with": (2, 2),
    "in_list": (2, 2),
    "coalesce": (2, 20),
    "min": (2, 20),
    "max": (2, 20),
}


def _call(node: Call, scope: Scope) -> Node:
    least, most = _COUNTS[node.function]
    if not least <= len(node.arguments) <= most:
        count = str(least) if least == most else f"{least} or more"
        raise _arguments(node, f"takes {count} value{'' if least == most == 1 else 's'}, not {len(node.arguments)}")
    if not any(isinstance(found, Column) for found in walk(node)):
        raise Mistake("only constants here", node.at, "name a column", "expr-constant")
    kinds = [kind_of(item, scope) for item in node.arguments]
    if node.function in ("coalesce", "min", "max", "abs"):
        return _combining(node, kinds)
    allowed, wanted = ({"date"}, "a date") if node.function == "days_until" else (TEXTUAL, "text")
    if kinds[0] not in allowed:
        raise _arguments(node, f"takes {wanted}, not {describe(kinds[0])}")
    if node.function == "in_list":
        return _in_list(node, scope)
    if node.function == "starts_with" and not _is_text(node.arguments[1]):
        raise _arguments(node, "takes a column and quoted text")
    return node


def _combining(node: Call, kinds: list[str]) -> Node:
    common = _common_kind(kinds)
    if common == "mixed":
        # a number without unit fits any other: the two that disagree need not include the first
        first, other = next(pair for pair in combinations(range(len(kinds)), 2) if not _fits(*(kinds[n] for n in pair)))
        raise _disagreement(kinds[first], kinds[other], node.arguments[other].at)
    if node.function != "coalesce" and common not in NUMERIC and (common != "date" or node.function == "abs"):
        raise _arguments(node, f"takes numbers, not {describe(common)}")
    return node


def _in_list(node: Call, scope: Scope) -> Node:
    named = node.arguments[1]
    if not isinstance(named, Literal) or named.kind != "text":
        raise _arguments(node, "takes a column and the quoted name of a list")
    values = _named_list(str(named.value), named.at, scope)
    return replace(node, arguments=(node.arguments[0], *values))


def _is_text(node: Node) -> bool:
    return isinstance(node, Literal) and node.kind == "text"


def _arguments(node: Call, what: str) -> Mistake:
    usage = {
        "abs": "abs(number)",
        "days_until": "days_until(date)",
        "lower": "lower(text)",
        "starts_with": 'starts_with(column, "text")',
        "in_list": 'in_list(column, "list")',
        "coalesce": "coalesce(column, instead)",
        "min": "min(a, b)",
        "max": "max(a, b)",
    }[node.function]
    return Mistake(f"{node.function}() {what}", node.at, f"write {usage}", "expr-arguments")
