"""riskplug alerts silence, silences, unsilence: what nobody wants to hear of for a while."""

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

from riskplug.cli.alerts import On, Reason, Until, open_desk
from riskplug.cli.options import (
    Format,
    WorkspaceDir,
    author_named,
    open_plugins,
    open_workspace,
    parse_date,
    parse_format,
    with_plugins,
)

if TYPE_CHECKING:
    from riskplug.silencing import Held, Silencer

By = Annotated[str | None, typer.Option("--by", help="Who does it; else the account, where it is a person's.")]


@with_plugins
def silence(
    matchers: Annotated[
        list[str] | None,
        typer.Argument(
            help="NAME=VALUE: rule, severity, site, part, material, measure, owner, supplier.", show_default=False
        ),
    ] = None,
    until: Until = None,
    reason: Reason = "",
    let_critical: Annotated[
        bool, typer.Option("--let-critical", help="Tell critical alerts all the same, whenever they become so.")
    ] = False,
    by: By = None,
    on: On = None,
    workspace: WorkspaceDir = None,
    output: Format = "text",
) -> None:
    """Tell nobody of alerts that are so, those there are and those to come, until a date."""
    silencer, ends = _knowing_names(workspace, on), parse_date(until)
    asked = silencer.check(matchers or [], until=ends, reason=reason, lets_critical=let_critical)
    assert ends is not None
    author = author_named(by, "--by")
    made = silencer.silence(asked, ends, by=author, reason=reason, lets_critical=let_critical)
    _say(silencer, [made], output)


def silences(on: On = None, workspace: WorkspaceDir = None, output: Format = "text") -> None:
    """Silences: those that end soon, the current ones, and the ended ones, each with the alerts that it holds."""
    silencer = _silencer(workspace, on)
    _say(silencer, silencer.listed(), output)


def unsilence(
    number: Annotated[str, typer.Argument(help="Number of the silence, as `alerts silences` shows it.")],
    reason: Reason = "",
    by: By = None,
    on: On = None,
    workspace: WorkspaceDir = None,
    output: Format = "text",
) -> None:
    """End a silence before its date, with a reason; the next scan tells what it held."""
    silencer = _silencer(workspace, on)
    one = silencer.one(number)
    _say(silencer, [silencer.unsilence(one, by=author_named(by, "--by"), reason=reason)], output)


def _silencer(workspace: Any, on: str | None) -> "Silencer":
    """The silences of a workspace."""
    from riskplug.silencing import Silencer

    return Silencer(open_desk(workspace, on))


def _knowing_names(workspace: Any, on: str | None) -> "Silencer":
    """The silences of a workspace, with the names of its rules and sites, to find misspelt ones."""
    from riskplug.loading import rules_of
    from riskplug.silencing import Silencer

    opened = open_workspace(workspace)
    return Silencer(open_desk(workspace, on), rules_of(opened, open_plugins(opened)).ids, tuple(opened.sites))


def _say(silencer: "Silencer", held: "Sequence[Held]", output: str) -> None:
    from riskplug.alerts.documents import silences_document
    from riskplug.cli.alert_lines import silence_lines

    if parse_format(output) == "json":
        desk = silencer.desk
        rows = [(one.silence, one.state, one.alerts) for one in held]
        typer.echo(json.dumps(silences_document(rows, desk.scope, desk.on), indent=1, ensure_ascii=False))
        return
    for one in held:
        for line in silence_lines(one.silence, one.state, one.alerts):
            typer.echo(line)
    if not held:
        typer.echo("no silences", err=True)
