"""Loads plugins one by one and asks each for its contributions; a bad one is recorded, the others work on.

A plugin is on with everything it gives, or failed with nothing of it.
"""

import os
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from types import GeneratorType, ModuleType
from typing import Any, Literal, TypeVar

import pluggy

from riskplug.errors import Problem, suggestion
from riskplug.extend import guard, hookspecs
from riskplug.extend.checks import PREFIX, api_of, known_hooks, module_problems
from riskplug.extend.contributions import (
    CLASSES,
    COMMANDS,
    EXPECTATIONS,
    GIVING,
    SET_BY_KIND,
    Contribution,
    Loaded,
    Offers,
    conflicts,
    item_problems,
)
from riskplug.extend.discovery import Candidate, Origin, at, installed, local, shipped
from riskplug.extend.faults import named_by, problem_of
from riskplug.extend.hookspecs import ExpectationSpec
from riskplug.extend.marker import PROJECT
from riskplug.extend.options import made_with
from riskplug.extend.protocols import (
    AlternateFinder,
    Command,
    ContentMapper,
    Enricher,
    Notifier,
    ReportSection,
    Reshaper,
    RuleKind,
    Source,
)
from riskplug.tables import TABLES

Status = Literal["on", "available", "blocked", "failed"]
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class PluginStatus:
    """What `riskplug plugins list` shows of one plugin. ``api``: the interface number, None where nobody looked."""

    name: str
    origin: Origin
    where: str
    version: str
    status: Status
    reason: str = ""
    hooks: tuple[str, ...] = ()
    sha256: str = ""
    api: int | None = None
    contributions: tuple[Contribution, ...] = ()


@dataclass(frozen=True, slots=True)
class Choice:
    """Which plugins to load: entry points only when enabled, everything else unless blocked.

    ``files``: plugins named by path, beside those of the folders. ``none``: not one, shipped ones included.
    ``options``: of classes that no other place names, by kind.
    """

    enable: frozenset[str] = frozenset()
    block: frozenset[str] = frozenset()
    folders: tuple[Path, ...] = ()
    none: bool = False
    files: tuple[Path, ...] = ()
    options: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    def candidates(self) -> list[Candidate]:
        """Every plugin there is, in the order of loading; nothing is imported."""
        return [] if self.none else [*shipped(), *installed(), *local(self.folders), *at(self.files)]


