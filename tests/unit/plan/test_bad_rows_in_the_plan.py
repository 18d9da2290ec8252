"""What is wrong in the data has one stated result each, and is said at the part."""

from datetime import date
from typing import Any

import pandas as pd
import pytest

from tests.unit.plan.worlds import SITE, after, graph, part, planned

ON = date(2025, 3, 3)


def needs(quantity: float, on: int, part_no: str = "A") -> dict[str, Any]:
    return {"part_no": part_no, "quantity": quantity, "date": after(ON, on)}


def stock(quantity: float, **more: Any) -> dict[str, Any]:
    return {"part_no": "A", "quantity": quantity, **more}


def order(quantity: float, due: int | None, **more: Any) -> dict[str, Any]:
    when = None if due is None else after(ON, due)
    return {"part_no": "A", "order_no": "47", "line": "10", "due_date": when, "open_quantity": quantity, **more}


def arrival(found: Any, policy: str = "all") -> int | None:
    rows = found.events("A", SITE, policy)
    days = (rows.loc[rows["kind"] == "receipt", "date"] - pd.Timestamp(ON)).dt.days
    return int(days.iloc[0]) if len(days) else None


def test_sound_data_has_no_warning() -> None:
    found = planned(["A"], ON, inventory=[stock(5)], demand=[needs(1, 0)], purchase_orders=[order(1, 0)])
    assert pd.isna(part(found, "A")["data_warning"])


def test_negative_stock_is_a_runway_of_zero_with_a_warning() -> None:
    row = part(planned(["A"], ON, inventory=[stock(-302.35)], demand=[needs(1, 5)]), "A")
    assert (row["stock_runway_days"], row["stock_runway_days_state"]) == (0, "already_short")
    assert row["data_warning"] == "negative stock of -302.35"


def test_a_negative_row_beside_others_is_netted_and_warned_of() -> None:
    row = part(planned(["A"], ON, inventory=[stock(9), stock(-2, location="2")], demand=[needs(10, 5)]), "A")
    assert (row["on_hand"], row["stock_runway_days"]) == (7, pytest.approx(4.7))
    assert row["data_warning"] == "negative stock of -2"


def test_a_negative_row_that_does_not_count_warns_of_nothing() -> None:
    row = part(planned(["A"], ON, inventory=[stock(9), stock(-2, stock_type="blocked")]), "A")
    assert (row["on_hand"], pd.isna(row["data_warning"])) == (9, True)


def test_past_due_demand_counts_today() -> None:
    found = planned(["A"], ON, inventory=[stock(5)], demand=[needs(3, -20), needs(4, -1), needs(1, 0)])
    row = part(found, "A")
    assert (row["stock_runway_days"], row["stock_runway_days_state"]) == (0, "already_short")
    assert row["data_warning"] == "7 needed before today counts today"


def test_demand_and_receipts_beyond_the_horizon_do_not_count() -> None:
    beyond = planned(["A"], ON, horizon=30, demand=[needs(1, 31)])
    last = planned(["A"], ON, horizon=30, demand=[needs(1, 30)])
    late = planned(["A"], ON, horizon=30, demand=[needs(1, 30)], purchase_orders=[order(1, 31)])
    assert part(beyond, "A")["all_runway_days_state"] == "no_demand"
    assert part(last, "A")["all_runway_days_state"] == "runs_out"
    assert (part(late, "A")["all_runway_days_state"], part(late, "A")["on_order"]) == ("runs_out", 1)


def test_dates_in_the_year_9999_are_beyond_every_horizon() -> None:
    far = {"part_no": "A", "quantity": 1, "date": date(9999, 12, 31)}
    made = {"order_no": "1", "part_no": "A", "open_quantity": 1, "finish_date": date(9999, 12, 31), "released": True}
    found = planned(
        ["A"], ON, demand=[far], production_orders=[made], inventory=[stock(1, expires_on=date(9999, 12, 31))]
    )
    assert part(found, "A")["all_runway_days_state"] == "no_demand"


