"""How well texts are read, measured on descriptions that were labelled apart from our patterns.

tests/cases/content/labelled_descriptions.md says what the labels mean. Rows are counted from one: the patterns were
tuned on the odd rows; the even rows stayed unread and are the honest measure.
"""

import pytest
from labelled import Reading, read_rows, score


@pytest.fixture(scope="module")
def readings(content) -> list[Reading]:
    return read_rows(content, "labelled_descriptions.csv")


def test_the_set_is_whole_and_half_of_it_is_negative(readings: list[Reading]):
    assert len(readings) == 684
    assert sum(not reading.wanted for reading in readings) == 360


@pytest.mark.parametrize("half", ["all", "odd", "even"])
def test_strong_signals_are_right_in_98_of_100(readings: list[Reading], half: str):
    kept = [r for r in readings if half == "all" or (r.row % 2 == 1) == (half == "odd")]
    table = score(kept)
    print(f"\n{half} rows, {len(kept)} descriptions\n{table.round(3).to_string()}")
    assert table.loc["all", "precision"] >= 0.98
    assert table.loc["all", "row_precision"] >= 0.98


def test_every_language_is_read(readings: list[Reading]):
    recall = score(readings)["strong_recall"].drop("all")
    assert set(recall.index) == {"de", "en", "fr", "es", "zh", "ja"}
    assert (recall >= 0.8).all(), recall
