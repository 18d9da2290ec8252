"""Do tonight's tables look like themselves? Great Expectations suites, freshness and volume gates, verdicts."""

from riskplug.validate.expectations import load_expectations
from riskplug.validate.stage import validate

__all__ = ["load_expectations", "validate"]
