"""Which lines count, and how much of a component one unit of its parent takes."""

from datetime import date

import numpy as np
import pytest

from riskplug.bom import explode
from tests.unit.bom.boms import ON, graph_of, line, node, quantity, reasons, table


def test_five_kilograms_per_200_pieces_are_25_grams_each() -> None:
    parts = [{"part_no": "A"}, {"part_no": "Glue", "base_unit": "kg"}]
    graph = graph_of([line("A", "Glue", 5, unit="kg", base_quantity=200)], parts)
    assert quantity(graph, "A", "Glue") == pytest.approx(0.025)
    in_grams = graph_of(
        [line("A", "Glue", 5, unit="kg", base_quantity=200)], [{"part_no": "A"}, {"part_no": "Glue", "base_unit": "g"}]
    )
    assert quantity(in_grams, "A", "Glue") == pytest.approx(25)


@pytest.mark.parametrize(
    ("need", "more", "expected"),
    [
        (200, {"scrap_pct": 10}, 220),
        (100, {"scrap_pct": 20, "loss_convention": "divide"}, 125),
        (10, {"scrap_pct": 10, "loss_convention": "multiply"}, 11),
        (10, {"scrap_pct": 10, "loss_convention": "divide"}, 11.111111111),
        (5, {"yield_pct": 80}, 6.25),
        (5, {"scrap_pct": 150}, 12.5),
    ],
)
def test_loss_follows_the_convention_of_the_line_and_leaves_the_product_as_built(need, more, expected) -> None:
    graph = graph_of([line("A", "B", need, **more)])
    assert quantity(graph, "A", "B") == pytest.approx(expected)
    assert quantity(graph, "A", "B", "as_built") == need


def test_scrap_on_two_levels_compounds() -> None:
    graph = graph_of([line("A", "B", 200, scrap_pct=10), line("B", "C", 1, scrap_pct=10)])
    assert explode(graph, "A", "DE01").set_index("part_no")["qty_per"]["C"] == pytest.approx(242)


def test_scrap_of_a_hundred_percent_cannot_divide() -> None:
    graph = graph_of([line("A", "B", 1, scrap_pct=100, loss_convention="divide"), line("A", "C")])
    assert reasons(graph) == ["scrap of 100 % or more cannot divide the need"]
    assert graph.partial[node(graph, "A")] and quantity(graph, "A", "C") == 1


@pytest.mark.parametrize(
    ("start", "end", "counts"),
    [
        (ON, ON, True),
        (date(2025, 4, 29), None, False),
        (None, date(2025, 4, 27), False),
        (None, None, True),
        (date(2025, 4, 27), date(2025, 4, 29), True),
    ],
)
def test_validity_includes_both_ends(start, end, counts) -> None:
    graph = graph_of([line("A", "B", 1, valid_from=start, valid_to=end), line("A", "C")])
    assert (graph.as_built.nnz == 2) is counts
    assert reasons(graph) == []


def test_reversed_validity_is_left_out_and_reported() -> None:
    graph = graph_of([line("A", "B", valid_from=date(2025, 5, 1), valid_to=date(2025, 4, 1))])
    assert reasons(graph) == ["valid_from is after valid_to"] and graph.as_built.nnz == 0
    assert graph.partial[node(graph, "A")]


def test_only_active_production_lines_count_and_missing_counts() -> None:
    lines = [
        line("A", "B", status="active", usage="production"),
        line("A", "C"),
        line("A", "D", status="deleted"),
        line("A", "E", usage="sales"),
    ]
    graph = graph_of(lines)
    assert [graph.as_built[node(graph, "A"), node(graph, name)] for name in "BCDE"] == [1, 1, 0, 0]


def test_one_alternative_per_parent_and_numbers_sort_as_numbers() -> None:
    graph = graph_of(
        [line("A", "B", alternative="10"), line("A", "C", alternative="2"), line("X", "D", alternative="10")]
    )
    assert [quantity(graph, *pair) for pair in (("A", "B"), ("A", "C"), ("X", "D"))] == [0, 1, 1]


def test_a_line_without_alternative_belongs_to_the_lowest() -> None:
    graph = graph_of([line("A", "B", alternative="1"), line("A", "C")])
    assert (quantity(graph, "A", "B"), quantity(graph, "A", "C")) == (0, 1)


def test_outputs_and_optional_lines_are_not_consumption() -> None:
    graph = graph_of(
        [
            line("A", "B", line_kind="by_product"),
            line("A", "C", -1),
            line("A", "D", line_kind="optional"),
            line("A", "E"),
        ]
    )
    assert graph.as_built.nnz == graph.consumed.nnz == 1
    assert reasons(graph) == ["optional: not part of every unit"] and not graph.partial.any()


def test_bulk_is_built_in_but_has_no_planned_requirement() -> None:
    graph = graph_of(
        [line("A", "B", line_kind="bulk"), line("A", "C"), line("A", "D")],
        [{"part_no": n, "bulk": n == "D"} for n in "ABCD"],
    )
    assert [quantity(graph, "A", n, "as_built") for n in "BCD"] == [1, 1, 1]
    assert [quantity(graph, "A", n) for n in "BCD"] == [0, 1, 0]


def test_fixed_quantities_are_per_order_whatever_the_base_quantity() -> None:
    graph = graph_of([line("A", "B", 50, fixed=True, base_quantity=100), line("A", "C")])
    assert quantity(graph, "A", "B", "fixed") == 50
    assert quantity(graph, "A", "B") == quantity(graph, "A", "B", "as_built") == 0
    assert graph.level[node(graph, "B")] == 1