@pytest.mark.parametrize(
    ("table", "row"), [("inventory", stock(6, unit="ROL")), ("demand", {**needs(6, 5), "unit": "ROL"})]
)
def test_a_unit_without_factor_leaves_the_runway_unknown_with_the_reason(table: str, row: dict[str, Any]) -> None:
    found = part(planned(["A"], ON, **{"demand": [needs(1, 5)], table: [row]}), "A")
    assert (found["all_runway_days_state"], found["unknown_reason"]) == ("unknown", "no conversion ROL to pc")


@pytest.mark.parametrize(
    ("policy", "day", "said"),
    [
        ("slip:7", 7, "1 receipt(s) overdue: expected 7 days from today"),
        ("slip:30", 30, "1 receipt(s) overdue: expected 30 days from today"),
        ("keep", 0, "1 receipt(s) overdue: counted today"),
        ("ignore", None, "1 receipt(s) overdue: not counted"),
    ],
)
def test_an_overdue_receipt_follows_the_policy_and_is_said(policy: str, day: int | None, said: str) -> None:
    found = planned(["A"], ON, policy={"overdue_receipts": policy}, purchase_orders=[order(1, -30)])
    assert (arrival(found), part(found, "A")["data_warning"]) == (day, said)


@pytest.mark.parametrize(
    ("policy", "lead_time", "day", "said"),
    [
        ("lead_time", 12, 12, "1 receipt(s) without a date: after the lead time"),
        ("lead_time", 0, 0, "1 receipt(s) without a date: today, the lead time is 0"),
        ("lead_time", None, None, "1 receipt(s) without a date: not counted"),
        ("ignore", 12, None, "1 receipt(s) without a date: not counted"),
    ],
)
def test_an_undated_receipt_follows_the_policy_and_the_lead_time_and_is_said(
    policy: str, lead_time: float | None, day: int | None, said: str
) -> None:
    master = {"part_no": "A", "lead_time_days": lead_time, "procurement": "buy"}
    found = planned(["A"], ON, policy={"undated_receipts": policy}, parts=[master], purchase_orders=[order(1, None)])
    assert (arrival(found), part(found, "A")["data_warning"]) == (day, said)


def test_a_lead_time_of_zero_is_taken_at_its_word() -> None:
    # the component is needed on the day of its assembly, and an order would have to be placed on the day it runs out
    found = planned(
        ["P", "A"],
        ON,
        bom=graph(["P", "A"], [("P", "A", 1)]),
        parts=[{"part_no": name, "lead_time_days": 0} for name in ("P", "A")],
        demand=[needs(1, 9, "P")],
    )
    row = part(found, "A")
    assert row["stock_out_date"] == row["last_order_date"] == pd.Timestamp(after(ON, 9))


def test_several_warnings_stand_beside_each_other() -> None:
    found = planned(["A"], ON, inventory=[stock(-1)], demand=[needs(2, -1)], purchase_orders=[order(1, -3)])
    assert part(found, "A")["data_warning"] == (
        "negative stock of -1; 2 needed before today counts today; 1 receipt(s) overdue: expected 7 days from today"
    )


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ([stock(5)], "stock of 5 on a phantom: not counted, its components are asked for all the same"),
        ([stock(5), stock(-2, location="2")], "stock of 3 on a phantom"),
        (
            [stock(5, unit="ROL")],
            "stock of unknown quantity on a phantom: not counted, its components are asked for all the same",
        ),
        ([stock(5, stock_type="blocked")], None),
        ([], None),
    ],
)
def test_stock_on_a_phantom_is_not_counted_and_said(rows: list[dict[str, Any]], said: str | None) -> None:
    # 5 phantoms with 2 components each on day 4: 10 are asked for, whatever lies on the phantom
    bom = graph(["P", "A", "C"], [("P", "A", 1), ("A", "C", 2)], phantoms=["A"])
    kept = [*rows, {"part_no": "C", "quantity": 7}]
    found = planned(["P", "A", "C"], ON, bom=bom, inventory=kept, demand=[needs(5, 4, "P")])
    warning = part(found, "A")["data_warning"]
    assert (said is None and pd.isna(warning)) or str(said) in str(warning)
    # 7 there: three days and seven tenths
    assert part(found, "C")["stock_runway_days"] == pytest.approx(3 + 7 / 10)
    assert part(found, "A")["on_hand"] == 0
