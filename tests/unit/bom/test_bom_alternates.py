"""Groups of alternates, kept beside the graph because those without a share are no edges of it."""

from math import nan

import numpy as np
import pytest

from riskplug.bom import members_of
from riskplug.model import BomGraph
from tests.unit.bom.boms import graph_of, line, node

GROUP = {"alt_group": "A"}


def groups(graph: BomGraph) -> set[tuple[str, str, bool]]:
    names = graph.nodes["part_no"].astype("str")
    rows = graph.alternates
    return set(zip(names.take(rows["parent"]), names.take(rows["component"]), rows["required"], strict=True))


def test_an_alternate_without_share_is_in_its_group_and_no_edge() -> None:
    graph = graph_of([line("A", "B", alt_priority=1, **GROUP), line("A", "C", alt_priority=2, **GROUP)])
    assert groups(graph) == {("A", "B", False), ("A", "C", False)}
    assert graph.as_built[node(graph, "A"), node(graph, "C")] == 0


def test_a_group_of_one_has_no_alternate() -> None:
    assert graph_of([line("A", "B", **GROUP), line("A", "C")]).alternates.empty


def test_groups_of_two_parents_are_two() -> None:
    graph = graph_of([line(top, part, **GROUP) for top in ("A", "Z") for part in ("B", "C")])
    assert graph.alternates["group"].nunique() == 2


def test_a_line_of_its_own_needs_the_component_besides() -> None:
    graph = graph_of([line("A", "B", **GROUP), line("A", "C", **GROUP), line("A", "B", position="20")])
    assert groups(graph) == {("A", "B", True), ("A", "C", False)}


def test_the_alternates_of_a_part_are_all_that_share_a_group_with_it() -> None:
    lines = [line("A", part, **GROUP) for part in ("B", "C")] + [line("Z", part, **GROUP) for part in ("B", "D")]
    graph = graph_of(lines)
    found = members_of(graph)
    names = graph.nodes["part_no"].astype("str").to_numpy()
    assert set(names[found.loc[found["node"] == node(graph, "B"), "alternate"]]) == {"C", "D"}


def full(graph: BomGraph) -> dict[str, tuple[float, float]]:
    names = graph.nodes["part_no"].astype("str")
    rows = graph.alternates
    return dict(zip(names.take(rows["component"]), zip(rows["quantity"], rows["share"], strict=True), strict=True))


def test_an_alternate_takes_its_whole_quantity_whatever_its_share() -> None:
    # 2 per 10 A, 5 % scrap: 2 x 1.05 / 10 = 0.21 of either, though today 70 % are B
    lines = [
        line("A", part, 2, base_quantity=10, scrap_pct=5, alt_share_pct=share, **GROUP)
        for part, share in (("B", 70), ("C", 30))
    ]
    graph = graph_of(lines)
    assert full(graph) == {"B": pytest.approx((0.21, 0.7)), "C": pytest.approx((0.21, 0.3))}
    assert graph.consumed[node(graph, "A"), node(graph, "B")] == pytest.approx(0.147)


def test_alternates_of_another_unit_are_in_the_base_unit_of_their_part_and_unknown_without_a_factor() -> None:
    parts = [{"part_no": "A"}, {"part_no": "B", "base_unit": "kg"}, {"part_no": "C", "base_unit": "kg"}]
    graph = graph_of([line("A", "B", 500, unit="g", **GROUP), line("A", "C", 3, unit="m", **GROUP)], parts)
    assert full(graph) == {"B": pytest.approx((0.5, 1.0)), "C": pytest.approx((nan, 0.0), nan_ok=True)}


def test_an_alternate_on_two_lines_of_its_group_takes_both() -> None:
    lines = [line("A", "B", 2, position=position, **GROUP) for position in ("10", "20")]
    assert full(graph_of([*lines, line("A", "C", 1, **GROUP)]))["B"][0] == 4


def test_a_bulk_alternate_takes_nothing_that_is_planned_and_a_fixed_one_nothing_per_unit() -> None:
    lines = [line("A", "B", 2, line_kind="bulk", **GROUP), line("A", "C", 50, fixed=True, **GROUP)]
    found = full(graph_of(lines))
    assert (found["B"][0], np.isnan(found["C"][0])) == (0, True)
