"""Rules: files people write, checked against the catalogue and evaluated over the facts in three-valued logic."""

from riskplug.rules.evaluate import evaluate
from riskplug.rules.explain import Step, explain_rule
from riskplug.rules.junit import junit
from riskplug.rules.load import check_rules, load_rules
from riskplug.rules.mutants import Mutant, survivors
from riskplug.rules.rule import Rule, RuleSet
from riskplug.rules.ruletests import RuleTestResult, test_rules
from riskplug.rules.schema import rules_schema

__all__ = [
    "Mutant",
    "Rule",
    "RuleSet",
    "RuleTestResult",
    "Step",
    "check_rules",
    "evaluate",
    "explain_rule",
    "junit",
    "load_rules",
    "rules_schema",
    "survivors",
    "test_rules",
]
