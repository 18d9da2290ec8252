"""riskplug schedule, plugins: what an administrator handles."""

import json
import sys
from pathlib import Path
from typing import Annotated

import typer

from riskplug.cli.options import Format, WorkspaceDir, open_plugins, open_workspace, parse_format
from riskplug.errors import UsageError

plugins = typer.Typer(
    no_args_is_help=True, rich_markup_mode=None, help="What is loaded, from where, and why something is not."
)


def schedule(
    kind: Annotated[str, typer.Argument(help="systemd or cron.")],
    workspace: WorkspaceDir = None,
) -> None:
    """Print units that run the scan every night, with a lock."""
    from riskplug.schedule import Installation, render

    if kind not in ("systemd", "cron"):
        raise UsageError(f"no schedule kind {kind!r}", "schedule", "use systemd or cron")
    opened = open_workspace(workspace)
    command = Path(sys.argv[0]).resolve()
    # flock and systemd's ReadWritePaths want the folder to be there before the first scan.
    (opened.root / ".riskplug").mkdir(mode=0o700, exist_ok=True)
    typer.echo(
        render(
            "systemd" if kind == "systemd" else "cron", Installation(opened.root, command, opened.workspace.timezone)
        ),
        nl=False,
    )


@plugins.command("list")
def plugins_list(workspace: WorkspaceDir = None, output: Format = "text") -> None:
    """Every plugin: on, available, blocked or failed, and why."""
    from dataclasses import asdict

    host = open_plugins(open_workspace(workspace))
    if parse_format(output) == "json":
        typer.echo(json.dumps([asdict(status) for status in host.statuses], indent=1))
        return
    for status in host.statuses:
        hooks = ", ".join(name.removeprefix("riskplug_") for name in status.hooks)
        typer.echo(
            f"{status.name:<18}{status.status:<11}{status.origin:<13}{status.version:<14}{status.reason or hooks}"
        )


@plugins.command("check")
def plugins_check(workspace: WorkspaceDir = None) -> None:
    """Load every plugin and ask for everything it contributes; exit 3 when one is at fault."""
    host = open_plugins(open_workspace(workspace))
    kinds = [
        *host.sources(),
        *host.rule_kinds(),
        *host.notifiers(),
        *host.content_mappers(),
        *host.profiles(),
        *host.measures(),
    ]
    for fault in host.faults:
        typer.echo(str(fault), err=True)
    if host.faults:
        raise typer.Exit(3)
    typer.echo(f"{sum(s.status == 'on' for s in host.statuses)} plugins, {len(kinds)} contributions, no fault")
