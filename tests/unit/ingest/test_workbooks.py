"""XLSX sheets: headers, merged cells, dates, errors and formulas, each kept in its row."""

import io
import json
from datetime import date, datetime
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from openpyxl.workbook.workbook import Workbook
from xlsxwriter import Workbook as WrittenWorkbook

from riskplug.ingest import Inspection, limited
from tests.unit.ingest.made_workbooks import HEADER, STOCK, inspected, profile, refused, text, workbook

LIST = {"part_no": "Part", "quantity": "Quantity", "as_of": "Counted", "description": "Text"}


def saved(book: Workbook) -> bytes:
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def sheet_of(*rows: list[Any], title: str = "Stock") -> Workbook:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = title
    for row in rows:
        sheet.append(row)
    return book


def read(tmp_path: Path, book: Workbook, table: str = "inventory", **settings: Any) -> Inspection:
    columns = {name: at for name, at in LIST.items() if table == "inventory" and name != "description"}
    return inspected(tmp_path / "list.xlsx", saved(book), profile(table, **{"columns": columns, **settings}), table)


def entries(inspection: Inspection) -> list[tuple[int, str, str]]:
    frame = inspection.quarantine[["line", "value", "reason"]]
    return [tuple(row) for row in frame.itertuples(index=False)]


def test_numbers_are_numbers_and_texts_stay_as_they_are(tmp_path: Path) -> None:
    made = read(tmp_path, sheet_of(["Part", "Quantity"], ["0012", 0.1], [4711, "1234,5"], ["=A1+", 3]), decimal=",")
    assert made.rows["part_no"].tolist() == ["0012", "4711"] and made.rows["quantity"].tolist() == [0.1, 1234.5]


@pytest.mark.parametrize("formats", [["%d.%m.%Y"], ["%m/%d/%Y"], ["%d.%m.%y", "%Y%m%d"], ["%Y-%m-%d %H:%M:%S"]])
def test_a_native_date_is_read_whatever_formats_are_declared(formats: list[str], tmp_path: Path) -> None:
    book = sheet_of(["Part", "Quantity", "Counted"], ["A", 1, date(2025, 4, 3)], ["B", 1, datetime(2025, 4, 28, 13, 5)])
    made = read(tmp_path, book, date_formats=formats, years_from=1970)
    assert [str(day.date()) for day in made.rows["as_of"]] == ["2025-04-03", "2025-04-28"]


def test_a_native_date_outside_the_declared_century_is_not_moved_into_it(tmp_path: Path) -> None:
    book = sheet_of(["Part", "Quantity", "Counted"], ["A", 1, date(2085, 4, 3)], ["B", 1, date(2025, 4, 3)])
    made = read(tmp_path, book, date_formats=["%d.%m.%y"], years_from=1970)
    assert [(line, value) for line, value, _ in entries(made)] == [(2, "2085-04-03")]


def test_dates_of_the_1904_system_are_four_years_later(tmp_path: Path) -> None:
    """Serial 1 is 2 January 1904 there, and 1 January 1900 in the other system (Excel's own documentation)."""
    book = sheet_of(["Part", "Quantity", "Counted"], ["A", 1, date(2025, 4, 28)])
    book.epoch = openpyxl.utils.datetime.CALENDAR_MAC_1904
    made = read(tmp_path, book)
    assert [str(day.date()) for day in made.rows["as_of"]] == ["2025-04-28"]


def test_a_bare_day_number_is_no_date(tmp_path: Path) -> None:
    made = read(tmp_path, sheet_of(["Part", "Quantity", "Counted"], ["A", 1, 45775], ["B", 2, "2025-04-28"]))
    assert made.rows["part_no"].tolist() == ["B"] and entries(made)[0][:2] == (2, "45775")


def test_two_header_rows_are_joined_and_a_merged_title_belongs_to_every_column_below(tmp_path: Path) -> None:
    book = sheet_of(["Stock list"], ["Part", "Free", None, "Blocked"], [None, "Qty", "Unit", "Qty"], ["A", 1, "kg", 2])
    for area in ("A2:A3", "B2:C2"):
        book["Stock"].merge_cells(area)
    columns = {"part_no": "Part", "quantity": "Free Qty", "unit": "Free Unit"}
    made = read(tmp_path, book, columns=columns, header_row=2, header_rows=2)
    assert made.rows[["part_no", "quantity", "unit"]].values.tolist() == [["A", 1.0, "kg"]]
    assert made.unknown_columns == ("Blocked Qty",)


