"""Great Expectations is asked again where anything differs that it was asked of, and only there."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from riskplug.extend import ExpectationSpec
from riskplug.reuse import Reuse
from riskplug.validate.suites import Check, Checker

NEEDED = ExpectationSpec("parts", "expect_column_values_to_not_be_null", {"column": "part_no"}, "warning", "why")
BOUNDED = ExpectationSpec("parts", "expect_column_values_to_be_between", {"column": "mass", "min_value": 0}, "critical")
SPECS = (NEEDED, BOUNDED)


def rows(**columns: object) -> pd.DataFrame:
    given = {"part_no": pd.Categorical(["A", None, "B"]), "mass": [1.0, -1.0, -2.0], "note": ["x", "y", "z"]}
    return pd.DataFrame({**given, **columns}, index=[4, 5, 9])


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many rows were checked each time; one row failed each expectation."""
    counts: list[int] = []

    def run(self: Checker, given: pd.DataFrame, specs: Sequence[ExpectationSpec]) -> list[Check]:
        counts.append(len(given))
        return [Check(spec, False, 1, len(given), (int(given.index[0]),)) for spec in reversed(specs)]

    monkeypatch.setattr(Checker, "_run", run)
    return counts


def test_the_same_rows_are_checked_once_without_the_library(tmp_path: Path, asked: list[int]) -> None:
    first = Checker(Reuse(tmp_path, "1")).run("parts.erp", rows(), SPECS)
    night = Reuse(tmp_path, "1")
    checker = Checker(night)
    assert checker.run("parts.erp", rows(), SPECS) == first
    assert asked == [3]
    assert [(one.stage, one.what, one.rows) for one in night.done] == [("validate", "parts.erp", 3)]
    assert "_library" not in vars(checker)


OTHERS: Mapping[str, tuple[pd.DataFrame, Sequence[ExpectationSpec]]] = {
    "value": (rows(mass=[1.0, -1.0, -2.5]), SPECS),
    "missing": (rows(part_no=pd.Categorical(["A", "B", "B"])), SPECS),
    "label": (rows().set_axis([4, 5, 8]), SPECS),
    "bound": (rows(), (NEEDED, ExpectationSpec("parts", BOUNDED.name, {**BOUNDED.kwargs, "max_value": 9}, "critical"))),
    "severity": (rows(), (NEEDED, ExpectationSpec("parts", BOUNDED.name, BOUNDED.kwargs, "warning"))),
    "reason": (rows(), (ExpectationSpec("parts", NEEDED.name, NEEDED.kwargs, "warning", "because"), BOUNDED)),
    "one less": (rows(), (NEEDED,)),
}


@pytest.mark.parametrize("other", OTHERS.values(), ids=OTHERS)
def test_other_rows_or_expectations_are_checked(
    tmp_path: Path, asked: list[int], other: tuple[pd.DataFrame, Sequence[ExpectationSpec]]
) -> None:
    Checker(Reuse(tmp_path, "1")).run("parts.erp", rows(), SPECS)
    Checker(Reuse(tmp_path, "1")).run("parts.erp", *other)
    assert len(asked) == 2


def test_a_part_that_is_new_in_another_table_changes_nothing_here(tmp_path: Path, asked: list[int]) -> None:
    for index in (["A", "B"], ["A", "A-0", "B", "C"]):
        part_no = pd.Categorical(["A", None, "B"], categories=index)
        Checker(Reuse(tmp_path, "1")).run("parts.erp", rows(part_no=part_no), SPECS)
    assert len(asked) == 1


def test_a_column_that_nobody_looks_at_may_change(tmp_path: Path, asked: list[int]) -> None:
    for note in ("x", "other"):
        Checker(Reuse(tmp_path, "1")).run("parts.erp", rows(note=[note] * 3), SPECS)
    assert len(asked) == 1


@pytest.mark.parametrize("kwargs", [{"column": "mass", "max_value": {"$PARAMETER": "now() - timedelta(days=3)"}}])
def test_what_looks_at_the_clock_is_asked_every_night(tmp_path: Path, asked: list[int], kwargs: dict[str, Any]) -> None:
    for _ in range(2):
        Checker(Reuse(tmp_path, "1")).run("parts.erp", rows(), [ExpectationSpec("parts", BOUNDED.name, kwargs)])
    assert len(asked) == 2


def test_what_could_not_be_evaluated_is_asked_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    counts: list[int] = []

    def fails(self: Checker, given: pd.DataFrame, specs: Sequence[ExpectationSpec]) -> list[Check]:
        counts.append(len(given))
        return [Check(spec, False, 0, 0, (), "no such column") for spec in specs]

    monkeypatch.setattr(Checker, "_run", fails)
    for _ in range(2):
        Checker(Reuse(tmp_path, "1")).run("parts.erp", rows(), SPECS)
    assert counts == [3, 3]


def test_the_library_itself_says_what_is_kept(tmp_path: Path) -> None:
    first = Checker(Reuse(tmp_path, "1")).run("parts.erp", rows(), SPECS)
    assert {(check.spec.name, check.rows) for check in first} == {(NEEDED.name, (5,)), (BOUNDED.name, (5, 9))}
    assert Checker(Reuse(tmp_path, "1")).run("parts.erp", rows(), SPECS) == first
    assert Checker().run("parts.erp", rows(), SPECS) == first
