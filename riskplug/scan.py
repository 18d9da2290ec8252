"""One scan, first to last. The only room that knows the order of the stages."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from zoneinfo import ZoneInfo

import pandas as pd

from riskplug.alerts import Ending, Reconciled, ending_lines, reconcile
from riskplug.analysis import Analysis, analyse
from riskplug.beside import NOBODY, Beside, done, helping_threads
from riskplug.chapters import chapters_of
from riskplug.deliver import Chart, Night, Planned, Remarks, Silence, plan_digests, send_outbox
from riskplug.doubts import doubts, refuse_without_parts, untrusted_tables
from riskplug.enriching import enriched
from riskplug.errors import StateUnusable, UsageError, suggestion
from riskplug.explain import balances, state_folder
from riskplug.extend.host import PluginHost
from riskplug.extend.protocols import Notifier, ScanContext
from riskplug.ingest import ingest
from riskplug.legal import keep_register, law_news
from riskplug.loading import check_named, plugged_of, profiles_of, receivers_of, reshapes_of, rules_of
from riskplug.manifest import hashes_of, versions
from riskplug.model import Balance, LegalNews, Outcome, ScanRecord, Stage, WhatIf
from riskplug.observing import observed, summary_of
from riskplug.pacing import policy_of
from riskplug.report import balance_png, digest_lines, law_lines, render_brief, to_draw, told, worst_runways
from riskplug.reuse import NOTHING, Reuse
from riskplug.reusing import reuse_of
from riskplug.rules import ON_TRIAL, RuleSet, evaluate
from riskplug.scale import LOCAL, Engine, check_scale, engine_of
from riskplug.scenario import nightly
from riskplug.stages import Stages, reuse_memory
from riskplug.state import Claim, State, open_state, this_owner
from riskplug.state.disk import disk_explained
from riskplug.state.records import forget_unfinished, record_folder, write_facts, write_record
from riskplug.state.snapshots import Snapshot, accepted_rows, newest_of, read_snapshot, write_snapshot
from riskplug.suggesting import suggested
from riskplug.tables import TABLES
from riskplug.telling import dates_of, readers_of, runway_rules
from riskplug.trace import trace
from riskplug.validate import validate
from riskplug.workspace import Route, Workspace, secret_url

Clock = Callable[[], datetime]


@dataclass(frozen=True, slots=True)
class Options:
    """How this scan differs from the nightly one. ``fresh``: read the exports even where a snapshot is kept,
    and take nothing over from earlier nights.

    ``fail_on``: the severity from which on findings make exit code 1. ``once``: AlreadyScanned where the date is done.
    ``doubts``: what to say beside what the scan itself finds doubtful.
    """

    business_date: date | None = None
    dry_run: bool = False
    deliver: bool = True
    fresh: bool = False
    fail_on: str = "never"
    once: bool = False
    doubts: tuple[str, ...] = ()


@dataclass
class Tonight:
    """One scan under way: what it works with, and what it has found so far."""

    workspace: Workspace
    host: PluginHost
    options: Options
    clock: Clock
    on: date
    claim: Claim
    state: State
    notifiers: Mapping[str, Notifier]
    rules: RuleSet
    stages: Stages
    started: datetime
    degraded: list[str] = field(default_factory=list)
    replayed: bool = False
    law: LegalNews = field(default_factory=LegalNews)
    scenarios: tuple[WhatIf, ...] = ()
    on_trial: Outcome | None = None
    posts: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    passing: ExitStack = field(default_factory=ExitStack)
    beside: Beside = NOBODY
    reuse: Reuse = NOTHING
    worst: "Future[tuple[Balance, ...]] | None" = None

    def place(self, folder: Path) -> Path:
        """Where the snapshot is written: a dry run's is gone when the scan is over."""
        return Path(self.passing.enter_context(TemporaryDirectory())) if self.options.dry_run else folder

    @property
    def context(self) -> ScanContext:
        settings = self.workspace.workspace
        return ScanContext(self.claim.scan_id, self.on, settings.currency, settings.horizon_days, self.workspace.root)