def test_a_header_merged_to_the_right_names_its_first_column_only(tmp_path: Path) -> None:
    book = sheet_of(["Part", None, "Quantity"], ["A", "note", 5])
    book["Stock"].merge_cells("A1:B1")
    made = read(tmp_path, book, columns={"part_no": "Part", "quantity": "Quantity"})
    assert made.rows["quantity"].tolist() == [5] and made.unknown_columns == ("(column 2)",)


def test_a_merged_cell_is_filled_down_inside_its_range_only(tmp_path: Path) -> None:
    book = sheet_of(["Part", "Quantity"], ["A", 1], [None, 2], [None, 3], ["B", 4])
    book["Stock"].merge_cells("A2:A3")
    made = read(tmp_path, book, columns={"part_no": "Part", "quantity": "Quantity"})
    assert made.rows["part_no"].tolist() == ["A", "A", "B"] and made.rows["quantity"].tolist() == [1, 2, 4]
    assert entries(made) == [(4, "", "required value is missing")]


def test_a_blank_row_inside_a_merged_range_stays_blank(tmp_path: Path) -> None:
    book = sheet_of(["Part", "Quantity"], ["A", 1], [], [None, 3])
    book["Stock"].merge_cells("A2:A4")
    made = read(tmp_path, book, columns={"part_no": "Part", "quantity": "Quantity"})
    assert made.rows["quantity"].tolist() == [1, 3] and dict(made.dropped) == {"blank row": 1}
    assert made.rows["part_no"].tolist() == ["A", "A"]


def test_a_range_merged_beyond_the_rows_makes_no_rows(tmp_path: Path) -> None:
    book = sheet_of(["Part", "Quantity"], ["A", 1], [None, 2])
    book["Stock"].merge_cells("A2:A500")
    made = read(tmp_path, book, columns={"part_no": "Part", "quantity": "Quantity"})
    assert made.rows["part_no"].tolist() == ["A", "A"] and made.verdict == "accepted"


def test_error_cells_are_named_with_their_row(tmp_path: Path) -> None:
    made = read(tmp_path, sheet_of(["Part", "Quantity"], ["A", "#N/A"], ["B", "#REF!"], ["C", 1]))
    assert [(line, value) for line, value, _ in entries(made)] == [(2, "#N/A"), (3, "#REF!")]
    assert {reason for _, _, reason in entries(made)} == {"spreadsheet error instead of a number"}


def test_a_formula_without_a_result_sets_its_row_aside_and_names_the_cell(tmp_path: Path) -> None:
    made = read(tmp_path, sheet_of(["Part", "Quantity"], ["A", "=1+1"], ["B", 2], ["=B1", 3]))
    assert made.rows["part_no"].tolist() == ["B"]
    assert [(line, value, reason[:7]) for line, value, reason in entries(made)] == [
        (2, "=1+1", "cell B2"),
        (4, "=B1", "cell A4"),
    ]


def test_a_formula_merged_over_rows_is_missing_in_each_of_them(tmp_path: Path) -> None:
    book = sheet_of(["Part", "Quantity"], ["=Z1", 1], [None, 2], ["B", 3])
    book["Stock"].merge_cells("A2:A3")
    assert [line for line, _, _ in entries(read(tmp_path, book))] == [2, 3]


def test_a_zero_that_waits_for_its_calculation_is_no_zero(tmp_path: Path) -> None:
    """XlsxWriter writes 0 for each formula and asks the spreadsheet program to calculate on opening."""
    file = io.BytesIO()
    with WrittenWorkbook(file) as book:
        sheet = book.add_worksheet()
        for row, cells in enumerate([["part_no", "quantity"], ["A", "=2+3"], ["B", 0], ["C", "=2*4"]]):
            sheet.write_row(row, 0, cells)
        sheet.write_formula("B4", "=2*4", None, 8)
    made = inspected(tmp_path / "list.xlsx", file.getvalue())
    assert dict(zip(made.rows["part_no"], made.rows["quantity"], strict=True)) == {"B": 0, "C": 8}
    assert [line for line, _, _ in entries(made)] == [2]


def test_a_calculated_formula_counts_with_its_result(tmp_path: Path) -> None:
    rows = f'{HEADER}<row r="2">{text("A2", "A")}<c r="B2"><f>2+3</f><v>5</v></c></row>'
    rows += f'<row r="3">{text("A3", "B")}<c r="B3"><v>1</v></c><c r="C3" t="str"><f>""</f><v></v></c></row>'
    made = inspected(tmp_path / "list.xlsx", workbook(rows))
    assert made.rows["quantity"].tolist() == [5, 1] and made.verdict == "accepted"


