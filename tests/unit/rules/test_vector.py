"""Words against lists of words, for a few and for many of them."""

from datetime import date

import pandas as pd
import pytest

from riskplug.rules.tree import Column, Literal, Member
from riskplug.rules.vector import FactColumns, decide

ON = date(2025, 4, 28)


@pytest.mark.parametrize("categorical", [False, True])
@pytest.mark.parametrize("size", [0, 1, 2, 3, 19, 20, 21, 40])
def test_a_word_is_in_a_list_of_few_or_many_and_a_missing_one_in_none(size: int, categorical: bool) -> None:
    words = [None, *(f"w{number % 50}" for number in range(90)), None]
    column = pd.Series(words, dtype="str")
    facts = FactColumns(pd.DataFrame({"site": column.astype("category") if categorical else column}), ON, 365)
    listed = [f"w{number}" for number in range(size)]
    found = decide(Member(Column("site", "text"), tuple(Literal(word, "text") for word in listed)), facts)
    assert found.yes.tolist() == [word in listed for word in words]
    assert found.no.tolist() == [word is not None and word not in listed for word in words]