def test_alternates_split_by_share() -> None:
    graph = graph_of(
        [line("A", "B", 2, alt_group="1", alt_share_pct=70), line("A", "C", 2, alt_group="1", alt_share_pct=30)]
    )
    assert 100 * quantity(graph, "A", "B") == pytest.approx(140)
    assert 100 * quantity(graph, "A", "C") == pytest.approx(60)


def test_without_shares_the_lowest_priority_takes_all() -> None:
    lines = [
        line("A", "B", 2, alt_group="1", alt_priority=2),
        line("A", "C", 3, alt_group="1", alt_priority=1),
        line("A", "D", 1, alt_group="1"),
    ]
    graph = graph_of(lines)
    assert [quantity(graph, "A", n) for n in "BCD"] == [0, 3, 0] and reasons(graph) == []


def test_shares_that_do_not_add_up_are_reported() -> None:
    graph = graph_of([line("A", "B", alt_group="1", alt_share_pct=70), line("A", "C", alt_group="1", alt_share_pct=20)])
    assert set(reasons(graph)) == {"shares of the alternates of group 1 add up to 90 %, less than 100"}
    assert graph.partial[node(graph, "A")]


def test_without_a_factor_the_line_is_left_out_and_the_assemblies_above_are_partial() -> None:
    graph = graph_of([line("Top", "A"), line("A", "B", 2, unit="m"), line("A", "C")])
    assert reasons(graph) == ["no conversion m to pc"]
    assert {str(n) for n in graph.nodes["part_no"][graph.partial]} == {"A", "Top"}


def test_missing_parts_are_reported_by_name() -> None:
    graph = graph_of([line("A", "B", 2, unit="kg"), line("Ghost", "C")], [{"part_no": n} for n in "AC"])
    found = graph.problems.astype("object")
    assert sorted(zip(found["part_no"], found["reason"], strict=True)) == [
        ("A", "the component is missing from the parts list"),
        ("Ghost", "the parent is missing from the parts list"),
    ]
    assert quantity(graph, "A", "B") == 2
    assert graph.partial[[node(graph, "A"), node(graph, "Ghost")]].all()


@pytest.mark.parametrize(
    ("amount", "reason"),
    [(np.nan, "the quantity is unknown"), (0.0, "the quantity is zero, so what is used is unknown")],
)
def test_an_unsaid_quantity_is_not_zero(amount, reason) -> None:
    graph = graph_of([line("A", "B", amount)])
    assert reasons(graph) == [reason] and graph.partial[node(graph, "A")]


def test_a_component_on_several_lines_is_summed() -> None:
    assert quantity(graph_of([line("A", "B", 2), line("A", "B", 3)]), "A", "B") == 5


def test_phantom_by_master_or_by_line() -> None:
    graph = graph_of(
        [line("A", "B", line_kind="phantom"), line("A", "C"), line("B", "C")],
        [{"part_no": n, "phantom": n == "C"} for n in "ABC"],
    )
    assert [bool(graph.phantom[node(graph, n)]) for n in "ABC"] == [False, True, True]


def test_a_line_for_every_site_stands_where_its_parent_is() -> None:
    parts = [
        {"part_no": "A", "site": "DE01"},
        {"part_no": "A", "site": "US01"},
        {"part_no": "B", "site": "DE01"},
        {"part_no": "C"},
    ]
    graph = graph_of([line("A", "B"), line("B", "D")], parts, sites=("DE01", "US01", "MX01"))
    pairs = set(zip(graph.nodes["part_no"], graph.nodes["site"], strict=True))
    everywhere = {(n, s) for n in "ABD" for s in ("DE01", "US01")} | {("C", s) for s in ("DE01", "US01", "MX01")}
    assert pairs == everywhere
    assert quantity(graph, "B", "D", site="US01") == 1


def test_a_parent_that_is_nowhere_is_everywhere_rather_than_lost() -> None:
    graph = graph_of([line("G", "H"), line("H", "A")], [{"part_no": "A", "site": "DE01"}], sites=("DE01", "US01"))
    assert quantity(graph, "H", "A", site="US01") == 1


def test_a_line_of_one_site_stays_there() -> None:
    graph = graph_of([line("A", "B", site="US01")], [{"part_no": "A"}, {"part_no": "B"}], sites=("DE01", "US01"))
    assert quantity(graph, "A", "B", site="US01") == 1 and graph.as_built.nnz == 1


def test_phantom_and_unit_come_from_the_site_of_the_node() -> None:
    parts = [
        {"part_no": "A"},
        {"part_no": "B", "base_unit": "kg"},
        {"part_no": "B", "site": "US01", "base_unit": "g", "phantom": True},
    ]
    graph = graph_of([line("A", "B", 1, unit="kg")], parts, sites=("DE01", "US01"))
    assert [quantity(graph, "A", "B", site=s) for s in ("DE01", "US01")] == [1, 1000]
    assert [bool(graph.phantom[node(graph, "B", s)]) for s in ("DE01", "US01")] == [False, True]


def test_pairs_of_other_tables_are_nodes() -> None:
    import pandas as pd

    stock = table("inventory", [{"part_no": "B", "site": "US01", "quantity": 1}], pd.Index(["A", "B"], dtype="str"))
    graph = graph_of(
        [line("A", "B", site="DE01")], sites=("DE01", "US01"), parts=[{"part_no": "A", "site": "DE01"}], also=[stock]
    )
    assert node(graph, "B", "US01") >= 0
