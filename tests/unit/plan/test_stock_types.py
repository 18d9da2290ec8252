"""Which stock counts, type by type, and what of the stock in transit is relied upon when a measure may stop it."""

from datetime import date
from typing import Any

import pandas as pd
import pytest

from riskplug.tables import STOCK_TYPES
from tests.unit.plan.worlds import SITE, after, part, planned, workspace

ON = date(2025, 3, 3)


def stock(quantity: float, kind: str | None = None, **more: Any) -> dict[str, Any]:
    return {"part_no": "A", "quantity": quantity, "stock_type": kind, **more}


def line(quantity: float, shipped: int | None, due: int | None = 300, **more: Any) -> dict[str, Any]:
    return {
        "part_no": "A",
        "order_no": "47",
        "line": str(shipped),
        "open_quantity": quantity,
        "due_date": None if due is None else after(ON, due),
        "shipped_on": None if shipped is None else after(ON, shipped),
        **more,
    }


NEED = [{"part_no": "A", "quantity": 10, "date": after(ON, 5)}]


@pytest.mark.parametrize("kind", STOCK_TYPES)
def test_a_type_counts_when_the_policy_names_it_and_by_default_only_unrestricted_does(kind: str) -> None:
    named = planned(["A"], ON, policy={"usable_stock": [kind]}, inventory=[stock(5, kind)])
    default = planned(["A"], ON, inventory=[stock(5, kind)])
    assert part(named, "A")["on_hand"] == 5
    assert part(default, "A")["on_hand"] == (5 if kind == "unrestricted" else 0)


def test_every_type_named_adds_up() -> None:
    rows = [stock(2**n, kind) for n, kind in enumerate(STOCK_TYPES)]
    found = planned(["A"], ON, policy={"usable_stock": ["unrestricted", "blocked", "transit"]}, inventory=rows)
    # 1 + 4 + 8
    assert part(found, "A")["on_hand"] == 13


def test_a_type_that_does_not_exist_is_an_error() -> None:
    with pytest.raises(ValueError, match="no stock type 'unrestrcted'; there are unrestricted, quality"):
        workspace(policy={"usable_stock": ["unrestrcted"]})


TRANSIT = {"usable_stock": ["unrestricted", "transit"]}


@pytest.mark.parametrize(
    ("shipped", "relied_upon"),
    # 8 in transit; only what an order line of the part is known to have left with counts, up to all of it
    [
        ([], 0),
        ([line(5, -1)], 5),
        ([line(5, 0)], 5),
        ([line(5, 1)], 0),
        ([line(5, None)], 0),
        ([line(5, -1), line(2, -9)], 7),
        ([line(50, -1)], 8),
    ],
)
def test_stock_in_transit_of_a_part_that_a_measure_may_stop_counts_as_far_as_it_left_its_country(
    shipped: list[dict[str, Any]], relied_upon: float
) -> None:
    found = planned(
        ["A"], ON, policy=TRANSIT, inventory=[stock(8, "transit")], purchase_orders=shipped, demand=NEED, caught=["A"]
    )
    opening = {policy: found.events("A", SITE, policy)["balance"].iloc[0] for policy in ("stock", "all", "restricted")}
    assert opening == {"stock": 8, "all": 8, "restricted": relied_upon}
    # the first 4 days are covered, and of day 5 the share that is there
    assert part(found, "A")["restricted_runway_days"] == pytest.approx(4 + relied_upon / 10)
    assert part(found, "A")["stock_runway_days"] == pytest.approx(4.8)
    said = part(found, "A")["data_warning"]
    missing = 8 - relied_upon
    expected = f"{missing:g} in transit not known to have left its country: not counted under restricted"
    assert pd.isna(said) if missing == 0 else said == expected


def test_stock_in_transit_that_no_measure_touches_counts_under_every_policy() -> None:
    found = planned(["A"], ON, policy=TRANSIT, inventory=[stock(8, "transit")], demand=NEED)
    assert part(found, "A")["restricted_runway_days"] == pytest.approx(4.8)


def test_by_default_stock_in_transit_counts_nowhere() -> None:
    found = planned(["A"], ON, inventory=[stock(8, "transit")], demand=NEED, caught=["A"])
    assert part(found, "A")["all_runway_days"] == pytest.approx(4)
    assert pd.isna(part(found, "A")["data_warning"])


def test_unrestricted_stock_of_a_part_that_a_measure_may_stop_lies_here_and_counts() -> None:
    found = planned(["A"], ON, policy=TRANSIT, inventory=[stock(8)], demand=NEED, caught=["A"])
    assert part(found, "A")["restricted_runway_days"] == pytest.approx(4.8)


def test_what_does_not_count_does_not_expire_either() -> None:
    found = planned(
        ["A"],
        ON,
        policy=TRANSIT,
        inventory=[stock(8, "transit", expires_on=after(ON, 2)), stock(10)],
        demand=NEED,
        caught=["A"],
    )
    assert part(found, "A")["restricted_runway_days_state"] == "covered_to_horizon"


def test_returns_consignment_and_project_stock_of_others_stay_apart() -> None:
    rows = [stock(5, "consignment"), stock(7, "unrestricted", owner="V-7"), stock(11, "project")]
    own = planned(["A"], ON, policy={"usable_stock": ["unrestricted", "project"]}, inventory=rows)
    theirs = planned(["A"], ON, policy={"usable_stock": ["consignment"]}, inventory=rows)
    assert (part(own, "A")["on_hand"], part(theirs, "A")["on_hand"]) == (11, 12)
