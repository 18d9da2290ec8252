"""What a night may take over from the nights before it, and what all of that depends on."""

import sys
from pathlib import Path

from riskplug.extend.host import PluginHost
from riskplug.reuse import NOTHING, Reuse, digest_of
from riskplug.scale.fingerprint import fingerprint
from riskplug.workspace import Workspace

FOLDER = "reuse"
# What a stage reads of these is part of its own keys; a rule or a route that changes makes no table another one.
_OF_THE_STAGES = ("settings", "rules", "measures", "materials", "scenarios", "evidence")


def reuse_of(workspace: Workspace, host: PluginHost, folder: Path, *, fresh: bool, dry_run: bool) -> Reuse:
    """What is kept below the state folder; nothing where the workspace or the scan is to work out everything anew."""
    if fresh or not workspace.scan.reuse:
        return NOTHING
    return Reuse(folder / FOLDER, ingredients(workspace, host), writes=not dry_run)


def ingredients(workspace: Workspace, host: PluginHost) -> str:
    """Digest of riskplug's code, the plugins that are on, and every package that is installed."""
    own = fingerprint(workspace, host)
    told = {name: value for name, value in own.items() if name.removesuffix(" sha256") not in _OF_THE_STAGES}
    return digest_of(repr(sorted(told.items())), repr(_installed()))


def _installed() -> list[str]:
    """Name and version of every package, as its folder says them."""
    return sorted({path.name for entry in sys.path for path in Path(entry or ".").glob("*.dist-info")})
