"""Oracle E-Business Suite and Fusion: profiles for their tables as CSV or in a database."""

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
    """Ids to item numbers through two tables, weights by their unit, kinds of stock."""
    from riskplug_plugins.oracle.boms import OracleBoms
    from riskplug_plugins.oracle.items import OracleItems, OracleStock

    return [OracleBoms, OracleItems, OracleStock]
