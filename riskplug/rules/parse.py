"""Rule text to a tree, through Python's own parser behind an allow-list.

Python never sees quoted text, dates, durations or anything but plain ASCII: those tokens are replaced by underscores
of the same length, found again by their offset, so positions stay true and no escape or literal form of Python leaks
in. What comes back is translated node by node; everything not translated here is refused.
"""

import ast
import keyword
import re
from dataclasses import dataclass
from datetime import date

from riskplug.errors import suggestion
from riskplug.rules.tree import (
    All,
    AnyOf,
    Arithmetic,
    Call,
    Compare,
    Literal,
    Member,
    Missing,
    Name,
    Negate,
    Node,
    Not,
    day_number,
)

MAX_CHARACTERS = 2_000
MAX_DEPTH = 40
FUNCTIONS = ("abs", "coalesce", "date", "days_until", "in_list", "lower", "max", "min", "starts_with")
DURATIONS = {"day": 1.0, "days": 1.0, "week": 7.0, "weeks": 7.0}
WORDS = frozenset({"and", "or", "not", "in", "is", "true", "false", "missing", "known"})


class Mistake(Exception):
    """Something wrong at one character of an expression."""

    def __init__(self, what: str, at: int, fix: str, code: str) -> None:
        super().__init__(what)
        self.what, self.at, self.fix, self.code = what, at, fix, code


_TOKENS = re.compile(
    r"""(?P<space>\s+)
      | (?P<date>\d{4}-\d{2}-\d{2}(?![\w-]))
      | (?P<duration>(\d+(\.\d+)?)\s+(days?|weeks?)\b)
      | (?P<money>(\d+(\.\d+)?)\s+[A-Z]{3}\b)
      | (?P<number>\d+(\.\d+)?([eE][+-]?\d+)?(?![\w.]))
      | (?P<name>[A-Za-z_][A-Za-z0-9_]*)
      | (?P<text>"[^"\n]*"|'[^'\n]*')
      | (?P<operator><=|>=|==|!=|<(?!>)|>|\+|-|\*(?!\*)|/(?!/)|\(|\)|\[|\]|,)""",
    re.VERBOSE,
)
_APART = frozenset({"space", "operator"})
_INSTEAD = {
    "=": "write `==` to compare",
    "&": "write `and`",
    "|": "write `or`",
    "!": "write `not`, or `!=`",
    "<>": "write `!=`",
    "“": 'write straight quotes: "text"',
    "”": 'write straight quotes: "text"',
    "„": 'write straight quotes: "text"',
    "%": "write the number alone: percentages are numbers",
    "{": "lists are written [..]",
    ".": "write the column's name alone",
    "**": "multiply instead",
    "//": "divide with `/`",
    ":": "one condition, without `:`",
}


@dataclass(frozen=True, slots=True)
class _Masked:
    """The text Python may see, and the literals hidden behind runs of underscores, by offset."""

    text: str
    literals: dict[int, Literal]


def parse(text: str) -> Node:
    """The tree of an expression; Mistake at the first thing that is wrong."""
    if len(text) > MAX_CHARACTERS:
        raise Mistake(
            f"{len(text):,} characters; an expression may have {MAX_CHARACTERS:,}",
            0,
            "move parts into `let`, or values into a list",
            "expr-length",
        )
    if not text.strip():
        raise Mistake("empty expression", 0, 'write a condition, such as `applies == "yes"`', "expr-empty")
    start = len(text) - len(text.lstrip())
    masked = _mask(text)
    try:
        tree = ast.parse(masked.text[start:].rstrip(), mode="eval")
    except SyntaxError as error:
        end = len(text.rstrip())
        at = min(start + error.offset - 1, end - 1) if error.offset else end - 1
        raise Mistake(
            f"cannot read this: {error.msg.split(' (')[0]}",
            at,
            "check the words and brackets around here",
            "expr-syntax",
        ) from error
    except (MemoryError, RecursionError, ValueError) as error:
        raise Mistake("nested too deeply", 0, "move parts into `let`", "expr-depth") from error
    return _Translator(masked, start).node(tree.body, 0)


