"""riskplug rules check: for people, editors and build servers."""

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from riskplug.cli.app import app
from riskplug.errors import Problem
from tests.unit.rules.test_evaluate import HEAD, RULE

TOML = (
    '[workspace]\nname = "t"\n[sites.X]\ncountry = "DE"\n[sources.erp]\npath = "exports"\n[rules]\npaths = ["rules"]\n'
)
TWO_MISTAKES = RULE.replace("lead_time_days,", "lead_time,") + RULE.replace("short", "other").replace(
    "owner: owner", "owner: onwer"
)


@pytest.fixture
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "riskplug.toml").write_text(TOML)
    (tmp_path / "rules").mkdir()
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(*words: str) -> Any:
    return CliRunner().invoke(app, ["rules", "check", *words], catch_exceptions=False)


def test_all_mistakes_come_at_once_and_as_json_with_their_places(workspace: Path) -> None:
    (workspace / "rules" / "r.yaml").write_text(HEAD + TWO_MISTAKES)
    found = run("--format", "json")
    assert found.exit_code == 2
    said = json.loads(found.stdout)
    assert [(one["code"], one["line"], one["column"], one["level"]) for one in said] == [
        ("expr-name", 6, 41, "error"),
        ("owner-unknown", 13, 12, "error"),
    ]
    assert "did you mean 'lead_time_days'?" in said[0]["fix"]


def test_sarif_names_tool_rule_level_message_and_region(workspace: Path) -> None:
    (workspace / "rules" / "r.yaml").write_text(HEAD + TWO_MISTAKES)
    said = json.loads(run("--format", "sarif").stdout)
    assert said["version"] == "2.1.0"
    (job,) = said["runs"]
    assert job["tool"]["driver"]["name"] == "riskplug"
    assert [rule["id"] for rule in job["tool"]["driver"]["rules"]] == ["expr-name", "owner-unknown"]
    first = job["results"][0]
    assert (first["ruleId"], first["level"]) == ("expr-name", "error")
    assert first["locations"][0]["physicalLocation"] == {
        "artifactLocation": {"uri": "rules/r.yaml"},
        "region": {"startLine": 6, "startColumn": 41},
    }


def test_sarif_places_are_addresses_whatever_the_file_is_called(workspace: Path, tmp_path: Path) -> None:
    elsewhere = tmp_path.with_name(f"{tmp_path.name} elsewhere")
    elsewhere.mkdir()
    (workspace / "rules" / "a b#1.yaml").write_text(HEAD + TWO_MISTAKES)
    (elsewhere / "a b#1.yaml").write_text(HEAD + TWO_MISTAKES.replace("short", "third").replace("other", "fourth"))
    said = json.loads(run("rules", str(elsewhere), "--format", "sarif").stdout)
    places = {
        result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] for result in said["runs"][0]["results"]
    }
    assert places == {"rules/a%20b%231.yaml", f"file://{tmp_path}%20elsewhere/a%20b%231.yaml"}


def test_github_gets_one_command_a_line_with_its_separators_escaped(workspace: Path) -> None:
    (workspace / "rules" / "a,b.yaml").write_text(HEAD + TWO_MISTAKES)
    lines = run("--format", "github").stdout.splitlines()
    assert len(lines) == 2
    assert lines[0].startswith("::error file=rules/a%2Cb.yaml,line=6,col=41,title=expr-name::no column 'lead_time'")


def test_a_rule_without_tests_is_a_warning_and_an_error_when_strict(workspace: Path) -> None:
    file = workspace / "rules" / "r.yaml"
    file.write_text(HEAD + RULE)
    found = run()
    assert (found.exit_code, "rule short: it has no tests [tests-missing]" in found.stderr) == (0, True)
    assert run("--strict").exit_code == 2
    row = "{part_no: A, all_runway_days: 1, lead_time_days: 9}"
    tests = f"    tests: {{as_of: 2025-04-28, rows: [{row}], match: {{A: critical}}}}\n"
    file.write_text(HEAD + RULE + tests)
    codes = [one["code"] for one in json.loads(run("--format", "json").stdout)]
    assert codes == ["tests-band", "tests-silence"]


def test_a_file_named_alone_may_use_the_lists_of_the_workspace(workspace: Path) -> None:
    (workspace / "rules" / "lists.yaml").write_text("schema: riskplug.rules/1\nlists: {ours: [A-1, A-2]}\n")
    draft = workspace / "draft.yaml"
    draft.write_text(HEAD + RULE.replace("grain: part", 'grain: part\n    when: "part_no in ours"'))
    assert run("draft.yaml").exit_code == 0
    draft.write_text(draft.read_text().replace("in ours", "in theirs"))
    assert "no list 'theirs'" in run("draft.yaml").stderr


def test_files_can_be_named_without_touching_the_workspace(workspace: Path) -> None:
    draft = workspace / "draft.yaml"
    draft.write_text(HEAD + RULE.replace("title: Short", "titel: Short"))
    assert run().exit_code == 0
    found = run("draft.yaml")
    assert found.exit_code == 2
    assert "did you mean 'title'?" in found.stderr


@pytest.mark.parametrize(
    ("where", "parts"),
    [
        ("r.yaml:3:4", ("r.yaml", 3, 4)),
        ("r.yaml:3", ("r.yaml", 3, None)),
        ("riskplug.toml", ("riskplug.toml", None, None)),
    ],
)
def test_a_place_is_taken_apart(where: str, parts: tuple[str, int | None, int | None]) -> None:
    assert Problem("x", where, "y").place == parts
