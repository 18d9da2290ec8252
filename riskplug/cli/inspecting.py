"""riskplug inspect: one export under the glass, or a profile proposed for it."""

import json
from datetime import UTC, datetime
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
    with_plugins,
)
from riskplug.errors import UsageError

_ROWS = 5


@with_plugins
def inspect(
    words: Annotated[
        list[str],
        typer.Argument(metavar="TABLE FILE...", help="Canonical table, e.g. inventory, and export files of it."),
    ],
    profile: Annotated[str, typer.Option("--profile", help="Profile name or path.")] = "canonical",
    suggest: Annotated[
        bool,
        typer.Option("--suggest", help="Propose a profile for the files and list its doubts; TABLE may be left out."),
    ] = False,
    output: Format = "text",
    workspace: WorkspaceDir = None,
    business_date: BusinessDate = None,
) -> None:
    """One export: what is read, what is set aside, what is refused. Exit 6 when it is refused."""
    from riskplug.tables import TABLES

    if suggest:
        table = words[0] if words[0] in TABLES and not Path(words[0]).is_file() else None
        _suggest(table, [Path(word) for word in (words[1:] if table else words)], parse_format(output))
        return
    if len(words) < 2:
        raise UsageError("no file to inspect", "inspect", "riskplug inspect TABLE FILE... --profile NAME")
    if words[0] not in TABLES:
        raise UsageError(f"no table {words[0]!r}", "inspect", f"tables: {', '.join(TABLES)}")
    _inspect(words[0], [Path(word) for word in words[1:]], profile, parse_format(output), workspace, business_date)


def _inspect(
    table: str, files: list[Path], profile: str, form: str, workspace: Path | None, business_date: str | None
) -> None:
    from riskplug.ingest import inspect_file
    from riskplug.loading import profile_named, reshapes_of

    opened = _workspace_if_any(workspace)
    host = open_plugins(opened)
    on = parse_date(business_date) or (opened.workspace.business_date if opened else None) or datetime.now(UTC).date()
    chosen = profile_named(profile, opened, host)
    document = inspect_file(table, files, chosen, opened, on, reshapes_of(host)).document()
    if form == "json":
        typer.echo(json.dumps(document, indent=1, default=str))
    else:
        typer.echo("\n".join(_inspection_lines(document)))
    if document["verdict"] == "refused":
        raise typer.Exit(6)


def _suggest(table: str | None, files: list[Path], form: str) -> None:
    """The proposed profile on stdout, so that it can be saved; its doubts on stderr, where they are read."""
    from riskplug.ingest.suggest import suggest_profile

    made = suggest_profile(files, table)
    if form == "json":
        typer.echo(json.dumps(made.document(), indent=1, ensure_ascii=False))
        return
    typer.echo(made.yaml(), nl=False)
    for number, doubt in enumerate(made.doubts, 1):
        typer.echo(f"{number}. {doubt}", err=True)
    typer.echo(
        f"\n{len(made.doubts)} doubts. Nothing is used until you have decided them and saved this as a file, e.g.\n"
        "  riskplug inspect --suggest FILE > my-erp.yaml\n"
        "  riskplug inspect TABLE FILE --profile my-erp.yaml",
        err=True,
    )


def _workspace_if_any(folder: Path | None) -> Any:
    try:
        return open_workspace(folder)
    except UsageError:
        if folder is not None:
            raise
        return None


def _inspection_lines(document: dict[str, Any]) -> list[str]:
    aside = [
        f"  {q['file']}:{q['line']}: {q['column']}: {q['value']!r}: {q['reason']}" for q in document["quarantined"]
    ]
    columns = [name for name in document["mapping"] if any(row[name] is not None for row in document["rows"][:_ROWS])]
    return [
        f"{document['table']}: {document['verdict']}, {document['accepted']} rows accepted, {len(aside)} set aside",
        *[f"  refused: {item['where']}: {item['reason']} ({item['fix']})" for item in document["refused"]],
        *aside,
        *[f"  left out by rule: {count} ({rule})" for rule, count in document["dropped"].items()],
        *[f"  column not used: {name}" for name in document["unknown_columns"]],
        *[f"  doubt: {item['value']}: {item['why']}" for item in document["doubts"]],
        *[f"  total {name}: {value}" for name, value in document["totals"].items()],
        *[f"  {name} <- {column}" for name, column in document["mapping"].items() if name in columns],
        *[f"  {_row(row, columns)}" for row in document["rows"][:_ROWS]],
    ]


def _row(row: dict[str, Any], columns: list[str]) -> str:
    return " | ".join("" if row[name] is None else str(row[name]) for name in columns)
