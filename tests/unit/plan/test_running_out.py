"""Chances of whole plans: what may come in, what is open about it, and what the plan says of that."""

from datetime import date, timedelta
from typing import Any

import numpy as np
import pandas as pd
import pytest

from riskplug.plan import Plan
from riskplug.plan.base_stock import base_stock_of_counts
from riskplug.plan.chance import half_width
from riskplug.plan.licence_wait import chance_by_licence
from riskplug.plan.outlook_document import outlook_document
from tests.unit.plan.worlds import SITE, after, company, part, planned

ON = date(2025, 3, 3)
UNMEASURED = "receipts taken as on time: lateness not measured"


def day(number: int) -> date:
    return ON + timedelta(days=number)


def needs(quantity: float, on: int) -> dict[str, Any]:
    return {"part_no": "A", "date": day(on), "quantity": quantity}


def order(quantity: float, due: int | None, **more: Any) -> dict[str, Any]:
    date_ = None if due is None else day(due)
    return {"part_no": "A", "order_no": "1", "line": "1", "supplier": "S", "open_quantity": quantity,
            "due_date": date_, **more}  # fmt: skip


def history(weekly: list[float]) -> list[dict[str, Any]]:
    return [{"part_no": "A", "date": day(-7 * n - 3), "quantity": quantity} for n, quantity in enumerate(weekly)]


def late(*days: int) -> list[dict[str, Any]]:
    """Past lines of the supplier, so many days late."""
    return [
        {"part_no": "A", "order_no": f"R{n}", "line": "1", "supplier": "S", "quantity": 1, "due_date": day(-90),
         "received_on": day(-90 + one)}
        for n, one in enumerate(days)
    ]  # fmt: skip


STEADY = history([70] * 9)


def found(**rows: Any) -> Plan:
    return planned(["A"], ON, **{"consumption": STEADY, **rows})


def licences(start: int, end: int) -> pd.DataFrame:
    return pd.DataFrame({"earliest": [float(start)], "latest": [float(end)]}, index=[0])


def test_a_receipt_is_as_late_as_the_supplier_was() -> None:
    # needed on day 13, due on day 10: three of eight lines came more than three days late
    row = part(
        found(
            demand=[needs(5, 13)],
            purchase_orders=[order(5, 10)],
            goods_receipts=late(-2, 0, 0, 1, 2, 4, 5, 9),
        ),
        "A",
    )
    assert row["p_stock_out_30"] == pytest.approx(3 / 8)
    assert row["chance_method"] == "simulated"
    assert row["chance_half_width"] == pytest.approx(half_width(np.array([3 / 8]), 2000)[0])
    assert row["chance_basis"] == "lateness measured"


def test_without_measured_lateness_receipts_count_as_on_time_and_it_is_said() -> None:
    few = late(40, 40, 40, 40, 40, 40, 40)
    row = part(found(demand=[needs(5, 13)], purchase_orders=[order(5, 10)], goods_receipts=few), "A")
    assert row["p_stock_out_30"] == 0
    assert row["chance_basis"] == UNMEASURED
    # nothing is open, so there is one path only
    assert row["chance_half_width"] == 0


def test_one_measured_supplier_of_two_is_said_too() -> None:
    orders = [order(5, 10), order(5, 12, order_no="2", supplier="T")]
    row = part(found(demand=[needs(5, 30)], purchase_orders=orders, goods_receipts=late(*[0] * 8)), "A")
    assert row["chance_basis"] == "lateness measured for some receipts, others taken as on time"


def test_an_undated_receipt_has_no_promise_to_be_late_for() -> None:
    row = part(
        found(
            parts=[{"part_no": "A", "lead_time_days": 10}],
            demand=[needs(5, 13)],
            purchase_orders=[order(5, None)],
            goods_receipts=late(*[9] * 8),
        ),
        "A",
    )
    assert (row["p_stock_out_30"], row["chance_basis"]) == (0, UNMEASURED)


