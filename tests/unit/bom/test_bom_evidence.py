"""How much of the mass or the spend of a part rests on evidence. Expected values by hand."""

import math

import numpy as np
import pandas as pd
import pytest

from riskplug.bom import Covered, covered, known_nodes
from tests.unit.bom.boms import graph_of, line, node

LINES = [line("T", "A", 2), line("T", "C", 5), line("A", "B", 3), line("A", "D", 1)]


def share(known: str, worth: dict[str, float], top: str = "T", lines=LINES, **more) -> tuple[float, float, float, bool]:
    """proven, unproven, percent and lower_bound of one unit of ``top``; unlisted parts are of unknown worth."""
    graph = graph_of(lines)
    parts = pd.DataFrame({"part_no": list(known), "content_known": True})
    names = graph.nodes["part_no"].astype("str")
    values = names.map(worth).to_numpy(dtype=float)
    options = {}
    if "whole" in more:
        options["whole"] = names.map(more["whole"]).to_numpy(dtype=float)
    if "ends" in more:
        options["ends"] = names.isin(list(more["ends"])).to_numpy()
    found: Covered = covered(graph, graph.as_built, known_nodes(graph, parts), values, **options)
    at = node(graph, top)
    return found.proven[at], found.unproven[at], found.pct[at], bool(found.lower_bound[at])


def test_the_share_is_of_all_parts_without_components_through_the_levels() -> None:
    # 2 x (3 x 10 + 1 x 20) + 5 x 4 = 120, of which B is 2 x 3 x 10
    assert share("B", {"B": 10, "C": 4, "D": 20}) == (60, 60, 50, False)


def test_an_unknown_part_without_evidence_could_be_any_share() -> None:
    proven, unproven, pct, lower = share("B", {"B": 10, "C": 4})
    assert proven == 60 and math.isnan(unproven) and math.isnan(pct) and not lower


def test_an_unknown_part_with_evidence_leaves_a_lower_bound() -> None:
    # the 60 of B are missing: at least 0 of 60
    assert share("BC", {"C": 4, "D": 20}) == (20, 40, pytest.approx(100 / 3), True)


def test_an_assembly_with_evidence_of_its_own_is_covered_whole() -> None:
    assert share("A", {"B": 10, "C": 4, "D": 20}) == (100, 20, pytest.approx(500 / 6), False)
    assert share("A", {"B": 10, "C": 4}) == (60, 20, 75, True)


def test_the_weight_of_an_assembly_closes_a_gap_below_it() -> None:
    # A weighs 50, B in it 30: the rest is D, whatever its unit mass
    assert share("B", {"B": 10, "C": 4}, whole={"A": 50}) == (60, 60, 50, False)
    # a weight below that of the known parts in it closes nothing
    assert math.isnan(share("B", {"B": 10, "C": 4}, whole={"A": 20})[1])


def test_the_weight_is_not_asked_where_every_part_is_known() -> None:
    assert share("B", {"B": 10, "C": 4, "D": 20}, whole={"A": 1000}) == (60, 60, 50, False)


def test_what_is_bought_as_a_whole_is_not_looked_into() -> None:
    assert share("B", {"A": 40, "B": 10, "C": 4, "D": 20}, ends="A") == (0, 100, 0, False)


def test_what_hangs_on_a_line_that_cannot_be_counted_is_unknown() -> None:
    lines = [line("A", "B"), line("A", "C", 1, unit="m")]
    assert math.isnan(share("BC", {"B": 1, "C": 1}, top="A", lines=lines)[2])
    # of 10 g the known part is one, the line without a factor the rest
    assert share("BC", {"B": 1, "C": 1}, top="A", lines=lines, whole={"A": 10})[:3] == (1, 9, 10)


def test_a_share_of_nothing_is_unknown() -> None:
    assert math.isnan(share("B", {"B": 0, "C": 0, "D": 0})[2])


def test_a_flag_that_is_missing_counts_as_no_evidence() -> None:
    graph = graph_of(LINES)
    parts = pd.DataFrame({"part_no": ["B", "C"], "content_known": pd.array([None, True], dtype="boolean")})
    assert np.flatnonzero(known_nodes(graph, parts)).tolist() == [node(graph, "C")]
