"""Weights of magnets and of covered material in products, and the two tests that turn on them; worked by hand."""

from datetime import date
from typing import Any

import numpy as np
import pandas as pd
import pytest

from riskplug.bom import roll_up_content
from riskplug.catalogue import GRAINS
from riskplug.facts.weights import mass_coverage, spend_coverage, unit_mass_g, weight_tests
from tests.unit.bom.boms import grams, graph_of, line, node, own

OLD, NEW = date(2026, 12, 31), date(2027, 1, 1)
Row = dict[str, Any]
# A product of two magnets and a housing.
LINES = [line("P", "M", 2), line("P", "H", 1)]


def about(graph: Any, rows: dict[str, Row]) -> pd.DataFrame:
    names = graph.nodes["part_no"].astype("str")
    columns = ("base_unit", "unit_mass_g", "unit_cost", "currency", "procurement")
    made = pd.DataFrame([{"base_unit": "pc"} | rows.get(name, {}) for name in names]).reindex(columns=list(columns))
    return made.astype({"unit_mass_g": "float64", "unit_cost": "float64", "base_unit": "str"})


def parts(known: str) -> pd.DataFrame:
    return pd.DataFrame({"part_no": list(known), "content_known": True})


def weighed_product(
    evidence: list[Row], weights: dict[str, float], known: str = "M", lines: list[Row] = LINES, on: date = NEW
) -> Row:
    """The facts of product P. ``weights``: unit masses in grams."""
    graph = graph_of(lines)
    master = about(graph, {name: {"unit_mass_g": mass} for name, mass in weights.items()})
    mass = mass_coverage(graph, master, parts(known))
    chosen = np.zeros(len(graph.nodes), dtype=bool)
    chosen[node(graph, "P")] = True
    content = roll_up_content(graph, own(evidence))
    found = weight_tests(graph, master, content, mass, chosen, on)
    assert len(found) == 1 and set(found) <= set(GRAINS["product"].names)
    return dict(found.iloc[0])


def magnet(part: str = "M", **more: Any) -> Row:
    """30.6 % rare earth, as a magnet of 100 g holds it: 30 g neodymium, 0.6 g dysprosium are further rows."""
    return grams(part, 30.6, material="Nd", evidence="dimensions_grade") | more


def bounds(row: Row, name: str) -> list[float]:
    return [row[f"{name}_{bound}"] for bound in ("min", "typ", "max")]


def test_a_magnet_of_known_unit_mass_weighs_that() -> None:
    row = weighed_product([magnet()], {"M": 120, "H": 60})
    assert bounds(row, "magnet_mass_kg") == [0.24, 0.24, 0.24]
    assert (row["magnets_over_200_g"], row["magnets_over_200_g_why"]) == ("yes", None)


def test_a_magnet_of_unknown_unit_mass_is_reckoned_from_its_rare_earths() -> None:
    row = weighed_product([magnet()], {"H": 60})
    # 2 x 30.6 g: over 37 %, over 30.6 %, over 10 %
    assert bounds(row, "magnet_mass_kg") == pytest.approx([0.0612 / 0.37, 0.2, 0.612])
    assert row["magnets_over_200_g"] == "unknown"


def test_a_magnet_weighs_no_more_than_the_part_it_is_in() -> None:
    declared = magnet(evidence="full_declaration")
    assert bounds(weighed_product([declared], {"M": 150, "H": 60}), "magnet_mass_kg") == pytest.approx(
        [0.0612 / 0.37, 0.2, 0.3]
    )


def test_samarium_cobalt_counts_and_samarium_without_cobalt_has_no_lower_mass() -> None:
    smco = [grams("M", 25, material="Sm", evidence="grade"), grams("M", 50, material="Co", evidence="grade")]
    assert bounds(weighed_product(smco, {}), "magnet_mass_kg") == pytest.approx([0.05 / 0.37, 0.2, 0.5])
    assert bounds(weighed_product(smco[:1], {}), "magnet_mass_kg") == pytest.approx([0, 0.2, 0.5])


