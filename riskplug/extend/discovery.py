"""Where plugins come from: the shipped folder, installed entry points, local files. Finding them imports nothing."""

import hashlib
import importlib.util
import os
import stat
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from types import ModuleType
from typing import Literal

from riskplug.errors import PluginFault

Origin = Literal["shipped", "entry point", "local"]
GROUP = "riskplug"


@dataclass(frozen=True, slots=True)
class Candidate:
    """A plugin that could be loaded.

    ``version``: a distribution's, or the start of ``sha256``, which is that of a local or shipped file, or of all files
    of a package; empty for an installed one.
    """

    name: str
    origin: Origin
    where: str
    version: str
    load: Callable[[], ModuleType]
    sha256: str = ""


def shipped_folder(kind: Literal["plugins", "rules"]) -> Path:
    """The folder of first-party plugins or rules: inside the wheel, else beside the package in a checkout."""
    package = Path(__file__).resolve().parents[1]
    inside = package / f"_{kind}"
    return inside if inside.is_dir() else package.parent / kind


def shipped() -> list[Candidate]:
    """First-party plugins, sorted by name."""
    return _in_folder(shipped_folder("plugins"), "shipped", "riskplug_plugins")


def local(folders: Iterable[Path]) -> list[Candidate]:
    """Plugins of a workspace's own folders, sorted by name within each folder."""
    return [
        candidate
        for folder in folders
        if folder.is_dir() and folder != shipped_folder("plugins")
        for candidate in _in_folder(folder, "local", "riskplug_local")
    ]


def at(paths: Iterable[Path]) -> list[Candidate]:
    """Plugins named by path: a file, or the folder of a package."""
    return [_from_file(path / "__init__.py" if path.is_dir() else path, "local", "riskplug_local") for path in paths]


def installed() -> list[Candidate]:
    """Entry points of group ``riskplug``; only metadata is read."""
    return [
        Candidate(point.name, "entry point", point.value, _version(point), partial(_load_point, point))
        for point in sorted(entry_points(group=GROUP), key=lambda point: point.name)
    ]


def _version(point: EntryPoint) -> str:
    return point.dist.version if point.dist else ""


def _load_point(point: EntryPoint) -> ModuleType:
    loaded = point.load()
    if not isinstance(loaded, ModuleType):
        raise PluginFault("an entry point must name a module", point.value, "point it at the module with the hooks")
    return loaded


def _in_folder(folder: Path, origin: Origin, prefix: str) -> list[Candidate]:
    return [_from_file(path, origin, prefix, folder) for path in _modules(folder)]


def _modules(folder: Path) -> Sequence[Path]:
    """Files and packages by name. Hidden ones belong to editors and file systems; a pipe or a socket is no module."""
    seen = [path for path in folder.iterdir() if not path.name.startswith(".")]
    files = [path for path in seen if path.suffix == ".py" and not path.name.startswith("_") and _may_be_file(path)]
    packages = [path / "__init__.py" for path in seen if (path / "__init__.py").is_file()]
    return sorted((*files, *packages), key=_stem)


def _may_be_file(path: Path) -> bool:
    """A file, or a link that leads nowhere: whoever made it meant a plugin, and is told."""
    return path.is_file() or (path.is_symlink() and not path.exists())


def _stem(path: Path) -> str:
    return path.parent.name if path.name == "__init__.py" else path.stem


def _from_file(path: Path, origin: Origin, prefix: str, folder: Path | None = None) -> Candidate:
    stem = _stem(path)
    try:
        digest = _digest(path)
    except OSError as error:
        return Candidate(stem, origin, str(path), "", partial(_unreadable, path, error.strerror or str(error)))
    load = partial(_load_file, path, f"{prefix}.{stem}", folder if origin == "local" else None, origin == "local")
    return Candidate(stem, origin, str(path), digest[:12], load, digest)


def _unreadable(path: Path, why: str) -> ModuleType:
    if path.is_symlink() and not path.exists():
        what, fix = f"a link to {path.readlink()}, which is not there", "remove the link, or bring back what it names"
    else:
        what, fix = f"cannot be read: {why}", "let the account of the scan read it, or move it away"
    raise PluginFault(what, str(path), fix)


def _files(path: Path) -> Iterator[Path]:
    """The file, or every file of its package; what Python keeps beside them is left out."""
    if path.name != "__init__.py":
        yield path
        return
    inside = (found for found in path.parent.rglob("*") if found.is_file() and "__pycache__" not in found.parts)
    yield from sorted(inside)


def _digest(path: Path) -> str:
    """SHA-256 of a file's bytes (as sha256sum says); of a package, of names and bytes of all its files."""
    if path.name != "__init__.py":
        return hashlib.sha256(path.read_bytes()).hexdigest()
    digest = hashlib.sha256()
    for found in _files(path):
        name = found.relative_to(path.parent).as_posix().encode()
        content = found.read_bytes()
        digest.update(b"%d %b\0%d\0%b" % (len(name), name, len(content), content))
    return digest.hexdigest()


def _load_file(path: Path, name: str, folder: Path | None, guarded: bool) -> ModuleType:
    if guarded:
        _refuse_what_others_can_change([*([folder] if folder else []), path.parent, *_files(path)])
    is_package = path.name == "__init__.py"
    spec = importlib.util.spec_from_file_location(
        name, path, submodule_search_locations=[str(path.parent)] if is_package else None
    )
    if spec is None or spec.loader is None:
        raise PluginFault("not a Python module", str(path), "give the file a .py name")
    _ensure_parent(name.rpartition(".")[0])
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    except BaseException:
        sys.modules.pop(name, None)
        raise
    return module


def load_again(file: Path, name: str) -> ModuleType:
    """The plugin of a file under the name it was loaded by, in another process than the one that found it."""
    return _load_file(file, name, None, name.startswith("riskplug_local."))


def _ensure_parent(name: str) -> None:
    if name not in sys.modules:
        parent = ModuleType(name)
        parent.__path__ = []
        sys.modules[name] = parent


def _refuse_what_others_can_change(places: Iterable[Path]) -> None:
    """PluginFault for code that somebody else than the user of the scan and the administrator could have written."""
    trusted = {0, os.geteuid()} if hasattr(os, "geteuid") else None
    for place in places:
        found = place.stat()
        if found.st_mode & stat.S_IWOTH:
            raise PluginFault("writable by everybody", str(place), f"chmod o-w {place}")
        if trusted is not None and found.st_uid not in trusted:
            what = f"belongs to another user ({found.st_uid})"
            raise PluginFault(what, str(place), f"look into it, then chown {os.geteuid()} {place}")
