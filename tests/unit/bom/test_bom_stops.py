"""Many losses at once, each told apart from all others whatever its number."""

import numpy as np
import pandas as pd

from riskplug.bom import Needs, products_stopped
from riskplug.bom.products import BLOCK
from riskplug.model import BomGraph
from tests.unit.bom.boms import graph_of, line

COUNT = 2 * BLOCK + 90


def nodes(graph: BomGraph) -> dict[str, int]:
    return {name: at for at, name in enumerate(graph.nodes["part_no"].astype("str"))}


def test_losses_with_numbers_far_apart_stop_their_own_products_alone() -> None:
    graph = graph_of([line(f"P{n:05}", f"M{n // 2:05}") for n in range(2 * COUNT)])
    at = nodes(graph)
    products = np.array([at[f"P{n:05}"] for n in range(2 * COUNT)])
    lost = pd.DataFrame(
        {"candidate": [7 * n + 3 for n in range(COUNT)], "node": [at[f"M{n:05}"] for n in range(COUNT)]}
    ).assign(way="part")
    worth = 2.0 ** (np.arange(2 * COUNT) % 40)
    site = np.arange(2 * COUNT) // 2 % 3
    needs = Needs.of(graph, np.zeros(len(graph.nodes), dtype=bool))
    found = products_stopped(needs, lost.sample(frac=1, random_state=2), products, site, worth)
    assert found["candidate"].tolist() == lost["candidate"].tolist()
    assert found["site"].tolist() == [n % 3 for n in range(COUNT)]
    assert (found["products"] == 2).all()
    assert found["revenue"].tolist() == [worth[2 * n] + worth[2 * n + 1] for n in range(COUNT)]


def test_an_alternate_that_is_not_lost_saves_a_product_and_one_lost_with_it_does_not() -> None:
    groups = [
        line(f"P{n:04}", f"{kind}{n:04}", alt_group="A", alt_priority=rank)
        for n in range(BLOCK + 50)
        for rank, kind in ((1.0, "M"), (2.0, "N"))
    ]
    graph = graph_of(groups)
    at = nodes(graph)
    count = BLOCK + 50
    first = pd.DataFrame({"candidate": range(count), "node": [at[f"M{n:04}"] for n in range(count)]})
    second = pd.DataFrame({"candidate": range(count), "node": [at[f"N{n:04}"] for n in range(count)]})[::2]
    lost = pd.concat([first, second]).assign(way="part")
    products = np.array([at[f"P{n:04}"] for n in range(count)])
    needs = Needs.of(graph, np.zeros(len(graph.nodes), dtype=bool))
    found = products_stopped(needs, lost, products, np.zeros(count, dtype=int), np.ones(count))
    assert found["candidate"].tolist() == list(range(0, count, 2))
    assert (found["products"] == 1).all()


def test_an_assembly_lost_by_itself_stops_what_is_above_it_though_its_components_are_there() -> None:
    graph = graph_of([line("P1", "A"), line("A", "B"), line("P2", "B"), line("P3", "C")])
    at = nodes(graph)
    lost = pd.DataFrame({"candidate": [0, 1, 1], "node": [at[name] for name in ("A", "B", "A")], "way": "part"})
    products = np.array([at[f"P{n}"] for n in (1, 2, 3)])
    needs = Needs.of(graph, np.zeros(len(graph.nodes), dtype=bool))
    found = products_stopped(needs, lost, products, np.zeros(3, dtype=int), np.array([1.0, 10.0, 100.0]))
    assert found[["candidate", "products", "revenue"]].to_numpy().tolist() == [[0, 1, 1], [1, 2, 11]]
