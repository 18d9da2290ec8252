"""riskplug regimes: the register, the law of a day, what changes when and touches what; are the files right."""

import json
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from riskplug.cli.defence import defence
from riskplug.cli.options import (
    BusinessDate,
    Format,
    WorkspaceDir,
    open_plugins,
    open_workspace,
    parse_date,
    parse_format,
    with_plugins,
)
from riskplug.errors import StateMissing, UsageError, suggestion

if TYPE_CHECKING:
    from riskplug.extend.host import PluginHost
    from riskplug.regimes import Measure
    from riskplug.workspace import Workspace

app = typer.Typer(
    no_args_is_help=True, help="Legal measures: what is in force on a day. Information, not legal advice."
)


def _opened(folder: Any, on: str | None) -> "tuple[Workspace, PluginHost, tuple[Measure, ...], date]":
    from riskplug.loading import measures_of

    workspace = open_workspace(folder)
    host = open_plugins(workspace)
    day = parse_date(on) or workspace.workspace.business_date or datetime.now(UTC).date()
    return workspace, host, measures_of(workspace, host), day


def _say(document: dict[str, Any], lines: Iterable[str], output: str) -> None:
    if parse_format(output) == "json":
        typer.echo(json.dumps(document, indent=1))
        return
    for line in lines:
        typer.echo(line)


@app.command("list")
@with_plugins
def list_(workspace: WorkspaceDir = None, output: Format = "text") -> None:
    """Every measure of the register."""
    from riskplug.cli.tabulate import table_lines
    from riskplug.regimes import register
    from riskplug.report import rows_of

    rows = register(_opened(workspace, None)[2])
    if parse_format(output) == "json":
        typer.echo(json.dumps(rows_of(rows), indent=1))
        return
    columns = ["measure", "kind", "origin", "destination", "items", "confidence", "instrument"]
    for line in table_lines(rows, columns):
        typer.echo(line)


@app.command("status")
@with_plugins
def status(
    workspace: WorkspaceDir = None,
    on: BusinessDate = None,
    within: Annotated[int, typer.Option("--within", min=0, help="Days ahead for what ends or begins.")] = 60,
    output: Format = "text",
) -> None:
    """The law of a day: in force, suspended, presumed, coming, ending soon, to be verified."""
    from riskplug.cli.regimes_lines import status_lines
    from riskplug.regimes import overview
    from riskplug.regimes.document import status_document

    opened, _, measures, day = _opened(workspace, on)
    found = overview(measures, day, opened.policy, within)
    _say(status_document(found, opened.policy), status_lines(found), output)


@app.command("timeline")
@with_plugins
def timeline_(
    workspace: WorkspaceDir = None,
    on: BusinessDate = None,
    output: Format = "text",
    days: Annotated[int, typer.Option("--days", min=0, help="How far back and ahead.")] = 365,
) -> None:
    """Dated changes around a date."""
    from riskplug.cli.regimes_lines import timeline_lines
    from riskplug.regimes import timeline
    from riskplug.regimes.document import timeline_document

    opened, _, measures, day = _opened(workspace, on)
    # no further than dates go; a change is seen from the day before
    start = day - timedelta(days=min(days, (day - date.min).days - 1))
    end = day + timedelta(days=min(days, (date.max - day).days))
    changes = timeline(measures, start, end, opened.policy)
    _say(timeline_document(changes, day, start, end), timeline_lines(changes, day), output)


@app.command("show")
@with_plugins
def show(
    measure: Annotated[str, typer.Argument(help="Measure or item id, see `riskplug regimes list`.")],
    workspace: WorkspaceDir = None,
    on: BusinessDate = None,
    output: Format = "text",
) -> None:
    """One measure: its items, forms, codes and tests, its dates and sources, and what is not confirmed."""
    from riskplug.cli.regimes_lines import measure_lines
    from riskplug.regimes.document import measure_document

    opened, _, measures, day = _opened(workspace, on)
    known = {one.id: (one, None) for one in measures}
    known |= {item.id: (one, item.id) for one in measures for item in one.items}  # type: ignore[misc]
    if measure not in known:
        fix = suggestion(measure, known) or "see `riskplug regimes list`"
        raise UsageError(f"no measure {measure!r}", "regimes show", fix)
    found, only = known[measure]
    document = measure_document(found, day, opened.policy, only)
    _say(document, measure_lines(document), output)


@app.command("diff")
@with_plugins
def diff(
    start: Annotated[str, typer.Argument(metavar="FROM", help="Date, YYYY-MM-DD.")],
    end: Annotated[str | None, typer.Argument(metavar="TO", help="Date; else the business date.")] = None,
    workspace: WorkspaceDir = None,
    output: Format = "text",
) -> None:
    """What changed in law between two dates, and which parts, orders and products of the last scan it touches."""
    from riskplug.cli.regimes_lines import diff_lines
    from riskplug.explain import replay
    from riskplug.legal import Law, with_touched
    from riskplug.report import diff_document

    opened, host, measures, day = _opened(workspace, end)
    first = parse_date(start) or day
    if first > day:
        raise UsageError(f"{first} is later than {day}", "regimes diff", "name the earlier date first")
    try:
        last = replay(opened, host)
    except StateMissing:
        last = None
    tables = last.snapshot.validated.tables if last else {}
    analysis = last.analysis if last else None
    changes = with_touched(Law(measures, first), Law(measures, day), opened, analysis, tables)
    currency = opened.workspace.currency
    document = diff_document(changes, first, day, last.snapshot.scan_id if last else None, currency)
    _say(document, diff_lines(changes, first, day, currency, computed=last is not None), output)


@app.command("check")
@with_plugins
def check(
    path: Annotated[list[Path] | None, typer.Argument(help="Files or folders; else those of the workspace.")] = None,
    workspace: WorkspaceDir = None,
    output: Format = "text",
) -> None:
    """All errors of all measure and entity files at once, with file, line, excerpt and what to do; exit 2 with any."""
    from riskplug.loading import check_measures
    from riskplug.regimes import problems_document

    opened = open_workspace(workspace) if workspace is not None or not path else None
    checked = check_measures(path or (), opened, open_plugins(opened))
    if parse_format(output) == "json":
        typer.echo(json.dumps(problems_document(checked), indent=1, ensure_ascii=False))
    else:
        for problem in checked.problems:
            typer.echo(str(problem), err=True)
        if not checked.problems:
            typer.echo(f"{checked}: no error")
    if checked.problems:
        raise typer.Exit(2)


@app.command("schema")
def schema(
    entities: Annotated[bool, typer.Option("--entities", help="Of files with named entities.")] = False,
) -> None:
    """JSON Schema of measure files, for completion in an editor."""
    from riskplug.regimes import entities_schema, regimes_schema

    typer.echo(json.dumps(entities_schema() if entities else regimes_schema(), indent=1, ensure_ascii=False))


app.command("defence")(defence)
