"""A supplier's word without a mass moves guesses, and proves or clears nothing."""

from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from riskplug.content import load_knowledge, map_content
from riskplug.content.suspicions import smelters_of
from riskplug.tables import TABLES, conform

KNOWLEDGE = load_knowledge(Path(__file__).parents[3] / "rules" / "materials")
PARTS = [
    {"part_no": "GUESS", "base_unit": "pc", "description": "Servo motor 400 W"},
    {"part_no": "GRADE", "base_unit": "pc", "description": "Magnet N42SH 20x10x5"},
    {"part_no": "SCREW", "base_unit": "pc", "description": "Hex screw M6"},
]


def content(suspicions: list[dict[str, object]], sourcing: list[dict[str, object]] | None = None) -> pd.DataFrame:
    index = pd.Index(["GRADE", "GUESS", "SCREW"], dtype="str")
    given = {"parts": PARTS, "suspicions": suspicions, "sourcing": sourcing or []}
    tables = {
        name: conform(name, pd.DataFrame(given[name]) if given.get(name) else pd.DataFrame(), index)
        if given.get(name)
        else conform(name, pd.DataFrame(index=range(0)), index)
        for name in TABLES
    }
    own = map_content(tables, KNOWLEDGE, on=date(2025, 4, 28)).own
    return own.assign(part_no=own["part_no"].astype("str")).set_index(["part_no", "material"])


def said(direction: str, part_no: str | None = None, material: str = "Nd", supplier: str = "V1") -> dict[str, object]:
    return {
        "part_no": part_no,
        "material": material,
        "direction": direction,
        "supplier": supplier,
        "text": "AMRT question 1",
    }


BEFORE = content([])


def p(frame: pd.DataFrame, part_no: str, material: str = "Nd") -> float:
    return float(frame.loc[(part_no, material), "probability"].max())


def test_a_word_on_the_part_makes_its_guess_likelier_and_gives_no_mass() -> None:
    after = content([said("raises", "GUESS")])
    assert 0 < p(BEFORE, "GUESS") < 0.9 and p(after, "GUESS") == pytest.approx(0.9)
    masses = ["mass_g_min", "mass_g_typ", "mass_g_max"]
    assert after.loc[("GUESS", "Nd"), masses].equals(BEFORE.loc[("GUESS", "Nd"), masses])
    assert "AMRT question 1" in str(after.loc[("GUESS", "Nd"), "source"])


def test_a_word_against_it_leaves_a_tenth_and_never_zero() -> None:
    after = content([said("lowers", "GUESS")])
    assert p(after, "GUESS") == pytest.approx(min(p(BEFORE, "GUESS"), 0.1))


def test_a_word_on_everything_a_supplier_delivers_moves_half_of_the_way() -> None:
    sources = [{"part_no": "GUESS", "supplier": "V1"}]
    after = content([said("raises")], sources)
    assert p(after, "GUESS") == pytest.approx((p(BEFORE, "GUESS") + 0.9) / 2)
    assert p(content([said("raises")]), "GUESS") == p(BEFORE, "GUESS")
    assert ("SCREW", "Nd") not in content([said("raises")], [{"part_no": "SCREW", "supplier": "V1"}]).index


def test_a_part_nobody_suspected_gets_a_suspicion_of_unknown_mass() -> None:
    row = content([said("raises", "SCREW", "W")]).loc[("SCREW", "W")]
    assert row["probability"] == 0.9 and np.isnan(row["mass_g_max"]) and row["evidence"] == "category"


def test_a_grade_knows_better() -> None:
    assert content([said("lowers", "GRADE")]).loc["GRADE"].equals(BEFORE.loc["GRADE"])


def test_words_for_and_against_cancel_out() -> None:
    assert p(content([said("raises", "GUESS"), said("lowers", "GUESS")]), "GUESS") == p(BEFORE, "GUESS")


def test_rare_earths_as_one_lump_move_every_guess_of_one_and_add_none() -> None:
    after = content([said("raises", "GUESS", "REE"), said("raises", "SCREW", "REE")])
    assert p(after, "GUESS") == pytest.approx(0.9)
    assert "SCREW" not in after.index.get_level_values("part_no")


def test_smelters_are_named_for_the_part_and_for_all_that_its_suppliers_deliver() -> None:
    index = pd.Index(["GRADE", "GUESS"], dtype="str")
    named = [
        {"part_no": "GUESS", "supplier": "V2", "material": "W", "name": "Alpha", "smelter_id": "CID1"},
        {"part_no": None, "supplier": "V1", "material": "Ta", "name": "Beta", "country": "EE"},
        {"part_no": None, "supplier": "V9", "material": "Ta", "name": "Gamma"},
        {"part_no": "GRADE", "supplier": "V1", "material": "Ta", "name": "Delta"},
    ]
    tables = {
        "smelters": conform("smelters", pd.DataFrame(named), index),
        "sourcing": conform("sourcing", pd.DataFrame([{"part_no": "GUESS", "supplier": "V1"}]), index),
    }
    found = smelters_of(tables, "GUESS")
    assert [(row["material"], row["name"], row["country"]) for row in found] == [
        ("Ta", "Beta", "EE"),
        ("W", "Alpha", None),
    ]
