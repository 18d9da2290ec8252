"""riskplug outbox: what still has to be sent."""

from datetime import UTC, datetime
from typing import Annotated, Any

import typer

from riskplug.cli.options import WorkspaceDir, open_plugins, open_workspace

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help="Messages that still have to be delivered.")


def _state(workspace: Any) -> Any:
    from riskplug.scan import scope_of, state_of

    opened = open_workspace(workspace)
    return opened, state_of(opened, lambda: datetime.now(UTC)), scope_of(opened)


@app.command("list")
def outbox_list(workspace: WorkspaceDir = None) -> None:
    """Messages that wait or are dead."""
    _, state, _ = _state(workspace)
    for row in state.waiting():
        typer.echo(f"{row.id:>6}  {row.receiver:<20}{row.status:<10}{row.attempts} attempts  {row.detail}")


@app.command("send")
def outbox_send(workspace: WorkspaceDir = None) -> None:
    """Try what waits; exit 4 when something is left."""
    from riskplug.deliver import send_outbox
    from riskplug.loading import receivers_of
    from riskplug.state import this_owner

    opened, state, _ = _state(workspace)
    outcomes = send_outbox(
        state, receivers_of(opened, open_plugins(opened)), clock=lambda: datetime.now(UTC), owner=this_owner()
    )
    for outcome in outcomes:
        typer.echo(f"{outcome.receiver}: {outcome}")
    if not all(outcome.complete for outcome in outcomes):
        raise typer.Exit(4)


@app.command("retry")
def outbox_retry(
    message: Annotated[int, typer.Argument(help="Number in `riskplug outbox list`.")], workspace: WorkspaceDir = None
) -> None:
    """Put a dead message back into the queue; `riskplug outbox send` then tries it."""
    from riskplug.errors import UsageError

    _, state, _ = _state(workspace)
    if not state.retry(message):
        raise UsageError(f"no dead message {message}", "outbox retry", "see `riskplug outbox list`")
    typer.echo(f"message {message} waits again")
