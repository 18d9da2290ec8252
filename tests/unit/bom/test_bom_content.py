"""What is inside a part: own evidence against components, unknown masses, probabilities."""

import json

import numpy as np
import pandas as pd
import pytest

from riskplug.bom import coverage, explosion_document, roll_up_content
from riskplug.catalogue import GRAINS
from tests.unit.bom.boms import SITE, grams, graph_of, line, own


def rolled(lines, rows, part_no="A"):
    content = roll_up_content(graph_of(lines), own(rows))
    assert tuple(content.columns) == GRAINS["content"].names
    return content[content["part_no"] == part_no].to_dict("records")


TWO = [line("A", "B", 2), line("A", "C", 3)]


def test_masses_add_up_as_built_without_losses() -> None:
    (row,) = rolled([line("A", "B", 2, scrap_pct=50), line("A", "C", 3)], [grams("B", 1.5), grams("C", 1.0)])
    assert [row[f"mass_g_{b}"] for b in ("min", "typ", "max")] == [6, 6, 6]
    assert row["rolled_up"] and row["evidence"] == "full_declaration"


def test_an_unknown_mass_leaves_only_the_lower_bound() -> None:
    (row,) = rolled(TWO, [grams("B", 1.5), grams("C", np.nan)])
    assert row["mass_g_min"] == 3 and np.isnan(row["mass_g_typ"]) and np.isnan(row["mass_g_max"])


def test_an_unlikely_component_of_unknown_mass_leaves_the_typical_mass_and_opens_the_upper_one() -> None:
    (row,) = rolled(TWO, [grams("B", 1.5), grams("C", np.nan, probability=0.05)])
    assert row["mass_g_typ"] == 3 and np.isnan(row["mass_g_max"])


def test_two_unlikely_components_of_unknown_mass_make_a_likely_unknown_and_no_zero() -> None:
    (row,) = rolled(TWO, [grams("B", np.nan, probability=0.4), grams("C", np.nan, probability=0.4)])
    assert row["probability"] == pytest.approx(0.64)
    assert np.isnan(row["mass_g_typ"])


def test_presence_is_that_of_any_distinct_component() -> None:
    (row,) = rolled(TWO, [grams("B", 1, probability=0.5), grams("C", 1, probability=0.2)])
    assert row["probability"] == pytest.approx(1 - 0.5 * 0.8)


def test_a_rollup_is_as_good_as_its_worst_evidence() -> None:
    (row,) = rolled(TWO, [grams("B", 1), grams("C", 1, evidence="component_type")])
    assert (row["evidence"], row["evidence_rank"]) == ("component_type", 7)


@pytest.mark.parametrize(
    ("mine", "below", "expected"),
    [("full_declaration", "grade", 10), ("category", "grade", 2), ("grade", "grade", 10)],
)
def test_better_evidence_wins_and_never_adds(mine, below, expected) -> None:
    (row,) = rolled([line("A", "B", 2)], [grams("A", 10, evidence=mine), grams("B", 1, evidence=below)])
    assert row["mass_g_typ"] == expected and row["rolled_up"] is (expected == 2)


def test_own_evidence_on_an_assembly_is_what_goes_further_up() -> None:
    (row,) = rolled([line("T", "A", 3), line("A", "B", 2)], [grams("A", 10), grams("B", 1, evidence="grade")], "T")
    assert row["mass_g_typ"] == 30


def test_declared_absent_is_a_row_of_its_part_and_nothing_above_it() -> None:
    lines = [line("T", "A"), line("A", "B")]
    rows = [grams("A", 0, probability=0.0), grams("B", 1, evidence="grade")]
    (row,) = rolled(lines, rows)
    assert row["probability"] == 0 and not row["rolled_up"]
    assert rolled(lines, rows, "T") == []


def test_absent_does_not_beat_equal_evidence_of_presence_below() -> None:
    (row,) = rolled([line("A", "B")], [grams("A", 0, probability=0.0), grams("B", 1)])
    assert row["probability"] == 1 and row["mass_g_typ"] == 1


def test_forms_and_materials_stay_apart_and_only_pairs_that_occur_are_listed() -> None:
    rows = rolled(TWO, [grams("B", 1), grams("B", 2, form="oxide"), grams("C", 3, material="Sm")])
    assert [(r["material"], r["form"], r["mass_g_typ"]) for r in rows] == [
        ("Dy", "magnet", 2),
        ("Dy", "oxide", 4),
        ("Sm", "magnet", 9),
    ]


def test_evidence_speaks_of_a_part_at_all_its_sites_and_sites_do_not_mix() -> None:
    parts = [{"part_no": "A"}, {"part_no": "B"}]
    graph = graph_of([line("A", "B", 2, site="DE01"), line("A", "B", 5, site="US01")], parts, sites=("DE01", "US01"))
    content = roll_up_content(graph, own([grams("B", 1)]))
    found = content[content["part_no"] == "A"].set_index("site")["mass_g_typ"]
    assert found.to_dict() == {"DE01": 2, "US01": 5}


