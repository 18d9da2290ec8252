"""A chain that cannot be is refused with what is wrong."""

from dataclasses import replace

import numpy as np
import pytest

from riskplug.plan.chain import Chain
from tests.unit.plan.chains import chain_of


def test_a_cycle_is_an_error_and_names_its_nodes() -> None:
    with pytest.raises(ValueError, match=r"nodes \[1, 2\] need themselves"):
        chain_of([("F", 1, "R", 1), ("R", 1, "M", 1), ("M", 1, "R", 1)], {"F": 1, "R": 1, "M": 1})
    with pytest.raises(ValueError, match=r"nodes \[0\] need themselves"):
        chain_of([("F", 1, "F", 1)], {"F": 1})


def test_a_cycle_is_found_whatever_the_order_of_the_needs() -> None:
    needs = [("R", 1, "M", 1), ("F", 1, "R", 1), ("F", 2, "K", 1), ("M", 1, "R", 1), ("G", 1, "F", 1)]
    for start in range(len(needs)):
        with pytest.raises(ValueError, match=r"nodes \[2, 4\] need themselves"):
            chain_of([*needs[start:], *needs[:start]], {"F": 1, "G": 1, "M": 1, "K": 1, "R": 1})


@pytest.mark.parametrize("quantity", [0.0, -1.0, float("nan")])
def test_a_need_is_a_positive_quantity(quantity: float) -> None:
    with pytest.raises(ValueError, match="positive quantity"):
        chain_of([("F", 1, "M", quantity)], {"F": 1, "M": 1})


def test_demand_is_not_negative() -> None:
    with pytest.raises(ValueError, match="cannot be negative"):
        chain_of([], {"F": 1}, {"F": -1})


def test_a_group_has_one_parent() -> None:
    named = chain_of([("F", 1, "M", 1), ("G", 1, "M", 1)], {"F": 1, "G": 1, "M": 1})
    with pytest.raises(ValueError, match="one parent"):
        remade(named.chain, needs=named.chain.needs.assign(group=0))


def test_arrays_have_a_value_per_node() -> None:
    named = chain_of([], {"F": 1, "G": 1})
    with pytest.raises(ValueError, match="each of its 2 nodes"):
        remade(named.chain, margin=np.ones(1))


@pytest.mark.parametrize("in_order", [True, False])
def test_what_is_inside_of_each_node_is_what_a_walk_from_it_meets(in_order: bool) -> None:
    random = np.random.default_rng(5)
    pairs = sorted({(int(a), int(b)) for a, b in random.integers(30, size=(160, 2)) if a < b})
    needs = [(f"P{a:02}", at, f"P{b:02}", 1) for at, (a, b) in enumerate(pairs)]
    if not in_order:
        needs = [needs[at] for at in random.permutation(len(needs))]
    named = chain_of(needs, {f"P{part:02}": 0 for part in range(30)})
    asked = np.array([0, 1, 4, 29])
    which, node, of, rows = named.chain.inside_each(asked)
    for at, top in enumerate(asked.tolist()):
        met, fresh = {top}, [top]
        while fresh:
            below = {named.names.index(need[2]) for need in needs if named.names.index(need[0]) in fresh}
            fresh = list(below - met)
            met |= below
        assert node[which == at].tolist() == sorted(met)
        assert rows[of == at].tolist() == [at for at, need in enumerate(needs) if named.names.index(need[0]) in met]
        assert named.chain.inside(np.array([top]))[1].tolist() == rows[of == at].tolist()


def remade(chain: Chain, **changed: object) -> Chain:
    return replace(chain, **changed)  # type: ignore[arg-type]
