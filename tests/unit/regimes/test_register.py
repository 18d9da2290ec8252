"""What is shipped: every rule of the register, nothing above its confidence, and the law of each day."""

from pathlib import Path
from typing import Any

import pytest
from regimes_world import day, shipped

from riskplug.documents import load_yaml
from riskplug.regimes import Measure, designations, measures_on, stale_measures, standing, timeline
from riskplug.workspace import Policy

# Data that rest on general knowledge only ([K] in the register).
GENERAL_KNOWLEDGE = [
    "cn-2025-18-dy-alloy",
    "cn-2025-18-dy-target",
    "cn-2025-18-sc-target",
    "cn-2025-18-y-target",
    "cn-2023-23-ga-shapes",
    "eu-crma-strategic",
    "eu-crma-critical",
    "eu-3tg-metals",
]
ELEMENTS = {"Sm": "1C902", "Gd": "1C903", "Tb": "1C904", "Dy": "1C905", "Lu": "1C906", "Sc": "1C907", "Y": "1C908"}

FOLDER = Path(__file__).parents[2] / "cases" / "regimes" / "register"
TABLE: list[dict[str, Any]] = load_yaml(FOLDER / "register.yaml").data["measures"]
CUSTOMS: dict[str, list[str]] = load_yaml(FOLDER / "customs_codes.yaml").data["codes"]
STATES = [(row["id"], on, status) for row in TABLE for on, status in row["on"].items()]
# Items with a period of their own.
COVERED = ("ndfeb", "smco", "ta", "w-powder", "w-heavy-alloy")
STEP = [("melt", "2026-12-31", "in_force"), ("melt", "2027-01-01", "ended")]
STEP += [("mine", "2026-12-31", "not_yet"), ("mine", "2027-01-01", "in_force")]
STATES += [
    *[(f"us-4872-{material}-{verb}", on, status) for material in COVERED for verb, on, status in STEP],
    ("cd-co-quota-ban", "2025-10-15", "in_force"),
    ("cd-co-quota-ban", "2025-10-16", "ended"),
    ("cd-co-quota-quota", "2025-10-15", "not_yet"),
    ("cd-co-quota-quota", "2025-10-16", "in_force"),
    ("cn-entity-lists-23", "2026-06-21", "not_yet"),
    ("cn-entity-lists-23", "2026-06-22", "in_force"),
    ("eu-crma-art29", "2027-05-23", "not_yet"),
    ("eu-crma-art29", "2027-05-24", "in_force"),
]
# Smallest share of cost that is not a prohibited foreign entity's, by the table of the sheet.
MACR = {
    "storage": {2026: 55, 2027: 60, 2028: 65, 2029: 70, 2030: 75, 2035: 75},
    "battery": {2026: 60, 2027: 65, 2028: 70, 2029: 80, 2030: 85, 2035: 85},
    "minerals": {2026: 0, 2029: 0, 2030: 25, 2031: 30, 2032: 40, 2033: 50, 2040: 50},
}
USGS = """
aluminum Al, antimony Sb, arsenic As, barite, beryllium Be, bismuth Bi, boron B, cerium Ce, cesium Cs, chromium Cr,
cobalt Co, copper Cu, dysprosium Dy, erbium Er, europium Eu, fluorspar, gadolinium Gd, gallium Ga, germanium Ge,
graphite graphite, hafnium Hf, holmium Ho, indium In, iridium Ir, lanthanum La, lead Pb, lithium Li, lutetium Lu,
magnesium Mg, manganese Mn, metallurgical-coal, neodymium Nd, nickel Ni, niobium Nb, palladium Pd, phosphate,
platinum Pt, potash, praseodymium Pr, rhenium Re, rhodium Rh, rubidium Rb, ruthenium Ru, samarium Sm, scandium Sc,
silicon Si, silver Ag, tantalum Ta, tellurium Te, terbium Tb, thulium Tm, tin Sn, titanium Ti, tungsten W, uranium U,
vanadium V, ytterbium Yb, yttrium Y, zinc Zn, zirconium Zr
"""
# Section 16 of the sheet, in the words of the column.
DESIGNATED = {
    "Dy": "CRMA strategic, USGS 2025",
    "Ce": "CRMA strategic, USGS 2025",
    "La": "CRMA critical, USGS 2025",
    "Sc": "CRMA critical, USGS 2025",
    "Y": "CRMA critical, USGS 2025",
    "Ho": "CRMA critical, USGS 2025",
    "Sb": "CRMA critical, USGS 2025",
    "Ta": "CRMA critical, USGS 2025",
    "W": "CRMA strategic, USGS 2025",
    "graphite": "CRMA strategic, USGS 2025",
    "Te": "USGS 2025",
    "In": "USGS 2025",
    "Ag": "USGS 2025",
    "Mo": None,
    "diamond": None,
}
THRESHOLDS = {
    "cn-2023-39-synthetic": ["purity_pct > 99.9 %", "flexural_strength_mpa > 30 MPa", "density_g_cm3 > 1.73 g/cm3"],
    "cn-2024-33-sb-oxide": ["purity_pct >= 99.99 %"],
    "cn-2025-10-mo-powder": ["mo_content_pct >= 97 %", "grain_size_um <= 50 um"],
    "cn-2025-55-powder": ["grain_size_um <= 50 um"],
    "cn-2025-55-crystal": ["grain_size_um > 50 um", "grain_size_um <= 500 um"],
    "cn-2025-55-wire-saw": ["grain_size_um <= 8 um"],
    "cn-2025-55-grinding-wheel": ["grain_size_um <= 5 um"],
    "cn-2025-58-cell": ["energy_density_wh_kg >= 300 Wh/kg"],
    "cn-2025-58-lfp": ["pressed_density_g_cm3 >= 2.5 g/cm3", "capacity_mah_g >= 156 mAh/g"],
    "cn-2025-61-1a-dy-magnet": ["cn_ree_value_pct >= 0.1 % by value"],
    "cn-2025-61-1a-tb-magnet": ["cn_ree_value_pct >= 0.1 % by value"],
    "cn-2025-61-1a-sm-magnet": ["cn_ree_value_pct >= 0.1 % by value"],
    "cn-2025-61-1a-target": ["cn_ree_value_pct >= 0.1 % by value"],
    "eu-crma-art29": ["total_magnet_mass_kg > 0.2 kg"],
}
VARIANTS = {
    "cn-2023-23-ga-compound": ["GaN", "GaP", "GaAs", "InGaAs", "Ga selenide", "GaSb"],
    "cn-2023-23-ge-compound": ["ZnGeP2", "GeCl4"],
    "cn-2025-10-te-compound": ["CdTe", "CdZnTe", "HgCdTe"],
    "cn-2025-10-in-compound": ["InP", "trimethylindium", "triethylindium"],
}


