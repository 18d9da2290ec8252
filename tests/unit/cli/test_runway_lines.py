"""A runway as text: the answer first, 80 columns, cut with a count."""

from datetime import timedelta
from itertools import pairwise
from typing import Any

import pytest

from riskplug.cli.runway_lines import WIDTH, runway_lines
from riskplug.plan import Law
from tests.unit.plan.test_explained import ON, document, needs, order, stock
from tests.unit.plan.worlds import graph


def lines(every: bool = False, **given: Any) -> list[str]:
    return runway_lines(document(**given), every=every)


def test_the_answer_stands_first_and_the_chosen_policy_is_marked() -> None:
    found = lines(demand=[needs(5, 10)], inventory=[stock(4)])
    assert found[0] == "A at P1 runs out on Saturday 8 March 2025: nothing is on order."
    assert [line for line in found if line.startswith(">")] == [
        "> restricted those no measure stops        4.4        4.4  2025-03-07 2025-03-08"
    ]


def test_states_are_words_and_never_numbers() -> None:
    text = "\n".join(lines(inventory=[stock(40)], demand=[needs(5, 10)]))
    assert "beyond the horizon" in text
    assert "short now" in "\n".join(lines(inventory=[stock(-1)]))
    assert "no demand" in "\n".join(lines())
    assert "has an unknown runway: no stock row." in lines(absent="unknown", demand=[needs(5, 1)])[0]


def test_safety_stock_has_rows_of_its_own_only_where_it_makes_a_difference() -> None:
    given: dict[str, Any] = {"inventory": [stock(10)], "demand": [needs(3, 5), needs(8, 5)]}
    with_floor = lines(parts=[{"part_no": "A", "safety_stock": 4}], **given)
    assert [line.split("  ")[0] for line in with_floor if line.startswith("Runway")] == [
        "Runway to zero",
        "Runway to safety stock",
    ]
    without = lines(parts=[{"part_no": "A", "safety_stock": 0}], **given)
    assert [line.split("  ")[0] for line in without if line.startswith("Runway")] == ["Runway to zero"]


def test_the_last_order_day_says_how_far_away_it_is() -> None:
    def said(lead: float | None) -> str:
        master = {"part_no": "A", "procurement": "buy", "lead_time_days": lead}
        return next(line for line in lines(parts=[master], demand=[needs(10, 5)]) if line.startswith("Last safe"))

    assert said(9) == "Last safe day to order: Tue 2025-03-04, in 1 day."
    assert said(10) == "Last safe day to order: Mon 2025-03-03, today."
    assert said(12) == "Last safe day to order: Sat 2025-03-01, 2 days ago."
    assert said(None) == "Last safe day to order: unknown, no lead time on file."


def test_chances_say_how_sure_they_are_and_a_part_without_history_has_none() -> None:
    # ten a day, deviation 3: eight weeks of 70 -+ 7.42 have a variance of 63, nine a day. W22: even odds on day 60
    weekly = [70 + spread for spread in (7.4246212, -7.4246212) * 4]
    history = [
        {"part_no": "A", "date": ON - timedelta(days=7 * n + 3), "quantity": quantity}
        for n, quantity in enumerate(weekly)
    ]
    daily = [needs(n, 10) for n in range(1, 200)]
    found = lines(demand=daily, inventory=[stock(600)], consumption=history)
    at = found.index("Chance of having run out")
    assert found[at + 1 : at + 3] == [
        "  under 1 % by 2025-04-02, 50 % by 2025-05-02, 100 % by 2025-06-01",
        "  nothing is awaited.",
    ]
    assert not any("Chance" in line for line in lines(demand=daily, inventory=[stock(600)]))


def test_the_order_point_says_what_it_leaves_out() -> None:
    history = [{"part_no": "A", "date": ON - timedelta(days=7 * n + 3), "quantity": 70} for n in range(9)]
    bought = {"part_no": "A", "procurement": "buy", "lead_time_days": 10}
    daily = [needs(n, 10) for n in range(1, 366)]
    found = lines(parts=[bought], demand=daily, consumption=history, law=Law(65, ("m",), {}))
    at = next(n for n, line in enumerate(found) if line.startswith("Order again"))
    # ten days of ten, nothing varies
    assert " ".join(line.strip() for line in found[at : at + 3]) == (
        "Order again at 100 pc there and on order, 0 of it safety stock (to last the lead time without 65 days for a "
        "licence with 95 %; lead time taken as fixed: lateness not measured)."
    )


def test_what_helps_and_what_does_not_are_told_apart() -> None:
    found = lines(
        demand=[needs(5, 10), needs(9, 10)],
        inventory=[stock(3, stock_type="transit")],
        purchase_orders=[order(2, 10, "S"), order(7, 20, "T")],
        stopped=[True, True],
        law=Law(65, ("m",), {0: "needed", 1: "applied"}),
    )
    at = next(n for n, line in enumerate(found) if line.startswith("What would make"))
    assert found[at + 1 : at + 5] == [
        f"{'  orders S/1, T/1, all released: 30 pc':<60}{'beyond horizon':>18}",
        f"{'  order S/1, released: 10 pc (licence needed, none applied':<60}{'8.0':>9}{'+4.0':>9}",
        "    for)",
        f"{'  stock in transit, once here: 3 pc':<60}{'4.3':>9}{'+0.3':>9}",
    ]
    assert found[at + 5] == "Would not help: order T/1, released: 20 pc (licence applied for)."


