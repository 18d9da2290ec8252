"""Kept scans as nights: the newest of each date, columns of today, refused tables, and the commands over them."""

import json
from datetime import date
from pathlib import Path

import pandas as pd
import pytest
from typer.testing import CliRunner

from riskplug.cli.app import app
from riskplug.errors import StateMissing, UsageError
from riskplug.hindsight import kept_nights, night_of
from riskplug.rules import rows_of_part, tables_behind_column
from tests.unit.rules.test_backtest import NIGHTS, RULE, facts
from tests.unit.rules.test_evaluate import HEAD

TOML = """
[workspace]
name = "t"
[sites.X]
country = "DE"
[sources.erp]
path = "exports"
[rules]
paths = ["rules"]
"""


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    (tmp_path / "riskplug.toml").write_text(TOML)
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules" / "low.yaml").write_text(HEAD + RULE)
    for number, (day, stock) in enumerate(NIGHTS.items()):
        keep(tmp_path, day, f"{day}-1-a", facts(stock), at=1_700_000_000 + number)
    return tmp_path


def keep(root: Path, day: date, scan_id: str, part: pd.DataFrame, at: int) -> None:
    import os

    folder = root / ".riskplug" / "scans" / day.isoformat() / scan_id
    (folder / "facts").mkdir(parents=True)
    part.to_parquet(folder / "facts" / "part.parquet")
    (folder / "run.json").write_text(json.dumps({"scan_id": scan_id, "business_date": day.isoformat(), "manifest": {}}))
    os.utime(folder / "run.json", (at, at))


