"""Products above each part, many at once: against a walk up from every part, and sums of revenue against exact ones."""

import math
from collections.abc import Sequence

import numpy as np
import pytest

from riskplug.bom import products_above
from riskplug.bom.products import BLOCK, _in_two
from riskplug.model import BomGraph
from tests.unit.bom.boms import graph_of, line, node

FAMILIES = 60


def company(seed: int) -> tuple[BomGraph, dict[str, set[str]]]:
    """Families of products that share assemblies, screws that go into several families, and who is above whom."""
    rng = np.random.default_rng(seed)
    lines = []
    for family in range(FAMILIES):
        products = [f"P{family:03}-{n:02}" for n in range(int(rng.integers(5, 30)))]
        assemblies = [f"A{family:03}-{n:02}" for n in range(8)]
        lines += [(top, str(one)) for top in products for one in rng.choice(assemblies, 3, replace=False)]
        lines += [(products[0], one) for one in products[-2:]]
        lines += [(one, assemblies[-1]) for one in assemblies[:-1] if rng.random() < 0.5]
        lines += [(one, f"L{family:03}-{n}") for n, one in enumerate(assemblies)]
        lines += [(str(one), f"screw{rng.integers(40):02}") for one in rng.choice(assemblies, 4)]
    parents: dict[str, set[str]] = {}
    for top, below in lines:
        parents.setdefault(below, set()).add(top)
    return graph_of([line(*pair) for pair in sorted(set(lines))]), parents


def above(part: str, parents: dict[str, set[str]]) -> set[str]:
    """The part and all that it goes into, one step at a time."""
    seen, waiting = set(), [part]
    while waiting:
        one = waiting.pop()
        if one not in seen:
            seen.add(one)
            waiting += parents.get(one, ())
    return seen


@pytest.mark.parametrize("seed", [1, 2])
def test_products_and_their_revenue_are_those_found_by_walking_up_from_each_part(seed: int) -> None:
    graph, parents = company(seed)
    names = graph.nodes["part_no"].astype("str").to_numpy()
    rng = np.random.default_rng(seed)
    product = np.char.startswith(names.astype(str), "P")
    assert product.sum() > BLOCK
    worth = np.where(product, rng.uniform(1e-3, 1e7, len(names)), np.nan)
    worth[rng.choice(np.flatnonzero(product), 3, replace=False)] = np.nan
    revenue = dict(zip(names, worth, strict=True))
    counts, money = products_above(graph, product, worth)
    for at, name in enumerate(names):
        tops = [one for one in above(str(name), parents) if one.startswith("P")]
        expected = math.fsum(revenue[one] for one in tops)
        assert counts[at] == len(tops)
        assert money[at] == expected or (math.isnan(expected) and math.isnan(money[at]))


def test_a_sum_of_revenue_does_not_depend_on_what_other_products_there_are() -> None:
    lines = [line(f"P{n:04}", "X") for n in range(700)]
    graph = graph_of([*lines, *(line(f"Q{n:04}", "Y") for n in range(700))])
    names = graph.nodes["part_no"].astype("str")
    worth = np.random.default_rng(5).uniform(0.01, 1e6, len(names))
    some = names.str.startswith("P").to_numpy()
    alone = products_above(graph, some, worth)[1][node(graph, "X")]
    beside = products_above(graph, some | names.str.startswith("Q").to_numpy(), worth)[1][node(graph, "X")]
    assert alone == beside == math.fsum(worth[some])


def test_without_any_product_nothing_is_above_and_nothing_at_risk() -> None:
    graph = graph_of([line("A", "B")])
    none = np.zeros(2, dtype=bool)
    for revenue in (None, np.array([np.nan, 5.0])):
        counts, money = products_above(graph, none, revenue)
        assert counts.tolist() == money.tolist() == [0, 0]


@pytest.mark.parametrize(
    "values",
    [
        [0.1] * 1000,
        [1e9, 0.01, 3.3, -7.77, 1e-6],
        [2.0**60, *(0.1 * n for n in range(50))],
        [0.0, 0.0],
        [5e-324, 1e-300],
        [],
    ],
    ids=["many alike", "large and small", "many small beside one very large", "nothing", "next to nothing", "none"],
)
def test_either_half_of_the_values_adds_up_to_the_same_in_any_order(values: Sequence[float]) -> None:
    halves = _in_two(np.array(values))
    assert halves.shape == (len(values), 2)
    rng = np.random.default_rng(1)
    for half in halves.T:
        exact = math.fsum(half)
        assert {sum(rng.permutation(half).tolist()) for _ in range(20)} == {exact}
    assert math.fsum(halves.ravel()) == math.fsum(values)
