"""Rules of a workspace tested from pytest: each keeps what the cases in its file say."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from _pytest.mark import ParameterSet

    from riskplug.extend.host import PluginHost
    from riskplug.rules import Rule, RuleSet


@dataclass(frozen=True)
class RuleCase:
    """The cases of one rule; ``where`` is its place as file:line."""

    rule: str
    where: str
    failures: tuple[str, ...]


def rule_failures(workspace: Path, rule: str) -> list[str]:
    """What the tests of one rule of a workspace find wrong, plugins of the workspace included; empty when they pass.

    Raises UsageError when the workspace or a rule file has a mistake, or when the rule has no tests.
    """
    from riskplug.errors import UsageError
    from riskplug.loading import catalogue_of
    from riskplug.rules import test_rules

    rules, host = _opened(workspace)
    results = test_rules(rules, catalogue_of(host), only=[rule])
    if not results or not results[0].checks:
        raise UsageError(f"rule {rule} has no tests", str(workspace), "add `tests:` to it")
    return [*map(str, host.faults), *results[0].failures]


def rule_cases(workspace: Path) -> "list[ParameterSet]":
    """One parameter per rule of the workspace's own files, for ``@pytest.mark.parametrize("case", ...)``.

    Each is a RuleCase under the id of its rule; ``case.failures`` is empty where every case in the file is kept. A rule
    without cases fails, so that none is forgotten. UsageError, an error of collection, for a file with a mistake.
    """
    import pytest

    rules, host = _opened(workspace)
    own = [rule for rule in rules if Path(rule.where.rpartition(":")[0]).resolve().is_relative_to(workspace.resolve())]
    return [pytest.param(case, id=case.rule) for case in _cases(own, host)]


def _cases(rules: "Iterable[Rule]", host: "PluginHost") -> Iterable[RuleCase]:
    from riskplug.loading import catalogue_of
    from riskplug.rules import RuleSet, test_rules

    faults = tuple(map(str, host.faults))
    for rule in rules:
        (result,) = test_rules(RuleSet((rule,)), catalogue_of(host))
        bare = () if result.checks else (f"{rule.where}: no cases: add `tests:` to the rule",)
        yield RuleCase(rule.id, rule.where, (*faults, *bare, *result.failures))


def _opened(workspace: Path) -> "tuple[RuleSet, PluginHost]":
    from riskplug import workspace as settings
    from riskplug.extend.choosing import chosen
    from riskplug.extend.host import PluginHost
    from riskplug.loading import rules_of

    opened = settings.load(workspace)
    host = PluginHost.load(chosen(opened))
    return rules_of(opened, host), host
