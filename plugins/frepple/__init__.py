"""frePPLe: a profile for its exports."""

from collections.abc import Iterable
from pathlib import Path

from riskplug.extend import hookimpl
from riskplug.extend.protocols import Reshaper


@hookimpl
def riskplug_profiles() -> Iterable[Path]:
    """The profile files beside this module."""
    return sorted(Path(__file__).parent.glob("*.yaml"))


@hookimpl
def riskplug_reshapers() -> Iterable[type[Reshaper]]:
    """Flows of operations as BOM lines, durations as days."""
    from riskplug_plugins.frepple.flows import FreppleFlows, FreppleLeadTimes

    return [FreppleFlows, FreppleLeadTimes]
