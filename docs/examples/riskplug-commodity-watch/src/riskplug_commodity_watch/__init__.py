"""Prices of critical materials: columns of the grain `material`, and the rule kind `price_jump`.

Loaded by riskplug whenever it is enabled, so nothing heavy is imported here: pandas waits inside the functions.
"""

from riskplug.extend import hookimpl
from riskplug.extend.protocols import Enricher, RuleKind
from riskplug_commodity_watch.columns import MaterialPrices
from riskplug_commodity_watch.jump import PriceJump


@hookimpl
def riskplug_fact_columns() -> list[type[Enricher]]:
    return [MaterialPrices]


@hookimpl
def riskplug_rule_kinds() -> list[type[RuleKind]]:
    return [PriceJump]