def run(
    workspace: Workspace,
    host: PluginHost,
    options: Options,
    *,
    clock: Clock,
    starting: Callable[[str], None] = lambda name: None,
    finished: Callable[[Stage], None] = lambda stage: None,
    began: Callable[[ScanContext], None] = lambda context: None,
) -> ScanRecord:
    """Read, check, compute, compare with the ledger, tell, report.

    DataRefused when no part master can be trusted; LockHeld when another scan of this workspace is running. A dry run
    compares with the ledger but changes no state and sends nothing. ``began`` is told when the date is claimed.
    """
    reuse_memory()
    with (
        _claimed(workspace, host, options, clock, starting, finished) as tonight,
        observed(host, tonight.context),
    ):
        began(tonight.context)
        snapshot = _freeze(tonight)
        with _engine(tonight, snapshot) as engine:
            analysis = _analyse(tonight, snapshot, engine)
            outcome = _judge(tonight, snapshot, analysis)
            tonight.degraded += doubts(snapshot.validated, outcome, host, workspace.policy.max_age_days)
            tonight.scenarios = _what_if(tonight, analysis, engine)
        kept = _facts_kept(tonight, analysis)
        reconciled = _compare(tonight, snapshot, outcome, analysis)
        deliveries = _deliver(tonight)
        _tidy(tonight)
        record = _report(tonight, snapshot, analysis, outcome, reconciled, deliveries, kept)
        return _told_its_end(tonight, record)


def _told_its_end(tonight: Tonight, record: ScanRecord) -> ScanRecord:
    """The record, with what went wrong while observers were told how the scan ended."""
    host, before = tonight.host, len(tonight.host.faults)
    summary = summary_of(record, tonight.options.fail_on)
    host.notify("riskplug_scan_finished", context=tonight.context, summary=summary)
    late = tuple(map(str, host.faults[before:]))
    return replace(record, degraded=(*record.degraded, *late)) if late else record


@contextmanager
def _claimed(
    workspace: Workspace,
    host: PluginHost,
    options: Options,
    clock: Clock,
    starting: Callable[[str], None],
    finished: Callable[[Stage], None],
) -> Iterator[Tonight]:
    """The claim on the business date, given back whatever happens; settings are checked before anything is claimed."""
    started = clock()
    on = options.business_date or today(workspace, started)
    check_named(workspace, host)
    check_scale(workspace)
    notifiers, rules = receivers_of(workspace, host), rules_of(workspace, host)
    with closing(state_of(workspace, clock)) as state:
        scope, owner = scope_of(workspace), this_owner()
        claim = dry_claim(on, workspace) if options.dry_run else state.claim_scan(on, scope, owner, once=options.once)
        tonight = Tonight(workspace, host, options, clock, on, claim, state, notifiers, rules, Stages(), started)
        tonight.degraded += options.doubts
        kept = state_folder(workspace)
        tonight.reuse = reuse_of(workspace, host, kept, fresh=options.fresh, dry_run=options.dry_run)
        tonight.stages = Stages(starting, lambda stage: _finished(tonight, stage, finished))
        try:
            with tonight.passing:
                yield tonight
        except BaseException:
            # what ended the scan is said, not that the same outage keeps its end from being written down
            with suppress(StateUnusable):
                _finish(tonight, "failed")
            raise
        _finish(tonight, "complete")


def _finish(tonight: Tonight, status: str) -> None:
    if not tonight.options.dry_run:
        tonight.state.finish_scan(tonight.claim, status, {"degraded": list(tonight.degraded)})


def _finished(tonight: Tonight, stage: Stage, finished: Callable[[Stage], None]) -> None:
    finished(stage)
    if not tonight.options.dry_run:
        # LockHeld ends a scan that was taken over; an outage is none of its concern before it has something to write
        with suppress(StateUnusable):
            tonight.state.heartbeat(tonight.claim)
    tonight.host.notify(
        "riskplug_stage_finished", context=tonight.context, stage=stage.name, seconds=stage.seconds, rows=stage.rows
    )


def _freeze(tonight: Tonight) -> Snapshot:
    """Tonight's inputs, read and frozen; or the snapshot kept of an earlier date that is asked for again."""
    workspace, stages, folder = tonight.workspace, tonight.stages, state_folder(tonight.workspace) / "snapshots"
    place = tonight.place(folder)
    tonight.passing.callback(forget_unfinished, _record_folder(tonight))
    tonight.beside = tonight.passing.enter_context(helping_threads())
    kept = kept_snapshot(workspace, tonight.options, tonight.on, tonight.started)
    if kept:
        tonight.replayed = True
        return read_snapshot(kept)
    with stages("ingest") as tally:
        plugged = plugged_of(workspace, tonight.host, tonight.context)
        reshapes = reshapes_of(tonight.host)
        profiles, reuse = profiles_of(tonight.host), tonight.reuse
        ingested = ingest(workspace, profiles, tonight.on, plugged=plugged, reshapes=reshapes, reuse=reuse)
        tally.rows = sum(map(len, ingested.tables.values()))
    with stages("validate") as tally:
        validated = validate(
            ingested,
            workspace=workspace,
            on=tonight.on,
            previous_rows=accepted_rows(folder, tonight.on),
            contributed=tonight.host.expectations(TABLES),
            broken=tonight.host.broken_expectation,
            reuse=tonight.reuse,
        )
        tally.rows = len(validated.checks)
    refuse_without_parts(ingested, validated)
    with stages("snapshot"), disk_explained(folder):
        return write_snapshot(
            place,
            ingested,
            validated,
            scan_id=tonight.claim.scan_id,
            business_date=tonight.on,
            versions=versions(tonight.host),
            hashes=hashes_of(workspace, tonight.host, tonight.rules),
            beside=tonight.beside,
        )


