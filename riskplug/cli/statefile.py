"""riskplug state: the state database checked, upgraded, copied, put back."""

import zipfile
from contextlib import closing
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
    file = _file(opened)
    with closing(_opened(opened)) as found:
        typer.echo(f"{found.check_rows()} rows agree with their checksums")
        if file:
            check_file(file)
        folder = file.parent if file else opened.root / ".riskplug"
        kept = [*(folder / "backups").glob("*.db"), *(folder / "backups").glob("*.pgstate")]
        copies = [copy for copy in sorted(kept) if check_copy(copy)]
        if copies:
            typer.echo(f"{len(copies)} kept copies agree with their checksums")
        typer.echo(f"{len(found.ledger(scope_of(opened)))} alerts on file")


def _check_backup(file: Path) -> None:
    from riskplug.errors import StateMissing
    from riskplug.state.backup import check_copy
    from riskplug.state.restore import refuse_unusable, refuse_unusable_dump

    if not file.is_file():
        raise StateMissing("no such backup", str(file), "name a file that `riskplug state backup` wrote")
    checked = check_copy(file)
    if zipfile.is_zipfile(file):
        refuse_unusable_dump(file)
    else:
        refuse_unusable(file, file)
    typer.echo(f"{file}: whole, {'agrees with its checksum' if checked else 'no checksum beside it to compare with'}")


@app.command("upgrade")
def upgrade(
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would be done, and do nothing.")] = False,
    workspace: WorkspaceDir = None,
) -> None:
    """Bring the state to this version's schema, after a backup. Every other command does so by itself when needed.

    Exit 10 when there is no state; 11 when it is newer, unknown or damaged, and nothing is changed then.
    """
    from riskplug.errors import StateMissing
    from riskplug.state.store import found_schema, open_and_upgrade
    from riskplug.workspace import secret_url

    opened = open_workspace(workspace)
    url = secret_url(opened.state.url)
    found, head = found_schema(url, opened.root)
    if found is None:
        raise StateMissing("no state yet", "[state] url", "run `riskplug scan`, which makes one of this version")
    if found == head or dry_run:
        to_do = "nothing to do" if found == head else f"would be brought to {head}, after a backup"
        typer.echo(f"schema {found}: {to_do}")
        return
    state, done = open_and_upgrade(url, opened.root, clock=_now)
    state.close()
    typer.echo(f"schema {found}: brought to {done.head}")
    typer.echo(f"backup: {done.backup}")


@app.command("backup")
def backup(
    target: Annotated[Path, typer.Argument(metavar="FILE", help="File to write, in a folder that is there.")],
    replace: Annotated[bool, typer.Option("--replace", help="Write over a file that is there already.")] = False,
    workspace: WorkspaceDir = None,
) -> None:
    """Copy a state that may be in use, with its SHA-256 beside it; of a PostgreSQL state what its tables hold."""
    from riskplug.errors import StateMissing
    from riskplug.state.backup import backup_for_people, checksum_of, copy_for_people

    opened = open_workspace(workspace)
    file = _file(opened)
    if file is None:
        with closing(_opened(opened)) as found:
            copy_for_people(found.dump, target.absolute(), replace=replace)
        typer.echo(str(target.absolute()))
    elif not file.exists():
        raise StateMissing("no state yet", str(file), "run `riskplug scan` first")
    else:
        typer.echo(str(backup_for_people(file, target.absolute(), replace=replace)))
    typer.echo(f"checksum in {checksum_of(target.absolute()).name}", err=True)


@app.command("restore")
def restore(
    backup: Annotated[Path | None, typer.Argument(help="A copy that riskplug has written.")] = None,
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

    file, nights = _file(workspace), scanned_dates(state_folder(workspace))
    if file is None:
        with closing(_opened(workspace)) as found:
            done = found.restore(backup.absolute(), state_folder(workspace), nights=nights, told=told)
    else:
        done = restore_file(backup.absolute(), file, clock=_now, nights=nights, told=told)
    if not done.checked:
        typer.echo(f"{backup} has no checksum beside it; it is whole as far as can be seen", err=True)
    typer.echo(f"{file or 'the state'} is as of {done.since:%Y-%m-%d %H:%M} UTC")
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
