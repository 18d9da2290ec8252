"""riskplug alerts: what is open, who does what about it, and how it came to that."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any

import typer

from riskplug.cli.options import (
    Format,
    WorkspaceDir,
    account,
    author_named,
    open_plugins,
    open_workspace,
    parse_date,
    parse_format,
    with_plugins,
)
from riskplug.cli.selecting import chosen, with_selection
from riskplug.errors import UsageError

if TYPE_CHECKING:
    import pandas as pd

    from riskplug.alerts import HandlingKind
    from riskplug.alerts.selection import Selection
    from riskplug.desk import Desk, Terms

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help="Alerts: findings with a life over many scans.")
By = Annotated[str | None, typer.Option("--by", help="Who does it; else the account you are logged in with.")]
Reason = Annotated[str, typer.Option("--reason", help="Why, in a few words.")]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask when a filter means several alerts.")]
Until = Annotated[str | None, typer.Option("--until", help="First date on which it no longer holds, YYYY-MM-DD.")]
UntilWorse = Annotated[bool, typer.Option("--until-worse", help="Until it gets worse in any way.")]
UntilRunway = Annotated[
    float | None, typer.Option("--until-runway", min=0, help="Until so many days of runway are left.")
]
On = Annotated[
    str | None,
    typer.Option("--business-date", "--on", help="Business date on which it is done; else that of the last scan."),
]
Limit = Annotated[int, typer.Option("--limit", min=1, help="How many to show.")]


def open_desk(workspace: Any, business_date: str | None = None) -> "Desk":
    """The desk of a workspace at a business date, by default that of the last scan: what people see is as of then.

    UsageError for a date before it: alerts are as they are after that scan.
    """
    from riskplug.desk import Desk
    from riskplug.scan import scope_of, state_of, today

    opened, given, now = open_workspace(workspace), parse_date(business_date), datetime.now(UTC)
    state, scope = state_of(opened, lambda: datetime.now(UTC)), scope_of(opened)
    last = next(iter(state.scan_dates(scope, 1)), None)
    if given and last and given < last:
        fix = f"leave the option out, or give {last} or a later date"
        raise UsageError(f"{given} is before the last scan, which was of {last}", "--business-date", fix)
    return Desk(state, scope, opened.alerts, given or last or today(opened, now))


@app.command("list")
@with_selection
def list_(selection: "Selection", limit: Limit = 1000, workspace: WorkspaceDir = None, output: Format = "text") -> None:
    """Alerts, worst first: the live ones, or those that the filters mean."""
    from riskplug.alerts.documents import alerts_document
    from riskplug.cli.alert_lines import alert_lines, summary

    desk = open_desk(workspace)
    rows = desk.alerts(selection)
    if parse_format(output) == "json":
        _print_json(alerts_document(rows, desk.scope, desk.on))
        return
    for line in alert_lines(rows.head(limit), desk.handled()):
        typer.echo(line)
    typer.echo(summary(rows, limit), err=True)


@app.command("show")
def show(
    key: Annotated[str, typer.Argument(help="Key, or the beginning of it.")],
    workspace: WorkspaceDir = None,
    output: Format = "text",
) -> None:
    """One alert: what it says, what was decided, and its latest history."""
    from riskplug.alerts.documents import alert_document
    from riskplug.alerts.selection import Selection
    from riskplug.cli.alert_lines import shown_lines

    desk = open_desk(workspace)
    rows = desk.alerts(Selection(keys=(key,)))
    document = alert_document(rows, desk.handled(), desk.state.events(desk.scope, rows["key"].tolist()))
    if parse_format(output) == "json":
        _print_json(document)
        return
    for line in shown_lines(document):
        typer.echo(line)


@app.command("history")
@with_selection
def history(
    selection: "Selection", limit: Limit = 1000, workspace: WorkspaceDir = None, output: Format = "text"
) -> None:
    """Everything that happened to alerts, and who did it, the latest last; filters mean closed ones as well."""
    from riskplug.alerts.documents import history_document
    from riskplug.cli.alert_lines import history_lines

    desk = open_desk(workspace)
    rows = desk.alerts(replace(selection, everything=True))
    document = history_document(rows, desk.state.events(desk.scope, rows["key"].tolist()), limit)
    if parse_format(output) == "json":
        _print_json(document)
        return
    for line in history_lines(document["events"]):
        typer.echo(line)


@app.command("ack")
@with_selection
@with_plugins
def ack(
    selection: "Selection",
    until: Until = None,
    until_runway: UntilRunway = None,
    reason: Reason = "",
    by: By = None,
    yes: Yes = False,
    on: On = None,
    workspace: WorkspaceDir = None,
    output: Format = "text",
) -> None:
    """Acknowledge: somebody is on it. Ends when the alert does, when it gets worse, or as said."""
    _decide(
        open_desk(workspace, on),
        workspace,
        selection,
        "ack",
        partial(_by, by),
        reason,
        output,
        yes,
        _terms(until, False, until_runway),
    )


@app.command("assign")
@with_selection
@with_plugins
def assign(
    selection: "Selection",
    to: Annotated[str, typer.Option("--to", help="Who takes it.")],
    reason: Reason = "",
    by: By = None,
    yes: Yes = False,
    on: On = None,
    workspace: WorkspaceDir = None,
    output: Format = "text",
) -> None:
    """Say who takes an alert."""
    _decide(
        open_desk(workspace, on), workspace, selection, "assign", partial(_by, by), reason, output, yes, assignee=to
    )


@app.command("snooze")
@with_selection
@with_plugins
def snooze(
    selection: "Selection",
    until: Until = None,
    until_worse: UntilWorse = False,
    until_runway: UntilRunway = None,
    reason: Reason = "",
    by: By = None,
    yes: Yes = False,
    on: On = None,
    workspace: WorkspaceDir = None,
    output: Format = "text",
) -> None:
    """Keep an alert quiet until a date or a condition. A higher severity ends every snooze."""
    _decide(
        open_desk(workspace, on),
        workspace,
        selection,
        "snooze",
        partial(_by, by),
        reason,
        output,
        yes,
        _terms(until, until_worse, until_runway),
    )


@app.command("waive")
@with_selection
@with_plugins
def waive(
    selection: "Selection",
    until: Until = None,
    reason: Reason = "",
    by: By = None,
    yes: Yes = False,
    on: On = None,
    workspace: WorkspaceDir = None,
    output: Format = "text",
) -> None:
    """Accept the risk, with reason, person and expiry. A severity above the accepted one ends it."""
    _decide(
        open_desk(workspace, on),
        workspace,
        selection,
        "waive",
        partial(author_named, by, "--by"),
        reason,
        output,
        yes,
        _terms(until, False, None),
    )


@app.command("unack")
@with_selection
def unack(
    selection: "Selection",
    what: Annotated[str, typer.Option("--what", help="ack, assign, snooze, waive or all.")] = "ack",
    reason: Reason = "",
    by: By = None,
    yes: Yes = False,
    on: On = None,
    workspace: WorkspaceDir = None,
    output: Format = "text",
) -> None:
    """Take an acknowledgement back, or with --what another decision."""
    from riskplug.desk import kinds_named

    desk, kinds = open_desk(workspace, on), kinds_named(what)
    rows = chosen(desk, selection, "unack", yes)
    desk.withdraw(rows, kinds, by=_by(by), reason=reason)
    _say(rows, "unack", "taken back for", output)


@app.command("comment")
@with_selection
def comment(
    selection: "Selection",
    message: Annotated[str, typer.Option("--message", "-m", help="The remark.")],
    by: By = None,
    yes: Yes = False,
    on: On = None,
    workspace: WorkspaceDir = None,
    output: Format = "text",
) -> None:
    """Write a remark into the history of an alert."""
    desk = open_desk(workspace, on)
    rows = chosen(desk, selection, "comment", yes)
    desk.comment(rows, message, by=_by(by))
    _say(rows, "comment", "remark written to", output)


@app.command("release")
def release(
    rule: Annotated[str, typer.Argument(help="Rule whose alerts are held.")],
    reason: Reason = "",
    by: By = None,
    on: On = None,
    workspace: WorkspaceDir = None,
) -> None:
    """Let the news of a rule pass that the volume guard holds; the next scan tells it."""
    desk = open_desk(workspace, on)
    desk.check_held(rule)
    allowed = desk.release(rule, by=author_named(by, "--by"), reason=reason)
    typer.echo(f"{rule}: {allowed} findings may pass; the next scan tells them")


def _decide(
    desk: "Desk",
    workspace: Any,
    selection: "Selection",
    kind: "HandlingKind",
    by: Callable[[], str],
    reason: str,
    output: str,
    yes: bool,
    terms: "Terms | None" = None,
    assignee: str = "",
) -> None:
    from riskplug.desk import done

    if terms and terms.runway_days is not None:
        desk = replace(desk, not_days=_not_days(workspace))
    rows = chosen(desk, selection, kind, yes)
    desk.decide(rows, kind, by=by(), reason=reason, terms=terms, assignee=assignee)
    _say(rows, kind, done(kind), output)


def _not_days(workspace: Any) -> frozenset[str]:
    """Rules whose alerts are measured in something else than days left."""
    from riskplug.loading import rules_of
    from riskplug.telling import runway_rules

    opened = open_workspace(workspace)
    rules = rules_of(opened, open_plugins(opened))
    return frozenset(rule.id for rule in rules) - runway_rules(rules)


def _terms(until: str | None, worse: bool, runway_days: float | None) -> "Terms":
    from riskplug.desk import Terms

    return Terms(parse_date(until), worse, runway_days)


def _by(author: str | None) -> str:
    name = (author or "").strip() or account()
    if not name:
        raise UsageError("nobody is named as author", "--by", "add --by NAME")
    return name


def _say(rows: "pd.DataFrame", action: str, what: str, output: str) -> None:
    from riskplug.alerts.documents import action_document

    if parse_format(output) == "json":
        _print_json(action_document(rows, action))
        return
    from riskplug.cli.alert_lines import done_lines

    for line in done_lines(rows, what):
        typer.echo(line)


def _print_json(document: Mapping[str, Any] | Sequence[Any]) -> None:
    typer.echo(json.dumps(document, indent=1, ensure_ascii=False))
