"""Files that are read all the same, and what is odd about them: a last line without an end, columns not there."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from riskplug.ingest import Inspection, Profile, inspect_file, large_text
from riskplug.model import FileDoubt
from tests.unit.ingest.conftest import Read

STOCK = "part_no,location,quantity\nM-1,B1,7\nM-2,B2,12.50"


def inspected(folder: Path, text: str, reader: str = "delimited", **declared: Any) -> Inspection:
    """The text as a stock list whose profile names columns and rules."""
    (folder / "stock.txt").write_bytes(text.encode())
    rule = {"files": "stock.txt", "columns": {"part_no": "part_no", "quantity": "quantity", "location": "location"}}
    rule |= declared.pop("rule", {})
    settings = {"name": "made", "reader": reader, "decimal": ".", **declared, "tables": {"inventory": rule}}
    used = Profile.model_validate(settings)
    return inspect_file("inventory", [folder / "stock.txt"], used, None, date(2025, 4, 28))


def doubts(made: Inspection) -> list[str]:
    return [doubt.what for doubt in made.file_doubts]


@pytest.mark.parametrize("large", [1, 10**9])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_a_last_row_without_a_line_end_is_a_doubt_that_degrades_its_table(
    end: str, large: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """12.5 may be 12.50, or 12.57: no reader can tell; both ways of reading say so."""
    monkeypatch.setattr(large_text, "LARGE", large)
    text = STOCK.replace("\n", end)
    for cut in (text, text[:-1], text[:-3]):
        made = inspected(tmp_path, cut)
        assert made.verdict == "degraded" and len(made.rows) == 2 and made.quarantine.empty
        (doubt,) = made.file_doubts
        assert doubt.is_cut and doubt.where.endswith("stock.txt")
        assert doubt.what.startswith("the last line, 3, does not end: the file may be cut off inside its last value")
        assert "last_line_end: optional" in doubt.what
    assert inspected(tmp_path, text + end).verdict == "accepted"


def test_a_program_that_never_ends_its_last_line_can_be_declared(tmp_path: Path) -> None:
    made = inspected(tmp_path, STOCK, last_line_end="optional")
    assert made.verdict == "accepted" and made.file_doubts == ()


def test_a_last_line_that_is_no_row_is_no_doubt(tmp_path: Path) -> None:
    """A footer was reached, so nothing is missing before it."""
    total = [{"column": "part_no", "matches": "^Total"}]
    assert doubts(inspected(tmp_path, f"{STOCK}\nTotal,,19.5", rule={"drop_rows": total})) == []
    assert doubts(inspected(tmp_path, f"{STOCK}\n-- 2 rows", rule={"drop_rows": [{"line": "^--"}]})) == []
    aside = inspected(tmp_path, f"{STOCK}\nM-3,B3,1,x")
    assert doubts(aside) == [] and len(aside.quarantine) == 1


def test_a_list_of_bars_ends_with_its_bar(tmp_path: Path) -> None:
    rule = "-" * 27
    text = f"{rule}\n|part_no|quantity|location|\n{rule}\n|M-1    |       7|B1      |\n|M-2    |      12|B2      "
    assert inspected(tmp_path, text + "|", "ruled").verdict == "accepted"
    unclosed = inspected(tmp_path, text.replace("location|", "location").replace("B1      |", "B1"), "ruled")
    assert [doubt.is_cut for doubt in unclosed.file_doubts] == [True]


def test_a_joined_file_that_does_not_end_is_a_doubt_too(tmp_path: Path) -> None:
    (tmp_path / "places.csv").write_text("no,place\nM-1,B1\nM-2,B")
    join = {"name": "P", "files": "places.csv", "on": {"part_no": "no"}}
    columns = {"part_no": "part_no", "quantity": "quantity", "location": "P.place"}
    made = inspected(tmp_path, "part_no,quantity\nM-1,7\n", rule={"join": [join], "columns": columns})
    (doubt,) = made.file_doubts
    assert doubt.is_cut and doubt.where.endswith("places.csv")


COLUMNS = {"part_no": "part_no", "quantity": "quantity", "unit": "BUn", "lot": ["Charge", "Batch"], "as_of": "Counted"}


def test_columns_that_the_profile_names_and_the_file_lacks_are_told(tmp_path: Path) -> None:
    rule = {"columns": COLUMNS, "drop_rows": [{"column": "Deleted", "equals": "X"}]}
    made = inspected(tmp_path, "part_no,quantity,Counted\nA,5,2025-04-28\n", rule=rule)
    assert made.verdict == "accepted"
    assert doubts(made) == ["columns BUn, Charge or Batch, Deleted that the profile names are not in the file"]
    assert [(item["value"], item["why"]) for item in made.document()["doubts"]] == [
        (made.files[0].path, "columns BUn, Charge or Batch, Deleted that the profile names are not in the file")
    ]


def test_one_name_of_several_is_enough_and_a_stand_in_too(tmp_path: Path) -> None:
    columns = {**COLUMNS, "unit": {"column": "BUn", "otherwise": "Unit"}}
    made = inspected(tmp_path, "part_no,quantity,Unit,Batch,Counted\nA,5,EA,1,2025-04-28\n", rule={"columns": columns})
    assert doubts(made) == []


def test_a_part_of_a_key_that_is_not_there_is_told(tmp_path: Path) -> None:
    columns = {"part_no": "part_no", "quantity": "quantity", "lot": {"together": ["Batch", "Split"]}}
    made = inspected(tmp_path, "part_no,quantity,Batch\nA,5,1\n", rule={"columns": columns})
    assert doubts(made) == ["column Split that the profile names is not in the file"]


def test_a_further_file_that_nobody_delivers_is_not_told_column_by_column(tmp_path: Path) -> None:
    join = {"name": "P", "files": "places.csv", "on": {"part_no": "no"}}
    columns = {"part_no": "part_no", "quantity": "quantity", "location": "P.place", "lot": "P.lot"}
    rule = {"join": [join], "columns": columns}
    assert doubts(inspected(tmp_path, "part_no,quantity\nM-1,7\n", rule=rule)) == []
    (tmp_path / "places.csv").write_text("no,place\nM-1,B1\n")
    told = inspected(tmp_path, "part_no,quantity\nM-1,7\n", rule=rule)
    assert doubts(told) == ["column P.lot that the profile names is not in the file"]


def test_the_canonical_profile_names_every_column_and_is_not_told_so(exports: Path, read: Read) -> None:
    assert read().doubts == ()


def test_a_scan_is_told_of_the_doubts_of_every_table(exports: Path, read: Read) -> None:
    (exports / "inventory.csv").write_text("part_no,quantity\nA,5\nB,6")
    (doubt,) = read().doubts
    assert doubt == FileDoubt("inventory", "erp", "exports/inventory.csv", doubt.what, is_cut=True)
