"""An alert's life over several nights, from the cases in tests/cases/alerts."""

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from riskplug.alerts import Reconciled, empty_ledger, reconcile
from riskplug.documents import load_yaml
from tests.unit.alerts.nights import covered, identity, merged, outcome

CASES: list[dict[str, Any]] = load_yaml(Path(__file__).parents[2] / "cases/alerts/life-cycle.yaml").data
RULES = {"gone": {}, "changed": {"r": ("part", "part_no", "site", "supplier")}, "": {"r": ("part", "part_no", "site")}}
COVERAGE = {
    "": [covered("r", "DE01")],
    "failed": [covered("r", "DE01", "failed", "inventory refused"), covered("r", "US01")],
    "skipped": [covered("r", "DE01", "skipped")],
    "other_site": [covered("r", "US01")],
    "none": [covered("another", "*")],
    "all_failed": [covered("r", "*", "failed", "the rule broke")],
}


def played(ledger: pd.DataFrame, night: Mapping[str, Any]) -> Reconciled:
    found = [] if night["found"] == "-" else [("r", "M-1", "DE01", str(night["found"]))]
    missing = [{"rule": "r", "identity": identity("M-1", "DE01"), "columns": night.get("undetermined")}]
    tonight = outcome(found, COVERAGE[night.get("coverage", "")], missing if "undetermined" in night else ())
    parts = pd.DataFrame({"part_no": ["M-2"] if night.get("part") == "gone" else ["M-1"], "site": ["DE01"]})
    rules = RULES[night.get("rule", "")]
    return reconcile(ledger, tonight, on=night["on"], workspace="w", known_rules=rules, parts=parts)


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_an_alert_lives_as_the_case_says(case: dict[str, Any]) -> None:
    ledger = empty_ledger()
    for night in case["nights"]:
        reconciled = played(ledger, night)
        ledger = merged(ledger, reconciled.alerts)
        [row] = ledger.to_dict("records")
        kinds = [change.kind for change in reconciled.changes] or ["none"]
        assert (kinds, bool(reconciled.news), row["condition"]) == (
            [night["change"]],
            night["told"],
            night["condition"],
        )
        assert bool(reconciled.held) == night.get("held", False)
        for name in ("severity", "episode", "reason"):
            assert row[name] == night.get(name, row[name])
        if night["told"]:
            assert reconciled.events["kind"].tolist() == [night["change"]]


def test_a_change_says_who_what_and_since_when() -> None:
    first = played(empty_ledger(), CASES[0]["nights"][0])
    [change] = first.changes
    assert (change.rule, change.owner, change.message, change.metric) == ("r", "anna", "M-1 is short", 12.0)
    assert dict(change.identity) == {"part_no": "M-1", "site": "DE01"}
    worse = played(first.alerts, {"on": date(2025, 4, 29), "found": "critical"})
    assert (worse.changes[0].previous_severity, worse.changes[0].severity) == ("warning", "critical")
    assert worse.alerts["first_seen"].dt.date.tolist() == [date(2025, 4, 28)]


def test_an_alert_without_a_site_needs_every_partition() -> None:
    rules = {"r": ("part", "part_no")}
    everywhere = [covered("r", "DE01"), covered("r", "US01")]
    before = reconcile(
        None, outcome([("r", "M-1", "", "warning")], everywhere), on=date(2025, 4, 28), workspace="w", known_rules=rules
    )
    partly = outcome(coverage=[covered("r", "DE01"), covered("r", "US01", "failed")])
    assert [c.kind for c in _after(before, partly, rules).changes] == ["unknown"]
    assert [c.kind for c in _after(before, outcome(coverage=everywhere), rules).changes] == ["resolved"]


def _after(before: Reconciled, tonight: Any, rules: Any) -> Reconciled:
    return reconcile(before.alerts, tonight, on=date(2025, 4, 29), workspace="w", known_rules=rules)


def test_what_is_worst_is_said_first() -> None:
    found = [("r", "M-1", "DE01", "info"), ("r", "M-2", "DE01", "critical"), ("r", "M-3", "DE01", "warning")]
    told = reconcile(None, outcome(found, COVERAGE[""]), on=date(2025, 4, 28), workspace="w", known_rules=RULES[""])
    assert [change.severity for change in told.news] == ["critical", "warning", "info"]


def test_a_night_without_findings_and_alerts_is_quiet() -> None:
    quiet = reconcile(None, outcome(), on=date(2025, 4, 28), workspace="w", known_rules=RULES[""])
    assert (quiet.changes, len(quiet.alerts), len(quiet.events)) == ((), 0, 0)


@pytest.mark.parametrize(
    "parts",
    [
        pd.DataFrame({"part_no": ["M-1"], "site": ["DE01"], "base_unit": [None]}),
        pd.DataFrame({"part_no": ["M-1"], "site": ["US01"], "base_unit": ["pc"]}),
    ],
    ids=["named by other tables only", "at another site only"],
)
def test_a_part_that_left_the_part_master_of_its_site_resolves_nothing(parts: pd.DataFrame) -> None:
    ledger = empty_ledger()
    for on, found in ((date(2025, 4, 28), [("r", "M-1", "DE01", "warning")]), (date(2025, 4, 29), [])):
        tonight = outcome(found, COVERAGE[""])
        done = reconcile(ledger, tonight, on=on, workspace="w", known_rules=RULES[""], parts=parts)
        ledger = merged(ledger, done.alerts)
    assert [(change.kind, change.reason) for change in done.changes] == [
        ("unknown", "the part is no longer in the data")
    ]
