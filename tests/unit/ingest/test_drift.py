"""An export that is not what it was: cut, laid out anew, with rows twice. Nothing is guessed or lost in silence."""

import io
from pathlib import Path

import pytest
from openpyxl import Workbook

from riskplug.model import Ingested
from tests.unit.ingest.conftest import Read

PARTS = [("part_no", "base_unit", "unit_cost"), ("A", "pc", 1.5), ("B", "kg", 2.5), ("C", "pc", 0.0)]


def texts(rows: list[tuple[object, ...]]) -> str:
    return "".join(",".join(map(str, row)) + "\n" for row in rows)


def written(read: Read, exports: Path, rows: list[tuple[object, ...]]) -> Ingested:
    (exports / "parts.csv").write_text(texts(rows), encoding="utf-8")
    return read()


def known(result: Ingested) -> list[tuple[object, ...]]:
    parts = result.tables["parts"][["part_no", "base_unit", "unit_cost"]].astype(object)
    return [PARTS[0], *parts.itertuples(index=False, name=None)]


def test_columns_in_another_order_change_nothing(read: Read, exports: Path) -> None:
    assert known(written(read, exports, PARTS)) == PARTS
    assert known(written(read, exports, [(c, a, b) for a, b, c in PARTS])) == PARTS


def test_a_column_that_nobody_knows_changes_nothing_and_is_named(read: Read, exports: Path) -> None:
    result = written(read, exports, [(*row, "new_column" if row is PARTS[0] else "x") for row in PARTS])
    assert known(result) == PARTS and result.unknown_columns[("parts", "erp")] == ("new_column",)


@pytest.mark.parametrize("at", [0, 2])
def test_a_column_that_is_there_twice_refuses_the_table(read: Read, exports: Path, at: int) -> None:
    [refusal] = written(read, exports, [(*row, row[at]) for row in PARTS]).refused
    assert refusal.table == "parts" and "is there twice" in refusal.reason


def test_a_required_column_under_another_name_refuses_the_table_and_shows_the_way(read: Read, exports: Path) -> None:
    [refusal] = written(read, exports, [("part_nr", *PARTS[0][1:]), *PARTS[1:]]).refused
    assert "part_no" in refusal.reason + refusal.fix and "part_nr" in refusal.reason + refusal.fix


def test_a_column_that_holds_another_type_sets_its_rows_aside_one_by_one(read: Read, exports: Path) -> None:
    result = written(read, exports, [PARTS[0], ("A", "pc", "cheap"), PARTS[2], ("C", "pc", "2025-04-28")])
    assert result.tables["parts"]["part_no"].tolist() == ["B"]
    aside = result.quarantine[["line", "column", "value"]].to_numpy().tolist()
    assert aside == [[2, "unit_cost", "cheap"], [4, "unit_cost", "2025-04-28"]]


def test_a_workbook_cut_at_any_hundredth_is_refused(read: Read, exports: Path) -> None:
    book, whole = Workbook(), io.BytesIO()
    for row in PARTS:
        book.active.append(row)  # type: ignore[union-attr]
    book.save(whole)
    (exports / "parts.csv").unlink()
    data = whole.getvalue()
    for percent in range(4, 100, 8):
        (exports / "parts.xlsx").write_bytes(data[: len(data) * percent // 100])
        [refusal] = read().refused
        assert refusal.table == "parts", percent
    (exports / "parts.xlsx").write_bytes(data)
    assert known(read()) == PARTS


@pytest.mark.parametrize("share", [1, 3, 10])
def test_rows_that_are_there_again_count_once_and_name_the_first(read: Read, exports: Path, share: int) -> None:
    rows: list[tuple[object, ...]] = [(f"P-{n}", "pc", n) for n in range(30)]
    again = rows[::share]
    result = written(read, exports, [PARTS[0], *rows, *again])
    assert known(result) == [PARTS[0], *rows]
    assert result.quarantine["line"].tolist() == list(range(32, 32 + len(again)))
    wanted = [f"exact repeat of line {2 + at}" for at in range(0, 30, share)]
    assert result.quarantine["reason"].tolist() == wanted
