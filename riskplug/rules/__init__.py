"""Rules: files people write, checked against the catalogue and evaluated over the facts in three-valued logic."""

from riskplug.rules.advice import advise
from riskplug.rules.backtest import Backtest, Judged, backtest
from riskplug.rules.compare import compare, unanswered
from riskplug.rules.evaluate import ON_TRIAL, evaluate
from riskplug.rules.explain import Step, explain_rule
from riskplug.rules.findings import identities_of, metric_column, metric_sense
from riskplug.rules.junit import junit
from riskplug.rules.load import check_rules, load_rules, rule_ids
from riskplug.rules.mutants import Mutant, survivors
from riskplug.rules.rule import Rule, RuleSet
from riskplug.rules.ruletests import RuleTestResult, test_rules
from riskplug.rules.schema import rules_schema
from riskplug.rules.sources import rows_of_part, tables_behind_column

__all__ = [
    "ON_TRIAL",
    "Backtest",
    "Judged",
    "Mutant",
    "Rule",
    "RuleSet",
    "RuleTestResult",
    "Step",
    "advise",
    "backtest",
    "check_rules",
    "compare",
    "evaluate",
    "explain_rule",
    "identities_of",
    "junit",
    "load_rules",
    "metric_column",
    "metric_sense",
    "rows_of_part",
    "rule_ids",
    "rules_schema",
    "survivors",
    "tables_behind_column",
    "test_rules",
    "unanswered",
]
