"""riskplug notify: what a receiver would see."""

import json
from datetime import UTC, datetime

import typer

from riskplug.cli.options import WorkspaceDir, open_plugins, open_workspace

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help="What a receiver would be sent.")


@app.command("preview")
def preview(receiver: str, workspace: WorkspaceDir = None) -> None:
    """The payload a receiver would get for all open alerts; nothing is sent."""
    from riskplug.scan import preview as previewed

    opened = open_workspace(workspace)
    payload = previewed(opened, open_plugins(opened), receiver, clock=lambda: datetime.now(UTC))
    typer.echo(json.dumps(payload, indent=1, ensure_ascii=False))
