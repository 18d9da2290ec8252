"""Status and usage of a line count in whatever case they are written; a line that says nothing counts."""

import pandas as pd
import pytest

from riskplug.content.assemblies import _says


@pytest.mark.parametrize("dtype", ["str", "category"])
def test_a_word_is_found_in_any_case_and_where_nothing_is_said(dtype: str) -> None:
    column = pd.Series(["active", "ACTIVE", "blocked", None, "Active"], dtype=dtype)
    assert _says(column, "active").tolist() == [True, True, False, True, True]
