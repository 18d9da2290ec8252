"""One export under the glass: what a profile makes of it, without a scan."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Literal

import pandas as pd

from riskplug.errors import DataRefused, UsageError
from riskplug.ingest.accept import Place
from riskplug.ingest.finish import to_frames
from riskplug.ingest.gather import Folder, Reshape, gathered
from riskplug.ingest.intake import Intake
from riskplug.ingest.mapping import quantity_column
from riskplug.ingest.profile import Profile, TableRule
from riskplug.ingest.stage import take
from riskplug.lookalikes import look_alikes
from riskplug.model import FileDoubt, InputFile, Refusal
from riskplug.tables import PART_COLUMNS
from riskplug.units import doubt
from riskplug.workspace import Workspace

SHOWN_ROWS = 1000
_SHOWN_FAULTS = 10_000
_SHOWN_DOUBTS = 100
_FAULT = ["file", "line", "column", "value", "reason"]


@dataclass(frozen=True)
class Inspection:
    """What came of one table's files: accepted rows, quarantine, refusals, and the mapping that was used.

    ``verdict``: refused (a file cannot be trusted as a whole), degraded (rows were set aside, or a file may be cut
    off), accepted. ``dropped``: by rule, of joined files with their name before it.
    """

    table: str
    profile: Profile
    mapping: Mapping[str, str]
    rows: pd.DataFrame
    quarantine: pd.DataFrame
    dropped: Mapping[str, int]
    unknown_columns: tuple[str, ...]
    refused: tuple[Refusal, ...]
    files: tuple[InputFile, ...]
    on: date
    file_doubts: tuple[FileDoubt, ...] = ()

    @property
    def verdict(self) -> Literal["accepted", "degraded", "refused"]:
        if self.refused:
            return "refused"
        return "degraded" if len(self.quarantine) or any(doubt.is_cut for doubt in self.file_doubts) else "accepted"

    def totals(self) -> dict[str, Any]:
        """Sum of the table's quantity, overall where there is one unit only, by unit, and by stock type."""
        column = quantity_column(self.table)
        if column is None:
            return {}
        units = self.rows["unit"].astype("object").where(self.rows["unit"].notna(), "base unit")
        by_unit = _sums(self.rows[column], units)
        found: dict[str, Any] = {
            column: next(iter(by_unit.values())) if len(by_unit) == 1 else None,
            f"{column}_by_unit": by_unit,
        }
        if "stock_type" in self.rows:
            kinds = self.rows["stock_type"].astype("object").where(self.rows["stock_type"].notna(), "unrestricted")
            found[f"{column}_by_stock_type"] = _sums(self.rows[column], kinds)
        return found

    def doubts(self) -> list[dict[str, str]]:
        """Files, part numbers that look alike, units that may mean two things: ``value``, and ``why`` to look at it."""
        parts = next((name for name in PART_COLUMNS if name in self.rows), None)
        alike = look_alikes(self.rows[parts].cat.categories) if parts else look_alikes([])
        found = [
            {"value": key, "why": f"looks like {twin}: {why}"}
            for key, twin, why in alike.head(_SHOWN_DOUBTS).itertuples(index=False)
        ]
        units = next((self.rows[name].cat.categories for name in ("unit", "base_unit") if name in self.rows), ())
        meant = ((str(unit), doubt(str(unit))) for unit in units)
        files = [{"value": doubt.where, "why": doubt.what} for doubt in self.file_doubts]
        return [
            *files,
            *found,
            *({"value": unit, "why": f"may be {' or '.join(what)}"} for unit, what in meant if what),
        ]

    def document(self) -> dict[str, Any]:
        """`riskplug.inspect/1`: numbers are numbers, dates ISO, missing is null."""
        return {
            "schema": "riskplug.inspect/1",
            "table": self.table,
            "profile": self.profile.name,
            "verdict": self.verdict,
            "accepted": len(self.rows),
            "quarantined": _records(self.quarantine[_FAULT].head(_SHOWN_FAULTS)),
            "dropped": dict(self.dropped),
            "unknown_columns": list(self.unknown_columns),
            "refused": [{"where": item.where, "reason": item.reason, "fix": item.fix} for item in self.refused],
            "files": [
                {
                    "path": item.path,
                    "sha256": item.sha256,
                    "rows": item.rows,
                    "bytes": item.bytes,
                    "extracted_at": item.extracted_at.isoformat() if item.extracted_at else None,
                    "age_days": (self.on - item.extracted_at.date()).days if item.extracted_at else None,
                }
                for item in self.files
            ],
            "mapping": dict(self.mapping),
            "totals": self.totals(),
            "doubts": self.doubts(),
            "rows": _records(self.rows.head(SHOWN_ROWS)),
        }


def inspect_file(
    table: str,
    files: Sequence[Path],
    profile: Profile,
    workspace: Workspace | None,
    on: date,
    reshapes: Mapping[str, Reshape] | None = None,
) -> Inspection:
    """Read files as one table of a profile, whatever they are called; UsageError when the profile lacks the table.

    What the profile joins is looked for beside the first file. Without a workspace sites are neither filled nor
    checked.
    """
    rule = profile.rule(table)
    if rule is None or profile.reader == "sql":
        raise UsageError(
            f"profile {profile.name!r} reads no files for {table!r}",
            profile.name,
            f"its tables: {', '.join(profile.tables)}",
        )
    root = workspace.root if workspace else Path.cwd()
    zone = workspace.workspace.timezone if workspace else "UTC"
    place = Place(table, "inspect", None, tuple(workspace.sites) if workspace else (), zone)
    intake = Intake()
    try:
        folder = Folder(files[0].parent, profile, root, zone, given=files)
        take(gathered(folder, table, rule, profile, on, reshapes or {}), rule, profile, place, intake)
    except DataRefused as error:
        intake.refuse(table, place.source, error)
    return Inspection(
        table,
        profile,
        _mapping(rule),
        to_frames(intake.accepted)[table],
        intake.quarantined(),
        intake.drops_by_rule,
        intake.unknown.get((table, place.source), ()),
        tuple(intake.refused),
        tuple(intake.files),
        on,
        tuple(intake.doubts),
    )


def _mapping(rule: TableRule) -> dict[str, str]:
    named = {
        name: f"= {column.const}"
        if column.const is not None
        else " - ".join(column.minus)
        or column.glue.join(column.together)
        or " | ".join((*column.column, *column.otherwise))
        for name, column in rule.columns.items()
    }
    if rule.unpivot:
        named[rule.unpivot.value] = " | ".join(rule.unpivot.columns)
        named[rule.unpivot.into] = "by column"
    return named


def _sums(values: pd.Series, by: pd.Series) -> dict[str, float]:
    return {str(name): math.fsum(group) for name, group in values.groupby(by, sort=True)}


def _records(rows: pd.DataFrame) -> list[dict[str, Any]]:
    plain = rows.copy()
    for name in plain.select_dtypes(include="category"):
        plain[name] = plain[name].astype("object")
    for name in plain.select_dtypes(include="datetime"):
        plain[name] = plain[name].dt.strftime("%Y-%m-%d")
    # cell by cell, but never more than is shown: pandas' own JSON rounds floats
    columns = [[None if pd.isna(cell) else cell for cell in plain[name].tolist()] for name in plain]
    return [dict(zip(plain.columns, cells, strict=True)) for cells in zip(*columns, strict=True)]
