"""One file per mistake a writer of rules can make: its code, and the line and column it is found at."""

from pathlib import Path
from typing import Any

import pytest

from riskplug.catalogue import GRAINS
from riskplug.extend.host import Choice, PluginHost
from riskplug.rules import check_rules

ROOT = Path(__file__).parents[3]
CASES = sorted((ROOT / "tests" / "cases" / "rules" / "bad").glob("*.yaml"))


def shipped_kinds() -> dict[str, Any]:
    return dict(PluginHost.load(Choice()).rule_kinds())


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.stem)
def test_a_mistake_is_reported_once_at_its_place_with_advice(case: Path) -> None:
    _, _, code, place = case.read_text().split("\n")[0].split(" ")
    (problem,) = check_rules([case], GRAINS, shipped_kinds())
    assert (problem.code, problem.where) == (code, f"{case}:{place}")
    assert problem.fix
    line, caret = problem.excerpt.split("\n")
    assert line[len(caret) - 1 :] != "" or code == "yaml-syntax"
