"""`riskplug inspect`: one document about one export."""

import json
from datetime import date
from pathlib import Path

import pytest

from riskplug.errors import UsageError
from riskplug.ingest import inspect_file, load_profiles

STOCK = """\
part_no,location,stock_type,quantity,unit,as_of
A,B1,,0.1,EA,2025-04-26
A,B2,,0.2,PCE,2025-04-26
A,B2,blocked,1,KG,2025-04-26
B,B3,,many,EA,2025-04-26
"""


def document(tmp_path: Path, text: str = STOCK, table: str = "inventory") -> dict[str, object]:
    (tmp_path / "any_name.csv").write_text(text)
    profile = load_profiles()["canonical"]
    made = inspect_file(table, [tmp_path / "any_name.csv"], profile, None, date(2025, 4, 28)).document()
    assert json.loads(json.dumps(made, allow_nan=False)) == made
    return made


def test_the_document_says_what_was_accepted_and_what_was_not(tmp_path: Path) -> None:
    made = document(tmp_path)
    assert (made["schema"], made["table"], made["verdict"]) == ("riskplug.inspect/1", "inventory", "degraded")
    assert made["accepted"] == 3
    (entry,) = made["quarantined"]  # type: ignore[misc]
    assert entry == {
        "file": str(tmp_path / "any_name.csv"),
        "line": 5,
        "column": "quantity",
        "value": "many",
        "reason": "text instead of a number",
    }
    assert made["files"][0]["age_days"] == 2  # type: ignore[index]


def test_totals_are_exact_and_never_add_pieces_to_kilograms(tmp_path: Path) -> None:
    assert document(tmp_path)["totals"] == {
        "quantity": None,
        "quantity_by_unit": {"kg": 1.0, "pc": 0.30000000000000004},
        "quantity_by_stock_type": {"blocked": 1.0, "unrestricted": 0.30000000000000004},
    }
    assert document(tmp_path, "part_no,quantity\nA,1\nB,2\n")["totals"]["quantity"] == 3  # type: ignore[index]


def test_rows_are_canonical_with_iso_dates_and_null_for_missing(tmp_path: Path) -> None:
    first = document(tmp_path)["rows"][0]  # type: ignore[index]
    assert (first["part_no"], first["quantity"], first["unit"], first["as_of"]) == ("A", 0.1, "pc", "2025-04-26")
    assert first["stock_type"] is None and first["lot"] is None and first["site"] is None


def test_no_more_than_a_thousand_rows_are_shown(tmp_path: Path) -> None:
    made = document(tmp_path, "part_no,quantity\n" + "".join(f"A{n},1\n" for n in range(1200)))
    assert (made["accepted"], len(made["rows"])) == (1200, 1000)  # type: ignore[arg-type]


def test_a_refused_file_gives_a_refused_verdict_with_a_way_out(tmp_path: Path) -> None:
    made = document(tmp_path, "<html>please log in</html>")
    (refused,) = made["refused"]  # type: ignore[misc]
    assert made["verdict"] == "refused" and made["accepted"] == 0 and made["rows"] == []
    assert "an HTML or XML page" in refused["reason"] and refused["fix"]


def test_a_clean_file_is_accepted(tmp_path: Path) -> None:
    assert document(tmp_path, "supplier,country\nS1,NA\n", "suppliers")["verdict"] == "accepted"


def test_a_table_that_the_profile_does_not_read_is_a_usage_error(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="reads no files for 'stock'"):
        document(tmp_path, table="stock")
