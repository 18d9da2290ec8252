"""Options that several commands share."""

from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from riskplug.errors import UsageError

if TYPE_CHECKING:
    from riskplug.extend.host import PluginHost
    from riskplug.workspace import Workspace

WorkspaceDir = Annotated[
    Path | None, typer.Option("-w", "--workspace", help="Workspace folder; else the nearest riskplug.toml upwards.")
]
BusinessDate = Annotated[str | None, typer.Option("--business-date", "--on", help="Date to evaluate, YYYY-MM-DD.")]
Format = Annotated[str, typer.Option("--format", help="text or json.")]
SiteName = Annotated[str | None, typer.Option("--site", help="Site; needed where the part exists in several.")]
ScanId = Annotated[str | None, typer.Option("--scan", help="Scan id; else the last scan.")]


def open_workspace(folder: Path | None) -> "Workspace":
    """The workspace that a command works in."""
    from riskplug import workspace

    return workspace.load(folder if folder else workspace.find(Path.cwd()))


def open_plugins(workspace: "Workspace | None", none: bool = False, block: tuple[str, ...] = ()) -> "PluginHost":
    """The plugins of a workspace, loaded; without one those that ship with riskplug."""
    from riskplug.extend.host import Choice, PluginHost

    if workspace is None:
        return PluginHost.load(Choice(block=frozenset(block), none=none))
    settings = workspace.plugins
    folders = tuple(workspace.resolve(path) for path in settings.paths)
    return PluginHost.load(Choice(frozenset(settings.enable), frozenset((*settings.disable, *block)), folders, none))


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


def plugin_words(words: list[str]) -> tuple[str, ...]:
    """Names after `-p no:`; other words are refused."""
    for word in words:
        if not word.startswith("no:"):
            raise UsageError(f"{word!r} is not understood", "-p", "write -p no:NAME to switch a plugin off")
    return tuple(word.removeprefix("no:") for word in words)


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