@dataclass
class PluginHost:
    """The loaded plugins. ``faults`` grows whenever one of them breaks its contract; it is never emptied.

    ``choice``: what was loaded, for another process that shall load the same.
    """

    manager: pluggy.PluginManager
    statuses: list[PluginStatus] = field(default_factory=list)
    faults: list[guard.Fault] = field(default_factory=list)
    options: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    choice: Choice = field(default_factory=Choice)
    _loaded: dict[str, Loaded] = field(default_factory=dict)
    _gone: dict[str, Loaded] = field(default_factory=dict)

    @classmethod
    def load(cls, choice: Choice) -> "PluginHost":
        """Load what the choice allows. A plugin that fails is listed as failed; nothing is raised."""
        manager = pluggy.PluginManager(PROJECT)
        manager.add_hookspecs(hookspecs)
        host = cls(manager, options=choice.options, choice=choice)
        for candidate in choice.candidates():
            host._consider(candidate, choice)
        found: dict[str, list[Problem]] = {}
        for name, problem in conflicts(list(host._loaded.values())):
            found.setdefault(name, []).append(problem)
        for name, problems in found.items():
            host._fail(name, problems)
        return host

    def _consider(self, candidate: Candidate, choice: Choice) -> None:
        taken = next((s for s in self.statuses if s.name == candidate.name and s.status in ("on", "failed")), None)
        status = PluginStatus(
            candidate.name, candidate.origin, candidate.where, candidate.version, "on", sha256=candidate.sha256
        )
        if candidate.name in choice.block:
            status = replace(status, status="blocked", reason="switched off in this workspace or call")
        elif candidate.origin == "entry point" and candidate.name not in choice.enable:
            status = replace(status, status="available", reason="installed, not in [plugins] enable")
        elif taken:
            what = f"the name {candidate.name!r} is taken by the {taken.origin} plugin in {taken.where}"
            status = self._failed(status, [Problem(what, candidate.where, "rename it")])
        else:
            status = self._register(candidate, status)
        self.statuses.append(status)

    def _register(self, candidate: Candidate, status: PluginStatus) -> PluginStatus:
        module, error = self._asked(candidate.name, "load", candidate.load)
        if module is None:
            return self._failed(status, [problem_of(error, candidate)])
        problems = list(module_problems(module, candidate.where, self.manager))
        if problems:
            return self._failed(status, problems)
        status = replace(status, hooks=tuple(_hook_names(module)), api=int(str(api_of(module))))
        self.manager.register(module, candidate.name)
        given, problems = self._given(candidate, module)
        loaded = Loaded(candidate, module, given)
        if problems:
            self.manager.unregister(name=candidate.name)
            self._gone[candidate.name] = loaded
            return self._failed(status, problems)
        self._loaded[candidate.name] = loaded
        return replace(status, contributions=loaded.contributions)

    def _given(self, candidate: Candidate, module: ModuleType) -> tuple[dict[str, list[Any]], list[Problem]]:
        """What the hooks of a plugin give, and everything wrong with it."""
        given: dict[str, list[Any]] = {}
        problems: list[Problem] = []
        for hook in (name for name in GIVING if hasattr(module, name)):
            where = f"{candidate.where}, {hook}"
            questions = [{"table": table} for table in TABLES] if hook == EXPECTATIONS else [{}]
            for question in questions:
                ask = partial(_items, self._caller(hook, module), question, hook)
                items, error = self._asked(candidate.name, hook, ask)
                if items is None:
                    problems.append(problem_of(error, candidate, hook))
                    break
                found = [problem for item in items for problem in item_problems(hook, item, where)]
                problems += [problem for problem in found if problem not in problems]
                fits = not found or hook in CLASSES
                given.setdefault(hook, []).extend(item for item in items if fits and _answers(item, question))
        return given, problems

    def _failed(self, status: PluginStatus, problems: Iterable[Problem]) -> PluginStatus:
        said = [guard.Fault(status.name, problem.where, problem.what, problem.fix) for problem in problems]
        self.faults += said
        reason = " / ".join(f"{fault.where}: {fault.message}; {fault.fix}" for fault in said)
        return replace(status, status="failed", reason=reason, contributions=())

    def _fail(self, name: str, problems: Iterable[Problem]) -> None:
        """Take back a plugin that cannot stand beside another."""
        self.manager.unregister(name=name)
        self._gone[name] = self._loaded.pop(name)
        at = next(n for n, status in enumerate(self.statuses) if status.name == name and status.status == "on")
        self.statuses[at] = self._failed(self.statuses[at], problems)

    def sources(self) -> Offers[Source]:
        """Source classes by kind."""
        return self._offers("riskplug_sources")

    def reshapers(self) -> Offers[Reshaper]:
        """Reshaper classes by kind."""
        return self._offers("riskplug_reshapers")

    def rule_kinds(self) -> Offers[RuleKind]:
        """Rule kind classes by kind."""
        return self._offers("riskplug_rule_kinds")

    def enrichers(self) -> Offers[Enricher]:
        """Enricher classes by kind."""
        return self._offers("riskplug_fact_columns")

    def notifiers(self) -> Offers[Notifier]:
        """Notifier classes by kind."""
        return self._offers("riskplug_notifiers")

    def content_mappers(self) -> Offers[ContentMapper]:
        """Content mapper classes by kind."""
        return self._offers("riskplug_content_mappers")

    def alternate_finders(self) -> Offers[AlternateFinder]:
        """Alternate finder classes by kind."""
        return self._offers("riskplug_alternate_finders")

    def report_sections(self) -> Offers[ReportSection]:
        """Report section classes by kind."""
        return self._offers("riskplug_report_sections")

    def commands(self) -> dict[str, tuple[str, Command]]:
        """Plugin and command by the command's name."""
        return {
            command.name: (name, command)
            for name, plugin in self._loaded.items()
            for command in plugin.given.get(COMMANDS, ())
        }

    def profiles(self) -> list[Path]:
        """Profile files of all plugins."""
        return [Path(path) for path in self._every("riskplug_profiles")]

    def measures(self) -> list[Path]:
        """Measure files and folders of all plugins."""
        return [Path(path) for path in self._every("riskplug_measures")]

    def expectations(self, tables: Iterable[str]) -> list[ExpectationSpec]:
        """Expectations of all plugins on the given tables."""
        wanted = set(tables)
        return [spec for spec in self._every(EXPECTATIONS) if spec.table in wanted]

    def broken_expectation(self, spec: ExpectationSpec, why: str) -> None:
        """An expectation that does not exist or could not be evaluated is its plugin's fault."""
        self.record(guard.Fault(self.provider(spec), EXPECTATIONS, why, "correct its name, arguments or column"))

    def notify(self, hook: str, **arguments: object) -> None:
        """Tell observers; what one of them raises is recorded and changes nothing."""
        for name, plugin in sorted(self.manager.list_name_plugin()):
            if plugin is not None and hasattr(plugin, hook):
                _, error = self._asked(name, hook, partial(_told, self._caller(hook, plugin), arguments))
                if error is not None:
                    self.record(guard.fault_of(name, hook, error))

    def make(self, kind: Callable[..., T]) -> T:
        """An object of a class whose options are [plugins.options.KIND], or of one that takes none."""
        options = getattr(kind, "Options", None)
        if options is None:
            return kind()
        return kind(options.model_validate(dict(self.options.get(getattr(kind, "kind", ""), {}))))

    def option_problems(self, where: Callable[..., str]) -> Iterator[Problem]:
        """What is wrong with [plugins.options]. ``where``: the place of a kind, or of one of its options."""
        kinds = {item.kind: item for hook in SET_BY_KIND for item in self._every(hook)}
        for name in self.options:
            if name not in kinds:
                fix = self.absent("", name) or suggestion(name, kinds) or "take it out"
                yield Problem(f"no plugin gives a kind {name!r} that is set here", where(name), fix, "unknown-key")
            elif not hasattr(kinds[name], "Options"):
                yield Problem(f"{name} takes no options", where(name), "take them out", "unknown-key")
        for name, kind in sorted(kinds.items()):
            if hasattr(kind, "Options"):
                place = partial(_placed, where, name)
                yield from made_with(kind, self.options.get(name, {}), place, self.provider(kind))[1]

    def record(self, fault: guard.Fault) -> None:
        """Record a fault; one that is found every time somebody asks is recorded once."""
        if fault not in self.faults:
            self.faults.append(fault)

    def provider(self, item: object) -> str:
        """The plugin that a class or record comes from, for messages and findings."""
        return next(
            (name for name, one in self._loaded.items() if any(item in items for items in one.given.values())),
            item.__module__,
        )

    def available(self) -> list[str]:
        """Plugins that are installed and not enabled."""
        return [status.name for status in self.statuses if status.status == "available"]

    def absent(self, hook: str, kind: str) -> str:
        """What to do about a kind that nobody gives, where a plugin that failed or is off may be why; else empty."""
        failed = [status for status in self.statuses if status.status == "failed"]
        names = {
            name
            for name, one in self._gone.items()
            if any(getattr(i, "kind", "") == kind for i in one.given.get(hook, ()))
        }
        sure = [status for status in self.statuses if status.status != "on" and named_by(kind, status.name, names)]
        return "; ".join(_off(status) for status in sure or (s for s in failed if s.origin != "shipped"))

    def _offers(self, hook: str) -> Offers[Any]:
        return Offers({item.kind: item for item in self._every(hook)}, partial(self.absent, hook))

    def _every(self, hook: str) -> Iterator[Any]:
        """Every item of a hook, by the order of plugin names."""
        for name in sorted(self._loaded):
            yield from self._loaded[name].given.get(hook, ())

    def _asked(self, name: str, hook: str, function: Callable[[], T]) -> tuple[T | None, BaseException | None]:
        """Call plugin code under guard: what it gave, or what it raised."""
        raised: list[BaseException] = []
        asked = guard.call(name, hook, partial(_keeping, function, raised))
        _trace(name, hook, asked.seconds, asked.value)
        return asked.value, raised[0] if raised else None

    def _caller(self, hook: str, plugin: object) -> Callable[..., Any]:
        """The hook of one plugin alone: what one raises must not lose what others give."""
        others = [other for other in self.manager.get_plugins() if other is not plugin]
        return self.manager.subset_hook_caller(hook, others)