def run(workspace: Path, *words: str) -> str:
    result = CliRunner().invoke(app, ["rules", *words, "-w", str(workspace)], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.output


def test_a_date_scanned_twice_counts_once_with_its_last_scan(workspace: Path) -> None:
    keep(workspace, date(2025, 4, 2), "2025-04-02-2-b", facts({"A": 1.0}), at=1_700_000_500)
    nights = kept_nights(workspace / ".riskplug")
    assert [night.business_date for night in nights] == sorted(NIGHTS)
    assert nights[1].scan_id == "2025-04-02-2-b"
    assert [night.business_date for night in kept_nights(workspace / ".riskplug", 2)] == sorted(NIGHTS)[-2:]


def test_a_column_that_an_old_scan_did_not_know_is_unknown(workspace: Path) -> None:
    part = facts({"A": 1.0}).drop(columns="products").assign(of_a_plugin=1)
    keep(workspace, date(2025, 3, 1), "old", part, at=1_600_000_000)
    kept = night_of(workspace / ".riskplug", "old").facts("part")
    assert kept is not None
    assert kept["products"].isna().all()
    assert "of_a_plugin" not in kept


def test_without_a_scan_there_are_no_nights(tmp_path: Path) -> None:
    with pytest.raises(StateMissing, match="no scan has been run yet"):
        kept_nights(tmp_path)


def test_backtest_prints_a_line_a_night_and_what_to_do(workspace: Path) -> None:
    lines = run(workspace, "backtest", "low").splitlines()
    assert lines[0] == "low: 3 findings over 4 nights"
    assert lines[2].split() == ["2025-04-01", "0", "2", "0", "0", "2", "0", "0", "66.7", "%"]
    assert "1 came back after a night without them: a clear_margin would hold them" in lines[-4]
    assert "4 days from the first finding to critical (median)" in lines[-3]
    assert "narrow its condition" in lines[-1]


def test_backtest_as_json_has_null_for_what_is_not_known(workspace: Path) -> None:
    (said,) = json.loads(run(workspace, "backtest", "low", "--scans", "1", "--format", "json"))
    assert said["schema"] == "riskplug.backtest/1"
    assert (said["findings"], said["days_before_critical"]) == (2, 0)
    (only,) = json.loads(run(workspace, "backtest", "stale-measure", "--scans", "1", "--format", "json"))
    assert only["nights"][0]["critical"] is None
    assert "no facts of grain measure" in only["nights"][0]["fault"]


def test_diff_against_the_workspace_and_between_two_files(workspace: Path, tmp_path: Path) -> None:
    new = tmp_path / "new.yaml"
    new.write_text(HEAD + RULE.replace("< 10", "< 4"))
    said = run(workspace, "diff", str(new))
    assert "low: 2 changes band" in said
    assert "critical -> warning      A/X  A: 5" in said
    both = run(workspace, "diff", str(new), str(workspace / "rules" / "low.yaml"), "--format", "json")
    changes = json.loads(both)["changes"]
    assert [(row["was"], row["now"]) for row in changes] == [("warning", "critical")] * 2
    assert "no difference" in run(workspace, "diff", str(workspace / "rules" / "low.yaml"))


@pytest.mark.parametrize("words", [["backtest"], ["diff"], ["diff", "rules/low.yaml"]])
def test_a_file_without_rules_is_not_compared_in_silence(
    workspace: Path, monkeypatch: pytest.MonkeyPatch, words: list[str]
) -> None:
    monkeypatch.chdir(workspace)
    (workspace / "empty.yaml").write_text("schema: riskplug.rules/1\nlists: {few: [A]}\n")
    with pytest.raises(UsageError, match=r"no rule stands in empty\.yaml"):
        run(workspace, *words, "empty.yaml")


def test_a_report_of_tests_that_cannot_be_written_says_where(workspace: Path) -> None:
    with pytest.raises(UsageError, match=r"cannot write .*x\.xml: No such file or directory"):
        run(workspace, "test", "low", "--junit", str(workspace / "none" / "x.xml"))


def test_explain_says_verdict_conditions_values_and_tables(workspace: Path) -> None:
    said = run(workspace, "explain", "low", "A")
    assert "part_no A, site X: critical" in said
    assert "true         critical: on_hand < 10  [on_hand=5]" in said
    assert "on_hand = 5: " in said
    assert "From inventory." in said
    (row,) = json.loads(run(workspace, "explain", "low", "C", "--scan", "2025-04-02-1-a", "--format", "json"))["rows"]
    assert (row["verdict"], row["missing"], row["message"]) == ("undetermined", ["on_hand"], None)
    assert [step["truth"] for step in row["steps"]] == ["undetermined", "undetermined"]


def test_a_row_within_the_clear_margin_is_explained_as_no_finding(workspace: Path) -> None:
    (workspace / "rules" / "low.yaml").write_text(HEAD + RULE + "    clear_margin: 10\n")
    (row,) = json.loads(run(workspace, "explain", "low", "C", "--format", "json"))["rows"]
    assert (row["verdict"], row["missing"]) == ("no finding", [])


def refuse_inventory(root: Path, day: date) -> None:
    folder = root / ".riskplug" / "snapshots" / day.isoformat() / f"{day}-1-a"
    folder.mkdir(parents=True)
    refused = {"table": ["inventory"], "source": ["erp"], "verdict": ["refused"], "why": ["half of it is gone"]}
    pd.DataFrame(refused).to_parquet(folder / "table_facts.parquet")


def test_a_rule_that_failed_on_the_night_has_no_answer_to_explain_or_compare(workspace: Path, tmp_path: Path) -> None:
    refuse_inventory(workspace, date(2025, 4, 7))
    (workspace / "new.yaml").write_text(HEAD + RULE.replace("on_hand", "lead_time_days"))
    said = run(workspace, "diff", str(workspace / "new.yaml"))
    assert "low: no answer: inventory: half of it is gone" in said
    assert "no difference" not in said and "vanishes" not in said
    found = json.loads(run(workspace, "diff", str(workspace / "new.yaml"), "--format", "json"))
    assert (found["no_answer"], found["changes"]) == ({"low": "inventory: half of it is gone"}, [])


def test_explain_says_no_answer_where_the_rule_failed(workspace: Path) -> None:
    twice = pd.concat([facts({"A": 1.0})] * 2, ignore_index=True)
    keep(workspace, date(2025, 4, 9), "twice", twice, at=1_700_000_900)
    rows = json.loads(run(workspace, "explain", "low", "A", "--format", "json"))["rows"]
    assert [row["verdict"] for row in rows] == ["no answer"] * 2
    assert "not unique" in rows[0]["message"]


def test_explaining_what_is_not_there_says_where_to_look(workspace: Path) -> None:
    with pytest.raises(UsageError, match="no row of grain part for 'Z'"):
        run(workspace, "explain", "low", "Z")


def test_the_lines_of_a_part_are_named_once_each_and_their_absence_too() -> None:
    rows = {"part_no": ["A", "A", "A", "B", "A"], "site": ["X", "X", None, "X", "Y"], "file": ["f.csv"] * 5}
    stock = pd.DataFrame({**rows, "row": [2.0, 2.0, 3.0, 4.0, 5.0]})
    tables = {"inventory": stock, "demand": stock.iloc[:0]}
    said = list(rows_of_part(tables, ("inventory", "demand", "sourcing"), "A", "X"))
    assert said == ["inventory: f.csv line 2, 3", "demand: no row"]


@pytest.mark.parametrize(
    ("column", "tables"),
    [
        ("licence_days", ("register",)),
        ("lead_time_days", ("parts", "sourcing")),
        ("stock_runway_days", ("inventory", "purchase_orders", "production_orders", "demand")),
        ("procurement", ("parts",)),
    ],
)
def test_each_column_knows_the_tables_behind_it(column: str, tables: tuple[str, ...]) -> None:
    assert tables_behind_column("exposure", column) == tables
