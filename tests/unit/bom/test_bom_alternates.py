"""Groups of alternates, kept beside the graph because those without a share are no edges of it."""

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
