"""Where licences stand on a day. Working days counted by hand on the Chinese calendar of 2025."""

from typing import Any

import pandas as pd
import pytest
from regimes_world import day, own_content, shipped, tables, workspace

from riskplug.errors import UsageError
from riskplug.regimes import judge_orders
from riskplug.regimes.licences import authority_calendar

ON = day("2025-04-28")
DATES = ("due_date", "confirmed_date", "licence_valid_to", "licence_applied_on")
DY = {"part_no": "M", "material": "Dy", "form": "magnet", "probability": 0.98, "evidence": "grade"}


def order(on: str = "2025-04-28", material: str = "Dy", site: str = "DE01", **line: Any) -> pd.Series:
    """The one row of one order under No. 18 (or what lists the material)."""
    full = {"order_no": "1", "line": "10", "part_no": "M", "open_quantity": 1, "country_of_origin": "CN", "site": site}
    full |= {name: pd.Timestamp(value) if name in DATES else value for name, value in line.items()}
    own = own_content([{**DY, "material": material}])
    found = judge_orders(
        tables([{"part_no": "M"}], [full]), own, shipped(), workspace=workspace(), on=day(on)
    ).set_index("measure")
    return found.loc[f"cn-2025-18-{material.lower()}-magnet"]


@pytest.mark.parametrize(
    ("line", "state"),
    [
        ({}, "unknown"),
        ({"licence_status": "needed"}, "needed"),
        ({"licence_status": "applied"}, "applied"),
        ({"licence_status": "refused"}, "refused"),
        ({"licence_status": "not_needed"}, "not_needed_says_order"),
        ({"licence_status": "granted"}, "granted"),
        ({"licence_status": "granted", "licence_valid_to": "2025-06-02", "due_date": "2025-06-02"}, "granted"),
        (
            {"licence_status": "granted", "licence_valid_to": "2025-06-01", "due_date": "2025-06-02"},
            "expires_before_due",
        ),
        (
            {
                "licence_status": "granted",
                "licence_valid_to": "2025-06-02",
                "due_date": "2025-06-02",
                "confirmed_date": "2025-06-09",
            },
            "expires_before_due",
        ),
        ({"licence_status": "granted", "licence_valid_to": "2025-04-27", "due_date": "2025-06-02"}, "expired"),
        ({"licence_status": "granted", "licence_valid_to": "2025-04-28"}, "granted"),
    ],
)
def test_the_state_is_what_the_order_says_and_how_long_it_is_good(line: dict[str, Any], state: str) -> None:
    assert order(**line)["licence_state"] == state


def test_a_measure_that_licenses_nothing_has_no_state() -> None:
    line = {
        "order_no": "1",
        "line": "10",
        "part_no": "M",
        "open_quantity": 1,
        "country_of_origin": "CN",
        "site": "US01",
    }
    found = judge_orders(
        tables([{"part_no": "M"}], [{**line, "licence_status": "needed"}]),
        own_content([{**DY, "material": "Nd"}]),
        shipped(),
        workspace=workspace(),
        on=ON,
    ).set_index("measure")
    assert pd.isna(found.loc["us-4872-ndfeb-melt", "licence_state"])


def test_a_sunday_that_is_worked_counts() -> None:
    # Friday 25 April; Sunday the 27th is worked for the May holiday, Monday the 28th is today
    assert order(licence_status="applied", licence_applied_on="2025-04-25")["licence_days_in_process"] == 2


def test_the_day_of_application_does_not_count_and_today_does() -> None:
    # applied for on Saturday 26 April: Sunday the 27th and Monday the 28th
    assert order(licence_status="applied", licence_applied_on="2025-04-26")["licence_days_in_process"] == 2
    assert order(licence_status="applied", licence_applied_on="2025-04-28")["licence_days_in_process"] == 0


def test_two_and_a_half_months_of_working_days() -> None:
    # after Wednesday 5 February: 6, 7, worked Saturday 8; 15 in the rest of February; 21 in March;
    # April without the 4th: 3 + 15, worked Sunday 27, Monday 28
    row = order(licence_status="applied", licence_applied_on="2025-02-05")
    assert row["licence_days_in_process"] == 3 + 15 + 21 + 3 + 15 + 2
    assert row["licence_overdue"]
    assert row["licence_expected_on"] == pd.Timestamp("2025-04-11")  # 65 days after 5 February


def test_the_forty_fifth_day_is_still_in_time() -> None:
    # from 27 February: 28 February, 21 in March, 3 + 15 in April, the 27th and 28th are 42 days; two earlier make 44
    assert order(licence_status="applied", licence_applied_on="2025-02-27")["licence_days_in_process"] == 42
    at = order(licence_status="applied", licence_applied_on="2025-02-24")
    over = order(licence_status="applied", licence_applied_on="2025-02-21")
    assert (at["licence_days_in_process"], bool(at["licence_overdue"])) == (45, False)
    assert (over["licence_days_in_process"], bool(over["licence_overdue"])) == (46, True)


def test_an_application_without_a_day_is_neither_in_time_nor_overdue() -> None:
    row = order(licence_status="applied")
    assert row[["licence_days_in_process", "licence_overdue", "licence_expected_on"]].isna().all()


def test_an_application_that_lies_ahead_says_nothing() -> None:
    row = order(licence_status="applied", licence_applied_on="2025-05-02")
    assert pd.isna(row["licence_days_in_process"]) and pd.isna(row["licence_overdue"])


def test_what_nobody_applied_for_can_be_expected_sixty_five_days_from_today() -> None:
    assert order(licence_status="needed")["licence_expected_on"] == pd.Timestamp("2025-07-02")
    assert pd.isna(order(licence_status="granted")["licence_expected_on"])
    assert not order(licence_status="needed")["licence_overdue"]


def test_a_calendar_that_nobody_keeps_is_a_mistake_of_the_settings() -> None:
    with pytest.raises(UsageError, match="no calendar 'XX'"):
        authority_calendar("XX", range(2025, 2026))
