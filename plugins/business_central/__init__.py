"""Business Central: profiles for its tables as exported, by caption or by name in the database."""

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
    """BOM versions and date formulas, which no declaration can say."""
    from riskplug_plugins.business_central.boms import ProductionBoms, ProductionBomsWithComma
    from riskplug_plugins.business_central.lead_times import LeadTimes

    return [ProductionBoms, ProductionBomsWithComma, LeadTimes]
