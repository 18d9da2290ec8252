"""A scan with its watchers. They are told when it starts and ends; none of them can change how it ends."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any

from riskplug.alerts import LIVE
from riskplug.errors import AlreadyScanned, LockHeld
from riskplug.explain import state_folder
from riskplug.extend.host import PluginHost
from riskplug.extend.protocols import ScanContext
from riskplug.model import ScanRecord, Stage
from riskplug.observing import exit_code_of, exit_code_of_error
from riskplug.scan import Clock, Options, kept_snapshot, run, scope_of, state_of, today
from riskplug.stages import peak_memory_bytes
from riskplug.watch.journal import read_past, write_end
from riskplug.watch.lineage import append_event, end_event, start_event
from riskplug.watch.metrics import write_metrics
from riskplug.watch.night import Ended, Ledgers
from riskplug.watch.ping import ping_end, ping_start
from riskplug.workspace import Workspace


@dataclass
class Watch:
    """What is noted while a scan runs. ``noted``: watchers of which it was said that they do not work."""

    workspace: Workspace
    clock: Clock
    on: date
    started: datetime
    fail_on: str
    say: Callable[[str], None]
    scan_id: str = ""
    stages: list[Stage] = field(default_factory=list)
    noted: set[str] = field(default_factory=set)

    def began(self, context: ScanContext) -> None:
        """The date is ours: from here on a scan is under way."""
        self.scan_id = context.scan_id
        self._trace(start_event(self._end(0, None)))
        url = self.workspace.watch.ping_url
        if url is not None:
            with self._guarded("ping_url"):
                self._note("ping_url", ping_start(url, self.workspace.watch.private_hosts))

    def ended(self, record: ScanRecord) -> None:
        """A scan came to its end."""
        self._tell(self._end(exit_code_of(record, self.fail_on), record))

    def failed(self, error: BaseException) -> None:
        """A scan broke off. That another scan is running is that scan's story: it tells it itself."""
        code = exit_code_of_error(error)
        if isinstance(error, LockHeld):
            with self._guarded("journal"):
                write_end(state_folder(self.workspace), ended=self.clock(), scan_id="", exit_code=code, complete=False)
            if self.scan_id:
                self._trace(end_event(replace(self._end(code, None), reason=type(error).__name__)))
            return
        self._tell(replace(self._end(code, None), reason=type(error).__name__))

    def _end(self, code: int, record: ScanRecord | None) -> Ended:
        return Ended(
            self.workspace.workspace.name,
            self.scan_id,
            self.on,
            self.started,
            self.clock(),
            code,
            tuple(self.stages),
            tuple(self.workspace.receivers),
            self.workspace.policy.max_age_days,
            record,
            peak_memory_bytes=peak_memory_bytes(),
        )

    def _tell(self, night: Ended) -> None:
        folder = state_folder(self.workspace)
        with self._guarded("journal"):
            complete = night.record is not None
            write_end(folder, ended=night.ended, scan_id=night.scan_id, exit_code=night.exit_code, complete=complete)
        path = self.workspace.watch.metrics_file
        if path is not None:
            with self._guarded("metrics_file"):
                told = replace(night, past=read_past(folder), ledgers=self._ledgers())
                write_metrics(self.workspace.resolve(path), told)
        if not night.scan_id:
            self._trace(start_event(night))
        with self._guarded("lineage_file"):
            self._trace(end_event(night))
        url = self.workspace.watch.ping_url
        if url is not None:
            with self._guarded("ping_url"):
                self._note("ping_url", ping_end(url, night, self.workspace.watch.private_hosts))

    def _trace(self, event: Mapping[str, Any]) -> None:
        path = self.workspace.watch.lineage_file
        if path is not None:
            with self._guarded("lineage_file"):
                append_event(self.workspace.resolve(path), event)

    def _ledgers(self) -> Ledgers | None:
        """What the state holds now, or None where it cannot say."""
        try:
            state = state_of(self.workspace, self.clock)
            try:
                return Ledgers.of(state.ledger(scope_of(self.workspace)), state.waiting(), LIVE)
            finally:
                state.close()
        except Exception:
            return None

    @contextmanager
    def _guarded(self, what: str) -> Iterator[None]:
        """A watcher that fails is noted, and that is all."""
        try:
            yield
        except Exception as error:
            reason = error.strerror if isinstance(error, OSError) and error.strerror else type(error).__name__
            self._note(what, reason)

    def _note(self, what: str, problem: str) -> None:
        """Say what did not work, once for each watcher."""
        if problem and what not in self.noted:
            self.noted.add(what)
            self.say(f"[watch] {what}: {problem}; the scan itself is not touched by this")


def run_watched(
    workspace: Workspace,
    host: PluginHost,
    options: Options,
    *,
    clock: Clock,
    starting: Callable[[str], None] = lambda name: None,
    finished: Callable[[Stage], None] = lambda stage: None,
    began: Callable[[ScanContext], None] = lambda context: None,
    say: Callable[[str], None] = lambda note: None,
) -> ScanRecord:
    """`scan.run`, watched as the workspace's [watch] says. ``say`` is told what a watcher could not do.

    A dry run, and looking back at a date whose snapshot is kept, is nobody's night: nobody is told of it.
    """
    started = clock()
    on = options.business_date or today(workspace, started)
    if options.dry_run or kept_snapshot(workspace, options, on, started):
        return run(workspace, host, options, clock=clock, starting=starting, finished=finished, began=began)
    watch = Watch(workspace, clock, on, started, options.fail_on, say)

    def has_begun(context: ScanContext) -> None:
        began(context)
        watch.began(context)

    def stage_finished(stage: Stage) -> None:
        watch.stages.append(stage)
        finished(stage)

    try:
        record = run(workspace, host, options, clock=clock, starting=starting, finished=stage_finished, began=has_begun)
    except AlreadyScanned:
        raise
    except BaseException as error:
        watch.failed(error)
        raise
    watch.ended(record)
    return record
