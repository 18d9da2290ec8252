"""Dates of exports, value by value; expected days by calendar, not by the code under test."""

import calendar
from datetime import date, datetime
from typing import Any

import pyarrow as pa
import pytest

from riskplug.ingest import Profile
from riskplug.ingest.date_formats import date_format
from riskplug.ingest.dates import native_dates, read_dates
from riskplug.ingest.typed import type_column
from riskplug.tables import column_of


def profile(*formats: str, **declared: Any) -> Profile:
    return Profile.model_validate({"name": "test", "reader": "canonical", "date_formats": formats, **declared})


def read(values: list[str], *formats: str, **declared: Any) -> list[str | None]:
    """Each value's day, or the reason it was set aside for."""
    days, faults = read_dates("date", pa.array(values, pa.string()), profile(*formats, **declared))
    found: list[str | None] = [day and day.date().isoformat() for day in days.to_pylist()]
    for fault in faults:
        for row, reason in zip(fault.rows, fault.reasons, strict=True):
            found[row] = reason
    return found


@pytest.mark.parametrize(
    ("value", "pattern", "day"),
    [
        ("28.04.2025", "%d.%m.%Y", "2025-04-28"),
        ("3.2.2025", "%d.%m.%Y", "2025-02-03"),
        ("4/28/2025", "%m/%d/%Y", "2025-04-28"),
        ("20250428", "%Y%m%d", "2025-04-28"),
        ("28-APR-2025", "%d-%b-%Y", "2025-04-28"),
        ("28 april 2025", "%d %B %Y", "2025-04-28"),
        ("Mon 28 Apr 2025", "%a %d %b %Y", "2025-04-28"),
        ("2025-118", "%Y-%j", "2025-04-28"),
        ("2024366", "%Y%j", "2024-12-31"),
        ("2025-04", "%Y-%m", "2025-04-01"),
        ("KW 18/2025", "KW %V/%G", "2025-04-28"),
        ("2025-W18-3", "%G-W%V-%u", "2025-04-30"),
        ("2020-W53", "%G-W%V", "2020-12-28"),
        ("2021-W01", "%G-W%V", "2021-01-04"),
        ("2025-04-28T13:45:10.123456Z", "%Y-%m-%dT%H:%M:%S.%f%z", "2025-04-28"),
        ("28/04/2025 01:45 PM", "%d/%m/%Y %I:%M %p", "2025-04-28"),
        ("100 % 2025", "100 %% %Y", "2025-01-01"),
        ("125118", "CYYDDD", "2025-04-28"),
        ("100001", "CYYDDD", "2000-01-01"),
        ("140366", "CYYDDD", "2040-12-31"),
        ("70001", "CYYDDD", "1970-01-01"),
    ],
)
def test_a_declared_format_is_read(value: str, pattern: str, day: str) -> None:
    assert read([value], pattern) == [day]


@pytest.mark.parametrize(
    ("value", "pattern", "reason"),
    [
        ("31.02.2025", "%d.%m.%Y", "no such day"),
        ("2025-366", "%Y-%j", "no such day"),
        ("125366", "CYYDDD", "no such day"),
        ("2021-W53", "%G-W%V", "no such week"),
        ("2025-W54", "%G-W%V", "no such week"),
        ("2025-04-28 24:30", "%Y-%m-%d %H:%M", "no such time of day"),
        ("2025428", "%Y%m%d", "not a date as declared (%Y%m%d)"),
        ("45300", "CYYDDD", "a spreadsheet's bare day number; export dates as text (CYYDDD)"),
        ("225118", "CYYDDD", "not a date as declared (CYYDDD)"),
        ("２０２５-04-28", "%Y-%m-%d", "digits that are not 0 to 9, e.g. full-width ones"),
        ("2025-04-28 10:00:00", "%Y-%m-%d", "a time of day that is not declared (%Y-%m-%d)"),
        ("28-Mai-2025", "%d-%b-%Y", "not a date as declared (%d-%b-%Y)"),
        ("tomorrow", "%Y-%m-%d", "not a date as declared (%Y-%m-%d)"),
    ],
)
def test_what_is_no_day_as_declared_is_named(value: str, pattern: str, reason: str) -> None:
    assert read([value], pattern) == [reason]


