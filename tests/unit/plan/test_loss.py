"""Loss, buffers and buildable units at their edges."""

from math import inf, nan

import numpy as np
import pytest

from riskplug.plan.buffer import cheapest_buffer
from riskplug.plan.buildable import buildable_now, buildable_together
from riskplug.plan.loss import loss_over_recovery
from tests.unit.plan.chains import chain_of

NEEDS = [("F", 1, "R", 1), ("R", 1, "M", 2)]
STOCK = {"M": 400, "R": 30, "F": 20}
SHARED = [("F", 1, "M", 1), ("G", 1, "M", 1)]


def test_an_unknown_margin_leaves_the_units_and_no_money() -> None:
    named = chain_of(NEEDS, STOCK, {"F": 10})
    found = loss_over_recovery(named.chain, named.without(["M"]), 40)
    assert named.by_name(found.products, "lost_units") == {"F": pytest.approx(150)}
    assert np.isnan(found.value)
    assert (found.bound, found.why) == ("at_least", "margin unknown: 1")


def test_an_unknown_margin_costs_nothing_where_nothing_is_lost() -> None:
    named = chain_of(NEEDS, STOCK, {"F": 10})
    found = loss_over_recovery(named.chain, named.without(["M"]), 25)
    assert (found.value, found.bound) == (0, "exact")


def test_beside_a_known_margin_an_unknown_one_yields_and_the_loss_is_a_lower_bound() -> None:
    named = chain_of(SHARED, {"M": 100, "F": 0, "G": 0}, {"F": 10, "G": 10}, {"F": 3})
    found = loss_over_recovery(named.chain, named.without(["M"]), 12)
    assert named.by_name(found.products, "lost_units") == pytest.approx({"F": 20, "G": 120})
    assert (found.value, found.bound) == (pytest.approx(60), "at_least")


def test_units_that_cost_nothing_are_not_lost_without_need() -> None:
    named = chain_of(SHARED, {"M": 100, "F": 0, "G": 0}, {"F": 2, "G": 6}, {"F": 3, "G": 0})
    found = loss_over_recovery(named.chain, named.without(["M"]), 20)
    assert named.by_name(found.products, "lost_units") == pytest.approx({"F": 0, "G": 60}, abs=1e-5)


def test_an_unknown_stock_makes_the_loss_an_upper_bound() -> None:
    named = chain_of(NEEDS, STOCK | {"M": nan}, {"F": 10}, {"F": 50})
    found = loss_over_recovery(named.chain, named.without(["M"]), 40)
    assert (found.value, found.bound, found.why) == (pytest.approx(17500), "at_most", "stock unknown: 1")


def test_an_incomplete_bill_of_an_untouched_product_makes_the_loss_a_lower_bound() -> None:
    named = chain_of(NEEDS, STOCK | {"G": 1}, {"F": 10, "G": 1}, {"F": 50}, partial=["G"])
    found = loss_over_recovery(named.chain, named.without(["M"]), 40)
    assert (found.bound, found.why) == ("at_least", "bill of material of other products incomplete: 1")


def test_an_unknown_demand_leaves_the_loss_unknown() -> None:
    named = chain_of(SHARED, {"M": 100, "F": 0, "G": 0}, {"F": 10, "G": nan}, {"F": 3, "G": 1})
    found = loss_over_recovery(named.chain, named.without(["M"]), 12)
    assert np.isnan(found.value)
    assert found.products["lost_units"].isna().all()
    assert (found.bound, found.why) == ("unknown", "products whose demand, or that of one beside them, is unknown: 2")


def test_no_time_to_recover_and_no_touched_product_lose_nothing() -> None:
    named = chain_of(NEEDS, dict.fromkeys(STOCK, 0), {"F": 10}, {"F": 50})
    assert loss_over_recovery(named.chain, named.without(["M"]), 0).value == 0
    found = loss_over_recovery(named.chain, named.without([]), 40)
    assert (found.value, len(found.products), found.bound) == (0, 0, "exact")


@pytest.mark.parametrize("days", [-1.0, inf, nan])
def test_a_time_to_recover_is_a_number_of_days(days: float) -> None:
    named = chain_of(NEEDS, STOCK, {"F": 10})
    with pytest.raises(ValueError, match="a time to recover is a number of days"):
        loss_over_recovery(named.chain, named.without(["M"]), days)
    with pytest.raises(ValueError, match="a time to recover is a number of days"):
        cheapest_buffer(named.chain, named.without(["M"]), days, np.ones(3))


