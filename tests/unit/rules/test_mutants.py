"""Rules changed a little: every change that matters is made, and tests that hold the rule notice it."""

from pathlib import Path

import pytest

from riskplug.catalogue import GRAINS
from riskplug.rules import load_rules, survivors
from riskplug.rules.mutants import mutants
from riskplug.rules.rule import Rule
from tests.unit.rules.test_bad_files import ROOT, shipped_kinds
from tests.unit.rules.test_evaluate import HEAD

TITLE = '  - {id: r, title: T, grain: part, owner: \'"x"\', message: "{part_no}", '


def one(tmp_path: Path, text: str) -> Rule:
    (tmp_path / "r.yaml").write_text(f"{HEAD}{TITLE}{text}}}\n")
    (rule,) = load_rules([tmp_path], GRAINS)
    return rule


def changes(rule: Rule) -> set[str]:
    return {f"{mutant.part}: {mutant.change}" for mutant in mutants(rule)}


def test_a_comparison_becomes_its_opposite_and_its_other_boundary(tmp_path: Path) -> None:
    rule = one(tmp_path, "severity: info, when: on_hand < 5")
    assert changes(rule) == {"when: `on_hand < 5` becomes `on_hand >= 5`", "when: `on_hand < 5` becomes `on_hand <= 5`"}


def test_each_clause_is_left_out_and_negated(tmp_path: Path) -> None:
    rule = one(tmp_path, "severity: info, when: phantom and site is missing")
    assert changes(rule) == {
        "when: `phantom` left out",
        "when: `site is missing` left out",
        "when: `phantom` becomes `not phantom`",
        "when: `site is missing` becomes `site is known`",
    }


def test_a_short_list_loses_each_value_and_a_band_is_left_out(tmp_path: Path) -> None:
    rule = one(tmp_path, 'bands: {warning: "procurement in [\\"buy\\", \\"both\\"]", info: on_hand == 0}')
    assert changes(rule) == {
        'warning: `procurement in ["buy", "both"]` becomes `not (procurement in ["buy", "both"])`',
        'warning: "buy" left out of `procurement in ["buy", "both"]`',
        'warning: "both" left out of `procurement in ["buy", "both"]`',
        "warning: band left out",
        "info: `on_hand == 0` becomes `on_hand != 0`",
        "info: band left out",
    }


def test_a_condition_inside_a_function_or_comparison_is_changed_as_well(tmp_path: Path) -> None:
    rule = one(tmp_path, 'severity: info, when: "coalesce(on_hand < 5, false) and (on_order < 3) == true"')
    assert {
        "when: `on_hand < 5` becomes `on_hand <= 5`",
        "when: `on_hand < 5` becomes `on_hand >= 5`",
        "when: `on_order < 3` becomes `on_order <= 3`",
    } <= changes(rule)
    assert all(mutant.rule.when != rule.when for mutant in mutants(rule))


def test_a_value_that_a_list_has_twice_is_not_left_out_once(tmp_path: Path) -> None:
    rule = one(tmp_path, "severity: info, when: \"owner in ['A', 'A', 'C']\"")
    left_out = [change for change in changes(rule) if "left out" in change]
    assert left_out == ['when: "C" left out of `owner in ["A", "A", "C"]`']


def test_a_parameter_is_not_changed(tmp_path: Path) -> None:
    rule = one(
        tmp_path,
        'severity: info, when: "(not only) or phantom", params: {only: {type: flag, default: true}}',
    )
    assert "when: `phantom` becomes `not phantom`" in changes(rule)
    assert not any("true" in change for change in changes(rule) if "left out" in change)


@pytest.mark.parametrize(
    ("edge", "unnoticed"),
    [("5", []), ("6", ["`on_hand < 5` becomes `on_hand <= 5`"])],
)
def test_a_boundary_is_held_only_by_a_row_that_stands_on_it(tmp_path: Path, edge: str, unnoticed: list[str]) -> None:
    tests = (
        "tests: {as_of: 2025-04-28, rows: [{part_no: A, site: X, on_hand: 4},"
        f" {{part_no: B, site: X, on_hand: {edge}}}],"
        " match: {A: info}, no_match: [B]}"
    )
    rule = one(tmp_path, f"severity: info, when: on_hand < 5, {tests}")
    assert [mutant.change for mutant in survivors(rule)] == unnoticed


def test_a_rule_without_tests_is_held_by_nothing(tmp_path: Path) -> None:
    assert len(survivors(one(tmp_path, "severity: info, when: on_hand < 5"))) == 2


def test_every_change_to_a_shipped_rule_is_noticed() -> None:
    rules = load_rules([ROOT / "rules"], GRAINS, shipped_kinds())
    unnoticed = {rule.id: [f"{mutant.part}: {mutant.change}" for mutant in survivors(rule)] for rule in rules}
    assert {name: found for name, found in unnoticed.items() if found} == {}