def test_an_overdue_receipt_comes_on_the_policys_day_or_as_late_as_the_supplier_was() -> None:
    policy, overdue = {"overdue_receipts": "slip:7"}, {"purchase_orders": [order(5, -2)]}
    prompt, slow = late(*[0] * 8), late(*[12] * 8)
    needed = lambda on, seen: part(  # noqa: E731
        found(policy=policy, demand=[needs(5, on)], goods_receipts=seen, **overdue), "A"
    )["p_stock_out_30"]
    assert (needed(6, prompt), needed(7, prompt)) == (1, 0)
    # twelve days late of two days ago is day 10
    assert (needed(9, slow), needed(10, slow)) == (1, 0)


def test_a_part_that_something_may_reach_is_never_worse_than_without_it() -> None:
    erratic, demand = history([49, 91] * 5), [needs(10, n) for n in range(1, 200)]
    bare = part(found(consumption=erratic, inventory=[{"part_no": "A", "quantity": 600}], demand=demand), "A")
    helped = part(
        found(
            consumption=erratic,
            inventory=[{"part_no": "A", "quantity": 600}],
            demand=demand,
            purchase_orders=[order(300, 58)],
        ),
        "A",
    )
    assert bare["chance_method"] == "normal"
    assert bare["p_stock_out_60"] == pytest.approx(0.5)
    # before the receipt: (600 - 570) / (8.3666 x sqrt(57)) = 0.4749, a chance of 0.3174
    assert helped["p_stock_out_60"] == pytest.approx(0.3174, abs=4 * (0.3174 * 0.6826 / 2000) ** 0.5)
    assert helped["p_stock_out_30"] == pytest.approx(bare["p_stock_out_30"])
    assert helped["p_stock_out_30"] <= helped["p_stock_out_60"] <= helped["p_stock_out_90"]


def stopped(rate: float | None, terms: pd.DataFrame | None) -> Any:
    policy = {} if rate is None else {"licence_approval_pct": rate}
    made = planned(
        ["A"],
        ON,
        policy=policy,
        stopped=[True],
        licences=terms,
        consumption=STEADY,
        demand=[needs(5, 80)],
        purchase_orders=[order(5, 20)],
    )
    return part(made, "A")


def test_a_stopped_receipt_comes_with_the_licence_as_often_as_licences_are_granted() -> None:
    row = stopped(60, licences(65, 65))
    assert (row["p_stock_out_60"], row["p_stock_out_90"]) == (0, pytest.approx(0.4))
    assert row["chance_basis"] == f"{UNMEASURED}; 60 % of licences granted"
    # runways stay those of the restricted policy
    assert row["restricted_runway_days_state"] == "runs_out"
    # later than it is needed on ten of forty days: 1 - 0.6 x 0.75
    assert stopped(60, licences(51, 90))["p_stock_out_90"] == pytest.approx(0.55, abs=0.04)


def test_without_an_approval_rate_what_is_stopped_never_comes_and_it_is_said() -> None:
    row = stopped(None, licences(65, 65))
    assert (row["p_stock_out_90"], row["chance_method"]) == (1, "normal")
    assert row["chance_basis"] == "stopped receipts never come: no licence_approval_pct"
    banned = stopped(60, None)
    assert (banned["p_stock_out_90"], banned["chance_basis"]) == (1, "stopped receipts never come")


def test_the_chance_by_the_licence_is_that_of_the_evening_before_goods_could_come() -> None:
    made = planned(
        ["A"],
        ON,
        exposed=["A"],
        parts=[{"part_no": "A", "lead_time_days": 20}],
        consumption=STEADY,
        inventory=[{"part_no": "A", "quantity": 10}],
        demand=[needs(5, 40), needs(6, 84), needs(1, 86)],
    )
    asked = pd.DataFrame({"part_no": ["A"] * 4 + ["B"], "site": SITE, "licence_days": [65, 64, np.nan, 400, 65]})
    said = chance_by_licence(asked, made)
    # 11 of 10 are needed by day 84; with 20 + 65 days goods come on day 85, with 64 before the demand of day 84
    assert said["p_stock_out_licence"][:2].tolist() == [1, 0]
    assert np.isnan(said["p_stock_out_licence"][2:]).all()
    assert np.isnan(said["licence_half_width"][2:]).all()