def _mask(text: str) -> _Masked:
    literals: dict[int, Literal] = {}
    pieces: list[str] = []
    at = depth = prefixes = 0
    previous = "space"
    while at < len(text):
        found = _TOKENS.match(text, at)
        if found is None:
            raise _unreadable(text, at)
        token, kind = found.group(), str(found.lastgroup if found.lastgroup else "")
        depth += (token in "([") - (token in ")]") if kind == "operator" else 0
        prefixes = prefixes + 1 if token in ("not", "-", "+") else prefixes if kind == "space" else 0
        if depth + prefixes > MAX_DEPTH:
            raise Mistake(f"nested deeper than {MAX_DEPTH} levels", at, "move parts into `let`", "expr-depth")
        if kind not in _APART and previous not in _APART:
            raise Mistake(
                f"{token} stands against what is before it", at, "put an operator between them", "expr-syntax"
            )
        pieces.append(_replacement(found, kind, literals))
        previous, at = kind, found.end()
    return _Masked("".join(pieces), literals)


def _replacement(found: re.Match[str], kind: str, literals: dict[int, Literal]) -> str:
    token, at = found.group(), found.start()
    if kind == "space":
        return " " * len(token)
    if kind == "name":
        if keyword.iskeyword(token) and token not in WORDS:
            raise Mistake(
                f"{token!r} means nothing in a rule",
                at,
                "write true or false in small letters" if token in ("True", "False") else "remove it",
                "expr-construct",
            )
        return token
    if kind == "number":
        _number(token, at)
        return token
    if kind == "operator":
        return token
    literals[at] = _literal(found, kind)
    return "_" * len(token)


def _literal(found: re.Match[str], kind: str) -> Literal:
    token, at = found.group(), found.start()
    if kind == "text":
        return Literal(token[1:-1], "text", at)
    if kind == "date":
        return _date(token, at)
    amount, unit = token.split()
    if kind == "money":
        return Literal(_number(amount, at), "money", at, unit)
    return Literal(_number(amount, at) * DURATIONS[unit], "days", at)


def _date(token: str, at: int) -> Literal:
    try:
        return Literal(day_number(date.fromisoformat(token)), "date", at)
    except ValueError as error:
        raise Mistake(
            f"{token} is no date: {error}", at, "write year-month-day, such as 2025-04-28", "expr-date"
        ) from error


def _number(token: str, at: int) -> float:
    if len(token) > 1 and token[0] == "0" and token[1].isdigit():
        raise Mistake(
            f"{token} starts with zeros that a number does not keep",
            at,
            f'quote it if it is text: "{token}"',
            "expr-number",
        )
    value = float(token)
    if value in (float("inf"), float("-inf")):
        raise Mistake(f"{token} is too large", at, "write a smaller number", "expr-number")
    return value


def _unreadable(text: str, at: int) -> Mistake:
    character = text[at]
    if character in "\"'":
        return Mistake(
            "the quotation mark is never closed", at, f"close it with {character} on the same line", "expr-text"
        )
    if character.isdigit():
        word = re.match(r"[\w.]+", text[at:])
        written = word.group() if word else character
        return Mistake(
            f"{written} is no number",
            at,
            "write digits with a decimal point and a blank before a unit: 1000, 0.5, 30 days",
            "expr-number",
        )
    pair = text[at : at + 2]
    shown, fix = (pair, _INSTEAD[pair]) if pair in _INSTEAD else (character, _INSTEAD.get(character, "remove it"))
    return Mistake(f"{shown!r} means nothing in a rule", at, fix, "expr-character")


