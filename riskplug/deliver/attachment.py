"""The file of a night: every alert of a receiver, one row each, in a form that a spreadsheet cannot be tricked by."""

import csv
import io
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

from riskplug.cells import safe_cell
from riskplug.deliver.digest import SHOWN, Night, Remarks
from riskplug.deliver.redaction import Redactor
from riskplug.extend.protocols import Attachment
from riskplug.model import Change

SHEET_ROWS = 20_000
"""More rows than these come as CSV: nobody reads them in a sheet, and writing one takes its time."""

_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_COLUMNS = ("change", "severity", "rule", "title", *SHOWN, "days", "message", "owner", "reason", "alert", "command")
_WIDTHS = {"title": 34, "part_no": 18, "message": 70, "reason": 30, "command": 34, "owner": 16, "measure": 18}


def alerts_file(name: str, night: Night, changes: Sequence[Change], remarks: Remarks, redactor: Redactor) -> Attachment:
    """Columns ``change`` to ``command``; a sheet, or CSV where it has too many rows. Equal input, equal bytes."""
    rows = (_row(change, remarks, redactor) for change in changes)
    if len(changes) > SHEET_ROWS:
        return Attachment(f"{name}.csv", "text/csv", _text(rows))
    return Attachment(f"{name}.xlsx", _XLSX, _sheet(rows, len(changes), night))


def _row(change: Change, remarks: Remarks, redactor: Redactor) -> list[str | float]:
    texts = [
        change.kind,
        change.severity,
        change.rule,
        remarks.titles.get(change.rule, ""),
        *(redactor.value(name, change.identity.get(name, "")) for name in SHOWN),
    ]
    days = change.metric if change.rule in remarks.days and change.metric is not None else ""
    said = [redactor.message(change), change.owner, redactor.free(change.reason), change.key]
    return [*map(safe_cell, texts), days, *map(safe_cell, said), f"riskplug alerts show {change.key[:10]}"]


def _text(rows: Iterator[list[str | float]]) -> bytes:
    """With a byte-order mark, so that a spreadsheet reads it as UTF-8."""
    stream = io.StringIO(newline="")
    writer = csv.writer(stream)
    writer.writerow(_COLUMNS)
    writer.writerows(rows)
    return stream.getvalue().encode("utf-8-sig", "replace")


def _sheet(rows: Iterator[list[str | float]], count: int, night: Night) -> bytes:
    import xlsxwriter  # type: ignore[import-untyped]

    stream = io.BytesIO()
    safe = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    book = xlsxwriter.Workbook(stream, {"in_memory": True, **safe})
    # The time of writing would make equal nights unequal.
    book.set_properties(
        {"title": f"{night.workspace} {night.business_date}", "created": datetime(2000, 1, 1, tzinfo=UTC)}
    )
    sheet = book.add_worksheet("alerts")
    head, wrap = book.add_format({"bold": True, "bottom": 1}), book.add_format({"text_wrap": True, "valign": "top"})
    for place, column in enumerate(_COLUMNS):
        sheet.set_column(place, place, _WIDTHS.get(column, 11), wrap)
    sheet.write_row(0, 0, _COLUMNS, head)
    for number, row in enumerate(rows, start=1):
        for place, cell in enumerate(row):
            if isinstance(cell, str):
                sheet.write_string(number, place, cell[:32_000])
            else:
                sheet.write_number(number, place, cell)
    sheet.freeze_panes(1, 0)
    sheet.autofilter(0, 0, max(count, 1), len(_COLUMNS) - 1)
    book.close()
    return stream.getvalue()
