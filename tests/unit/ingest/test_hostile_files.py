"""Files made to break their reader: each ends as rows, quarantine or a refusal, soon, and never as a traceback."""

import io
import itertools
import zipfile
from datetime import date
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from riskplug.ingest import inspect_file, limited
from riskplug.ingest.limited import Limits
from tests.examples import examples
from tests.unit.ingest.made_workbooks import HEADER, STOCK, inspected, profile, refused, text, workbook

LAUGHS = '<!DOCTYPE x [<!ENTITY a "ha">' + "".join(
    f'<!ENTITY {name} "{f"&{below};" * 10}">' for below, name in itertools.pairwise("abcdefghij")
)
OUTSIDE = '<!DOCTYPE x [<!ENTITY j SYSTEM "file:///etc/passwd">'
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
EXCEL_2003 = "urn:schemas-microsoft-com:office:spreadsheet"
PARQUET = profile(reader="parquet")


@pytest.mark.parametrize("prologue", [f"{LAUGHS}]>", f"{OUTSIDE}]>", "<!DOCTYPE worksheet>"])
def test_entities_in_a_sheet_are_refused(prologue: str, tmp_path: Path) -> None:
    rows = f'{HEADER}<row r="2">{text("A2", "&j;" if "ENTITY j" in prologue else "A")}</row>'
    reason = refused(tmp_path / "list.xlsx", workbook(rows, prologue=prologue))
    assert "declares entities or a document type" in reason and "root:" not in reason


@pytest.mark.parametrize("prologue", [f"{LAUGHS}]>", f"{OUTSIDE}]>"])
def test_entities_in_shared_texts_are_refused(prologue: str, tmp_path: Path) -> None:
    strings = f'{prologue}<sst xmlns="{MAIN}"><si><t>&j;</t></si></sst>'
    assert "declares entities" in refused(tmp_path / "list.xlsx", workbook(STOCK, strings=strings))


@pytest.mark.parametrize("prologue", [f"{LAUGHS}]>", f"{OUTSIDE}]>"])
def test_entities_in_spreadsheetml_are_refused(prologue: str, tmp_path: Path) -> None:
    data = f'<?xml version="1.0"?>{prologue}<Workbook xmlns="{EXCEL_2003}"><Worksheet/>&j;</Workbook>'
    assert "declares entities" in refused(tmp_path / "list.xls", data.encode())


def test_a_workbook_that_unpacks_beyond_measure_is_refused_before_it_does(tmp_path: Path) -> None:
    file = io.BytesIO(workbook(STOCK))
    with zipfile.ZipFile(file, "a", zipfile.ZIP_DEFLATED) as archive, archive.open("xl/media/x.bin", "w") as member:
        for _ in range(64):
            member.write(bytes(1_000_000))
    assert "unpacks from" in refused(tmp_path / "list.xlsx", file.getvalue())


def test_a_sheet_of_a_million_cells_in_the_last_column_keeps_its_table(tmp_path: Path) -> None:
    far = "".join(f'<row r="{row}"><c r="XFD{row}"><v>1</v></c></row>' for row in range(3, 100_003))
    made = inspected(tmp_path / "list.xlsx", workbook(STOCK + far))
    assert made.rows["quantity"].tolist() == [5]
    assert made.quarantine["reason"].tolist() == ["stray cell XFD3, and 99999 more: it stands beside the table"]


def test_a_sheet_of_sparse_rows_costs_what_its_cells_cost(tmp_path: Path) -> None:
    rows = "".join(f'<row r="{row}">{text(f"A{row}", "A")}</row>' for row in range(900, 1_048_000, 900))
    made = inspected(tmp_path / "list.xlsx", workbook(STOCK + rows))
    assert made.dropped["blank row"] > 1_000_000 and made.rows["part_no"].tolist() == ["A"]


