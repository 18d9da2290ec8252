"""What if: scenarios as data, run beside the base and never mixed into it."""

from riskplug.scenario.engine import Base
from riskplug.scenario.overlays import Scenario, scenarios_schema
from riskplug.scenario.reading import Known, read_scenarios, scenario_files
from riskplug.scenario.running import known_of, nightly, run_scenarios, standing_files

__all__ = [
    "Base",
    "Known",
    "Scenario",
    "known_of",
    "nightly",
    "read_scenarios",
    "run_scenarios",
    "scenario_files",
    "scenarios_schema",
    "standing_files",
]
