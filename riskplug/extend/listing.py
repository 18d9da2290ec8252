"""What `riskplug plugins list` and `check` show of a host: lines, and a document (riskplug/schemas/plugins.json)."""

from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

from riskplug.extend.checks import PREFIX, SUPPORTED
from riskplug.extend.contributions import GIVING, Contribution
from riskplug.extend.host import PluginHost, PluginStatus
from riskplug.extend.marker import API_VERSION

SCHEMA = "riskplug.plugins/1"


def plugins_document(host: PluginHost) -> dict[str, Any]:
    """Every plugin in the order of loading, and every fault."""
    return {
        "schema": SCHEMA,
        "interface": {"version": API_VERSION, "supported": sorted(SUPPORTED)},
        "plugins": [_record(status) for status in host.statuses],
        "faults": [
            {"plugin": fault.plugin, "where": fault.where, "what": fault.message, "fix": fault.fix}
            for fault in host.faults
        ],
    }


def _record(status: PluginStatus) -> dict[str, Any]:
    return {
        "name": status.name,
        "origin": status.origin,
        "where": status.where,
        "version": status.version or None,
        "sha256": status.sha256 or None,
        "status": status.status,
        "reason": status.reason or None,
        "interface": status.api,
        "hooks": list(status.hooks),
        "contributions": [_contribution(one) for one in status.contributions],
    }


def _contribution(one: Contribution) -> dict[str, str]:
    return {"class" if name == "name" else name: text for name, text in asdict(one).items()}


def plugin_lines(host: PluginHost) -> Iterator[str]:
    """One line per plugin, below it where a local one is, and what it gives."""
    for status in host.statuses:
        interface = "" if status.api is None else f"interface {status.api}"
        said = f"{status.name:<18}{status.status:<11}{status.origin:<13}{status.version:<14}"
        yield f"{said}{status.reason or interface}".rstrip()
        if status.origin == "local":
            yield f"  {status.where}"
        for one in status.contributions:
            yield f"  {one.hook:<18}{one.kind:<24}{one.summary}".rstrip()
        observed = [name.removeprefix(PREFIX) for name in status.hooks if name not in GIVING]
        if observed:
            yield f"  is told of: {', '.join(observed)}"
