"""What each hook gives, and what of it may stand beside what other plugins give."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Any, TypeVar

from riskplug.catalogue import GRAINS, Fact
from riskplug.errors import Problem, suggestion
from riskplug.extend import protocols
from riskplug.extend.checks import PREFIX, SLUG, class_problems
from riskplug.extend.discovery import Candidate
from riskplug.extend.hookspecs import ExpectationSpec
from riskplug.tables import TABLES

T = TypeVar("T")

CLASSES: dict[str, type[Any]] = {
    "riskplug_sources": protocols.Source,
    "riskplug_reshapers": protocols.Reshaper,
    "riskplug_content_mappers": protocols.ContentMapper,
    "riskplug_fact_columns": protocols.Enricher,
    "riskplug_rule_kinds": protocols.RuleKind,
    "riskplug_alternate_finders": protocols.AlternateFinder,
    "riskplug_report_sections": protocols.ReportSection,
    "riskplug_notifiers": protocols.Notifier,
}
FILES = ("riskplug_profiles", "riskplug_measures")
EXPECTATIONS = "riskplug_expectations"
# Classes that no other place of a workspace names: their options are [plugins.options.KIND].
SET_BY_KIND = (
    "riskplug_reshapers",
    "riskplug_content_mappers",
    "riskplug_fact_columns",
    "riskplug_alternate_finders",
    "riskplug_report_sections",
)
COMMANDS = "riskplug_commands"
GIVING = (*CLASSES, *FILES, EXPECTATIONS, COMMANDS)
# Names that riskplug itself has; a test holds them against the command line.
OWN_COMMANDS = frozenset(
    {
        *("alerts", "bom", "check", "content", "disruptions", "facts", "init", "inspect", "listen", "new", "notify"),
        *("outbox", "plugins", "regimes", "rules", "runway", "scan", "schedule", "serve", "state", "whatif"),
    }
)
SEVERITIES = ("critical", "warning", "info")
_APART = "give one of them another name, or switch one plugin off: -p no:NAME, or [plugins] disable"


@dataclass(frozen=True, slots=True)
class Contribution:
    """One thing that a plugin gives. ``kind``: its name in files; ``name``: of the class; ``summary``: in a line."""

    hook: str
    kind: str
    name: str
    summary: str


@dataclass(frozen=True)
class Loaded:
    """A plugin that could be loaded, with what its hooks gave."""

    candidate: Candidate
    module: ModuleType
    given: Mapping[str, Sequence[Any]] = field(default_factory=dict)

    @property
    def contributions(self) -> tuple[Contribution, ...]:
        return tuple(_contribution(hook, item) for hook, items in self.given.items() for item in items)

    def kinds(self, hook: str) -> set[object]:
        """Kinds that a hook gave, those of faulty classes included."""
        return {getattr(item, "kind", None) for item in self.given.get(hook, ())}


class Offers(dict[str, type[T]]):
    """Classes by kind; ``absent`` says of a kind that is not there what may bring it."""

    def __init__(self, found: Mapping[str, type[T]], absent: Callable[[str], str]) -> None:
        super().__init__(found)
        self._absent = absent

    def off(self, kind: str) -> str:
        """What may bring a kind that nobody gives: a plugin that failed or is off; else empty."""
        return self._absent(kind)

    def advice(self, kind: str) -> str:
        """What to do about a kind that nobody gives: the plugin that failed or is off, else a close match."""
        return self._absent(kind) or suggestion(kind, self) or "enable the plugin that brings it"


def advice(kind: str, known: Iterable[str]) -> str:
    """What to do about a kind that is not there."""
    if isinstance(known, Offers):
        return known.advice(kind)
    return suggestion(kind, known) or "enable the plugin that brings it"


def item_problems(hook: str, item: object, where: str) -> list[Problem]:
    """What is wrong with one item that a hook gave."""
    if hook in CLASSES:
        found = class_problems(item, CLASSES[hook], hook, where)
        return found or _declared_problems(hook, item, where)
    if hook in FILES:
        return _file_problems(hook, item, where)
    return _expectation_problems(item, where) if hook == EXPECTATIONS else _command_problems(item, where)


def _declared_problems(hook: str, item: Any, where: str) -> list[Problem]:
    """What a class that keeps to its protocol declares, and cannot be."""
    if hook == "riskplug_fact_columns":
        return _columns_problems(item, where)
    title = getattr(item, "title", "") if hook == "riskplug_report_sections" else "none asked"
    if isinstance(title, str) and title.strip():
        return []
    return [Problem(f"{item.__name__} has no title: {title!r}", where, "give it a few words to stand above it")]


def _command_problems(item: object, where: str) -> list[Problem]:
    if not isinstance(item, protocols.Command):
        return [Problem(f"{COMMANDS} gave {type(item).__name__}", where, "return Command objects")]
    found = []
    if not isinstance(item.name, str) or not SLUG.fullmatch(item.name):
        found.append(Problem(f"no usable name for a command: {item.name!r}", where, "use small letters, digits and -"))
    elif item.name in OWN_COMMANDS:
        found.append(Problem(f"command {item.name!r} is riskplug's own", where, "choose another name"))
    if not isinstance(item.help, str) or not item.help.strip():
        found.append(Problem(f"command {item.name!r} has no help", where, "say in a line what it does"))
    if not callable(item.run):
        found.append(
            Problem(f"command {item.name!r} cannot run: {item.run!r}", where, "give a function or a Typer app")
        )
    return found


def _file_problems(hook: str, item: object, where: str) -> list[Problem]:
    if not isinstance(item, str | Path):
        return [Problem(f"{hook} gave {item!r}, not a path", where, "return paths, such as Path(__file__).parent")]
    return (
        [] if Path(item).exists() else [Problem(f"{hook} gave {item}, which is not there", where, "correct the path")]
    )


def _expectation_problems(item: object, where: str) -> list[Problem]:
    if not isinstance(item, ExpectationSpec):
        return [Problem(f"{EXPECTATIONS} gave {type(item).__name__}", where, "return ExpectationSpec objects")]
    found = []
    if item.table not in TABLES:
        found.append(
            Problem(f"expectation on {item.table!r}, no canonical table", where, suggestion(item.table, TABLES))
        )
    if not item.name.startswith("expect_") or not item.name.isidentifier():
        fix = "name it as Great Expectations does, such as expect_column_values_to_not_be_null"
        found.append(Problem(f"no expectation {item.name!r}", where, fix))
    if item.severity not in SEVERITIES:
        found.append(Problem(f"{item.name} has severity {item.severity!r}", where, f"use {', '.join(SEVERITIES)}"))
    return found


def _columns_problems(enricher: Any, where: str) -> list[Problem]:
    name = enricher.__name__
    if enricher.grain not in GRAINS:
        return [Problem(f"{name}: no grain {enricher.grain!r}", where, suggestion(str(enricher.grain), GRAINS))]
    found = [] if enricher.columns else [Problem(f"{name} declares no columns", where, "declare at least one Fact")]
    for fact in enricher.columns:
        if not isinstance(fact, Fact) or fact.key or not fact.name.isidentifier():
            said = f"{name}: {getattr(fact, 'name', fact)!r} is no column"
            found.append(Problem(said, where, "declare a Fact that is no key, with a name of letters, digits and _"))
        elif fact.name in GRAINS[enricher.grain].names:
            found.append(Problem(f"{name}: {enricher.grain}.{fact.name} exists already", where, "choose another name"))
    return found


def conflicts(plugins: Sequence[Loaded]) -> Iterator[tuple[str, Problem]]:
    """(plugin, problem) for everything that is given twice; each provider is told the other, and neither is used."""
    claims: dict[tuple[str, str], list[tuple[Loaded, str]]] = {}
    for plugin in plugins:
        for hook, items in plugin.given.items():
            for item in items:
                for label in _claims(hook, item):
                    claims.setdefault(label, []).append((plugin, f"{plugin.candidate.name} ({plugin.candidate.where})"))
    for (word, name), made in claims.items():
        for at, (plugin, _) in enumerate(made):
            others = [said for n, (_, said) in enumerate(made) if n != at]
            if others:
                what = f"{word} {name} is also given by plugin {', '.join(others)}; neither is used"
                yield plugin.candidate.name, Problem(what, plugin.candidate.where, _APART)


def _claims(hook: str, item: Any) -> Iterator[tuple[str, str]]:
    """What nobody else may give: (word, name)."""
    if hook in CLASSES:
        yield _words(hook), repr(item.kind)
    if hook == "riskplug_fact_columns":
        yield from (("column", f"{item.grain}.{fact.name}") for fact in item.columns)
    if hook == COMMANDS:
        yield "command", repr(item.name)
    if hook == EXPECTATIONS:
        given = ", ".join(f"{name}={value!r}" for name, value in sorted(item.kwargs.items()))
        yield "expectation", f"{item.name}({given}) on {item.table}"


def _words(hook: str) -> str:
    return hook.removeprefix(PREFIX).removesuffix("s").replace("_", " ")


def _contribution(hook: str, item: Any) -> Contribution:
    short = hook.removeprefix(PREFIX)
    if hook in CLASSES:
        return Contribution(short, item.kind, item.__name__, first_line(item.__doc__))
    if hook == EXPECTATIONS:
        return Contribution(short, f"{item.table}.{item.name}", "ExpectationSpec", item.reason)
    if hook == COMMANDS:
        return Contribution(short, item.name, "Command", first_line(item.help))
    return Contribution(short, Path(item).stem, Path(item).name, "")


def first_line(text: str | None) -> str:
    """The first line of a docstring."""
    return next(iter((text or "").strip().splitlines()), "").strip()