@pytest.mark.parametrize(("first", "year"), [(1970, 2069), (1950, 1969), (2000, 2069), (1969, 1969)])
def test_two_digit_years_lie_in_the_declared_hundred_years(first: int, year: int) -> None:
    assert read(["01-JAN-69"], "%d-%b-%y", years_from=first) == [f"{year}-01-01"]


def test_two_digit_years_without_a_declared_century_are_refused_with_the_profile() -> None:
    with pytest.raises(ValueError, match="two-digit years"):
        profile("%d-%b-%y")


def test_months_are_english_whatever_the_locale_of_the_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(calendar, "month_abbr", ["", *"abcdefghijkl"])
    assert read(["28-APR-2025"], "%d-%b-%Y") == ["2025-04-28"]


def test_dates_that_mean_no_date_are_missing() -> None:
    words = ["00000000", "00.00.0000", "0000-00-00", "0", "0000-00-00 00:00:00", "31.12.9999"]
    assert read(words, "%d.%m.%Y") == [None] * 6


def test_a_declared_null_date_counts_in_every_format_and_type() -> None:
    declared = {"null_dates": ["1900-01-01", "2154-12-31"]}
    formats = ("%m/%d/%Y", "%m/%d/%Y %H:%M:%S")
    assert read(["01/01/1900", "12/31/2154 00:00:00", "04/28/2025"], *formats, **declared) == [None, None, "2025-04-28"]
    stamps = pa.array([datetime(1900, 1, 1), datetime(2154, 12, 31), datetime(2025, 4, 28, 9)], pa.timestamp("us"))
    days, faults = native_dates("valid_to", stamps, profile(*formats, **declared))
    assert days.to_pylist() == [None, None, datetime(2025, 4, 28)] and not faults


def test_a_year_before_1900_is_no_silent_date() -> None:
    assert read(["1899-12-31", "1900-01-01"], "%Y-%m-%d")[1] == "1900-01-01"
    assert "year 1899 is not plausible" in str(read(["1899-12-31"], "%Y-%m-%d")[0])
    days, faults = native_dates("valid_to", pa.array([date(1, 1, 1), date(2025, 4, 28)]), profile("%Y-%m-%d"))
    assert days.to_pylist() == [None, datetime(2025, 4, 28)] and [fault.rows.tolist() for fault in faults] == [[0]]


def test_a_date_that_two_formats_read_differently_is_set_aside_with_both_days() -> None:
    found = read(["03/04/2025", "13/04/2025"], "%d/%m/%Y", "%m/%d/%Y")
    assert found[1] == "2025-04-13"
    assert "2025-04-03 (%d/%m/%Y) or 2025-03-04 (%m/%d/%Y)" in str(found[0])


def test_whole_numbers_are_dates_only_where_a_format_of_digits_says_so() -> None:
    column, numbers = column_of("demand", "date"), pa.array([125118, 124366])
    days, _ = type_column(column, numbers, profile("CYYDDD"))
    assert [day.date().isoformat() for day in days.to_pylist()] == ["2025-04-28", "2024-12-31"]
    with pytest.raises(Exception, match="has type int64, which is no date"):
        type_column(column, numbers, profile("%Y-%m-%d"))


@pytest.mark.parametrize("text", ["%H:%M", "%Y-%Q", "%Y %Y", "%Y-%m-%", "%G", "%Y-W%V", "%Y %y", "plain"])
def test_a_format_that_does_not_say_which_day_is_an_error_of_the_profile(text: str) -> None:
    with pytest.raises(ValueError, match="date format"):
        date_format(text)
    with pytest.raises(ValueError, match="date format"):
        read(["2025-04-28"], text, years_from=1970)
