"""Columns of categories as text, row by row the same as what they stand for."""

import pandas as pd
import pytest

from riskplug.catalogue import as_text


@pytest.mark.parametrize(
    "column",
    [
        pd.Series(pd.Categorical(["b", None, "a", "b"], categories=["a", "b", "never"]), index=[7, 7, 2, 1], name="x"),
        pd.Series(["b", None, "a"], dtype="object", index=[3, 1, 2]),
        pd.Series(pd.Categorical([None, None])),
        pd.Series(pd.Categorical([2, 10, None])),
    ],
    ids=["categories", "objects", "nothing", "numbers"],
)
def test_the_text_is_that_of_each_row_and_what_is_missing_stays_missing(column: pd.Series) -> None:
    found = as_text(column)
    expected = [None if value is None or value != value else str(value) for value in column.tolist()]
    assert found.dtype == "str"
    assert (found.index.tolist(), found.name) == (column.index.tolist(), column.name)
    assert [None if missing else value for value, missing in zip(found, found.isna(), strict=True)] == expected
