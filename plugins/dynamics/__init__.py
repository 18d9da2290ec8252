"""Microsoft Dynamics beside Business Central: Dynamics 365 Finance and Operations (AX), and Dynamics SL (Solomon)."""

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
    """BOM versions in their time, unit factors with a direction."""
    from riskplug_plugins.dynamics.boms import DynamicsBoms
    from riskplug_plugins.dynamics.solomon import SolomonOrders

    return [DynamicsBoms, SolomonOrders]
