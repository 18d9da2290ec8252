"""Plugins of a test alone, loaded and checked by the same door as everyone's."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

from riskplug.errors import UsageError
from riskplug.extend import hookimpl
from riskplug.extend.discovery import Candidate, at
from riskplug.extend.host import Choice, PluginHost


@dataclass(frozen=True)
class _Given(Choice):
    """Only these: nothing is discovered."""

    given: tuple[Candidate, ...] = ()

    def candidates(self) -> list[Candidate]:
        return list(self.given)


def host_of(*plugins: Path | ModuleType, options: Mapping[str, Mapping[str, Any]] | None = None) -> PluginHost:
    """A host with these plugins and no others: neither shipped nor installed ones, nor those of a workspace.

    ``plugins``: files, folders of packages, or modules that are imported already. What is wrong with one stands in
    ``faults`` of the host. ``options``: by kind, as in [plugins.options.KIND]. UsageError for a path that is not there.
    """
    candidates = tuple(map(_candidate, plugins))
    return PluginHost.load(_Given(options={k: dict(v) for k, v in (options or {}).items()}, given=candidates))


def given(hook: str, items: Sequence[object]) -> ModuleType:
    """A module with one hook that gives these."""
    module = ModuleType("given")

    def gives() -> Sequence[object]:
        return items

    setattr(module, hook, hookimpl(gives))
    return module


def _candidate(plugin: Path | ModuleType) -> Candidate:
    if isinstance(plugin, ModuleType):
        name = plugin.__name__.rpartition(".")[2]
        return Candidate(name, "local", str(getattr(plugin, "__file__", None) or name), "", lambda: plugin)
    if not plugin.exists():
        raise UsageError("there is no such plugin", str(plugin), "name a Python file, or the folder of a package")
    return at([plugin])[0]


def offered_by(plugin: Path | ModuleType, kind: str) -> type[Any]:
    """The class of a kind that a plugin gives; UsageError with everything that is wrong with the plugin."""
    host = host_of(plugin)
    if host.faults:
        raise UsageError.of(fault.problem for fault in host.faults)
    every = (host.rule_kinds(), host.notifiers(), host.sources(), host.content_mappers(), host.enrichers())
    offers: list[Mapping[str, type[Any]]] = [*every, host.alternate_finders(), host.report_sections()]
    found = [offered[kind] for offered in offers if kind in offered]
    if not found:
        raise UsageError(f"it gives no kind {kind!r}", str(plugin), "return the class from a hook")
    return found[0]