def kept_snapshot(workspace: Workspace, options: Options, on: date, now: datetime) -> Path | None:
    """The snapshot that a scan of an earlier date looks back at, or None where it reads the exports."""
    past = on < today(workspace, now) and not options.fresh
    return newest_of(state_folder(workspace) / "snapshots", on) if past else None


@contextmanager
def _engine(tonight: Tonight, snapshot: Snapshot) -> Iterator[Engine]:
    """Where the heavy work runs; starting workers is a stage of its own."""
    if tonight.workspace.scale.engine == "local":
        yield LOCAL
        return
    with ExitStack() as stack:
        with tonight.stages("workers") as tally:
            engine = stack.enter_context(engine_of(tonight.workspace, tonight.host, snapshot))
            tally.rows = engine.workers
        yield engine


def _analyse(tonight: Tonight, snapshot: Snapshot, engine: Engine) -> Analysis:
    """The facts, and what changed in law since the last scan."""
    workspace, stages, tables = tonight.workspace, tonight.stages, snapshot.validated.tables
    analysis = analyse(
        snapshot,
        workspace=workspace,
        host=tonight.host,
        context=tonight.context,
        stages=stages,
        engine=engine,
        reuse=tonight.reuse,
        beside=tonight.beside,
    )
    analysis = enriched(analysis, tables, tonight.host, tonight.context)
    analysis = suggested(analysis, tables, tonight.host, tonight.context)
    with stages("law") as tally:
        root = state_folder(workspace)
        tonight.law = law_news(root, analysis.register, tonight.on, workspace, analysis, tables)
        tally.rows = len(tonight.law.changes)
    return analysis


def _judge(tonight: Tonight, snapshot: Snapshot, analysis: Analysis) -> Outcome:
    """What the active rules find; rules on trial are heard beside them, and go no further than the report."""
    judge = partial(
        evaluate,
        facts=analysis.facts,
        on=tonight.on,
        context=tonight.context,
        tables=snapshot.validated.tables,
        failed_tables=untrusted_tables(snapshot.validated),
    )
    with tonight.stages("rules") as tally:
        _worst(tonight, analysis)
        outcome = judge(tonight.rules)
        on_trial = RuleSet(tuple(rule for rule in tonight.rules if rule.status in ON_TRIAL))
        tonight.on_trial = judge(on_trial, statuses=ON_TRIAL) if len(on_trial) else None
        tally.rows = len(outcome.findings)
    return outcome


def _what_if(tonight: Tonight, analysis: Analysis, engine: Engine) -> tuple[WhatIf, ...]:
    """The standing scenarios beside the base; one that fails degrades the scan and changes nothing else."""
    if not tonight.workspace.scenarios.paths:
        return ()
    with tonight.stages("scenarios") as tally:
        found, faults = nightly(tonight.workspace, analysis, engine)
        tonight.degraded += faults
        tally.rows = len(found)
    return found


def _facts_kept(tonight: Tonight, analysis: Analysis) -> "Future[None]":
    """The facts on their way to disk; those of a dry run stay in memory."""
    if tonight.options.dry_run:
        return done(None)
    return tonight.beside.start(write_facts, _record_folder(tonight), analysis.facts)


def _record_folder(tonight: Tonight) -> Path:
    return record_folder(state_folder(tonight.workspace), tonight.on, tonight.claim.scan_id)


def _compare(tonight: Tonight, snapshot: Snapshot, outcome: Outcome, analysis: Analysis) -> Reconciled:
    """Tonight's findings against the ledger; ledger and messages are written in one transaction."""
    with tonight.stages("alerts") as tally:
        reconciled = _reconciled(tonight, outcome, analysis)
        tonight.degraded += reconciled.degraded
        planned = _plan(tonight, snapshot, analysis, reconciled, () if reconciled.held else tonight.workspace.routes)
        tonight.degraded += [plan.fault for plan in planned if plan.fault]
        tonight.host.notify("riskplug_alerts_changed", context=tonight.context, changes=reconciled.changes)
        if not tonight.options.dry_run:
            messages = [message for plan in planned for message in plan.messages]
            tonight.state.apply(tonight.claim, reconciled, outcome, messages)
        tally.rows = len(reconciled.changes)
    return reconciled