def test_a_text_used_a_million_times_stays_within_the_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limited, "LIMITS", Limits(memory=600_000_000))
    strings = f'<sst xmlns="{MAIN}"><si><t>{"x" * 5_000_000}</t></si></sst>'
    rows = "".join(f'<row r="{row}"><c r="A{row}" t="s"><v>0</v></c></row>' for row in range(2, 20_000))
    reason = refused(tmp_path / "list.xlsx", workbook(HEADER + rows, strings=strings))
    assert "memory" in reason or "too large for 600 MB" in reason


def test_a_reader_that_needs_too_long_is_stopped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = "".join(f'<row r="{row}">{text(f"A{row}", "A")}</row>' for row in range(2, 200_000))
    data = workbook(HEADER + rows)
    monkeypatch.setattr(limited, "LIMITS", Limits(cpu_seconds=1))
    assert "takes more than 1 s of computing" in refused(tmp_path / "list.xlsx", data)
    monkeypatch.setattr(limited, "LIMITS", Limits(wall_seconds=1))
    assert "takes longer than 1 s" in refused(tmp_path / "list.xlsx", data)


def test_a_reader_that_dies_is_a_refusal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "dies.py").write_text("import os, signal\nos.kill(os.getpid(), signal.SIGSEGV)\n")
    monkeypatch.setattr(limited, "_CHILD", tmp_path / "dies.py")
    assert "reading it ended with signal 11" in refused(tmp_path / "list.xlsx", workbook(STOCK))


def test_the_reader_of_strangers_files_is_told_no_secrets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SLACK_BOT_TOKEN", "xoxb-secret")
    (tmp_path / "tells.py").write_text(
        "import json, os, sys\n"
        "print(json.dumps({'what': ' '.join(os.environ), 'where': '', 'fix': 'x'}))\n"
        "sys.exit(6)\n"
    )
    monkeypatch.setattr(limited, "_CHILD", tmp_path / "tells.py")
    reason = refused(tmp_path / "list.xlsx", workbook(STOCK))
    assert "OPENPYXL_DEFUSEDXML" in reason and "SLACK" not in reason


def test_a_deeply_nested_sheet_is_refused_or_read(tmp_path: Path) -> None:
    nested = "<x>" * 50_000 + "</x>" * 50_000
    made = inspected(tmp_path / "list.xlsx", workbook(STOCK, after=nested))
    assert made.refused or made.rows["quantity"].tolist() == [5]


@pytest.mark.parametrize("word", ["=cmd|' /C calc'!A0", "<script>alert(1)</script>", "@SUM(1)", "{{7*7}}", "%s%n"])
def test_formula_and_markup_text_is_plain_text(word: str, tmp_path: Path) -> None:
    columns = {"part_no": "part_no", "base_unit": {"const": "EA"}, "description": "description"}
    used = profile("parts", "delimited", decimal=".", columns=columns)
    made = inspected(tmp_path / "parts.csv", f"part_no,description\nA,{word}\n".encode(), used, "parts")
    assert made.rows["description"].tolist() == [word]
    escaped = word.replace("<", "&lt;")
    titles = f'<row r="1">{text("A1", "part_no")}{text("B1", "description")}</row>'
    sheet = workbook(f'{titles}<row r="2">{text("A2", "A")}{text("B2", escaped)}</row>')
    made = inspected(tmp_path / "parts.xlsx", sheet, profile("parts", columns=columns), "parts")
    assert made.rows["description"].tolist() == [word]


@pytest.mark.parametrize("quote", ["", '"'])
def test_a_field_of_200_kilobytes_is_read(quote: str, tmp_path: Path) -> None:
    long = "x" * 200_000
    columns = {"part_no": "part_no", "base_unit": {"const": "EA"}, "description": "description"}
    used = profile("parts", "delimited", decimal=".", columns=columns)
    data = f"part_no,description\nA,{quote}{long}{quote}\nB,short,many\n"
    made = inspected(tmp_path / "parts.csv", data.encode(), used, "parts")
    assert made.rows["description"].tolist() == [long] and made.quarantine["line"].tolist() == [3]


