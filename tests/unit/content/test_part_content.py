"""What parts hold: worked masses, declarations, which magnets are proven, assemblies."""

import math

import pandas as pd
import pytest
from content_tables import ROOT, flags_of, row_of

from riskplug.content import content_document
from riskplug.documents import load_yaml
from riskplug.errors import PluginFault

MASSES = load_yaml(ROOT / "tests/cases/content/masses.yaml").data["cases"]
MAGNET = {"part_no": "M", "description": "Dauermagnet", "unit_mass_g": 10.0, "mpn": "PM-10"}


def declare(material: str, **given: object) -> dict[str, object]:
    return {"part_no": "M", "material": material, "supplier": "S1", "declared_on": "2025-01-10", **given}


def interval(row) -> tuple[float, float, float, float]:
    return row["mass_g_min"], row["mass_g_typ"], row["mass_g_max"], row["probability"]


@pytest.mark.parametrize("case", MASSES, ids=[case["name"] for case in MASSES])
def test_a_text_gives_the_mass_worked_out_by_hand(content, case):
    made = content([{"part_no": "M", "description": case["text"], "unit_mass_g": case.get("unit_mass_g")}])
    for material, (*masses, probability) in case["contents"].items():
        row = row_of(made, material)
        expected = [math.nan if mass is None else mass for mass in masses]
        assert interval(row)[:3] == pytest.approx(expected, abs=1e-5, nan_ok=True)
        assert row["probability"] == pytest.approx(probability)
        assert row["evidence"] == case["evidence"]


def test_neodymium_and_praseodymium_of_the_worked_block_add_up(content):
    made = content([{"part_no": "M", "description": "N42SH 20x10x5"}])
    nd, pr = interval(row_of(made, "Nd")), interval(row_of(made, "Pr"))
    assert [round(a + b, 2) for a, b in zip(nd[:3], pr[:3], strict=True)] == [1.99, 2.13, 2.44]


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"mass_g": 0.3}, (0.3, 0.3, 0.3, 1)),
        ({"mass_pct": 2}, (0.2, 0.2, 0.2, 1)),  # 2 % of 10 g
        ({"mass_g": 1.0, "cas_no": "1308-87-8"}, (0.8713,) * 3 + (1,)),  # Dy2O3 holds 87.13 % Dy
        ({"mass_g": 1.0, "cas_no": "7429-91-6"}, (1, 1, 1, 1)),  # the element itself
        ({"mass_g": 0.3, "bound": "at_most"}, (0, 0.15, 0.3, 0.5)),
        ({"bound": "absent"}, (0, 0, 0, 0)),
        ({"mass_g": 0.0}, (0, 0, 0, 0)),
        ({}, (math.nan, math.nan, math.nan, 1)),  # declared, no amount
        ({"mass_g": 1.0, "cas_no": "1308-97-8"}, (0, math.nan, 1, 1)),  # broken check digit: at most the mass
    ],
)
def test_a_declaration_gives_its_mass(content, given, expected):
    row = row_of(content([MAGNET], [declare("Dy", **given)]), "Dy")
    assert interval(row) == pytest.approx(expected, nan_ok=True)
    assert row["evidence"] == "full_declaration"


def test_absent_is_not_the_same_as_not_declared(content):
    made = content([MAGNET], [declare("Dy", bound="absent")])
    assert row_of(made, "Dy")["probability"] == 0
    assert row_of(made, "Tb")["probability"] == pytest.approx(0.075)
    assert row_of(made, "Tb")["evidence"] == "description"
    assert flags_of(made)["magnet_unproven"]


def test_a_magnet_is_proven_once_dysprosium_and_terbium_are_declared_absent(content):
    made = content([MAGNET], [declare("Dy", bound="absent"), declare("Tb", bound="absent")])
    assert flags_of(made)["likely_magnet"]
    assert not flags_of(made)["magnet_unproven"]


