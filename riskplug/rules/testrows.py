"""The rows that rule tests are made of, inline or from a CSV file beside the rule, checked against the catalogue."""

import math
from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path

from riskplug.catalogue import SEVERITIES, Fact, Grain
from riskplug.documents import KeyPath
from riskplug.errors import Problem, suggestion
from riskplug.rules.check import NUMERIC
from riskplug.rules.csvfile import Unreadable, day_of, read_beside, repeated
from riskplug.rules.read import Placed
from riskplug.rules.rulefile import RuleTests

EXPECTED = "expected"
VERDICTS = (*SEVERITIES, "no_match", "undetermined")
MAX_FIXTURE_BYTES = 1_000_000
Row = dict[str, object]


def read_tests(
    placed: Placed, grain: Grain, identity: Sequence[str]
) -> tuple[tuple[RuleTests, ...], tuple[Problem, ...]]:
    """The tests of an entry with the rows of their CSV files put in, and every problem of them.

    A CSV file has a header of the grain's columns, an empty cell where the value is unknown, numbers with a decimal
    point, dates as 2025-04-28, true and false. A further column ``expected`` says what the rule must say of the row:
    a severity, no_match or undetermined.
    """
    single = not placed.document.has((*placed.path, "tests", 0))
    found: list[RuleTests] = []
    problems: list[Problem] = []
    for number, tests in enumerate(placed.entry.tests):
        path: KeyPath = ("tests",) if single else ("tests", number)
        problems += _wrong_cells(placed, path, tests, grain)
        if tests.file is not None:
            tests, wrong = _with_file(placed, path, tests, grain, identity)
            problems += wrong
        problems += _strangers(placed, path, tests)
        found.append(tests)
    return tuple(found), tuple(problems)


def cell_fits(value: object, fact: Fact) -> bool:
    """Whether a value of a test row is of the column's type."""
    return value in fact.choices if fact.choices else value_fits(value, fact.type)


def value_fits(value: object, kind: str) -> bool:
    """Whether a value is of a parameter's or column's type."""
    if kind in NUMERIC:
        return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
    if kind == "list":
        return isinstance(value, list) and all(isinstance(item, str | int | float) for item in value)
    wanted = {"date": date, "flag": bool}.get(kind, str)
    return isinstance(value, wanted)


def _wrong_cells(placed: Placed, path: KeyPath, tests: RuleTests, grain: Grain) -> Iterator[Problem]:
    for index, row in enumerate(tests.rows):
        for name, value in row.items():
            at = (*path, "rows", index, name)
            if name not in grain.names:
                fix = suggestion(name, grain.names) or "remove it"
                yield placed.problem(at, f"no column {name!r} in grain {grain.name}", fix, "test-column")
            elif value is not None and not cell_fits(value, grain[name]):
                what = f"{name} is {grain[name].type}, and {value!r} is not"
                yield placed.problem(at, what, _advice(grain[name], value), "test-value", value=True)


def _advice(fact: Fact, value: object) -> str:
    if fact.choices:
        return f"one of: {', '.join(fact.choices)}"
    return f'quote it: "{value}"' if fact.type in ("text", "country") else "correct the value"


def _strangers(placed: Placed, path: KeyPath, tests: RuleTests) -> Iterator[Problem]:
    """Expectations about rows that the test does not have."""
    if placed.entry.kind:
        return
    words = {str(value) for row in tests.rows for value in row.values()}
    for part in ("match", "no_match", "undetermined", "message"):
        for key in getattr(tests, part):
            if not {key, *key.split("/")} & words:
                yield placed.problem(
                    (*path, part), f"no row of the test has {key!r}", "write a value of the row's identity", "test-key"
                )


def _with_file(
    placed: Placed, path: KeyPath, tests: RuleTests, grain: Grain, identity: Sequence[str]
) -> tuple[RuleTests, list[Problem]]:
    try:
        file, table = read_beside(placed.document.path, str(tests.file), MAX_FIXTURE_BYTES)
    except Unreadable as error:
        what, fix = f"cannot read {tests.file}: {error}", "name a UTF-8 CSV file beside the rule file"
        return tests, [placed.problem((*path, "file"), what, fix, "test-file", value=True)]
    rows, problems = _typed(file, table, grain)
    wanted: dict[str, object] = {}
    for number, row in rows.items():
        key = "/".join(str(row[name]) for name in identity if row.get(name) is not None)
        if row.get(EXPECTED) is not None and (key in wanted or not key):
            what = f"{key} is expected twice" if key else f"a row without {' and '.join(identity)}"
            problems.append(Problem(what, f"{file}:{number}", "give each row an identity of its own", "test-key"))
        elif row.get(EXPECTED) is not None:
            wanted[key] = row[EXPECTED]
    if problems:
        return tests, problems
    return tests.model_copy(
        update={
            "rows": [*tests.rows, *({name: row[name] for name in row if name != EXPECTED} for row in rows.values())],
            "match": {**tests.match, **{key: word for key, word in wanted.items() if word in SEVERITIES}},
            "no_match": [*tests.no_match, *(key for key, word in wanted.items() if word == "no_match")],
            "undetermined": [*tests.undetermined, *(key for key, word in wanted.items() if word == "undetermined")],
        }
    ), []


def _typed(file: Path, table: Sequence[Sequence[str]], grain: Grain) -> tuple[dict[int, Row], list[Problem]]:
    """The rows by line."""
    header = table[0] if table else []
    problems = [
        Problem(
            f"no column {name!r} in grain {grain.name}",
            f"{file}:1",
            suggestion(name, [*grain.names, EXPECTED]) or "remove it",
            "test-column",
        )
        for name in header
        if name not in (*grain.names, EXPECTED)
    ]
    if not header:
        problems = [Problem("the file is empty", str(file), f"start it with columns of {grain.name}", "test-file")]
    if repeated(header):
        what = f"column {repeated(header)!r} stands there twice"
        problems.append(Problem(what, f"{file}:1", "keep one of them", "test-column"))
    rows: dict[int, Row] = {}
    for number, cells in enumerate(table[1:], start=2):
        if not cells:
            continue
        if len(cells) != len(header):
            what = f"{len(cells)} cells under {len(header)} columns"
            problems.append(Problem(what, f"{file}:{number}", "write one cell per column", "test-file"))
        elif not problems or problems[0].code != "test-column":
            rows[number] = dict(_cells(file, number, dict(zip(header, cells, strict=True)), grain, problems))
    return rows, problems


def _cells(
    file: Path, number: int, row: dict[str, str], grain: Grain, problems: list[Problem]
) -> Iterator[tuple[str, object]]:
    for name, text in row.items():
        fact = None if name == EXPECTED else grain[name]
        value = _value(text.strip(), fact)
        wrong = value is not None and (value not in VERDICTS if fact is None else not cell_fits(value, fact))
        if wrong:
            what = f"{name} is {fact.type if fact else 'a verdict'}, and {text!r} is not"
            fix = f"one of: {', '.join(VERDICTS)}" if fact is None else _advice(fact, text)
            problems.append(Problem(what, f"{file}:{number}", fix, "test-value"))
        yield name, value


def _value(text: str, fact: Fact | None) -> object:
    """A cell as the column's type would have it, or the text where it is not of that type; empty is unknown."""
    if not text:
        return None
    if fact is None or fact.type in ("text", "country", "choice"):
        return text
    if fact.type == "flag":
        return {"true": True, "false": False}.get(text.lower(), text)
    try:
        return day_of(text) if fact.type == "date" else text if "_" in text else float(text)
    except ValueError:
        return text