_COMPARE = {ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">=", ast.Eq: "==", ast.NotEq: "!="}
_ARITHMETIC = {ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/"}


class _Translator:
    """Python's nodes to ours; whatever has no line here is refused."""

    def __init__(self, masked: _Masked, start: int) -> None:
        self.masked = masked
        self.start = start

    def node(self, node: ast.expr, depth: int) -> Node:
        at = node.col_offset + self.start
        if depth > MAX_DEPTH:
            raise Mistake(f"nested deeper than {MAX_DEPTH} levels", at, "move parts into `let`", "expr-depth")
        below = depth + 1
        match node:
            case ast.Name(id=name):
                return self._name(name, at)
            case ast.Constant(value=int() | float() as value) if not isinstance(value, bool):
                return Literal(float(value), "bare", at)
            case ast.BoolOp(op=operator, values=values):
                parts = tuple(self.node(value, below) for value in values)
                return All(parts, at) if isinstance(operator, ast.And) else AnyOf(parts, at)
            case ast.UnaryOp(op=ast.Not(), operand=operand):
                return Not(self.node(operand, below), at)
            case ast.UnaryOp(op=ast.USub(), operand=operand):
                return Negate(self.node(operand, below), at)
            case ast.BinOp(op=operator) if type(operator) in _ARITHMETIC:
                return self._arithmetic(node, depth)
            case ast.Compare():
                return self._comparison(node, below)
            case ast.Call(func=ast.Name(id=function), args=arguments, keywords=[]):
                return self._call(function, arguments, at, below)
        raise self._refused(node, at)

    def _name(self, name: str, at: int) -> Node:
        if at in self.masked.literals:
            return self.masked.literals[at]
        if name in ("true", "false"):
            return Literal(name == "true", "truth", at)
        return Name(name, at)

    def _arithmetic(self, node: ast.BinOp, depth: int) -> Node:
        # a + b + c nests to the left: a chain is one level, however long
        chain: list[tuple[str, ast.expr, int]] = []
        first: ast.expr = node
        while isinstance(first, ast.BinOp) and type(first.op) in _ARITHMETIC:
            chain.append((_ARITHMETIC[type(first.op)], first.right, first.col_offset + self.start))
            first = first.left
        if len(chain) > MAX_DEPTH:
            raise Mistake(
                f"more than {MAX_DEPTH} terms", node.col_offset + self.start, "move parts into `let`", "expr-depth"
            )
        result = self.node(first, depth + 1)
        for operator, right, at in reversed(chain):
            result = Arithmetic(operator, result, self.node(right, depth + 1), at)
        return result

    def _comparison(self, node: ast.Compare, depth: int) -> Node:
        operands = [node.left, *node.comparators]
        pairs = tuple(
            self._pair(left, operator, right, depth)
            for left, operator, right in zip(operands, node.ops, operands[1:], strict=False)
        )
        if len(pairs) > 1 and not all(isinstance(pair, Compare) for pair in pairs):
            raise Mistake(
                "`in` and `is` cannot be chained",
                node.col_offset + self.start,
                "join two conditions with `and`",
                "expr-construct",
            )
        return pairs[0] if len(pairs) == 1 else All(pairs, node.col_offset + self.start)

    def _pair(self, left: ast.expr, operator: ast.cmpop, right: ast.expr, depth: int) -> Node:
        at = left.col_offset + self.start
        item = self.node(left, depth)
        if type(operator) in _COMPARE:
            return Compare(_COMPARE[type(operator)], item, self.node(right, depth), at)
        found: Node
        if isinstance(operator, ast.In | ast.NotIn):
            found = Member(item, self._listed(right, depth), at)
            return Not(found, at) if isinstance(operator, ast.NotIn) else found
        word = right.id if isinstance(right, ast.Name) else ""
        if word not in ("missing", "known"):
            raise Mistake(
                "after `is` comes `missing` or `known`",
                right.col_offset + self.start,
                "compare values with `==`",
                "expr-construct",
            )
        found = Missing(item, at)
        return found if (word == "missing") == isinstance(operator, ast.Is) else Not(found, at)

    def _listed(self, node: ast.expr, depth: int) -> tuple[Literal, ...] | Name:
        at = node.col_offset + self.start
        if isinstance(node, ast.List):
            values = tuple(self.node(item, depth) for item in node.elts)
            for value in values:
                if not isinstance(value, Literal):
                    raise Mistake(
                        "a list holds values only", value.at, "write quoted text, numbers or dates", "expr-list"
                    )
            return tuple(value for value in values if isinstance(value, Literal))
        named = self.node(node, depth) if isinstance(node, ast.Name) else None
        if isinstance(named, Name):
            return named
        raise Mistake("after `in` comes a list", at, 'write it in square brackets: ["yes", "likely"]', "expr-list")

    def _call(self, function: str, arguments: list[ast.expr], at: int, depth: int) -> Node:
        if function not in FUNCTIONS:
            raise Mistake(f"no function {function!r}", at, suggestion(function, FUNCTIONS), "expr-call")
        values = tuple(self.node(argument, depth) for argument in arguments)
        if function != "date":
            return Call(function, values, at)
        if len(values) != 1 or not isinstance(values[0], Literal) or values[0].kind != "text":
            raise Mistake(
                "date() takes one quoted date", at, 'write date("2025-04-28") or 2025-04-28', "expr-arguments"
            )
        return _date(str(values[0].value), at)

    def _refused(self, node: ast.expr, at: int) -> Mistake:
        if isinstance(node, ast.List):
            return Mistake("a list stands only after `in`", at, "write `column in [..]`", "expr-list")
        if isinstance(node, ast.Tuple):
            return Mistake(
                "a comma stands only inside a list or a function",
                at,
                "write a list in square brackets: [..]",
                "expr-list",
            )
        return Mistake(
            f"this is not part of the rule language ({type(node).__name__.lower()})",
            at,
            "use and, or, not, comparisons, arithmetic and the listed functions",
            "expr-construct",
        )
