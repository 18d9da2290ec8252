"""Lists with dates, from files or written out; amounts of money in the workspace's currency."""

from datetime import date
from pathlib import Path

import pytest

from riskplug.catalogue import GRAINS
from riskplug.errors import UsageError
from riskplug.rules import evaluate, load_rules
from tests.unit.rules.test_evaluate import CONTEXT, parts

LISTED = """schema: riskplug.rules/1
lists:
  watched: {file: watched.csv, source: "the instrument", effective_from: 2025-04-04}
rules:
  - {id: r, title: T, grain: part, severity: info, owner: '"x"', message: "{part_no}", when: owner in watched}
"""
FILE = """value,effective_from,effective_to,note
Ida,,,from the list's own first day
Ben,2025-05-01,,later
Eva,2020-01-01,2025-04-10,
"""
PEOPLE = parts(*({"part_no": name, "site": "X", "owner": name} for name in ("Ida", "Ben", "Eva", "Zoe")))


def matched(folder: Path, on: date) -> list[str]:
    rules = load_rules([folder], GRAINS)
    found = evaluate(rules, {"part": PEOPLE}, on=on, context=CONTEXT, tables={}, failed_tables={})
    return found.findings["part_no"].tolist()


@pytest.mark.parametrize(
    ("on", "names"),
    [
        (date(2025, 4, 3), ["Eva"]),
        (date(2025, 4, 4), ["Ida", "Eva"]),
        (date(2025, 4, 10), ["Ida", "Eva"]),
        (date(2025, 4, 11), ["Ida"]),
        (date(2025, 5, 1), ["Ida", "Ben"]),
    ],
)
def test_a_value_counts_between_its_days_which_are_its_own_or_those_of_the_list(
    tmp_path: Path, on: date, names: list[str]
) -> None:
    (tmp_path / "r.yaml").write_text(LISTED)
    (tmp_path / "watched.csv").write_text(FILE)
    assert matched(tmp_path, on) == names


def test_a_list_without_a_value_in_force_holds_nobody_and_its_opposite_everybody(tmp_path: Path) -> None:
    (tmp_path / "r.yaml").write_text(LISTED.replace("owner in watched", "owner not in watched"))
    (tmp_path / "watched.csv").write_text("value,effective_from\nIda,2030-01-01\n")
    assert matched(tmp_path, date(2025, 4, 28)) == ["Ida", "Ben", "Eva", "Zoe"]


def test_a_change_of_the_list_changes_the_version_of_its_rules(tmp_path: Path) -> None:
    (tmp_path / "r.yaml").write_text(LISTED)
    (tmp_path / "watched.csv").write_text(FILE)
    before = load_rules([tmp_path], GRAINS)["r"].version
    (tmp_path / "watched.csv").write_text(FILE.replace("2025-05-01", "2025-06-01"))
    assert load_rules([tmp_path], GRAINS)["r"].version != before


@pytest.mark.parametrize(
    ("text", "place", "what"),
    [
        ("name\nIda\n", "watched.csv:1", "unknown column 'name'"),
        ("value,effective_from\nIda,04.04.2025\n", "watched.csv:2", "effective_from '04.04.2025' is no date"),
        ("value,effective_from,effective_to\nIda,2025-05-01,2025-04-01\n", "watched.csv:2", "before it begins"),
        ("value,note\nIda\n", "watched.csv:2", "1 cells under 2 columns"),
        ("value\n \n", "watched.csv:2", "no value"),
        ("value,value\nIda,Ben\n", "watched.csv:1", "column 'value' stands there twice"),
        ("value,effective_from\nIda,20250404\n", "watched.csv:2", "effective_from '20250404' is no date"),
        ("value\n", "r.yaml:3", "list 'watched' is empty"),
        (None, "r.yaml:3", "cannot read watched.csv: No such file"),
    ],
)
def test_what_is_wrong_in_a_list_file_is_named(tmp_path: Path, text: str | None, place: str, what: str) -> None:
    (tmp_path / "r.yaml").write_text(LISTED)
    if text is not None:
        (tmp_path / "watched.csv").write_text(text)
    with pytest.raises(UsageError) as caught:
        load_rules([tmp_path], GRAINS)
    problem = caught.value.problems[0]
    assert Path(problem.where).name.startswith(place)
    assert what in problem.what
    assert problem.fix


MONEY = """schema: riskplug.rules/1
rules:
  - {id: r, title: T, grain: order_line, severity: info, owner: '"x"', message: "{part_no}", when: value_at_risk > %s}
"""


def test_an_amount_in_the_workspace_s_currency_is_an_amount(tmp_path: Path) -> None:
    (tmp_path / "r.yaml").write_text(MONEY % "10000 EUR")
    (tmp_path / "s.yaml").write_text(MONEY.replace("id: r", "id: s") % "10000")
    rules = load_rules([tmp_path], GRAINS, currency="EUR")
    assert len(rules) == 2
    assert load_rules([tmp_path], GRAINS).ids == ("r", "s")


@pytest.mark.parametrize(
    ("condition", "code", "what"),
    [
        ("10000 USD", "expr-currency", "USD beside amounts in EUR"),
        ("licence_days + 5 EUR", "expr-unit", "cannot be compared or added"),
    ],
)
def test_another_currency_or_unit_is_a_mistake(tmp_path: Path, condition: str, code: str, what: str) -> None:
    (tmp_path / "r.yaml").write_text(MONEY % condition)
    with pytest.raises(UsageError) as caught:
        load_rules([tmp_path], GRAINS, currency="EUR")
    assert caught.value.problems[0].code == code
    assert what in caught.value.problems[0].what


def test_a_parameter_in_another_currency_is_a_mistake(tmp_path: Path) -> None:
    text = MONEY.replace("when: value_at_risk > %s", "when: value_at_risk > least, params: {least: %s}")
    (tmp_path / "r.yaml").write_text(text % "{type: money, unit: USD, default: 100}")
    with pytest.raises(UsageError, match="USD beside amounts in EUR"):
        load_rules([tmp_path], GRAINS, currency="EUR")
    assert load_rules([tmp_path], GRAINS, currency="USD").ids == ("r",)


@pytest.mark.parametrize(
    ("change", "what"),
    [
        ("file: ../watched.csv", "outside the folder of the rule file"),
        ("file: watched.csv, effective_to: 2025-04-03", "ends 2025-04-03, before it begins on 2025-04-04"),
        ("values: [.nan]", "values.0.str: should be text"),
    ],
)
def test_a_list_that_can_never_count_or_lies_elsewhere_is_an_error(tmp_path: Path, change: str, what: str) -> None:
    (tmp_path / "r.yaml").write_text(LISTED.replace("file: watched.csv", change))
    (tmp_path / "watched.csv").write_text(FILE)
    with pytest.raises(UsageError) as caught:
        load_rules([tmp_path], GRAINS)
    assert what in str(caught.value)
