"""riskplug rules: list, check, test, explain, schema."""

import json
from typing import Any

import typer

from riskplug.cli.options import Format, WorkspaceDir, open_plugins, open_workspace, parse_format

app = typer.Typer(no_args_is_help=True, help="Rules: what is on, whether it is right, what it would do.")


def _loaded(workspace: Any) -> Any:
    from riskplug.loading import rules_of

    opened = open_workspace(workspace)
    return rules_of(opened, open_plugins(opened))


@app.command("list")
def list_(workspace: WorkspaceDir = None, output: Format = "text") -> None:
    """Every rule with its grain, status and title."""
    rules = _loaded(workspace).rules
    if parse_format(output) == "json":
        typer.echo(
            json.dumps([{"id": r.id, "grain": r.grain, "status": r.status, "title": r.title} for r in rules], indent=1)
        )
        return
    for rule in rules:
        typer.echo(f"{rule.id:<32}{rule.grain:<12}{rule.status:<9}{rule.title}")
