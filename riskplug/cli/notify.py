"""riskplug notify: what a receiver would be sent, whether it can be reached, how it is set up."""

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from riskplug.cli.options import Format, WorkspaceDir, open_plugins, open_workspace, parse_format, with_plugins

if TYPE_CHECKING:
    from riskplug.deliver import Planned

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help="What a receiver is sent, and whether it arrives.")
UNDELIVERED = 4


@app.command("preview")
@with_plugins
def preview(
    receiver: str,
    workspace: WorkspaceDir = None,
    output: Format = "text",
    everything: Annotated[
        bool, typer.Option("--all", help="All open alerts, as if they were new and routed to this receiver.")
    ] = False,
) -> None:
    """All messages that a scan would send to a receiver now, in order; nothing is sent."""
    from riskplug.scan import preview as previewed

    form, opened = parse_format(output), open_workspace(workspace)
    clock = lambda: datetime.now(UTC)  # noqa: E731
    planned = previewed(opened, open_plugins(opened), receiver, clock=clock, everything=everything)
    if form == "json":
        typer.echo(json.dumps(_document(receiver, planned), indent=1, ensure_ascii=False))
    elif planned is None:
        typer.echo("nothing is new: no message; --all shows all open alerts as if they were", err=True)
    else:
        _show(planned)


def _document(receiver: str, planned: "Planned | None") -> dict[str, object]:
    messages = [
        {
            "operation": message.operation,
            "slot": message.slot or None,
            "thread": message.thread or None,
            "payload": dict(message.payload),
            "files": [{"name": file.name, "bytes": len(file.content)} for file in message.files],
            "fallback": message.fallback.receiver if message.fallback else None,
        }
        for message in (planned.messages if planned else ())
    ]
    fault = planned.fault if planned and planned.fault else None
    return {"schema": "riskplug.preview/1", "receiver": receiver, "messages": messages, "fault": fault}


def _show(planned: "Planned") -> None:
    for number, message in enumerate(planned.messages, start=1):
        below = f" below {message.thread}" if message.thread else ""
        names = ", ".join(f"{file.name} ({len(file.content):,} bytes)" for file in message.files)
        head = f"{number}. {message.operation}{below}" + (f" [{message.slot}]" if message.slot else "")
        typer.echo(f"{head}{': ' + names if names else ''}\n{message.payload.get('text', '')}\n")
    if planned.fault:
        typer.echo(f"shown as plain text: {planned.fault}", err=True)


@app.command("test")
@with_plugins
def test(receiver: str, workspace: WorkspaceDir = None) -> None:
    """Send a message that says that it is a test, and say what works; exit 4 when something does not."""
    from riskplug.errors import UsageError, suggestion
    from riskplug.loading import receivers_of
    from riskplug.telling import tried

    opened = open_workspace(workspace)
    notifiers = receivers_of(opened, open_plugins(opened))
    if receiver not in notifiers:
        raise UsageError(f"no receiver {receiver!r}", "notify test", suggestion(receiver, notifiers))
    failed = 0
    for step in tried(notifiers[receiver], opened.workspace.name, datetime.now(UTC)):
        typer.echo(f"{step.name:<9}{'works' if step.works else 'FAILS':<7}{step.detail}".rstrip())
        failed += step.works is False
    if failed:
        raise typer.Exit(UNDELIVERED)


@app.command("setup")
@with_plugins
def setup(kind: Annotated[str, typer.Argument(help="Kind of receiver, for instance slack.")]) -> None:
    """How a kind of receiver is set up on the other side, for instance Slack's app manifest."""
    from riskplug.errors import UsageError, suggestion
    from riskplug.extend.protocols import Installable

    kinds = open_plugins(None).notifiers()
    if kind not in kinds:
        raise UsageError(f"no notifier of kind {kind!r}", "notify setup", suggestion(kind, kinds))
    notifier = kinds[kind]
    if not isinstance(notifier, Installable):
        typer.echo(f"receivers of kind {kind} need nothing on the other side", err=True)
        return
    typer.echo(notifier.setup(), nl=False)