def test_alnico_counts_for_the_magnet_law_and_is_no_covered_material() -> None:
    alnico = [grams("M", 24, material="Co", evidence="grade"), grams("M", 14, material="Ni", evidence="grade")]
    row = weighed_product(alnico, {"H": 60})
    # 2 x 38 g over 68 %, 38 %, 17 %
    assert bounds(row, "magnet_mass_kg") == pytest.approx([0.076 / 0.68, 0.2, 0.076 / 0.17])
    assert np.isnan(bounds(row, "covered_material_pct")).all()


def test_a_ferrite_with_lanthanum_and_cobalt_is_no_magnet_of_the_law() -> None:
    ferrite = [grams("M", 5, material=m, evidence="grade") for m in ("La", "Co", "Ni")]
    assert np.isnan(bounds(weighed_product(ferrite, {"M": 500, "H": 60}), "magnet_mass_kg")).all()


def test_a_suspected_magnet_of_unknown_mass_leaves_everything_but_the_lower_bound_open() -> None:
    row = weighed_product([magnet(), grams("H", np.nan, material="Nd", evidence="grade")], {"M": 20})
    assert row["magnet_mass_kg_min"] == 0.04 and np.isnan(bounds(row, "magnet_mass_kg")[1:]).all()
    assert row["magnets_over_200_g"] == "unknown"
    assert row["magnets_over_200_g_why"] == "the mass of a part that holds it, or may, is unknown"


def test_what_is_perhaps_no_magnet_is_not_in_the_lower_mass() -> None:
    row = weighed_product([magnet(probability=0.6)], {"M": 120, "H": 10})
    assert bounds(row, "magnet_mass_kg") == [0, 0.24, 0.24]
    assert row["magnets_over_200_g"] == "unknown"


def test_rare_earths_of_unknown_form_are_not_in_the_lower_mass() -> None:
    row = weighed_product([magnet(form="component")], {})
    assert bounds(row, "magnet_mass_kg") == pytest.approx([0, 0.2, 0.612])


def test_a_declaration_of_dysprosium_alone_says_little_about_the_magnet() -> None:
    row = weighed_product([grams("M", 3.7)], {})
    assert row["magnet_mass_kg_min"] == pytest.approx(0.02) and np.isnan(bounds(row, "magnet_mass_kg")[1:]).all()


@pytest.mark.parametrize(
    ("housing", "known", "answer", "why"),
    [
        (100.0, "M", "no", None),
        (161.0, "M", "unknown", "parts without evidence could make the difference"),
        (161.0, "MH", "no", None),
        (np.nan, "M", "unknown", "a part without evidence has no unit mass"),
        (np.nan, "MH", "no", None),
    ],
)
def test_no_needs_proof_that_the_rest_cannot_make_the_difference(
    housing: float, known: str, answer: str, why: str | None
) -> None:
    """Two magnets of 20 g and a housing that may be one, unless there is evidence of what it is."""
    row = weighed_product([magnet()], {"M": 20, "H": housing}, known=known)
    assert (row["magnets_over_200_g"], row["magnets_over_200_g_why"]) == (answer, why)


def test_exactly_two_hundred_grams_are_not_over_it() -> None:
    assert weighed_product([magnet()], {"M": 100, "H": 60}, known="MH")["magnets_over_200_g"] == "no"


def test_a_mass_nobody_speaks_of_is_unknown_and_zero_only_where_everything_has_evidence() -> None:
    assert np.isnan(bounds(weighed_product([], {"M": 100, "H": 60}), "magnet_mass_kg")).all()
    assert bounds(weighed_product([], {"M": 100, "H": 60}, known="MH"), "magnet_mass_kg") == [0, 0, 0]


def test_half_by_weight_of_magnets_counts_from_2027_on() -> None:
    light, heavy = ({"M": 100.0, "H": housing} for housing in (200.0, 250.0))
    row = weighed_product([magnet()], light)
    assert (row["item_mass_g"], bounds(row, "covered_material_pct")) == (400, [50, 50, 50])
    assert row["cots_half_by_weight"] == "yes"
    assert weighed_product([magnet()], light, known="MH", on=OLD)["cots_half_by_weight"] == "no"
    row = weighed_product([magnet()], heavy, known="MH")
    assert bounds(row, "covered_material_pct") == pytest.approx([2000 / 45] * 3) and row["cots_half_by_weight"] == "no"


