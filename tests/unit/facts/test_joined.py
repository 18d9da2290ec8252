"""Texts of many rows become one text per key, in the order of the rows."""

from collections import defaultdict

import numpy as np
import pandas as pd
import pytest

from riskplug.facts.joined import joined

WORDS = ("Dy", "Tb", "Sm", "Nd", "graphite", "Ga, as wafer", "")


@pytest.mark.parametrize("dtype", ["str", "category", "object"])
def test_texts_are_joined_by_key_as_python_would_join_them(dtype: str) -> None:
    rng = np.random.default_rng(7)
    keys, words = rng.integers(0, 40, 300), rng.choice(WORDS, 300)
    expected = defaultdict(list)
    for key, word in zip(keys, words, strict=True):
        expected[int(key)].append(str(word))
    found = joined(pd.Series(words, dtype=dtype), pd.Series(keys), " + ")
    assert found.index.tolist() == sorted(expected)
    assert found.to_dict() == {key: " + ".join(some) for key, some in expected.items()}


def test_pieces_behind_each_other_are_joined_like_one_column() -> None:
    pieces = pd.concat([pd.Series(["b", "a"], dtype="str"), pd.Series(["c"], dtype="str")], ignore_index=True)
    assert joined(pieces, pd.Series([2, 1, 2]), ",").to_dict() == {1: "a", 2: "b,c"}


def test_without_rows_there_is_no_text() -> None:
    assert joined(pd.Series([], dtype="str"), pd.Series([], dtype="int64"), ",").empty
