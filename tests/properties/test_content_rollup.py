"""Invariants of content carried up the bill of material, on random bills and evidence."""

import numpy as np
import pandas as pd
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from riskplug.bom import roll_up, roll_up_content
from riskplug.catalogue import EVIDENCE
from riskplug.content.evidence import CANDIDATE
from riskplug.content.reconcile import reconcile
from tests.examples import examples
from tests.unit.bom.boms import graph_of, line, own

PARTS = [f"P{i}" for i in range(7)]
BOUNDS = ["mass_g_min", "mass_g_typ", "mass_g_max"]
LEAVES = PARTS[-3:]


@st.composite
def boms(draw):
    """Lines from lower to higher numbers; the last three parts are always without components."""
    ends = st.tuples(st.integers(0, 3), st.integers(1, 6)).filter(lambda pair: pair[0] < pair[1])
    pairs = draw(st.lists(ends, min_size=1, max_size=12, unique=True))
    return [line(PARTS[a], PARTS[b], float(draw(st.integers(1, 4)))) for a, b in pairs]


@st.composite
def rows_of(draw, names, evidence=("grade",), unknown=True, least=1):
    """One orderly row per part: 0 <= lower <= typical <= upper, the last two perhaps unknown."""
    rows = []
    for name in draw(st.lists(st.sampled_from(names), unique=True, min_size=least)):
        low, typical, upper = sorted(draw(st.lists(st.integers(0, 20), min_size=3, max_size=3)))
        open_ = draw(st.sampled_from((0, 1, 2, 3))) if unknown else 0
        masses = (low if open_ < 3 else np.nan, typical if open_ < 2 else np.nan, upper if not open_ else np.nan)
        chance = draw(st.sampled_from((0.0, 0.25, 0.75, 1.0)))
        if chance == 0:
            masses = (0.0, 0.0, 0.0)
        rows.append(
            {"part_no": name, "material": "Dy", "probability": chance, "evidence": draw(st.sampled_from(evidence))}
            | dict(zip(BOUNDS, masses, strict=True))
        )
    return rows


def masters():
    return [{"part_no": name} for name in PARTS]


def above(lines, rows):
    content = roll_up_content(graph_of(lines, masters()), own(rows))
    return content.assign(part_no=content["part_no"].astype("str")).set_index(["part_no", "form"])


@given(boms(), rows_of(LEAVES), rows_of(LEAVES))
@settings(max_examples=examples(30), deadline=None)
def test_the_roll_up_of_a_sum_is_the_sum_of_the_roll_ups(lines, some, others) -> None:
    """Per node and bound; two evidences add where they speak of two forms, so that neither replaces the other."""
    forms = [row | {"form": "oxide"} for row in others]
    both, one, other = above(lines, [*some, *forms]), above(lines, some), above(lines, forms)
    parts = pd.concat([one, other]).reindex(both.index)
    columns = [*BOUNDS, "mass_g_expected", "probability"]
    np.testing.assert_allclose(both[columns], parts[columns])
    graph = graph_of(lines, masters())
    a, b = (np.nan_to_num(np.arange(len(graph.nodes) * 4, dtype=float).reshape(-1, 4) ** power) for power in (1, 2))
    added = roll_up(graph.as_built, a + b, graph)
    np.testing.assert_allclose(added, roll_up(graph.as_built, a, graph) + roll_up(graph.as_built, b, graph))


@given(boms(), rows_of(LEAVES[:2], unknown=False), rows_of(LEAVES[2:], unknown=False))
@settings(max_examples=examples(30), deadline=None)
def test_masses_of_one_material_add_up_over_the_parts_that_hold_it(lines, some, others) -> None:
    columns = [*BOUNDS, "mass_g_expected"]
    both, one, other = (above(lines, rows)[columns] for rows in ([*some, *others], some, others))
    np.testing.assert_allclose(both, one.reindex(both.index).fillna(0.0) + other.reindex(both.index).fillna(0.0))


@given(boms(), rows_of(LEAVES), st.sampled_from((0.5, 3.0, 1000.0)))
@settings(max_examples=examples(30), deadline=None)
def test_the_roll_up_scales_with_the_masses(lines, rows, times) -> None:
    more = [row | {name: row[name] * times for name in BOUNDS} for row in rows]
    columns = [*BOUNDS, "mass_g_expected"]
    one, scaled = above(lines, rows), above(lines, more)
    np.testing.assert_allclose(scaled[columns], one[columns] * times)
    assert scaled[["probability", "lower_bound"]].equals(one[["probability", "lower_bound"]])


@given(boms(), rows_of(PARTS, EVIDENCE))
@settings(max_examples=examples(50), deadline=None)
def test_intervals_stay_ordered(lines, rows) -> None:
    found = above(lines, rows)
    assert not (found["mass_g_min"] > found["mass_g_typ"] + 1e-9).any()
    assert not (found["mass_g_typ"] > found["mass_g_max"] + 1e-9).any()
    assert not (found["mass_g_min"] > found["mass_g_max"] + 1e-9).any()
    assert not (found["mass_g_expected"] > found["mass_g_max"] + 1e-9).any()
    assert found["probability"].between(0, 1).all()


