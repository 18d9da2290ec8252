"""Rule kind `screening`: suppliers held against a list of named firms that a company keeps or downloads."""

from riskplug_plugins.screening.kind import Screening

from riskplug.extend import hookimpl
from riskplug.extend.protocols import RuleKind


@hookimpl
def riskplug_rule_kinds() -> list[type[RuleKind]]:
    return [Screening]