def test_sum_rows_and_blank_rows_are_dropped_by_rule_and_counted(tmp_path: Path) -> None:
    book = sheet_of(["Part", "Quantity"], ["A", 1], [], ["B", 2], ["Total", "=SUM(B2:B4)"])
    made = read(tmp_path, book, drop_rows=[{"column": "Part", "equals": "Total"}])
    assert made.rows["part_no"].tolist() == ["A", "B"] and made.verdict == "accepted"
    assert dict(made.dropped) == {"blank row": 1, "Part is Total": 1}


def test_hidden_rows_count_and_hidden_sheets_only_when_named(tmp_path: Path) -> None:
    book = sheet_of(["Part", "Quantity"], ["A", 1], ["B", 2])
    book["Stock"].row_dimensions[3].hidden = True
    hidden = book.create_sheet("Old", 0)
    hidden.sheet_state = "hidden"
    hidden.append(["Part", "Quantity"])
    hidden.append(["Z", 99])
    first = read(tmp_path, book)
    assert first.rows["part_no"].tolist() == ["A", "B"] and first.files[0].path.endswith("list.xlsx!Stock")
    assert read(tmp_path, book, sheet="Old").rows["part_no"].tolist() == ["Z"]


def test_a_sheet_that_is_not_there_is_refused_with_those_that_are(tmp_path: Path) -> None:
    made = read(tmp_path, sheet_of(["Part"]), sheet="Inventory")
    assert "no sheet 'Inventory'" in made.refused[0].reason and "Stock" in made.refused[0].fix


def test_lines_are_the_rows_of_the_sheet(tmp_path: Path) -> None:
    book = sheet_of(["As of"], [], ["Part", "Quantity"], [], ["A", "x"], ["B", 1])
    assert [line for line, _, _ in entries(read(tmp_path, book, header_row=3))] == [5]
    assert [line for line, _, _ in entries(read(tmp_path, book, skip_until="Part"))] == [5]


def test_the_age_may_stand_in_a_title_row(tmp_path: Path) -> None:
    book = sheet_of(["Stock as of 2025-04-27"], ["Part", "Quantity"], ["A", 1])
    as_of = {"line": 1, "pattern": r"as of (\S+)"}
    made = read(tmp_path, book, header_row=2, as_of=as_of)
    assert made.files[0].extracted_at is not None and made.files[0].extracted_at.date() == date(2025, 4, 27)


@pytest.mark.parametrize("place", ["A1048576", "XFD1048576", "XFD2", "XFD1"])
def test_a_stray_cell_far_away_is_reported_once(place: str, tmp_path: Path) -> None:
    book = sheet_of(["Part", "Quantity"], ["A", 1], ["B", 2])
    book["Stock"][place] = "stray"
    made = read(tmp_path, book)
    assert made.rows["part_no"].tolist() == ["A", "B"] and made.unknown_columns == ()
    assert [(value, reason.split(":")[0]) for _, value, reason in entries(made)] == [("stray", f"stray cell {place}")]


def test_a_second_table_far_below_is_not_lost_in_silence(tmp_path: Path) -> None:
    book = sheet_of(["Part", "Quantity"], ["A", 1])
    for row in range(2000, 2200):
        book["Stock"].cell(row, 1, f"B{row}")
    assert "the rows go on at row 2000" in read(tmp_path, book).refused[0].reason


@pytest.mark.parametrize("dimension", ["A1", "A1:XFD1048576", "1:49", "B7:C9", "nonsense"])
def test_what_a_sheet_says_of_its_size_changes_nothing(dimension: str, tmp_path: Path) -> None:
    made = inspected(tmp_path / "list.xlsx", workbook(STOCK, dimension=f'<dimension ref="{dimension}"/>'))
    assert made.rows["quantity"].tolist() == [5]


def test_yes_and_no_cells_are_read_by_the_declared_words(tmp_path: Path) -> None:
    book = sheet_of(["Part", "Unit", "Ghost"], ["A", "EA", True], ["B", "EA", False], ["C", "EA", "X"])
    columns = {"part_no": "Part", "base_unit": "Unit", "phantom": "Ghost"}
    made = read(tmp_path, book, "parts", columns=columns, true_words=["X"], false_words=["-"])
    assert made.rows["phantom"].tolist() == [True, False, True]


def test_a_column_there_twice_is_refused(tmp_path: Path) -> None:
    assert "column 'Part' is there twice" in read(tmp_path, sheet_of(["Part", "Part"], ["A", "B"])).refused[0].reason


def test_a_header_row_that_is_blank_is_refused(tmp_path: Path) -> None:
    made = read(tmp_path, sheet_of(["Part", "Quantity"], ["A", 1]), header_row=7)
    assert "no header row: row 7 is blank" in made.refused[0].reason and made.refused[0].where.endswith("!Stock")


