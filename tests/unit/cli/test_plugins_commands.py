"""riskplug plugins list and check: everything there is, in a stable order, with what it gives and why it is off."""

import hashlib
import json
from collections.abc import Callable
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from typer.testing import CliRunner

from riskplug.cli.app import app
from riskplug.errors import UsageError
from tests.unit.extend.test_host import GOOD, folder
from tests.unit.extend.test_light import TOML
from tests.unit.extend.test_strict import OBSERVER, line_of

__all__ = ["folder"]
Run = Callable[..., Any]


@pytest.fixture
def run(folder: Path) -> Run:
    """A command in a workspace with some plugins."""

    def ran(*words: str, **plugins: str) -> Any:
        (folder.parent / "riskplug.toml").write_text(TOML.replace('disable = ["blocked"]', ""))
        for name, text in plugins.items():
            (folder / f"{name}.py").write_text(text)
        return CliRunner().invoke(app, [*words, "-w", str(folder.parent)])

    return ran


def document(ran: Any) -> dict[str, Any]:
    schema = json.loads((files("riskplug") / "schemas" / "plugins.json").read_text(encoding="utf-8"))
    said = dict(json.loads(ran.stdout))
    assert [error.message for error in Draft202012Validator(schema).iter_errors(said)] == []
    return said


def test_a_plugin_is_listed_with_origin_hash_interface_hooks_and_what_it_gives(run: Run, folder: Path) -> None:
    said = document(run("plugins", "list", "--format", "json", good=GOOD + OBSERVER))
    one = next(plugin for plugin in said["plugins"] if plugin["name"] == "good")
    digest = hashlib.sha256((GOOD + OBSERVER).encode()).hexdigest()
    assert one == {
        "name": "good",
        "origin": "local",
        "where": str(folder / "good.py"),
        "version": digest[:12],
        "sha256": digest,
        "status": "on",
        "reason": None,
        "interface": 1,
        "hooks": ["riskplug_rule_kinds", "riskplug_scan_started"],
        "contributions": [{"hook": "rule_kinds", "kind": "echo", "class": "Echo", "summary": "Says nothing."}],
    }
    assert said["interface"] == {"version": 1, "supported": [1]}
    assert said["faults"] == []


@pytest.mark.parametrize("command", ["list", "check"])
def test_what_a_plugin_prints_stays_out_of_the_document(run: Run, command: str) -> None:
    ran = run("plugins", command, "--format", "json", loud="print('hello')\n" + GOOD)
    assert "loud" in {plugin["name"] for plugin in document(ran)["plugins"]}
    assert "hello" in ran.stderr


def test_shipped_ones_come_first_each_group_by_name(run: Run) -> None:
    plugins = document(run("plugins", "list", "--format", "json", b=OBSERVER, a=OBSERVER))["plugins"]
    order = ["shipped", "entry point", "local"]
    keys = [(order.index(plugin["origin"]), plugin["name"]) for plugin in plugins]
    assert keys == sorted(keys) and keys[-2:] == [(2, "a"), (2, "b")]


def test_the_text_names_place_contributions_and_what_it_is_told(run: Run, folder: Path) -> None:
    lines = run("plugins", "list", good=GOOD + OBSERVER).stdout.splitlines()
    at = next(n for n, line in enumerate(lines) if line.startswith("good "))
    assert lines[at].split()[1:3] + lines[at].split()[4:] == ["on", "local", "interface", "1"]
    assert [" ".join(line.split()) for line in lines[at + 1 : at + 4]] == [
        str(folder / "good.py"),
        "rule_kinds echo Says nothing.",
        "is told of: scan_started",
    ]


def test_a_failed_one_says_where_what_and_what_to_do(run: Run, folder: Path) -> None:
    text = GOOD.replace("@hookimpl\n", "")
    said = document(run("plugins", "list", "--format", "json", bad=text))
    where = f"{folder / 'bad.py'}:{line_of(text, 'def riskplug')}"
    assert said["faults"] == [
        {
            "plugin": "bad",
            "where": where,
            "what": "riskplug_rule_kinds is not marked",
            "fix": "put @hookimpl above it",
        }
    ]
    one = next(plugin for plugin in said["plugins"] if plugin["name"] == "bad")
    assert one["status"] == "failed"
    assert one["reason"] == f"{where}: riskplug_rule_kinds is not marked; put @hookimpl above it"
    assert one["contributions"] == []


def test_listing_ends_well_whatever_is_listed(run: Run) -> None:
    assert run("plugins", "list", bad="raise RuntimeError('x')").exit_code == 0


@pytest.mark.parametrize(("words", "code"), [((), 3), (("--strict",), 2), (("--format", "json"), 3)])
def test_a_check_ends_with_3_for_a_fault_and_strictly_with_2(run: Run, words: tuple[str, ...], code: int) -> None:
    assert run("plugins", "check", *words, bad="raise RuntimeError('x')").exit_code == code


@pytest.mark.parametrize("words", [(), ("--strict",), ("--format", "json")])
def test_a_check_without_fault_ends_with_0(run: Run, words: tuple[str, ...]) -> None:
    assert run("plugins", "check", *words, good=GOOD).exit_code == 0


def test_a_check_counts_what_is_given(run: Run) -> None:
    without = run("plugins", "check").stdout.split()
    given = run("plugins", "check", good=GOOD).stdout.split()
    assert (int(given[0]) - int(without[0]), int(given[2]) - int(without[2])) == (1, 1)


def test_a_plugin_named_by_path_is_listed_as_a_local_one(run: Run, tmp_path: Path) -> None:
    place = tmp_path / "elsewhere"
    place.mkdir(mode=0o755)
    (place / "near.py").write_text(GOOD)
    said = document(run("plugins", "list", "--format", "json", "-p", str(place / "near.py")))
    assert [(p["origin"], p["status"]) for p in said["plugins"] if p["name"] == "near"] == [("local", "on")]


def test_without_plugins_there_are_none(run: Run) -> None:
    assert (
        document(run("plugins", "list", "--no-plugins", "--format", "json", loud="raise RuntimeError"))["plugins"] == []
    )


def test_one_that_is_left_out_is_blocked(run: Run) -> None:
    said = document(run("plugins", "list", "-p", "no:loud", "--format", "json", loud="raise RuntimeError"))
    assert [p["status"] for p in said["plugins"] if p["name"] == "loud"] == ["blocked"]


def test_a_name_that_nobody_has_is_an_error(run: Run) -> None:
    ran = run("plugins", "list", "-p", "no:slak")
    assert isinstance(ran.exception, UsageError)
    (problem,) = ran.exception.problems
    assert (problem.what, problem.where, problem.fix) == (
        "no plugin 'slak' is installed",
        "-p",
        "did you mean 'slack'?",
    )


def test_calls_are_traced_on_request(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RISKPLUG_TRACE", "1")
    lines = [line.split() for line in run("plugins", "list", good=GOOD).stderr.splitlines()]
    calls = [line for line in lines if line[:2] == ["trace:", "good"]]
    said = [(call[2], *call[4:]) for call in calls]
    assert said == [("load", "s", "0", "items"), ("rule_kinds", "s", "1", "items")]
    assert all(float(call[3]) >= 0 for call in calls)


def test_nothing_is_traced_otherwise(run: Run) -> None:
    assert run("plugins", "list", good=GOOD).stderr == ""
