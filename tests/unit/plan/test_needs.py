"""From lines of a bill of material to what parts need."""

from math import nan

import numpy as np
import pytest

from riskplug.model import BomGraph
from riskplug.plan.needs import Links, links
from riskplug.plan.nodes import Master, NodeIndex
from tests.unit.bom.boms import graph_of, line, table

GROUP = {"alt_group": "A"}


def linked(lines, parts=(), required=nan) -> tuple[BomGraph, Links]:
    """``parts``: master rows beside the default of what has lines being made and the rest bought."""
    parents = {row["parent"] for row in lines}
    names = sorted({row[end] for row in lines for end in ("parent", "component")})
    told = {row["part_no"]: row for row in parts}
    masters = [
        {"part_no": name, "base_unit": "pc", "procurement": "make" if name in parents else "buy", **told.get(name, {})}
        for name in names
    ]
    graph = graph_of(lines, masters)
    index = NodeIndex.of(graph.nodes)
    rows = table("parts", masters, graph.nodes["part_no"].cat.categories)
    return graph, links(graph, Master.of(index, rows), np.full(len(graph.level), float(required)))


def needs(graph: BomGraph, found: Links) -> dict[str, list[dict[str, float]]]:
    """Per parent its groups, each component -> quantity, in names; further nodes are called after their part + '*'."""
    names = graph.nodes["part_no"].astype("str").to_numpy()
    said = [names[at] + "*" * (node >= len(names)) for node, at in enumerate(found.of)]
    groups: dict[str, list[dict[str, float]]] = {}
    for (parent, _), rows in found.needs.groupby(["parent", "group"]):
        group = {said[part]: quantity for part, quantity in zip(rows["component"], rows["quantity"], strict=True)}
        groups.setdefault(said[parent], []).append(group)
    return {parent: sorted(rows, key=str) for parent, rows in groups.items()}


def test_alternates_are_one_group_with_the_whole_quantity_of_each_and_other_lines_groups_of_their_own() -> None:
    lines = [
        line("F", "M", 2, alt_share_pct=70, **GROUP),
        line("F", "N", 3, alt_share_pct=30, **GROUP),
        line("F", "K", 4, scrap_pct=5),
    ]
    assert needs(*linked(lines)) == {"F": [{"K": pytest.approx(4.2)}, {"M": 2, "N": 3}]}


def test_an_alternate_that_has_no_share_today_is_one_all_the_same() -> None:
    lines = [line("F", "M", 2, alt_priority=1, **GROUP), line("F", "N", 3, alt_priority=2, **GROUP)]
    assert needs(*linked(lines)) == {"F": [{"M": 2, "N": 3}]}


def test_a_line_of_its_own_beside_a_group_needs_its_part_besides() -> None:
    lines = [line("F", "M", 2, **GROUP), line("F", "N", 3, **GROUP), line("F", "M", 5, position="20")]
    assert needs(*linked(lines)) == {"F": [{"M": 2, "N": 3}, {"M": 5}]}


def test_bought_parts_need_nothing_and_phantoms_are_passed_through() -> None:
    lines = [line("F", "P", 2), line("P", "M", 3), line("F", "B", 1), line("B", "N", 1)]
    graph, found = linked(lines, [{"part_no": "P", "phantom": True}, {"part_no": "B", "procurement": "buy"}])
    assert needs(graph, found) == {"F": [{"B": 1}, {"P": 2}], "P": [{"M": 3}]}
    names = graph.nodes["part_no"].astype("str")
    assert dict(zip(names, found.bought >= 0, strict=True)) == {"B": True, "F": False, "M": True, "N": True, "P": False}


def test_bulk_parts_are_always_there_and_make_a_group_free() -> None:
    lines = [line("F", "M", 1), line("F", "O", 1), line("F", "Q", 1, **GROUP), line("F", "R", 1, **GROUP)]
    bulk = [{"part_no": name, "bulk": True} for name in ("O", "R")]
    assert needs(*linked(lines, bulk)) == {"F": [{"M": 1}]}


def test_a_part_that_is_made_or_bought_is_either_and_a_lost_source_takes_only_one_way() -> None:
    lines = [line("F", "R", 1), line("R", "M", 2)]
    graph, found = linked(lines, [{"part_no": "R", "procurement": "both"}])
    names = graph.nodes["part_no"].astype("str").tolist()
    at, made, bought = names.index("R"), len(names), len(names) + 1
    rows = {(row.parent, row.component): row.quantity for row in found.needs.itertuples()}
    assert rows == {(names.index("F"), at): 1, (at, made): 1, (at, bought): 1, (made, names.index("M")): 2}
    assert found.needs.set_index("component").loc[[made, bought], "group"].nunique() == 1
    assert found.bought[at] == bought


def test_an_alternate_of_unknown_quantity_is_one_nobody_can_count_on() -> None:
    lines = [line("F", "M", 2, **GROUP), line("F", "N", 3, unit="m", **GROUP)]
    graph, found = linked(lines)
    assert needs(graph, found) == {"F": [{"M": 2, "N*": 1}]}
    assert found.vague.tolist() == [False, False, False, True]


def test_alternates_of_unknown_quantity_are_nodes_of_their_own_each() -> None:
    lines = [
        line(parent, part, quantity, **GROUP, **more)
        for parent in ("F", "G")
        for part, quantity, more in (("M", 2, {}), ("N", 3, {"unit": "m"}))
    ]
    graph, found = linked([*lines, line("G", "K", 4)])
    assert needs(graph, found) == {"F": [{"M": 2, "N*": 1}], "G": [{"K": 4}, {"M": 2, "N*": 1}]}
    assert found.needs["component"].nunique() == 4 and found.vague.sum() == 2


def test_a_fixed_quantity_counts_once_for_all_and_leaves_what_uses_it_in_doubt() -> None:
    # 50 of M for an order of F: at the least one order of all 200 that are required, 0.25 each.
    graph, found = linked([line("F", "M", 50, fixed=True), line("F", "K", 1)], required=200)
    assert needs(graph, found) == {"F": [{"K": 1}, {"M*": 1}], "M*": [{"M": 0.25}]}
    assert found.partial.tolist() == [False, False, False, True]


def test_what_is_on_a_cycle_is_left_out_and_partial_with_all_above() -> None:
    lines = [line("F", "A", 1), line("A", "B", 1), line("B", "A", 1), line("F", "K", 1), line("G", "K", 1)]
    graph, found = linked(lines)
    assert needs(graph, found) == {"F": [{"A": 1}, {"K": 1}], "G": [{"K": 1}]}
    names = graph.nodes["part_no"].astype("str")
    assert dict(zip(names, found.partial, strict=True)) == {"A": True, "B": True, "F": True, "G": False, "K": False}


def test_an_alternate_made_of_its_own_parent_is_no_way_to_make_it() -> None:
    lines = [line("F", "M", 1, **GROUP), line("F", "N", 1, **GROUP), line("N", "F", 1)]
    graph, found = linked(lines)
    assert needs(graph, found)["F"] == [{"M": 1}]
