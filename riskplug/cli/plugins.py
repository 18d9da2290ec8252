"""riskplug plugins: what is loaded, from where, what it gives, and why something is not."""

import json
from typing import TYPE_CHECKING, Annotated

import typer

from riskplug.cli.options import Format, WorkspaceDir, open_plugins, open_workspace, parse_format, with_plugins

if TYPE_CHECKING:
    from riskplug.extend.host import PluginHost

plugins = typer.Typer(
    no_args_is_help=True, rich_markup_mode=None, help="What is loaded, from where, and why something is not."
)


@plugins.command("list")
@with_plugins
def plugins_list(workspace: WorkspaceDir = None, output: Format = "text") -> None:
    """Every plugin: on, available, blocked or failed, why, and what it gives."""
    from riskplug.extend.listing import plugin_lines

    form = parse_format(output)
    host = open_plugins(open_workspace(workspace))
    if form == "json":
        _print_document(host)
        return
    for line in plugin_lines(host):
        typer.echo(line)


@plugins.command("check")
@with_plugins
def plugins_check(
    workspace: WorkspaceDir = None,
    output: Format = "text",
    strict: Annotated[bool, typer.Option("--strict", help="Exit 2, not 3, when a plugin is at fault.")] = False,
) -> None:
    """Load every plugin and hold all it gives to its contract; exit 3 when one is at fault."""
    form = parse_format(output)
    host = open_plugins(open_workspace(workspace))
    if form == "json":
        _print_document(host)
    else:
        for fault in host.faults:
            typer.echo(str(fault), err=True)
        if host.available():
            typer.echo(available_line(host), err=True)
        if not host.faults:
            on = [status for status in host.statuses if status.status == "on"]
            given = sum(len(status.contributions) for status in on)
            typer.echo(f"{len(on)} plugins, {given} contributions, no fault")
    if host.faults:
        raise typer.Exit(2 if strict else 3)


def available_line(host: "PluginHost") -> str:
    """Plugins that are installed and do nothing, because nobody enabled them."""
    return f"plugins available, not enabled: {', '.join(host.available())} (see [plugins] enable)"


def _print_document(host: "PluginHost") -> None:
    from riskplug.extend.listing import plugins_document

    typer.echo(json.dumps(plugins_document(host), indent=1))
