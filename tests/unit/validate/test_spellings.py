"""What a reader of the exports would stumble over is named, and changes nothing."""

import pandas as pd

from riskplug.tables import TABLES, conform, empty
from riskplug.validate.spellings import spelling_checks


def tables(numbers: list[str], unit: str) -> dict[str, pd.DataFrame]:
    index = pd.Index(sorted(numbers), dtype="str")
    frames = {name: empty(name, index) for name in TABLES}
    rows = pd.DataFrame({"part_no": numbers, "base_unit": unit, "source": "erp"})
    return {**frames, "parts": conform("parts", rows, index)}


def test_part_numbers_that_look_alike_are_named_in_pairs() -> None:
    (check,) = spelling_checks(tables(["A-1", "A\u20111", "B-2"], "pc"))
    assert check["unexpected"] == 1 and check["severity"] == "info" and check["success"] is False
    assert "A-1" in str(check["note"]) and "A\u20111" in str(check["note"])


def test_a_unit_that_may_mean_two_things_is_named_with_its_rows() -> None:
    (check,) = spelling_checks(tables(["A", "B"], "T"))
    assert (check["table"], check["source"], check["column"], check["unexpected"]) == ("parts", "erp", "base_unit", 2)
    assert "'T' may be" in str(check["note"]) and "declare it" in str(check["note"])


def test_plain_numbers_and_units_pass_without_a_word() -> None:
    assert spelling_checks(tables(["A-1", "A-2"], "pc")) == []
