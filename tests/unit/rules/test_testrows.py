"""Rows of rule tests from a CSV file, and JUnit for build servers."""

from pathlib import Path
from xml.etree import ElementTree

import pytest

from riskplug.catalogue import GRAINS
from riskplug.errors import UsageError
from riskplug.rules import junit, load_rules, test_rules
from tests.unit.rules.test_evaluate import HEAD, RULE

TESTS = "    tests: {as_of: 2025-04-28, file: rows.csv, match: {A/X: critical}}\n"
ROWS = """part_no,site,all_runway_days,lead_time_days,stock_out_date,phantom,expected
A,X,5,10,2025-05-04,false,
B,X,10,10,,,warning
C,X,40,10,,,no_match
D,X,,10,,,undetermined
"""


def write(tmp_path: Path, rows: str = ROWS, tests: str = TESTS) -> Path:
    (tmp_path / "r.yaml").write_text(HEAD + RULE + tests)
    (tmp_path / "rows.csv").write_text(rows)
    return tmp_path


def test_rows_of_a_file_count_as_rows_of_the_test_with_their_own_expectations(tmp_path: Path) -> None:
    (result,) = test_rules(load_rules([write(tmp_path)], GRAINS))
    assert (result.checks, result.failures) == (4, ())


def test_a_wrong_expectation_in_the_file_fails(tmp_path: Path) -> None:
    (result,) = test_rules(load_rules([write(tmp_path, ROWS.replace(",warning", ",critical"))], GRAINS))
    assert result.failures == ("B/X: expected critical, got warning",)


@pytest.mark.parametrize(
    ("rows", "code", "place", "what"),
    [
        ("part_no,onhand\nA,1\n", "test-column", "rows.csv:1", "no column 'onhand'"),
        ("part_no,on_hand\nA,1,2\n", "test-file", "rows.csv:2", "3 cells under 2 columns"),
        ('part_no,on_hand\nA,"1,5"\n', "test-value", "rows.csv:2", "on_hand is quantity, and '1,5' is not"),
        ("part_no,stock_out_date\nA,04.05.2025\n", "test-value", "rows.csv:2", "stock_out_date is date"),
        ("part_no,phantom\nA,ja\n", "test-value", "rows.csv:2", "phantom is flag, and 'ja' is not"),
        ("part_no,procurement\nA,rent\n", "test-value", "rows.csv:2", "procurement is choice"),
        ("part_no,expected\nA,red\n", "test-value", "rows.csv:2", "expected is a verdict, and 'red' is not"),
        ("", "test-file", "rows.csv", "the file is empty"),
        ("part_no,on_hand\nA,nan\n", "test-value", "rows.csv:2", "on_hand is quantity, and 'nan' is not"),
        ("part_no,on_hand\nA,1_0\n", "test-value", "rows.csv:2", "on_hand is quantity, and '1_0' is not"),
        ("part_no,stock_out_date\nA,20250428\n", "test-value", "rows.csv:2", "and '20250428' is not"),
        ("part_no,on_hand,on_hand\nA,1,2\n", "test-column", "rows.csv:1", "column 'on_hand' stands there twice"),
        ("part_no,expected\nA,info\nA,no_match\n", "test-key", "rows.csv:3", "A is expected twice"),
        ("part_no,expected\n,info\n", "test-key", "rows.csv:2", "a row without part_no and site"),
        ('part_no\n"A\n', "test-file", "r.yaml:9:38", "cannot read rows.csv"),
    ],
)
def test_a_mistake_in_the_file_is_named_with_its_line(
    tmp_path: Path, rows: str, code: str, place: str, what: str
) -> None:
    with pytest.raises(UsageError) as caught:
        load_rules([write(tmp_path, rows, TESTS.replace(", match: {A/X: critical}", ""))], GRAINS)
    (problem,) = caught.value.problems
    assert (problem.code, Path(problem.where).name) == (code, place)
    assert what in problem.what
    assert problem.fix


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    write(tmp_path)
    (tmp_path / "rows.csv").unlink()
    with pytest.raises(UsageError, match=r"cannot read rows\.csv: No such file"):
        load_rules([tmp_path], GRAINS)


def test_junit_counts_failures_and_rules_without_tests(tmp_path: Path) -> None:
    write(tmp_path, ROWS.replace(",warning", ",critical"))
    (tmp_path / "s.yaml").write_text(HEAD + RULE.replace("id: short", "id: untested"))
    suite = ElementTree.fromstring(junit(test_rules(load_rules([tmp_path], GRAINS))))
    assert (suite.get("tests"), suite.get("failures"), suite.get("skipped")) == ("2", "1", "1")
    failure = suite.find("testcase[@name='short']/failure")
    assert failure is not None
    assert failure.get("message") == "B/X: expected critical, got warning"


def test_a_part_number_with_a_slash_and_a_blank_line_are_no_mistakes(tmp_path: Path) -> None:
    rows = ROWS.replace("A,X", "A/1,X") + "\n"
    tests = TESTS.replace("match: {A/X: critical}", "match: {A/1: critical}, undetermined: [D/X]")
    (result,) = test_rules(load_rules([write(tmp_path, rows, tests)], GRAINS))
    assert (result.checks, result.failures) == (5, ())


@pytest.mark.parametrize("name", ["../rows.csv", "/etc/hostname", "a/../../rows.csv", "a\\0b"])
def test_a_file_outside_the_folder_is_not_read(tmp_path: Path, name: str) -> None:
    (tmp_path / "rows.csv").write_text(ROWS)
    (tmp_path / "inner").mkdir()
    with pytest.raises(UsageError, match="cannot read"):
        load_rules([write(tmp_path / "inner", tests=TESTS.replace("rows.csv", f'"{name}"'))], GRAINS)
