"""Rows matched to nodes, whether most parts are kept at most sites or hardly any."""

import numpy as np
import pandas as pd
import pytest

from riskplug.plan.nodes import NodeIndex, chosen_texts

MANY = [f"P{n}" for n in range(40)]


def frame(part_nos: list[str | None], sites: list[str | None], parts: list[str]) -> pd.DataFrame:
    return pd.DataFrame({"part_no": pd.Categorical(part_nos, categories=parts), "site": pd.Categorical(sites)})


@pytest.mark.parametrize("parts", [["P0", "P1", "P2"], MANY])
def test_a_row_is_of_the_node_of_its_part_and_site_and_of_no_other(parts: list[str]) -> None:
    index = NodeIndex.of(frame(["P2", "P0", "P2"], ["B", "A", "A"], parts))
    rows = frame(["P2", "P2", "P0", "P0", "P1", None, "P2", "P2"], ["A", "B", "A", "B", "A", "A", None, "C"], parts)
    assert index.nodes_of(rows).tolist() == [2, 0, 1, -1, -1, -1, -1, -1]
    # the last part at the last site is not what a row without part or site falls on
    assert index.nodes_of(frame([None, "P2"], ["B", None], parts)).tolist() == [-1, -1]
    assert index.nodes_of(rows[:0]).tolist() == []


def test_a_row_without_site_is_of_the_only_one() -> None:
    index = NodeIndex.of(frame(["P2", "P0"], ["A", "A"], MANY))
    assert index.nodes_of(frame(["P0", "P2", "P1"], [None, "A", None], MANY)).tolist() == [1, 0, -1]


def test_a_text_is_missing_where_none_is_chosen() -> None:
    said = chosen_texts(["late", "early"], np.array([1, -1, 0, 1]))
    assert said.dtype == "str" and said.isna().tolist() == [False, True, False, False]
    assert said.dropna().tolist() == ["early", "late", "early"]
    assert chosen_texts([], np.array([-1, -1])).isna().tolist() == [True, True]
