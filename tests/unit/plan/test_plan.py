"""Stock, receipts, demand, lead times, doubts and chances behind a runway, and the document of one part."""

from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest

from riskplug.errors import UsageError
from riskplug.plan.chance import chance_of_stock_out
from riskplug.workspace import Site
from tests.unit.plan.worlds import SITE, after, graph, part, planned

ON = date(2025, 3, 3)


def days(count: int) -> date:
    return after(ON, count)


def needs(quantity: float = 10, on: int = 10, part_no: str = "A", **more: object) -> dict[str, object]:
    return {"part_no": part_no, "date": days(on), "quantity": quantity, **more}


def stock(quantity: float, part_no: str = "A", **more: object) -> dict[str, object]:
    return {"part_no": part_no, "quantity": quantity, **more}


def order(quantity: float, due: int | None, part_no: str = "A", **more: object) -> dict[str, object]:
    when = None if due is None else days(due)
    return {"part_no": part_no, "order_no": "47", "line": "10", "due_date": when, "open_quantity": quantity, **more}


# ------------------------------------------------------------------------------------------------------------- stock
@pytest.mark.parametrize(
    ("row", "usable", "expected"),
    [
        ({}, ("unrestricted",), 5),
        ({"stock_type": "blocked"}, ("unrestricted",), 0),
        ({"stock_type": "quality"}, ("unrestricted", "quality"), 5),
        ({"owner": "V-7"}, ("unrestricted",), 0),
        ({"owner": "V-7"}, ("unrestricted", "consignment"), 5),
        ({"stock_type": "consignment", "owner": "V-7"}, ("unrestricted",), 0),
        ({"expires_on": ON}, ("unrestricted",), 5),
        ({"expires_on": days(-1)}, ("unrestricted",), 0),
    ],
)
def test_only_stock_the_policy_counts_is_on_hand(
    row: dict[str, object], usable: tuple[str, ...], expected: float
) -> None:
    found = planned(["A"], ON, policy={"usable_stock": usable}, inventory=[stock(5, **row)], absent="unknown")
    assert part(found, "A")["on_hand"] == expected


def test_stock_is_converted_to_the_base_unit() -> None:
    found = planned(["A"], ON, parts=[{"part_no": "A", "base_unit": "g"}], inventory=[stock(2, unit="kg"), stock(5)])
    assert part(found, "A")["on_hand"] == 2005


def test_stock_without_a_factor_is_unknown_with_the_reason() -> None:
    found = planned(
        ["A"], ON, parts=[{"part_no": "A", "base_unit": "kg"}], inventory=[stock(6, unit="ROL")], demand=[needs()]
    )
    row = part(found, "A")
    assert np.isnan(row["on_hand"])
    assert (row["stock_runway_days_state"], row["unknown_reason"]) == ("unknown", "no conversion ROL to kg")
    assert pd.isna(row["stock_out_date"])


@pytest.mark.parametrize(("absent", "state"), [("zero", "runs_out"), ("unknown", "unknown")])
def test_absent_stock_is_what_the_source_declares(absent: str, state: str) -> None:
    row = part(planned(["A"], ON, absent=absent, demand=[needs()]), "A")
    assert row["stock_runway_days_state"] == state
    assert pd.isna(row["unknown_reason"]) if absent == "zero" else row["unknown_reason"] == "no stock row"


def test_a_part_with_only_blocked_stock_has_none_rather_than_an_unknown_amount() -> None:
    found = planned(["A"], ON, absent="unknown", inventory=[stock(5, stock_type="blocked")], demand=[needs()])
    assert part(found, "A")["stock_runway_days_state"] == "runs_out"


def test_negative_stock_is_kept_and_short_today() -> None:
    row = part(planned(["A"], ON, inventory=[stock(-302.35)]), "A")
    assert (row["on_hand"], row["stock_runway_days"], row["stock_runway_days_state"]) == (-302.35, 0, "already_short")
    assert row["stock_out_date"] == pd.Timestamp(ON)


