"""InvenTree: a profile for the tables it exports."""

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
    """Ids of parts and supplier parts to part numbers."""
    from riskplug_plugins.inventree.tables import InventreeBom, InventreeOrders, InventreeParts, InventreeStock

    return [InventreeParts, InventreeBom, InventreeStock, InventreeOrders]