def test_what_is_unknown_stays_unknown_and_what_is_certain_is() -> None:
    awaited = {"purchase_orders": [order(5, 10)], "demand": [needs(5, 13)], "goods_receipts": late(*[0, 9] * 4)}
    blank = part(found(**awaited, inventory=[{"part_no": "A", "quantity": None}]), "A")
    assert np.isnan(blank["p_stock_out_30"])
    assert pd.isna(blank["chance_method"]) and np.isnan(blank["chance_half_width"]) and pd.isna(blank["chance_basis"])
    assert np.isnan(part(found(**awaited, consumption=history([70] * 7)), "A")["p_stock_out_30"])
    short = part(found(**awaited, inventory=[{"part_no": "A", "quantity": -1}]), "A")
    assert (short["p_stock_out_30"], short["chance_method"], short["chance_half_width"]) == (1, "certain", 0)
    idle = part(found(**{**awaited, "demand": []}, policy={"without_demand": "never"}), "A")
    assert (idle["p_stock_out_90"], idle["chance_method"]) == (0, "certain")
    horizon = part(planned(["A"], ON, horizon=40, consumption=STEADY, **awaited), "A")
    assert horizon["p_stock_out_30"] == pytest.approx(0.5) and np.isnan(horizon["p_stock_out_60"])


def test_a_released_production_order_comes_on_its_day_and_is_no_order_line() -> None:
    made = {"order_no": "MO-1", "part_no": "A", "open_quantity": 5, "finish_date": after(ON, 10), "released": True}
    awaited = {"demand": [needs(5, 13)], "goods_receipts": late(*[0, 9] * 4)}
    alone = part(found(**awaited, production_orders=[made]), "A")
    both = part(found(**awaited, production_orders=[{**made, "open_quantity": 2}], purchase_orders=[order(3, 10)]), "A")
    # of the other three, half of the lines of the supplier come nine days late
    assert (alone["p_stock_out_30"], both["p_stock_out_30"]) == (0, pytest.approx(0.5))
    assert (alone["chance_basis"], both["chance_basis"]) == (
        "receipts taken as on time: lateness not measured",
        "lateness measured for some receipts, others taken as on time",
    )


def test_a_lot_that_expires_before_it_is_used_is_not_there() -> None:
    stock = [{"part_no": "A", "quantity": 5, "expires_on": after(ON, 4)}]
    awaited = {"demand": [needs(5, 13)], "purchase_orders": [order(5, 10)], "goods_receipts": late(*[0, 9] * 4)}
    assert part(found(**awaited, inventory=stock), "A")["p_stock_out_30"] == pytest.approx(0.5)


@pytest.mark.parametrize(("quantity", "chance"), [(30, 0), (33, 0.5)])
def test_a_safety_stock_is_used_before_a_part_has_run_out(quantity: float, chance: float) -> None:
    # 30 there, 5 come by day 10 or, in half of all cases, by day 19
    made = found(
        policy={"runway_floor": "safety_stock"},
        parts=[{"part_no": "A", "safety_stock": 50}],
        inventory=[{"part_no": "A", "quantity": 30}],
        demand=[needs(quantity, 13)],
        purchase_orders=[order(5, 10)],
        goods_receipts=late(*[0, 9] * 4),
    )
    assert part(made, "A")["p_stock_out_90"] == pytest.approx(chance)


