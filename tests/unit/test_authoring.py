"""`riskplug new rule`: what it writes works, is held by its tests, and overwrites nothing."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from riskplug.catalogue import GRAINS
from riskplug.cli.app import app
from riskplug.errors import UsageError
from riskplug.rules import advise, load_rules, survivors
from riskplug.starter import start
from riskplug.testing import rule_failures


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    start(tmp_path / "ws")
    return tmp_path / "ws"


def new(workspace: Path, *words: str) -> str:
    found = CliRunner().invoke(app, ["new", "rule", *words, "-w", str(workspace)], catch_exceptions=False)
    assert found.exit_code == 0, found.output
    return found.output


def test_a_new_rule_passes_its_tests_which_notice_every_change(workspace: Path) -> None:
    assert new(workspace, "magnet-low").splitlines()[0] == "rules/magnet-low.yaml"
    assert rule_failures(workspace, "magnet-low") == []
    rules = load_rules([workspace / "rules"], GRAINS)
    assert (survivors(rules["magnet-low"]), advise(rules)) == ([], [])


def test_a_new_rule_in_python_is_loaded_with_its_plugin_and_passes(workspace: Path) -> None:
    written = new(workspace, "supplier-late", "--python").splitlines()
    assert written[:3] == ["rules/supplier-late.yaml", "plugins/supplier_late.py", "tests/test_supplier_late.py"]
    assert rule_failures(workspace, "supplier-late") == []
    case = workspace / "rules" / "supplier-late.yaml"
    case.write_text(case.read_text().replace("options: {orders: 2}", "options: {orders: 1}"))
    assert rule_failures(workspace, "supplier-late") == ["V-2: expected no_match, got warning"]


def test_a_changed_rule_fails_by_name(workspace: Path) -> None:
    new(workspace, "magnet-low")
    file = workspace / "rules" / "magnet-low.yaml"
    file.write_text(file.read_text().replace("< 14 days", "< 10 days"))
    assert rule_failures(workspace, "magnet-low") == ["P-1: expected critical, got warning"]


@pytest.mark.parametrize("name", ["Magnet", "magnet_low", "", "a--b", "../x", "null", "true", "none", "a" * 81])
def test_a_name_that_no_rule_can_have_is_refused(workspace: Path, name: str) -> None:
    with pytest.raises(UsageError, match="is no name for a rule"):
        new(workspace, name)


def test_a_name_of_a_rule_that_exists_would_replace_it_and_is_refused(workspace: Path) -> None:
    with pytest.raises(UsageError, match="rule 'order-needs-licence' exists already"):
        new(workspace, "order-needs-licence")
    assert not (workspace / "rules" / "order-needs-licence.yaml").exists()


def test_nothing_is_overwritten(workspace: Path) -> None:
    new(workspace, "magnet-low")
    with pytest.raises(UsageError, match=r"magnet-low\.yaml exists already"):
        new(workspace, "magnet-low", "--python")
    assert not (workspace / "plugins" / "magnet_low.py").exists()


def test_a_rule_without_tests_is_no_pass(workspace: Path) -> None:
    new(workspace, "magnet-low")
    file = workspace / "rules" / "magnet-low.yaml"
    file.write_text(file.read_text().split("    tests:")[0])
    with pytest.raises(UsageError, match="rule magnet-low has no tests"):
        rule_failures(workspace, "magnet-low")
