"""When each material stops something, and what its figures leave out."""

from datetime import date

import pandas as pd

from riskplug.catalogue import GRAINS, frame
from riskplug.facts.totals import material_facts

PART = frame(
    GRAINS["part"],
    {
        "part_no": ["M", "N", "O", "P"],
        "site": "S1",
        "on_hand": [10.0, 20.0, 5.0, 0.0],
        "on_order": [0.0, 5.0, 0.0, 0.0],
        "daily_demand": [1.0, 2.0, 1.0, 3.0],
        "stock_out_date": pd.to_datetime(["2025-06-02", "2025-05-05", None, "2025-05-01"]),
        "restricted_runway_days_state": ["runs_out", "runs_out", "unknown", "runs_out"],
    },
)
PRODUCT = frame(GRAINS["product"], {"part_no": ["P"], "site": "S1"})


def content(part_no: str, material: str, mass: float | None, rolled_up: bool = False) -> dict[str, object]:
    return {
        "part_no": part_no,
        "site": "S1",
        "material": material,
        "mass_g_typ": mass,
        "probability": 1.0,
        "rolled_up": rolled_up,
    }


def facts() -> pd.DataFrame:
    rows = [content("M", "Dy", 2.0), content("N", "Dy", None), content("O", "Dy", 1.0), content("O", "Tb", 1.0)]
    inside = frame(GRAINS["content"], pd.DataFrame([*rows, content("P", "Dy", 5.0, True)]).to_dict("series"))  # type: ignore[arg-type]
    idle = pd.DataFrame({"material": ["Dy"], "recoverable_kg": [0.0]})
    named = pd.DataFrame({"material": ["Dy"], "designations": ["list"]})
    known = pd.DataFrame({"material": [], "concentration": []})
    return material_facts(PART, PRODUCT, inside, known, frozenset({"Dy", "Tb"}), idle, named).set_index("material")


def test_a_material_stops_something_when_the_first_part_that_holds_it_is_missing() -> None:
    found = facts().loc["Dy"]
    # the assembly P holds it by its components only: they are what is missing
    assert (found["first_stop_date"].date(), found["first_stop_part"], found["first_stop_site"]) == (
        date(2025, 5, 5),
        "N",
        "S1",
    )


def test_parts_of_unknown_mass_and_runway_are_counted_beside() -> None:
    found = facts().loc["Dy"]
    # kilograms: M 10 x 2 g, O 5 x 1 g; N has no mass
    assert (found["stock_kg"], found["parts_without_mass"], found["parts_without_runway"]) == (0.025, 1, 1)


def test_a_material_whose_only_part_has_no_known_runway_has_no_date() -> None:
    found = facts().loc["Tb"]
    assert pd.isna(found["first_stop_date"])
    assert pd.isna(found["first_stop_part"])
    assert found["parts_without_runway"] == 1


def test_the_worst_product_is_the_one_that_stops_first_of_those_that_hold_the_material() -> None:
    product = frame(
        GRAINS["product"],
        {
            "part_no": ["M", "N", "P", "Z"],
            "site": "S1",
            "time_to_survive_days": [2.0, 4.0, 3.0, 1.0],
            "time_to_survive_days_state": "runs_out",
        },
    )
    rows = [content("M", "Dy", 2.0), content("N", "Dy", 1.0), content("P", "Dy", 1.0, True), content("O", "Tb", 1.0)]
    inside = frame(GRAINS["content"], pd.DataFrame(rows).to_dict("series"))  # type: ignore[arg-type]
    idle, named = (
        pd.DataFrame({"material": [], "recoverable_kg": []}),
        pd.DataFrame({"material": [], "designations": []}),
    )
    known = pd.DataFrame({"material": [], "concentration": []})
    found = material_facts(PART, product, inside, known, frozenset({"Dy", "Tb"}), idle, named).set_index("material")
    assert found.loc["Dy", ["worst_product", "worst_runway_days", "products"]].tolist() == ["M", 2.0, 3.0]
    assert pd.isna(found.loc["Tb", "products"])
