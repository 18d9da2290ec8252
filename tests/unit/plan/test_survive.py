"""What time to survive says at its edges: unknowns, horizons, what is left out."""

from math import inf, nan

import numpy as np
import pytest

from riskplug.plan.buildable import buildable_now
from riskplug.plan.survive import SURVIVAL_COLUMNS, time_to_survive
from riskplug.plan.touched import Solved
from tests.unit.plan.chains import chain_of

NEEDS = [("F", 1, "R", 1), ("R", 1, "M", 2)]
STOCK = {"M": 400, "R": 30, "F": 20}


def one(named, lost, *, doubtful=(), receipts=(), horizon=inf, product="F"):
    found = time_to_survive(named.chain, named.without(lost, doubtful, receipts), named.at(product), horizon)
    return found.products.iloc[0]


def test_an_unknown_stock_counts_as_nothing_and_makes_the_days_a_lower_bound() -> None:
    row = one(chain_of(NEEDS, STOCK | {"R": nan}, {"F": 10}), ["M"])
    assert (row["state"], row["days"], row["bound"], row["why"]) == ("runs_out", 22, "at_least", "stock unknown: 1")


def test_a_negative_stock_is_a_wrong_booking_not_a_debt() -> None:
    row = one(chain_of(NEEDS, STOCK | {"R": -7}, {"F": 10}), ["M"])
    assert (row["days"], row["bound"]) == (22, "at_least")


def test_an_incomplete_bill_of_material_makes_the_days_an_upper_bound() -> None:
    row = one(chain_of(NEEDS, STOCK, {"F": 10}, partial=["R"]), ["M"])
    assert (row["days"], row["bound"], row["why"]) == (25, "at_most", "bill of material incomplete: 1")


def test_bounds_to_both_sides_are_no_bound() -> None:
    assert one(chain_of(NEEDS, STOCK | {"M": nan}, {"F": 10}, partial=["F"]), ["M"])["bound"] == "unknown"


def test_a_loss_that_hangs_on_something_unknown_is_assumed_and_said() -> None:
    row = one(chain_of(NEEDS, STOCK, {"F": 10}), [], doubtful=["M"])
    assert (row["days"], row["bound"]) == (25, "at_least")
    assert row["why"] == "loss assumed, as what decides it is unknown: 1"


def test_an_unknown_capacity_is_relied_upon_for_nothing() -> None:
    needs = [("F", 1, "M1", 1), ("F", 1, "M2", 1)]
    row = one(chain_of(needs, {"M1": 100, "M2": 0, "F": 0}, {"F": 10}, capacity={"M2": nan}), ["M1"])
    assert (row["days"], row["bound"], row["why"]) == (10, "at_least", "capacity unknown: 1")


def test_a_product_with_an_incomplete_bill_is_unknown_where_no_loss_is_seen() -> None:
    row = one(chain_of([("G", 1, "K", 1)], {"G": 1, "K": 1, "M": 1}, {"G": 1}, partial=["G"]), ["M"], product="G")
    assert (row["state"], row["bound"], row["why"]) == ("unknown", "unknown", "bill of material incomplete")
    assert np.isnan(row["days"])


def test_the_unknown_demand_of_a_neighbour_leaves_only_the_days_alone() -> None:
    needs = [("F", 1, "M", 1), ("G", 1, "M", 1)]
    row = one(chain_of(needs, {"M": 100, "F": 0, "G": 0}, {"F": 10, "G": nan}), ["M"])
    assert (row["state"], row["alone_state"], row["alone_days"]) == ("unknown", "runs_out", 10)
    assert (row["bound"], row["why"]) == ("unknown", "demand unknown: 1")


def test_without_stock_a_product_stops_today() -> None:
    row = one(chain_of(NEEDS, dict.fromkeys(STOCK, 0), {"F": 10}), ["M"])
    assert (row["state"], row["days"]) == ("already_short", 0)


def test_days_beyond_the_horizon_are_a_state() -> None:
    row = one(chain_of(NEEDS, STOCK, {"F": 10}), ["M"], horizon=20)
    assert row["state"] == "covered_to_horizon"
    assert np.isnan(row["days"])


