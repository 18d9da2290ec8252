"""Workbooks written part by part, for what no spreadsheet program would save."""

import io
import zipfile
from datetime import date
from pathlib import Path
from typing import Any

from riskplug.ingest import Inspection, Profile, inspect_file

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
KINDS = "application/vnd.openxmlformats-officedocument.spreadsheetml"


def workbook(
    rows: str, *, dimension: str = "", after: str = "", strings: str = "", calc: str = "", prologue: str = ""
) -> bytes:
    """An XLSX file of one sheet; ``rows``: the XML within sheetData, ``prologue``: in front of the sheet's root."""
    parts = {
        "[Content_Types].xml": f'<Types xmlns="{PACKAGE}/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Override PartName="/xl/workbook.xml" ContentType="{KINDS}.sheet.main+xml"/>'
        f'<Override PartName="/xl/worksheets/sheet1.xml" ContentType="{KINDS}.worksheet+xml"/>'
        f'<Override PartName="/xl/sharedStrings.xml" ContentType="{KINDS}.sharedStrings+xml"/></Types>',
        "_rels/.rels": f'<Relationships xmlns="{PACKAGE}/relationships"><Relationship Id="rId1" '
        f'Type="{OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{MAIN}" xmlns:r="{OFFICE}"><sheets>'
        f'<sheet name="Stock" sheetId="1" r:id="rId1"/></sheets>{calc}</workbook>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{PACKAGE}/relationships"><Relationship Id="rId1" '
        f'Type="{OFFICE}/worksheet" Target="worksheets/sheet1.xml"/></Relationships>',
        "xl/sharedStrings.xml": strings or f'<sst xmlns="{MAIN}"/>',
        "xl/worksheets/sheet1.xml": f'{prologue}<worksheet xmlns="{MAIN}">{dimension}'
        f"<sheetData>{rows}</sheetData>{after}</worksheet>",
    }
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return file.getvalue()


def text(place: str, value: str) -> str:
    return f'<c r="{place}" t="inlineStr"><is><t>{value}</t></is></c>'


HEADER = f'<row r="1">{text("A1", "part_no")}{text("B1", "quantity")}</row>'
STOCK = f'{HEADER}<row r="2">{text("A2", "A")}<c r="B2"><v>5</v></c></row>'


def profile(table: str = "inventory", reader: str = "xlsx", **settings: Any) -> Profile:
    """A profile of one table; ``columns`` and the other keys of a table rule go to the rule."""
    of_rule = {
        name: settings.pop(name)
        for name in (
            "files",
            "columns",
            "drop_rows",
            "sheet",
            "header_row",
            "header_rows",
            "skip_until",
            "as_of",
            "names",
            "join",
        )
        if name in settings
    }
    of_rule = {"files": ["*"], "columns": {"part_no": "part_no", "quantity": "quantity"}, **of_rule}
    return Profile.model_validate({"name": "made", "reader": reader, **settings, "tables": {table: of_rule}})


def inspected(path: Path, data: bytes, used: Profile | None = None, table: str = "inventory") -> Inspection:
    """What comes of the bytes, saved at ``path``."""
    path.write_bytes(data)
    return inspect_file(table, [path], used or profile(table), None, date(2025, 4, 28))


def refused(path: Path, data: bytes, used: Profile | None = None) -> str:
    """The reason that the bytes are refused with; there is always a way out."""
    (refusal,) = inspected(path, data, used).refused
    assert refusal.fix and refusal.where
    return refusal.reason
