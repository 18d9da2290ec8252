"""riskplug rules: list, check, test."""

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
    rules = _loaded(workspace)
    if parse_format(output) == "json":
        said = [{"id": r.id, "grain": r.grain, "status": r.status, "title": r.title, "where": r.where} for r in rules]
        typer.echo(json.dumps(said, indent=1))
        return
    for rule in rules:
        typer.echo(f"{rule.id:<32}{rule.grain:<12}{rule.status:<9}{rule.title}")


@app.command("check")
def check(workspace: WorkspaceDir = None) -> None:
    """All errors of all rule files at once, with file, line, excerpt and what to do; exit 2 when there are any."""
    from riskplug.catalogue import GRAINS
    from riskplug.loading import rule_folders
    from riskplug.rules import check_rules

    opened = open_workspace(workspace)
    kinds = open_plugins(opened).rule_kinds()
    problems = check_rules(rule_folders(opened), GRAINS, kinds, opened.rules.params)
    for problem in problems:
        typer.echo(str(problem), err=True)
    if problems:
        raise typer.Exit(2)
    typer.echo(f"{len(_loaded(workspace))} rules, no error")
