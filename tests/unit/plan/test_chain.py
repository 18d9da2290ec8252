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


def remade(chain: Chain, **changed: object) -> Chain:
    return replace(chain, **changed)  # type: ignore[arg-type]
