"""gzip and zip around any file: found by name, unpacked under limits, hashed as they lie on disk."""

import gzip
import hashlib
import io
import zipfile
from pathlib import Path

import pytest

from riskplug.errors import DataRefused
from riskplug.ingest import packed
from riskplug.ingest.files import find_files
from riskplug.ingest.packed import Unpacking
from riskplug.ingest.profile import TableRule
from tests.unit.ingest.conftest import Read
from tests.unit.ingest.made_workbooks import STOCK as SHEET
from tests.unit.ingest.made_workbooks import inspected, profile, refused, workbook

STOCK = b"part_no,quantity\nA,5\nB,6\n"
TEXT = profile(reader="delimited", decimal=".", files=["stock*.csv"])


def zipped(members: dict[str, bytes]) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return file.getvalue()


def test_a_packed_file_is_found_under_the_name_of_the_plain_one(exports: Path, read: Read) -> None:
    data = gzip.compress(STOCK)
    (exports / "inventory.csv.gz").write_bytes(data)
    (exports / "suppliers.csv.zip").write_bytes(zipped({"anything.csv": b"supplier,country\nS1,CN\n"}))
    result = read()
    assert result.refused == () and result.tables["inventory"]["quantity"].tolist() == [5, 6]
    found = {file.path: (file.sha256, file.bytes) for file in result.files}
    assert found["exports/inventory.csv.gz"] == (hashlib.sha256(data).hexdigest(), len(data))
    assert "exports/suppliers.csv.zip!anything.csv" in found


def test_a_file_both_plain_and_packed_is_refused(exports: Path, read: Read) -> None:
    (exports / "inventory.csv").write_bytes(STOCK)
    (exports / "inventory.csv.gz").write_bytes(gzip.compress(STOCK))
    (refusal,) = read().refused
    assert refusal.table == "inventory" and "there twice: inventory.csv, inventory.csv.gz" in refusal.reason


def test_only_the_same_file_is_there_twice(tmp_path: Path) -> None:
    rule = TableRule(files=("stock*.csv",))
    for name in ("stock_1.csv", "stock_2.csv.gz", "stock_3.csv.zip"):
        (tmp_path / name).write_bytes(b"x")
    assert len(find_files(tmp_path, rule, "inventory")) == 3
    (tmp_path / "stock_2.csv.zip").write_bytes(b"x")
    with pytest.raises(DataRefused, match=r"there twice: stock_2\.csv\.gz, stock_2\.csv\.zip"):
        find_files(tmp_path, rule, "inventory")


def test_gzip_is_recognised_whatever_it_is_called(tmp_path: Path) -> None:
    made = inspected(tmp_path / "stock.csv", gzip.compress(STOCK[:17]) + gzip.compress(STOCK[17:]), TEXT)
    assert made.rows["quantity"].tolist() == [5, 6]


def test_workbooks_and_parquet_may_be_packed_too(exports: Path, read: Read) -> None:
    (exports / "inventory.xlsx.gz").write_bytes(gzip.compress(workbook(SHEET)))
    assert read().tables["inventory"]["quantity"].tolist() == [5]


def test_the_member_that_the_profile_names_counts(tmp_path: Path) -> None:
    data = zipped({"readme.txt": b"hello", "out/stock_1.csv": STOCK, "__MACOSX/stock_1.csv": b"x"})
    made = inspected(tmp_path / "export.zip", data, TEXT)
    assert made.rows["quantity"].tolist() == [5, 6] and made.files[0].path.endswith("export.zip!out/stock_1.csv")


@pytest.mark.parametrize(
    ("data", "named"),
    [
        (zipped({"stock_1.csv": STOCK, "stock_2.csv": STOCK}), "2 of 2 members may be meant: stock_1.csv, stock_2.csv"),
        (zipped({"a.csv": STOCK, "b.csv": STOCK}), "0 of 2 members may be meant: a.csv, b.csv"),
        (zipped({}), "the zip archive is empty"),
        (zipped({"stock.csv": gzip.compress(STOCK)}), "an archive within an archive (gzip)"),
        (gzip.compress(zipped({"stock.csv": STOCK})), "an archive within an archive (zip)"),
        (gzip.compress(gzip.compress(STOCK)), "an archive within an archive (gzip)"),
        (gzip.compress(STOCK)[:-9], "the gzip data ends too early"),
        (gzip.compress(STOCK)[:-8] + b"12345678", "broken gzip data"),
        (gzip.compress(STOCK) + b"more", "more data behind the end"),
        (gzip.compress(b""), "empty (0 bytes)"),
        (zipped({"stock.csv": STOCK})[:60], "first bytes b'PK"),
        (zipped({"stock.csv": b"%PDF-1.7"}), "a PDF document"),
        (b"7z\xbc\xaf\x27\x1c....", "an archive of another kind"),
    ],
)
def test_archives_that_leave_a_doubt_are_refused(data: bytes, named: str, tmp_path: Path) -> None:
    assert named in refused(tmp_path / "export", data, TEXT)


def test_a_damaged_member_is_refused(tmp_path: Path) -> None:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as archive:
        archive.writestr("stock.csv", STOCK)
    assert "broken zip archive: Bad CRC" in refused(tmp_path / "e.zip", file.getvalue().replace(b"A,5", b"A,7"), TEXT)


def test_a_password_is_named(tmp_path: Path) -> None:
    data = bytearray(zipped({"stock.csv": STOCK}))
    data[data.index(b"PK\x01\x02") + 8] |= 1  # the flag of an encrypted member
    assert "has a password" in refused(tmp_path / "e.zip", bytes(data), TEXT)


@pytest.mark.parametrize("pack", [gzip.compress, lambda data: zipped({"stock.csv": data})])
@pytest.mark.parametrize("limits", [Unpacking(size=1_000_000), Unpacking(small=1_000_000, ratio=20)])
def test_a_bomb_is_refused_while_it_unpacks(
    pack: object, limits: Unpacking, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(packed, "LIMITS", limits)
    data = pack(STOCK + b"A,5\n" * 20_000_000)  # type: ignore[operator]
    reason = refused(tmp_path / "stock.csv", data, TEXT)
    size = int(reason.split("more than ")[1].replace(",", ""))
    assert "unpacks from" in reason and size <= 3_000_000  # stopped at the second megabyte of eighty


def test_what_unpacks_well_but_little_is_no_bomb(tmp_path: Path) -> None:
    made = inspected(tmp_path / "stock.csv.gz", gzip.compress(STOCK + b"C,5\n" * 10_000), TEXT)
    assert len(made.rows) + len(made.quarantine) == 10_002
