"""The grain `disruption` on companies small enough to work out by hand (see ordeals.py: 10 F and 5 G a day)."""

from datetime import date, timedelta
from typing import Any

import numpy as np
import pandas as pd
import pytest

from riskplug.facts.disruption_document import disruptions_document
from riskplug.facts.disruptions import disruption_facts
from riskplug.facts.in_short import in_short, with_products
from riskplug.workspace import Recovery
from tests.unit.facts.ordeals import LINES, ON, PARTS, SITE, SOLD, STOCK, demand, exposure, ordeals, source

CHINA = [source("M", "V-1", "CN"), source("N", "V-2", "JP")]


def row(facts: pd.DataFrame, kind: str, name: str) -> Any:
    [found] = facts[(facts["kind"] == kind) & (facts["name"] == name)].itertuples()
    return found


def day(number: int) -> date:
    return ON + timedelta(days=number)


def facts(**company: Any) -> pd.DataFrame:
    return disruption_facts(ordeals(**company), 100)


def test_an_origin_takes_the_product_without_an_alternate_and_nothing_of_the_other() -> None:
    # F: 20 + 30 + 400/2 = 250 units, 10 a day: 25 days. Back in 90 + 30 = 120: 95 days x 10 = 950 units lost,
    # 950 x (90 - 40) = 47,500 of margin, 950 x 90 = 85,500 of revenue. G is made of N instead.
    found = row(facts(sources=CHINA), "origin", "CN")
    assert (found.survive_days, found.survive_days_state, found.survive_bound) == (25, "runs_out", "exact")
    assert (found.recovery_days, found.recovery_why) == (120, "another source 90 + lead time 30 (M)")
    assert (found.gap_days, found.exposed, found.first_product, found.first_site) == (95, True, "F", SITE)
    assert (found.loss_value, found.loss_bound, found.loss_basis) == (pytest.approx(47_500), "exact", "margin")
    assert (found.lost_units, found.lost_revenue) == (pytest.approx(950), pytest.approx(85_500))
    assert (found.products_touched, found.products_stopped, found.parts_lost) == (1, 1, 1)
    # 95 days x 10 rotors of 2 magnets at 2: 1,900 x 2 = 3,800; a rotor costs 12, more than its magnets.
    assert (found.buffer_state, found.buffer_cost, found.buffer) == ("closes", pytest.approx(3_800), "1900 M")


def test_a_released_order_brings_its_goods_and_has_reserved_its_components() -> None:
    # 50 rotors come on day 10 and take 100 magnets: 20 + 30 + 50 + 300/2 = 250 units, 25 days as without the order
    order = {"part_no": "R", "open_quantity": 50, "start_date": day(2), "finish_date": day(10)}
    found = row(facts(sources=CHINA, made=[order]), "origin", "CN")
    assert (found.survive_days, found.products_touched) == (25, 1)
    # 40 magnets are issued already, 60 are reserved: 20 + 30 + 50 + 340/2 = 270
    reserved = {"part_no": "M", "date": day(2), "quantity": 60, "kind": "reservation", "reference": "P0"}
    found = row(facts(sources=CHINA, made=[order], sold=[*demand(SOLD), reserved]), "origin", "CN")
    assert (found.survive_days, found.products_touched) == (27, 1)


def test_both_sources_in_one_country_take_the_alternate_too() -> None:
    # All of M and N: G has no stock but M's. 25 magnets a day once the stocks are gone: 20t for F beyond its 50 units,
    # 5t for G: 2(10t - 50) + 5t = 400 gives t = 20.
    sources = [source("M", "V-1", "CN"), source("N", "V-2", "CN")]
    found = row(facts(sources=sources), "origin", "CN")
    assert (found.survive_days, found.products_stopped) == (pytest.approx(20), 2)
    # 120 days: F earns 50 with 2 magnets, G 30 with one (its cost is unknown, so its whole revenue counts): G is
    # served first, 400 of its 600; G loses 200 x 30, F all but 50 of its 1,200: 1,150 x 50.
    assert found.loss_value == pytest.approx(200 * 30 + 1_150 * 50)
    assert (found.loss_basis, found.lost_units) == ("mixed", pytest.approx(1_350))


