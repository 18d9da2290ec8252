"""What to order by when: the columns for rules say what the command shows of one part."""

from datetime import date, timedelta
from typing import Any

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from riskplug.plan import Law, explained, last_orders_with_licence, runway_document
from tests.examples import examples
from tests.unit.plan.worlds import SITE, graph, part, planned, workspace

ON = date(2025, 3, 3)
BUY = {"part_no": "A", "procurement": "buy", "purchasing_days": 1, "lead_time_days": 10, "receiving_days": 2}


def scan(master: dict[str, Any], **more: Any) -> Any:
    return planned(["A"], ON, parts=[{"part_no": "A", **master}], **more)


def needs(day: int, quantity: float) -> dict[str, Any]:
    return {"part_no": "A", "date": ON + timedelta(days=day), "quantity": quantity}


def said(found: Any, licence_days: float | None = None, policy: dict[str, Any] | None = None) -> dict[str, Any]:
    return runway_document(explained(found, graph(["A"]), workspace(policy=policy), "A", SITE, law=Law(licence_days)))


def test_the_day_is_counted_back_on_the_calendar_and_not_by_the_length_of_today() -> None:
    # Mon 14 April: received on Fri 11 and Mon 14, delivered by Thu 10, less 10 is Mon 31 March, which purchasing takes:
    # Fri 28. The lead time from today takes 15 days: Tue 4, Fri 14, Mon 17, Tue 18; 14 April less 15 would be 30 March
    row = part(scan(BUY, demand=[needs(42, 5)]), "A")
    assert (row["lead_time_days"], row["last_order_date"]) == (15, pd.Timestamp("2025-03-28"))


def test_the_last_order_for_a_need_on_monday_18_august_is_friday_the_first() -> None:
    # SAP's replenishment time: ordered on Fri 1 August, purchasing 1 work day, delivery 10 days, receipt 2 work days
    days = (date(2025, 8, 18) - ON).days
    assert part(scan(BUY, demand=[needs(days, 5)]), "A")["last_order_date"] == pd.Timestamp("2025-08-01")


def test_days_for_a_licence_come_before_the_delivery() -> None:
    # as above, less 7 from Mon 31 March is Mon 24, which purchasing takes: Fri 21
    found = scan(BUY, demand=[needs(42, 5)])
    rows = pd.DataFrame({"part_no": ["A", "A", "B"], "site": SITE, "licence_days": [7.0, None, 7.0]})
    days = pd.Series(last_orders_with_licence(rows, found))
    assert days.iloc[0] == pd.Timestamp("2025-03-21")
    assert days.iloc[1:].isna().all()


@pytest.mark.parametrize(
    ("master", "quantity"),
    [
        ({}, 32),
        ({"min_order_qty": 40}, 40),
        ({"order_multiple": 15}, 45),
        ({"min_order_qty": 50, "order_multiple": 15}, 60),
        ({"min_order_qty": 0, "order_multiple": 0}, 32),
    ],
)
def test_a_quantity_is_advised_in_lots(master: dict[str, Any], quantity: float) -> None:
    # 37 wanted, 5 there: 32 short
    stock = [{"part_no": "A", "quantity": 5}]
    found = scan(master, inventory=stock, demand=[needs(7, 12), needs(10, 9), needs(30, 16)])
    assert part(found, "A")["advised_order_quantity"] == quantity == said(found)["advice"]["quantity"]


def test_the_deepest_shortage_counts_and_not_the_last() -> None:
    # 12 short on day 7, 20 come on day 9, 9 short of nothing on day 10
    due = {"part_no": "A", "order_no": "1", "line": "1", "due_date": ON + timedelta(days=9), "open_quantity": 20}
    found = scan({}, purchase_orders=[due], demand=[needs(7, 12), needs(10, 3)])
    assert part(found, "A")["advised_order_quantity"] == 12


def test_nothing_is_advised_where_nothing_is_short_and_it_is_missing_where_nothing_is_known() -> None:
    stock = [{"part_no": "A", "quantity": 50}]
    assert part(scan({}, inventory=stock, demand=[needs(7, 12)]), "A")["advised_order_quantity"] == 0
    assert pd.isna(part(scan({}, absent="unknown", demand=[needs(7, 12)]), "A")["advised_order_quantity"])


def test_a_safety_stock_to_keep_is_ordered_too_and_one_that_is_unknown_leaves_it_open() -> None:
    policy, stock = {"runway_floor": "safety_stock"}, [{"part_no": "A", "quantity": 5}]
    found = scan({"safety_stock": 4}, policy=policy, inventory=stock, demand=[needs(7, 12)])
    assert part(found, "A")["advised_order_quantity"] == 11
    found = scan({}, policy=policy, inventory=[{"part_no": "A", "quantity": -5}], demand=[needs(7, 12)])
    assert pd.isna(part(found, "A")["advised_order_quantity"])


@settings(max_examples=examples(25), deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.sampled_from(["buy", "make"]),
    st.integers(0, 3),
    st.one_of(st.none(), st.integers(0, 60)),
    st.integers(0, 3),
    st.integers(0, 200),
    st.integers(0, 70),
    st.sampled_from([0, 0.5, 7, 12.5, 30]),
    st.sampled_from([0, 0.1, 1, 3, 7]),
)
def test_columns_and_command_agree(
    kind: str,
    purchasing: int,
    delivery: int | None,
    receiving: int,
    day: int,
    licence: int,
    smallest: float,
    multiple: float,
) -> None:
    master = {
        "procurement": kind,
        "purchasing_days": purchasing,
        "lead_time_days": delivery,
        "receiving_days": receiving,
        "min_order_qty": smallest,
        "order_multiple": multiple,
    }
    found = scan(master, inventory=[{"part_no": "A", "quantity": 3}], demand=[needs(day, 9), needs(day + 9, 8)])
    row, told = part(found, "A"), said(found, licence)
    rows = pd.DataFrame({"part_no": ["A"], "site": SITE, "licence_days": [float(licence)]})
    dates = [row["last_order_date"], pd.Series(last_orders_with_licence(rows, found)).iloc[0]]
    shown = [None if pd.isna(one) else str(one.date()) for one in dates]
    assert shown == [told["last_order"]["date_without_licence"], told["last_order"]["date"]]
    assert row["advised_order_quantity"] == pytest.approx(told["advice"]["quantity"])