@given(boms(), rows_of(LEAVES))
@settings(max_examples=examples(50), deadline=None)
def test_unknown_never_turns_into_zero(lines, rows) -> None:
    """What hangs on a part of unknown mass has no upper mass, says so, and its other masses are no bare zeros."""
    graph = graph_of(lines, masters())
    found = above(lines, rows).droplevel("form")
    for row in rows:
        if row["probability"] == 0 or not np.isnan(row["mass_g_max"]):
            continue
        start = (graph.nodes["part_no"] == row["part_no"]).to_numpy(dtype=float)[:, None]
        holders = graph.nodes["part_no"].astype("str")[roll_up(graph.as_built, start, graph)[:, 0] > 0]
        hit = found.loc[list(holders)]
        assert hit["mass_g_max"].isna().all() and hit["lower_bound"].all()
        assert not (hit["mass_g_expected"] == 0).any()
        likely = hit["probability"] >= 0.5
        if np.isnan(row["mass_g_typ"]):
            assert not (hit.loc[likely, "mass_g_typ"] == 0).any()


WORSE, BETTER = ("grade", "description", "category"), ("full_declaration", "certificate")


def wider(new, old) -> bool:
    low, high = (np.nan_to_num(row["mass_g_min"]) for row in (new, old))
    upper, before = (np.nan_to_num(row["mass_g_max"], nan=np.inf) for row in (new, old))
    return bool(low < high - 1e-9 or upper > before + 1e-9)


@given(boms(), rows_of(LEAVES, WORSE, least=3), rows_of(PARTS[:1], BETTER))
@settings(max_examples=examples(50), deadline=None)
def test_more_evidence_on_an_assembly_never_widens_silently(lines, rows, better) -> None:
    lines = [line(PARTS[0], LEAVES[0]), *lines]
    before, after = (above(lines, some).droplevel("form") for some in (rows, [*rows, *better]))
    assume(PARTS[0] in before.index and better[0]["probability"] > 0)
    old, new = before.loc[PARTS[0]], after.loc[PARTS[0]]
    held = old["probability"] > 0
    assert ("wider than its components" in new["source"]) == (held and wider(new, old))
    assert before.loc[before.index != PARTS[0], BOUNDS].equals(after.loc[after.index != PARTS[0], BOUNDS])


def reconciled(*rows):
    return reconcile(own(rows).assign(part=0)[list(CANDIDATE)]).to_dict("records")


@given(rows_of(PARTS[:1], WORSE), rows_of(PARTS[:1], BETTER))
@settings(max_examples=examples(50), deadline=None)
def test_more_evidence_on_a_part_never_widens_silently(worse, better) -> None:
    assume(worse[0]["probability"] > 0 and better[0]["probability"] > 0)
    (before,), (after,) = reconciled(*worse), reconciled(*worse, *better)
    assert ("in place of" in after["source"]) >= wider(after, before)
    assert after["evidence"] == better[0]["evidence"]


STATEMENTS = (*BETTER, "dimensions_grade", "component_type")


@given(st.lists(rows_of(PARTS[:1], STATEMENTS), min_size=1, max_size=4), st.randoms(use_true_random=False))
@settings(max_examples=examples(100), deadline=None)
def test_reconciled_intervals_stay_ordered_and_know_no_order_of_evidence(many, chance) -> None:
    rows = [row | {"source": f"S{place}"} for place, (row,) in enumerate(many)]
    found = reconciled(*rows)
    chance.shuffle(rows)
    pd.testing.assert_frame_equal(pd.DataFrame(found), pd.DataFrame(reconciled(*rows)))
    for one, two in (("min", "typ"), ("typ", "max"), ("min", "max")):
        assert not found[0][f"mass_g_{one}"] > found[0][f"mass_g_{two}"]


@given(rows_of(PARTS[:1], WORSE[:2]), st.sampled_from(BETTER), st.integers(1, 25))
@settings(max_examples=examples(50), deadline=None)
def test_an_upper_bound_is_intersected_with_a_reading_or_in_conflict_with_it(read, evidence, bound) -> None:
    """The oracle: interval arithmetic on paper, reading [a, b] and bound [0, c]."""
    assume(read[0]["probability"] > 0)
    masses = {"mass_g_min": 0.0, "mass_g_typ": bound / 2, "mass_g_max": float(bound)}
    said = {**read[0], **masses, "probability": 0.5, "evidence": evidence, "source": "at most"}
    (found,) = reconciled(read[0] | {"source": "read"}, said)
    low, high = (
        np.nan_to_num(read[0][name], nan=other) for name, other in (("mass_g_min", 0.0), ("mass_g_max", np.inf))
    )
    if low > bound:
        assert found["source"].startswith("conflict: at most; in place of") and "read" in found["source"]
        assert [found[name] for name in BOUNDS] == list(masses.values())
    else:
        assert (found["mass_g_min"], found["mass_g_max"]) == (low, min(high, bound))
        assert found["probability"] == max(0.5, read[0]["probability"])
    assert found["evidence"] == evidence
