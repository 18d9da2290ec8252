"""What must hold for any declarations: order does not matter, worse evidence changes nothing, bounds stay in order."""

import pandas as pd
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

PART = [{"part_no": "M", "description": "N42SH 20x10x5", "unit_mass_g": 7.5}]
SETTINGS = settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
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
def test_worse_evidence_changes_nothing_where_better_stands(content, rows):
    bare = content([{"part_no": "M", "description": "", "unit_mass_g": 7.5, "category": "Magnet"}], rows).own
    told = content([{**PART[0], "category": "Magnet"}], rows).own
    best = [frame[frame["evidence"] == "full_declaration"].reset_index(drop=True) for frame in (bare, told)]
    pd.testing.assert_frame_equal(*best)
