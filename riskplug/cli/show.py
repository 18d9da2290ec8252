"""What a scan looks like on a terminal."""

from collections.abc import Collection
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, TextIO

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

if TYPE_CHECKING:
    import pandas as pd

    from riskplug.model import ScanRecord, Stage

STAGES = (
    "ingest",
    "validate",
    "snapshot",
    "content",
    "bom",
    "regimes",
    "plan",
    "facts",
    "disruptions",
    "law",
    "rules",
    "scenarios",
    "alerts",
    "deliver",
    "report",
)
_STYLES = {"critical": "bold red", "warning": "yellow", "info": "cyan"}
MAX_ROWS = 25


class Display:
    """Progress on a terminal, nothing elsewhere: a cron mail holds no bars."""

    def __init__(self, stream: TextIO, *, quiet: bool = False) -> None:
        console = Console(file=stream)
        self._progress = Progress(
            TextColumn("{task.description:<10}"),
            BarColumn(),
            TextColumn("{task.fields[says]}"),
            TimeElapsedColumn(),
            console=console,
            disable=quiet or not stream.isatty(),
            transient=True,
        )
        self._task: TaskID | None = None
        self._stream = stream

    def write(self, text: str) -> int:
        """Lines of a log, above the bar where there is one."""
        if self._progress.live.is_started and not self._progress.disable:
            self._progress.console.out(text, end="", highlight=False)
            return len(text)
        return self._stream.write(text)

    def flush(self) -> None:
        self._stream.flush()

    def __enter__(self) -> "Display":
        self._progress.start()
        self._task = self._progress.add_task("starting", total=len(STAGES), says="")
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._progress.stop()

    def starting(self, name: str) -> None:
        """A stage begins."""
        if self._task is not None:
            self._progress.update(self._task, description=name)

    def finished(self, stage: "Stage") -> None:
        """A stage ended."""
        if self._task is not None:
            self._progress.update(self._task, advance=1, says=f"{stage.rows:,} rows")


def show_record(record: "ScanRecord", root: Path, sites: Collection[str] = ()) -> None:
    """Findings by severity, what changed, and where the brief is; on stdout. ``sites``: those of the workspace."""
    from riskplug.report import digest_lines, law_lines

    console = Console(highlight=False)
    console.print(Text(f"{record.workspace}, business date {record.business_date}", style="bold"))
    if record.replayed:
        console.print("replayed from the snapshot kept of that date")
    console.print(findings_table(record.outcome.findings, with_site=len(sites) > 1))
    console.print(_summary(record))
    if record.held:
        console.print(Text(record.held, style="yellow"))
    for line in (*law_lines(record.law, record.currency), *digest_lines(record.scenarios, record.currency)):
        console.print(Text(line))
    for line in trial_lines(record):
        console.print(Text(line))
    for reason in record.degraded:
        console.print(Text(f"degraded: {reason}", style="yellow"))
    for receiver, outcome in record.deliveries.items():
        console.print(Text(f"{receiver}: {outcome}"))
    console.print(Text(f"brief: {_near(root / '.riskplug' / 'brief.html')}"))


def trial_lines(record: "ScanRecord") -> list[str]:
    """What rules on trial found, a line a rule, and which of them failed."""
    if record.on_trial is None:
        return []
    counts = record.on_trial.findings.groupby("rule")["severity"].value_counts().sort_index()
    rules = dict.fromkeys(rule for rule, _ in counts.index)
    found = {rule: ", ".join(f"{count} {severity}" for severity, count in counts[rule].items()) for rule in rules}
    said = [f"on trial: {rule}: {severities}, told to nobody" for rule, severities in found.items()]
    return [*said, *(f"on trial: {fault}" for fault in record.on_trial.faults)] or ["on trial: nothing found"]


def findings_table(findings: "pd.DataFrame", with_site: bool) -> Table:
    """The most severe findings (FINDING_COLUMNS), a row each; the same part at two sites is two rows."""
    rank = findings["severity"].astype("str").map({"critical": 0, "warning": 1, "info": 2})
    ordered = findings.assign(rank=rank).sort_values(["rank", "rule", "metric", "identity"], kind="stable")
    shown = ordered[ordered["rank"] < 2] if (rank < 2).any() else ordered
    more = len(findings) - min(len(shown), MAX_ROWS)
    table = Table(
        title=f"{len(findings)} findings",
        title_justify="left",
        caption_justify="left",
        caption=f"and {more} more: see the brief" if more > 0 else None,
    )
    columns = {"severity": "severity", **({"site": "site"} if with_site else {}), "message": "finding", "rule": "rule"}
    for heading in columns.values():
        table.add_column(heading)
    for severity, *cells in shown.head(MAX_ROWS)[list(columns)].astype("str").fillna("").itertuples(index=False):
        table.add_row(Text(severity, style=_STYLES[severity]), *map(Text, cells))
    return table


def _summary(record: "ScanRecord") -> Text:
    kinds = [change.kind for change in record.changes]
    changed = ", ".join(f"{kinds.count(kind)} {kind}" for kind in sorted(set(kinds))) or "no alert changed"
    undecided = int((record.outcome.undetermined["reason"] == "missing").sum())
    seconds = (record.finished - record.started).total_seconds()
    return Text(f"alerts: {changed}. {undecided} rows could not be decided. {seconds:.1f} s.")


def _near(path: Path) -> str:
    try:
        return str(path.relative_to(Path.cwd()))
    except ValueError:
        return str(path)
