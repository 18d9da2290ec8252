"""Odoo on PostgreSQL: profiles for its tables, and what no profile can say of variants, kits, units and warehouses."""

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
    """Reshapers of the tables whose rows mean something only together with others."""
    from riskplug_plugins.odoo.boms import OdooBomLines, OdooParts
    from riskplug_plugins.odoo.orders import OdooOrderLines, OdooVendors
    from riskplug_plugins.odoo.quants import OdooQuants

    return [OdooParts, OdooBomLines, OdooQuants, OdooOrderLines, OdooVendors]
