"""riskplug scan, init, check."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from riskplug.cli.options import (
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
    from collections.abc import Iterator, Sequence

    from riskplug.cli.logged import Saying
    from riskplug.extend.host import PluginHost
    from riskplug.model import ScanRecord
    from riskplug.scan import Options
    from riskplug.workspace import Workspace

_FINDINGS = (".ndjson", ".parquet")
_THRESHOLDS = ("critical", "warning", "info", "never")


@with_plugins
def scan(
    workspace: WorkspaceDir = None,
    business_date: Annotated[
        str | None,
        typer.Option(
            "--business-date",
            "--on",
            help="Date to evaluate, YYYY-MM-DD; auto: today and what was left out, each once.",
        ),
    ] = None,
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
        typer.Option(
            "--fresh",
            help="Read the exports again, also for an earlier date of which a snapshot is kept, "
            "and reuse nothing that an earlier night worked out.",
        ),
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
    from riskplug.cli.logged import Saying, answered
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
    auto = business_date == "auto"
    if auto and (dry_run or fresh):
        raise UsageError("auto scans each date once, for good", "--business-date", "name a date, or leave it out")
    on = None if auto else parse_date(business_date)
    options = Options(on, dry_run, deliver=not no_deliver, fresh=fresh, fail_on=fail_on)
    host = open_plugins(opened)
    if strict_plugins and host.faults:
        raise UsageError.of(fault.problem for fault in host.faults)
    saying = Saying(log_format, quiet, machine_output=form == "json")
    with answered(saying):
        records = list(_scans(opened, host, options, auto, saying))
    _show(records, opened, form, findings)
    raise typer.Exit(_most_urgent(records, fail_on))


def _scans(
    workspace: "Workspace", host: "PluginHost", options: "Options", auto: bool, saying: "Saying"
) -> "Iterator[ScanRecord]":
    """The one scan that was asked for, or those that are due; earlier ones are named."""
    from riskplug.catchup import Scanner, catch_up
    from riskplug.cli.logged import scan_with_log

    def logged(loaded: "PluginHost", one: "Options") -> "ScanRecord":
        return scan_with_log(workspace, loaded, one, saying)

    if not auto:
        yield logged(host, options)
        return
    loaded = [host]
    scanner = Scanner(workspace, lambda: loaded.pop() if loaded else open_plugins(workspace), options, now, logged)
    none = True
    for record in catch_up(scanner):
        none = False
        # nothing is said of an ordinary night: cron mails whatever is
        if record.replayed:
            typer.echo(f"{record.business_date}: scanned from its snapshot", err=True)
        yield record
    if none:
        typer.echo("nothing is due: today's date is scanned, or [schedule] weekdays leaves it out", err=True)


def now() -> datetime:
    """The time by the clock of this host."""
    return datetime.now(UTC)


def _show(records: "Sequence[ScanRecord]", workspace: "Workspace", form: str, findings: Path | None) -> None:
    """Every scan as text; as JSON and in the file of findings the last one."""
    from riskplug.cli.show import show_record

    if findings is not None and records:
        _write_findings(records[-1], findings)
    if form == "json" and records:
        from riskplug.report import scan_document

        typer.echo(json.dumps(scan_document(records[-1]), indent=1, default=str))
        return
    for record in records:
        show_record(record, workspace.root, workspace.sites)


def _most_urgent(records: "Sequence[ScanRecord]", fail_on: str) -> int:
    from riskplug.observing import exit_code_of

    codes = {exit_code_of(record, fail_on) for record in records}
    return next((code for code in (4, 3, 1) if code in codes), 0)


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
    from riskplug.scale import check_scale, said_of
    from riskplug.scenario import read_scenarios, standing_files

    opened = open_workspace(workspace)
    host = open_plugins(opened)
    for line in check_workspace(opened, host):
        typer.echo(line)
    typer.echo(f"{len(read_scenarios(standing_files(opened)))} scenarios: in order")
    check_scale(opened)
    typer.echo(said_of(opened))
    if host.faults:
        raise typer.Exit(3)
