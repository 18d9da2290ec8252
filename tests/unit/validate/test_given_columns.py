"""Great Expectations is handed the columns that expectations speak of, and answers as if it had them all."""

import pandas as pd
import pytest

from riskplug.extend import ExpectationSpec
from riskplug.validate.suites import Checker, _named

ROWS = pd.DataFrame(
    {
        "part_no": pd.Categorical(["A", "A", None, "B"]),
        "site": pd.Categorical(["S", "S", "S", None]),
        "quantity": [1.0, 2.0, 3.0, -1.0],
        "note": ["x", "y", "z", "w"],
    }
)


def spec(name: str, **arguments: object) -> ExpectationSpec:
    return ExpectationSpec("inventory", name, arguments, "warning", "")


UNIQUE = spec("expect_compound_columns_to_be_unique", column_list=["part_no", "site"])
NOT_NULL = spec("expect_column_values_to_not_be_null", column="part_no")
IN_SET = spec("expect_column_values_to_be_in_set", column="site", value_set=["S"])
WIDE = spec("expect_table_column_count_to_equal", value=4)


@pytest.fixture(scope="module")
def checker() -> Checker:
    return Checker()


def test_words_count_only_where_an_expectation_compares_them() -> None:
    assert _named([UNIQUE, NOT_NULL]) == {"part_no": False, "site": False}
    assert _named([UNIQUE, IN_SET]) == {"part_no": False, "site": True}
    assert _named([spec("expect_table_row_count_to_be_between", min_value=1)]) == {}


def test_what_may_speak_of_any_column_gets_them_all() -> None:
    assert _named([NOT_NULL, WIDE]) is None
    assert _named([spec("expect_column_max_to_be_between", column="quantity", row_condition="note=='x'")]) is None


def test_failing_rows_are_found_in_codes_as_in_words(checker: Checker) -> None:
    for number, specs in enumerate(([UNIQUE, NOT_NULL, IN_SET], [UNIQUE, NOT_NULL, IN_SET, WIDE])):
        found = {check.spec.name: check for check in checker.run(f"table{number}", ROWS, specs)}
        assert found[UNIQUE.name].rows == (0, 1)
        assert found[NOT_NULL.name].rows == (2,)
        assert found[IN_SET.name].success


def test_a_column_that_is_not_there_is_an_error_and_no_bad_row(checker: Checker) -> None:
    [check] = checker.run("missing", ROWS, [spec("expect_column_values_to_not_be_null", column="lot")])
    assert check.error and not check.rows
