"""What a supplier's parts hold, and where they come from, as one text."""

import pandas as pd

from riskplug.facts.totals import _merged


def test_the_words_of_all_texts_stand_once_and_in_order() -> None:
    suppliers = pd.Series(["S", "T", "S", "S", "U", "T", None])
    texts = pd.Series(["Tb,Sm", None, "Dy", "Sm", "", "Nd", "Y"], dtype="category")
    assert _merged(suppliers, texts).to_dict() == {"S": "Dy,Sm,Tb", "T": "Nd"}
