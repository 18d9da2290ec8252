"""The lineage events, against the fields and types that OpenLineage's own specification requires.

Source: github.com/OpenLineage/OpenLineage, spec/OpenLineage.json (2-0-2) and the files of spec/facets, read 2026-11-30;
what is required there is said here in our own words.
"""

import json
from datetime import date
from pathlib import Path
from typing import Any
from uuid import UUID

import pandas as pd
import pytest
from jsonschema import Draft202012Validator, FormatChecker
from nights import a_file, a_night, a_record

from riskplug.tables import TABLES
from riskplug.watch.lineage import append_event, end_event, start_event

URI = {"type": "string", "pattern": "^[a-z]+:[^ ]+$"}
WORD = {"type": "string", "minLength": 1}


def facet(required: dict[str, Any] | None = None) -> dict[str, Any]:
    own = {"_producer": URI, "_schemaURL": URI, **(required or {})}
    return {"type": "object", "properties": own, "required": list(own)}


ASSERTION = {
    "type": "object",
    "properties": {"assertion": WORD, "success": {"type": "boolean"}, "column": WORD},
    "required": ["assertion", "success"],
}
FIELDS = {"type": "array", "items": {"type": "object", "properties": {"name": WORD}, "required": ["name"]}}
COUNT = {"type": "integer"}
DATASET = {
    "type": "object",
    "properties": {
        "namespace": WORD,
        "name": WORD,
        "facets": {
            "type": "object",
            "properties": {"schema": facet({"fields": FIELDS})},
            "additionalProperties": facet(),
        },
        "inputFacets": {
            "type": "object",
            "properties": {
                "dataQualityAssertions": facet({"assertions": {"type": "array", "items": ASSERTION}}),
                "dataQualityMetrics": facet({"columnMetrics": {"type": "object"}, "rowCount": COUNT, "bytes": COUNT}),
            },
            "additionalProperties": facet(),
        },
        "outputFacets": {
            "type": "object",
            "properties": {"outputStatistics": facet({"rowCount": COUNT})},
            "additionalProperties": facet(),
        },
    },
    "required": ["namespace", "name"],
}
MOMENT = {"type": "string", "pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$"}
EVENT = {
    "type": "object",
    "properties": {
        "eventType": {"enum": ["START", "RUNNING", "COMPLETE", "ABORT", "FAIL", "OTHER"]},
        "eventTime": MOMENT,
        "producer": URI,
        "schemaURL": URI,
        "run": {
            "type": "object",
            "properties": {
                "runId": {"type": "string", "format": "uuid"},
                "facets": {
                    "type": "object",
                    "properties": {
                        "nominalTime": facet({"nominalStartTime": MOMENT}),
                        "errorMessage": facet({"message": WORD, "programmingLanguage": WORD}),
                    },
                    "additionalProperties": facet(),
                },
            },
            "required": ["runId"],
        },
        "job": {"type": "object", "properties": {"namespace": WORD, "name": WORD}, "required": ["namespace", "name"]},
        "inputs": {"type": "array", "items": DATASET},
        "outputs": {"type": "array", "items": DATASET},
    },
    "required": ["eventTime", "producer", "schemaURL", "run", "job"],
}


def problems(event: dict[str, Any]) -> list[str]:
    again = json.loads(json.dumps(event))
    return [error.message for error in Draft202012Validator(EVENT, format_checker=FormatChecker()).iter_errors(again)]


def whole() -> Any:
    checks = pd.DataFrame(
        {
            "table": ["parts", "parts", "inventory"],
            "source": ["erp"] * 3,
            "expectation": ["values_not_null", "row_count", "values_between"],
            "column": ["part_no", None, "quantity"],
            "success": [True, False, True],
        }
    )
    outcome = a_record().outcome
    return a_night(record=a_record(checks=checks, outcome=outcome))


@pytest.mark.parametrize(
    "event",
    [start_event(whole()), end_event(whole()), end_event(a_night(record=None, reason="DataRefused", exit_code=6))],
    ids=["start", "complete", "fail"],
)
def test_every_event_has_what_the_specification_requires(event: dict[str, Any]) -> None:
    assert problems(event) == []
    for name in ("run", "job", "eventTime", "producer"):
        assert problems({key: value for key, value in event.items() if key != name})


def test_start_and_end_are_of_one_run() -> None:
    start, end = start_event(whole()), end_event(whole())
    assert (start["eventType"], end["eventType"]) == ("START", "COMPLETE")
    assert start["run"]["runId"] == end["run"]["runId"] and UUID(start["run"]["runId"])
    assert start["job"] == end["job"] == {"namespace": "riskplug", "name": "Small.scan"}
    other = start_event(a_night(scan_id="2025-04-29-1-abc", business_date=date(2025, 4, 29)))
    assert other["run"]["runId"] != start["run"]["runId"] and other["job"] == start["job"]


def test_inputs_have_rows_columns_and_what_was_checked() -> None:
    parts, inventory = end_event(whole())["inputs"]
    assert (parts["namespace"], parts["name"]) == ("riskplug:erp", "exports/parts.csv")
    assert parts["inputFacets"]["dataQualityMetrics"]["rowCount"] == 105
    assert parts["inputFacets"]["dataQualityMetrics"]["riskplug_rows_used"] == "100"
    assert parts["inputFacets"]["dataQualityAssertions"]["assertions"] == [
        {"assertion": "values_not_null", "success": True, "column": "part_no"},
        {"assertion": "row_count", "success": False},
    ]
    names = [field["name"] for field in parts["facets"]["schema"]["fields"]]
    assert names == [column.name for column in TABLES["parts"].columns]
    assert [one["column"] for one in inventory["inputFacets"]["dataQualityAssertions"]["assertions"]] == ["quantity"]


def test_outputs_have_their_rows() -> None:
    outputs = {one["name"]: one for one in end_event(whole())["outputs"]}
    findings = outputs["scans/2025-04-28/2025-04-28-1-abc/findings.parquet"]
    assert findings["outputFacets"]["outputStatistics"]["rowCount"] == 3
    assert (
        outputs["scans/2025-04-28/2025-04-28-1-abc/facts/table.parquet"]["outputFacets"]["outputStatistics"]["rowCount"]
        == 5
    )


def test_a_failed_run_says_its_code_and_no_more() -> None:
    event = end_event(a_night(record=None, reason="DataRefused", exit_code=6))
    assert event["run"]["facets"]["errorMessage"]["message"] == "exit code 6: DataRefused"
    assert event["inputs"] == event["outputs"] == []


def test_a_table_of_a_plugin_has_no_columns_to_tell() -> None:
    night = a_night(record=a_record(files=(a_file("tooling", 3),), checks=whole().record.checks))
    [one] = end_event(night)["inputs"]
    assert one["facets"]["schema"]["fields"] == []


def test_events_are_added_one_a_line(tmp_path: Path) -> None:
    path = tmp_path / "lineage.ndjson"
    append_event(path, {"a": "one\ntwo"})
    append_event(path, {"b": "ü"})
    assert [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()] == [
        {"a": "one\ntwo"},
        {"b": "ü"},
    ]
