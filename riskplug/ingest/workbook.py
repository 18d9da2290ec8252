"""Sheets of XLSX workbooks, SpreadsheetML 2003 and HTML tables, as text columns with their row numbers."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from riskplug.ingest.extract import Lines, Reject
from riskplug.ingest.grid import Header
from riskplug.ingest.limited import read_limited
from riskplug.ingest.mapping import columns_used, keep_rows
from riskplug.ingest.native_cells import Meant
from riskplug.ingest.packed import refuse_workbook_bomb
from riskplug.ingest.profile import DropRule, Profile, TableRule
from riskplug.ingest.recognise import Format, wide_encoding
from riskplug.ingest.spelling import Spelling

MAX_UNPACKED = 2_000_000_000
_ANYTHING = Meant()
SHEET_FORMATS: tuple[Format, ...] = ("xlsx", "spreadsheetml", "html")


@dataclass(frozen=True)
class SheetRows:
    """``lines``: row numbers as the sheet shows them. ``sheet``: which one was taken, "" where there is only one."""

    columns: pa.Table
    lines: Lines
    rejects: tuple[Reject, ...]
    preamble: tuple[str, ...]
    sheet: str


def read_workbook(
    data: bytes, kind: Format, profile: Profile, rule: TableRule, where: str, meant: Meant = _ANYTHING
) -> SheetRows:
    """The declared sheet, else the first that is not hidden; DataRefused when it cannot be read within the limits."""
    if kind == "xlsx":
        refuse_workbook_bomb(data, where, MAX_UNPACKED)
    table = read_limited(data, _request(data, kind, profile, rule, meant), where)
    about = json.loads(table.schema.metadata[b"about"])
    table = table.replace_schema_metadata(None)
    lines = np.arange(about["first"], about["first"] + table.num_rows, dtype=np.int64)
    rejects = [Reject(row, text, reason) for row, text, reason in about["strays"]]
    if about["unsure"]:
        table, lines, found = _without_unsure(table, lines, about["unsure"], rule.drop_rows, profile)
        rejects += found
    sheet = about["sheet"] if about["several"] and rule.sheet is None else ""
    return SheetRows(table, lines, tuple(rejects), tuple(about["preamble"]), sheet)


def _request(data: bytes, kind: Format, profile: Profile, rule: TableRule, meant: Meant) -> dict[str, object]:
    spelling = Spelling(
        profile.decimal,
        profile.date_formats,
        profile.years_from,
        next((word for word in profile.true_words if word), "true"),
        next((word for word in profile.false_words if word), "false"),
    )
    fields = {name: value for name, value in asdict(spelling).items() if not name.startswith("_")}
    return {
        "kind": kind,
        "sheet": rule.sheet,
        "header": asdict(Header(rule.header_row or profile.header_row, rule.header_rows, rule.skip_until, rule.names)),
        "spelling": fields,
        "encoding": profile.encoding,
        "wide": wide_encoding(data[:64]),
        "wanted": sorted(columns_used(rule)),
        "meant": {name: sorted(columns) for name, columns in asdict(meant).items()},
    }


def _without_unsure(
    table: pa.Table, lines: Lines, unsure: Iterable[Sequence[Any]], rules: Sequence[DropRule], profile: Profile
) -> tuple[pa.Table, Lines, list[Reject]]:
    """Set rows aside that hold a cell that may not be read, one entry per row; rows a rule drops stay for that rule."""
    cells: dict[int, tuple[str, str]] = {}
    for row, name, text, reason in unsure:
        cells.setdefault(row, (text, f"cell {name} {reason}"))
    at = np.array(sorted(cells), dtype=np.int64) - lines[0]
    bad = at[keep_rows(table.take(pa.array(at)), rules, profile)[0]]
    keep = np.setdiff1d(np.arange(table.num_rows), bad)
    rejects = [Reject(row, *cells[row]) for row in lines[bad].tolist()]
    return table.take(pa.array(keep)), lines[keep], rejects
