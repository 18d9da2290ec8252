"""All sources together: shared keys, files and hashes, absences, ages."""

import hashlib
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from riskplug.errors import UsageError
from riskplug.model import QUARANTINE_COLUMNS
from riskplug.tables import PART_COLUMNS, TABLES, column_of, dtype_of
from tests.unit.ingest.conftest import Read


def test_every_table_has_the_declared_columns_and_types(exports: Path, read: Read) -> None:
    (exports / "bom_lines.csv").write_text(
        "parent,component,quantity,fixed,valid_from\nA,B,2,true,2025-01-01\nA,C,1,,\n"
    )
    result = read()
    index = result.tables["parts"]["part_no"].cat.categories
    for name, frame in result.tables.items():
        for column in frame:
            expected = dtype_of(column_of(name, str(column)), index)
            assert frame[column].dtype == expected, (name, column)
        assert set(TABLES[name].column_names) < set(frame)
    assert list(result.quarantine) == list(QUARANTINE_COLUMNS)


def test_all_part_columns_share_one_sorted_index(exports: Path, read: Read) -> None:
    (exports / "bom_lines.csv").write_text("parent,component,quantity\nZ,B,2\nA,C,1\n")
    (exports / "demand.csv").write_text("part_no,date,quantity\nQ,2025-05-01,1\n")
    result = read()
    dtypes = {frame[name].dtype for frame in result.tables.values() for name in PART_COLUMNS if name in frame}
    assert dtypes == {pd.CategoricalDtype(pd.Index(list("ABCQZ"), dtype="str"))}
    assert result.tables["bom_lines"]["parent"].tolist() == ["Z", "A"]


def test_files_of_one_table_are_put_together_and_hashed(tmp_path: Path, exports: Path, read: Read) -> None:
    profile = tmp_path / "two.yaml"
    profile.write_text(
        "name: two\ndecimal: '.'\ntables:\n  parts: {files: 'parts*.csv', columns: {part_no: part_no, "
        "base_unit: base_unit, description: [text, description]}}\n"
    )
    (exports / "parts-2.csv").write_text("part_no,base_unit,text\nA,EA,again\nC,EA,bolt\n")
    result = read({"erp": {"profile": "two", "path": "exports"}}, profiles=(profile,))
    assert result.tables["parts"]["part_no"].tolist() == ["A", "C", "A", "B"]
    assert result.tables["parts"]["description"].tolist()[:2] == ["again", "bolt"]
    assert [(file.path, file.rows) for file in result.files] == [("exports/parts-2.csv", 2), ("exports/parts.csv", 2)]
    assert result.files[1].sha256 == hashlib.sha256((exports / "parts.csv").read_bytes()).hexdigest()


def test_a_file_delivered_twice_adds_nothing(tmp_path: Path, exports: Path, read: Read) -> None:
    profile = tmp_path / "two.yaml"
    profile.write_text(
        "name: two\ntables:\n  parts: {files: 'parts*.csv', columns: {part_no: part_no, base_unit: base_unit}}"
    )
    (exports / "parts-old.csv").write_bytes((exports / "parts.csv").read_bytes())
    result = read({"erp": {"profile": "two", "path": "exports"}}, profiles=(profile,))
    assert len(result.tables["parts"]) == 2
    assert result.quarantine["reason"].tolist() == [
        f"exact repeat of exports/parts-old.csv line {line}" for line in (2, 3)
    ]


def test_a_table_without_a_file_is_absent_but_parts_must_come_from_somewhere(
    tmp_path: Path, exports: Path, read: Read
) -> None:
    assert read().refused == ()
    (exports / "parts.csv").unlink()
    (refused,) = read().refused
    assert (refused.table, refused.source, refused.reason) == ("parts", "erp", "no source delivers parts")


def test_a_source_for_declarations_alone_is_fine(tmp_path: Path, exports: Path, read: Read) -> None:
    (tmp_path / "papers").mkdir()
    (tmp_path / "papers" / "declarations.csv").write_text("mpn,material,mass_pct\nM-1,Dy,4\nM-9,Tb,1\n")
    result = read({"erp": {"path": "exports"}, "papers": {"path": "papers"}})
    assert result.refused == ()
    found = result.tables["declarations"]
    assert found["part_no"].astype("object").where(found["part_no"].notna(), None).tolist() == ["A", "B", None]
    assert found["material"].tolist() == ["Dy", "Dy", "Tb"]
    assert found["source"].unique().tolist() == ["papers"]


def test_a_folder_that_is_not_there_refuses_every_table_of_its_source(read: Read) -> None:
    result = read()
    assert {refused.table for refused in result.refused} == set(TABLES)
    assert all(frame.empty for frame in result.tables.values())


def test_a_refused_table_of_one_source_leaves_the_other_sources_alone(
    tmp_path: Path, exports: Path, read: Read
) -> None:
    (tmp_path / "us").mkdir()
    (tmp_path / "us" / "parts.csv").write_text("")
    result = read({"us": {"path": "us"}, "erp": {"path": "exports"}})
    assert [(refused.table, refused.source) for refused in result.refused] == [("parts", "us")]
    assert len(result.tables["parts"]) == 2


def test_the_source_s_site_fills_blank_sites(exports: Path, read: Read) -> None:
    (exports / "inventory.csv").write_text("part_no,quantity,site\nA,1,\nB,2,US01\n")
    result = read({"erp": {"path": "exports", "site": "DE01"}}, sites=("DE01", "US01"))
    assert result.tables["inventory"]["site"].tolist() == ["DE01", "US01"]
    assert result.tables["parts"]["site"].tolist() == ["DE01", "DE01"]


