"""riskplug schedule, plugins, state: what an administrator handles."""

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
state = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help="The state database: alerts, deliveries, scans.")


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


@state.command("check")
def state_check(workspace: WorkspaceDir = None) -> None:
    """Open the state database and read every page of it; exit 10 or 11 when that fails."""
    from datetime import UTC, datetime

    from riskplug.scan import scope_of, state_of
    from riskplug.state.backup import check_file
    from riskplug.state.engine import state_file

    opened = open_workspace(workspace)
    found = state_of(opened, lambda: datetime.now(UTC))
    file = state_file(found.engine.url)
    if file:
        check_file(file)
    typer.echo(f"{len(found.ledger(scope_of(opened)))} alerts on file")
    found.close()


@state.command("backup")
def state_backup(
    target: Annotated[Path, typer.Argument(help="File to write.")], workspace: WorkspaceDir = None
) -> None:
    """Copy a SQLite state that may be in use; PostgreSQL has pg_dump."""
    from riskplug.errors import StateMissing
    from riskplug.state.backup import backup_file
    from riskplug.state.engine import state_file, state_url
    from riskplug.workspace import secret_url

    opened = open_workspace(workspace)
    file = state_file(state_url(secret_url(opened.state.url), opened.root))
    if file is None:
        raise UsageError("the state is not a SQLite file", "[state] url", "use the database's own backup, e.g. pg_dump")
    if not file.exists():
        raise StateMissing("no state yet", str(file), "run `riskplug scan` first")
    typer.echo(str(backup_file(file, target.absolute())))