def test_only_whole_few_and_poisson_like_consumption_is_counted() -> None:
    method = lambda weekly, **more: part(  # noqa: E731
        found(consumption=history(weekly), demand=[needs(10, 40)], inventory=[{"part_no": "A", "quantity": 9}], **more),
        "A",
    )["chance_method"]
    # ten weeks of 70 more or less 8: variance 71.1; more or less 12: 160, ratio 2.3; halves are no pieces
    assert method([62, 78] * 5) == "poisson"
    assert method([58, 82] * 5) == "normal"
    assert method([62.5, 77.5] * 5) == "normal"
    # 110 a week more or less 10: variance 111, but too many to count
    assert method([100, 120] * 5) == "normal"
    assert method([70] * 9) == "normal"


def advice(**rows: Any) -> Any:
    source = {"part_no": "A", "supplier": "S", "qualified": True, "lead_time_days": 10}
    demand = [needs(10, n) for n in range(1, 366)]
    return part(found(**{"sourcing": [source], "demand": demand, "consumption": history([49, 91] * 5), **rows}), "A")


def test_a_reorder_point_covers_the_lead_time_and_what_varies() -> None:
    row = advice()
    # 10 days of 10; 1.64485 x 8.3666 x sqrt(10) = 43.518
    assert row["reorder_point"] == pytest.approx(143.518, abs=1e-3)
    assert row["safety_stock_advised"] == pytest.approx(43.518, abs=1e-3)
    assert row["reorder_basis"] == "lead time taken as fixed: lateness not measured"


def test_a_supplier_that_is_late_takes_more_stock() -> None:
    row = advice(goods_receipts=late(0, 4, 0, 4, 0, 4, 0, 4))
    # two days late on average, variance 4 x 8/7: 12 x 70 + 100 x 4.5714 = 1297.14, root 36.016, times 1.64485
    assert row["safety_stock_advised"] == pytest.approx(59.241, abs=1e-2)
    assert row["reorder_point"] == pytest.approx(120 + 59.241, abs=1e-2)
    assert row["reorder_basis"] == "lead time varies as measured"


def test_counted_parts_are_advised_whole_pieces() -> None:
    row = advice(consumption=history([62, 78] * 5))
    assert row["reorder_point"] == base_stock_of_counts(np.array([100.0]), 0.95)[0] == 117


@pytest.mark.parametrize(
    "rows",
    [
        {"parts": [{"part_no": "A", "procurement": "make"}]},
        {"sourcing": []},
        {"demand": [], "policy": {"without_demand": "never"}},
        {"consumption": history([70] * 7)},
    ],
    ids=["made", "lead time unknown", "no demand", "spread unknown"],
)
def test_no_advice_without_what_it_rests_on(rows: dict[str, Any]) -> None:
    row = advice(**rows)
    assert np.isnan(row["reorder_point"]) and np.isnan(row["safety_stock_advised"]) and pd.isna(row["reorder_basis"])


def test_the_document_of_a_part_says_how_sure_its_chances_are() -> None:
    made = found(demand=[needs(5, 13)], purchase_orders=[order(5, 10)], goods_receipts=late(-2, 0, 0, 1, 2, 4, 5, 9))
    said = outlook_document(made, "A", SITE, 95)
    assert said["chances"][0] == {"date": "2025-04-02", "days": 30, "chance": pytest.approx(0.375)}
    assert (said["method"], said["paths"], said["basis"]) == ("simulated", 2000, "lateness measured")
    assert said["half_width"] == pytest.approx(1.96 * (0.375 * 0.625 / 2000) ** 0.5, rel=1e-2)
    nothing = {"reorder_point": None, "safety_stock_advised": None, "reorder_basis": None}
    assert said["advice"] == {**nothing, "service_level_pct": 95}
    assert outlook_document(found(demand=[needs(5, 13)]), "A", SITE, 95)["paths"] is None


def test_asking_for_other_days_does_not_move_a_bit_of_the_usual_chances() -> None:
    rows = {"consumption": history([49, 91] * 5), "demand": [needs(10.1, n) for n in range(1, 200)],
            "inventory": [{"part_no": "A", "quantity": 601.3}]}  # fmt: skip
    asked, plain = found(**rows, exposed=["A"]), found(**rows)
    pd.testing.assert_frame_equal(asked.parts, plain.parts, check_exact=True)