@pytest.mark.parametrize("text", ["Hartferrit Magnet Y30", "AlNiCo 5 rod magnet", "SmCo 26/10", "Magnet N35 10x10x5"])
def test_a_magnet_whose_material_settles_it_is_proven(content, text):
    made = content([{"part_no": "M", "description": text}])
    assert flags_of(made)["likely_magnet"]
    assert not flags_of(made)["magnet_unproven"]
    assert flags_of(made)["content_known"]


@pytest.mark.parametrize(
    "part",
    [
        {"description": "Dauermagnet"},
        {"description": "NdFeB Magnet"},
        {"description": "Ronde", "hs_code": "8505 11 10"},
        {"description": "Magnet D5x3"},
    ],
)
def test_a_magnet_without_grade_is_unproven_and_never_zero(content, part):
    made = content([{"part_no": "M", **part}])
    assert flags_of(made)["magnet_unproven"]
    assert not flags_of(made)["content_known"]
    assert row_of(made, "Dy")["probability"] > 0
    assert row_of(made, "Dy")["mass_g_max"] != 0


def test_ferrite_holds_no_rare_earth(content):
    made = content([{"part_no": "M", "description": "Hartferrit Magnet Y30"}])
    assert made.own.empty


def test_the_newest_final_declaration_of_a_supplier_wins(content):
    row = row_of(
        content(
            [MAGNET],
            [
                declare("Dy", mass_g=0.1, declared_on="2024-01-01"),
                declare("Dy", mass_g=0.2, declared_on="2025-02-01"),
                declare("Dy", mass_g=0.4, declared_on="2025-03-01", status="draft"),
                declare("Dy", mass_g=0.5, declared_on="2025-04-29"),
            ],
        ),
        "Dy",
    )
    assert interval(row) == (0.2, 0.2, 0.2, 1)
    assert row["date"] == pd.Timestamp("2025-02-01")


def test_two_suppliers_give_the_union_and_a_noted_conflict(content):
    row = row_of(content([MAGNET], [declare("Dy", mass_g=0.1), declare("Dy", mass_g=0.3, supplier="S2")]), "Dy")
    assert interval(row) == pytest.approx((0.1, 0.2, 0.3, 1))
    assert row["source"].startswith("conflict: ")
    assert "S1" in row["source"] and "S2" in row["source"]


def test_a_declaration_by_mpn_reaches_every_part_with_it(content):
    parts = [MAGNET, {**MAGNET, "part_no": "M2", "mpn": "pm-10 "}]
    made = content(parts, [{"mpn": "PM-10", "material": "Dy", "mass_g": 0.2}])
    assert row_of(made, "Dy")["mass_g_typ"] == row_of(made, "Dy", "M2")["mass_g_typ"] == 0.2


def test_better_evidence_replaces_worse_per_material(content):
    made = content([{"part_no": "M", "description": "N42SH 20x10x5"}], [declare("Dy", mass_g=0.11)])
    assert row_of(made, "Dy")["evidence"] == "full_declaration"
    assert row_of(made, "Nd")["evidence"] == "dimensions_grade"


UH = {"part_no": "M", "description": "N40UH 8x4x3"}  # 0.096 cm3 = 0.72 g, Dy 0.5, 3.3 or 6.5 %: 3.6, 23.76, 46.8 mg


@pytest.mark.parametrize(
    ("bound", "expected"),
    [
        (5.0, (0.0036, 0.02376, 0.0468, 0.98)),  # says nothing new
        (0.0144, (0.0036, 0.0144, 0.0144, 0.98)),  # 2 %, below what is typical
    ],
)
def test_an_upper_bound_cuts_what_is_read_and_both_are_named(content, bound, expected):
    row = row_of(content([UH], [declare("Dy", mass_g=bound, bound="at_most", document="D1")]), "Dy")
    assert interval(row) == pytest.approx(expected)
    assert row["evidence"] == "full_declaration"
    assert row["source"] == "D1 of S1 (2025-01-10); narrowed by NDFEB_HI -> NDFEB_SINT_UH (dimensions_grade)"


