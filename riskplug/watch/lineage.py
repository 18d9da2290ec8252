"""OpenLineage events, appended to a file: what a scan read, how the data were found, what it made of them.

By hand after the public specification (github.com/OpenLineage/OpenLineage, spec/OpenLineage.json 2-0-2 and
spec/facets): a START when the date is claimed, then COMPLETE or FAIL under the same run. No value of a row is in them.
"""

import fcntl
import json
import os
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import NAMESPACE_URL, uuid5

import pandas as pd

from riskplug.catalogue import GRAINS
from riskplug.model import InputFile, ScanRecord
from riskplug.tables import TABLES
from riskplug.watch.night import Ended

PRODUCER = "urn:riskplug:scan"
EVENT_SCHEMA = "https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/RunEvent"
_SPEC = "https://openlineage.io/spec"
_SCHEMAS = {
    name: f"{_SPEC}/{version}/{kind}.json#/$defs/{kind}"
    for name, version, kind in (
        ("schema", "facets/1-0-0", "SchemaDatasetFacet"),
        ("dataQualityMetrics", "facets/1-0-2", "DataQualityMetricsInputDatasetFacet"),
        ("dataQualityAssertions", "facets/1-0-0", "DataQualityAssertionsDatasetFacet"),
        ("outputStatistics", "1-0-1", "OutputStatisticsOutputDatasetFacet"),
        ("nominalTime", "1-0-1", "NominalTimeRunFacet"),
        ("errorMessage", "facets/1-0-0", "ErrorMessageRunFacet"),
    )
}

Json = dict[str, Any]


def start_event(night: Ended) -> Json:
    """The event of a scan that has claimed its date; what it will read is not known yet."""
    return _event("START", night.started, night, {}, [], [])


def end_event(night: Ended) -> Json:
    """The event of a scan that has ended: with inputs and outputs where it came to its end."""
    if night.record is None:
        said = _facet(
            "errorMessage", message=f"exit code {night.exit_code}: {night.reason}", programmingLanguage="Python"
        )
        return _event("FAIL", night.ended, night, {"errorMessage": said}, [], [])
    return _event("COMPLETE", night.ended, night, {}, _inputs(night.record), _outputs(night))


def append_event(path: Path, event: Mapping[str, Any]) -> None:
    """Add an event as one line; several scans may add to one file."""
    line = json.dumps(event, ensure_ascii=False, separators=(",", ":")) + "\n"
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "wb") as stream:
        fcntl.flock(stream, fcntl.LOCK_EX)
        stream.write(line.encode())


def _event(kind: str, at: datetime, night: Ended, facets: Json, inputs: list[Json], outputs: list[Json]) -> Json:
    if night.business_date is not None:
        day = datetime.combine(night.business_date, datetime.min.time(), UTC)
        facets = {"nominalTime": _facet("nominalTime", nominalStartTime=day.isoformat()), **facets}
    # A run needs a UUID: the same one for a scan whenever it is asked for.
    run_id = uuid5(NAMESPACE_URL, f"urn:riskplug:{night.workspace}:{night.scan_id or night.started.isoformat()}")
    return {
        "eventType": kind,
        "eventTime": at.isoformat(),
        "producer": PRODUCER,
        "schemaURL": EVENT_SCHEMA,
        "run": {"runId": str(run_id), "facets": facets},
        "job": {"namespace": "riskplug", "name": f"{night.workspace}.scan"},
        "inputs": inputs,
        "outputs": outputs,
    }


def _inputs(record: ScanRecord) -> list[Json]:
    facts = record.facts["table"]
    used = {(str(t), str(s)): rows for t, s, rows in zip(facts["table"], facts["source"], facts["rows"], strict=True)}
    return [_input(file, record, used.get((file.table, file.source))) for file in record.files]


def _input(file: InputFile, record: ScanRecord, used: float | None) -> Json:
    metrics: Json = {"rowCount": file.rows, "bytes": file.bytes, "columnMetrics": {}}
    about = {"riskplug_table": file.table, "riskplug_sha256": file.sha256, "riskplug_profile": file.profile}
    if used is not None and used == used:
        about["riskplug_rows_used"] = str(int(used))
    return {
        "namespace": f"riskplug:{file.source}",
        "name": file.path,
        "facets": {"schema": _facet("schema", fields=_table_fields(file.table))},
        "inputFacets": {
            "dataQualityMetrics": _facet("dataQualityMetrics", **metrics, **about),
            "dataQualityAssertions": _facet("dataQualityAssertions", assertions=_assertions(file, record.checks)),
        },
    }


def _table_fields(table: str) -> list[Json]:
    """The canonical columns that the file was read into; tables of plugins are not declared here."""
    known = TABLES.get(table)
    return [{"name": one.name, "type": one.kind, "description": one.doc} for one in known.columns] if known else []


def _assertions(file: InputFile, checks: pd.DataFrame) -> list[Json]:
    """What the validation found of the file's table; a check that could not be made is none that held."""
    own = checks[(checks["table"] == file.table) & (checks["source"] == file.source)]
    return [
        {"assertion": str(name), "success": bool(success), **({"column": column} if _is_word(column) else {})}
        for name, column, success in zip(own["expectation"], own["column"], own["success"], strict=True)
    ]


def _is_word(value: object) -> bool:
    return isinstance(value, str) and bool(value)


def _outputs(night: Ended) -> list[Json]:
    record = night.record
    if record is None:
        return []
    frames = {**{f"facts/{name}": rows for name, rows in record.facts.items()}, "findings": record.outcome.findings}
    folder = f"scans/{night.business_date}/{night.scan_id}"
    return [_output(f"{folder}/{name}.parquet", name, rows) for name, rows in frames.items()]


def _output(path: str, name: str, rows: pd.DataFrame) -> Json:
    grain = GRAINS.get(name.removeprefix("facts/")) if name.startswith("facts/") else None
    kinds = {fact.name: fact.type for fact in grain.columns} if grain else {}
    fields = [{"name": str(column), "type": kinds.get(str(column), str(rows[column].dtype))} for column in rows.columns]
    return {
        "namespace": "riskplug",
        "name": path,
        "facets": {"schema": _facet("schema", fields=fields)},
        "outputFacets": {"outputStatistics": _facet("outputStatistics", rowCount=len(rows))},
    }


def _facet(name: str, **content: Any) -> Json:
    return {"_producer": PRODUCER, "_schemaURL": _SCHEMAS[name], **content}
