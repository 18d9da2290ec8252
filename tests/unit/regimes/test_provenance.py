"""Where goods come from when the part itself does not say: components, earlier stages, and shares of value."""

from typing import Any

import numpy as np
import pandas as pd
import pytest
from regimes_world import content, day, own_content, shipped, tables, workspace
from scipy import sparse

from riskplug.model import BomGraph
from riskplug.regimes import judge_orders, judge_parts
from riskplug.workspace import Workspace

DY = {"material": "Dy", "form": "magnet", "probability": 1.0, "evidence": "certificate"}
NO_61 = "cn-2025-61-1a-dy-magnet"


def bom(*lines: tuple[str, str, float], site: str = "DE01") -> BomGraph:
    """A graph of parts at one site; a part stands below all that contain it."""
    names = sorted({name for parent, component, _ in lines for name in (parent, component)})
    built = np.zeros((len(names), len(names)))
    for parent, component, quantity in lines:
        built[names.index(parent), names.index(component)] = quantity
    level = np.zeros(len(names), dtype=np.int32)
    for _ in names:
        for parent, component, _ in lines:
            level[names.index(component)] = max(level[names.index(component)], level[names.index(parent)] + 1)
    nodes = pd.DataFrame({"part_no": pd.Categorical(names), "site": pd.Categorical([site] * len(names))})
    matrix, no = sparse.csr_array(built), np.zeros(len(names), dtype=bool)
    return BomGraph(nodes, matrix, matrix, sparse.csr_array(built.shape), level, no, (), no, pd.DataFrame())


def judged(
    parts: list[dict[str, Any]],
    rows: list[dict[str, Any]],
    *lines: tuple[str, str, float],
    sourcing: list[dict[str, Any]] | None = None,
    on: str = "2025-04-28",
    site: str = "DE01",
    **more: Any,
) -> pd.DataFrame:
    place = more.pop("workspace", workspace())
    rows = [{"site": site, **row} for row in rows]
    found = judge_parts(
        tables(parts, sourcing=sourcing or []),
        content(rows),
        shipped(),
        workspace=place,
        on=day(on),
        graph=bom(*lines, site=site) if lines else None,
        **more,
    )
    return found.set_index(["part_no", "measure"]).sort_index()


ROTOR = {"part_no": "ROTOR", "procurement": "make"}
MOTOR = {"part_no": "MOTOR", "procurement": "make"}


def magnets(**origins: str | None) -> list[dict[str, Any]]:
    return [{"part_no": name, "country_of_origin": country} for name, country in origins.items()]


def chain(rotor: dict[str, Any], **origins: str | None) -> pd.DataFrame:
    """A motor made of a rotor made of magnets."""
    held = [{"part_no": name, **DY} for name in origins]
    rolled = [{"part_no": name, **DY, "rolled_up": True} for name in ("MOTOR", "ROTOR")]
    lines = [("MOTOR", "ROTOR", 1.0), *(("ROTOR", name, 4.0) for name in origins)]
    return judged([MOTOR, rotor, *magnets(**origins)], [*held, *rolled], *lines)


def test_an_assembly_made_here_takes_the_origins_of_what_is_in_it_through_all_levels() -> None:
    found = chain(ROTOR, A="CN", B="JP").xs("cn-2025-18-dy-magnet", level="measure")
    assert found["origin_country"].to_dict() == {"A": "CN", "MOTOR": "CN", "ROTOR": "CN"}
    assert found.loc["MOTOR", "applies"] == "unlikely"


def test_an_assembly_whose_magnets_all_come_from_elsewhere_is_outside() -> None:
    assert chain(ROTOR, A="JP").empty


def test_an_assembly_with_one_magnet_of_unknown_origin_stays() -> None:
    found = chain(ROTOR, A="JP", B=None).xs("cn-2025-18-dy-magnet", level="measure")
    assert sorted(found.index) == ["B", "MOTOR", "ROTOR"] and found["origin_country"].isna().all()


def test_what_a_bought_assembly_holds_comes_from_nobody_knows_where() -> None:
    found = chain({**ROTOR, "procurement": "buy"}, A="JP").xs("cn-2025-18-dy-magnet", level="measure")
    assert sorted(found.index) == ["MOTOR", "ROTOR"] and found["origin_country"].isna().all()
    found = chain({**ROTOR, "procurement": "buy"}, A="CN").xs("cn-2025-18-dy-magnet", level="measure")
    assert found.loc["A", "origin_country"] == "CN" and found["origin_country"].isna().sum() == 2


def test_an_assembly_that_is_also_bought_adds_the_unknown_to_its_origins() -> None:
    found = chain({**ROTOR, "procurement": "both"}, A="JP").xs("cn-2025-18-dy-magnet", level="measure")
    assert sorted(found.index) == ["MOTOR", "ROTOR"]
    found = chain({**ROTOR, "procurement": "both"}, A="CN").xs("cn-2025-18-dy-magnet", level="measure")
    assert set(found["origin_country"]) == {"CN"}


