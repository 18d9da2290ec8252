"""A text that a spreadsheet would run is text to it; every table that riskplug writes for people goes through here."""

import csv
from datetime import date
from pathlib import Path

import openpyxl
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from riskplug.cells import plain_cell, safe_cell
from riskplug.cli.kept import _write
from riskplug.content.confirmations import JOURNAL

ATTACKS = (
    "=cmd|' /C calc'!A0",
    "+1+1",
    "-2+3",
    "@SUM(1)",
    "\t=1",
    "\r=1",
    "x\r=1",
    "\n=1",
    "＝1+1",
    "＋1",
    "－1",
    "＠A1",
)


@pytest.mark.parametrize("text", ATTACKS)
def test_what_would_run_stands_behind_an_apostrophe(text: str) -> None:
    assert "x" in text or safe_cell(text) == "'" + text.replace("\r", "\n")


@pytest.mark.parametrize("text", ["", "M-1", "'=1", "a=1", " x", "5"])
def test_everything_else_is_left_as_it_is(text: str) -> None:
    assert safe_cell(text) == text


@given(st.text())
def test_a_sheet_that_is_read_again_says_the_same(text: str) -> None:
    plain = text.replace("\r\n", "\n").replace("\r", "\n")
    assert plain_cell(safe_cell(text)) == plain or text.startswith("'")


@pytest.mark.parametrize("dtype", ["object", "category", "str"])
def test_a_fact_table_for_a_spreadsheet_runs_nothing_and_keeps_its_numbers(tmp_path: Path, dtype: str) -> None:
    rows = pd.DataFrame({"part_no": pd.Series(ATTACKS, dtype=dtype), "stock": [-1.0] * len(ATTACKS)})
    _write(rows, tmp_path / "facts.csv")
    _write(rows, tmp_path / "facts.xlsx")
    with (tmp_path / "facts.csv").open(encoding="utf-8", newline="") as stream:
        (_, *written) = csv.reader(stream)
    assert [cell[0] for cell, _ in written] == ["x" if "x" in text else "'" for text in ATTACKS]
    assert {stock for _, stock in written} == {"-1.0"}
    sheet = openpyxl.load_workbook(tmp_path / "facts.xlsx").active
    assert sheet is not None
    assert {cell.data_type for (cell,) in sheet.iter_rows(min_row=2, max_col=1)} == {"s"}
    assert sheet["B2"].value == -1


def test_what_people_confirm_runs_nothing_and_reads_back(tmp_path: Path) -> None:
    said = dict.fromkeys(JOURNAL.names) | {
        "recorded_on": date(2025, 4, 28),
        "author": "=me",
        "part_no": "-K12",
        "material": "dysprosium",
        "verdict": "absent",
    }
    line = JOURNAL.line_of(said)
    assert {"'=me", "'-K12"} <= set(line.split(","))
    (entry,), _ = JOURNAL.drafted([said])
    assert (entry.text("author"), entry.text("part_no")) == ("=me", "-K12")
