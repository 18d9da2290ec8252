"""Rules: files people write, checked against the catalogue and evaluated over the facts in three-valued logic."""

from riskplug.rules.evaluate import evaluate
from riskplug.rules.load import check_rules, load_rules
from riskplug.rules.rule import Rule, RuleSet

__all__ = ["Rule", "RuleSet", "check_rules", "evaluate", "load_rules"]
