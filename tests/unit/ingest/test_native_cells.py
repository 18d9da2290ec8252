"""Keys that a spreadsheet has made something else of: read as shown, or set aside by name."""

from datetime import date, time
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from riskplug.ingest import Inspection
from riskplug.ingest.number_formats import shows_other_text, shows_percent, zeros_shown
from tests.unit.ingest.made_workbooks import inspected, profile
from tests.unit.ingest.test_workbooks import entries, saved, sheet_of

ORDERS = {"order_no": "Order", "line": "Line", "part_no": "Part", "open_quantity": "Open", "due_date": "Due"}
EXCEL_2003 = """<?xml version="1.0"?>
<Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet" xmlns:ss="urn:schemas-microsoft-com:office:spreadsheet">
 <Styles><Style ss:ID="Default"/><Style ss:ID="z"><NumberFormat ss:Format="00000"/></Style>
  <Style ss:ID="y" ss:Parent="z"/><Style ss:ID="p"><NumberFormat ss:Format="Percent"/></Style></Styles>
 <Worksheet ss:Name="S"><Table><Column ss:Index="1" ss:StyleID="z"/><Column/>
  <Row><Cell ss:StyleID="Default"><Data ss:Type="String">Part</Data></Cell>
   <Cell><Data ss:Type="String">Quantity</Data></Cell></Row>
  {rows}
 </Table></Worksheet>
</Workbook>"""


def of_cells(folder: Path, rows: list[list[Any]], formats: dict[str, str], **settings: Any) -> Inspection:
    """Order lines from a workbook; ``formats``: number formats by cell."""
    book = sheet_of(list(ORDERS.values()), *rows)
    for place, code in formats.items():
        book["Stock"][place].number_format = code
    used = profile("purchase_orders", **{"columns": ORDERS, **settings})
    return inspected(folder / "list.xlsx", saved(book), used, "purchase_orders")


@pytest.mark.parametrize(
    ("value", "named"),
    [
        (date(2025, 3, 12), "is a date instead of a key"),
        (time(12, 30), "is a time instead of a key"),
        (True, "is true or false instead of a key"),
        (12.1, "is a number with a fraction"),
        (1234567890123456, "is a number of more than 15 digits"),
    ],
)
@pytest.mark.parametrize("column", ["A", "C"])
def test_what_a_spreadsheet_made_of_a_key_is_set_aside_by_name(
    value: object, named: str, column: str, tmp_path: Path
) -> None:
    rows = [["10", 1, "P-1", 5, date(2025, 3, 12)], ["11", 1, "P-2", 5, date(2025, 3, 12)]]
    rows[1][ord(column) - ord("A")] = value
    made = of_cells(tmp_path, rows, {})
    assert made.rows["part_no"].tolist() == ["P-1"]
    ((line, _, reason),) = entries(made)
    assert line == 3 and reason.startswith(f"cell {column}3 {named}") and "as text" in reason


def test_a_key_with_a_format_of_zeros_is_read_as_it_is_shown(tmp_path: Path) -> None:
    rows = [[815, 10, 42, 7, date(2025, 3, 12)], [123456, 20, "0042", 8, date(2025, 3, 12)]]
    formats = {"A2": "00000", "A3": "00000", "B2": "000", "C2": '0000;-0000;"-"', "D2": "00000"}
    made = of_cells(tmp_path, rows, formats)
    assert made.verdict == "accepted"
    assert made.rows[["order_no", "line", "part_no", "open_quantity"]].to_numpy().tolist() == [
        ["00815", "010", "0042", 7.0],
        ["123456", "20", "0042", 8.0],
    ]


def test_a_key_shown_with_signs_of_its_format_is_set_aside(tmp_path: Path) -> None:
    made = of_cells(tmp_path, [[12345, 1, "P", 5, None], [4711, 1, "P", 5, None]], {"A2": "00-000", "A3": "#,##0"})
    assert made.rows["order_no"].tolist() == ["4711"]
    ((line, value, reason),) = entries(made)
    assert (line, value) == (2, "12345") and "by the format 00-000" in reason


def test_true_and_false_may_be_words_that_the_profile_translates(tmp_path: Path) -> None:
    book = sheet_of(["Parent", "Part", "Quantity", "Active"], ["P", "A", 1, True], ["P", "B", 1, False])
    columns: dict[str, Any] = {"parent": "Parent", "component": "Part", "quantity": "Quantity"}
    columns["status"] = {"column": "Active", "map": {"true": "active", "false": "inactive"}}
    made = inspected(tmp_path / "l.xlsx", saved(book), profile("bom_lines", columns=columns), "bom_lines")
    assert made.rows["status"].tolist() == ["active", "inactive"]


def test_dates_and_truth_values_outside_keys_are_no_doubt(tmp_path: Path) -> None:
    book = sheet_of(["Part", "Unit", "Phantom", "Note"], ["A", "EA", True, date(2025, 3, 12)])
    columns = {"part_no": "Part", "base_unit": "Unit", "phantom": "Phantom", "description": "Note"}
    made = inspected(tmp_path / "l.xlsx", saved(book), profile("parts", columns=columns), "parts")
    assert made.verdict == "accepted" and made.rows["phantom"].tolist() == [True]


def test_a_date_in_a_row_that_a_rule_leaves_out_is_left_out(tmp_path: Path) -> None:
    rows = [["A", 1, "P", 5, None], [date(2025, 3, 12), 1, "Total", 5, None]]
    made = of_cells(tmp_path, rows, {}, drop_rows=[{"column": "Part", "equals": "Total"}])
    assert made.verdict == "accepted" and dict(made.dropped) == {"Part is Total": 1}


