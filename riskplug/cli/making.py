"""riskplug new: something of one's own that works and is tested from its first minute."""

from typing import Annotated

import typer

from riskplug.cli.options import WorkspaceDir, open_workspace
from riskplug.errors import UsageError

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help="Start a rule of your own, tested from the start.")


@app.callback()
def _new() -> None:
    """Start something of your own."""


@app.command("rule")
def rule(
    name: Annotated[str, typer.Argument(help="Its id: small letters, digits, hyphens.")],
    python: Annotated[
        bool, typer.Option("--python", help="A rule in Python, for what the rule language cannot say.")
    ] = False,
    workspace: WorkspaceDir = None,
) -> None:
    """Write a rule with its tests into the workspace; with --python its plugin and a test file too."""
    from riskplug.authoring import new_rule
    from riskplug.loading import rule_folders
    from riskplug.rules import rule_ids

    opened = open_workspace(workspace)
    rules, plugins = opened.rules.paths, opened.plugins.paths
    if not rules or (python and not plugins):
        section = "rules" if not rules else "plugins"
        raise UsageError(
            f"the workspace has no folder for {section} of its own",
            str(opened.root / "riskplug.toml"),
            f'add [{section}] paths = ["{section}"]',
        )
    folder = next((path for path in plugins), "plugins")
    known = rule_ids(rule_folders(opened))
    for path in new_rule(opened.root, name, str(rules[0]), str(folder), python, known):
        typer.echo(str(path.relative_to(opened.root)) if path.is_relative_to(opened.root) else str(path))
    typer.echo(f"next: riskplug rules check; riskplug rules test {name}" + ("" if python else " --mutate"))
