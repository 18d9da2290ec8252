"""PLM systems: profiles for indented BOM lists as Windchill, Arena and the like export them."""

from collections.abc import Iterable
from pathlib import Path

from riskplug.extend import hookimpl


@hookimpl
def riskplug_profiles() -> Iterable[Path]:
    """The profile files beside this module."""
    return sorted(Path(__file__).parent.glob("*.yaml"))