def test_a_source_elsewhere_saves_a_part_and_one_of_unknown_origin_leaves_it_in_doubt() -> None:
    saved = facts(sources=[*CHINA, source("M", "V-3", "JP")])
    assert "CN" not in set(saved["name"])
    found = row(facts(sources=[*CHINA, source("M", "V-3", None)]), "origin", "CN")
    assert (found.parts_lost, found.parts_doubtful, found.survive_days_state) == (0, 1, "covered_to_horizon")
    assert (found.survive_days_least, found.survive_bound, pd.isna(found.exposed)) == (25, "at_most", True)
    assert (found.loss_value, found.loss_value_most, found.loss_bound) == (0, pytest.approx(47_500), "at_least")


def test_what_hangs_on_not_knowing_the_origin_has_a_name() -> None:
    found = row(facts(sources=[source("M", "V-1", None)]), "origin", "unknown")
    assert (found.survive_days, found.parts_lost) == (25, 1)


def test_a_source_that_is_not_released_saves_nothing() -> None:
    assert row(facts(sources=[*CHINA, source("M", "V-3", "JP", False)]), "origin", "CN").survive_days == 25
    assert row(facts(sources=[source("M", "V-1", "CN", False)]), "supplier", "V-1").survive_days == 25


def test_a_measure_takes_what_it_catches_for_a_licence_and_the_lead_time() -> None:
    found = row(facts(sources=CHINA, exposures=[exposure("M", "yes", "m-item"), exposure("R", "yes")]), "measure", "m")
    assert (found.standing, found.title, found.survive_days) == ("in_force", "No. 1", 25)
    assert (found.recovery_days, found.recovery_why) == (95, "licence 65 + lead time 30 (M)")
    assert found.loss_value == pytest.approx((95 - 25) * 10 * 50)


def test_a_ban_gives_no_licence_and_what_does_not_stop_goods_takes_nothing() -> None:
    ban = row(facts(exposures=[exposure("M", "yes", measure_kind="ban")]), "measure", "m")
    assert ban.recovery_why == "another source 90 + lead time 30 (M)"
    assert "measure" not in set(facts(exposures=[exposure("M", "yes", measure_kind="quota")])["kind"])


def test_a_measure_that_waits_is_a_row_of_its_own() -> None:
    found = facts(exposures=[exposure("M", "yes")], waiting=[exposure("M", "yes", measure_status="suspended")])
    assert found.loc[found["kind"] == "measure", "standing"].tolist() == ["in_force", "suspended"]


def test_a_measure_in_doubt_is_a_loss_only_at_the_worst() -> None:
    found = row(facts(exposures=[exposure("M", "unknown")]), "measure", "m")
    assert (found.survive_days_state, found.survive_days_least) == ("covered_to_horizon", 25)
    assert "measure" not in set(facts(exposures=[exposure("M", "unlikely")])["kind"])


def order(day: int, quantity: float = 200, **more: Any) -> dict[str, Any]:
    return {"part_no": "M", "open_quantity": quantity, "due_date": ON + timedelta(days=day), "supplier": "V-1", **more}


@pytest.mark.parametrize(
    ("kind", "name", "more", "days"),
    [
        ("origin", "CN", {}, 25),
        ("origin", "CN", {"shipped_on": pd.Timestamp(ON)}, 35),
        ("origin", "CN", {"country_of_origin": "JP"}, 35),
        ("origin", "CN", {"licence_status": "granted"}, 25),
        ("measure", "m", {}, 25),
        ("measure", "m", {"licence_status": "granted"}, 35),
        ("measure", "m", {"licence_status": "granted", "licence_valid_to": pd.Timestamp(ON)}, 25),
        ("supplier", "V-1", {"supplier": "V-9"}, 35),
        ("supplier", "V-1", {"supplier": None}, 25),
    ],
)
def test_a_receipt_that_has_left_or_may_leave_bridges_some_days(kind: str, name: str, more: dict, days: float) -> None:
    # 200 magnets on day 20 are 100 units: ten days more.
    found = facts(sources=CHINA, exposures=[exposure("M", "yes")], orders=[order(20, **more)])
    assert row(found, kind, name).survive_days == pytest.approx(days)