def test_a_reading_above_a_declared_bound_is_a_conflict_that_the_bound_wins(content):
    made = content([UH], [declare("Dy", mass_g=0.002, bound="at_most", document="D1")])
    assert interval(row_of(made, "Dy")) == pytest.approx((0, 0.001, 0.002, 0.5))
    dy = next(row for row in content_document(made, "M")["materials"] if row["material"] == "Dy")
    assert dy["sources"] == [
        "conflict: D1 of S1 (2025-01-10)",
        "in place of 0.0036 to 0.0468 g by NDFEB_HI -> NDFEB_SINT_UH (dimensions_grade)",
    ]


def test_a_bound_that_meets_the_reading_to_the_last_digit_is_no_conflict(content):
    row = row_of(content([UH], [declare("Dy", mass_g=0.0036 * (1 - 1e-12), bound="at_most", document="D1")]), "Dy")
    assert interval(row) == pytest.approx((0.0036, 0.0036, 0.0036, 0.98))
    assert row["mass_g_min"] <= row["mass_g_typ"] <= row["mass_g_max"]
    assert not row["source"].startswith("conflict: ")


def test_a_declared_absence_stays_a_statement_of_its_own(content):
    row = row_of(content([UH], [declare("Dy", bound="absent", document="D1")]), "Dy")
    assert interval(row) == (0, 0, 0, 0)
    assert row["source"] == "D1 of S1 (2025-01-10)"


def test_a_declared_presence_without_a_mass_keeps_the_mass_that_is_read(content):
    row = row_of(content([UH], [declare("Dy")]), "Dy")
    assert interval(row) == pytest.approx((0.0036, 0.02376, 0.0468, 1))


def test_what_is_typical_of_a_component_cuts_no_bound_and_is_named(content):
    cell = {"part_no": "M", "description": "", "unit_mass_g": 30.0}
    guess = mapped(evidence="component_type", mass_g_min=1.0, mass_g_typ=2.0, mass_g_max=3.0, source="type")
    row = row_of(content([cell], [declare("Dy", mass_g=5.0, bound="at_most", form="magnet")], mapped=[guess]), "Dy")
    assert interval(row) == (0, 2.5, 5, 0.5)
    assert row["source"].endswith("; in place of 1 to 3 g by type (component_type)")
    assert not row["source"].startswith("conflict: ")


def test_the_text_of_an_assembly_is_left_to_its_components(content):
    made = content(
        [{"part_no": "R", "description": "Rotor mit Magneten N42SH"}, {"part_no": "M", "description": "N42SH 20x10x5"}],
        bom_lines=[{"parent": "R", "component": "M", "quantity": 8}],
    )
    assert set(made.own["part_no"]) == {"M"}
    assert not flags_of(made, "R")["likely_magnet"]


def test_an_expired_component_says_nothing_about_the_assembly(content):
    made = content(
        [{"part_no": "R", "description": "Rotor mit Magneten N42SH"}, {"part_no": "M", "description": "N42SH 20x10x5"}],
        bom_lines=[{"parent": "R", "component": "M", "quantity": 8, "valid_to": "2025-04-27"}],
    )
    assert set(made.own["part_no"]) == {"M", "R"}


def test_parts_on_a_cycle_keep_what_their_texts_say(content):
    lines = [{"parent": "A", "component": "B", "quantity": 1}, {"parent": "B", "component": "A", "quantity": 1}]
    made = content(
        [{"part_no": "A", "description": "Magnet N42SH"}, {"part_no": "B", "description": "Magnet N38UH"}],
        bom_lines=lines,
    )
    assert set(made.own["part_no"]) == {"A", "B"}


