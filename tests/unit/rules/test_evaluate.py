"""What a scan gets from rules: findings, undetermined rows, coverage, and faults that stay alone."""

import json
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from pydantic import BaseModel

from riskplug.catalogue import GRAINS, frame
from riskplug.errors import UsageError
from riskplug.extend.protocols import ScanContext
from riskplug.model import FINDING_COLUMNS, Outcome
from riskplug.rules import RuleSet, evaluate, load_rules

ON = date(2025, 4, 28)
CONTEXT = ScanContext("s", ON, "EUR", 365)
HEAD = "schema: riskplug.rules/1\nrules:\n"
RULE = """  - id: short
    title: Short
    grain: part
    bands: {critical: all_runway_days < lead_time_days, warning: all_runway_days < lead_time_days + 30 days}
    owner: owner
    message: "{part_no}: {all_runway_days:.0f} days, out {stock_out_date}, {on_hand:,.1f} {currency}"
"""


class NoOptions(BaseModel):
    pass


def rules(tmp_path: Path, text: str, **given: Any) -> RuleSet:
    (tmp_path / "r.yaml").write_text(HEAD + text)
    return load_rules([tmp_path], GRAINS, **given)


def parts(*rows: dict[str, object]) -> pd.DataFrame:
    names = dict.fromkeys(name for row in rows for name in row)
    return frame(GRAINS["part"], {name: pd.Series([row.get(name) for row in rows], dtype=object) for name in names})


THREE = parts(
    {
        "part_no": "A",
        "site": "X",
        "all_runway_days": 5,
        "lead_time_days": 10,
        "owner": "Ida",
        "on_hand": 1234.5,
        "stock_out_date": date(2025, 5, 4),
    },
    {"part_no": "B", "site": "Y", "all_runway_days": 20, "lead_time_days": 10},
    {"part_no": "C", "site": "Y", "all_runway_days": 20},
)


def run(tmp_path: Path, text: str, facts: pd.DataFrame = THREE, failed: dict[str, str] | None = None) -> Outcome:
    loaded = rules(tmp_path, text)
    return evaluate(loaded, {"part": facts}, on=ON, context=CONTEXT, tables={}, failed_tables=failed or {})


def test_findings_carry_all_that_later_stages_read(tmp_path: Path) -> None:
    outcome = run(tmp_path, RULE)
    assert tuple(outcome.findings.columns) == FINDING_COLUMNS
    first, second = outcome.findings.to_dict("records")
    assert (first["rule"], first["severity"], second["severity"]) == ("short", "critical", "warning")
    assert first["identity"] == '{"part_no":"A","site":"X"}'
    assert (first["owner"], second["owner"]) == ("Ida", "")
    assert first["message"] == "A: 5 days, out 2025-05-04, 1,234.5 EUR"
    assert second["message"] == "B: 20 days, out unknown, unknown EUR"
    assert json.loads(first["measures"]) == {
        "all_runway_days": 5,
        "all_runway_days_state": None,
        "lead_time_days": 10,
        "on_hand": 1234.5,
        "part_no": "A",
        "stock_out_date": "2025-05-04",
    }
    assert (first["metric"], second["metric"]) == (5, 20)
    assert json.loads(first["evidence"])["band"] == "all_runway_days < lead_time_days"


def test_what_cannot_be_decided_is_listed_with_the_missing_columns(tmp_path: Path) -> None:
    (row,) = run(tmp_path, RULE).undetermined.to_dict("records")
    assert row == {
        "rule": "short",
        "identity": '{"part_no":"C","site":"Y"}',
        "columns": "lead_time_days",
        "reason": "missing",
        "severity": "",
    }


def test_coverage_counts_rows_and_unknowns_for_every_site(tmp_path: Path) -> None:
    coverage = run(tmp_path, RULE).coverage.to_dict("records")
    assert [(row["partition"], row["outcome"], row["rows"], row["undetermined"]) for row in coverage] == [
        ("X", "evaluated", 1, 0),
        ("Y", "evaluated", 2, 1),
    ]


def test_a_site_without_rows_of_the_grain_is_covered_all_the_same(tmp_path: Path) -> None:
    text = RULE.replace("grain: part", "grain: exposure").replace("{on_hand:,.1f} ", "")
    facts = {"part": THREE, "exposure": frame(GRAINS["exposure"], {}, 0)}
    outcome = evaluate(rules(tmp_path, text), facts, on=ON, context=CONTEXT, tables={}, failed_tables={})
    assert outcome.coverage["partition"].tolist() == ["X", "Y"]
    assert len(outcome.findings) == 0 and tuple(outcome.findings.columns) == FINDING_COLUMNS


def test_missing_values_may_alert_with_the_mildest_band(tmp_path: Path) -> None:
    outcome = run(tmp_path, RULE + "    on_missing: alert\n")
    last = outcome.findings.to_dict("records")[-1]
    assert (last["severity"], last["message"].endswith("(not known: lead_time_days)")) == ("warning", True)
    assert outcome.undetermined.empty and outcome.coverage["undetermined"].sum() == 1


def test_ignored_missing_values_still_hold_open_alerts(tmp_path: Path) -> None:
    outcome = run(tmp_path, RULE + "    on_missing: ignore\n")
    assert outcome.undetermined["reason"].tolist() == ["ignored"]