def _reconciled(tonight: Tonight, outcome: Outcome, analysis: Analysis) -> Reconciled:
    scope = scope_of(tonight.workspace)
    known = {rule.id: (rule.grain, *rule.identity) for rule in tonight.rules}
    return reconcile(
        tonight.state.ledger(scope),
        outcome,
        on=tonight.on,
        workspace=scope,
        known_rules=known,
        parts=analysis.facts["part"],
        policy=policy_of(tonight.workspace, tonight.rules, tonight.on),
        memory=tonight.state.memory(scope, tonight.workspace.alerts.flap_scans),
    )


def _plan(
    tonight: Tonight,
    snapshot: Snapshot,
    analysis: Analysis,
    reconciled: Reconciled,
    routes: Sequence[Route],
    everything: bool = False,
) -> tuple[Planned, ...]:
    """The messages of the night; ``everything`` words all open alerts as if they were news."""
    readers, faults = readers_of(tonight.workspace, tonight.notifiers, tonight.rules, snapshot.validated.tables)
    tonight.degraded += faults
    return plan_digests(
        reconciled.changes,
        reconciled.changes if everything else reconciled.news,
        night=_night(tonight),
        routes=routes,
        notifiers=tonight.notifiers,
        remarks=_remarks(tonight, snapshot, analysis, reconciled),
        readers=readers,
        posted=() if everything else tonight.state.posted(),
        draw=worst_runways,
        charts=_charts(tonight, analysis),
    )


def _charts(tonight: Tonight, analysis: Analysis) -> tuple[Chart, ...]:
    """The balances of the parts that run out first, where a receiver takes files."""
    if not any(notifier.capabilities.file for notifier in tonight.notifiers.values()):
        return ()
    worst = _worst(tonight, analysis).result()
    return tuple(Chart(one.part_no, one.site, partial(balance_png, one), told(one)) for one in worst)


def _worst(tonight: Tonight, analysis: Analysis) -> "Future[tuple[Balance, ...]]":
    """The balances of the parts that run out first, walked once for messages and brief."""
    if tonight.worst is None:
        drawn = to_draw(analysis.facts["exposure"])
        tonight.worst = tonight.beside.start(balances, analysis, drawn, tonight.workspace)
    return tonight.worst


def _deliver(tonight: Tonight) -> dict[str, str]:
    if tonight.options.dry_run or not tonight.options.deliver:
        return dict.fromkeys(tonight.notifiers, "not sent")
    with tonight.stages("deliver") as tally:
        outcomes = send_outbox(tonight.state, tonight.notifiers, clock=tonight.clock, owner=this_owner())
        tally.rows = sum(outcome.delivered for outcome in outcomes)
    tonight.posts = {outcome.receiver: outcome.counts for outcome in outcomes}
    return {outcome.receiver: str(outcome) for outcome in outcomes}


def _tidy(tonight: Tonight) -> None:
    """Messages that are over are kept for a while; what happened to alerts is kept for good."""
    if not tonight.options.dry_run:
        tonight.reuse.tidy()
        tonight.state.prune(scope_of(tonight.workspace), tonight.on, tonight.workspace.state.keep_days)


def _report(
    tonight: Tonight,
    snapshot: Snapshot,
    analysis: Analysis,
    outcome: Outcome,
    reconciled: Reconciled,
    deliveries: Mapping[str, str],
    kept: "Future[None]",
) -> ScanRecord:
    settings = tonight.workspace.workspace
    chapters = chapters_of(analysis.facts, tonight.host, tonight.context)
    tonight.degraded += [fault for fault in map(str, tonight.host.faults) if fault not in tonight.degraded]
    root = state_folder(tonight.workspace)
    with tonight.stages("report"), disk_explained(root):
        record = ScanRecord(
            tonight.claim.scan_id,
            tonight.on,
            settings.name,
            settings.currency,
            tonight.started,
            tonight.clock(),
            versions(tonight.host),
            snapshot.files,
            analysis.facts,
            snapshot.validated.checks,
            pd.concat([snapshot.validated.quarantine, analysis.strays], ignore_index=True),
            outcome,
            reconciled.changes,
            analysis.measures,
            trace(outcome, analysis, snapshot.validated.tables),
            tuple(tonight.stages.done),
            tuple(tonight.degraded),
            deliveries,
            tonight.replayed,
            snapshot.manifest,
            tonight.law,
            tonight.scenarios,
            tonight.on_trial,
            _worst(tonight, analysis).result(),
            reconciled.held,
            analysis.suggested,
            chapters,
            tonight.posts,
            tuple(tonight.reuse.done),
        )
        if not tonight.options.dry_run:
            kept.result()
            keep_register(_record_folder(tonight), analysis.register)
            write_record(root, record, render_brief(record))
    return record