def test_the_age_of_an_export_is_its_newest_day_and_never_the_file_s_own_time(exports: Path, read: Read) -> None:
    (exports / "inventory.csv").write_text("part_no,quantity,as_of\nA,1,2025-04-27\nB,2,2024-01-01\n")
    ages = {file.table: file.extracted_at for file in read().files}
    assert ages == {"parts": None, "inventory": datetime(2025, 4, 27, tzinfo=ZoneInfo("Europe/Berlin"))}


@pytest.mark.parametrize(
    "as_of",
    [
        "{line: 1, pattern: 'as of (.*)$', format: '%d.%m.%Y'}",
        "{file_name: '_(\\d{8})', format: '%Y%m%d'}",
        "{column: stand}",
    ],
)
def test_the_age_is_taken_from_the_declared_place(as_of: str, tmp_path: Path, exports: Path, read: Read) -> None:
    profile = tmp_path / "aged.yaml"
    profile.write_text(
        f"name: aged\ntables:\n  parts: {{files: 'p_*.csv', header_row: 2, as_of: {as_of},\n"
        "    columns: {part_no: part_no, base_unit: base_unit}}\n"
    )
    (exports / "p_20250426.csv").write_text("parts as of 26.04.2025\npart_no,base_unit,stand\nA,EA,2025-04-26\n")
    result = read({"erp": {"profile": "aged", "path": "exports"}}, profiles=(profile,))
    assert result.refused == ()
    assert str(result.files[0].extracted_at) == "2025-04-26 00:00:00+02:00"


def test_an_age_missing_from_its_declared_place_refuses_the_table(tmp_path: Path, exports: Path, read: Read) -> None:
    profile = tmp_path / "aged.yaml"
    profile.write_text(
        "name: aged\ntables:\n  parts: {files: 'parts.csv', as_of: {file_name: '_(\\d{8})', format: '%Y%m%d'},"
        " columns: {part_no: part_no, base_unit: base_unit}}"
    )
    (refused,) = read({"erp": {"profile": "aged", "path": "exports"}}, profiles=(profile,)).refused
    assert "no export date in the file name: 'parts.csv'" in refused.reason


def test_parquet_is_read_by_type_and_means_the_same_as_text(exports: Path, read: Read) -> None:
    pq.write_table(
        pa.table(
            {
                "part_no": ["A", "B", None, "C"],
                "quantity": np.array([1.5, np.nan, 2, np.inf]),
                "unit": pa.array(["ST", "KG", "KG", "KG"]).dictionary_encode(),
                "location": pa.array([1, 2, 3, 4]),
                "as_of": pa.array([20000] * 4, pa.int32()).cast(pa.date32()),
            }
        ),
        exports / "inventory.parquet",
    )
    result = read()
    (row,) = result.tables["inventory"].to_dict("records")
    assert (row["part_no"], row["quantity"], row["unit"], row["location"]) == ("A", 1.5, "pc", "1")
    assert row["as_of"] == pd.Timestamp("2024-10-04")
    assert result.quarantine[["line", "column", "reason"]].to_numpy().tolist() == [
        [2, "quantity", "required value is missing"],
        [3, "part_no", "required value is missing"],
        [4, "quantity", "not a finite number"],
    ]


def test_part_numbers_stored_as_floating_point_refuse_the_table(exports: Path, read: Read) -> None:
    pq.write_table(pa.table({"part_no": [123.0], "quantity": [1.0]}), exports / "inventory.parquet")
    assert "column part_no has type double" in read().refused[0].reason


def test_a_cut_parquet_file_refuses_its_table(exports: Path, read: Read) -> None:
    pq.write_table(pa.table({"part_no": ["A"], "quantity": [1.0]}), exports / "inventory.parquet")
    data = (exports / "inventory.parquet").read_bytes()
    (exports / "inventory.parquet").write_bytes(data[:-9])
    assert "not a readable Parquet file" in read().refused[0].reason


def test_one_canonical_table_in_two_formats_is_refused(exports: Path, read: Read) -> None:
    pq.write_table(pa.table({"part_no": ["A"], "base_unit": ["EA"]}), exports / "parts.parquet")
    assert read().refused[0].reason == "table parts is there twice: parts.csv, parts.parquet"


def test_a_workbook_is_read_cell_by_cell_as_text(exports: Path, read: Read) -> None:
    import openpyxl

    book = openpyxl.Workbook()
    sheet = book.active
    for row in (
        ["part_no", "quantity", "as_of"],
        ["007", 5, datetime(2025, 4, 28)],
        [8, 2.5, None],
        ["x", "#N/A", None],
    ):
        sheet.append(row)
    book.save(exports / "inventory.xlsx")
    result = read()
    assert result.tables["inventory"]["part_no"].tolist() == ["007", "8"]
    assert result.tables["inventory"]["quantity"].tolist() == [5, 2.5]
    assert result.quarantine["reason"].tolist() == ["spreadsheet error instead of a number"]


def test_a_profile_nobody_provides_is_a_usage_error(exports: Path, read: Read) -> None:
    with pytest.raises(UsageError, match="did you mean 'canonical'"):
        read({"erp": {"profile": "canonicle", "path": "exports"}})


def test_a_row_set_aside_keeps_its_part_and_site_where_they_can_be_read(exports: Path, read: Read) -> None:
    (exports / "demand.csv").write_text("part_no,date,quantity\nA,,1\n,2025-05-01,1\nB,2025-05-01,x\nB,2025-05-01\n")
    rows = read().quarantine
    told = rows.set_index("line")[["column", "part_no"]].apply(tuple, axis=1).to_dict()
    assert told == {2: ("date", "A"), 3: ("part_no", ""), 4: ("quantity", "B"), 5: ("", "")}
    assert set(rows.loc[rows["line"] != 5, "site"]) == {"DE01"}