def test_within_the_clear_margin_a_row_is_neither_found_nor_cleared(tmp_path: Path) -> None:
    facts = parts(
        *(
            {"part_no": name, "site": "X", "all_runway_days": days, "lead_time_days": 10}
            for name, days in (("A", 39.9), ("B", 40), ("C", 44.9), ("D", 45))
        )
    )
    outcome = run(tmp_path, RULE + "    clear_margin: 5 days\n", facts)
    assert outcome.findings["part_no"].tolist() == ["A"]
    held = outcome.undetermined
    assert [json.loads(text)["part_no"] for text in held["identity"]] == ["B", "C"]
    assert held["reason"].unique().tolist() == ["clear_margin"]


def test_a_severe_band_left_by_less_than_the_margin_is_named_beside_the_finding(tmp_path: Path) -> None:
    """critical below 10 days, warning below 40, each left 5 days beyond."""
    facts = parts(
        *(
            {"part_no": name, "site": "X", "all_runway_days": days, "lead_time_days": 10}
            for name, days in (("A", 9), ("B", 14.9), ("C", 15), ("D", 44), ("E", 45))
        )
    )
    outcome = run(tmp_path, RULE + "    clear_margin: 5 days\n", facts)
    found = dict(zip(outcome.findings["part_no"], outcome.findings["severity"], strict=True))
    assert found == {"A": "critical", "B": "warning", "C": "warning"}
    close = {json.loads(row["identity"])["part_no"]: row["severity"] for row in outcome.undetermined.to_dict("records")}
    assert close == {"B": "critical", "D": "warning"}


def test_an_undecided_worse_band_is_named_in_the_evidence(tmp_path: Path) -> None:
    text = RULE.replace("all_runway_days < lead_time_days,", "on_hand < safety_stock,")
    (row,) = run(tmp_path, text, THREE.iloc[:1]).findings.to_dict("records")
    assert row["severity"] == "warning"
    assert json.loads(row["evidence"])["undetermined"] == "safety_stock"


def test_a_refused_table_fails_the_rules_that_rest_on_it_and_no_others(tmp_path: Path) -> None:
    other = RULE.replace("short", "own-data").replace(
        "bands: {critical: all_runway_days < lead_time_days, warning: all_runway_days < lead_time_days + 30 days}",
        "when: is_product\n    severity: info",
    )
    outcome = run(tmp_path, RULE + other, failed={"inventory@erp": "empty file"})
    by_rule = outcome.coverage.groupby("rule")["outcome"].unique().map(list).to_dict()
    assert by_rule == {"short": ["failed"], "own-data": ["evaluated"]}
    assert set(outcome.coverage.loc[outcome.coverage["rule"] == "short", "reason"]) == {"inventory: empty file"}


def test_an_identity_that_is_not_unique_is_a_fault_of_its_rule_alone(tmp_path: Path) -> None:
    text = RULE + RULE.replace("short", "well") + '    when: part_no == "B"\n'
    outcome = run(tmp_path, text, pd.concat([THREE, THREE.iloc[:1]]))  # one row of the grain twice
    (fault,) = outcome.faults
    assert fault.startswith("rule short") and '{"part_no":"A","site":"X"}' in fault
    assert outcome.findings["rule"].unique().tolist() == ["well"]
    assert dict(zip(outcome.coverage["rule"], outcome.coverage["outcome"], strict=True)) == {
        "short": "failed",
        "well": "evaluated",
    }


def test_an_identity_without_a_key_of_the_grain_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="not unique at grain part, which has one row per part_no, site") as caught:
        rules(tmp_path, RULE + "    identity: [site]\n")
    (problem,) = caught.value.problems
    assert (problem.code, problem.fix) == ("identity-not-unique", "add part_no")


@pytest.mark.parametrize(
    "line",
    ["status: draft", "status: retired", "status: shadow", "effective_to: 2025-04-27", "effective_from: 2025-04-29"],
)
def test_rules_that_are_not_on_are_skipped_and_say_so(tmp_path: Path, line: str) -> None:
    outcome = run(tmp_path, RULE + f"    {line}\n")
    assert outcome.findings.empty
    assert outcome.coverage["outcome"].unique().tolist() == ["skipped"]


def test_a_kind_that_breaks_its_contract_is_one_fault(tmp_path: Path) -> None:
    class Broken:
        kind, Options, needs = "broken", NoOptions, frozenset({"facts.part"})

        def __init__(self, options: object) -> None: ...

        def assess(self, tables: Any, context: Any) -> pd.DataFrame:
            return pd.DataFrame({"severity": ["grave"], "message": ["m"], "part_no": ["A"], "site": ["X"]})

    kind = "  - {id: k, title: K, grain: part, kind: broken}\n"
    loaded = rules(tmp_path, kind + RULE, kinds={"broken": Broken})
    outcome = evaluate(loaded, {"part": THREE}, on=ON, context=CONTEXT, tables={}, failed_tables={})
    assert len(outcome.faults) == 1 and "grave" in outcome.faults[0]
    assert outcome.findings["rule"].unique().tolist() == ["short"]


def test_the_order_of_identity_columns_does_not_change_the_identity(tmp_path: Path) -> None:
    outcome = run(tmp_path, RULE + "    identity: [site, part_no]\n")
    assert outcome.findings["identity"].tolist()[0] == '{"part_no":"A","site":"X"}'
