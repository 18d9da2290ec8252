"""What a file is, judged by its bytes and not by its name."""

import gzip
from datetime import date
from pathlib import Path

import pytest

from riskplug.ingest import Profile, inspect_file, large_text, load_profiles
from riskplug.ingest.files import unread_files
from riskplug.model import Refusal
from tests.unit.ingest.conftest import Read

STOCK = "part_no,quantity\nA,5\nB,6\n"


def refusal_of(data: bytes, exports: Path, read: Read) -> Refusal:
    (exports / "inventory.csv").write_bytes(data)
    result = read()
    (refused,) = result.refused
    assert (refused.table, refused.source) == ("inventory", "erp")
    assert result.tables["inventory"].empty and len(result.tables["parts"]) == 2
    return refused


@pytest.mark.parametrize(
    ("data", "named"),
    [
        (b"", "empty (0 bytes)"),
        (STOCK.encode("utf-16"), "UTF-16 text"),
        (STOCK.encode("utf-32"), "UTF-32 text"),
        (STOCK.encode("utf-32-le"), "UTF-32 text"),
        (STOCK.encode("utf-32-be"), "UTF-32 text"),
        (b"\xef\xbb\xbf\xef\xbb\xbf<html>please log in</html>", "an HTML or XML page"),
        (b"<!DOCTYPE html><html><body>Please log in</body></html>", "an HTML or XML page"),
        (b"\xef\xbb\xbf <html>", "an HTML or XML page"),
        (b"PK\x03\x04rest of a workbook", "a zip archive or an XLSX workbook: first bytes b'PK"),
        (gzip.compress(STOCK.encode())[:-4], "the gzip data ends too early"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1", "old Excel workbook"),
        (STOCK.encode().replace(b"A,5", b"A\0,5"), "NUL byte"),
        (STOCK.encode().replace(b"A,5", b"\xe4,5"), "byte 17 (0xe4) is not utf-8"),
    ],
)
def test_what_is_no_text_as_declared_refuses_its_table_by_name(
    data: bytes, named: str, exports: Path, read: Read
) -> None:
    assert named in refusal_of(data, exports, read).reason


def test_a_nul_byte_is_refused_with_its_line(exports: Path, read: Read) -> None:
    assert refusal_of(b"part_no,quantity\nA,5\nB\0,6\n", exports, read).where == "exports/inventory.csv:3"


def test_a_byte_order_mark_is_no_part_of_the_first_column(exports: Path, read: Read) -> None:
    (exports / "inventory.csv").write_bytes(b"\xef\xbb\xbf" + STOCK.encode())
    assert read().tables["inventory"]["part_no"].tolist() == ["A", "B"]


@pytest.mark.parametrize("rows", [1, 20_000])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16-le"])
def test_two_byte_order_marks_are_no_part_of_the_first_column_either(
    encoding: str, rows: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A tool that puts a mark in front of a text that has one already; the column must not be lost for it."""
    monkeypatch.setattr(large_text, "LARGE", 1000)
    text = "\ufeff\ufefflocation,part_no,quantity\n" + "".join(f"B,A-{n},5\n" for n in range(rows))
    (tmp_path / "inventory.csv").write_bytes(text.encode(encoding))
    profile = Profile(name="x", reader="canonical", decimal=".", encoding=encoding)
    inspection = inspect_file("inventory", [tmp_path / "inventory.csv"], profile, None, date(2025, 4, 28))
    assert inspection.rows["location"].tolist() == ["B"] * rows and inspection.unknown_columns == ()


def test_two_byte_order_marks_are_no_part_of_the_first_value_of_a_list_without_a_header(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(large_text, "LARGE", 10)
    (tmp_path / "stock.csv").write_bytes(b"\xef\xbb\xbf\xef\xbb\xbfA,5\nB,6\nC,7\n")
    table = {"files": "stock.csv", "names": ["part", "qty"], "columns": {"part_no": "part", "quantity": "qty"}}
    profile = Profile.model_validate({"name": "x", "decimal": ".", "tables": {"inventory": table}})
    inspection = inspect_file("inventory", [tmp_path / "stock.csv"], profile, None, date(2025, 4, 28))
    assert inspection.rows["part_no"].tolist() == ["A", "B", "C"]


@pytest.mark.parametrize("encoding", ["cp1252", "utf-16", "utf-32", "cp932", "gb18030"])
def test_a_declared_encoding_is_read_strictly(encoding: str, tmp_path: Path) -> None:
    text = {"cp1252": "5 € Größe", "cp932": "希土類磁石", "gb18030": "稀土磁体"}.get(encoding, "Größe 磁")
    profile = Profile(name="x", reader="canonical", decimal=".", encoding=encoding)
    (tmp_path / "parts.csv").write_bytes(f"part_no,base_unit,description\nA,EA,{text}\n".encode(encoding))
    inspection = inspect_file("parts", [tmp_path / "parts.csv"], profile, None, date(2025, 4, 28))
    assert inspection.rows["description"].tolist() == [text]


def test_a_file_cut_anywhere_inside_its_rows_never_passes_a_short_row(exports: Path, read: Read) -> None:
    data = "part_no,location,quantity,unit\n" + "".join(f"A-{n},B,{n},EA\n" for n in range(50))
    for cut in range(40, len(data), 7):
        (exports / "inventory.csv").write_text(data[:cut])
        result = read()
        whole = data[:cut].count("\n") - 1 + (data[:cut].split("\n")[-1].count(",") == 3)
        assert result.refused or len(result.tables["inventory"]) + len(result.quarantine) == whole


@pytest.mark.parametrize(
    "name", ["~$parts.csv", ".~lock.parts.csv#", "parts.csv.part", "parts.csv.CRDOWNLOAD", "a.tmp"]
)
def test_a_file_whose_name_says_unfinished_is_refused_even_when_named(name: str, tmp_path: Path) -> None:
    (tmp_path / name).write_text("part_no,base_unit\nA,EA\n")
    used = load_profiles()["canonical"]
    (refusal,) = inspect_file("parts", [tmp_path / name], used, None, date(2025, 4, 28)).refused
    assert "a transfer is under way" in refusal.reason and refusal.where.endswith(name)


def test_files_that_are_no_exports_can_be_named(exports: Path) -> None:
    for name in ("~$parts.xlsx", "demand.csv.filepart", "demand.csv"):
        (exports / name).write_text("x")
    assert unread_files(exports) == ["demand.csv.filepart", "~$parts.xlsx"]
    assert unread_files(exports / "parts.csv") == [] == unread_files(exports / "none")


def test_a_file_that_grows_while_it_is_read_is_refused(
    exports: Path, read: Read, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = Path.read_bytes

    def grows(path: Path) -> bytes:
        data = plain(path)
        if path.name == "inventory.csv":
            with path.open("ab") as file:
                file.write(b"C,7\n")
        return data

    (exports / "inventory.csv").write_text(STOCK)
    monkeypatch.setattr(Path, "read_bytes", grows)
    assert "changed while it was read" in read().refused[0].reason


def test_unfinished_transfers_and_office_lock_files_are_not_read(exports: Path, read: Read) -> None:
    for name in ("~$inventory.csv", "demand.csv.filepart"):
        (exports / name).write_text("half a fi")
    result = read()
    assert [(refused.table, refused.where.endswith("demand.csv.filepart")) for refused in result.refused] == [
        ("demand", True)
    ]
    assert [file.path for file in result.files] == ["exports/parts.csv"]