def _placed(where: Callable[..., str], name: str, key: str) -> str:
    return where(name, *([key] if key else []))


def _keeping(function: Callable[[], T], raised: list[BaseException]) -> T:
    try:
        return function()
    except KeyboardInterrupt:
        raise
    except BaseException as error:
        raised.append(error)
        raise


def _items(caller: Callable[..., Any], arguments: dict[str, str], hook: str) -> list[Any]:
    """All items a hook gives; iterated here, inside the guard, because a hook may be a generator."""
    answers = caller(**arguments)
    if not answers and hook != EXPECTATIONS:
        raise TypeError("it gave None; return a list, an empty one where there is nothing")
    return [item for given in answers for item in _iterable(given)]


def _iterable(given: object) -> Iterable[Any]:
    if isinstance(given, str | bytes | Path | type) or not isinstance(given, Iterable):
        raise TypeError(f"it gave {given!r}; return a list")
    return given


def _answers(item: object, question: dict[str, str]) -> bool:
    """Whether an expectation is on the table that was asked about; anything else always is an answer."""
    return not question or getattr(item, "table", "") == question["table"]


def _told(caller: Callable[..., Any], arguments: dict[str, object]) -> bool:
    for answer in caller(**arguments):
        if isinstance(answer, GeneratorType):  # runs only when iterated
            list(answer)
    return True


def _hook_names(module: ModuleType) -> list[str]:
    return sorted(name for name in known_hooks() if hasattr(module, name))


def _off(status: PluginStatus) -> str:
    if status.status == "failed":
        return f"plugin {status.name} failed: {status.reason}"
    if status.status == "blocked":
        return (
            f"plugin {status.name} is switched off: take it out of [plugins] disable, or leave out -p no:{status.name}"
        )
    return f"plugin {status.name} is installed and not enabled: add {status.name!r} to [plugins] enable"


def _trace(plugin: str, hook: str, seconds: float, value: object) -> None:
    """With RISKPLUG_TRACE=1: each hook call on stderr."""
    if os.environ.get("RISKPLUG_TRACE") == "1":
        items = len(value) if isinstance(value, list) else 0
        print(f"trace: {plugin} {hook.removeprefix(PREFIX)} {seconds:.6f} s {items} items", file=sys.stderr)
