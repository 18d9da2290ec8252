"""Demand rows that were set aside are said of their part, and the plan claims no more than it knows."""

from collections.abc import Sequence
from datetime import date
from typing import Any

import pandas as pd
import pytest

from riskplug.analysis import rows_aside
from riskplug.model import BomGraph
from riskplug.plan import Plan, explained, plan, runway_document
from tests.unit.plan.worlds import SITE, after, company, graph, part, tables, workspace

ON = date(2025, 3, 3)
NO_DATE = ("date", "required value is missing")
NO_QUANTITY = ("quantity", "required value is missing")
POLICIES = ("stock", "firm", "all", "restricted")


def scan(bom: BomGraph, aside: Sequence[tuple[str, str, tuple[str, str]]], table: str = "demand", **rows: Any) -> Plan:
    """``aside``: part, site and (column, reason) of each demand row that was set aside."""
    names = list(bom.nodes["part_no"].astype(str))
    made = tables(names, **rows)
    said = [{"part_no": p, "site": s, "column": column, "reason": reason} for p, s, (column, reason) in aside]
    return plan(
        made,
        bom,
        workspace=workspace(),
        on=ON,
        stopped=pd.Series([], dtype="boolean"),
        absent_stock={"erp": "zero"},
        aside=pd.DataFrame(said, columns=["part_no", "site", "column", "reason"], dtype="str").assign(table=table),
    )


def states(found: Plan, name: str) -> set[str]:
    row = part(found, name)
    return {str(row[f"{policy}_runway_days_state"]) for policy in POLICIES}


def stock(quantity: float, name: str = "A") -> dict[str, Any]:
    return {"part_no": name, "quantity": quantity}


def needs(quantity: float, day: int, name: str = "A") -> dict[str, Any]:
    return {"part_no": name, "quantity": quantity, "date": after(ON, day)}


@pytest.mark.parametrize(
    ("faults", "said"),
    [
        ([NO_DATE], "1 demand row was set aside: no date"),
        ([NO_DATE, NO_DATE], "2 demand rows were set aside: no date"),
        ([NO_DATE, NO_QUANTITY, NO_DATE], "3 demand rows were set aside: no date (2), no quantity (1)"),
        ([("date", "no such day")], "1 demand row was set aside: date: no such day"),
    ],
)
def test_rows_set_aside_are_counted_at_their_part_with_the_reason(faults: list[tuple[str, str]], said: str) -> None:
    found = scan(graph(["A", "B"]), [("A", SITE, fault) for fault in faults])
    assert part(found, "A")["data_warning"] == part(found, "A")["unknown_reason"] == said
    assert pd.isna(part(found, "B")["data_warning"])


def test_what_is_covered_as_far_as_known_is_unknown_where_demand_is_missing() -> None:
    found = scan(graph(["A"]), [("A", SITE, NO_DATE)], inventory=[stock(40)], demand=[needs(1, 5)])
    assert states(found, "A") == {"unknown"}
    assert pd.isna(part(found, "A")["daily_demand"])


def test_no_known_demand_is_not_no_demand_where_a_row_was_set_aside() -> None:
    assert states(scan(graph(["A"]), [("A", SITE, NO_QUANTITY)], inventory=[stock(4)]), "A") == {"unknown"}


def test_a_shortage_stays_certain_and_its_days_are_an_upper_bound() -> None:
    # 4 there, 5 wanted on day 9: 8 days and four fifths, if nothing else is wanted before
    found = scan(graph(["A"]), [("A", SITE, NO_DATE)], inventory=[stock(4)], demand=[needs(5, 9)])
    row = part(found, "A")
    assert (row["stock_runway_days_state"], row["stock_runway_days"]) == ("runs_out", pytest.approx(8.8))
    assert (row["upper_bound"], row["lower_bound"]) == (True, False)


def test_what_the_part_is_made_of_lacks_the_same_demand() -> None:
    bom = graph(["P", "A", "B"], [("P", "A", 1)])
    found = scan(bom, [("P", SITE, NO_DATE)], inventory=[stock(40), stock(40, "B")], demand=[needs(1, 5, "B")])
    assert states(found, "A") == {"unknown"}
    assert part(found, "A")["unknown_reason"] == "a requirement from an assembly above is unknown"
    assert (part(found, "A")["upper_bound"], part(found, "B")["upper_bound"]) == (True, False)
    assert states(found, "B") == {"covered_to_horizon"}


