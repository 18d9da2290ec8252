"""Which nodes and receipts measures, origins, materials, suppliers and sites take away."""

import numpy as np
import pandas as pd
import pytest

from riskplug.plan.disruption import Disruption, Losses, lost_sites, lost_sources, lost_to

RECEIPTS = pd.DataFrame(
    {
        "node": [0, 0, 1, 2],
        "origin": ["CN", "CN", None, "JP"],
        "supplier": ["S1", "S1", "S2", None],
        "safe": pd.array([False, True, None, False], dtype="boolean"),
    }
)
SOURCES = pd.DataFrame(
    {
        "node": [0, 1, 1, 2, 2, 3],
        "origin": ["CN", "CN", None, "CN", "JP", None],
        "supplier": ["S1", "S1", "S1", "S1", "S2", "S2"],
    }
)
EXPOSED = pd.DataFrame(
    {
        "node": [0, 1, 2, 2, 3, 4],
        "measure": ["m", "m", "m", "m", "m", "other"],
        "applies": ["yes", "unlikely", "unknown", "likely", None, "yes"],
    }
)


def taken(losses: Losses, name: str, nodes: int = 5) -> tuple[list[int], list[int], list[int]]:
    """Nodes lost, those of them in doubt, and receipts lost."""
    [one] = losses.each([name], nodes, len(RECEIPTS))
    flags = (one.lost, one.doubtful, one.receipts_lost)
    return tuple(np.flatnonzero(flag).tolist() for flag in flags)  # type: ignore[return-value]


def test_an_origin_takes_the_parts_that_come_from_nowhere_else_and_maybe_those_that_may_not() -> None:
    assert taken(lost_sources("origin", SOURCES, RECEIPTS), "CN")[:2] == ([0, 1], [1])


def test_what_nobody_says_the_origin_of_is_lost_under_its_own_name() -> None:
    found = lost_sources("origin", SOURCES, RECEIPTS)
    assert found.names == ["CN", "unknown"]
    assert taken(found, "unknown") == ([3], [], [])


def test_receipts_of_the_origin_and_nameless_ones_of_lost_parts_are_lost_unless_safe() -> None:
    assert taken(lost_sources("origin", SOURCES, RECEIPTS), "CN")[2] == [0, 2]


def test_a_supplier_takes_what_only_it_delivers() -> None:
    assert taken(lost_sources("supplier", SOURCES, RECEIPTS), "S1") == ([0, 1], [], [0])


def test_a_measure_takes_what_it_applies_to_and_maybe_what_is_unknown() -> None:
    assert taken(lost_to("measure", EXPOSED, RECEIPTS), "m") == ([0, 2, 3], [3], [0, 3])


def test_what_is_said_of_a_receipt_itself_counts_before_what_is_said_of_its_part() -> None:
    judged = pd.DataFrame({"name": ["m", "m", "m"], "receipt": [0, 1, 1], "stopped": [False, False, True]})
    assert taken(lost_to("measure", EXPOSED, RECEIPTS, judged), "m")[2] == [1, 3]


def test_a_site_takes_its_nodes_and_all_that_is_on_the_way_to_them() -> None:
    found = lost_sites(pd.Series(["DE01", "US01", None, "DE01"], dtype="category"), RECEIPTS)
    assert found.names == ["DE01", "US01"]
    assert taken(found, "DE01", 4) == ([0, 3], [], [0, 1])


@pytest.mark.parametrize("seed", range(6))
def test_sole_sources_are_what_a_look_at_each_part_tells(seed: int) -> None:
    random = np.random.default_rng(seed)
    names = ["Z", "A", None, "unknown"]
    sources = pd.DataFrame({"node": random.integers(12, size=25), "origin": random.choice(names, 25)})
    receipts = pd.DataFrame(
        {
            "node": random.integers(15, size=20),
            "origin": random.choice(["Z", "B", None], 20),
            "safe": pd.array(random.choice([True, False, None], 20), dtype="boolean"),
        }
    )
    known = {node: set(rows["origin"].fillna("unknown")) for node, rows in sources.groupby("node")}
    lost: dict[str, dict[int, bool]] = {}
    for node, of in known.items():
        if len(one := of - {"unknown"} or {"unknown"}) == 1:
            lost.setdefault(one.pop(), {})[int(node)] = len(of) > 1
    found = lost_sources("origin", sources, receipts)
    assert found.names == sorted(lost)
    for name, nodes in lost.items():
        gone = [
            at
            for at, row in enumerate(receipts.itertuples())
            if not (pd.notna(row.safe) and row.safe)
            and (row.origin == name or (pd.isna(row.origin) and row.node in nodes))
        ]
        [one] = found.each([name], 15, 20)
        assert np.flatnonzero(one.lost).tolist() == sorted(nodes)
        assert np.flatnonzero(one.doubtful).tolist() == sorted(node for node, doubt in nodes.items() if doubt)
        assert np.flatnonzero(one.receipts_lost).tolist() == gone


def test_a_doubt_without_a_loss_is_refused() -> None:
    with pytest.raises(ValueError, match="doubtful loss is a loss"):
        Disruption("site", "x", np.zeros(1, dtype=bool), np.ones(1, dtype=bool), np.zeros(0, dtype=bool))