ERRATIC = history([50, 90] * 5)


def columns(row: Any) -> list[float]:
    return [row[f"p_stock_out_{days}"] for days in (30, 60, 90)]


@pytest.mark.parametrize("orders", [[], [order(5, 20)]], ids=["nothing comes", "something comes"])
def test_what_nothing_is_planned_of_does_not_run_out(orders: list[dict[str, Any]]) -> None:
    # the first need is on day 107: until then there is nothing that could vary
    row = part(found(consumption=ERRATIC, demand=[needs(70, 107)], purchase_orders=orders), "A")
    assert columns(row) == [0, 0, 0]
    assert row["chance_half_width"] == 0


@pytest.mark.parametrize("awaited", [False, True], ids=["nothing comes", "something comes"])
def test_a_component_is_not_asked_to_refill_the_safety_stock_above_it(awaited: bool) -> None:
    # 20 of G are not needed; the 10 that its safety stock lacks would take 10 of H, which has 5
    made = company(
        ON,
        policy={"runway_floor": "safety_stock", "without_demand": "never"},
        purchase_orders=[order(1, 20, part_no="H")] if awaited else [],
        parts=[{"part_no": "G", "procurement": "make", "safety_stock": 30}, {"part_no": "H"}],
        bom_lines=[{"parent": "G", "component": "H", "quantity": 1}],
        inventory=[{"part_no": "G", "quantity": 20}, {"part_no": "H", "quantity": 5}],
        consumption=[{**one, "part_no": "H"} for one in ERRATIC],
    )
    row = part(made, "H")
    assert columns(row) == [0, 0, 0]
    # the runway is one to the safety stock, and the refill is due today
    assert row["restricted_runway_days_state"] == "already_short"


def lots(*last: int, quantity: float = 600) -> dict[str, Any]:
    return {"inventory": [{"part_no": "A", "quantity": quantity, "expires_on": after(ON, day)} for day in last]}


@pytest.mark.parametrize("orders", [[], [order(5, 28)]], ids=["nothing comes", "something comes"])
def test_when_a_lot_expires_is_told_only_until_then(orders: list[dict[str, Any]]) -> None:
    # what is left of 600 on day 20 expires, more of it where less was used, so that nothing is there on day 25
    demand = [needs(70, 7), needs(70, 14), needs(5, 25)]
    row = part(found(consumption=ERRATIC, demand=demand, purchase_orders=orders, **lots(20)), "A")
    assert np.isnan(columns(row)).all() and pd.isna(row["chance_method"]) and np.isnan(row["chance_half_width"])
    assert row["chance_basis"].endswith("no chance once a lot may have expired")
    later = part(found(consumption=ERRATIC, demand=demand, purchase_orders=orders, **lots(45)), "A")
    # by day 30 no lot has expired: 145 of 600 with a deviation of 7.97 x sqrt(30) = 43.6
    assert later["p_stock_out_30"] == pytest.approx(0, abs=1e-9)
    assert np.isnan(columns(later)[1:]).all()
    assert later["chance_basis"].endswith("; no chance once a lot may have expired")


def test_what_expires_later_does_not_count_among_the_pieces_that_may_be_used() -> None:
    # a random number for each of the pieces would take more memory than any machine has
    weeks = {name: history([62, 78] * 5 if name == "A" else [70] * 10) for name in ("A", "B")}
    made = planned(
        ["A", "B"],
        ON,
        consumption=[{**row, "part_no": name} for name, rows in weeks.items() for row in rows],
        inventory=[{"part_no": "A", "quantity": 1e15, "expires_on": after(ON, 45)}],
        demand=[{"part_no": name, "date": after(ON, 13), "quantity": 5} for name in ("A", "B")],
        purchase_orders=[order(5, 10, part_no=name) for name in ("A", "B")],
        goods_receipts=late(-2, 0, 0, 1, 2, 4, 5, 9),
    )
    assert part(made, "A")["p_stock_out_30"] == 0 and np.isnan(part(made, "A")["p_stock_out_60"])
    # of B as if it stood alone: due on day 10, needed on day 13, three of eight lines came later
    assert part(made, "B")["p_stock_out_30"] == pytest.approx(3 / 8)


