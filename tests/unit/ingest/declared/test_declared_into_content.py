"""Declared files through the canonical profile into content: each mass is converted to the element once."""

from datetime import date
from pathlib import Path

import pandas as pd
import pytest

from riskplug.content import load_knowledge, map_content
from riskplug.extend.discovery import shipped_folder
from riskplug.ingest import load_profiles
from riskplug.ingest.accept import Place, accept
from riskplug.ingest.declared import declarations_in, read_declarations, shipped_substances
from riskplug.ingest.extract import Extract
from riskplug.tables import conform, empty

SAMPLES = Path(__file__).parents[3] / "cases" / "declared"


def frames(extract: Extract) -> dict[str, pd.DataFrame]:
    profile = load_profiles()["canonical"]
    place = Place("declarations", "declared", None, ("DE01",), "Europe/Berlin")
    accepted = accept(extract, profile.rule("declarations"), profile, place)
    assert len(accepted.quarantine) == len(extract.rejects)
    rows = accepted.rows.to_pandas()
    index = pd.Index(sorted({"P-1", *rows["part_no"].dropna()}), dtype="str")
    parts = conform("parts", pd.DataFrame({"part_no": index, "mpn": ["CAP-9"] * len(index)}), index)
    return {
        "parts": parts,
        "declarations": conform("declarations", rows, index),
        "bom_lines": empty("bom_lines", index),
    }


def content(extract: Extract) -> pd.DataFrame:
    knowledge = load_knowledge(shipped_folder("rules") / "materials")
    own = map_content(frames(extract), knowledge, on=date(2025, 4, 28)).own
    return own[own["evidence"] == "full_declaration"].set_index(["material", "form"])


def test_oxides_and_metals_become_element_masses_once() -> None:
    own = content(read_declarations(SAMPLES / "class_d_motor.xml", SAMPLES).extract())
    assert own.loc[("Nd", "magnet"), "mass_g_typ"] == pytest.approx(11.2)
    assert own.loc[("Nd", "oxide"), "mass_g_typ"] == pytest.approx(0.33 * 0.8574)
    assert own.loc[("Dy", "magnet"), "mass_g_typ"] == pytest.approx(0.6)
    assert (own["probability"] == 1).all()


def test_absent_at_most_and_unknown_masses_stay_apart() -> None:
    own = content(read_declarations(SAMPLES / "doubtful.xml", SAMPLES).extract()).droplevel("form")
    assert own.loc["Ga", ["mass_g_max", "probability"]].tolist() == [0, 0]
    assert own.loc["Co", ["mass_g_min", "mass_g_max"]].tolist() == pytest.approx([0, 0.01])
    assert own.loc["In", ["mass_g_min", "mass_g_typ", "mass_g_max"]].isna().all()
    assert own.loc["In", "probability"] == 1
    assert "Tb" not in own.index  # refused and not declared otherwise: nothing is said


def test_a_name_that_tells_no_share_is_an_upper_bound() -> None:
    text = (
        '<MainDeclaration><Product><ProductID requesterItemNumber="P-1"/><MaterialInfo><HomogeneousMaterial name="A">'
        '<Substance name="Neodymium acetate" value="1" UOM="g"/>'
        "</HomogeneousMaterial></MaterialInfo></Product></MainDeclaration>"
    )
    own = content(declarations_in(text.encode(), "x.xml", shipped_substances()).extract()).droplevel("form")
    assert own.loc["Nd", ["mass_g_min", "mass_g_max", "probability"]].tolist() == [0, 1, 1]


def test_the_suppliers_own_number_is_matched_as_mpn() -> None:
    own = content(read_declarations(SAMPLES / "class_c_1752b.xml", SAMPLES).extract())
    assert set(own["part_no"]) == {"P-1"}
    assert own.droplevel("form").loc["Be", ["mass_g_min", "mass_g_max"]].tolist() == pytest.approx([0, 0.002])
