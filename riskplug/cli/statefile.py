"""riskplug state: the state database checked, copied, put back."""

from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from riskplug.cli.options import WorkspaceDir, open_workspace
from riskplug.errors import UsageError

if TYPE_CHECKING:
    from riskplug.state import State
    from riskplug.workspace import Workspace

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help="The state database: alerts, deliveries, scans.")
_TOLD = "Receiver that has had every message up to now, and is sent none of them again; may be repeated."


def _now() -> datetime:
    return datetime.now(UTC)


def _opened(workspace: "Workspace") -> "State":
    from riskplug.scan import state_of

    return state_of(workspace, _now)


def _file(workspace: "Workspace") -> Path | None:
    """The SQLite file, or None."""
    from riskplug.state.engine import state_file, state_url
    from riskplug.workspace import secret_url

    return state_file(state_url(secret_url(workspace.state.url), workspace.root))


@app.command("check")
def check(
    backup: Annotated[Path | None, typer.Argument(help="A backup to check instead of the state.")] = None,
    workspace: WorkspaceDir = None,
) -> None:
    """Open the state database and read every page of it, and compare its kept copies with their checksums.

    With a file, check that backup. Exit 10 or 11 when that fails.
    """
    from riskplug.scan import scope_of
    from riskplug.state.backup import check_copy, check_file

    if backup is not None:
        _check_backup(backup.absolute())
        return
    opened = open_workspace(workspace)
    found, file = _opened(opened), _file(opened)
    if file:
        check_file(file)
        copies = [copy for copy in sorted((file.parent / "backups").glob("*.db")) if check_copy(copy)]
        if copies:
            typer.echo(f"{len(copies)} kept copies agree with their checksums")
    typer.echo(f"{len(found.ledger(scope_of(opened)))} alerts on file")
    found.close()


def _check_backup(file: Path) -> None:
    from riskplug.errors import StateMissing
    from riskplug.state.backup import check_copy
    from riskplug.state.restore import refuse_unusable

    if not file.is_file():
        raise StateMissing("no such backup", str(file), "name a file that `riskplug state backup` wrote")
    checked = check_copy(file)
    refuse_unusable(file, file)
    typer.echo(f"{file}: whole, {'agrees with its checksum' if checked else 'no checksum beside it to compare with'}")


@app.command("backup")
def backup(
    target: Annotated[Path, typer.Argument(metavar="FILE", help="File to write, in a folder that is there.")],
    replace: Annotated[bool, typer.Option("--replace", help="Write over a file that is there already.")] = False,
    workspace: WorkspaceDir = None,
) -> None:
    """Copy a SQLite state that may be in use, with its SHA-256 beside it; PostgreSQL has pg_dump."""
    from riskplug.errors import StateMissing
    from riskplug.state.backup import backup_for_people, checksum_of

    file = _file(open_workspace(workspace))
    if file is None:
        fix = "use the database's own: pg_dump --format=custom --file=riskplug.dump DATABASE"
        raise UsageError("the state is not a SQLite file", "[state] url", fix)
    if not file.exists():
        raise StateMissing("no state yet", str(file), "run `riskplug scan` first")
    typer.echo(str(backup_for_people(file, target.absolute(), replace=replace)))
    typer.echo(f"checksum in {checksum_of(target.absolute()).name}", err=True)


@app.command("restore")
def restore(
    backup: Annotated[Path | None, typer.Argument(help="A copy that `riskplug state backup` wrote.")] = None,
    mark: Annotated[
        bool, typer.Option("--mark", help="Only write down that the database was put back by its own tools.")
    ] = False,
    told: Annotated[list[str] | None, typer.Option("--told", help=_TOLD)] = None,
    workspace: WorkspaceDir = None,
) -> None:
    """Put an older state back; what may have been sent since is looked for before it is sent again.

    Exit 5 while a scan is running, 11 when the backup cannot be used; nothing is changed then.
    """
    opened = open_workspace(workspace)
    if mark == (backup is not None):
        raise UsageError("a backup or --mark is needed, and not both", "state restore", "name the file to put back")
    for name in told or ():
        _known(name, opened)
    lost = _mark(opened, told or ()) if backup is None else _put_back(opened, backup, told or ())
    for night in lost:
        typer.echo(f"not in it: {night}; run `riskplug scan --business-date {night}`")


def _known(receiver: str, workspace: "Workspace") -> None:
    from riskplug.errors import suggestion

    if receiver not in workspace.receivers:
        raise UsageError(f"no receiver {receiver!r}", "--told", suggestion(receiver, workspace.receivers))


def _put_back(workspace: "Workspace", backup: Path, told: list[str] | tuple[str, ...]) -> tuple[date, ...]:
    from riskplug.explain import state_folder
    from riskplug.state.records import scanned_dates
    from riskplug.state.restore import restore_file

    file = _file(workspace)
    if file is None:
        fix = (
            "stop scans, dropdb DATABASE, createdb DATABASE, "
            "pg_restore --exit-on-error --no-owner --dbname=DATABASE DUMP, then `riskplug state restore --mark`"
        )
        raise UsageError("the state is not a SQLite file", "[state] url", fix)
    nights = scanned_dates(state_folder(workspace))
    done = restore_file(backup.absolute(), file, clock=_now, nights=nights, told=told)
    if not done.checked:
        typer.echo(f"{backup} has no checksum beside it; SQLite finds it whole", err=True)
    typer.echo(f"{file} is as of {done.since:%Y-%m-%d %H:%M} UTC")
    if done.kept:
        typer.echo(f"replaced: {done.kept}")
    if done.known is None:
        typer.echo("what was sent since is not known: receivers are asked, where they can be", err=True)
    return done.lost


def _mark(workspace: "Workspace", told: list[str] | tuple[str, ...]) -> tuple[date, ...]:
    from riskplug.explain import state_folder
    from riskplug.state.records import scanned_dates

    state = _opened(workspace)
    since, lost = state.mark_restored(scanned_dates(state_folder(workspace)), told)
    state.close()
    typer.echo(f"marked: the state is as of {since:%Y-%m-%d %H:%M} UTC")
    return lost