def measure(name: str) -> Measure:
    return next(one for one in shipped() if one.id == name)


def item(name: str):  # type: ignore[no-untyped-def]
    return next(item for measure in shipped() for item in measure.items if item.id == name)


def test_every_rule_of_the_register_is_shipped_and_no_other() -> None:
    assert sorted(one.id for one in shipped()) == sorted(row["id"] for row in TABLE)


@pytest.mark.parametrize("row", TABLE, ids=[row["id"] for row in TABLE])
def test_a_measure_is_what_the_register_says(row: dict[str, Any]) -> None:
    one = measure(row["id"])
    scope = [
        ",".join(named) + (f" except {','.join(left_out)}" if left_out else "")
        for named, left_out in ((one.origin, one.origin_except), (one.destination, one.destination_except))
    ]
    assert (one.kind, *scope) == (row["kind"], row["origin"], row["destination"])
    assert (len(one.items), sum(bool(item.materials) for item in one.items)) == (row["items"], row["matched"])
    assert one.sources and one.instrument and one.authority


@pytest.mark.parametrize("row", TABLE, ids=[row["id"] for row in TABLE])
def test_its_codes_are_those_of_the_sheet_and_no_other(row: dict[str, Any]) -> None:
    items = measure(row["id"]).items
    control = {code for item in items for code in item.codes}
    customs = {code for item in items for part in (item, *item.variants) for code in part.hs_codes}
    assert sorted(control) == row.get("control_codes", [])
    assert sorted(customs) == row.get("hs_codes", [])


