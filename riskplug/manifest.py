"""Which versions of code, rules and law a scan used."""

import hashlib
import platform
from collections.abc import Iterable
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from riskplug.extend.host import PluginHost
from riskplug.loading import measure_folders, rule_folders
from riskplug.rules import RuleSet
from riskplug.workspace import FILE_NAME, Workspace

PACKAGES = ("riskplug", "pandas", "great-expectations", "sqlalchemy")


def versions(host: PluginHost) -> dict[str, str]:
    """Versions of Python, the packages that compute, and every plugin that is on."""
    plugins = {f"plugin {status.name}": status.version for status in host.statuses if status.status == "on"}
    return {"python": platform.python_version(), **{name: _version(name) for name in PACKAGES}, **plugins}


def hashes_of(workspace: Workspace, host: PluginHost, rules: RuleSet | None = None) -> dict[str, str]:
    """SHA-256 of what is set, ruled and known: equal hashes and equal inputs give an equal answer.

    Of each local plugin that is on too: shipped ones are riskplug's version, installed ones have one of their own.
    """
    shipped = rule_folders(workspace)[0]
    ruled = repr(sorted(rules.versions.items())) if rules is not None else ""
    return {
        "settings": _digest([workspace.root / FILE_NAME]),
        "rules": hashlib.sha256(ruled.encode()).hexdigest(),
        "measures": _digest(path for folder in measure_folders(workspace, host) for path in _files(folder, "*.yaml")),
        "materials": _digest([*_files(shipped / "materials", "*.csv"), *_files(workspace.root / "materials", "*.csv")]),
        "scenarios": _digest(
            path for entry in workspace.scenarios.paths for path in _files(workspace.resolve(entry), "*.yaml")
        ),
        "evidence": _digest(_files(workspace.root / "evidence", "confirmations.csv")),
        **{f"plugin {one.name}": one.sha256 for one in host.statuses if one.origin == "local" and one.status == "on"},
    }


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "unknown"


def _files(folder: Path, pattern: str) -> list[Path]:
    return [folder] if folder.is_file() else sorted(folder.glob(pattern))


def _digest(paths: Iterable[Path]) -> str:
    digest = hashlib.sha256()
    for path in paths:
        digest.update(path.name.encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()
