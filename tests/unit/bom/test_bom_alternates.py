"""Groups of alternates, kept beside the graph because those without a share are no edges of it."""

import pandas as pd
import pytest

from riskplug.bom import build_graph, members_of
from riskplug.model import BomGraph
from tests.unit.bom.boms import ON, SITE, graph_of, line, node, table

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


def test_of_equal_priority_the_first_part_number_is_preferred_whatever_the_order_of_the_file() -> None:
    lines = [line("A", part, **GROUP) for part in ("D", "B", "C")]
    index = pd.Index(["D", "C", "B", "A"], dtype="str")
    parts = table("parts", [{"part_no": name, "base_unit": "pc"} for name in index], index)
    graph = build_graph(table("bom_lines", lines, index), parts, sites=(SITE,), on=ON)
    names = graph.nodes["part_no"].astype("str")
    assert names.take(graph.alternates["component"]).to_list() == ["B", "C", "D"]
    assert names.take(graph.consumed.indices).to_list() == ["B"]


def test_a_group_tells_the_order_and_what_each_would_take_alone() -> None:
    rows = [
        line("A", "B", 2, alt_priority=2, scrap_pct=10, **GROUP),
        line("A", "C", 3, alt_priority=1, base_quantity=10, **GROUP),
        line("A", "D", 4, fixed=True, **GROUP),
        line("A", "E", 1, unit="m", alt_priority=9, **GROUP),
    ]
    graph = graph_of(rows)
    told = graph.alternates
    names = graph.nodes["part_no"].astype("str").take(told["component"]).to_list()
    assert names == ["C", "B", "E", "D"] and told["rank"].to_list() == [0, 1, 2, 3]
    assert told["quantity"].to_list() == pytest.approx([0.3, 2.2, float("nan"), 4], nan_ok=True)
    assert told["fixed"].to_list() == [False, False, False, True] and not told["split"].any()


def test_a_group_with_any_share_is_split() -> None:
    graph = graph_of([line("A", "B", alt_share_pct=100, **GROUP), line("A", "C", **GROUP)])
    assert graph.alternates["split"].all()


def test_what_a_group_takes_of_a_part_today_stands_beside_what_it_would_take_alone() -> None:
    # 2 per 10 A, 5 % scrap: 2 x 1.05 / 10 = 0.21 of either, though today 70 % are B
    lines = [
        line("A", part, 2, base_quantity=10, scrap_pct=5, alt_share_pct=share, **GROUP)
        for part, share in (("B", 70), ("C", 30))
    ]
    graph = graph_of([*lines, line("A", "B", 1, position="20")])
    told = graph.alternates.set_index(
        graph.nodes["part_no"].astype("str").take(graph.alternates["component"]).to_numpy()
    )
    assert told["quantity"].to_dict() == pytest.approx({"B": 0.21, "C": 0.21})
    assert told["taken"].to_dict() == pytest.approx({"B": 0.147, "C": 0.063})
    assert graph.consumed[node(graph, "A"), node(graph, "B")] == pytest.approx(1.147)


def test_bulk_alternates_are_told_and_take_nothing_that_is_planned() -> None:
    graph = graph_of([line("A", "B", 2, line_kind="bulk", **GROUP), line("A", "C", 2, **GROUP)])
    told = graph.alternates.set_index(
        graph.nodes["part_no"].astype("str").take(graph.alternates["component"]).to_numpy()
    )
    assert (told["bulk"].to_dict(), told["taken"].to_dict()) == ({"B": True, "C": False}, {"B": 0, "C": 0})
