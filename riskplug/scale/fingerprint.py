"""What a process computes with: equal fingerprints and equal inputs give equal bits."""

import hashlib
import platform
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import riskplug
from riskplug.extend.discovery import shipped_folder
from riskplug.extend.host import PluginHost
from riskplug.manifest import hashes_of, versions
from riskplug.workspace import Workspace

# Packages that numbers come from, beside those of every manifest.
_COUNTING = ("distributed", "holidays", "numpy", "pyarrow", "scipy")
_LOOK = {"settings": "riskplug.toml", "measures": "measures", "materials": "materials", "code": "riskplug's own code"}


def fingerprint(workspace: Workspace, host: PluginHost) -> dict[str, str]:
    """Versions of packages and plugins, digests of riskplug's code and of all that the workspace sets and knows.

    The code is that of the time when this process first asked: what lies on the disk may have been renewed since.
    """
    packages = {name: _version(name) for name in _COUNTING}
    known = {f"{name} sha256": digest for name, digest in hashes_of(workspace, host).items()}
    shipped = {"code sha256": _code()}
    return {**versions(host), **packages, **known, **shipped, "processor": platform.machine()}


def differences(ours: dict[str, str], theirs: dict[str, str]) -> list[str]:
    """What two fingerprints disagree on, in words."""
    pairs = {name: (ours.get(name), theirs.get(name)) for name in sorted({*ours, *theirs})}
    return [_said(name, *pair) for name, pair in pairs.items() if pair[0] != pair[1]]


def _said(name: str, ours: str | None, theirs: str | None) -> str:
    plain = name.removesuffix(" sha256")
    if plain != name:
        return f"other {_LOOK.get(plain, plain)}"
    return f"{name} is {theirs or 'not there'}, here {ours or 'not there'}"


@cache
def _code() -> str:
    digest = hashlib.sha256()
    package = Path(riskplug.__file__).parent
    for folder in (package, shipped_folder("plugins"), shipped_folder("rules")):
        for path in sorted(folder.rglob("*")):
            if path.is_file() and "__pycache__" not in path.parts:
                digest.update(str(path.relative_to(folder)).encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "not there"
