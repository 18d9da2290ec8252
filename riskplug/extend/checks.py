"""Strictness at load: what a plugin's module and classes must be, told with the place and what to do.

Silence is what authors suffer from most: a misspelt hook that is never called, an argument that never comes.
"""

import inspect
import re
from collections.abc import Iterator, Mapping
from types import ModuleType
from typing import Any

import pluggy

from riskplug.catalogue import GRAINS
from riskplug.errors import Problem, suggestion
from riskplug.extend import hookspecs
from riskplug.extend.marker import API_VERSION
from riskplug.tables import TABLES

PREFIX = "riskplug_"
SUPPORTED = frozenset({API_VERSION})
SLUG = re.compile(r"[a-z][a-z0-9]*([_-][a-z0-9]+)*")
_SEVERAL = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)


def known_hooks() -> dict[str, Any]:
    """Hook name -> its specification."""
    return {name: spec for name, spec in vars(hookspecs).items() if name.startswith(PREFIX)}


def api_of(module: ModuleType) -> object:
    """The interface number that a plugin was written for; today's where it names none."""
    return getattr(module, "riskplug_api", API_VERSION)


def module_problems(module: ModuleType, where: str, manager: pluggy.PluginManager) -> Iterator[Problem]:
    """Everything wrong with a module, before any of its hooks is called."""
    api = api_of(module)
    if isinstance(api, bool) or not isinstance(api, int) or api not in SUPPORTED:
        numbers = ", ".join(map(str, sorted(SUPPORTED)))
        fix = f"set riskplug_api = {max(SUPPORTED)} if it fits, or install a version of the plugin for this riskplug"
        yield Problem(f"written for plugin interface {api!r}, this riskplug has {numbers}", where, fix)
        return
    known = known_hooks()
    for name, value in sorted(vars(module).items()):
        if isinstance(value, ModuleType) or name == "riskplug_api":
            continue
        marked = manager.parse_hookimpl_opts(module, name)
        if name.startswith(PREFIX) or marked is not None:
            for what, fix in _hook_problems(name, value, marked, known):
                yield Problem(what, _place(value, where), fix)


def _hook_problems(
    name: str, value: Any, marked: Mapping[str, Any] | None, known: Mapping[str, Any]
) -> Iterator[tuple[str, str]]:
    if name not in known:
        yield f"{name} is not a hook", suggestion(name, known) or "the hooks are in docs/plugins.md"
    elif not inspect.isfunction(value):
        yield f"{name} is not a function", f"write it as def {name}{_arguments(known[name])}"
    elif marked is None:
        yield f"{name} is not marked", "put @hookimpl above it"
    elif marked.get("wrapper") or marked.get("hookwrapper"):
        yield f"{name} is a wrapper", "write a plain hook: plugins may not wrap those of others"
    elif marked.get("specname"):
        yield f"{name} goes by another hook's name", "leave out specname"
    elif inspect.iscoroutinefunction(value) or inspect.isasyncgenfunction(value):
        yield f"{name} is a coroutine", "write it without async"
    else:
        said = _signature_problem(value, known[name])
        if said:
            yield f"{name} {said}", f"write it as def {name}{_arguments(known[name])}"


def _signature_problem(function: Any, spec: Any) -> str:
    wanted, given = inspect.signature(spec).parameters, inspect.signature(function).parameters
    found = [_parameter_problem(parameter, wanted) for parameter in given.values()]
    found += [f"lacks {name!r}" for name in wanted if name not in given]
    return "; ".join(filter(None, found))


def _parameter_problem(parameter: inspect.Parameter, wanted: Mapping[str, object]) -> str:
    if parameter.kind in _SEVERAL:
        return f"takes {parameter}, which no hook gives"
    if parameter.name not in wanted:
        return f"takes {parameter.name!r}, which the hook does not give"
    if parameter.kind is inspect.Parameter.KEYWORD_ONLY:
        return f"takes {parameter.name!r} by keyword only"
    return f"has a default for {parameter.name!r}" if parameter.default is not inspect.Parameter.empty else ""


def class_problems(offered: object, protocol: type[Any], hook: str, where: str) -> list[Problem]:
    """Everything wrong with a class that a hook gave, held against its protocol; nothing of it is called."""
    if not isinstance(offered, type):
        return [Problem(f"{hook} gave {offered!r}, not a class", where, "return the class itself, without ()")]
    found = [_kind_problem(offered)]
    missing = [wanted for wanted in asked_by(protocol) if not hasattr(offered, wanted)]
    if missing:
        found.append((f"lacks {', '.join(missing)}", f"see {protocol.__name__} in docs/plugins.md"))
    if not (offered.__doc__ or "").strip():
        found.append(("has no docstring", "say in its first line what it does: it is shown to users"))
    found += [_options_problem(offered), *_needs_problems(offered, protocol)]
    found += [_method_problem(offered, protocol, wanted) for wanted in _methods(protocol) if hasattr(offered, wanted)]
    found.append(_made_problem(offered, protocol))
    said = list(filter(None, found))
    at = _place(offered, where) if said else where
    return [Problem(f"{offered.__name__} {what}", at, fix) for what, fix in said]


def asked_by(protocol: type[Any]) -> list[str]:
    """Attributes and methods that a protocol asks for, ``__init__`` left out."""
    properties = [name for name, value in vars(protocol).items() if isinstance(value, property)]
    return sorted({*_methods(protocol), *properties, *protocol.__annotations__})


def _methods(protocol: type[Any]) -> list[str]:
    return [name for name, value in vars(protocol).items() if inspect.isfunction(value) and not name.startswith("_")]


