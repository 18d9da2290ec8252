"""riskplug regimes: the register, its state on a date, what changes when, and whether its files are right."""

import json
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Annotated, Any

import typer

from riskplug.cli.options import (
    BusinessDate,
    Format,
    WorkspaceDir,
    open_plugins,
    open_workspace,
    parse_date,
    parse_format,
)

app = typer.Typer(
    no_args_is_help=True, help="Legal measures: what is in force on a day. Information, not legal advice."
)


def _opened(workspace: Any, on: str | None) -> Any:
    from riskplug.loading import measures_of

    opened = open_workspace(workspace)
    day = parse_date(on) or opened.workspace.business_date or datetime.now(UTC).date()
    return opened, measures_of(opened, open_plugins(opened)), day


def _print(frame: Any, output: str, columns: list[str]) -> None:
    from riskplug.report import rows_of

    if parse_format(output) == "json":
        typer.echo(json.dumps(rows_of(frame), indent=1, default=str))
        return
    texts = frame[columns].astype("object").where(frame[columns].notna(), "")
    widths = [min(44, max([len(name), *texts[name].astype("str").str.len()])) for name in columns]
    typer.echo("  ".join(f"{name:<{width}}" for name, width in zip(columns, widths, strict=True)))
    for row in texts.to_dict("records"):
        typer.echo(
            "  ".join(f"{_short(row[name], width):<{width}}" for name, width in zip(columns, widths, strict=True))
        )


def _short(value: object, width: int) -> str:
    text = value.strftime("%Y-%m-%d") if isinstance(value, date) else str(value)
    return text if len(text) <= width else f"{text[: width - 1]}…"


@app.command("list")
def list_(workspace: WorkspaceDir = None, output: Format = "text") -> None:
    """Every measure of the register."""
    from riskplug.regimes import register

    _, measures, _ = _opened(workspace, None)
    _print(
        register(measures), output, ["measure", "kind", "origin", "destination", "items", "confidence", "instrument"]
    )


@app.command("status")
def status(workspace: WorkspaceDir = None, on: BusinessDate = None, output: Format = "text") -> None:
    """State of every measure and item on a date, with what is stale."""
    from riskplug.regimes import measures_on

    opened, measures, day = _opened(workspace, on)
    _print(
        measures_on(measures, day, opened.policy),
        output,
        ["measure", "measure_status", "since", "until", "confidence", "verify_by", "stale_why"],
    )


@app.command("timeline")
def timeline_(
    workspace: WorkspaceDir = None,
    on: BusinessDate = None,
    output: Format = "text",
    days: Annotated[int, typer.Option("--days", help="How far back and ahead.")] = 365,
) -> None:
    """Dated changes around a date."""
    from riskplug.regimes import timeline

    opened, measures, day = _opened(workspace, on)
    around = timedelta(days=days)
    _print(
        timeline(measures, day - around, day + around, opened.policy),
        output,
        ["date", "measure", "from_status", "to_status", "instrument"],
    )


@app.command("check")
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
