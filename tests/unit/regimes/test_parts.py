"""Exposure of parts, and orders whose origin or value has to be looked for."""

import pandas as pd
from regimes_world import content, day, own_content, shipped, tables, workspace

from riskplug.catalogue import GRAINS
from riskplug.regimes import judge_orders, judge_parts

ON = day("2025-04-28")
DY = {"material": "Dy", "form": "magnet", "probability": 0.98, "evidence": "grade", "mass_g_typ": 0.2}


def exposures(parts: list[dict], rows: list[dict], sourcing: list[dict] = [], **states: object) -> pd.DataFrame:  # type: ignore[type-arg] # noqa: B006
    found = judge_parts(
        tables(parts, sourcing=sourcing),
        content(rows),
        shipped(),
        workspace=workspace(),
        on=states.pop("on", ON),
        **states,
    )
    return found


def orders(part: dict, order: dict, sourcing: list[dict] = []) -> pd.DataFrame:  # type: ignore[type-arg] # noqa: B006
    line = {"order_no": "1", "line": "10", "part_no": "M", "supplier": "S1", "open_quantity": 10, **order}
    made = tables([{"part_no": "M", **part}], [line], sourcing)
    return judge_orders(made, own_content([{"part_no": "M", **DY}]), shipped(), workspace=workspace(), on=ON)


def test_a_bought_magnet_is_direct_and_what_holds_it_embedded() -> None:
    found = exposures(
        [{"part_no": "M", "country_of_origin": "CN"}, {"part_no": "MO"}],
        [{"part_no": "M", **DY}, {"part_no": "MO", **DY, "rolled_up": True}],
    ).set_index("part_no")
    assert list(found.loc[["M", "MO"], "route"]) == ["direct", "embedded"]
    assert list(found.loc[["M", "MO"], "applies"]) == ["yes", "unlikely"]
    assert "likely excluded: magnets fixed in assemblies" in found.loc["MO", "why"]


def test_an_assembly_is_listed_whatever_its_own_origin() -> None:
    found = exposures([{"part_no": "MO", "country_of_origin": "DE"}], [{"part_no": "MO", **DY, "rolled_up": True}])
    assert list(found["measure"]) == ["cn-2025-18-dy-magnet"]
    assert found["origin_country"].isna().all()


def test_columns_belong_to_the_grain_and_keys_are_unique() -> None:
    rows = [{"part_no": "M", **DY}, {"part_no": "M", **DY, "site": "US01"}]
    found = exposures([{"part_no": "M", "country_of_origin": "CN"}], rows)
    assert set(found.columns) <= set(GRAINS["exposure"].names)
    assert not found.duplicated(list(GRAINS["exposure"].keys)).any()


def test_one_source_out_of_two_is_enough() -> None:
    sourcing = [
        {"part_no": "M", "supplier": "S1", "country_of_origin": "JP", "share_pct": 70},
        {"part_no": "M", "supplier": "S2", "country_of_origin": "CN", "share_pct": 30},
    ]
    found = exposures([{"part_no": "M"}], [{"part_no": "M", **DY}], sourcing)
    assert found["origin_country"].tolist() == ["CN"]
    assert "one of JP, CN" in found["why"].iloc[0]


def test_a_part_of_no_known_origin_is_unknown() -> None:
    found = exposures([{"part_no": "M"}], [{"part_no": "M", **DY}])
    assert found["applies"].tolist() == ["unknown"]
    assert "country_of_origin" in found["why"].iloc[0]


def test_suspended_measures_are_a_scenario_beside_the_base() -> None:
    rows = [{"part_no": "M", "material": "Ho", "form": "magnet", "probability": 1, "evidence": "certificate"}]
    part = [{"part_no": "M", "country_of_origin": "CN"}]
    later = day("2026-11-11")
    assert exposures(part, rows, on=later).empty
    found = exposures(part, rows, on=later, states=("suspended", "suspended_presumed"))
    assert found["measure"].tolist() == ["cn-2025-57-ho-magnet"]
    assert found["measure_status"].tolist() == ["suspended_presumed"]