def test_long_lists_are_cut_with_a_count_and_all_shows_them() -> None:
    bom = graph([*(f"P{n:02}" for n in range(12)), "A"], [(f"P{n:02}", "A", 1) for n in range(12)])
    demand = [needs(day, 1, f"P{n:02}", f"SO-{n}") for n in range(12) for day in (5, 40)]
    short, every = lines(bom=bom, demand=demand), lines(every=True, bom=bom, demand=demand)
    assert "  ... 4 more (--all)" in short
    assert any(line.startswith("... ") and "until 2025-04-12 (--all)" in line for line in short)
    assert not [line for line in every if "(--all)" in line]
    assert sum(" dependent " in line for line in every) == 24


@pytest.mark.parametrize("every", [True, False])
def test_nothing_is_wider_than_a_terminal(every: bool) -> None:
    names = [f"ASSEMBLY-{n:03}" for n in range(9)]
    found = lines(
        every,
        part=names[-1],
        bom=graph(names, [(a, b, 1.123456) for a, b in pairwise(names)]),
        demand=[needs(day, 123_456.789, names[0], f"SO-{day}") for day in range(5, 90)],
        inventory=[stock(7_654_321.123, names[-1]), stock(1_234_567.5, names[-1], stock_type="consignment")],
        purchase_orders=[order(80 + n, 1_000_000, f"4500001{n}", names[-1]) for n in range(9)],
        parts=[{"part_no": names[-1], "description": "Magnet " * 20, "safety_stock": 10, "lead_time_days": 10}],
    )
    assert [line for line in found if len(line) > WIDTH] == []


def breaks(**given: Any) -> str:
    found = lines(**given)
    return next(line for line in found if line.startswith("What breaks it"))


SAFETY: dict[str, Any] = {
    "policy": {"runway_floor": "safety_stock"},
    "parts": [{"part_no": "A", "base_unit": "pc", "safety_stock": 20}],
}


@pytest.mark.parametrize(
    ("given", "first", "said"),
    [
        (
            {"inventory": [stock(-10)], "demand": [needs(5, 3)]},
            "A at P1 is short today: the stock on the books is below zero.",
            "the stock is 10 pc below zero on Mon 2025-03-03.",
        ),
        (
            {**SAFETY, "inventory": [stock(10)], "demand": [needs(5, 3)]},
            "A at P1 is below its safety stock today: nothing is on order.",
            "the stock is 10 pc below safety stock on Mon 2025-03-03.",
        ),
        (
            {**SAFETY, "inventory": [stock(10)], "demand": [needs(0, 3)]},
            "A at P1 is below its safety stock today: nothing is on order.",
            "the stock is 10 pc below safety stock on Mon 2025-03-03, before",
        ),
        (
            {**SAFETY, "inventory": [stock(21)], "demand": [needs(4, 10)]},
            "A at P1 falls below its safety stock on Friday 7 March 2025: nothing is on",
            "10 pc needed on Fri 2025-03-07, 1 pc there above safety stock.",
        ),
        (
            {"inventory": [stock(1)], "demand": [needs(4, 10)]},
            "A at P1 runs out on Friday 7 March 2025: nothing is on order.",
            "10 pc needed on Fri 2025-03-07, 1 pc there.",
        ),
    ],
)
def test_a_balance_below_its_floor_is_said_in_words(given: dict[str, Any], first: str, said: str) -> None:
    assert lines(**given)[0] == first
    assert breaks(**given) == f"What breaks it: {said}"


def test_a_phantom_has_neither_runways_nor_balances() -> None:
    found = lines(bom=graph(["P", "A"], [("P", "A", 1)], phantoms=["A"]), demand=[needs(5, 3, "P")])
    assert not any(line.startswith("Runway") for line in found)
    assert found[-1] == "2025-03-08  dependent             -3           -  P"


def test_a_part_with_average_demand_alone_says_so_once() -> None:
    history = [{"part_no": "A", "date": ON - timedelta(days=7 * n + 3), "quantity": 70} for n in range(9)]
    found = lines(policy={"without_demand": "site"}, inventory=[stock(100)], consumption=history)
    assert found[1] == "As of 2025-03-03, policy restricted. Demand is a mean of past consumption."
    # 630 in the 39 work days from 3 January on: 16.154 a day
    assert any(line.endswith("A, average consumption of 16.154 on 2025-03-12") for line in found)


def test_a_lead_time_of_zero_is_said_to_be_one() -> None:
    found = lines(parts=[{"part_no": "A", "procurement": "buy", "lead_time_days": 0}], demand=[needs(10, 5)])
    assert "  The lead time on file is 0." in found
