"""Rules of a workspace tested from pytest."""

from pathlib import Path


def rule_failures(workspace: Path, rule: str) -> list[str]:
    """What the tests of one rule of a workspace find wrong, plugins of the workspace included; empty when they pass.

    Raises UsageError when the workspace or a rule file has a mistake, or when the rule has no tests.
    """
    from riskplug import workspace as settings
    from riskplug.errors import UsageError
    from riskplug.extend.choosing import chosen
    from riskplug.extend.host import PluginHost
    from riskplug.loading import rules_of
    from riskplug.rules import test_rules

    opened = settings.load(workspace)
    host = PluginHost.load(chosen(opened))
    results = test_rules(rules_of(opened, host), only=[rule])
    if not results or not results[0].checks:
        raise UsageError(f"rule {rule} has no tests", str(workspace), "add `tests:` to it")
    return [*map(str, host.faults), *results[0].failures]
