"""Numbers of exports, value by value: read as declared or named for what they are."""

from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from riskplug.errors import DataRefused
from riskplug.ingest import Profile
from riskplug.ingest.numbers import native_numbers, read_numbers, without_percent_sign


def profile(**declared: Any) -> Profile:
    return Profile.model_validate({"name": "test", "reader": "canonical", "decimal": ".", **declared})


def read(values: list[str | None], **declared: Any) -> dict[str | None, float | str | None]:
    """Each value's number, or the reason it was set aside for."""
    numbers, faults = read_numbers("quantity", pa.array(values, pa.string()), profile(**declared))
    found: dict[str | None, float | str | None] = dict(zip(values, numbers.to_pylist(), strict=True))
    for fault in faults:
        assert [values[row] for row in fault.rows] == fault.values.tolist()
        found |= dict(zip(fault.values, fault.reasons, strict=True))
    return found


def test_plain_decimals_are_read_at_once() -> None:
    values: list[str | None] = ["5", "-5", "+5", ".5", "5.", "1e3", "2E-1", "007", None]
    assert read(values) == dict(zip(values, [5, -5, 5, 0.5, 5, 1000, 0.2, 7, None], strict=True))


def test_one_odd_value_does_not_change_how_the_others_are_read() -> None:
    assert read(["1.5", "1e3", "x"]) == {"1.5": 1.5, "1e3": 1000, "x": "text instead of a number"}


@pytest.mark.parametrize(
    ("value", "declared", "number"),
    [
        ("12,34,567.89", {"thousands": ",", "grouping": "indian"}, 1234567.89),
        ("1,00,00,000", {"thousands": ",", "grouping": "indian"}, 10_000_000),
        ("1\u202f234,5", {"decimal": ",", "thousands": "\u202f\u00a0"}, 1234.5),
        ("1\u00a0234,5", {"decimal": ",", "thousands": "\u202f\u00a0"}, 1234.5),
        ("1’234’567.50", {"thousands": "'’"}, 1234567.5),
        ("1.234,5-", {"decimal": ",", "thousands": ".", "sign": "trailing"}, -1234.5),
        ("1.234,5 -", {"decimal": ",", "thousands": ".", "sign": "trailing"}, -1234.5),
        ("5\u2212", {"sign": "trailing"}, -5),
        ("-5", {"sign": "trailing"}, -5),
        ("( 1,234 )", {"thousands": ",", "sign": "brackets"}, -1234),
        ("\u22123", {}, -3),
    ],
)
def test_a_declared_format_is_read(value: str, declared: dict[str, Any], number: float) -> None:
    assert read([value], **declared)[value] == number


@pytest.mark.parametrize(
    ("value", "declared"),
    [
        ("1,234", {}),
        ("1.234", {"decimal": ","}),
        ("1 234", {}),
        ("1_234", {}),
        ("1234,567", {"thousands": ","}),
        ("1,23", {"thousands": ","}),
        (",123", {"thousands": ","}),
        ("1,,234", {"thousands": ","}),
        ("1.2345,00", {"decimal": ",", "thousands": "."}),
        ("1,234,567", {"thousands": ",", "grouping": "indian"}),
        ("12,34,567", {"thousands": ","}),
        ("-5-", {"sign": "trailing"}),
        ("-", {"sign": "trailing"}),
        ("(-5)", {"sign": "brackets"}),
        ("(5", {"sign": "brackets"}),
        ("5-", {}),
        ("(5)", {}),
        ("- 5", {}),
        ("0x1F", {}),
        ("1e", {}),
        ("1e5.5", {}),
        (".", {}),
        ("１２", {}),
        ("٣", {}),
        ("1\u200b2", {}),
        ("TRUE", {}),
    ],
)
def test_what_is_not_declared_is_set_aside_and_never_a_number(value: str, declared: dict[str, Any]) -> None:
    assert isinstance(read([value], **declared)[value], str)


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ("NaN", "not a finite number"),
        ("-Infinity", "not a finite number"),
        ("1e400", "number too large"),
        ("-1e400", "number too large"),
        ("1e-400", "number too small to tell from zero"),
        ("0.0001e-330", "number too small to tell from zero"),
        ("#NV", "spreadsheet error instead of a number"),
        ("#DIV/0!", "spreadsheet error instead of a number"),
        ("5 kg", "number with a unit"),
        ("5kg", "number with a unit"),
        ("EUR 5.00", "number with a unit"),
        ("5 €", "number with a unit"),
        ("5 %", "number with a percent sign"),
        ("3/4", "fraction"),
        ("1 3/4", "fraction"),
        ("2½", "fraction"),
        ("AR", "text instead of a number"),
        ("as required", "text instead of a number"),
        ("~5", "a bound or an estimate instead of a number"),
        ("ca. 5", "a bound or an estimate instead of a number"),
        ("5..10", "a range instead of a number"),
        ("=SUM(A1)", "a formula instead of a number"),
        ("2025-04-28", "a date where a number is expected"),
        ("１２", "digits that are not 0 to 9, e.g. full-width ones"),
    ],
)
def test_each_kind_of_value_has_its_own_reason(value: str, reason: str) -> None:
    assert read([value])[value] == reason


def test_zero_written_with_an_exponent_is_zero() -> None:
    assert read(["0e-400", "0.000"]) == {"0e-400": 0, "0.000": 0}


def test_without_a_decimal_mark_only_numbers_with_marks_refuse_the_file() -> None:
    assert read(["12", "n.a.", "5 Stk."], decimal=None)["12"] == 12
    with pytest.raises(DataRefused, match="declares no decimal mark"):
        read(["12", "1,234"], decimal=None)


def test_a_piece_of_a_larger_array_is_read_like_a_whole_one() -> None:
    values = pa.array(["1.234,5", "x", "2,5", "3,5"]).slice(2, 2)
    numbers, faults = read_numbers("quantity", values, profile(decimal=","))
    assert numbers.to_pylist() == [2.5, 3.5] and not faults


def test_a_percent_sign_is_taken_off_and_a_bare_share_beside_it_set_aside() -> None:
    text, faults = without_percent_sign("scrap_pct", pa.array(["5%", "0.05", "0", None, "7 %"]))
    assert text.to_pylist() == ["5", "0.05", "0", None, "7"]
    assert [(fault.rows.tolist(), fault.values.tolist()) for fault in faults] == [([1], ["0.05"])]


def test_native_numbers_lose_nan_as_missing_and_infinity_as_a_fault() -> None:
    numbers, faults = native_numbers("quantity", pa.array([1.5, np.nan, np.inf, None]))
    assert numbers.to_pylist() == [1.5, None, None, None]
    assert [fault.rows.tolist() for fault in faults] == [[2]]