def test_a_horizon_between_two_receipts_is_reached_or_not() -> None:
    named = chain_of(NEEDS, STOCK, {"F": 10}, receipts=[("M", 10, 20), ("M", 24, 20), ("M", 60, 20)])
    assert one(named, ["M"], horizon=26.5)["state"] == "covered_to_horizon"
    assert one(named, ["M"], horizon=28)["days"] == pytest.approx(27)


def test_a_product_without_demand_needs_nothing() -> None:
    named = chain_of(NEEDS, STOCK, {"F": 10})
    row = one(named, ["M"], product="R")
    assert (row["state"], row["alone_state"]) == ("no_demand", "no_demand")
    assert one(chain_of(NEEDS, STOCK), ["M"])["state"] == "no_demand"


def test_products_that_share_nothing_scarce_do_not_shorten_each_other() -> None:
    needs = [("F", 1, "M", 1), ("F", 2, "K", 1), ("G", 1, "N", 1), ("G", 2, "K", 1)]
    named = chain_of(needs, {"M": 100, "N": 900, "K": 0, "F": 0, "G": 0}, {"F": 10, "G": 10})
    found = time_to_survive(named.chain, named.without(["M", "N"]), named.at("F", "G")).products
    assert named.by_name(found, "days") == {"F": 10, "G": 90}


def test_a_product_not_asked_for_takes_its_share_all_the_same() -> None:
    needs = [("F", 1, "M", 1), ("G", 1, "M", 1)]
    row = one(chain_of(needs, {"M": 100, "F": 0, "G": 0}, {"F": 10, "G": 15}), ["M"])
    assert (row["days"], row["alone_days"]) == (4, 10)


def test_a_lost_assembly_stops_what_its_components_would_allow() -> None:
    assert one(chain_of(NEEDS, STOCK, {"F": 10}), ["R"])["days"] == 5
    assert one(chain_of(NEEDS, STOCK, {"F": 10}), ["F"])["days"] == 2


def test_a_receipt_counts_unless_it_is_lost_or_of_a_part_that_can_be_had() -> None:
    needs = [*NEEDS, ("R", 2, "M", 2), ("R", 2, "K", 1)]
    named = chain_of(NEEDS, STOCK | {"K": 0}, {"F": 10}, receipts=[("M", 5, 100), ("R", 5, 100), ("K", 5, 100)])
    assert one(named, ["M"])["days"] == pytest.approx(25 + 100 / 2 / 10 + 100 / 10)
    assert one(named, ["M"], receipts=[0])["days"] == pytest.approx(35)
    assert one(named, ["M"], receipts=[0, 1])["days"] == 25
    either = chain_of(needs, STOCK | {"K": 0}, {"F": 10}, receipts=[("K", 5, 100)])
    assert one(either, ["M"])["days"] == 25


def test_a_receipt_of_today_or_earlier_is_stock_and_one_without_day_is_not_credited() -> None:
    named = chain_of(NEEDS, STOCK, {"F": 10}, receipts=[("M", -3, 20), ("M", 0, 20), ("M", nan, 20), ("M", 3, nan)])
    row = one(named, ["M"])
    assert (row["days"], row["bound"]) == (pytest.approx(27), "at_least")
    assert row["why"] == "receipt without day or quantity: 2"


def test_capacity_waits_for_nothing_and_is_not_saved_up_by_a_part_without_components() -> None:
    # 6 a day from the second source; the assembly itself makes at most 8 a day, 20 are in stock: 20/(10 - 8).
    needs = [("F", 1, "M1", 1), ("F", 1, "M2", 1)]
    named = chain_of(needs, {"M1": 900, "M2": 0, "F": 20}, {"F": 10}, capacity={"M2": 6, "F": 8})
    assert one(named, ["M1"])["days"] == pytest.approx(10)


def test_days_alone_are_missing_where_nobody_asks() -> None:
    named = chain_of(NEEDS, STOCK, {"F": 10})
    found = time_to_survive(named.chain, named.without(["M"]), named.at("F"), alone=False).products
    assert found["days"].tolist() == [25]
    assert found[["alone_state", "alone_days"]].isna().all(axis=None)