def test_more_countries_than_fit_one_word_are_told_apart() -> None:
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    many = {f"M{a}{b}": f"{a}{b}" for a in "QRX" for b in letters if f"{a}{b}" != "QQ"}
    found = chain(ROTOR, **many, LAST="CN").xs("cn-2025-18-dy-magnet", level="measure")
    assert found.loc["MOTOR", "origin_country"] == "CN"
    assert chain(ROTOR, **many).empty


def test_a_magnet_of_unproven_grade_is_unknown_as_an_exposure_too() -> None:
    own = pd.DataFrame({"part_no": ["M"], "magnet_unproven": [True]})
    guess = {"part_no": "M", **DY, "probability": 0.2, "evidence": "description"}
    part = {"part_no": "M", "country_of_origin": "CN", "site": "DE01"}
    found = judged([part], [guess], own_parts=own)
    line = {"order_no": "1", "line": "10", "part_no": "M", "open_quantity": 1}
    ordered = judge_orders(
        tables([part], [line]), own_content([guess], ["M"]), shipped(), workspace=workspace(), on=day("2025-04-28")
    )
    assert found["applies"].unique().tolist() == ["unknown"]
    assert found.loc["M"]["why"].to_dict() == ordered.set_index("measure")["why"].to_dict()


def sourced(**more: str | None) -> list[dict[str, Any]]:
    return [{"part_no": "M", "supplier": "S", "country_of_origin": "JP", **more}]


CLEAN = {"country_of_melting": "JP", "country_of_refining": "MY", "country_of_mining": "AU"}
NDFEB = {"part_no": "M", "material": "Nd", "form": "magnet", "probability": 1.0, "evidence": "certificate"}


@pytest.mark.parametrize(
    ("on", "stages", "why"),
    [
        ("2026-12-31", {"country_of_melting": "CN"}, "country_of_melting CN"),
        ("2026-12-31", {}, "country_of_melting would settle it"),
        ("2026-12-31", {"country_of_melting": "JP", "country_of_mining": "CN"}, None),
        (
            "2027-01-01",
            {**CLEAN, "country_of_mining": "CN"},
            "mining CN",
        ),
        (
            "2027-01-01",
            {**CLEAN, "country_of_refining": "CN"},
            "refining CN",
        ),
        ("2027-01-01", {"country_of_melting": "JP"}, "country_of_mining and country_of_refining would settle it"),
        ("2027-01-01", CLEAN, None),
        ("2027-01-01", {"country_of_melting": "CN", "material": "Nd"}, "country_of_melting CN"),
        ("2027-01-01", {"country_of_melting": "CN", "material": "Fe"}, "country_of_melting would settle it"),
    ],
)
def test_earlier_stages_count_from_the_day_the_law_says(on: str, stages: dict[str, str], why: str | None) -> None:
    measure = "us-4872-ndfeb-melt" if on < "2027" else "us-4872-ndfeb-mine"
    place = workspace(end_uses={"us-4872": "yes"})
    found = judged([{"part_no": "M"}], [NDFEB], sourcing=sourced(**stages), on=on, site="US01", workspace=place)
    line = {"order_no": "1", "line": "10", "part_no": "M", "supplier": "S", "open_quantity": 1, "site": "US01"}
    made = tables([{"part_no": "M"}], [line], sourced(**stages))
    ordered = judge_orders(made, own_content([NDFEB]), shipped(), workspace=place, on=day(on)).set_index("measure")
    for rows in (found.droplevel("part_no"), ordered):
        if why is None:
            assert measure not in rows.index
        else:
            assert why in rows.loc[measure, "why"]
            assert rows.loc[measure, "applies"] == ("unknown" if "settle" in why else "yes")


def test_what_a_source_says_of_one_material_goes_before_what_it_says_of_all() -> None:
    both = [*sourced(country_of_melting="CN"), *sourced(country_of_melting="JP", material="Nd")]
    found = judged([{"part_no": "M"}], [NDFEB], sourcing=both, on="2026-12-31", site="US01")
    assert found.empty


def priced(**prices: float) -> Workspace:
    return Workspace.model_validate({**workspace().model_dump(by_alias=True), "prices": prices})


def share(parts: list[dict[str, Any]], rows: list[dict[str, Any]], *lines: Any, **more: Any) -> pd.Series:
    """The magnet or what holds it under No. 61 item 1(1), announced on that day."""
    found = judged(parts, rows, *lines, on="2025-10-20", states=("announced",), **more)
    return found.loc[(parts[0]["part_no"], NO_61)]


