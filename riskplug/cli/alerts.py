"""riskplug alerts: what is open."""

import json
from datetime import UTC, datetime
from typing import Annotated, Any

import typer

from riskplug.cli.options import Format, WorkspaceDir, open_workspace, parse_format

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help="Alerts: findings with a life over many scans.")


def _state(workspace: Any) -> Any:
    from riskplug.scan import scope_of, state_of

    opened = open_workspace(workspace)
    return opened, state_of(opened, lambda: datetime.now(UTC)), scope_of(opened)


@app.command("list")
def list_(
    workspace: WorkspaceDir = None,
    output: Format = "text",
    everything: Annotated[bool, typer.Option("--all", help="Also what is resolved or retired.")] = False,
) -> None:
    """Open alerts, worst first."""
    from riskplug.report import rows_of

    _, state, scope = _state(workspace)
    rows = state.ledger(scope)
    if not everything:
        rows = rows[rows["condition"].isin(["open", "unknown"])]
    rank = rows["severity"].map({"critical": 0, "warning": 1, "info": 2})
    rows = rows.assign(_rank=rank).sort_values(["_rank", "metric", "alert_key"]).drop(columns="_rank")
    if parse_format(output) == "json":
        typer.echo(json.dumps(rows_of(rows), indent=1, default=str))
        return
    for row in rows_of(rows):
        typer.echo(
            f"{row['alert_key'][:10]}  {row['severity']:<9}{row['condition']:<9}{row['first_seen']}  {row['message']}"
        )
    typer.echo(f"{len(rows)} alerts", err=True)
