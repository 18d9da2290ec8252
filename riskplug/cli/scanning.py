"""riskplug scan, init, check."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

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

if TYPE_CHECKING:
    from riskplug.model import ScanRecord

_FINDINGS = (".ndjson", ".parquet")
_THRESHOLDS = ("critical", "warning", "info", "never")


@with_plugins
def scan(
    workspace: WorkspaceDir = None,
    business_date: BusinessDate = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Compute and show; change no state, send nothing.")
    ] = False,
    no_deliver: Annotated[bool, typer.Option("--no-deliver", help="Plan the messages, send none.")] = False,
    output: Format = "text",
    findings: Annotated[
        Path | None, typer.Option("--findings", help="Also write findings: FILE.ndjson or .parquet.")
    ] = None,
    fail_on: Annotated[
        str, typer.Option("--fail-on", help="Exit 1 from this severity on: critical, warning, info.")
    ] = "never",
    fresh: Annotated[
        bool,
        typer.Option("--fresh", help="Read the exports again, also for an earlier date of which a snapshot is kept."),
    ] = False,
    strict_plugins: Annotated[
        bool, typer.Option("--strict-plugins", help="Refuse to start (exit 2) when any plugin is at fault.")
    ] = False,
    log_format: Annotated[
        str | None,
        typer.Option("--log-format", help="json or plain lines on stderr; else plain on a terminal, json elsewhere."),
    ] = None,
    quiet: Annotated[
        bool, typer.Option("--quiet", help="No progress, and only warnings and errors on stderr.")
    ] = False,
) -> None:
    """Tonight's risks: read, check, compute, compare with last night, tell."""
    from riskplug.cli.logged import Saying, scan_with_log
    from riskplug.cli.show import show_record
    from riskplug.observing import exit_code_of
    from riskplug.scan import Options

    form = parse_format(output)
    if log_format not in (None, "json", "plain"):
        raise UsageError(f"no log format {log_format!r}", "--log-format", "use json or plain")
    if fail_on not in _THRESHOLDS:
        raise UsageError(f"no severity {fail_on!r}", "--fail-on", f"use one of {', '.join(_THRESHOLDS)}")
    opened = open_workspace(workspace)
    if findings is not None and findings.suffix not in _FINDINGS:
        raise UsageError(
            f"cannot write {findings.suffix or 'a file without suffix'}", str(findings), "use .ndjson or .parquet"
        )
    options = Options(parse_date(business_date), dry_run, deliver=not no_deliver, fresh=fresh, fail_on=fail_on)
    host = open_plugins(opened)
    if strict_plugins and host.faults:
        raise UsageError.of(fault.problem for fault in host.faults)
    record = scan_with_log(opened, host, options, Saying(log_format, quiet, machine_output=form == "json"))
    if findings is not None:
        _write_findings(record, findings)
    if form == "json":
        from riskplug.report import scan_document

        typer.echo(json.dumps(scan_document(record), indent=1, default=str))
    else:
        show_record(record, opened.root, opened.sites)
    raise typer.Exit(exit_code_of(record, fail_on))


def _write_findings(record: "ScanRecord", path: Path) -> None:
    from riskplug.report import findings_of

    if path.suffix == ".parquet":
        record.outcome.findings.to_parquet(path, index=False)
        return
    lines = [json.dumps(finding, default=str) for finding in findings_of(record.outcome.findings)]
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")


def init(folder: Annotated[Path, typer.Argument(help="New or empty folder.")]) -> None:
    """Make a workspace for your own data."""
    from riskplug.starter import start

    for path in start(folder):
        typer.echo(str(path))
    typer.echo(f"\nPut your exports into {folder / 'exports'}, then: riskplug scan -w {folder}", err=True)


@with_plugins
def check(workspace: WorkspaceDir = None) -> None:
    """Everything a workspace says, checked without reading its data: settings, profiles, rules, measures, plugins."""
    from riskplug.loading import check_workspace
    from riskplug.scenario import read_scenarios, standing_files

    opened = open_workspace(workspace)
    host = open_plugins(opened)
    for line in check_workspace(opened, host):
        typer.echo(line)
    typer.echo(f"{len(read_scenarios(standing_files(opened)))} scenarios: in order")
    if host.faults:
        raise typer.Exit(3)
