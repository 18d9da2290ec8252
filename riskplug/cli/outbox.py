"""riskplug outbox: what still has to be delivered."""

import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from riskplug.cli.options import WorkspaceDir, open_plugins, open_workspace, with_plugins

if TYPE_CHECKING:
    from riskplug.deliver import Delivered
    from riskplug.state import State
    from riskplug.workspace import Workspace

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help="Messages that still have to be delivered.")
_PAUSE_SECONDS = 60.0
# Databases count in 64 bits.
_LONGEST_NUMBER = 18


def _now() -> datetime:
    return datetime.now(UTC)


def _opened(folder: Path | None) -> "tuple[Workspace, State]":
    from riskplug.scan import state_of

    workspace = open_workspace(folder)
    return workspace, state_of(workspace, _now)


@app.command("list")
def list_(workspace: WorkspaceDir = None) -> None:
    """Messages that wait or are dead."""
    _, state = _opened(workspace)
    rows = state.waiting()
    if not rows:
        typer.echo("nothing waits, and nothing was given up", err=True)
    for row in rows:
        later = f"not before {row.not_before:%Y-%m-%d %H:%M} UTC  " if row.not_before else ""
        typer.echo(
            f"{row.id:>6}  {row.receiver:<20}{row.operation:<8}{row.status:<10}{row.attempts} attempts  "
            f"{later}{row.detail}"
        )


@app.command("send")
@with_plugins
def send(
    workspace: WorkspaceDir = None,
    wait: Annotated[
        int, typer.Option("--wait", min=0, help="Go on for so many minutes while something waits; 0: try once.")
    ] = 0,
) -> None:
    """Try what waits; exit 4 when something is left."""
    from riskplug.deliver import send_outbox
    from riskplug.loading import receivers_of
    from riskplug.state import this_owner

    opened, state = _opened(workspace)
    notifiers = receivers_of(opened, open_plugins(opened))
    ends = _now() + timedelta(minutes=wait)
    while True:
        outcomes = send_outbox(state, notifiers, clock=_now, owner=this_owner())
        if not _again(outcomes, state, ends):
            break
    for outcome in outcomes:
        typer.echo(f"{outcome.receiver}: {outcome}")
    if not all(outcome.complete for outcome in outcomes):
        raise typer.Exit(4)


def _again(outcomes: "tuple[Delivered, ...]", state: "State", ends: datetime) -> bool:
    """Sleep until the next message may be tried; False when nothing waits or the time is over."""
    if not any(outcome.waiting for outcome in outcomes) or _now() >= ends:
        return False
    due = [row.not_before for row in state.waiting() if row.not_before and row.not_before > _now()]
    pause = (min(due) - _now()).total_seconds() if due else _PAUSE_SECONDS
    time.sleep(max(0.1, min(pause, _PAUSE_SECONDS, (ends - _now()).total_seconds())))
    return True


@app.command("retry")
def retry(
    message: Annotated[str, typer.Argument(metavar="NUMBER", help="Number in `riskplug outbox list`.")],
    workspace: WorkspaceDir = None,
) -> None:
    """Put a message that was given up or put away back into the queue; `riskplug outbox send` then tries it."""
    from riskplug.errors import UsageError

    (number,) = _numbers([message], "outbox retry")
    _, state = _opened(workspace)
    if not state.retry(number):
        raise UsageError(f"no message {number} that was given up", "outbox retry", "see `riskplug outbox list`")
    typer.echo(f"message {number} waits again")


def _numbers(words: list[str], where: str) -> list[int]:
    """The numbers of messages, each once; UsageError for words that are none."""
    from riskplug.errors import UsageError

    wrong = [word for word in words if not (word.isascii() and word.isdigit() and len(word) <= _LONGEST_NUMBER)]
    if wrong:
        what = f"no number of a message: {', '.join(map(repr, wrong))}"
        raise UsageError(what, where, "give the numbers that `riskplug outbox list` shows; nothing was changed")
    return sorted(set(map(int, words)))


@app.command("drop")
def drop(
    messages: Annotated[list[str], typer.Argument(metavar="NUMBER...", help="Numbers in `riskplug outbox list`.")],
    reason: Annotated[str, typer.Option("--reason", help="Why nobody needs to be told any more.")],
    by: Annotated[str | None, typer.Option("--by", help="Who says so; default: the account.")] = None,
    workspace: WorkspaceDir = None,
) -> None:
    """Put away messages that wait or were given up, with who said so and why; all of them or, with exit 2, none."""
    from riskplug.cli.options import author_named
    from riskplug.errors import UsageError

    numbers = _numbers(messages, "outbox drop")
    author = author_named(by, "--by")
    if not reason.strip():
        raise UsageError("no reason is given", "--reason", "say why nobody needs to be told any more")
    _, state = _opened(workspace)
    unknown = state.drop(numbers, author, reason.strip())
    if unknown:
        named = ", ".join(map(str, unknown))
        raise UsageError(
            f"not waiting and not given up: {named}", "outbox drop", "see `riskplug outbox list`; nothing was put away"
        )
    typer.echo(f"put away: {', '.join(map(str, numbers))}")