def test_the_cheapest_buffer_is_the_part_that_costs_least_for_a_product() -> None:
    named = chain_of(NEEDS, STOCK, {"F": 10})
    cost = np.array([3.0, 7.0, 20.0])
    # 15 days of 10 drives: 300 magnets at 3 or 150 motors at 7
    found = cheapest_buffer(named.chain, named.without(["M"]), 40, cost)
    assert named.by_name(found.stock, "quantity") == {"M": pytest.approx(300)}
    assert (found.state, found.cost, found.bound) == ("closes", pytest.approx(900), "exact")
    cost[1] = 5.0
    found = cheapest_buffer(named.chain, named.without(["M"]), 40, cost)
    assert named.by_name(found.stock, "quantity") == {"R": pytest.approx(150)}


def test_a_part_of_unknown_cost_is_no_buffer() -> None:
    named = chain_of(NEEDS, STOCK, {"F": 10})
    found = cheapest_buffer(named.chain, named.without(["M"]), 40, np.array([nan, 7.0, 20.0]))
    assert named.by_name(found.stock, "quantity") == {"R": pytest.approx(150)}
    assert (found.bound, found.why) == ("at_most", "cost unknown: 1")
    found = cheapest_buffer(named.chain, named.without(["M"]), 40, np.full(3, nan))
    assert (found.state, len(found.stock)) == ("impossible", 0)


def test_no_buffer_is_needed_within_the_days_survived_and_an_unknown_demand_gives_none() -> None:
    named = chain_of(NEEDS, STOCK, {"F": 10})
    found = cheapest_buffer(named.chain, named.without(["M"]), 25, np.ones(3))
    assert (found.state, found.cost) == ("not_needed", 0)
    named = chain_of(NEEDS, STOCK, {"F": nan})
    found = cheapest_buffer(named.chain, named.without(["M"]), 25, np.ones(3))
    assert found.state == "unknown"
    assert np.isnan(found.cost)


def test_a_buffer_fills_the_time_before_a_late_receipt() -> None:
    named = chain_of(NEEDS, STOCK, {"F": 10}, receipts=[("M", 30, 200)])
    found = cheapest_buffer(named.chain, named.without(["M"]), 40, np.array([1.0, 9.0, 9.0]))
    assert named.by_name(found.stock, "quantity") == {"M": pytest.approx(100)}


def test_what_cannot_be_counted_is_no_unit_and_a_purchase_has_no_units_to_build() -> None:
    named = chain_of(NEEDS, STOCK | {"M": nan}, {"F": 10})
    found = buildable_now(named.chain, named.at("F", "M"))
    rows = named.by_name(found, "units", "bound", "why")
    assert rows["F"] == (pytest.approx(30), "at_least", "stock unknown: 1")
    assert rows["M"] == (pytest.approx(nan, nan_ok=True), "unknown", "no bill of material")


def test_a_receipt_due_today_is_not_in_stock_yet() -> None:
    named = chain_of(NEEDS, STOCK, {"F": 10}, receipts=[("M", 0, 100)])
    assert buildable_now(named.chain, named.at("F"))["units"].tolist() == pytest.approx([230])


def test_shared_stock_goes_to_the_product_that_makes_most_of_it() -> None:
    needs = [("F1", 1, "M", 1), ("F2", 1, "M", 4), ("F2", 2, "K", 1)]
    named = chain_of(needs, {"M": 1000, "K": 100, "F1": 7, "F2": 7})
    found = buildable_together(named.chain, named.at("F1", "F2"), np.array([5.0, 40.0]))
    assert named.by_name(found, "units") == pytest.approx({"F1": 600, "F2": 100})
    alone = buildable_now(named.chain, named.at("F2", "F1"))
    assert named.by_name(alone, "units") == pytest.approx({"F1": 1000, "F2": 100})


def test_weights_are_known_and_positive() -> None:
    named = chain_of(NEEDS, STOCK)
    with pytest.raises(ValueError, match="weights must be known"):
        buildable_together(named.chain, named.at("F"), np.array([nan]))
