"""Great Expectations and the gates: what is refused, what is set aside, what is only said."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pandas as pd
import pytest

from riskplug.doubts import doubts, untrusted_tables
from riskplug.errors import UsageError
from riskplug.extend import ExpectationSpec
from riskplug.extend.host import Choice, PluginHost
from riskplug.model import QUARANTINE_COLUMNS, FileDoubt, Ingested, InputFile, Outcome, Refusal, Validated
from riskplug.tables import TABLES, conform, empty
from riskplug.validate import load_expectations, validate
from riskplug.workspace import Workspace

PARTS = pd.Index(["A", "B", "C"], dtype="str")
DAY = date(2025, 4, 28)


def workspace(folder: Path, **more: object) -> Workspace:
    return Workspace.model_validate(
        {"root": folder, "workspace": {"name": "W"}, "sites": {"S1": {"country": "DE"}}, "sources": {}, **more}
    )


def ingested(
    rows: Mapping[str, Sequence[Mapping[str, object]]],
    extracted: datetime | None = None,
    refused: tuple[Refusal, ...] = (),
) -> Ingested:
    tables = {name: empty(name, PARTS) for name in TABLES}
    for name, given in rows.items():
        frame = pd.DataFrame(
            [{"source": "erp", "file": f"{name}.csv", "row": n, **row} for n, row in enumerate(given, start=2)]
        )
        tables[name] = conform(name, frame, PARTS)
    files = tuple(
        InputFile(name, "erp", f"{name}.csv", "00", len(given), 1, extracted, "canonical")
        for name, given in rows.items()
    )
    return Ingested(tables, pd.DataFrame(columns=list(QUARANTINE_COLUMNS)), files, refused)


def fact(found: Validated, table: str) -> Mapping[str, object]:
    return found.facts[found.facts["table"] == table].iloc[0].to_dict()


GOOD = {"part_no": "A", "base_unit": "pc", "lead_time_days": 10}


def test_good_rows_are_accepted_and_every_check_is_listed(tmp_path: Path) -> None:
    found = validate(ingested({"parts": [GOOD]}), workspace=workspace(tmp_path), on=DAY)
    assert fact(found, "parts")["verdict"] == "accepted"
    assert len(found.tables["parts"]) == 1
    assert found.checks["success"].all()
    assert "expect_table_row_count_to_be_between" in set(found.checks["expectation"])


def test_two_rows_of_one_part_are_set_aside_with_file_and_line(tmp_path: Path) -> None:
    found = validate(ingested({"parts": [GOOD, {**GOOD, "part_no": "B"}, GOOD]}), workspace=workspace(tmp_path), on=DAY)
    assert list(found.tables["parts"]["part_no"].astype("str")) == ["B"]
    assert found.quarantine[["file", "line"]].to_numpy().tolist() == [["parts.csv", 2], ["parts.csv", 4]]
    assert "one row per key" in found.quarantine["reason"].iloc[0]
    assert fact(found, "parts")["verdict"] == "degraded"
    assert fact(found, "parts")["quarantined"] == 2


def test_a_critical_expectation_of_the_workspace_refuses_the_table(tmp_path: Path) -> None:
    file = tmp_path / "mine.yaml"
    file.write_text(
        "schema: riskplug.expectations/1\nexpectations:\n  - table: parts\n    expect: column_values_to_be_between\n"
        "    column: lead_time_days\n    max_value: 5\n    severity: critical\n    reason: nothing takes that long\n"
    )
    found = validate(
        ingested({"parts": [GOOD]}), on=DAY, workspace=workspace(tmp_path, validate={"expectations": ["mine.yaml"]})
    )
    assert fact(found, "parts")["verdict"] == "refused"
    assert "nothing takes that long" in str(fact(found, "parts")["why"])
    assert found.tables["parts"].empty


def test_an_info_expectation_of_a_plugin_is_counted_and_nothing_else(tmp_path: Path) -> None:
    spec = ExpectationSpec(
        "parts", "expect_column_values_to_be_between", {"column": "lead_time_days", "max_value": 5}, "info", "long"
    )
    found = validate(ingested({"parts": [GOOD]}), workspace=workspace(tmp_path), on=DAY, contributed=[spec])
    assert fact(found, "parts")["verdict"] == "accepted"
    assert found.checks.loc[found.checks["severity"] == "info", "unexpected"].tolist() == [1]


def test_a_shrunken_table_is_refused_and_an_equal_one_is_not(tmp_path: Path) -> None:
    rows = [{**GOOD, "part_no": name} for name in "AB"]
    before = {("parts", "erp"): 10}
    shrunk = validate(ingested({"parts": rows}), workspace=workspace(tmp_path), on=DAY, previous_rows=before)
    assert fact(shrunk, "parts")["verdict"] == "refused"
    assert fact(shrunk, "parts")["row_drop_pct"] == pytest.approx(80)
    same = validate(
        ingested({"parts": rows}), workspace=workspace(tmp_path), on=DAY, previous_rows={("parts", "erp"): 2}
    )
    assert fact(same, "parts")["verdict"] == "accepted"


def test_the_age_is_counted_from_the_stock_date_and_unknown_without_one(tmp_path: Path) -> None:
    stock = {"part_no": "A", "quantity": 5, "site": "S1", "as_of": "2025-04-18"}
    found = validate(ingested({"parts": [GOOD], "inventory": [stock]}), workspace=workspace(tmp_path), on=DAY)
    assert fact(found, "inventory")["age_days"] == 10
    assert fact(found, "inventory")["verdict"] == "degraded"
    assert pd.isna(fact(found, "parts")["age_days"])


def test_a_declared_extraction_time_gives_the_age(tmp_path: Path) -> None:
    found = validate(
        ingested({"parts": [GOOD]}, datetime(2025, 4, 27, 22, tzinfo=UTC)), workspace=workspace(tmp_path), on=DAY
    )
    assert fact(found, "parts")["age_days"] == 1


def test_a_table_refused_by_ingest_stays_refused_with_its_reason(tmp_path: Path) -> None:
    refusal = Refusal("inventory", "erp", "inventory.csv", "zero bytes", "export it again")
    found = validate(ingested({"parts": [GOOD]}, refused=(refusal,)), workspace=workspace(tmp_path), on=DAY)
    assert fact(found, "inventory")["verdict"] == "refused"
    assert fact(found, "inventory")["why"] == "zero bytes"


def test_an_expectation_that_does_not_exist_is_a_usage_error(tmp_path: Path) -> None:
    spec = ExpectationSpec("parts", "expect_miracles")
    with pytest.raises(UsageError, match="expect_miracles"):
        validate(ingested({"parts": [GOOD]}), workspace=workspace(tmp_path), on=DAY, contributed=[spec])


def test_mistakes_in_an_expectation_file_are_all_named_with_their_lines(tmp_path: Path) -> None:
    file = tmp_path / "bad.yaml"
    file.write_text(
        "schema: riskplug.expectations/1\nexpectations:\n  - table: partss\n    expect: x\n"
        "  - table: parts\n    expect: column_values_to_not_be_null\n    column: descripton\n"
    )
    with pytest.raises(UsageError) as caught:
        load_expectations([file])
    said = [str(problem) for problem in caught.value.problems]
    assert len(said) == 2
    assert "bad.yaml:3" in said[0]
    assert "did you mean 'parts'?" in said[0]
    assert "bad.yaml:5" in said[1]
    assert "did you mean 'description'?" in said[1]


@pytest.mark.parametrize(
    ("spec", "why"),
    [
        (ExpectationSpec("parts", "expect_miracles", severity="critical"), "no expectation 'expect_miracles'"),
        (
            ExpectationSpec("parts", "expect_column_values_to_not_be_null", {"colum": "part_no"}, "critical"),
            "expect_column_values_to_not_be_null: ",
        ),
        (
            ExpectationSpec("parts", "expect_column_values_to_not_be_null", {"column": "partno"}, "critical"),
            "expect_column_values_to_not_be_null on parts: ",
        ),
    ],
    ids=["no such expectation", "another argument", "no such column"],
)
def test_a_broken_expectation_of_a_plugin_is_told_and_counts_for_nothing(
    tmp_path: Path, spec: ExpectationSpec, why: str
) -> None:
    told: list[tuple[ExpectationSpec, str]] = []
    sound = ExpectationSpec("parts", "expect_column_values_to_be_between", {"column": "lead_time_days", "max_value": 5})
    found = validate(
        ingested({"parts": [GOOD, {**GOOD, "part_no": "B", "lead_time_days": 3}]}),
        workspace=workspace(tmp_path),
        on=DAY,
        contributed=[spec, sound],
        broken=lambda which, reason: told.append((which, reason)),
    )
    assert [which for which, _ in told] == [spec] and told[0][1].startswith(why)
    assert found.tables["parts"]["part_no"].tolist() == ["B"]  # the sound one of the same plugin still holds
    assert spec.name not in set(found.checks["expectation"][~found.checks["success"]])


CUT = FileDoubt("parts", "erp", "parts.csv", "the last line, 3, does not end", is_cut=True)
LACKS = FileDoubt("parts", "erp", "parts.csv", "column LT that the profile names is not in the file")


def odd(tmp_path: Path, doubt: FileDoubt, before: int) -> Validated:
    """Two parts of a file that something is odd about; ``before``: how many there were last time."""
    read = replace(ingested({"parts": [GOOD, {**GOOD, "part_no": "B"}]}), doubts=(doubt,))
    lenient = workspace(tmp_path, policy={"max_row_drop_pct": 50})
    return validate(read, workspace=lenient, on=DAY, previous_rows={("parts", "erp"): before})


@pytest.mark.parametrize(("before", "verdict", "rows"), [(0, "degraded", 2), (2, "degraded", 2), (3, "refused", 0)])
def test_a_file_that_may_be_cut_off_is_degraded_and_refused_once_rows_are_missing(
    before: int, verdict: str, rows: int, tmp_path: Path
) -> None:
    found = odd(tmp_path, CUT, before)
    parts = fact(found, "parts")
    assert (parts["verdict"], parts["rows"], len(found.tables["parts"])) == (verdict, rows, rows)
    assert "parts.csv: the last line, 3, does not end" in str(parts["why"])
    (check,) = found.checks[found.checks["expectation"] == "file_is_whole"].itertuples()
    assert (check.table, check.source, check.severity, check.success) == ("parts", "erp", "warning", False)


def test_columns_that_a_file_lacks_are_told_and_degrade_nothing(tmp_path: Path) -> None:
    for before in (0, 2, 3):
        parts = fact(odd(tmp_path, LACKS, before), "parts")
        assert (parts["verdict"], parts["why"]) == ("accepted", f"parts.csv: {LACKS.what}")


def test_a_scan_is_degraded_by_a_file_that_may_be_cut_off_and_not_by_absent_columns(tmp_path: Path) -> None:
    outcome = Outcome(pd.DataFrame(), pd.DataFrame(), pd.DataFrame())
    host = PluginHost.load(Choice(none=True))
    told = doubts(odd(tmp_path, CUT, 2), outcome, host, 7)
    assert told == ("parts@erp: parts.csv: the last line, 3, does not end",)
    assert [text.startswith("parts@erp was refused: ") for text in doubts(odd(tmp_path, CUT, 3), outcome, host, 7)] == [
        True
    ]
    assert doubts(odd(tmp_path, LACKS, 2), outcome, host, 7) == ()


def with_demand_before(folder: Path, tolerated_pct: float) -> Validated:
    """Tonight only parts; before, demand too, and demand of a source that is no longer configured."""
    before = {("parts", "erp"): 1, ("demand", "erp"): 156, ("demand", "gone"): 9}
    here = workspace(folder, sources={"erp": {"path": "exports"}}, policy={"max_row_drop_pct": tolerated_pct})
    return validate(ingested({"parts": [GOOD]}), workspace=here, on=DAY, previous_rows=before)


def test_a_table_of_the_last_accepted_scan_that_is_not_delivered_is_missing(tmp_path: Path) -> None:
    found = with_demand_before(tmp_path, 10)
    missing = found.facts[found.facts["verdict"] == "missing"]
    assert missing[["table", "source", "previous_rows", "row_drop_pct", "why"]].to_numpy().tolist() == [
        ["demand", "erp", 156, 100, "not delivered; the last accepted scan had 156 rows"]
    ]


def test_a_missing_table_degrades_the_scan_and_no_rule_over_it_may_conclude(tmp_path: Path) -> None:
    found = with_demand_before(tmp_path, 10)
    why = "not delivered; the last accepted scan had 156 rows"
    assert untrusted_tables(found) == {"demand@erp": why}
    nothing = Outcome(pd.DataFrame(), pd.DataFrame(), pd.DataFrame())
    assert doubts(found, nothing, PluginHost.load(Choice(none=True)), 3) == (f"demand@erp is missing: {why}",)


def test_a_workspace_that_tolerates_any_drop_may_give_up_a_table(tmp_path: Path) -> None:
    assert set(with_demand_before(tmp_path, 100).facts["verdict"]) == {"accepted"}