def test_a_lot_that_the_plan_uses_up_may_expire_where_less_is_used() -> None:
    # 140 of 140 by day 14: on half of all courses something of it expires, and 10 are needed on day 25
    made = found(consumption=ERRATIC, demand=[needs(140, 14), needs(10, 40)],
                 inventory=[*lots(20, quantity=140)["inventory"], {"part_no": "A", "quantity": 100}])  # fmt: skip
    assert np.isnan(columns(part(made, "A"))).all()


def test_what_does_not_vary_expires_as_planned() -> None:
    row = part(found(demand=[needs(5, 7), needs(5, 25)], **lots(20, quantity=50)), "A")
    assert columns(row) == [1, 1, 1]


def test_the_chance_by_the_licence_is_unknown_where_the_usual_ones_are() -> None:
    made = found(consumption=ERRATIC, demand=[needs(5, 25)], exposed=["A"],
                 parts=[{"part_no": "A", "lead_time_days": 20}], **lots(30))  # fmt: skip
    asked = pd.DataFrame({"part_no": ["A", "A"], "site": SITE, "licence_days": [11, 12]})
    said = chance_by_licence(asked, made)["p_stock_out_licence"]
    # goods on day 31 are a chance by day 30, when the lot is still good
    assert said[0] == pytest.approx(0, abs=1e-9)
    assert np.isnan(said[1])


ALTERNATES = "what parts give each other is planned, no chance worked out"


def shared(alternates: str, **more: Any) -> Plan:
    """10 of P are wanted on day 10, each with one of A, or of B where alternates are used in order."""
    line = {"parent": "P", "quantity": 1, "alt_group": "1"}
    rows = {"demand": [{"part_no": "P", "date": day(10), "quantity": 10}], **more}
    return company(
        ON,
        policy={"alternates": alternates},
        parts=[{"part_no": name} for name in ("P", "A", "B")],
        bom_lines=[{**line, "component": "A", "alt_priority": 1}, {**line, "component": "B", "alt_priority": 2}],
        **rows,
    )


def test_there_is_no_chance_of_parts_that_give_each_other() -> None:
    # 10 of A wanted on day 10, none there, its receipt comes on day 20: 10 of B stand in where they may
    rows: dict[str, Any] = {
        "purchase_orders": [order(5, 20)],
        "goods_receipts": late(-2, 0, 0, 1, 2, 4, 5, 9),
        "inventory": [{"part_no": "B", "quantity": 15}],
        "consumption": [*STEADY, *({**one, "part_no": "B"} for one in ERRATIC)],
    }
    alone = part(shared("preferred", **rows), "A")
    assert columns(alone) == [1, 1, 1]
    for name in ("A", "B"):
        row = part(shared("in_order", **rows), name)
        assert np.isnan(columns(row)).all() and pd.isna(row["chance_method"]) and np.isnan(row["chance_half_width"])
        assert row["chance_basis"].endswith(ALTERNATES)


def test_a_part_that_is_short_today_is_short_whatever_others_give() -> None:
    rows: dict[str, Any] = {"inventory": [{"part_no": "A", "quantity": -1}, {"part_no": "B", "quantity": 15}]}
    row = part(shared("in_order", consumption=STEADY, **rows), "A")
    assert (columns(row), row["chance_method"]) == ([1, 1, 1], "certain")
    assert row["chance_basis"] == "nothing is awaited"


def test_a_receipt_of_a_supplier_that_is_always_late_does_not_count_on_its_day() -> None:
    # promised for day 85 and needed on day 88, but it has never come before the tenth day after
    row = part(found(demand=[needs(5, 88)], purchase_orders=[order(5, 85)], goods_receipts=late(*[10] * 8)), "A")
    assert columns(row) == [0, 0, 1]
