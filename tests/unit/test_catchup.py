"""Which business dates are left to scan, and which can only be called missed."""

from collections.abc import Collection
from datetime import UTC, date, datetime

import pytest

from riskplug.catchup import Due, due
from riskplug.errors import UsageError
from riskplug.state import ScanRow
from riskplug.workspace import ScheduleSettings

# 2025-04-28 is a Monday.
MON, TUE, WED, THU, FRI, SAT, SUN, NEXT = (date(2025, 4, 28 + n) if n < 3 else date(2025, 5, n - 2) for n in range(8))
AT = datetime(2025, 4, 28, 2, 10, tzinfo=UTC)


def rows(**scans: Collection[date]) -> list[ScanRow]:
    """A history: dates by the status with which their scan ended."""
    return [ScanRow(f"{on}-1", on, 1, status, AT, AT) for status, dates in scans.items() for on in dates]


def left(on: date, history: list[ScanRow], kept: Collection[date] = (), **settings: object) -> Due:
    return due(history, kept, on, ScheduleSettings.model_validate(settings))


def test_before_the_first_scan_only_today_is_due() -> None:
    assert left(WED, []) == Due((), (), True)


def test_a_date_that_is_complete_is_not_scanned_again() -> None:
    assert left(MON, rows(complete=[MON])) == Due((), (), False)


@pytest.mark.parametrize("status", ["failed", "abandoned"])
def test_a_scan_of_today_that_came_to_nothing_is_tried_again(status: str) -> None:
    assert left(MON, rows(**{status: [MON]})) == Due((), (), True)


def test_earlier_dates_are_scanned_from_their_snapshots_and_missed_without() -> None:
    assert left(FRI, rows(complete=[MON], abandoned=[WED]), kept=[MON, WED]) == Due((WED,), (TUE, THU), True)


def test_a_missed_date_is_missed_once() -> None:
    assert left(FRI, rows(complete=[MON, WED, THU], missed=[TUE]), kept=[TUE]) == Due((), (), True)


def test_a_date_that_is_being_scanned_is_not_missed() -> None:
    assert left(TUE, rows(running=[MON])) == Due((), (), True)


def test_the_window_counts_today() -> None:
    """Three days up to Sunday: Friday, Saturday, Sunday."""
    assert left(SUN, rows(complete=[MON]), kept=[THU], catch_up_days=3) == Due((), (FRI, SAT), True)
    assert left(SUN, rows(complete=[MON]), catch_up_days=1) == Due((), (), True)


def test_the_window_is_a_week_unless_the_workspace_says_otherwise() -> None:
    """Monday to Monday are eight days: the first of them is out of the window."""
    assert left(NEXT, rows(failed=[MON])).missed == (TUE, WED, THU, FRI, SAT, SUN)


def test_days_without_a_scan_of_their_own_are_neither_missed_nor_scanned() -> None:
    week = ["monday", "tuesday", "wednesday", "thursday", "friday"]
    assert left(SUN, rows(complete=[MON]), kept=[SAT], weekdays=week) == Due((), (TUE, WED, THU, FRI), False)


def test_a_clock_that_went_back_is_an_error_and_not_a_night() -> None:
    with pytest.raises(UsageError, match="today is 2025-04-29, but 2025-04-30 has been scanned"):
        left(TUE, rows(complete=[MON, WED]))


def test_a_scan_of_a_later_date_that_failed_is_no_reason_against_today() -> None:
    assert left(TUE, rows(complete=[MON], failed=[WED])) == Due((), (), True)