@pytest.mark.parametrize(("number", "reason"), [("1e400", "not a finite number"), ("NaN", "not a finite number")])
def test_numbers_that_are_none_are_set_aside_in_their_row(number: str, reason: str, tmp_path: Path) -> None:
    rows = f'{STOCK}<row r="3">{text("A3", "B")}<c r="B3"><v>{number}</v></c></row>'
    made = inspected(tmp_path / "list.xlsx", workbook(rows))
    assert made.rows["part_no"].tolist() == ["A"]
    assert [(line, found) for line, _, found in entries(made)] == [(3, reason)]


@pytest.mark.parametrize("rows", [f'{HEADER}<row r="5"/><row r="4"/>', '<row r="2"><c r="A7"><v>1</v></c></row>'])
def test_rows_and_cells_out_of_place_are_refused(rows: str, tmp_path: Path) -> None:
    assert "row 4 comes after row 5" in (reason := refused(tmp_path / "a.xlsx", workbook(rows))) or "A7" in reason


def test_a_sheet_without_a_header_has_the_declared_names(tmp_path: Path) -> None:
    book = sheet_of(["Stock"], ["A", 1], ["B", 2])
    columns = {"part_no": "Part", "quantity": "Quantity"}
    made = read(tmp_path, book, columns=columns, names=["Part", "Quantity"], header_row=2)
    assert made.rows["quantity"].tolist() == [1, 2]
    made = read(tmp_path, book, columns=columns, names=["Part", "Quantity"], skip_until="Stock")
    assert made.rows["quantity"].tolist() == [1, 2]


def test_the_child_is_light_and_needs_neither_folder_nor_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "watched.py").write_text(
        "import json, pathlib, runpy, sys\n"
        f"try:\n    runpy.run_path({str(limited._CHILD)!r}, run_name='__main__')\n"
        "except SystemExit as end:\n    assert not end.code\n"
        "loaded = [name for name, module in sys.modules.items() if module is not None]\n"
        f"pathlib.Path({str(tmp_path / 'loaded.json')!r}).write_text(json.dumps(loaded))\n"
    )
    monkeypatch.setattr(limited, "_CHILD", tmp_path / "watched.py")
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("PYTHONPATH", raising=False)
    assert inspected(tmp_path / "list.xlsx", workbook(STOCK)).rows["quantity"].tolist() == [5]
    loaded = set(json.loads((tmp_path / "loaded.json").read_text()))
    assert "openpyxl" in loaded and not loaded & {"numpy", "pandas", "pydantic", "scipy", "riskplug.ingest.stage"}


def test_without_a_declared_decimal_mark_native_numbers_are_certain_and_texts_are_not(tmp_path: Path) -> None:
    """1.234 in a text cell may be a thousand; as a number it is what it is."""
    native = read(tmp_path, sheet_of(["Part", "Quantity"], ["A", 1.234], ["B", -0.5]), decimal=None)
    assert native.rows["quantity"].tolist() == [1.234, -0.5] and not native.refused
    text = read(tmp_path, sheet_of(["Part", "Quantity"], ["A", "1.234"]), decimal=None)
    assert "declares no decimal mark" in text.refused[0].reason


@pytest.mark.parametrize(("shown", "expected"), [("0%", [5, 12.5]), ('0.0 "x"%', [5, 12.5]), ('0"%"', [0.05, 0.125])])
def test_a_cell_that_shows_percent_says_percent(tmp_path: Path, shown: str, expected: list[float]) -> None:
    """Excel stores 0.05 where it shows 5 %; a percent sign in quotes is text and scales nothing."""
    book = sheet_of(["P", "C", "Q", "S"], ["A", "B", 1, 0.05], ["A", "C", 1, 0.125])
    sheet = book.active
    assert sheet is not None
    for place in ("D2", "D3"):
        sheet[place].number_format = shown
    columns = {"parent": "P", "component": "C", "quantity": "Q", "scrap_pct": "S"}
    made = read(tmp_path, book, "bom_lines", columns=columns)
    assert entries(made) == []
    assert made.rows["scrap_pct"].tolist() == expected


def test_a_percentage_is_no_quantity(tmp_path: Path) -> None:
    book = sheet_of(["Part", "Quantity"], ["A", 0.5], ["B", 2])
    sheet = book.active
    assert sheet is not None
    sheet["B2"].number_format = "0%"
    made = read(tmp_path, book)
    assert made.rows["part_no"].tolist() == ["B"] and len(made.quarantine) == 1
