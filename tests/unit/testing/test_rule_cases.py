"""The cases in rule files as parameters of one test: each rule of the workspace's own by its id, none forgotten."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from riskplug.cli.app import app
from riskplug.errors import UsageError
from riskplug.starter import start
from riskplug.testing import digest_of, offered_by, read_case, rule_cases, table_of


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    start(tmp_path / "ws")
    for words in (("magnet-low",), ("supplier-late", "--python")):
        made = CliRunner().invoke(app, ["new", "rule", *words, "-w", str(tmp_path / "ws")], catch_exceptions=False)
        assert made.exit_code == 0
    return tmp_path / "ws"


def failures(workspace: Path) -> dict[str, tuple[str, ...]]:
    return {str(one.id): one.values[0].failures for one in rule_cases(workspace)}  # type: ignore[union-attr]


def test_every_rule_of_the_workspace_and_none_that_ships_is_a_parameter_under_its_id(workspace: Path) -> None:
    assert failures(workspace) == {"magnet-low": (), "supplier-late": ()}


def test_a_case_that_is_not_kept_is_a_sentence_of_its_rule_alone(workspace: Path) -> None:
    case = workspace / "rules" / "supplier-late.yaml"
    case.write_text(case.read_text().replace("options: {orders: 2}", "options: {orders: 1}"))
    assert failures(workspace) == {"magnet-low": (), "supplier-late": ("V-2: expected no_match, got warning",)}


def test_a_rule_without_cases_fails(workspace: Path) -> None:
    file = workspace / "rules" / "magnet-low.yaml"
    file.write_text(file.read_text().split("    tests:")[0])
    (said,) = failures(workspace)["magnet-low"]
    assert "no cases: add `tests:`" in said and "magnet-low.yaml:" in said


def test_a_mistake_in_a_file_is_an_error_of_collection(workspace: Path) -> None:
    (workspace / "rules" / "bad.yaml").write_text("schema: riskplug.rules/1\nrules:\n  - id: bad\n")
    with pytest.raises(UsageError, match=r"bad\.yaml"):
        rule_cases(workspace)


def test_a_plugin_is_loaded_for_its_class_or_says_what_is_wrong(workspace: Path) -> None:
    plugin = workspace / "plugins" / "supplier_late.py"
    assert offered_by(plugin, "supplier_late").__name__ == "SupplierLate"
    with pytest.raises(UsageError, match="gives no kind 'other'"):
        offered_by(plugin, "other")
    plugin.write_text(plugin.read_text().replace("def riskplug_rule_kinds", "def riskplug_rule_kind"))
    with pytest.raises(UsageError, match="riskplug_rule_kind is not a hook"):
        offered_by(plugin, "supplier_late")


def test_a_case_is_read_and_made_into_a_digest_and_a_table(tmp_path: Path) -> None:
    (tmp_path / "case.yaml").write_text("digest: {headline: h, lines: [{severity: info, text: t}], notes: [n]}\n")
    made = digest_of(read_case(tmp_path / "case.yaml")["digest"])
    assert (made.headline, [line.text for line in made.lines], made.notes) == ("h", ["t"], ("n",))
    with pytest.raises(UsageError, match="Digest has no 'headlin'"):
        digest_of({"headlin": "h"})
    table = table_of("bom_lines", [{"parent": "A", "component": "B", "quantity": 2}])
    assert table["component"].cat.categories.tolist() == ["A", "B"] and table["quantity"].tolist() == [2.0]
