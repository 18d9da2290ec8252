"""Levels, cycles, deep chains and shared parts."""

import numpy as np
import pytest

from riskplug.bom import coverage, explode, products_above, roll_up, where_used
from riskplug.errors import UsageError
from riskplug.model import BomGraph
from tests.unit.bom.boms import SITE, graph_of, level, line, node, quantity, reasons


def ladder(steps: int) -> BomGraph:
    """Two parts on every step, each made of both parts of the next: 2**steps ways down."""
    lines = [line(f"N{i:04}{a}", f"N{i + 1:04}{b}") for i in range(steps) for a in "ab" for b in "ab"]
    return graph_of(lines)


def chain(length: int) -> BomGraph:
    return graph_of([line(f"N{i:04}", f"N{i + 1:04}") for i in range(length)])


def one(graph: BomGraph, part_no: str) -> np.ndarray:
    values = np.zeros((len(graph.level), 1))
    values[node(graph, part_no)] = 1.0
    return values


def test_a_part_used_at_two_levels_lies_below_its_deepest_parent() -> None:
    graph = graph_of([line("A", "B", 2), line("A", "C", 5), line("B", "C", 3)])
    assert [level(graph, n) for n in "ABC"] == [0, 1, 2]
    assert roll_up(graph.consumed, one(graph, "C"), graph)[node(graph, "A"), 0] == 5 + 2 * 3


def test_a_phantom_passes_its_needs_through() -> None:
    """W9: FP-3 x 5 needs 10 of the phantom SF-3, 20 PP-3 and 30 PP-4."""
    lines = [line("FP-3", "SF-3", 2), line("FP-3", "PP-3", 2), line("SF-3", "PP-3", 1), line("SF-3", "PP-4", 3)]
    graph = graph_of(lines, [{"part_no": n, "phantom": n == "SF-3"} for n in ("FP-3", "SF-3", "PP-3", "PP-4")])
    needed = 5 * explode(graph, "FP-3", SITE).set_index("part_no")["qty_per"]
    assert needed.to_dict() == {"SF-3": 10, "PP-3": 20, "PP-4": 30}


def test_a_ladder_of_a_million_million_paths_is_added_up() -> None:
    graph = ladder(40)
    total = roll_up(graph.as_built, one(graph, "N0040a"), graph)
    assert total[node(graph, "N0000a"), 0] == 2.0**39
    rows = explode(graph, "N0000a", SITE).set_index("part_no")
    assert rows["qty_per"]["N0040a"] == 2.0**39 and rows["level"]["N0040a"] == 40
    assert where_used(graph, "N0040a", SITE).set_index("part_no")["qty_per"]["N0000b"] == 2.0**39
    products, _ = products_above(graph, graph.level == 0)
    assert products[node(graph, "N0040a")] == 2


def test_a_chain_of_1500_levels_is_walked() -> None:
    graph = chain(1500)
    assert level(graph, "N1500") == 1500
    assert roll_up(graph.as_built, one(graph, "N1500"), graph)[node(graph, "N0000"), 0] == 1
    assert explode(graph, "N0000", SITE)["level"].max() == 1500


def test_coverage_of_a_ladder_with_more_paths_than_a_float_holds_stays_a_share() -> None:
    import pandas as pd

    graph = ladder(1100)
    share = coverage(graph, pd.DataFrame({"part_no": ["N1100a"], "content_known": [True]}))
    assert share[node(graph, "N0000a")] == pytest.approx(50)


def test_a_cycle_is_reported_in_path_order_and_the_rest_is_computed() -> None:
    graph = graph_of([line("Top", "A"), line("A", "B"), line("B", "A"), line("B", "S", 4), line("Free", "S", 3)])
    names = graph.nodes["part_no"]
    assert [[names.iloc[n] for n in cycle] for cycle in graph.cycles] == [["A", "B"]]
    assert reasons(graph) == ["on a cycle: A > B > A"] * 2
    assert {str(n) for n in names[graph.partial]} == {"Top", "A", "B"}
    assert (quantity(graph, "B", "S"), quantity(graph, "Free", "S"), quantity(graph, "A", "B")) == (4, 3, 0)
    assert (graph.level >= 0).all()


def test_cycles_that_share_a_part_are_each_reported() -> None:
    graph = graph_of([line("A", "B"), line("B", "A"), line("B", "C"), line("C", "A")])
    names = graph.nodes["part_no"]
    assert [[names.iloc[n] for n in cycle] for cycle in graph.cycles] == [["A", "B"], ["A", "B", "C"]]


def test_a_part_inside_itself_is_reported_and_left_out() -> None:
    graph = graph_of([line("A", "A", 0.2), line("A", "B", 2), line("Top", "A")])
    assert reasons(graph) == ["the part is a component of itself"]
    assert graph.cycles == ((node(graph, "A"),),)
    assert explode(graph, "Top", SITE).set_index("part_no")["qty_per"].to_dict() == {"A": 1, "B": 2}
    assert graph.partial[node(graph, "Top")] and not graph.partial[node(graph, "B")]


def test_a_cycle_through_a_fixed_line_is_a_cycle() -> None:
    graph = graph_of([line("A", "B"), line("B", "A", 5, fixed=True)])
    assert len(graph.cycles) == 1 and graph.fixed.nnz == graph.as_built.nnz == 0


def test_an_unknown_value_stays_unknown_in_its_own_column_only() -> None:
    graph = graph_of([line("A", "B"), line("A", "C")])
    values = np.zeros((3, 2))
    values[node(graph, "B")] = [np.nan, 1.0]
    total = roll_up(graph.as_built, values, graph)
    assert np.isnan(total[node(graph, "A"), 0]) and total[node(graph, "A"), 1] == 1
    assert total[node(graph, "C")].tolist() == [0, 0]


def test_products_count_once_and_an_unknown_revenue_makes_the_sum_unknown() -> None:
    graph = graph_of([line("P", "S"), line("P", "T"), line("S", "X"), line("T", "X"), line("Q", "X"), line("Q", "Y")])
    product = np.isin(graph.nodes["part_no"].astype(str), ["P", "Q"])
    worth = np.full(len(product), np.nan)
    worth[node(graph, "P")] = 100.0
    counts, money = products_above(graph, product, worth)
    assert {n: counts[node(graph, n)] for n in "PSXY"} == {"P": 1, "S": 1, "X": 2, "Y": 1}
    assert money[node(graph, "S")] == 100 and np.isnan(money[node(graph, "X")])


def test_more_products_than_fit_one_block_are_all_counted() -> None:
    graph = graph_of([line(f"P{i:04}", "X") for i in range(1100)])
    product = graph.nodes["part_no"].astype(str).str.startswith("P").to_numpy()
    counts, money = products_above(graph, product, np.where(product, 2.0, np.nan))
    assert (counts[node(graph, "X")], money[node(graph, "X")]) == (1100, 2200)


def test_an_empty_bill_of_material_is_a_graph_of_parts() -> None:
    graph = graph_of([], [{"part_no": "A"}])
    assert len(graph.nodes) == 1 and graph.level.tolist() == [0] and graph.problems.empty


def test_an_unknown_part_is_a_usage_error_with_a_suggestion() -> None:
    with pytest.raises(UsageError, match="MOTOR-1"):
        explode(graph_of([line("MOTOR-1", "B")]), "MOTR-1", SITE)
