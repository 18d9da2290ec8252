"""riskplug listen: buttons of messages, answered for as long as the command runs."""

import signal
from dataclasses import dataclass
from pathlib import Path
from threading import Event

import typer

from riskplug.cli.alerts import open_desk
from riskplug.cli.options import WorkspaceDir, open_plugins, open_workspace, with_plugins


@dataclass(frozen=True)
class _Today:
    """The desk of a workspace as it is at each click: the command may run for weeks, and its date moves on."""

    workspace: Path | None

    def acknowledge(self, key: str, *, by: str) -> str:
        return open_desk(self.workspace).acknowledge(key, by=by)

    def snooze(self, key: str, *, days: int, by: str) -> str:
        return open_desk(self.workspace).snooze(key, days=days, by=by)


@with_plugins
def listen(receiver: str, workspace: WorkspaceDir = None) -> None:
    """Answer the buttons of a receiver's messages until it is told to stop (Ctrl-C, SIGTERM)."""
    from riskplug.errors import UsageError, suggestion
    from riskplug.extend.protocols import Listening
    from riskplug.loading import receivers_of

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
    notifier.listen(_Today(workspace), stopped=stopped)
