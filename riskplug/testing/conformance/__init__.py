"""What every plugin of a sort keeps to, as classes to derive a test class from: docs/plugin-tests.md.

    class TestLateSupplier(RuleKindConformance):
        offered = LateSupplier
        identity = ("supplier",)

Each check is one test; its message says what is wrong and what to do.
"""

from riskplug.testing.conformance.enrichers import EnricherConformance
from riskplug.testing.conformance.finders import AlternateFinderConformance
from riskplug.testing.conformance.mappers import ContentMapperConformance
from riskplug.testing.conformance.notifiers import Bench, NotifierConformance
from riskplug.testing.conformance.report_sections import ReportSectionConformance
from riskplug.testing.conformance.rule_kinds import RuleKindConformance
from riskplug.testing.conformance.sources import SourceConformance

__all__ = [
    "AlternateFinderConformance",
    "Bench",
    "ContentMapperConformance",
    "EnricherConformance",
    "NotifierConformance",
    "ReportSectionConformance",
    "RuleKindConformance",
    "SourceConformance",
]
