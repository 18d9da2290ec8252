"""Options that several commands share."""

import functools
import inspect
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal, ParamSpec, TypeVar, cast

import typer

from riskplug.errors import UsageError

if TYPE_CHECKING:
    from riskplug.extend.host import PluginHost
    from riskplug.workspace import Workspace

P = ParamSpec("P")
T = TypeVar("T")
WorkspaceDir = Annotated[
    Path | None, typer.Option("-w", "--workspace", help="Workspace folder; else the nearest riskplug.toml upwards.")
]
BusinessDate = Annotated[str | None, typer.Option("--business-date", "--on", help="Date to evaluate, YYYY-MM-DD.")]
Format = Annotated[str, typer.Option("--format", help="text or json.")]
SiteName = Annotated[str | None, typer.Option("--site", help="Site; needed where the part exists in several.")]
PluginWords = Annotated[
    list[str] | None,
    typer.Option("-p", "--plugin", help="NAME or PATH of a plugin to load besides; no:NAME leaves one out."),
]
NoPlugins = Annotated[bool, typer.Option("--no-plugins", help="Load no plugin at all.")]
ScanId = Annotated[str | None, typer.Option("--scan", help="Scan id; else the last scan.")]


def open_workspace(folder: Path | None) -> "Workspace":
    """The workspace that a command works in."""
    from riskplug import workspace

    return workspace.load(folder if folder else workspace.find(Path.cwd()))


def open_plugins(workspace: "Workspace | None") -> "PluginHost":
    """The plugins of a workspace, loaded; without one those that ship with riskplug. See `with_plugins`."""
    from riskplug.extend.choosing import chosen
    from riskplug.extend.host import PluginHost

    words, none = _CHOSEN[-1]
    return PluginHost.load(chosen(workspace, words, none))


# What `with_plugins` took from the command line, for the time that the command runs.
_CHOSEN: list[tuple[tuple[str, ...], bool]] = [((), False)]


def with_plugins(command: Callable[P, T]) -> Callable[..., T]:
    """A command that loads plugins, with the options that choose them: -p and --no-plugins."""
    signature = inspect.signature(command)
    added = {"plugin": PluginWords, "no_plugins": NoPlugins}
    defaults = {"plugin": None, "no_plugins": False}

    @functools.wraps(command)
    def choosing(*given: P.args, **named: P.kwargs) -> T:
        words = cast("list[str] | None", named.pop("plugin", None))
        _CHOSEN.append((tuple(words or ()), bool(named.pop("no_plugins", False))))
        try:
            return command(*given, **named)
        finally:
            _CHOSEN.pop()

    parameters = [
        inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=defaults[name], annotation=annotation)
        for name, annotation in added.items()
    ]
    choosing.__signature__ = signature.replace(  # type: ignore[attr-defined]
        parameters=[*signature.parameters.values(), *parameters]
    )
    choosing.__annotations__ = {**command.__annotations__, **added}
    return choosing


def parse_date(text: str | None) -> date | None:
    """A date as people type it on a command line: ISO only."""
    if text is None:
        return None
    try:
        return datetime.strptime(text, "%Y-%m-%d").date()
    except ValueError as error:
        raise UsageError(f"{text!r} is not a date", "command line", "write it as YYYY-MM-DD") from error


def parse_format(text: str) -> Literal["text", "json"]:
    """The output format."""
    if text not in ("text", "json"):
        raise UsageError(f"no format {text!r}", "--format", "use text or json")
    return "json" if text == "json" else "text"


def author_named(author: str | None, option: str = "--author") -> str:
    """Who says so: the given name, else the account; an account that many share names nobody."""
    name = author.strip() if author and author.strip() else account()
    if not (author and author.strip()) and name.lower() in ("", "root", "administrator", "system"):
        raise UsageError("nobody is named as author", option, f"add {option} NAME")
    return name


def account() -> str:
    """The account the command runs under, or nothing."""
    import getpass

    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return ""