def grams(part: str, mass: float | None, **more: Any) -> dict[str, Any]:
    return {"part_no": part, **DY, **dict.fromkeys(("mass_g_min", "mass_g_typ", "mass_g_max"), mass), **more}


JAPANESE = {"part_no": "M", "country_of_origin": "JP", "unit_cost": 100.0}
FROM_CN = sourced(country_of_refining="CN", country_of_melting="JP")


def test_the_mass_in_a_bought_magnet_counts_with_its_declared_price() -> None:
    # 1 g at 340 a kilogram is 0.34 in a magnet of 100
    row = share([JAPANESE], [grams("M", 1.0)], sourcing=FROM_CN, workspace=priced(Dy=340))
    assert row["applies"] == "yes"
    assert "CN Part 1 inputs 0.34 % of its value, at least 0.1 %" in row["why"]


@pytest.mark.parametrize(("cost", "applies"), [(340.0, "yes"), (340.1, "unlikely")])
def test_the_tenth_of_a_percent_is_inclusive(cost: float, applies: str) -> None:
    part = {**JAPANESE, "unit_cost": cost}
    row = share([part], [grams("M", 1.0)], sourcing=FROM_CN, workspace=priced(Dy=340))
    assert row["applies"] == applies


@pytest.mark.parametrize(
    ("part", "mass", "sourcing", "prices", "field"),
    [
        ({"unit_cost": None}, 1.0, FROM_CN, {"Dy": 340}, "unit_cost"),
        ({"currency": "USD"}, 1.0, FROM_CN, {"Dy": 340}, "unit_cost"),
        ({}, None, FROM_CN, {"Dy": 340}, "declarations.mass_g"),
        ({}, 1.0, FROM_CN, {}, "prices"),
        ({}, 1.0, sourced(), {"Dy": 340}, "country_of_refining and country_of_melting"),
    ],
)
def test_what_keeps_a_share_from_being_known_is_named(
    part: dict[str, Any], mass: float | None, sourcing: list[dict[str, Any]], prices: dict[str, float], field: str
) -> None:
    row = share([{**JAPANESE, **part}], [grams("M", mass)], sourcing=sourcing, workspace=priced(**prices))
    assert row["applies"] == "unknown"
    assert f"not known: {field} would settle it" in row["why"]


def test_a_magnet_from_no_chinese_input_is_below() -> None:
    clean = sourced(country_of_refining="MY", country_of_melting="JP")
    row = share([JAPANESE], [grams("M", 1.0)], sourcing=clean, workspace=priced(Dy=340))
    assert row["applies"] == "unlikely" and "at most 0 % of its value, below 0.1 %" in row["why"]


ALLOY = {"part_no": "DYFE", "country_of_origin": "CN", "unit_cost": 0.4}
MADE = {"part_no": "MAG", "procurement": "make", "unit_cost": 20.0}
DYFE = {"part_no": "DYFE", "material": "Dy", "form": "alloy", "probability": 1.0, "evidence": "certificate"}


def test_inputs_add_up_through_all_levels_by_their_cost() -> None:
    # a motor of 800 holds 6 magnets with 0.5 g of an alloy at 0.4 a gram: 1.2 in 800 is 0.15 %
    motor = {**MOTOR, "unit_cost": 800.0}
    rows = [DYFE, grams("MAG", 0.1, rolled_up=True), grams("MOTOR", 0.6, rolled_up=True)]
    row = share([motor, MADE, ALLOY], rows, ("MOTOR", "MAG", 6.0), ("MAG", "DYFE", 0.5))
    assert "CN Part 1 inputs 0.15 % of its value" in row["why"] and row["origin_country"] == "DE"
    assert row["applies"] == "yes"


def test_a_value_reckoned_from_components_is_only_likely() -> None:
    motor = {**MOTOR, "unit_cost": None}
    rows = [DYFE, grams("MAG", 0.1, rolled_up=True), grams("MOTOR", 0.6, rolled_up=True)]
    row = share([motor, MADE, ALLOY], rows, ("MOTOR", "MAG", 6.0), ("MAG", "DYFE", 0.5))
    assert row["applies"] == "likely"  # 1.2 in 6 x 20
    assert "CN Part 1 inputs 1 % of its value" in row["why"] and "unit_cost would settle it" in row["why"]


def test_an_order_of_a_magnet_is_judged_by_the_same_share() -> None:
    line = {"order_no": "1", "line": "10", "part_no": "M", "supplier": "S", "open_quantity": 1}
    own = own_content([grams("M", 1.0)])
    found = judge_orders(
        tables([JAPANESE], [line], FROM_CN),
        own,
        shipped(),
        workspace=priced(Dy=340),
        on=day("2025-10-20"),
        states=("announced",),
    ).set_index("measure")
    assert "CN Part 1 inputs 0.34 % of its value" in found.loc[NO_61, "why"]
