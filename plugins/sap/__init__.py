"""SAP: profiles for exports of SAP ECC and S/4HANA. SAP's Material is riskplug's part, its Werk a site."""

from collections.abc import Iterable
from pathlib import Path

from riskplug.extend import hookimpl


@hookimpl
def riskplug_profiles() -> Iterable[Path]:
    """The profile files beside this module."""
    return sorted(Path(__file__).parent.glob("*.yaml"))