def test_an_unknown_stock_does_not_matter_where_nothing_is_required() -> None:
    row = part(planned(["A"], ON, absent="unknown"), "A")
    assert (row["stock_runway_days_state"], pd.isna(row["unknown_reason"])) == ("no_demand", True)


# ---------------------------------------------------------------------------------------------------------- receipts
def test_the_confirmed_date_beats_the_due_date() -> None:
    found = planned(["A"], ON, demand=[needs(on=10)], purchase_orders=[order(10, 5, confirmed_date=days(11))])
    assert part(found, "A")["all_runway_days_state"] == "runs_out"


def test_an_overdue_receipt_kept_as_it_is_arrives_today() -> None:
    found = planned(
        ["A"], ON, policy={"overdue_receipts": "keep"}, demand=[needs(on=0)], purchase_orders=[order(10, -30)]
    )
    assert part(found, "A")["all_runway_days_state"] == "covered_to_horizon"
    assert part(found, "A")["stock_runway_days_state"] == "already_short"


def test_receipts_that_are_not_binding_are_left_out_of_firm_and_missing_counts_as_binding() -> None:
    lines = [order(10, 5, firm=False), order(4, 5, line="20")]
    row = part(planned(["A"], ON, demand=[needs(on=10)], purchase_orders=lines), "A")
    assert (row["firm_runway_days"], row["all_runway_days_state"]) == (pytest.approx(9.4), "covered_to_horizon")
    assert row["on_order"] == 14


def test_a_receipt_of_which_nobody_knows_whether_it_is_stopped_is_not_relied_upon() -> None:
    found = planned(["A"], ON, demand=[needs()], purchase_orders=[order(10, 5)], stopped=[None])
    assert part(found, "A")["restricted_runway_days_state"] == "runs_out"


def test_a_receipt_of_unknown_quantity_is_left_out_and_makes_a_lower_bound() -> None:
    found = planned(["A"], ON, demand=[needs()], purchase_orders=[order(10, 5, unit="ROL")])
    row = part(found, "A")
    assert (row["all_runway_days_state"], row["lower_bound"]) == ("runs_out", True)
    assert row["unknown_reason"] == "receipt not counted: no conversion ROL to pc"
    assert np.isnan(row["on_order"])


def test_an_overdue_receipt_does_not_help_before_it_has_slipped() -> None:
    line = [order(10, -30)]
    early = planned(["A"], ON, policy={"overdue_receipts": "slip:7"}, demand=[needs(on=6)], purchase_orders=line)
    late = planned(["A"], ON, policy={"overdue_receipts": "slip:7"}, demand=[needs(on=7)], purchase_orders=line)
    assert part(early, "A")["all_runway_days_state"] == "runs_out"
    assert part(late, "A")["all_runway_days_state"] == "covered_to_horizon"


def test_an_order_for_a_phantom_is_no_supply_of_its_components() -> None:
    bom = graph(["P", "H", "A"], [("P", "H", 1), ("H", "A", 1)], phantoms=["H"])
    found = planned(["P", "H", "A"], ON, bom=bom, demand=[needs(part_no="P")], purchase_orders=[order(50, 2, "H")])
    assert part(found, "A")["all_runway_days"] == 9


# ------------------------------------------------------------------------------------------------------------ demand
def test_demand_beyond_the_horizon_is_not_looked_at() -> None:
    row = part(planned(["A"], ON, horizon=30, demand=[needs(on=31)], inventory=[stock(1)]), "A")
    assert (row["stock_runway_days_state"], row["daily_demand"]) == ("no_demand", 0)
    row = part(planned(["A"], ON, horizon=30, demand=[needs(on=30)], inventory=[stock(1)]), "A")
    assert (row["stock_runway_days"], row["daily_demand"]) == (pytest.approx(29.1), pytest.approx(10 / 30))