def test_a_nul_byte_is_never_part_of_a_key(tmp_path: Path) -> None:
    made = inspected(tmp_path / "a.csv", b"part_no,quantity\nA\0B,5\n", profile(reader="delimited", decimal="."))
    assert "NUL byte" in made.refused[0].reason and made.refused[0].where.endswith("a.csv:2")


def stored(rows: int = 1000) -> bytes:
    file = io.BytesIO()
    pq.write_table(pa.table({"part_no": [f"A{at}" for at in range(rows)], "quantity": [1.0] * rows}), file)
    return file.getvalue()


@pytest.mark.parametrize("cut", [1, 4, 8, 100, 1000])
def test_a_parquet_file_cut_short_is_refused(cut: int, tmp_path: Path) -> None:
    assert "not a readable Parquet file" in refused(tmp_path / "a.parquet", stored()[:-cut], PARQUET)


@pytest.mark.parametrize(
    ("data", "named"),
    [
        (b"part_no,quantity\nA,5\n", "not Parquet but plain text"),
        (b"PAR1PAR1", "not a readable Parquet file"),
        (b"PAR1" + b"\xff" * 100 + b"PAR1", "not a readable Parquet file"),
        (workbook(STOCK), "not Parquet but an XLSX workbook"),
        (b"<html>Please log in</html>", "not Parquet but an HTML or XML page"),
    ],
)
def test_what_is_no_parquet_file_is_refused_by_name(data: bytes, named: str, tmp_path: Path) -> None:
    assert named in refused(tmp_path / "a.parquet", data, PARQUET)


def test_a_parquet_file_of_endless_rows_is_refused(tmp_path: Path) -> None:
    file = io.BytesIO()
    count = 12_000_000
    pq.write_table(pa.table({"part_no": pa.nulls(count, pa.string())}), file, row_group_size=count)
    assert "says that it holds 12,000,000 rows" in refused(tmp_path / "a.parquet", file.getvalue(), PARQUET)


@settings(max_examples=examples(30), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(at=st.integers(0, 10_000), byte=st.integers(0, 255))
def test_a_parquet_file_with_a_byte_changed_never_breaks_the_reader(at: int, byte: int, tmp_path: Path) -> None:
    data = bytearray(stored())
    data[at % len(data)] = byte
    made = inspected(tmp_path / "a.parquet", bytes(data), PARQUET)
    assert made.refused or len(made.rows) + len(made.quarantine) == 1000


@settings(max_examples=examples(20), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(at=st.integers(0, 100_000), byte=st.integers(0, 255), cut=st.booleans())
def test_a_workbook_with_a_byte_changed_never_breaks_the_reader(at: int, byte: int, cut: bool, tmp_path: Path) -> None:
    data = bytearray(workbook(STOCK))
    at %= len(data)
    data = data[:at] if cut else data[:at] + bytes([byte]) + data[at + 1 :]
    made = inspected(tmp_path / "a.xlsx", bytes(data))
    assert made.refused or len(made.rows) + len(made.quarantine) >= 1


@settings(max_examples=examples(80), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    data=st.one_of(
        st.binary(max_size=200),
        st.builds(
            lambda head, tail: head + tail,
            st.sampled_from(
                [b"PK\x03\x04", b"\x1f\x8b\x08", b"PAR1", b"\xff\xfe", b"%PDF", b"\xd0\xcf\x11\xe0", b"BZh"]
            ),
            st.binary(max_size=100),
        ),
    ),
    reader=st.sampled_from(["delimited", "parquet", "canonical"]),
)
def test_any_bytes_end_as_rows_or_a_refusal(data: bytes, reader: str, tmp_path: Path) -> None:
    (tmp_path / "inventory.csv").write_bytes(data)
    used = profile(reader=reader, decimal=".")
    made = inspect_file("inventory", [tmp_path / "inventory.csv"], used, None, date(2025, 4, 28))
    assert made.verdict in ("accepted", "degraded", "refused")
