"""Rules on trial on the terminal: counted, their faults named, and always said to be told to nobody."""

from types import SimpleNamespace
from typing import Any, cast

import pandas as pd

from riskplug.cli.show import trial_lines
from riskplug.model import Outcome, ScanRecord


def record(outcome: Outcome | None) -> ScanRecord:
    return cast(ScanRecord, SimpleNamespace(on_trial=outcome))


def outcome(rows: list[tuple[str, str]], *faults: str) -> Outcome:
    findings = pd.DataFrame(rows, columns=["rule", "severity"]).astype("str")
    nothing: Any = pd.DataFrame()
    return Outcome(findings, nothing, nothing, faults)


def test_findings_are_counted_by_rule_and_severity() -> None:
    found = outcome([("b", "warning"), ("a", "critical"), ("b", "warning"), ("b", "info")])
    assert trial_lines(record(found)) == [
        "on trial: a: 1 critical, told to nobody",
        "on trial: b: 1 info, 2 warning, told to nobody",
    ]


def test_a_fault_is_named_and_silence_is_said() -> None:
    assert trial_lines(record(outcome([], "rule a: no facts"))) == ["on trial: rule a: no facts"]
    assert trial_lines(record(outcome([]))) == ["on trial: nothing found"]


def test_without_a_rule_on_trial_nothing_is_said() -> None:
    assert trial_lines(record(None)) == []