def test_demand_in_a_unit_without_a_factor_makes_the_runway_unknown() -> None:
    row = part(planned(["A"], ON, demand=[needs(unit="ROL")], inventory=[stock(1)]), "A")
    assert (row["all_runway_days_state"], row["unknown_reason"]) == ("unknown", "no conversion ROL to pc")
    assert np.isnan(row["daily_demand"])


def test_quantities_that_do_not_fit_in_binary_leave_exactly_zero_covered() -> None:
    # 0.3 kg for three needs of 0.1 kg: as binary fractions the sum of the needs is a hair more than the stock
    found = planned(["A"], ON, inventory=[stock(0.3)], demand=[needs(0.1, day) for day in (7, 14, 21)])
    assert part(found, "A")["stock_runway_days_state"] == "covered_to_horizon"
    short = planned(["A"], ON, inventory=[stock(0.3)], demand=[needs(0.1, day) for day in (7, 14, 21, 28)])
    assert part(short, "A")["stock_runway_days"] == pytest.approx(27.0)


# --------------------------------------------------------------------------------------------------------- lead times
def test_w7_replenishment_adds_work_days_and_calendar_days() -> None:
    # Friday 1 August 2025; 1 work day, 10 calendar days, 2 work days: Monday 18 August (SAP, replenishment lead time)
    master = {"part_no": "A", "purchasing_days": 1, "lead_time_days": 10, "receiving_days": 2, "procurement": "buy"}
    found = planned(["A"], date(2025, 8, 1), parts=[master], site=Site(country="DE", calendar="DE"))
    assert part(found, "A")["lead_time_days"] == 17


def test_a_holiday_is_no_work_day() -> None:
    # Wednesday 30 April 2025: 1 May is a holiday in Germany, so the next work day is Friday
    master = {"part_no": "A", "lead_time_days": 1, "procurement": "make"}
    german = planned(["A"], date(2025, 4, 30), parts=[master], site=Site(country="DE"))
    american = planned(["A"], date(2025, 4, 30), parts=[master], site=Site(country="US"))
    assert (part(german, "A")["lead_time_days"], part(american, "A")["lead_time_days"]) == (2, 1)


def test_an_unknown_calendar_is_refused_by_name() -> None:
    with pytest.raises(UsageError, match="'QQ'"):
        planned(["A"], ON, site=Site(country="DE", calendar="QQ"))


def test_the_preferred_qualified_source_beats_the_part_master() -> None:
    sources = [
        {"part_no": "A", "supplier": "1", "priority": 1, "qualified": False, "lead_time_days": 5},
        {"part_no": "A", "supplier": "2", "priority": 2, "qualified": True, "lead_time_days": 40},
        {"part_no": "A", "supplier": "3", "priority": 3, "qualified": True, "lead_time_days": 3},
        {"part_no": "A", "supplier": "4", "priority": 0, "qualified": True, "lead_time_days": 2, "blocked": True},
        {"part_no": "A", "supplier": "5", "priority": 0, "qualified": True, "lead_time_days": 1, "valid_to": days(-1)},
    ]
    found = planned(["A"], ON, parts=[{"part_no": "A", "lead_time_days": 12}], sourcing=sources)
    assert part(found, "A")["lead_time_days"] == 40


def test_a_missing_lead_time_is_unknown_and_so_is_the_last_order_date() -> None:
    row = part(planned(["A"], ON, demand=[needs()]), "A")
    assert np.isnan(row["lead_time_days"])
    assert pd.isna(row["last_order_date"])
    row = part(planned(["A"], ON, parts=[{"part_no": "A", "lead_time_days": 30}], demand=[needs(on=10)]), "A")
    assert row["last_order_date"] == pd.Timestamp(days(-20))


# ----------------------------------------------------------------------------------------------------- levels, doubts
def test_a_bought_assembly_asks_for_no_components() -> None:
    bom = graph(["P", "A"], [("P", "A", 2)])
    master = {"part_no": "P", "procurement": "buy"}
    found = planned(["P", "A"], ON, bom=bom, parts=[master], demand=[needs(part_no="P")])
    assert part(found, "A")["stock_runway_days_state"] == "no_demand"


