"""Each conformance check fails for a plugin that does just that wrong, says what to do, and for no other."""

import os
import subprocess
import sys
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from xml.etree import ElementTree

import pytest
from bad_plugins import SORTS, Bad

import riskplug.testing.conformance as conformance

pytestmark = pytest.mark.timeout(900)  # the first test to ask waits for all of them
CASES = [(name, bad) for name, sort in SORTS.items() for bad in sort.bad]


@dataclass(frozen=True)
class Ended:
    """Failures by test class: the names of checks with what they say. ``passed``: checks that passed somewhere."""

    failed: dict[str, dict[str, str]]
    passed: dict[str, set[str]]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("bad")


@cache
def all_ended(folder: Path) -> dict[str, Ended]:
    """pytest over all plugins of every sort, in a process of its own."""
    for name, sort in SORTS.items():
        (folder / f"{name}.py").write_text(sort.module())
        (folder / f"{name}_heavy.py").write_text(sort.heavy())
        (folder / f"test_{name}.py").write_text(sort.tests())
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--junit-xml=out.xml"]
    paths = os.pathsep.join([str(Path(__file__).parents[1] / "notifiers"), *sys.path])
    ran = subprocess.run(
        command, cwd=folder, env={**os.environ, "PYTHONPATH": paths}, capture_output=True, text=True, check=False
    )
    assert ran.returncode == 1, ran.stdout + ran.stderr
    made = {name: Ended({}, {}) for name in SORTS}
    for case in ElementTree.parse(folder / "out.xml").iter("testcase"):
        module, _, kind = case.attrib["classname"].rpartition(".Test")
        check, of = case.attrib["name"].partition("[")[0], made[module.removeprefix("test_")]
        wrong = case.find("failure") if case.find("failure") is not None else case.find("error")
        if wrong is not None:
            of.failed.setdefault(kind, {})[check] = f"{wrong.attrib.get('message', '')} {wrong.text or ''}"
        else:
            of.passed.setdefault(kind, set()).add(check)
    return made


def ended(folder: Path, name: str) -> Ended:
    return all_ended(folder)[name]


def test_the_public_classes_are_these() -> None:
    named = [
        "AlternateFinderConformance",
        "Bench",
        "ContentMapperConformance",
        "EnricherConformance",
        "NotifierConformance",
        "ReportSectionConformance",
        "RuleKindConformance",
        "SourceConformance",
    ]
    assert sorted(conformance.__all__) == named


@pytest.mark.parametrize("name", SORTS)
def test_a_good_plugin_passes_every_check(name: str, folder: Path) -> None:
    assert ended(folder, name).failed.get("Good", {}) == {}


@pytest.mark.parametrize(("name", "bad"), CASES, ids=[f"{name}-{bad.name}" for name, bad in CASES])
def test_a_bad_plugin_fails_its_check_alone(name: str, bad: Bad, folder: Path) -> None:
    failed = ended(folder, name).failed.get(bad.name, {})
    assert list(failed) == [bad.check] or (not bad.alone and bad.check in failed)
    assert bad.says in failed[bad.check] and " -> " in failed[bad.check]


@pytest.mark.parametrize("name", SORTS)
def test_every_check_of_a_sort_has_a_plugin_that_fails_it(name: str, folder: Path) -> None:
    assert ended(folder, name).passed["Good"] == {bad.check for bad in SORTS[name].bad}