def test_a_merged_date_counts_for_every_row_of_its_range(tmp_path: Path) -> None:
    book = sheet_of(["Part", "Quantity"], [date(2025, 3, 12), 1], [None, 2], ["B", 3])
    book["Stock"].merge_cells("A2:A3")
    used = profile(columns={"part_no": "Part", "quantity": "Quantity"})
    made = inspected(tmp_path / "l.xlsx", saved(book), used)
    assert made.rows["quantity"].tolist() == [3] and [line for line, _, _ in entries(made)] == [2, 3]


def test_the_keys_of_a_joined_workbook_are_read_as_shown_too(tmp_path: Path) -> None:
    other = openpyxl.Workbook()
    for row in (["Teil", "Lieferant", "Name"], [42, 7, "Magnet"], [date(2025, 3, 12), 8, "none"]):
        other.active.append(row)  # type: ignore[union-attr]
    other.active["A2"].number_format, other.active["B2"].number_format = "0000", "000"  # type: ignore[index]
    (tmp_path / "texts.xlsx").write_bytes(saved(other))
    join = {"name": "texts", "files": ["texts.xlsx"], "on": {"Part": "Teil"}}
    columns = {"part_no": "Part", "supplier": "texts.Lieferant"}
    used = profile("sourcing", columns=columns, join=[join])
    made = inspected(tmp_path / "l.xlsx", saved(sheet_of(["Part"], ["0042"])), used, "sourcing")
    assert made.rows[["part_no", "supplier"]].to_numpy().tolist() == [["0042", "007"]]
    assert ["is a date instead of a key" in reason for _, _, reason in entries(made)] == [True]


def test_customs_and_maker_numbers_keep_the_zeros_that_are_shown(tmp_path: Path) -> None:
    book = sheet_of(["Part", "Unit", "MPN", "HS"], ["A", "EA", 77, 8051100])
    book["Stock"]["C2"].number_format, book["Stock"]["D2"].number_format = "0000", "00000000"
    columns = {"part_no": "Part", "base_unit": "Unit", "mpn": "MPN", "hs_code": "HS"}
    made = inspected(tmp_path / "l.xlsx", saved(book), profile("parts", columns=columns), "parts")
    assert made.rows[["mpn", "hs_code"]].to_numpy().tolist() == [["0077", "08051100"]]


@pytest.mark.parametrize(
    ("row", "part", "reason"),
    [
        ('<Row><Cell><Data ss:Type="Number">815</Data></Cell>{q}</Row>', "00815", ""),
        ('<Row><Cell ss:StyleID="y"><Data ss:Type="Number">815</Data></Cell>{q}</Row>', "00815", ""),
        ('<Row ss:StyleID="Default"><Cell><Data ss:Type="Number">815</Data></Cell>{q}</Row>', "815", ""),
        ('<Row><Cell><Data ss:Type="DateTime">2025-03-12T00:00:00.000</Data></Cell>{q}</Row>', "", "is a date"),
        ('<Row><Cell><Data ss:Type="Boolean">1</Data></Cell>{q}</Row>', "", "is true or false"),
    ],
)
def test_keys_of_an_excel_2003_workbook_are_read_as_shown_or_set_aside(
    row: str, part: str, reason: str, tmp_path: Path
) -> None:
    data = EXCEL_2003.format(rows=row.format(q='<Cell><Data ss:Type="Number">5</Data></Cell>'))
    made = inspected(
        tmp_path / "l.xls", data.encode(), profile(columns={"part_no": "Part", "quantity": "Quantity"}, decimal=".")
    )
    assert made.rows["part_no"].tolist() == ([part] if part else [])
    assert [reason in why for _, _, why in entries(made)] == ([True] if reason else [])


def test_a_percent_of_an_excel_2003_workbook_is_read_as_percent(tmp_path: Path) -> None:
    row = '<Row><Cell><Data ss:Type="String">A</Data></Cell><Cell ss:StyleID="p"><Data ss:Type="Number">0.05</Data>'
    columns = {"parent": {"const": "P"}, "component": "Part", "quantity": {"const": "1"}, "scrap_pct": "Quantity"}
    used = profile("bom_lines", columns=columns, decimal=".")
    made = inspected(
        tmp_path / "l.xls", EXCEL_2003.format(rows=f"{row}</Cell></Row>").encode(), used, table="bom_lines"
    )
    assert made.rows["scrap_pct"].tolist() == [5]


@pytest.mark.parametrize(
    ("code", "zeros", "other"),
    [
        ("General", 0, False),
        ("", 0, False),
        ("@", 0, False),
        ("0", 0, False),
        ("00000", 5, False),
        ("#00000", 5, False),
        ("[$-407]0000;[Red]-0000", 4, False),
        ("#,##0.00", 0, False),
        ("_-* #,##0_-;-* #,##0_-", 0, False),
        ("0.00E+00", 0, False),
        ("000\\-00\\-0000", 0, True),
        ('"M-"0000', 0, True),
        ("0000.0", 0, True),
        ("00 000", 0, True),
    ],
)
def test_a_number_format_tells_what_is_shown_of_a_whole_number(code: str, zeros: int, other: bool) -> None:
    """As a spreadsheet shows 815 under each: 00815 under five zeros, 000-00-0815 with its own signs, and so on."""
    assert (zeros_shown(code), shows_other_text(code)) == (zeros, other)


def test_a_percent_sign_in_quotes_shows_no_percent() -> None:
    assert shows_percent("0.0 %") and not shows_percent('0" %"') and not shows_percent("0\\%")