def test_an_assembly_of_unknown_stock_counts_as_zero_and_what_is_below_is_a_lower_bound() -> None:
    bom = graph(["P", "M", "A"], [("P", "M", 1), ("M", "A", 2)])
    found = planned(
        ["P", "M", "A"], ON, bom=bom, absent="unknown", inventory=[stock(0, "P"), stock(5)], demand=[needs(part_no="P")]
    )
    middle, leaf = part(found, "M"), part(found, "A")
    assert (middle["stock_runway_days_state"], middle["lower_bound"]) == ("unknown", False)
    assert (leaf["stock_runway_days"], leaf["lower_bound"]) == (pytest.approx(9.25), True)


def test_a_lead_time_that_has_passed_asks_for_components_today() -> None:
    bom = graph(["P", "A"], [("P", "A", 1)])
    master = {"part_no": "P", "lead_time_days": 20}
    found = planned(["P", "A"], ON, bom=bom, parts=[master], demand=[needs(part_no="P")])
    assert part(found, "A")["stock_runway_days_state"] == "already_short"


def test_a_component_whose_line_was_left_out_is_not_called_safe() -> None:
    problem = {"part_no": "P", "component": "A", "site": SITE, "reason": "no conversion ROL to pc"}
    bom = graph(["P", "A"], problems=[problem])
    found = planned(["P", "A"], ON, bom=bom, inventory=[stock(9)], demand=[needs(part_no="P")])
    assert part(found, "A")["stock_runway_days_state"] == "unknown"
    assert part(found, "A")["unknown_reason"] == "line of P left out: no conversion ROL to pc"
    idle = planned(["P", "A"], ON, bom=bom, inventory=[stock(9)])
    assert part(idle, "A")["stock_runway_days_state"] == "no_demand"


def test_below_an_unknown_demand_only_a_shortage_is_certain() -> None:
    bom = graph(["P", "A", "B"], [("P", "A", 1), ("P", "B", 1)])
    found = planned(
        ["P", "A", "B"],
        ON,
        bom=bom,
        inventory=[stock(9, "A"), stock(2, "B")],
        demand=[needs(part_no="P", unit="ROL"), needs(5, part_no="P")],
    )
    assert part(found, "A")["stock_runway_days_state"] == "unknown"
    assert part(found, "B")["stock_runway_days_state"] == "runs_out"


def test_a_part_on_a_cycle_is_unknown_with_the_path() -> None:
    bom = graph(["P", "A", "B"], [("P", "A", 1)], cycles=[("A", "B")])
    found = planned(["P", "A", "B"], ON, bom=bom, demand=[needs(part_no="P")])
    assert part(found, "A")["unknown_reason"] == "on a BOM cycle: A > B > A"
    assert part(found, "B")["stock_runway_days_state"] == "unknown"
    assert part(found, "P")["stock_runway_days_state"] == "runs_out"


def test_bulk_parts_have_no_planned_requirement() -> None:
    bom = graph(["P", "A"], [("P", "A", 1)])
    found = planned(["P", "A"], ON, bom=bom, parts=[{"part_no": "A", "bulk": True}], demand=[needs(part_no="P")])
    assert part(found, "A")["stock_runway_days_state"] == "no_demand"


# ------------------------------------------------------------------------------------------------------------- chance
@pytest.mark.parametrize(("by", "expected"), [(55, 0.01231), (60, 0.5), (65, 0.98064)])
def test_w22_chance_of_running_out(by: int, expected: float) -> None:
    # stock 600, N(10, 3) a day
    assert chance_of_stock_out(np.array([600.0 - 10 * by]), np.array([3.0]), by)[0] == pytest.approx(expected, abs=5e-6)