@pytest.mark.parametrize("name", ["", "never heard of"])
def test_a_row_of_no_known_part_is_said_of_no_part(name: str) -> None:
    found = scan(graph(["A"]), [(name, SITE, NO_DATE)], inventory=[stock(4)], demand=[needs(1, 5)])
    assert (states(found, "A"), pd.isna(part(found, "A")["data_warning"])) == ({"covered_to_horizon"}, True)


def test_a_row_without_a_site_may_be_of_any() -> None:
    assert states(scan(graph(["A"]), [("A", "", NO_DATE)], inventory=[stock(4)]), "A") == {"unknown"}


def test_a_row_of_another_site_is_of_another_part() -> None:
    assert states(scan(graph(["A"]), [("A", "X9", NO_DATE)], inventory=[stock(4)]), "A") == {"no_demand"}


def test_the_document_says_it_and_no_explanation_claims_more() -> None:
    bom = graph(["A"])
    found = scan(bom, [("A", SITE, NO_DATE)], inventory=[stock(40)], demand=[needs(1, 5)])
    said = runway_document(explained(found, bom, workspace(), "A", SITE))
    assert said["data_warning"] == "1 demand row was set aside: no date"
    assert said["summary"] == "A at P1 has an unknown runway: 1 demand row was set aside: no date."
    assert {row["state"] for row in said["runways"]} == {"unknown"}
    assert said["upper_bound"] is True


@pytest.mark.parametrize(("share", "bound"), [(30, True), (90, False)])
def test_shares_below_a_hundred_leave_demand_out_and_those_above_do_not(share: float, bound: bool) -> None:
    # 60 % of the alternates are A; with 30 % of B a tenth is asked of nobody, with 90 % half is asked for twice
    lines = [
        {"parent": "P", "component": c, "quantity": 1, "alt_group": "1", "alt_priority": n, "alt_share_pct": pct}
        for n, (c, pct) in enumerate([("A", 60), ("B", share)])
    ]
    parts = [{"part_no": name, "procurement": "make" if name == "P" else "buy"} for name in "PAB"]
    found = company(ON, parts=parts, bom_lines=lines, inventory=[stock(1)], demand=[needs(10, 9, "P")])
    assert part(found, "A")["upper_bound"] == bound


ORDERS = "production_orders"
MADE_OF = [("P", "A", 1), ("A", "M", 2)]


def test_an_order_set_aside_is_said_at_the_part_it_makes_whose_days_are_a_lower_bound() -> None:
    bom = graph(["P", "A", "M"], MADE_OF)
    found = scan(bom, [("A", SITE, NO_QUANTITY)] * 2, ORDERS, inventory=[stock(4)], demand=[needs(5, 9)])
    row, said = part(found, "A"), "2 production orders were set aside: no quantity"
    assert (row["data_warning"].split("; ")[0], row["unknown_reason"]) == (said, said)
    assert (row["restricted_runway_days_state"], row["restricted_runway_days"]) == ("runs_out", pytest.approx(8.8))
    assert (row["lower_bound"], row["upper_bound"]) == (True, False)
    assert "set aside" not in part(found, "P")["data_warning"]


def test_what_an_order_set_aside_would_have_used_may_be_asked_for_more() -> None:
    bom = graph(["P", "A", "M"], MADE_OF)
    found = scan(bom, [("P", SITE, NO_DATE)], ORDERS, inventory=[stock(40), stock(40, "M")], demand=[needs(1, 5)])
    said = "its requirement for P may be missing: 1 production order was set aside: no date"
    assert states(found, "A") == states(found, "M") == {"unknown"}
    assert part(found, "A")["unknown_reason"] == said
    assert part(found, "M")["unknown_reason"] == "a requirement from an assembly above is unknown"
    assert (part(found, "P")["lower_bound"], states(found, "P")) == (True, {"no_demand"})


def test_a_shortage_below_an_order_set_aside_stays_certain_and_its_days_are_an_upper_bound() -> None:
    bom = graph(["P", "A", "M"], MADE_OF)
    found = scan(bom, [("P", SITE, NO_DATE)], ORDERS, inventory=[stock(4)], demand=[needs(5, 9)])
    row = part(found, "A")
    assert (row["restricted_runway_days_state"], row["upper_bound"], row["lower_bound"]) == ("runs_out", True, False)


def test_a_scan_hands_the_plan_what_was_set_aside_of_both_tables() -> None:
    tables = ["demand", "production_orders", "inventory"]
    rows = pd.DataFrame({"table": tables, "part_no": "A", "site": SITE, "column": "date", "reason": NO_DATE[1]})
    assert list(rows_aside(rows)["table"]) == tables[:2]