def test_what_was_judged_of_an_order_counts_before_what_it_says_itself() -> None:
    judged = [{"po_index": 0, "measure": "m-item", "stopped": False}]
    found = facts(exposures=[exposure("M", "yes")], orders=[order(20)], judged=judged)
    assert row(found, "measure", "m").survive_days == pytest.approx(35)


def test_a_material_takes_all_bought_parts_that_hold_it() -> None:
    content = [
        {"part_no": part, "site": SITE, "material": "Dy", "probability": p} for part, p in (("M", 1), ("N", 0.6))
    ]
    content += [{"part_no": "R", "site": SITE, "material": "Dy", "probability": 1}]
    found = row(facts(content=content), "material", "Dy")
    assert (found.parts_lost, found.survive_days) == (2, pytest.approx(20))
    content[1]["probability"] = np.nan
    found = row(facts(content=content), "material", "Dy")
    assert (found.parts_lost, found.parts_doubtful) == (1, 1)
    assert (found.survive_days, found.survive_days_least) == (25, pytest.approx(20))


def test_a_site_stops_with_its_finished_goods_and_takes_the_days_of_the_policy() -> None:
    found = row(facts(policy={"recovery_days": 14}), "site", SITE)
    assert (found.survive_days, found.survive_days_state, found.first_product) == (0, "already_short", "G")
    assert (found.recovery_days, found.exposed) == (14, True)
    assert found.loss_value == pytest.approx((14 * 10 - 20) * 50 + 14 * 5 * 30)


def test_a_planner_s_own_days_go_first() -> None:
    found = row(facts(sources=CHINA, recovery=Recovery(origin={"CN": 20})), "origin", "CN")
    assert (found.recovery_days, found.recovery_why, found.exposed) == (20, "[recovery]", False)
    assert (found.gap_days, found.loss_value, found.buffer_state) == (-5, 0, "not_needed")


def test_an_unknown_lead_time_makes_the_days_a_lower_bound_or_unknown() -> None:
    blind = [{**part, "lead_time_days": None} if part["part_no"] == "M" else part for part in PARTS]
    found = row(facts(parts=blind, sources=CHINA), "origin", "CN")
    assert (found.recovery_why, pd.isna(found.recovery_days)) == ("lead times of the parts lost are unknown", True)
    assert (found.survive_days, found.loss_bound, pd.isna(found.exposed)) == (25, "unknown", True)
    both = [source("M", "V-1", "CN"), source("N", "V-2", "CN")]
    found = row(facts(parts=blind, sources=both), "origin", "CN")
    assert found.recovery_why == "another source 90 + lead time 10 (N); lead time unknown: 1, so at least"
    assert (found.recovery_days, found.loss_bound, found.exposed) == (100, "at_least", True)


def test_an_unknown_stock_leaves_days_as_a_lower_bound_and_none_as_unknown() -> None:
    found = row(facts(sources=CHINA, stock=STOCK | {"R": None}), "origin", "CN")
    assert (found.survive_days, found.survive_bound, found.why) == (22, "at_least", "stock unknown: 1")
    found = row(facts(sources=CHINA, stock=STOCK | {"M": None, "R": 0, "F": 0}), "origin", "CN")
    assert (found.survive_days_state, pd.isna(found.survive_days), pd.isna(found.exposed)) == ("unknown", True, True)


def test_another_currency_is_no_margin() -> None:
    foreign = [{**part, "currency": "USD"} if part["part_no"] == "F" else part for part in PARTS]
    found = row(facts(parts=foreign, sources=CHINA), "origin", "CN")
    assert (found.lost_units, pd.isna(found.loss_value), found.loss_bound) == (pytest.approx(950), True, "at_least")


