"""Keys: what is repaired where declared, what is set aside, and what stays exactly as it is."""

from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest

from riskplug.ingest import Profile
from riskplug.ingest.typed import type_column
from riskplug.tables import column_of


def read(values: list[Any], table: str = "inventory", column: str = "part_no", **keys: Any) -> list[str | None]:
    """Each value's key, or the reason it was set aside for, in brackets."""
    profile = Profile.model_validate({"name": "test", "reader": "canonical", "keys": keys})
    typed, faults = type_column(column_of(table, column), pa.array(values), profile)
    found: list[str | None] = typed.cast(pa.string()).to_pylist()
    for fault in reversed(faults):
        for row, reason in zip(fault.rows, fault.reasons, strict=True):
            found[row] = f"[{reason}]"
    return found


def test_keys_that_only_look_like_something_else_stay_text() -> None:
    kept = ["00123", "1E10", "None", "NULL", "TRUE", "nan", "NA", "NO", "1.05", "3-12", "MAR98", "12/3", "1.0A", "-5"]
    assert read(list(kept)) == kept


def test_spreadsheet_protection_is_taken_off_with_its_zeros_kept() -> None:
    assert read(['="00123"', "'00456", "  A-1\t"]) == ["00123", "00456", "A-1"]


def test_a_point_zero_is_set_aside_unless_repair_is_declared() -> None:
    aside = "[id turned into a number by a spreadsheet; `keys.repair_ids` takes the .0 off]"
    assert read(["12345.0", "123,0", "A1.0"]) == [aside, aside, "A1.0"]
    assert read(["12345.0", "123,0", "A1.0"], repair_ids=True) == ["12345", "123", "A1.0"]


def test_repair_goes_before_stripping_zeros() -> None:
    assert read(["00123.0", "123", "00A"], repair_ids=True, strip_zeros=True) == ["123", "123", "00A"]


def test_identifiers_beside_part_numbers_are_repaired_too_but_no_other_key() -> None:
    assert read(["10.0"], "purchase_orders", "line", repair_ids=True) == ["10"]
    assert read(["10.0"], "purchase_orders", "line") == ["10.0"]
    assert read(["10.0"], "parts", "category", repair_ids=True) == ["10.0"]


@pytest.mark.parametrize(
    "value", ["1.23E+12", "1,23E+12", "1.23e12", "03-Dec", "3-Dec-25", "Mar-98", "03. Dez", "2025-12-03 00:00:00"]
)
def test_a_key_that_a_spreadsheet_has_changed_is_set_aside(value: str) -> None:
    assert str(read([value])[0]).startswith("[key damaged by a spreadsheet")


def test_error_cells_and_control_characters_are_no_part_numbers() -> None:
    assert read(["#N/A", "#REF!", "A\x001", "A\n1", "A#1"]) == [
        "[spreadsheet error instead of a key]",
        "[spreadsheet error instead of a key]",
        "[control character in a key]",
        "[control character in a key]",
        "A#1",
    ]


def test_a_nul_byte_sets_a_row_aside_in_every_key() -> None:
    assert read(["a\x00b", "a\nb"], "inventory", "location") == ["[NUL byte in a key]", "a\nb"]


def test_case_is_folded_only_where_declared_and_never_in_codes() -> None:
    assert read(["ab-1", "äb-1"]) == ["ab-1", "äb-1"]
    assert read(["ab-1", "äb-1"], fold_case=True) == ["AB-1", "ÄB-1"]
    assert read(["Rol"], "inventory", "unit", fold_case=True) == ["Rol"]
    assert read(["de"], "suppliers", "country", fold_case=True) == ["de"]


def test_whole_numbers_of_typed_files_are_keys_and_others_are_not() -> None:
    assert read([123, None]) == ["123", "[required value is missing]"]
    assert read([Decimal("123")]) == ["123"]
    with pytest.raises(Exception, match="write part_no as text"):
        read([1.5])