@pytest.mark.parametrize(
    ("material", "form", "covered", "tungsten"),
    [
        ("W", "powder", [60, 60, 60], [60, 60, 60]),
        ("W", "alloy", [0, np.nan, 60 / 0.9], [60, 60, 60]),
        ("W", "compound", [np.nan] * 3, [60, 60, 60]),
        ("Ta", "metal", [60, 60, 60], [np.nan] * 3),
        ("Ta", "component", [0, 60, 60], [np.nan] * 3),
        ("Ta", "oxide", [np.nan] * 3, [np.nan] * 3),
    ],
)
def test_which_forms_are_covered(material: str, form: str, covered: list[float], tungsten: list[float]) -> None:
    row = weighed_product([grams("M", 60, material=material, form=form)], {"M": 80, "H": 40})
    # 2 x 60 g in 200 g
    assert bounds(row, "covered_material_pct") == pytest.approx(covered, nan_ok=True)
    assert bounds(row, "tungsten_pct") == pytest.approx(tungsten, nan_ok=True)


def test_tungsten_alone_decides_until_the_end_of_2026() -> None:
    row = weighed_product([grams("M", 60, material="W", form="compound")], {"M": 80, "H": 40}, known="MH", on=OLD)
    assert row["cots_half_by_weight"] == "yes"
    row = weighed_product([grams("M", 60, material="W", form="compound")], {"M": 80, "H": 40}, known="MH", on=NEW)
    assert row["cots_half_by_weight"] == "no"


def test_without_the_mass_of_the_item_the_share_has_no_lower_bound() -> None:
    row = weighed_product([magnet()], {"M": 100})
    assert np.isnan([row["item_mass_g"], row["covered_material_pct_min"], row["covered_material_pct_typ"]]).all()
    assert row["covered_material_pct_max"] == 100
    assert row["cots_half_by_weight_why"] == "the mass of the item is unknown"


def test_the_unit_mass_of_the_product_beats_the_sum_of_its_parts() -> None:
    row = weighed_product([magnet()], {"M": 100, "P": 800})
    assert (row["item_mass_g"], row["covered_material_pct_typ"], row["cots_half_by_weight"]) == (800, 25, "unknown")


def test_parts_that_weigh_more_than_the_item_leave_the_share_unknown() -> None:
    row = weighed_product([magnet()], {"M": 100, "H": 10, "P": 150})
    assert row["cots_half_by_weight"] == "unknown" and np.isnan(bounds(row, "covered_material_pct")).all()
    assert row["cots_half_by_weight_why"] == "the parts in it weigh more than it does"


def test_a_base_unit_of_mass_weighs_itself() -> None:
    rows = pd.DataFrame({"base_unit": ["kg", "pc", "pc", None], "unit_mass_g": [5.0, 7.0, np.nan, 3.0]})
    np.testing.assert_array_equal(unit_mass_g(rows), [1000, 7, np.nan, 3])


def spend(rows: dict[str, Row], known: str, share: dict[str, float] | None = None) -> tuple[float, float, bool]:
    lines = [line("P", "A", 2, scrap_pct=50), line("P", "C", 5), line("A", "B", 3)]
    graph = graph_of(lines)
    places = graph.nodes["part_no"].astype("str").map(share or {}).fillna(0.0).to_numpy(dtype=float)
    found = spend_coverage(graph, about(graph, rows), parts(known), places, "EUR")
    at = node(graph, "P")
    return found.proven[at], found.unproven[at], bool(found.lower_bound[at])


def test_spend_is_cost_by_quantity_with_losses() -> None:
    # 2 x 1.5 x 3 x EUR 10 of B, 5 x EUR 4 of C
    assert spend({"B": {"unit_cost": 10}, "C": {"unit_cost": 4, "currency": "EUR"}}, "B") == (90, 20, False)


def test_a_cost_in_another_currency_is_unknown() -> None:
    rows = {"B": {"unit_cost": 10}, "C": {"unit_cost": 4, "currency": "USD"}}
    assert np.isnan(spend(rows, "B")[1])
    assert spend(rows, "C") == (0, 90, True)


def test_an_assembly_that_is_bought_costs_its_own_price() -> None:
    rows = {"A": {"unit_cost": 50, "procurement": "buy"}, "B": {"unit_cost": 10}, "C": {"unit_cost": 4}}
    assert spend(rows, "C") == (20, 150, False)
    assert spend(rows, "B", share={"A": 100.0}) == (150, 20, False)