_Said = tuple[str, str] | None


def _kind_problem(offered: type[Any]) -> _Said:
    kind = getattr(offered, "kind", None)
    if isinstance(kind, str) and SLUG.fullmatch(kind):
        return None
    return f"has no usable kind: {kind!r}", "name it in small letters, digits, - and _, such as 'late_supplier'"


def _options_problem(offered: type[Any]) -> _Said:
    from pydantic import BaseModel

    options = getattr(offered, "Options", None)
    if options is None or (isinstance(options, type) and issubclass(options, BaseModel)):
        return None
    return f"has Options that are no pydantic model: {options!r}", "derive Options from pydantic.BaseModel"


def _needs_problems(offered: type[Any], protocol: type[Any]) -> Iterator[_Said]:
    needs = getattr(offered, "needs", None)
    if needs is None or "needs" not in asked_by(protocol):
        return
    if not isinstance(needs, set | frozenset | tuple | list | _with_columns(protocol)):
        yield f"has needs that are no set: {needs!r}", 'write needs = frozenset({"parts"})'
        return
    known = known_needs(protocol)
    for name in sorted(map(str, needs)):
        if name not in known:
            yield f"needs {name!r}, which there is not", suggestion(name, known) or "see docs/tables.md, docs/facts.md"


def _with_columns(protocol: type[Any]) -> type[Any]:
    """What a rule kind may say beside names: the columns of each. Whether there are such columns its rules say."""
    return Mapping if protocol.__name__ == "RuleKind" else set


def known_needs(protocol: type[Any]) -> list[str]:
    """What classes of a protocol may ask for: canonical tables, ``facts.GRAIN`` for rules, grains for sections."""
    name = protocol.__name__
    if name == "ReportSection":
        return list(GRAINS)
    return [*TABLES, *(f"facts.{grain}" for grain in GRAINS)] if name == "RuleKind" else list(TABLES)


def _method_problem(offered: type[Any], protocol: type[Any], name: str) -> _Said:
    """Names, number and kinds of parameters; one more with a default is the author's own."""
    wanted = list(inspect.signature(getattr(protocol, name)).parameters.values())[1:]
    static = inspect.getattr_static(offered, name)
    if not inspect.isroutine(static):
        return f"has {name}, which is no method", f"write def {name}{_listed(wanted, own=True)}"
    function = getattr(static, "__func__", static)
    if inspect.iscoroutinefunction(function):
        return f"has a coroutine {name}", "write it without async"
    given = list(inspect.signature(function).parameters.values())
    said = _difference(wanted, given if isinstance(static, staticmethod) else given[1:])
    return (f"has another {name}: {said}", f"write it as def {name}{_listed(wanted, own=True)}") if said else None


def _difference(wanted: list[inspect.Parameter], given: list[inspect.Parameter]) -> str:
    several = [parameter for parameter in given if parameter.kind in _SEVERAL]
    if several:
        return f"takes {several[0]}"
    by_name = {parameter.name: parameter for parameter in given}
    placed = [parameter for parameter in given if parameter.kind is not inspect.Parameter.KEYWORD_ONLY]
    found: list[str] = []
    for at, parameter in enumerate(wanted):
        if parameter.kind is inspect.Parameter.POSITIONAL_ONLY:
            found += [] if at < len(placed) else [f"lacks {parameter.name!r}"]
            by_name.pop(placed[at].name if at < len(placed) else "", None)
            continue
        own = by_name.pop(parameter.name, None)
        if own is None:
            found.append(f"lacks {parameter.name!r}")
        elif parameter.kind is inspect.Parameter.KEYWORD_ONLY:
            found += [f"takes {own.name!r} by place only"] if own.kind is inspect.Parameter.POSITIONAL_ONLY else []
        elif own not in placed:
            found.append(f"takes {own.name!r} by keyword only")
        elif placed.index(own) != at:
            found.append(f"has {own.name!r} in another place")
    found += [f"asks for {name!r}" for name, own in by_name.items() if own.default is inspect.Parameter.empty]
    return "; ".join(found)


def _made_problem(offered: type[Any], protocol: type[Any]) -> _Said:
    """How it is made: with its options where it has any, else with nothing."""
    if not inspect.isfunction(offered.__init__):
        return ("takes no options", "write def __init__(self, options)") if hasattr(offered, "Options") else None
    option = inspect.Parameter("options", inspect.Parameter.POSITIONAL_ONLY)
    wanted = [option] if hasattr(offered, "Options") else []
    said = _difference(wanted, list(inspect.signature(offered.__init__).parameters.values())[1:])
    fix = "write it as def __init__(self, options)" if wanted else "give the class Options, or let it take nothing"
    return (f"has another __init__: {said}", fix) if said else None


def _arguments(spec: Any) -> str:
    return _listed(list(inspect.signature(spec).parameters.values()))


def _listed(parameters: list[inspect.Parameter], own: bool = False) -> str:
    """Parameters as an author writes them, without types."""
    names = ["self"] if own else []
    star = False
    for parameter in parameters:
        if parameter.kind is inspect.Parameter.KEYWORD_ONLY and not star:
            names, star = [*names, "*"], True
        names.append(parameter.name)
    return f"({', '.join(names)}):"


def _place(value: object, where: str) -> str:
    """``file:line`` of a function or class, as far as it can be found."""
    try:
        file, (_, line) = inspect.getsourcefile(value), inspect.getsourcelines(value)  # type: ignore[arg-type]
    except (TypeError, OSError):
        return where
    return f"{file or where}:{line}"
