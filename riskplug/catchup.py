"""Every business date scanned once, whenever and how often a scheduler starts the command.

A date of the catch-up window without a complete scan is scanned, the oldest first, each under a claim of its own. Only
today's exports lie in the folders, so an earlier date is scanned from the snapshot kept of it: a scan had read the
exports and died later. Without one it is missed: its exports are gone, and today's would put today's stock under
yesterday's date. A missed date is written into the state and said once, in what the next scan tells.
"""

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from riskplug.errors import AlreadyScanned, LockHeld, RiskplugError, UsageError
from riskplug.explain import state_folder
from riskplug.extend.host import PluginHost
from riskplug.model import ScanRecord
from riskplug.scan import Clock, Options, scope_of, state_of, today
from riskplug.state import ScanRow, State, this_owner
from riskplug.state.schema import COMPLETE, MISSED, RUNNING
from riskplug.state.snapshots import snapshots
from riskplug.workspace import WEEKDAYS, ScheduleSettings, Workspace

NO_EXPORTS = "no scan read its exports, and they are gone"


@dataclass(frozen=True, slots=True)
class Due:
    """What is left to do. ``kept``: earlier dates with a snapshot; ``missed``: those without; both oldest first."""

    kept: tuple[date, ...]
    missed: tuple[date, ...]
    today: bool


@dataclass(frozen=True, slots=True)
class Scanner:
    """How scans are run: each with plugins loaded for it alone. ``run``: `scan.run`, or one that logs and watches."""

    workspace: Workspace
    plugins: Callable[[], PluginHost]
    options: Options
    clock: Clock
    run: Callable[[PluginHost, Options], ScanRecord]

    def scan(self, on: date, doubts: Sequence[str] = ()) -> ScanRecord | None:
        """The scan of a date, None where another process has completed it meanwhile."""
        options = replace(self.options, business_date=on, once=True, doubts=tuple(doubts))
        try:
            return self.run(self.plugins(), options)
        except AlreadyScanned:
            return None


def due(history: Sequence[ScanRow], kept: Collection[date], on: date, settings: ScheduleSettings) -> Due:
    """What the window leaves to do on a date. Before the workspace's first scan nothing was due.

    UsageError when a later date is complete: the clock is wrong now, or was then, and alerts never go back in time.
    """
    complete = {row.business_date for row in history if row.status == COMPLETE}
    if complete and max(complete) > on:
        raise UsageError(
            f"today is {on}, but {max(complete)} has been scanned",
            "clock",
            "correct the clock or `timezone` in riskplug.toml; to scan all the same, name the date: --business-date",
        )
    settled = complete | {row.business_date for row in history if row.status in (MISSED, RUNNING)}
    first = min((row.business_date for row in history), default=on)
    window = [on - timedelta(days) for days in range(settings.catch_up_days - 1, 0, -1)]
    open_ = [day for day in window if day >= first and day not in settled and _is_due(day, settings)]
    return Due(
        tuple(day for day in open_ if day in kept),
        tuple(day for day in open_ if day not in kept),
        on not in complete and _is_due(on, settings),
    )


def _is_due(day: date, settings: ScheduleSettings) -> bool:
    return WEEKDAYS[day.weekday()] in settings.weekdays


def catch_up(scanner: Scanner) -> Iterator[ScanRecord]:
    """Scan what is due; nothing where every date is done.

    LockHeld when another scan is running. An earlier date whose snapshot cannot be used keeps nobody from today's.
    """
    workspace = scanner.workspace
    scope, on = scope_of(workspace), today(workspace, scanner.clock())
    folder = state_folder(workspace) / "snapshots"
    kept = {date.fromisoformat(path.parent.name) for path in snapshots(folder)}
    state = state_of(workspace, scanner.clock)
    try:
        plan = due(state.scans(scope), kept, on, workspace.schedule)
        missed = dict.fromkeys(plan.missed, NO_EXPORTS)
        for day in plan.kept:
            try:
                record = scanner.scan(day)
            except LockHeld:
                raise
            except RiskplugError as error:
                missed[day] = error.what
                continue
            if record:
                yield record
        record = scanner.scan(on, _said(missed)) if plan.today else None
        if record:
            _note(state, scope, missed)
            yield record
    finally:
        state.close()


def _said(missed: dict[date, str]) -> list[str]:
    return [f"{day} was not scanned and is missing: {reason}" for day, reason in sorted(missed.items())]


def _note(state: State, scope: str, missed: dict[date, str]) -> None:
    for day, reason in missed.items():
        state.miss_scan(day, scope, this_owner(), reason)
