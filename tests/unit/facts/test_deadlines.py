"""Deadlines for licences and what waits for them, worked by hand."""

from datetime import date
from typing import Any

import pandas as pd
import pytest

from riskplug.facts.licences import deadlines, value_waiting, with_waiting

ON = date(2025, 4, 28)
DATES = ("due_date", "licence_applied_on", "stock_out_date")
LINE = {
    "due_date": "2025-09-01",
    "licence_days": 65.0,
    "licence_state": "needed",
    "licence_applied_on": None,
    "stock_out_date": "2025-10-01",
    "lead_time_days": 42.0,
    "restricted_runway_days_state": "runs_out",
}


def deadline(**changed: Any) -> pd.Series:
    rows = pd.DataFrame([{**LINE, **changed}])
    rows = rows.assign(**{name: pd.to_datetime(rows[name]).astype("datetime64[s]") for name in DATES})
    return deadlines(rows.astype({"lead_time_days": "float64", "licence_state": "str"}), ON).iloc[0]


def test_the_earlier_of_two_days_is_the_last_one_to_apply() -> None:
    # 1 September less 65 days is 28 June; 1 October less 107 days is 16 June
    found = deadline()
    assert (found["licence_deadline"], found["licence_deadline_by"]) == (pd.Timestamp("2025-06-16"), "stock_out")
    found = deadline(stock_out_date="2025-11-01")
    assert (found["licence_deadline"], found["licence_deadline_by"]) == (pd.Timestamp("2025-06-28"), "due_date")


@pytest.mark.parametrize(
    ("changed", "late"),
    [
        ({}, False),
        ({"due_date": "2025-07-02"}, False),  # 65 days from today
        ({"due_date": "2025-07-01"}, True),
        ({"stock_out_date": None}, None),
        ({"stock_out_date": None, "restricted_runway_days_state": "covered_to_horizon"}, False),
        ({"stock_out_date": None, "restricted_runway_days_state": "no_demand"}, False),
        ({"lead_time_days": None}, None),
        ({"lead_time_days": None, "due_date": "2025-07-01"}, True),
        ({"due_date": None}, None),
        ({"licence_state": "applied", "licence_applied_on": "2025-04-01", "due_date": "2025-06-05"}, False),
        ({"licence_state": "applied", "licence_applied_on": "2025-04-02", "due_date": "2025-06-05"}, True),
        ({"licence_state": "applied"}, False),
        ({"licence_state": "applied", "due_date": "2025-07-01"}, None),
        ({"licence_state": "granted", "due_date": "2025-07-01"}, False),
        ({"licence_state": "refused", "due_date": "2025-07-01"}, True),
        ({"licence_state": None, "due_date": "2025-07-01"}, None),
    ],
)
def test_late_is_known_only_where_the_days_are(changed: dict[str, Any], late: bool | None) -> None:
    found = deadline(**changed)["licence_late"]
    assert pd.isna(found) if late is None else found is late or (bool(found) == late and not pd.isna(found))


def test_without_a_licence_to_wait_for_there_is_no_deadline() -> None:
    assert deadline(licence_state=None)[["licence_deadline", "licence_deadline_by"]].isna().all()


def waiting(*rows: dict[str, Any]) -> pd.Series:
    base = {"stopped": True, "licence_state": "needed", "value_at_risk": 10.0, "material": "Dy"}
    orders = pd.DataFrame([{"po_index": n, **base, **row} for n, row in enumerate(rows)])
    found = value_waiting(orders, "material", orders["material"])
    return with_waiting(["Dy", "Tb", "Ga"], found).set_axis(["Dy", "Tb", "Ga"])


def test_a_line_counts_once_for_each_of_its_materials() -> None:
    found = waiting({}, {"po_index": 0, "material": "Dy,Tb"}, {"value_at_risk": 5.0, "po_index": 7})
    assert found.to_dict() == {"Dy": 15.0, "Tb": 10.0, "Ga": 0.0}


def test_only_what_a_licence_would_free_waits() -> None:
    assert waiting({"stopped": False}, {"licence_state": "granted"}, {"licence_state": None})["Dy"] == 0
    assert waiting({"licence_state": "applied"}, {"licence_state": "expired"})["Dy"] == 20


def test_a_line_without_a_price_makes_the_sum_unknown() -> None:
    assert pd.isna(waiting({}, {"value_at_risk": None})["Dy"])
