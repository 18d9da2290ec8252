"""What must hold for any declarations: order does not matter, worse evidence changes nothing, bounds stay in order."""

import math
from typing import Any

import pandas as pd
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.examples import examples

PART = [{"part_no": "M", "description": "N42SH 20x10x5", "unit_mass_g": 7.5}]
SETTINGS = settings(
    max_examples=examples(10), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
declaration = st.fixed_dictionaries(
    {
        "part_no": st.just("M"),
        "material": st.sampled_from(["Dy", "Tb", "Nd"]),
        "supplier": st.sampled_from(["A", "B", None]),
        "mass_g": st.sampled_from([0.0, 0.1, 0.25, 2.0, None]),
        "bound": st.sampled_from(["exact", "at_most", "absent", None]),
        "cas_no": st.sampled_from([None, "1308-87-8", "1308-97-8"]),
        "form": st.sampled_from([None, "magnet", "oxide"]),
        "declared_on": st.sampled_from(["2024-01-01", "2025-01-01", None]),
        "status": st.sampled_from(["final", "draft", None]),
    }
)

MAGNETS = ["Magnet", "N42SH", "N38", "SmCo 26", "NdFeB", "Segment", "磁钢", "Ferrit", "Dauermagnet", "Ring", "ネオジム"]
SIZES = ["20x10x5", "Ø10x2", "OD20 ID10 H5", "30x20x5", "mit Senkung", "1X.5X.25"]
OTHERS = ["Servomotor 400W", "Rotor", "VHM-Bohrer", "8505.11", "Dysprosium oxide", "NiMH AA", "8YSZ", "Stellite 6"]
TRAPS = ["ohne Magnet", "Zeichnung", "Terfenol-D", "WL20"]
word = st.sampled_from([*MAGNETS, *SIZES, *OTHERS, *TRAPS])
part = st.fixed_dictionaries(
    {
        "part_no": st.just("M"),
        "description": st.lists(word, min_size=1, max_size=5).map(" ".join),
        "unit_mass_g": st.sampled_from([None, 0.5, 40.0]),
        "hs_code": st.sampled_from([None, "85051110", "8501", "28469020"]),
    }
)


@settings(SETTINGS, max_examples=examples(40))
@given(parts=st.lists(part, min_size=1, max_size=8))
def test_what_any_text_says_is_an_ordered_interval_and_an_unknown_mass_is_no_zero(
    content: Any, parts: list[dict[str, Any]]
):
    numbered = [given | {"part_no": f"M{place}"} for place, given in enumerate(parts)]
    made = content(numbered)
    own = made.own
    assert not (own["mass_g_min"] > own["mass_g_typ"] * (1 + 1e-9) + 1e-12).any()
    assert not (own["mass_g_typ"] > own["mass_g_max"] * (1 + 1e-9) + 1e-12).any()
    assert own["probability"].between(0, 1, inclusive="right").all()
    assert not (own["mass_g_max"] == 0).any()  # no text declares an absence
    bare = {given["part_no"] for given in numbered if given["unit_mass_g"] is None and not _sized(given)}
    assert own[own["part_no"].isin(bare) & (own["evidence"] != "component_type")]["mass_g_max"].isna().all()


def _sized(given: dict[str, Any]) -> bool:
    """Whether the text gives sizes, or a component whose mass is typical of its name."""
    return any(sign in given["description"] for sign in ("x", "X", "OD", "NiMH"))


@SETTINGS
@given(rows=st.lists(declaration, min_size=1, max_size=6), data=st.data())
def test_the_order_of_declarations_does_not_matter(content, rows, data):
    shuffled = data.draw(st.permutations(rows))
    pd.testing.assert_frame_equal(content(PART, rows).own, content(PART, shuffled).own)


@SETTINGS
@given(rows=st.lists(declaration, min_size=1, max_size=6))
def test_bounds_stay_in_order_and_probabilities_within_one(content, rows):
    own = content(PART, rows).own
    assert not (own["mass_g_min"] > own["mass_g_max"] + 1e-12).any()
    assert not (own["mass_g_typ"] > own["mass_g_max"] + 1e-12).any()
    assert own["probability"].between(0, 1).all()


@SETTINGS
@given(rows=st.lists(declaration, min_size=1, max_size=6))
def test_worse_evidence_only_cuts_a_bound_where_better_stands(content, rows):
    bare = content([{"part_no": "M", "description": "", "unit_mass_g": 7.5, "category": "Magnet"}], rows).own
    told = content([{**PART[0], "category": "Magnet"}], rows).own
    keys = ["material", "form"]
    alone, both = (f[f["evidence"] == "full_declaration"].set_index(keys).sort_index() for f in (bare, told))
    assert alone.index.equals(both.index)
    least, most = (frame["mass_g_min"].fillna(0.0) for frame in (alone, both))
    assert (most >= least).all()
    assert not (both["mass_g_max"].fillna(math.inf) > alone["mass_g_max"].fillna(math.inf)).any()
    measured = (alone["probability"] == 0) | ((alone["mass_g_min"] > 0) & alone["mass_g_max"].notna())
    columns = ["mass_g_min", "mass_g_typ", "mass_g_max", "probability", "date"]
    pd.testing.assert_frame_equal(alone.loc[measured, columns], both.loc[measured, columns])
