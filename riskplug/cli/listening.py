"""riskplug listen: buttons of messages, answered for as long as the command runs."""

import signal
from datetime import UTC, datetime
from threading import Event

import typer

from riskplug.cli.options import WorkspaceDir, open_plugins, open_workspace


def listen(receiver: str, workspace: WorkspaceDir = None) -> None:
    """Answer the buttons of a receiver's messages until it is told to stop (Ctrl-C, SIGTERM)."""
    from riskplug.errors import UsageError, suggestion
    from riskplug.extend.protocols import Listening
    from riskplug.loading import receivers_of
    from riskplug.telling import desk_of

    opened = open_workspace(workspace)
    notifiers = receivers_of(opened, open_plugins(opened))
    if receiver not in notifiers:
        raise UsageError(f"no receiver {receiver!r}", "listen", suggestion(receiver, notifiers))
    notifier = notifiers[receiver]
    if not isinstance(notifier, Listening):
        raise UsageError(f"receiver {receiver!r} has no buttons", "listen", "name one of kind slack")
    stopped = Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stopped.set())
    typer.echo(f"listening for {receiver}", err=True)
    notifier.listen(desk_of(opened, lambda: datetime.now(UTC)), stopped=stopped)