def test_a_partial_assembly_says_so() -> None:
    (row,) = rolled([line("A", "B"), line("A", "C", 1, unit="m")], [grams("B", 1)])
    assert row["source"] == "components (partial)"


def test_without_evidence_there_is_no_content() -> None:
    assert rolled(TWO, []) == []


def test_blocks_of_materials_give_what_one_block_gives(monkeypatch) -> None:
    graph = graph_of([line("T", "A", 2), *TWO])
    evidence = own([grams(p, i + 1.0, material=m) for i, p in enumerate("BC") for m in ("Dy", "Tb", "Sm")])
    whole = roll_up_content(graph, evidence)
    monkeypatch.setattr("riskplug.bom.inside.CELLS", 1)
    pd.testing.assert_frame_equal(roll_up_content(graph, evidence), whole)


def test_coverage_is_the_share_of_places_with_evidence() -> None:
    graph = graph_of([line("A", "B"), line("A", "C"), line("T", "A"), line("T", "C")])
    known = pd.DataFrame({"part_no": ["B"], "content_known": [True]})
    share = dict(zip(graph.nodes["part_no"], coverage(graph, known), strict=True))
    assert share == {"A": 50, "B": 100, "C": 0, "T": pytest.approx(100 / 3)}
    own_word = coverage(graph, pd.DataFrame({"part_no": ["A"], "content_known": [True]}))
    assert dict(zip(graph.nodes["part_no"], own_word, strict=True)) == {
        "A": 100,
        "B": 0,
        "C": 0,
        "T": pytest.approx(200 / 3),
    }


def test_the_explosion_document_keeps_built_and_used_apart() -> None:
    graph = graph_of([line("A", "B", 2, scrap_pct=10), line("B", "C", 3)])
    document = explosion_document(graph, own([grams("C", 1.0), grams("B", np.nan, material="Tb")]), "A", SITE)
    assert json.loads(json.dumps(document)) == {
        "schema": "riskplug.explosion/1",
        "part_no": "A",
        "site": SITE,
        "levels": 2,
        "components": [
            {"part_no": "B", "level": 1, "qty_per": 2.2, "is_leaf": False},
            {"part_no": "C", "level": 2, "qty_per": pytest.approx(6.6), "is_leaf": True},
        ],
        "materials": [
            {
                "material": "Dy",
                "form": "magnet",
                "probability": 1.0,
                "mass_g": dict.fromkeys(("min", "typ", "max"), 6.0),
                "consumed_g": dict.fromkeys(("min", "typ", "max"), pytest.approx(6.6)),
            },
            {
                "material": "Tb",
                "form": "magnet",
                "probability": 1.0,
                "mass_g": {"min": 0.0, "typ": None, "max": None},
                "consumed_g": {"min": 0.0, "typ": None, "max": None},
            },
        ],
        "partial": False,
        "cycles": [],
    }


def test_the_expected_mass_is_probability_times_typical_mass_added_up() -> None:
    (row,) = rolled(TWO, [grams("B", 1, probability=0.5), grams("C", 1, probability=0.2)])
    # 2 x 0.5 x 1 g + 3 x 0.2 x 1 g, not the joint probability times 5 g
    assert row["mass_g_expected"] == pytest.approx(1.6) and row["lower_bound"] is False


def test_an_unknown_mass_below_makes_the_expected_mass_a_lower_bound() -> None:
    (row,) = rolled(TWO, [grams("B", 1.5, probability=0.5), grams("C", np.nan)])
    assert row["mass_g_expected"] == 1.5 and row["lower_bound"] is True
    (top,) = rolled([line("T", "A", 2), *TWO], [grams("B", 1.5, probability=0.5), grams("C", np.nan)], "T")
    assert top["mass_g_expected"] == 3 and top["lower_bound"] is True


def test_where_nothing_below_is_known_the_expected_mass_is_unknown_and_no_zero() -> None:
    (row,) = rolled(TWO, [grams("C", np.nan, probability=0.3)])
    assert np.isnan(row["mass_g_expected"]) and row["lower_bound"] is True


def test_a_partial_assembly_has_a_lower_bound_and_a_part_with_its_own_word_has_none() -> None:
    lines = [line("A", "B"), line("A", "C", 1, unit="m")]
    assert rolled(lines, [grams("B", 1)])[0]["lower_bound"] is True
    assert rolled(lines, [grams("B", 1)], "B")[0]["lower_bound"] is False


def test_better_evidence_that_says_less_than_the_components_says_so() -> None:
    below = grams("B", 1, evidence="grade")
    (wide,) = rolled([line("A", "B", 2)], [grams("A", 3, mass_g_min=0), below])
    (narrow,) = rolled([line("A", "B", 2)], [grams("A", 2), below])
    (unknown,) = rolled([line("A", "B", 2)], [grams("A", np.nan), below])
    assert [row["source"] for row in (wide, narrow, unknown)] == [
        "D-1; wider than its components",
        "D-1",
        "D-1; wider than its components",
    ]
