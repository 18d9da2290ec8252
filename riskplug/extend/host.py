"""Loads plugins one by one and asks each for its contributions; a bad one is recorded, the others work on."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from types import ModuleType
from typing import Any, Literal

import pluggy

from riskplug.catalogue import GRAINS, Fact
from riskplug.errors import PluginFault, suggestion
from riskplug.extend import guard, hookspecs
from riskplug.extend.discovery import Candidate, Origin, installed, local, shipped
from riskplug.extend.hookspecs import API_VERSION, PROJECT, ExpectationSpec
from riskplug.extend.protocols import ContentMapper, Enricher, Notifier, Reshaper, RuleKind, Source

Status = Literal["on", "available", "blocked", "failed"]
PREFIX = "riskplug_"


@dataclass(frozen=True, slots=True)
class PluginStatus:
    """What `riskplug plugins list` shows of one plugin."""

    name: str
    origin: Origin
    where: str
    version: str
    status: Status
    reason: str = ""
    hooks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Choice:
    """Which plugins to load: entry points only when enabled, everything else unless blocked."""

    enable: frozenset[str] = frozenset()
    block: frozenset[str] = frozenset()
    folders: tuple[Path, ...] = ()
    none: bool = False


@dataclass
class PluginHost:
    """The loaded plugins. ``faults`` grows whenever one of them breaks its contract; it is never emptied."""

    manager: pluggy.PluginManager
    statuses: list[PluginStatus] = field(default_factory=list)
    faults: list[guard.Fault] = field(default_factory=list)

    @classmethod
    def load(cls, choice: Choice) -> "PluginHost":
        """Load what the choice allows. A plugin that fails is listed as failed; nothing is raised."""
        manager = pluggy.PluginManager(PROJECT)
        manager.add_hookspecs(hookspecs)
        host = cls(manager)
        if not choice.none:
            for candidate in (*shipped(), *installed(), *local(choice.folders)):
                host._consider(candidate, choice)
        return host

    def _consider(self, candidate: Candidate, choice: Choice) -> None:
        status = PluginStatus(candidate.name, candidate.origin, candidate.where, candidate.version, "on")
        if candidate.name in choice.block:
            status = replace(status, status="blocked", reason="switched off in this workspace or call")
        elif candidate.origin == "entry point" and candidate.name not in choice.enable:
            status = replace(status, status="available", reason="installed, not in [plugins] enable")
        else:
            status = self._register(candidate, status)
        self.statuses.append(status)

    def _register(self, candidate: Candidate, status: PluginStatus) -> PluginStatus:
        loaded = guard.call(candidate.name, "load", lambda: self._load_checked(candidate))
        if loaded.fault is not None or loaded.value is None:
            fault = loaded.fault or guard.Fault(candidate.name, "load", "gave no module")
            self.faults.append(fault)
            return replace(status, status="failed", reason=fault.message)
        return replace(status, hooks=tuple(_hook_names(loaded.value)))

    def _load_checked(self, candidate: Candidate) -> ModuleType:
        if self.manager.has_plugin(candidate.name):
            other = next(s for s in self.statuses if s.name == candidate.name)
            raise PluginFault(
                f"the name {candidate.name!r} is taken by {other.where}", candidate.where, "rename the file"
            )
        module = candidate.load()
        _check_api(module, candidate)
        _check_hooks(module, candidate, self.manager)
        self.manager.register(module, candidate.name)
        return module

    def sources(self) -> dict[str, type[Source]]:
        """Source classes by kind."""
        return self._by_kind("riskplug_sources", Source)

    def reshapers(self) -> dict[str, type[Reshaper]]:
        """Reshaper classes by kind."""
        return self._by_kind("riskplug_reshapers", Reshaper)

    def rule_kinds(self) -> dict[str, type[RuleKind]]:
        """Rule kind classes by kind."""
        return self._by_kind("riskplug_rule_kinds", RuleKind)

    def enrichers(self) -> dict[str, type[Enricher]]:
        """Enricher classes by kind; one whose grain or columns cannot be is a fault and left out."""
        found: dict[str, type[Enricher]] = {}
        taken: dict[str, set[str]] = {name: set(grain.names) for name, grain in GRAINS.items()}
        for kind, enricher in self._by_kind("riskplug_fact_columns", Enricher).items():
            problem = _columns_problem(enricher, taken)
            if problem:
                self._record(guard.Fault(self.provider(enricher), "riskplug_fact_columns", problem))
            else:
                taken[enricher.grain].update(fact.name for fact in enricher.columns)
                found[kind] = enricher
        return found

    def notifiers(self) -> dict[str, type[Notifier]]:
        """Notifier classes by kind."""
        return self._by_kind("riskplug_notifiers", Notifier)

    def content_mappers(self) -> dict[str, type[ContentMapper]]:
        """Content mapper classes by kind."""
        return self._by_kind("riskplug_content_mappers", ContentMapper)

    def profiles(self) -> list[Path]:
        """Profile files of all plugins."""
        return [Path(path) for _, path in self._collect("riskplug_profiles")]

    def measures(self) -> list[Path]:
        """Measure files and folders of all plugins."""
        return [Path(path) for _, path in self._collect("riskplug_measures")]

    def expectations(self, tables: Iterable[str]) -> list[ExpectationSpec]:
        """Expectations of all plugins on the given tables; anything else than an ExpectationSpec is a fault."""
        found = [pair for table in tables for pair in self._collect("riskplug_expectations", table=table)]
        for name, spec in found:
            if not isinstance(spec, ExpectationSpec):
                self.faults.append(guard.Fault(name, "riskplug_expectations", f"gave {type(spec).__name__}"))
        return [spec for _, spec in found if isinstance(spec, ExpectationSpec)]

    def _record(self, fault: guard.Fault) -> None:
        """A fault that is found every time somebody asks is recorded once."""
        if fault not in self.faults:
            self.faults.append(fault)

    def notify(self, hook: str, **arguments: object) -> None:
        """Tell observers; what one of them raises is recorded and changes nothing."""
        self._collect(hook, **arguments)

    def provider(self, kind_class: type[object]) -> str:
        """The plugin that a contributed class comes from, for messages and findings."""
        module = kind_class.__module__
        return next(
            (
                name
                for name, plugin in self.manager.list_name_plugin()
                if isinstance(plugin, ModuleType) and module.startswith(plugin.__name__)
            ),
            module,
        )

    def _by_kind(self, hook: str, protocol: type[Any]) -> dict[str, type[Any]]:
        found: dict[str, type[Any]] = {}
        owners: dict[str, str] = {}
        for name, offered in self._collect(hook):
            problem = _contribution_problem(offered, protocol)
            if not problem and offered.kind in owners:
                problem = f"kind {offered.kind!r} is also given by plugin {owners[offered.kind]}; neither is used"
                found.pop(offered.kind, None)
            if problem:
                self.faults.append(guard.Fault(name, hook, problem))
                continue
            found[offered.kind], owners[offered.kind] = offered, name
        return found

    def _collect(self, hook: str, **arguments: object) -> list[tuple[str, Any]]:
        """(plugin, item) for every item each plugin gives, each plugin called alone: one cannot lose the rest."""
        found: list[tuple[str, Any]] = []
        for name, plugin in sorted(self.manager.list_name_plugin()):
            if plugin is None or not hasattr(plugin, hook):
                continue
            caller = self._caller_for(hook, plugin)
            asked = guard.call(name, hook, partial(_gather, caller, arguments))
            if asked.fault:
                self.faults.append(asked.fault)
            found.extend((name, item) for item in asked.value or ())
        return found

    def _caller_for(self, hook: str, plugin: object) -> Callable[..., Any]:
        others = [other for other in self.manager.get_plugins() if other is not plugin]
        return self.manager.subset_hook_caller(hook, others)


def _gather(caller: Callable[..., Any], arguments: Mapping[str, object]) -> list[Any]:
    """All items a hook gives; iterated here, inside the guard, because a hook may be a generator."""
    return [item for given in caller(**arguments) for item in (given or ())]


def _hook_names(module: ModuleType) -> Sequence[str]:
    return sorted(name for name in vars(module) if name.startswith(PREFIX) and callable(getattr(module, name)))


def _check_api(module: ModuleType, candidate: Candidate) -> None:
    wanted = getattr(module, "riskplug_api", API_VERSION)
    if wanted != API_VERSION:
        raise PluginFault(
            f"written for plugin interface {wanted}, this is {API_VERSION}",
            candidate.where,
            "install a version of the plugin for this riskplug",
        )


def _check_hooks(module: ModuleType, candidate: Candidate, manager: pluggy.PluginManager) -> None:
    """Every riskplug_* function must be a marked, known, plain hook: silence is what authors suffer from most."""
    known: Mapping[str, Any] = {name: getattr(hookspecs, name) for name in vars(hookspecs) if name.startswith(PREFIX)}
    for name in _hook_names(module):
        options = manager.parse_hookimpl_opts(module, name)
        if name not in known:
            raise PluginFault(f"{name} is not a hook", candidate.where, suggestion(name, known))
        if options is None:
            raise PluginFault(f"{name} is not marked", candidate.where, "put @hookimpl above it")
        if options.get("wrapper") or options.get("hookwrapper"):
            raise PluginFault(f"{name} is a wrapper", candidate.where, "plugins may not wrap hooks of others")


def _contribution_problem(offered: object, protocol: type[Any]) -> str:
    if not isinstance(offered, type):
        return f"gave {offered!r}, not a class"
    kind = getattr(offered, "kind", None)
    if not isinstance(kind, str) or not kind.replace("_", "").replace("-", "").isalnum():
        return f"{offered.__name__} has no usable `kind`"
    missing = [name for name in _asked_by(protocol) if not hasattr(offered, name)]
    if missing:
        return f"{offered.__name__} lacks {', '.join(missing)}"
    return "" if (offered.__doc__ or "").strip() else f"{offered.__name__} has no docstring"


def _columns_problem(enricher: type[Enricher], taken: Mapping[str, set[str]]) -> str:
    if enricher.grain not in taken:
        return f"{enricher.__name__}: no grain {enricher.grain!r}; {suggestion(enricher.grain, taken)}"
    for fact in enricher.columns:
        if not isinstance(fact, Fact) or fact.key or not fact.name.isidentifier():
            return f"{enricher.__name__}: {getattr(fact, 'name', fact)!r} is no column; declare a Fact that is no key"
        if fact.name in taken[enricher.grain]:
            return f"{enricher.__name__}: {enricher.grain}.{fact.name} exists already; choose another name"
    return "" if enricher.columns else f"{enricher.__name__} declares no columns"


def _asked_by(protocol: type[Any]) -> list[str]:
    """Attributes and methods that a protocol asks for."""
    methods = [name for name, value in vars(protocol).items() if callable(value) and not name.startswith("_")]
    return sorted({*methods, *protocol.__annotations__})
