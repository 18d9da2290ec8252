"""Between which days the licence of a stopped order line may be there."""

from datetime import date, timedelta
from typing import Any

import pandas as pd
import pytest

from riskplug.regimes import Measure, licence_terms
from riskplug.workspace import Policy

ON = date(2025, 4, 28)
REGISTER = [
    Measure.model_construct(id="cn-dy", kind="licence", items=()),
    Measure.model_construct(id="jp-denied", kind="presumptive_denial", items=()),
]


def terms(*rows: dict[str, Any], **policy: Any) -> dict[int, tuple[float, float]]:
    about = {
        "po_index": 7,
        "measure": "cn-dy",
        "stopped": True,
        "licence_state": "needed",
        "licence_applied_on": None,
        "licence_days": 65.0,
    }
    judged = pd.DataFrame([{**about, **row} for row in rows])
    judged["licence_applied_on"] = pd.to_datetime(judged["licence_applied_on"])
    found = licence_terms(judged, REGISTER, Policy(**policy), ON)
    return {row: (one["earliest"], one["latest"]) for row, one in found.iterrows()}


def applied(days_ago: int) -> dict[str, Any]:
    return {"licence_state": "applied", "licence_applied_on": ON - timedelta(days=days_ago)}


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ({}, (65, 120)),
        ({"licence_state": "expired"}, (65, 120)),
        ({"licence_state": "unknown"}, (65, 120)),
        ({"licence_days": 150.0}, (150, 150)),
        (applied(40), (25, 80)),
        # its 65 days are over: from tomorrow on
        (applied(70), (1, 50)),
        # the day of the application is not known: made by today
        ({"licence_state": "applied"}, (65, 120)),
        # an earlier application that was refused or has ended does not count
        ({"licence_state": "needed", "licence_applied_on": ON - timedelta(days=40)}, (65, 120)),
    ],
)
def test_a_licence_takes_from_its_days_to_the_stress_value(row: dict[str, Any], expected: tuple[int, int]) -> None:
    assert terms(row) == {7: expected}


@pytest.mark.parametrize(
    "row",
    [
        {"stopped": False},
        {"stopped": None},
        {"licence_state": None},
        {"licence_state": "refused"},
        {"measure": "jp-denied"},
        {"licence_days": None},
        applied(120),
    ],
    ids=[
        "not stopped",
        "nothing known",
        "no licence to be had",
        "refused",
        "presumed denial",
        "days unknown",
        "too long",
    ],
)
def test_no_application_is_relied_upon_that_cannot_free_the_line(row: dict[str, Any]) -> None:
    assert terms(row) == {}


def test_a_line_waits_for_the_last_of_several_licences_and_for_none_if_one_cannot_be_had() -> None:
    assert terms(applied(40), {"measure": "us-dy", "licence_days": 90.0}) == {7: (90, 120)}
    assert terms({}, {"licence_state": None, "measure": "ban"}) == {}
    assert terms({}, {"po_index": 8, "licence_state": "refused"}) == {7: (65, 120)}


def test_the_stress_value_is_the_policys() -> None:
    assert terms({}, licence_stress_days=180) == {7: (65, 180)}
