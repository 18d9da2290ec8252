"""The profiles that the SAP plugin contributes."""

from pathlib import Path

from riskplug.extend.discovery import shipped
from riskplug.ingest import load_profiles


def test_the_sap_plugin_contributes_profiles_that_load() -> None:
    (plugin,) = [candidate for candidate in shipped() if candidate.name == "sap"]
    paths = [Path(path) for path in plugin.load().riskplug_profiles()]
    assert "sap-list-de.yaml" in {path.name for path in paths}
    assert set(load_profiles(paths)["sap-list-de"].tables) == {
        "parts",
        "bom_lines",
        "inventory",
        "purchase_orders",
        "demand",
        "consumption",
        "suppliers",
        "sourcing",
        "declarations",
    }
