"""SAP: profiles for exports of SAP ECC and S/4HANA. SAP's Material is riskplug's part, its Werk a site."""

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
    """What the table profiles need beyond a declaration."""
    from riskplug_plugins.sap.bom_history import SapBom
    from riskplug_plugins.sap.chosen_values import SapOrders, SapParts

    return [SapBom, SapParts, SapOrders]