@pytest.mark.parametrize(
    ("stock_", "mean", "sigma", "span", "expected"),
    # W15 (Stevenson, example 8): lead-time demand N(50, 5), reorder point 59.40, risk 3 %.
    # W16 (flylib 3.287.1.225): N(30, 5) a day, 10 days, reorder point 326.1.
    [(59.40, 50.0, 5.0, 1, 0.0301), (326.1, 300.0, 5.0, 10, 0.0494)],
)
def test_w15_w16_reorder_points_leave_the_printed_risk(
    stock_: float, mean: float, sigma: float, span: int, expected: float
) -> None:
    found = chance_of_stock_out(np.array([stock_ - mean]), np.array([sigma]), span)[0]
    assert found == pytest.approx(expected, abs=1e-4)


def history(weekly: list[float]) -> list[dict[str, object]]:
    return [stock(q, date=ON - timedelta(days=7 * n + 3)) for n, q in enumerate(weekly)]


def test_the_chance_rests_on_weekly_variation_of_consumption() -> None:
    # weeks of 49 and 91: mean 70, variance (ddof 1) of ten weeks 21^2 x 10/9 = 490, a day 70, sigma 8.3666
    weeks = [needs(10, day) for day in range(1, 366)]
    found = planned(["A"], ON, consumption=history([49, 91] * 5), inventory=[stock(600)], demand=weeks)
    row = part(found, "A")
    assert row["p_stock_out_60"] == pytest.approx(0.5)
    # 300 left after 30 days, 8.3666 x sqrt(30) = 45.83: z = 6.5465
    assert row["p_stock_out_30"] == pytest.approx(2.945e-11, rel=1e-2)
    assert row["p_stock_out_90"] > 0.99


def test_a_short_history_gives_no_chance_and_no_variation_gives_certainty() -> None:
    demand = [needs(50, 40)]
    few = part(planned(["A"], ON, consumption=history([70] * 7), inventory=[stock(10)], demand=demand), "A")
    assert np.isnan(few["p_stock_out_60"])
    steady = part(planned(["A"], ON, consumption=history([70] * 9), inventory=[stock(10)], demand=demand), "A")
    assert (steady["p_stock_out_30"], steady["p_stock_out_60"], steady["p_stock_out_90"]) == (0, 1, 1)


def test_a_later_receipt_does_not_undo_an_earlier_shortage() -> None:
    found = planned(["A"], ON, consumption=history([70] * 9), demand=[needs(10, 20)], purchase_orders=[order(100, 25)])
    assert part(found, "A")["p_stock_out_30"] == 1


def test_whoever_is_short_today_has_run_out_whatever_is_known_of_the_past() -> None:
    row = part(planned(["A"], ON, inventory=[stock(-1)], purchase_orders=[order(100, 5)]), "A")
    assert (row["p_stock_out_30"], row["p_stock_out_90"]) == (1, 1)


# ------------------------------------------------------------------------------------------------------------- events
def test_a_receipt_stands_before_the_demand_of_its_day() -> None:
    found = planned(["A"], ON, demand=[needs(10, 5)], purchase_orders=[order(10, 5)])
    events = found.events("A", SITE)
    assert list(events["kind"]) == ["stock", "receipt", "demand"]
    assert list(events["balance"]) == [0, 10, 0]


def test_asking_for_a_part_outside_the_plan_is_an_error() -> None:
    with pytest.raises(KeyError, match="Z at P1"):
        planned(["A"], ON).policies("Z", SITE)


def test_a_company_without_parts_has_an_empty_plan() -> None:
    assert planned([], ON).parts.empty


def test_many_paths_and_many_levels_finish_at_once() -> None:
    names = [f"A{number}" for number in range(120)]
    lines = [(names[n], names[n + step], 1.0) for n in range(118) for step in (1, 2)]
    found = planned(names, ON, bom=graph(names, lines), demand=[needs(1, 10, "A0")])
    # ways down to A60 over steps of one and two: the 61st Fibonacci number
    assert part(found, "A60")["daily_demand"] * 365 == pytest.approx(2504730781961)
