"""What is not wrong with a rule and still not good: no tests, or bands and gaps that no test stands for."""

from collections.abc import Iterator

from riskplug.errors import Problem
from riskplug.rules.rule import Rule, RuleSet


def advise(rules: RuleSet) -> list[Problem]:
    """Warnings about active and shadow rules, by rule; nothing of it keeps a rule from running."""
    return [problem for rule in rules if rule.status in ("active", "shadow") for problem in _about(rule)]


def _about(rule: Rule) -> Iterator[Problem]:
    if not any(tests.match or tests.no_match or tests.undetermined for tests in rule.tests):
        fix = "add `tests:` with a row that matches and one that does not"
        yield _warning(rule, "it has no tests", fix, "tests-missing")
        return
    expected = {severity for tests in rule.tests for severity in tests.match.values()}
    for band in rule.bands:
        if band.severity not in expected:
            yield _warning(
                rule,
                f"no test expects {band.severity}",
                f"add a row whose `match` is {band.severity}",
                "tests-band",
            )
    if not any(tests.no_match for tests in rule.tests):
        yield _warning(rule, "no test expects silence", "add a row under `no_match`", "tests-silence")


def _warning(rule: Rule, what: str, fix: str, code: str) -> Problem:
    return Problem(f"rule {rule.id}: {what}", rule.where, fix, code, level="warning")