def mapped(**given: object) -> pd.DataFrame:
    row = {
        "part_no": "M",
        "material": "Dy",
        "form": "magnet",
        "mass_g_min": 0.1,
        "mass_g_typ": 0.2,
        "mass_g_max": 0.3,
        "probability": 1.0,
        "evidence": "certificate",
        "source": "lab",
        "date": pd.Timestamp("2025-01-01"),
    }
    return pd.DataFrame([row | given])


def test_a_mapper_counts_by_its_rank(content):
    part = [{"part_no": "M", "description": "N42SH 20x10x5"}]
    assert row_of(content(part, mapped=[mapped()]), "Dy")["evidence"] == "certificate"
    assert row_of(content(part, mapped=[mapped(evidence="category")]), "Dy")["evidence"] == "dimensions_grade"


def test_a_bad_row_of_a_mapper_is_set_aside_and_a_bad_frame_is_a_fault(content):
    made = content([MAGNET], mapped=[mapped(probability=1.5)])
    assert "mapper" in set(made.rejected["signal"])
    with pytest.raises(PluginFault, match="probability"):
        content([MAGNET], mapped=[mapped().drop(columns="probability")])


def test_equal_evidence_that_overlaps_is_intersected_and_other_is_united(content):
    inside = row_of(content([MAGNET], mapped=[mapped(), mapped(mass_g_min=0.2, mass_g_max=0.5, mass_g_typ=0.3)]), "Dy")
    assert interval(inside) == pytest.approx((0.2, 0.25, 0.3, 1))
    apart = row_of(content([MAGNET], mapped=[mapped(), mapped(mass_g_min=0.4, mass_g_max=0.5, mass_g_typ=0.4)]), "Dy")
    assert interval(apart) == pytest.approx((0.1, 0.3, 0.5, 1))
    assert apart["source"].startswith("conflict: ")


@pytest.mark.parametrize(
    ("text", "material", "form"),
    [
        ("Dysprosium oxide 99.5%", "Dy", "oxide"),
        ("Terbium sputter target", "Tb", "target"),
        ("8YSZ", "Y", "compound"),
        ("Nd:YAG laser rod", "Nd", "crystal"),
        ("AlSc2 master alloy", "Sc", "alloy"),
        ("Magnet N35", "Nd", "magnet"),
    ],
)
def test_the_form_follows_the_text(content, text, material, form):
    assert row_of(content([{"part_no": "M", "description": text}]), material)["form"] == form


def test_a_kilogram_of_oxide_holds_at_most_its_metal(content):
    made = content([{"part_no": "M", "description": "Dysprosium oxide 99.5%", "base_unit": "kg"}])
    assert row_of(made, "Dy")["mass_g_max"] == pytest.approx(871.3)  # 1000 g x 0.8713


def test_the_document_of_a_part_shows_what_was_found_and_what_was_discarded(content):
    made = content(
        [{"part_no": "M", "description": "Magnetventil 24V"}, {"part_no": "N", "description": "N42SH 20x10x5"}]
    )
    empty, full = content_document(made, "M"), content_document(made, "N")
    assert empty["materials"] == [] and empty["rejected"][0]["signal"] == "FALSE_EL_MAG"
    dy = next(row for row in full["materials"] if row["material"] == "Dy")
    assert dy["mass_g"] == {"min": 0.0, "typ": pytest.approx(0.1575), "max": pytest.approx(0.315)}
    assert dy["sources"] == ["NDFEB_HI -> NDFEB_SINT_SH"]
    with pytest.raises(KeyError):
        content_document(made, "X")


def test_an_assembly_keeps_what_none_of_its_components_holds(content):
    made = content(
        [{"part_no": "P", "description": "PCB with magnet N42SH"}, {"part_no": "C", "description": "SmCo 26/10 block"}],
        bom_lines=[{"parent": "P", "component": "C", "quantity": 1}],
    )
    assert row_of(made, "Dy", "P")["probability"] == pytest.approx(0.8)
    assert "Co" not in set(made.own.loc[made.own["part_no"] == "P", "material"])
