"""Which nodes and receipts a measure, an origin, a material, a supplier or a site takes away."""

import numpy as np
import pandas as pd
import pytest

from riskplug.plan.disruption import Disruption, lost_site, lost_source, lost_to

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


def named(flags: np.ndarray) -> list[int]:
    return np.flatnonzero(flags).tolist()


def test_an_origin_takes_the_parts_that_come_from_nowhere_else() -> None:
    found = lost_source("origin", "CN", SOURCES, RECEIPTS, 5)
    assert (named(found.lost), named(found.doubtful)) == ([0, 1, 3], [1, 3])


def test_receipts_of_the_origin_and_of_unknown_origin_are_lost_unless_safe() -> None:
    assert named(lost_source("origin", "CN", SOURCES, RECEIPTS, 5).receipts_lost) == [0, 2]


def test_a_supplier_takes_what_only_it_delivers() -> None:
    found = lost_source("supplier", "S1", SOURCES, RECEIPTS, 5)
    assert (named(found.lost), named(found.doubtful), named(found.receipts_lost)) == ([0, 1], [], [0, 3])


def test_a_measure_takes_what_it_applies_to_and_maybe_what_is_unknown() -> None:
    exposed = pd.DataFrame(
        {
            "node": [0, 1, 2, 2, 3, 4],
            "measure": ["m", "m", "m", "m", "m", "other"],
            "applies": ["yes", "unlikely", "unknown", "likely", None, "yes"],
        }
    )
    found = lost_to("measure", "m", exposed, RECEIPTS, 5)
    assert (named(found.lost), named(found.doubtful)) == ([0, 2, 3], [3])
    assert named(found.receipts_lost) == [0, 3]


def test_a_site_takes_its_nodes_and_all_that_is_on_the_way_to_them() -> None:
    found = lost_site("DE01", pd.Series(["DE01", "US01", None], dtype="category"), RECEIPTS)
    assert (named(found.lost), named(found.doubtful), named(found.receipts_lost)) == ([0, 2], [2], [0, 1, 3])


def test_a_name_nobody_has_takes_nothing_that_is_known() -> None:
    known = SOURCES.dropna()
    assert named(lost_source("origin", "XX", known, RECEIPTS, 5).lost) == []


def test_a_doubt_without_a_loss_is_refused() -> None:
    with pytest.raises(ValueError, match="doubtful loss is a loss"):
        Disruption("site", "x", np.zeros(1, dtype=bool), np.ones(1, dtype=bool), np.zeros(0, dtype=bool))