@pytest.mark.parametrize(("name", "on", "status"), STATES)
def test_any_date_evaluates_the_law_of_that_day(name: str, on: str, status: str) -> None:
    of, own = next(
        (one, item) for one in shipped() for item in (None, *one.items) if name == (item.id if item else one.id)
    )
    assert standing(of, day(on), Policy(), own).status == status


@pytest.mark.parametrize(("name", "tests"), THRESHOLDS.items())
def test_thresholds_have_their_figure_and_direction(name: str, tests: list[str]) -> None:
    assert [str(test) for test in item(name).tests] == tests


@pytest.mark.parametrize(("name", "variants"), VARIANTS.items())
def test_the_goods_that_a_text_names_are_there(name: str, variants: list[str]) -> None:
    assert [variant.name for variant in item(name).variants] == variants


def test_the_tests_of_solid_tungsten_are_those_of_its_three_makes() -> None:
    found = {variant.name: [str(test) for test in variant.tests] for variant in item("cn-2025-10-w-solid").variants}
    assert found == {
        "W or alloy not under 1C226 or 1C241": ["w_content_pct >= 97 % by mass"],
        "W-Cu": ["w_content_pct >= 80 % by mass"],
        "W-Ag": ["w_content_pct >= 80 % by mass", "ag_content_pct >= 2 % by mass"],
    }


def test_off_the_shelf_goods_pass_the_defence_rule_below_half_by_weight_of_what_counts_then() -> None:
    found = [(str(one.tests[0]), str(one.through), str(one.starts)) for one in measure("us-4872").exemptions]
    assert found == [
        ("tungsten_pct_weight < 50 % by weight", "2026-12-31", "None"),
        ("covered_material_pct_weight < 50 % by weight", "None", "2027-01-01"),
    ]


def test_from_2027_mining_and_refining_count_too() -> None:
    assert item("us-4872-ndfeb-melt").stages == ("country_of_melting",)
    assert item("us-4872-ndfeb-mine").stages == ("country_of_mining", "country_of_refining", "country_of_melting")


@pytest.mark.parametrize(("part", "shares"), MACR.items())
def test_the_cost_share_of_a_year_is_that_of_the_table(part: str, shares: dict[int, int]) -> None:
    for year, share in shares.items():
        items = [one for one in measure("us-pfe-macr").items if one.id.startswith(f"us-pfe-macr-{part}-")]
        on = day(f"{year}-07-01")
        (found,) = [one for one in items if (one.starts or on) <= on <= (one.through or on)]
        assert [str(test) for test in found.tests] == [f"non_pfe_share_pct >= {share} % by cost"]


@pytest.mark.parametrize("name", GENERAL_KNOWLEDGE)
def test_general_knowledge_is_marked_so_and_said_to_be_not_confirmed(name: str) -> None:
    assert item(name).confidence == "K"
    assert item(name).not_confirmed


def test_only_samarium_terbium_and_dysprosium_have_a_magnet_item() -> None:
    no18 = next(measure for measure in shipped() if measure.id == "cn-2025-18")
    assert [one.materials for one in no18.items if "magnet" in one.forms] == [("Sm",), ("Tb",), ("Dy",)]
    assert {"La", "Ce", "Pr", "Nd"}.isdisjoint(name for one in no18.items for name in one.materials)


@pytest.mark.parametrize(("element", "code"), ELEMENTS.items())
def test_control_codes_follow_the_pattern_of_the_notice(element: str, code: str) -> None:
    sections = {"metal": "a", "alloy": "a", "target": "a", "oxide": "b", "compound": "c"}
    for form, section in sections.items():
        one = item(f"cn-2025-18-{element.lower()}-{form}")
        assert (one.materials, one.forms, one.control_codes) == ((element,), (form,), (f"{code}.{section}",))