def test_what_is_beyond_the_bound_is_listed_and_said_to_be_open() -> None:
    made = ordeals(sources=CHINA, exposures=[exposure("M", "yes")])
    found = disruption_facts(made, 1)
    assert found["computed"].tolist() == [True] + [False] * (len(found) - 1)
    assert found["kind"].iloc[0] == "measure"
    left = found[~found["computed"]]
    assert set(left["why"]) == {"not computed: beyond [policy] disruptions"}
    assert left[["exposed", "loss_value", "survive_days"]].isna().all(axis=None)
    assert set(left["survive_days_state"]) == {"unknown"}


def test_what_comes_after_too_much_work_is_listed_and_said_to_be_open() -> None:
    # the measure touches F, R and M, two of which need another: six quantities made and kept, two served
    made = ordeals(sources=CHINA, exposures=[exposure("M", "yes")])
    found = disruption_facts(made, 100, work=7)
    assert found["computed"].tolist() == [True] + [False] * (len(found) - 1)
    assert found["why"].iloc[1] == "not computed: those before it take 7 unknowns"
    assert disruption_facts(made, 100, work=8)["computed"].tolist()[:2] == [True, True]


def test_days_with_receipts_make_a_disruption_large_and_large_ones_end_the_search(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # two days with receipts of R make three periods of eight unknowns
    made = [{"part_no": "R", "open_quantity": 50, "start_date": day(2), "finish_date": day(n)} for n in (10, 20)]
    company = ordeals(sources=CHINA, exposures=[exposure("M", "yes")], made=made)
    for module in ("plan.outcome", "facts.disruptions"):
        monkeypatch.setattr(f"riskplug.{module}.LARGEST", 24)
    assert disruption_facts(company, 1)["computed"].iloc[0]
    for module in ("plan.outcome", "facts.disruptions"):
        monkeypatch.setattr(f"riskplug.{module}.LARGEST", 23)
    monkeypatch.setattr("riskplug.facts.disruptions.TOO_LARGE", 1)
    why = disruption_facts(company, 100)["why"].str.removeprefix("not computed: ")
    large, after = "what it touches at once takes more than 23 unknowns", "1 before it are too large"
    assert why.value_counts().to_dict() == {large: 1, after: len(why) - 1}


def test_parts_nobody_needs_have_no_row() -> None:
    lonely = [*PARTS, {"part_no": "X", "procurement": "buy"}]
    found = facts(parts=lonely, sources=[source("X", "V-9", "KR")])
    assert set(found["name"]) == {SITE}


def test_more_stock_never_shortens_the_days_nor_raises_the_loss() -> None:
    before = row(facts(sources=CHINA), "origin", "CN")
    for part in STOCK:
        after = row(facts(sources=CHINA, stock=STOCK | {part: (STOCK[part] or 0) + 7}), "origin", "CN")
        assert after.survive_days >= before.survive_days
        assert after.loss_value <= before.loss_value


PRODUCT = pd.DataFrame({"part_no": ["F", "G"], "site": SITE, "revenue_at_risk": [1.0, 2.0]})


def product_rows(most: int = 10, **company: Any) -> pd.DataFrame:
    from riskplug.catalogue import GRAINS, frame

    made = ordeals(**company)
    names = made.graph.nodes["part_no"].astype("str").tolist()
    sold = np.array([names.index("F"), names.index("G")])
    rows = frame(GRAINS["product"], PRODUCT.to_dict("series"))  # type: ignore[arg-type]
    return with_products(rows, sold, made, disruption_facts(made, most), most).set_index("part_no")


def test_a_product_says_what_can_be_built_and_under_which_measure_it_stops() -> None:
    found = product_rows(exposures=[exposure("M", "yes")])
    # F: 30 rotors and 400 magnets, two each; G: 400 of M or none of N. Days and losses as above.
    assert found["buildable_units"].tolist() == pytest.approx([230, 400])
    assert (found.loc["F", "worst_measure"], found.loc["F", "survive_days"]) == ("m", 25)
    assert (found.loc["F", "lost_units"], found.loc["F", "lost_revenue"]) == (pytest.approx(700), pytest.approx(63_000))
    assert (found.loc["G", "survive_days_state"], pd.isna(found.loc["G", "worst_measure"])) == (
        "covered_to_horizon",
        True,
    )


def test_a_measure_that_was_not_worked_out_leaves_products_unknown() -> None:
    found = product_rows(most=0, exposures=[exposure("M", "yes")])
    assert found["survive_days_state"].tolist() == ["unknown", "unknown"]
    assert found["buildable_units"].isna().all()
    assert found["buildable_bound"].tolist() == ["unknown", "unknown"]


def test_a_measure_says_in_short_what_its_row_says_and_one_that_takes_nothing_loses_nothing() -> None:
    from riskplug.catalogue import GRAINS, frame

    rows = frame(GRAINS["measure"], {"measure": ["m", "other"]})
    found = in_short("measure", rows, facts(exposures=[exposure("M", "yes")])).set_index("measure")
    assert found.loc["m", ["survive_days", "recovery_days", "loss_value"]].tolist() == pytest.approx([25, 95, 35_000])
    assert found.loc["other", ["survive_days_state", "loss_value"]].tolist() == ["covered_to_horizon", 0]


def test_one_in_detail_names_products_parts_receipts_and_what_to_buy() -> None:
    made = ordeals(sources=CHINA, orders=[order(20), order(22, shipped_on=pd.Timestamp(ON))])
    document = disruptions_document(made, disruption_facts(made, 0), ON, "origin", "CN")
    [said], [detail] = document["disruptions"], document["details"]
    # worked out although the night's scan did not: 200 magnets that have left give ten days more
    assert (said["computed"], said["survive_days"]) == (True, pytest.approx(35))
    [product] = detail["products"]
    assert (product["part_no"], product["alone_days"], product["lost_units"]) == (
        "F",
        pytest.approx(35),
        pytest.approx(850),
    )
    assert detail["parts"] == [{"part_no": "M", "site": SITE, "doubtful": False, "on_hand": 400.0, "products": 2.0}]
    assert [(one["day"], one["lost"]) for one in detail["receipts"]] == [(20.0, True), (22.0, False)]
    [bought] = detail["buffer"]
    assert (bought["part_no"], bought["quantity"], bought["cost"]) == ("M", pytest.approx(1_700), pytest.approx(3_400))


def test_a_line_without_a_quantity_leaves_products_above_it_open() -> None:
    lines = [*LINES, {"parent": "G", "component": "X", "quantity": None}]
    found = row(
        facts(lines=lines, parts=[*PARTS, {"part_no": "X", "procurement": "buy"}], sources=CHINA), "origin", "CN"
    )
    assert (found.survive_days, found.survive_bound, found.exposed) == (25, "at_most", True)
    assert found.why == "bill of material of other products incomplete: 1"


def detail(made: Any, name: str) -> tuple[dict[str, Any], dict[str, dict[str, Any]]]:
    """The row of a disruption by origin, and its products by number."""
    document = disruptions_document(made, disruption_facts(made, 10), ON, "origin", name)
    [said], [told] = document["disruptions"], document["details"]
    return said, {product["part_no"]: product for product in told["products"]}


def test_the_row_and_the_products_of_the_detail_say_the_same_of_losses_in_doubt() -> None:
    # N is lost for sure: nothing stops, M stands in. M in doubt too: 20 days, as all of M and N
    said, products = detail(
        ordeals(sources=[source("N", "V-2", "CN"), source("M", "V-1", "CN"), source("M", "V-3", None)]), "CN"
    )
    assert (said["survive_bound"], said["survive_days_least"]) == ("at_most", pytest.approx(20))
    assert {name: one["survive_bound"] for name, one in products.items()} == {"F": "at_most", "G": "at_most"}


def test_a_loss_in_doubt_that_changes_no_day_leaves_the_days_exact() -> None:
    # a screw of V-9 in G only, 50,000 there: whether it is lost or not, F stops on day 25
    lines = [*LINES, {"parent": "G", "component": "S", "quantity": 1}]
    parts = [*PARTS, {"part_no": "S", "procurement": "buy"}]
    sources = [*CHINA, source("S", "V-9", "CN"), source("S", "V-8", None)]
    said, products = detail(ordeals(lines=lines, parts=parts, sources=sources, stock={**STOCK, "S": 50_000}), "CN")
    assert (said["survive_days"], said["survive_days_least"], said["survive_bound"]) == (25, 25, "exact")
    assert said["why"] == "losses in doubt stand in the columns _least and _most only"
    # G goes on with N; a screw for each of 5 a day for 10,000 days
    assert {name: (one["survive_days"], one["survive_bound"]) for name, one in products.items()} == {
        "F": (25, "exact"),
        "G": (None, "at_most"),
    }


def test_the_detail_names_the_products_of_which_nobody_can_tell() -> None:
    lines = [*LINES, {"parent": "G", "component": "X", "quantity": None}]
    said, products = detail(
        ordeals(lines=lines, parts=[*PARTS, {"part_no": "X", "procurement": "buy"}], sources=CHINA), "CN"
    )
    assert said["survive_bound"] == "at_most"
    assert {name: (one["survive_days_state"], one["survive_bound"]) for name, one in products.items()} == {
        "F": ("runs_out", "exact"),
        "G": ("unknown", "unknown"),
    }
    assert products["G"]["why"] == "bill of material incomplete"


def test_a_product_of_which_nobody_can_tell_stands_there_once_where_a_loss_in_doubt_reaches_it() -> None:
    lines = [*LINES, *({"parent": "G", "component": c, "quantity": n} for c, n in [("X", None), ("S", 1)])]
    parts = [*PARTS, *({"part_no": name, "procurement": "buy"} for name in "XS")]
    made = ordeals(lines=lines, parts=parts, sources=[*CHINA, source("S", "V-9", "CN"), source("S", "V-8", None)])
    document = disruptions_document(made, disruption_facts(made, 10), ON, "origin", "CN")
    [told] = document["details"]
    assert [(one["part_no"], one["survive_days_state"]) for one in told["products"]] == [
        ("F", "runs_out"),
        ("G", "unknown"),
    ]


def test_a_product_that_only_a_loss_in_doubt_stops_is_covered_at_most() -> None:
    found = product_rows(exposures=[exposure("M", "unknown")])
    assert found.loc["F", ["survive_days_state", "survive_bound"]].tolist() == ["covered_to_horizon", "at_most"]
    assert pd.isna(found.loc["F", "worst_measure"])


def many(count: int = 12) -> dict[str, Any]:
    """Products that share magnets of two, each from one supplier in one of three countries."""
    numbers = range(count)
    made = [{"part_no": f"F{n}", "procurement": "make", "is_product": True, "unit_revenue": 50 + n} for n in numbers]
    bought = [{"part_no": f"M{n}", "procurement": "buy", "lead_time_days": 10 + n, "unit_cost": 1 + n} for n in numbers]
    return {
        "parts": [*made, *bought],
        "lines": [
            {"parent": f"F{n}", "component": f"M{part % count}", "quantity": 1 + n % 3}
            for n in numbers
            for part in (n, n + 1)
        ],
        "stock": {f"M{n}": 100.0 * (n + 1) for n in numbers} | {f"F{n}": 5.0 * n for n in numbers},
        "sold": {f"F{n}": 1 + n % 4 for n in numbers},
        "sources": [source(f"M{n}", f"V-{n % 5}", ("CN", "JP", "US")[n % 3]) for n in numbers],
        "exposures": [exposure(f"M{n}", "yes" if n % 2 else "unknown") for n in range(0, count, 3)],
    }


def test_only_what_was_counted_as_computed_is_told_of_products() -> None:
    given = ordeals(**many())
    found = disruption_facts(given, 100, work=0)
    assert found["computed"].sum() == 1
    [first] = found.loc[found["computed"].fillna(False), "name"]
    assert [name for _, name, _ in given.outcomes] == [first]
