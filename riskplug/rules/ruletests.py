"""The tests that stand inside rule files, run on tiny tables; columns a row does not name are unknown."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pandas as pd

from riskplug.catalogue import GRAINS, Grain, frame
from riskplug.extend.protocols import ScanContext
from riskplug.model import Outcome
from riskplug.rules.evaluate import evaluate
from riskplug.rules.render import identities
from riskplug.rules.rule import Rule, RuleSet
from riskplug.rules.rulefile import RuleTests
from riskplug.rules.tree import Column
from riskplug.tables import conform

CURRENCY = "EUR"


@dataclass(frozen=True, slots=True)
class RuleTestResult:
    """How the tests of one rule ended; ``failures`` says what differs, one sentence each."""

    rule: str
    where: str
    checks: int
    failures: tuple[str, ...]

    @property
    def passed(self) -> bool:
        return not self.failures


def test_rules(
    rules: RuleSet, catalogue: Mapping[str, Grain] = GRAINS, only: Iterable[str] = (), root: Path = Path()
) -> list[RuleTestResult]:
    """Run the inline tests of all rules, or of some; a rule without tests has no checks. ``root``: the workspace."""
    wanted = set(only)
    return [run_tests(rule, catalogue, root) for rule in rules if not wanted or rule.id in wanted]


test_rules.__test__ = False  # type: ignore[attr-defined]  # pytest would take the name for a test


def run_tests(rule: Rule, catalogue: Mapping[str, Grain] = GRAINS, root: Path = Path()) -> RuleTestResult:
    """Run the tests that one rule carries."""
    failures: list[str] = []
    checks = 0
    for tests in rule.tests:
        checks += len(tests.match) + len(tests.no_match) + len(tests.undetermined) + len(tests.message)
        outcome, rows = _evaluated(rule, tests, catalogue, root)
        failures += outcome.faults
        failures += _differences(tests, _results(outcome, rows, rule))
    return RuleTestResult(rule.id, rule.where, checks, tuple(failures))


def _evaluated(
    rule: Rule, tests: RuleTests, catalogue: Mapping[str, Grain], root: Path
) -> tuple[Outcome, pd.DataFrame]:
    context = ScanContext("test", tests.as_of, CURRENCY, int(tests.horizon_days), root)
    facts = {rule.grain: _facts(tests.rows, rule.shape)}
    given = {name: rows for name, rows in tests.tables.items() if not name.startswith("facts.")}
    facts |= {
        name.removeprefix("facts."): _facts(rows, catalogue[name.removeprefix("facts.")])
        for name, rows in tests.tables.items()
        if name.startswith("facts.")
    }
    tables = {name: conform(name, pd.DataFrame(given.get(name, [])), _part_index(given)) for name in given}
    tested = replace(rule, status="active", effective_from=None, effective_to=None)
    outcome = evaluate(RuleSet((tested,)), facts, on=tests.as_of, context=context, tables=tables, failed_tables={})
    return outcome, facts[rule.grain]


def _facts(rows: list[dict[str, Any]], grain: Grain) -> pd.DataFrame:
    names = dict.fromkeys(name for row in rows for name in row)
    return frame(grain, {name: pd.Series([row.get(name) for row in rows], dtype=object) for name in names}, len(rows))


def _part_index(tables: Mapping[str, list[dict[str, Any]]]) -> pd.Index:
    return pd.Index(
        sorted(
            {
                str(row[name])
                for rows in tables.values()
                for row in rows
                for name in ("part_no", "parent", "component")
                if name in row
            }
        ),
        dtype="str",
    )


@dataclass(frozen=True, slots=True)
class _Said:
    """What the rule said of one row: a severity, ``undetermined`` or ``no_match``."""

    keys: frozenset[str]
    verdict: str
    message: str


def _results(outcome: Outcome, rows: pd.DataFrame, rule: Rule) -> list[_Said]:
    severities = dict(zip(outcome.findings["identity"], outcome.findings["severity"], strict=True))
    messages = dict(zip(outcome.findings["identity"], outcome.findings["message"], strict=True))
    open_rows = outcome.undetermined
    undetermined = set(open_rows.loc[open_rows["reason"] != "clear_margin", "identity"])
    keys = identities(rows, [Column(name, rule.shape[name].type) for name in rule.identity])
    verdicts = {**dict.fromkeys(undetermined, "undetermined"), **severities}
    return [
        _Said(_names(rows.iloc[index], rule), str(verdicts.get(key, "no_match")), str(messages.get(key, "")))
        for index, key in enumerate(keys)
    ]


def _names(row: "pd.Series[Any]", rule: Rule) -> frozenset[str]:
    values = [str(row[name]) for name in rule.identity if pd.notna(row[name])]
    return frozenset([*values, "/".join(values)])


def _differences(tests: RuleTests, said: list[_Said]) -> list[str]:
    wanted: list[tuple[str, str]] = list(tests.match.items())
    wanted += [(key, "no_match") for key in tests.no_match] + [(key, "undetermined") for key in tests.undetermined]
    found: list[str] = []
    for key, verdict in wanted:
        rows = [row for row in said if key in row.keys]
        if len(rows) != 1:
            found.append(f"{key} names {len(rows)} rows: write its identity in full, joined by /")
        elif rows[0].verdict != verdict:
            found.append(f"{key}: expected {verdict}, got {rows[0].verdict}")
    for key, text in tests.message.items():
        messages = [row.message for row in said if key in row.keys]
        if not any(text in message for message in messages):
            found.append(f"{key}: {text!r} is not in the message {' | '.join(messages)!r}")
    return found
