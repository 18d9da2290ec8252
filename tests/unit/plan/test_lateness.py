"""How late suppliers are, from what came in."""

from datetime import date, timedelta
from typing import Any

import numpy as np
import pandas as pd
import pytest

from riskplug.plan.lateness import Lateness, observations, supplier_lateness
from riskplug.tables import conform, empty

ON = date(2025, 3, 3)
PARTS = pd.Index(["A", "B"], dtype="str")


def came(days: int, order: int, **more: Any) -> dict[str, Any]:
    """A delivery so many days late of a date a hundred days ago."""
    due = ON - timedelta(days=100)
    about = {"order_no": f"P{order}", "line": "1", "part_no": "A", "supplier": "S-1", "quantity": 5, "due_date": due}
    return {**about, "received_on": due + timedelta(days=days), **more}


def receipts(*rows: dict[str, Any]) -> pd.DataFrame:
    frame = pd.DataFrame([{"site": "P1", "source": "erp", "confirmed_date": None, **row} for row in rows])
    for name in ("due_date", "confirmed_date", "received_on"):
        frame[name] = pd.to_datetime(frame[name])
    return conform("goods_receipts", frame, PARTS)


def days(*rows: dict[str, Any]) -> list[int]:
    return observations(receipts(*rows), ON)["days"].tolist()


def test_days_late_count_from_the_confirmed_date_else_the_agreed_one_and_early_is_negative() -> None:
    confirmed = {"confirmed_date": ON - timedelta(days=96)}
    assert days(came(6, 1), came(6, 2, **confirmed), came(-3, 3)) == [6, 2, -3]


def test_a_line_counts_once_by_its_last_delivery() -> None:
    assert days(came(0, 1), came(12, 1), came(4, 2)) == [12, 4]
    # schedule lines have dates of their own; without a line number every delivery stands alone
    other = {"due_date": ON - timedelta(days=110)}
    assert sorted(days(came(0, 1), came(12, 1, **other))) == [0, 22]
    assert sorted(days(came(0, 1, line=None), came(12, 1, line=None))) == [0, 12]


@pytest.mark.parametrize(
    "row",
    [
        came(3, 1, quantity=-5),
        came(3, 1, due_date=None),
        came(0, 1, received_on=ON + timedelta(days=1)),
        came(0, 1, received_on=ON - timedelta(days=731)),
        came(3, 1, received_on=None),
    ],
    ids=["return", "no date promised", "tomorrow", "long ago", "no day"],
)
def test_what_cannot_be_measured_is_left_out(row: dict[str, Any]) -> None:
    assert days(row, came(7, 2)) == [7]


def test_supplier_facts_are_those_of_the_lines_and_missing_below_eight() -> None:
    late = [-2, 0, 0, 1, 2, 4, 5, 9]
    rows = [came(n, at) for at, n in enumerate(late)] + [came(1, 50 + n, supplier="S-2") for n in range(7)]
    found = supplier_lateness(receipts(*rows), ON).set_index("supplier")
    one = found.loc["S-1"]
    # sum 19, mean 2.375; squares 131, less 8 x 2.375^2 = 45.125: 85.875 / 7 = 12.268
    assert one["lines_measured"] == 8
    assert one["late_pct"] == pytest.approx(62.5)
    assert one["lateness_mean_days"] == pytest.approx(2.375)
    assert one["lateness_spread_days"] == pytest.approx(12.268**0.5, abs=1e-3)
    # half, four lines, came within one day; nine in ten needs the eighth
    assert (one["lateness_median_days"], one["lateness_p90_days"]) == (1, 9)
    two = found.loc["S-2"]
    assert two["lines_measured"] == 7
    assert two.drop("lines_measured").isna().all()


def test_a_part_has_its_own_lateness_from_eight_lines_on_else_the_suppliers() -> None:
    rows = [came(10, n) for n in range(8)] + [came(0, 20 + n, part_no="B") for n in range(7)]
    found = Lateness.of(receipts(*rows), PARTS, ON)
    asked = pd.Series(["A", "B", "B", "A"]), pd.Series(["S-1", "S-1", "S-9", None])
    own, supplier, stranger, nobody = found.groups_of(*asked)
    assert (stranger, nobody) == (-1, -1)
    mean, spread = found.mean_and_spread(np.array([own, supplier, -1]))
    assert mean[:2].tolist() == pytest.approx([10, 80 / 15])
    assert spread[0] == 0
    assert np.isnan([mean[2], spread[2]]).all()
    # seven of fifteen lines in time: shares below 7/15 give 0, others 10
    assert found.quantile(np.array([supplier] * 3), np.array([0.0, 0.46, 0.47])).tolist() == [0, 0, 10]
    assert [ends.tolist() for ends in found.extremes(np.array([own, supplier, -1]))] == [[10, 0, 0], [10, 10, 0]]


def test_without_receipts_nothing_is_measured() -> None:
    nothing = Lateness.of(empty("goods_receipts", PARTS), PARTS, ON)
    assert nothing.groups_of(pd.Series(["A"]), pd.Series(["S-1"])).tolist() == [-1]
    assert [ends.tolist() for ends in nothing.extremes(np.array([-1]))] == [[0], [0]]
    assert np.isnan(nothing.mean_and_spread(np.array([-1]))[0]).all()
    assert supplier_lateness(empty("goods_receipts", PARTS), ON).empty