def test_the_first_to_stop_speaks_for_the_disruption() -> None:
    needs = [("F", 1, "M", 1), ("G", 1, "N", 1)]
    named = chain_of(needs, {"M": 100, "N": nan, "F": 0, "G": 900, "H": 1}, {"F": 10, "G": 10, "H": 1})
    found = time_to_survive(named.chain, named.without(["M", "N"]), named.at("F", "G", "H"))
    assert (found.first(), found.bound()) == (("runs_out", 10), "exact")
    assert time_to_survive(named.chain, named.without(["M", "N"]), named.at("G")).bound() == "at_least"
    calm = time_to_survive(named.chain, named.without([]), named.at("F", "G"))
    assert calm.first()[0] == "not_touched"


def test_a_product_of_unknown_days_may_stop_before_the_first_known_one() -> None:
    named = chain_of([("F", 1, "M", 1)], {"M": 100, "F": 0, "G": 1}, {"F": 10, "G": 1}, partial=["G"])
    found = time_to_survive(named.chain, named.without(["M"]), named.at("F", "G"))
    assert (found.first(), found.bound()) == (("runs_out", 10), "at_most")


def test_no_products_give_an_empty_frame() -> None:
    named = chain_of(NEEDS, STOCK, {"F": 10})
    found = time_to_survive(named.chain, named.without(["M"]), named.at()).products
    assert (len(found), tuple(found.columns)) == (0, SURVIVAL_COLUMNS)


def test_products_stop_in_turn_where_one_of_them_holds_the_others_up() -> None:
    # F needs M and K, G needs M alone, both 10 a day. K ends on day 5. M: 20 a day to then, 10 a day for G after it:
    # 300 last 5 + (300 - 100)/10 = 25 days for G.
    needs = [("F", 1, "M", 1), ("F", 2, "K", 1), ("G", 1, "M", 1)]
    named = chain_of(needs, {"M": 300, "K": 50, "F": 0, "G": 0}, {"F": 10, "G": 10})
    found = time_to_survive(named.chain, named.without(["M", "K"]), named.at("F", "G")).products
    assert named.by_name(found, "days") == pytest.approx({"F": 5, "G": 25})


def test_in_turn_counts_receipts_that_come_after_the_first_stop() -> None:
    needs = [("F", 1, "M", 1), ("F", 2, "K", 1), ("G", 1, "M", 1)]
    named = chain_of(needs, {"M": 300, "K": 50, "F": 0, "G": 0}, {"F": 10, "G": 10}, receipts=[("M", 20, 40)])
    found = time_to_survive(named.chain, named.without(["M", "K"]), named.at("F", "G"), 365).products
    assert named.by_name(found, "days") == pytest.approx({"F": 5, "G": 29})


def test_products_that_only_share_stop_together() -> None:
    named = chain_of([("F", 1, "M", 1), ("G", 1, "M", 1)], {"M": 300, "F": 0, "G": 0}, {"F": 10, "G": 20})
    found = time_to_survive(named.chain, named.without(["M"]), named.at("F", "G"), 365).products
    assert found[["days", "alone_days"]].to_numpy().tolist() == [pytest.approx([10, 30]), pytest.approx([10, 15])]


def test_an_unknown_stock_that_alone_makes_a_product_stop_today_leaves_it_unknown_and_the_others_known() -> None:
    needs = [("F", 1, "M", 1), ("F", 2, "K", 1), ("G", 1, "M", 1)]
    named = chain_of(needs, {"M": 300, "K": nan, "F": 0, "G": 0}, {"F": 10, "G": 10})
    found = time_to_survive(named.chain, named.without(["M", "K"]), named.at("F", "G"), 365).products
    assert named.by_name(found, "state") == {"F": "unknown", "G": "runs_out"}
    assert found["days"].tolist() == pytest.approx([nan, 30], nan_ok=True)


def test_a_lost_product_without_stock_stops_today_whatever_else_is_unknown() -> None:
    named = chain_of([("F", 1, "K", 1), ("G", 1, "K", 1)], {"K": nan, "F": 0, "G": nan}, {"F": 10, "G": 10})
    found = time_to_survive(named.chain, named.without(["F", "G", "K"]), named.at("F", "G"), 365).products
    assert named.by_name(found, "state") == {"F": "already_short", "G": "unknown"}