def test_masses_of_several_forms_add_up_and_an_unknown_one_makes_the_sum_unknown() -> None:
    rows = [
        {
            "part_no": "M",
            "material": "Te",
            "form": form,
            "probability": 1,
            "evidence": "certificate",
            "mass_g_typ": typ,
            "mass_g_max": top,
        }
        for form, typ, top in (("compound", 1.5, 2.0), ("crystal", 2.5, None))
    ]
    found = exposures([{"part_no": "M", "country_of_origin": "CN"}], rows).set_index("measure")
    assert found.loc["cn-2025-10-te-compound", "mass_g_typ"] == 4.0
    assert pd.isna(found.loc["cn-2025-10-te-compound", "mass_g_max"])


def test_nothing_in_gives_nothing_out_with_all_columns() -> None:
    found = exposures([], [])
    assert found.empty and "applies" in found


def test_on_a_day_without_any_measure_nothing_is_listed() -> None:
    part, early = [{"part_no": "M", "country_of_origin": "CN"}], day("1990-01-01")
    assert exposures(part, [{"part_no": "M", **DY}], on=early).empty
    made = tables(part, [{"order_no": "1", "line": "10", "part_no": "M", "open_quantity": 1}])
    assert judge_orders(made, own_content([{"part_no": "M", **DY}]), shipped(), workspace=workspace(), on=early).empty


def test_the_origin_of_an_order_is_that_of_its_supplier_before_the_part_master() -> None:
    sourcing = [
        {"part_no": "M", "supplier": "S1", "country_of_origin": "JP", "share_pct": 0},
        {"part_no": "M", "supplier": "S2", "country_of_origin": "CN", "share_pct": 100},
    ]
    assert orders({"country_of_origin": "CN"}, {}, sourcing).empty
    assert orders({"country_of_origin": "CN"}, {"supplier": "S3"}, sourcing)["origin_country"].tolist() == ["CN"]


def test_a_source_that_is_blocked_or_over_says_nothing_of_origin() -> None:
    over = {"part_no": "M", "supplier": "S1", "country_of_origin": "JP", "valid_to": pd.Timestamp("2025-04-27")}
    assert orders({}, {}, [over])["applies"].tolist() == ["unknown"]
    assert orders({}, {}, [{**over, "valid_to": pd.Timestamp("2025-04-28")}]).empty
    assert orders({}, {}, [{**over, "valid_to": pd.NaT, "blocked": True}])["applies"].tolist() == ["unknown"]


def test_chinese_goods_sold_from_elsewhere_are_likely() -> None:
    found = orders({}, {"country_of_origin": "CN", "ship_from_country": "NL"})
    assert found["applies"].tolist() == ["likely"]
    assert "shipped from NL" in found["why"].iloc[0]


def test_quantity_is_in_base_units_and_value_in_the_currency_of_the_workspace() -> None:
    made = {"country_of_origin": "CN", "unit": "thousand", "unit_price": 3.0, "due_date": pd.Timestamp("2025-05-19")}
    found = orders({}, made).iloc[0]
    assert (found["open_quantity"], found["value_at_risk"], found["days_until_due"]) == (10_000, 30, 21)
    assert pd.isna(orders({}, {**made, "currency": "USD"}).iloc[0]["value_at_risk"])
    assert pd.isna(orders({}, {**made, "unit": "kg"}).iloc[0]["open_quantity"])


def test_the_row_label_of_the_order_comes_back() -> None:
    made = tables(
        [{"part_no": "M", "country_of_origin": "CN"}],
        [
            {"order_no": "1", "line": "10", "part_no": "M", "open_quantity": 0},
            {"order_no": "2", "line": "10", "part_no": "M", "open_quantity": 5},
        ],
    )
    made["purchase_orders"].index = pd.Index([70, 90])
    found = judge_orders(made, own_content([{"part_no": "M", **DY}]), shipped(), workspace=workspace(), on=ON)
    assert found[["po_index", "order_no", "material"]].values.tolist() == [[90, "2", "Dy"]]


def test_a_source_without_a_share_delivers_nothing_to_the_part() -> None:
    sourcing = [
        {"part_no": "M", "supplier": "S1", "country_of_origin": "JP", "share_pct": 100},
        {"part_no": "M", "supplier": "S2", "country_of_origin": "CN", "share_pct": 0},
    ]
    assert exposures([{"part_no": "M"}], [{"part_no": "M", **DY}], sourcing).empty
