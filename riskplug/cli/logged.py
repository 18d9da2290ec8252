"""A scan with its log and its progress: stderr is for these, stdout for results."""

import contextlib
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TextIO, cast

import typer

from riskplug.cli.plugins import available_line
from riskplug.cli.show import Display
from riskplug.errors import UNFORESEEN, AlreadyScanned, RiskplugError
from riskplug.extend.host import PluginHost
from riskplug.extend.protocols import ScanContext
from riskplug.model import ScanRecord, Stage
from riskplug.observing import exit_code_of_error
from riskplug.scan import Options, scope_of
from riskplug.watch import run_watched
from riskplug.watch.logs import Form, Logger, libraries_heard, make_log
from riskplug.watch.redaction import secrets_of, without_secrets
from riskplug.workspace import Workspace


@dataclass(frozen=True, slots=True)
class Saying:
    """How a scan speaks. ``form``: json or plain, None leaves it to where stderr goes.

    ``machine_output``: stdout carries one document, and what receivers print must not mix with it.
    """

    form: str | None
    quiet: bool
    machine_output: bool

    def shape(self, stream: TextIO) -> Form:
        if self.form is None:
            return "plain" if stream.isatty() else "json"
        return "json" if self.form == "json" else "plain"

    def is_brief(self, stream: TextIO) -> bool:
        """Whether stages go without a line: somebody looks at the bar, or wants it quiet."""
        return self.quiet or (self.form is None and stream.isatty())


@contextlib.contextmanager
def answered(saying: Saying) -> Iterator[None]:
    """Around scans that are logged: where the log is JSON, what went wrong is in it, and nothing is said twice."""
    try:
        yield
    except RiskplugError as error:
        if saying.form == "json":
            raise typer.Exit(error.exit_code) from error
        raise


def scan_with_log(workspace: Workspace, host: PluginHost, options: Options, saying: Saying) -> ScanRecord:
    """Run a scan and log it. A scan that breaks off unforeseen ends with UNFORESEEN and its traceback in the log."""
    stream, secrets = sys.stderr, secrets_of(workspace)
    display = Display(stream, quiet=saying.quiet)
    log = make_log(
        cast(TextIO, display),
        saying.shape(stream),
        level="warning" if saying.is_brief(stream) else "info",
        secrets=secrets,
    ).bind(scope=scope_of(workspace))
    if host.available():
        log.warning(available_line(host))
    running = _Running(log, display)
    printing = contextlib.redirect_stdout(stream) if saying.machine_output else contextlib.nullcontext()
    try:
        with libraries_heard(log), display, printing:
            record = run_watched(
                workspace,
                host,
                options,
                clock=lambda: datetime.now(UTC),
                starting=display.starting,
                finished=running.finished,
                began=running.began,
                say=lambda note: running.log.warning(note),
            )
    except AlreadyScanned:
        raise
    except RiskplugError as error:
        said = without_secrets(error, secrets)
        problems = [{"what": one.what, "where": one.where, "fix": one.fix} for one in said.problems]
        running.log.error("scan failed", code=exit_code_of_error(error), reason=said.what, problems=problems)
        raise
    except Exception as error:
        running.log.error("scan broke off", code=UNFORESEEN, exc_info=error)
        raise typer.Exit(UNFORESEEN) from error
    # On a terminal the results that follow say the same, unless they are a document for a machine.
    if saying.form is not None or saying.machine_output or not stream.isatty():
        _tell_result(running.log, record)
    return record


class _Running:
    """The log of a scan under way: from its claim on with its id and date."""

    def __init__(self, log: Logger, display: Display) -> None:
        self.log, self._display = log, display

    def began(self, context: ScanContext) -> None:
        self.log = self.log.bind(run_id=context.scan_id, business_date=context.business_date.isoformat())
        self.log.info("scan started")

    def finished(self, stage: Stage) -> None:
        self._display.finished(stage)
        self.log.info("stage finished", stage=stage.name, seconds=round(stage.seconds, 3), rows=stage.rows)


def _tell_result(log: Logger, record: ScanRecord) -> None:
    """What a reader of the log should look at, then the end."""
    tables = record.facts["table"]
    odd = tables[tables["verdict"].astype("str") != "accepted"]
    for row in odd[["table", "source", "verdict", "why"]].astype("str").to_dict("records"):
        log.warning("table in doubt", **{str(name): value for name, value in row.items()})
    for run in record.outcome.runs:
        for text in run.warnings:
            log.warning("rule warned", rule=run.rule, plugin=run.plugin, text=text)
    for reason in record.degraded:
        log.warning("degraded", reason=reason)
    findings = record.outcome.findings["severity"].astype("str").value_counts()
    seconds = round((record.finished - record.started).total_seconds(), 3)
    log.info("scan finished", seconds=seconds, findings={str(name): int(n) for name, n in findings.items()})