@pytest.mark.parametrize(("name", "codes"), CUSTOMS.items())
def test_customs_codes_stand_with_the_good_they_were_printed_for(name: str, codes: list[str]) -> None:
    whole, _, variant = name.partition("/")
    part = next((one for one in item(whole).variants if one.name == variant), item(whole))
    assert sorted(part.hs_codes) == sorted(codes)


def test_no_customs_code_is_printed_for_magnets() -> None:
    assert [item(f"cn-2025-18-{name}-magnet").hs_codes for name in ("sm", "tb", "dy")] == [(), (), ()]


def test_designations_never_restrict() -> None:
    free = {measure.id for measure in shipped() if not measure.restricts}
    acts = {"cn-2023-57-tech", "cn-2025-70", "us-pfe-macr", "us-232-pcm"}
    assert free == acts | {"us-usgs-2025", "eu-crma", "eu-3tg", "jp-espa", "gb-vision-2035"}


def test_the_list_of_sixty_minerals_is_complete() -> None:
    names = [name.split() for name in USGS.replace("\n", " ").strip().split(",")]
    one = item("us-usgs-2025-elements")
    assert len(names) == 60
    assert sorted(one.materials) == sorted(words[1] for words in names if len(words) > 1)
    assert sorted(one.named) == sorted(words[0].replace("-", " ") for words in names if len(words) == 1)


def test_designations_are_text_per_material_and_a_list_counts_from_its_first_day() -> None:
    found = designations(shipped(), day("2026-11-23"), Policy()).set_index("material")["designations"]
    assert {name: found.get(name) for name in DESIGNATED} == DESIGNATED
    before = designations(shipped(), day("2025-11-06"), Policy()).set_index("material")["designations"]
    assert before.get("Dy") == "CRMA strategic" and before.get("Te") is None
    assert designations(shipped(), day("2024-05-22"), Policy()).empty


def test_a_presumed_suspension_is_stale_and_says_what_it_rests_on() -> None:
    stale = stale_measures(shipped(), day("2026-11-23"), Policy()).set_index("measure")
    assert "instrument not found" in stale.loc["cn-2025-57", "stale_why"]
    assert "nothing after it is on file" in stale.loc["cn-2025-70", "stale_why"]
    assert "cn-2025-18" not in stale.index and "cn-2010-jp-embargo" not in stale.index


def test_a_presumed_suspension_counts_as_in_force_where_the_policy_says_so() -> None:
    found = measures_on(shipped(), day("2026-11-23"), Policy(presumed_suspensions="in_force")).set_index("measure")
    assert found.loc["cn-2025-57-ho-magnet", "measure_status"] == "in_force"
    assert found.loc["cn-2025-57-ho-magnet", "stale"]


def test_a_measure_past_its_verify_by_is_stale() -> None:
    first, last = day("2027-03-23"), day("2027-03-24")
    assert "cn-2025-18" not in set(stale_measures(shipped(), first, Policy())["measure"])
    assert "cn-2025-18" in set(stale_measures(shipped(), last, Policy())["measure"])


def test_licence_days_come_from_the_policy_and_only_where_something_waits() -> None:
    found = measures_on(shipped(), day("2025-04-28"), Policy(licence_days=120)).set_index("measure")["licence_days"]
    assert found["cn-2025-18-dy-magnet"] == 120
    assert found[["eu-crma-strategic", "us-4872-ndfeb-melt"]].isna().all()


def test_the_timeline_lists_changes_oldest_first() -> None:
    found = timeline(shipped(), day("2025-11-07"), day("2025-11-09"))
    rows = list(found[["measure", "from_status", "to_status"]].astype("str").itertuples(index=False, name=None))
    assert ("cn-2025-61-1c", "in_force", "suspended") in rows
    assert rows[-1] == ("cn-2024-46-a2", "in_force", "suspended")
    assert found["date"].is_monotonic_increasing