def _night(tonight: Tonight) -> Night:
    return Night(
        tonight.workspace.workspace.name,
        tonight.on,
        tonight.claim.scan_id,
        scope_of(tonight.workspace),
        tonight.state.turn(scope_of(tonight.workspace), tonight.on) + 1,
    )


def _remarks(tonight: Tonight, snapshot: Snapshot, analysis: Analysis, reconciled: Reconciled) -> Remarks:
    titles = {rule.id: rule.title for rule in tonight.rules}
    dead = sum(row.status == "dead" for row in tonight.state.waiting())
    currency = tonight.workspace.workspace.currency
    law = () if tonight.law.looking_back else law_lines(tonight.law, currency)
    notes = digest_lines(tonight.scenarios, currency)
    return Remarks(
        degraded=tuple(tonight.degraded),
        notes=notes,
        law=law,
        titles=titles,
        dead_letters=dead,
        silences=tuple(map(_silence, sorted(reconciled.ending, key=lambda one: one.until))),
        dates=dates_of(tonight.rules, analysis.measures, snapshot.files),
        days=runway_rules(tonight.rules),
    )


def _silence(ending: Ending) -> Silence:
    """What ends soon, for those who are told of its alerts."""
    [line] = ending_lines([ending])
    if ending.kind == "silence":
        return Silence(line, ending.holds, ending.message)
    return Silence(line, frozenset([ending.key]), f"{ending.key} {ending.kind} {ending.until}")


def read_exports(workspace: Workspace, host: PluginHost, on: date | None, *, clock: Clock) -> Snapshot:
    """The exports of a workspace, read, checked and frozen as a scan would, without claiming the date."""
    options = Options(business_date=on, dry_run=True)
    with _claimed(workspace, host, options, clock, lambda name: None, lambda stage: None) as tonight:
        return _freeze(tonight)


def today(workspace: Workspace, now: datetime) -> date:
    """The business date when nobody names one: pinned in the workspace, else today in its time zone."""
    settings = workspace.workspace
    return settings.business_date or now.astimezone(ZoneInfo(settings.timezone)).date()


def scope_of(workspace: Workspace) -> str:
    """What a scan claims: the workspace by name."""
    return workspace.workspace.name


def state_of(workspace: Workspace, clock: Clock) -> State:
    """The workspace's state database, migrated."""
    return open_state(secret_url(workspace.state.url), workspace.root, clock=clock, scope=scope_of(workspace))


def dry_claim(on: date, workspace: Workspace) -> Claim:
    """A claim on nothing, for a dry run."""
    return Claim(f"{on}-dry", on, scope_of(workspace), 0, "")


def preview(
    workspace: Workspace, host: PluginHost, receiver: str, *, clock: Clock, everything: bool = False
) -> Planned | None:
    """What a receiver would be sent by a scan now; nothing is written or sent. None when it would be sent nothing.

    ``everything``: as if all open alerts were news, and every route led to this receiver.
    """
    notifiers = receivers_of(workspace, host)
    if receiver not in notifiers:
        raise UsageError(f"no receiver {receiver!r}", "notify preview", suggestion(receiver, notifiers))
    with _claimed(workspace, host, Options(dry_run=True), clock, lambda name: None, lambda stage: None) as tonight:
        snapshot = _freeze(tonight)
        with _engine(tonight, snapshot) as engine:
            analysis = _analyse(tonight, snapshot, engine)
            outcome = _judge(tonight, snapshot, analysis)
            tonight.degraded += doubts(snapshot.validated, outcome, host, workspace.policy.max_age_days)
            tonight.scenarios = _what_if(tonight, analysis, engine)
        reconciled = _reconciled(tonight, outcome, analysis)
        tonight.degraded += reconciled.degraded
        routes = [Route(receivers=(receiver,))] if everything else workspace.routes
        planned = _plan(tonight, snapshot, analysis, reconciled, () if reconciled.held else routes, everything)
    return next((plan for plan in planned if plan.receiver == receiver), None)