def test_answers_are_shared_by_disruptions_that_take_the_same_and_kept_apart_from_others() -> None:
    named, solved = chain_of(NEEDS, STOCK, {"F": 10}, receipts=[("M", 5, 20)]), Solved()

    def days(receipts=()) -> float:
        lost = named.without(["M"], receipts=receipts)
        return time_to_survive(named.chain, lost, named.at("F"), 365, solved=solved).products["days"].iloc[0]

    assert days() == pytest.approx(26)
    known = len(solved.answers)
    assert (days(), len(solved.answers)) == (pytest.approx(26), known)
    assert days(receipts=[0]) == pytest.approx(25)
    assert len(solved.answers) > known


@pytest.mark.parametrize("sure_first", [True, False])
@pytest.mark.parametrize(
    ("stock", "lost", "other"),
    [
        # M lies in no stock, and what is left of it for a moment is no end of it.
        ({"M": 0, "F": 0}, "M", []),
        ({"M": 1e-9, "F": 0}, "M", []),
        # The stock of M is unknown, so a day too few is at least that, unless F itself is surely lost.
        ({"M": nan, "F": 0}, "F", ["M"]),
    ],
)
def test_a_sure_loss_and_one_in_doubt_of_the_same_part_do_not_answer_for_each_other(
    stock, lost: str, other: list[str], sure_first: bool
) -> None:
    # The sure loss stops F today; whether the one in doubt happens is not known, so nothing is.
    named, solved = chain_of([("F", 1, "M", 1)], stock, {"F": 10}), Solved()

    def state(sure: bool) -> str:
        taken = named.without([lost, *other] if sure else other, [] if sure else [lost])
        return time_to_survive(named.chain, taken, named.at("F"), 365, solved=solved).products["state"].iloc[0]

    for sure in (sure_first, not sure_first):
        assert state(sure) == ("already_short" if sure else "unknown")


def test_a_receipt_that_comes_too_late_brings_back_nothing_that_was_used_before() -> None:
    # By day 9 F2 took 18 = 8 + 9/3 + 21/3 and F3 took 9: all 30 M. The F2 that comes on day 9 would have saved three M
    # for F3, had it come before; alone, F2 lasts (8 + 1 + 9/3 + 30/3)/2 = 11 days.
    needs = [("F2", 0, "A1", 3), ("F3", 2, "M1", 1), ("A1", 1, "M1", 1)]
    stock = {"F2": 8, "F3": 0, "A1": 9, "M1": 30}
    named = chain_of(needs, stock, {"F2": 2, "F3": 1}, receipts=[("F2", 9, 1)])
    assert one(named, ["M1"], product="F3")["days"] == pytest.approx(9)
    assert one(named, ["M1"], product="F2")["alone_days"] == pytest.approx(11)


@pytest.mark.parametrize(
    ("stock", "partial", "units", "bound", "why"),
    [
        ({"M": 400, "R": nan}, [], 200, "at_least", "stock unknown: 1"),
        ({"M": 400, "R": 30}, ["M"], 230, "at_most", "bill of material incomplete: 1"),
        ({"M": nan, "R": 30}, ["F"], 30, "unknown", "stock unknown: 1; bill of material incomplete: 1"),
        ({"M": nan, "R": 0}, [], nan, "unknown", "stock unknown: 1"),
    ],
)
@pytest.mark.parametrize("netted", [True, False])
def test_units_to_build_say_what_was_unknown_with_and_without_a_programme(
    monkeypatch: pytest.MonkeyPatch, stock, partial, units: float, bound: str, why: str, netted: bool
) -> None:
    if not netted:
        monkeypatch.setattr("riskplug.plan.buildable._netted", lambda chain, products: {})
    named = chain_of(NEEDS, {"F": 20, **stock}, partial=partial)
    [row] = buildable_now(named.chain, named.at("F")).itertuples(index=False)
    assert tuple(row) == (0, pytest.approx(units, nan_ok=True), bound, why)
