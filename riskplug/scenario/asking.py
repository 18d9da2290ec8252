"""A question asked by hand: scenario files against the newest snapshot, or against the exports where there is none."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from riskplug.analysis import analyse
from riskplug.content import load_knowledge
from riskplug.errors import StateMissing, UsageError
from riskplug.explain import state_folder
from riskplug.extend.discovery import shipped_folder
from riskplug.extend.host import PluginHost
from riskplug.extend.protocols import ScanContext
from riskplug.loading import measures_of
from riskplug.model import WhatIf
from riskplug.scan import read_exports
from riskplug.scenario.engine import Base
from riskplug.scenario.overlays import Scenario
from riskplug.scenario.reading import read_scenarios, scenario_files
from riskplug.scenario.running import known_of, run_scenarios
from riskplug.stages import Stages
from riskplug.state.snapshots import Snapshot, newest_of, read_snapshot, snapshots
from riskplug.workspace import Workspace


@dataclass(frozen=True)
class Question:
    """Scenarios that are in order, and the frozen inputs that they are asked of."""

    scenarios: tuple[Scenario, ...]
    snapshot: Snapshot
    workspace: Workspace
    host: PluginHost


@dataclass(frozen=True)
class Answer:
    """What became of the scenarios. ``base``: the totals they are compared with; ``about``: whose data of which day."""

    found: tuple[WhatIf, ...]
    base: Mapping[str, object]
    about: Mapping[str, object]


def question(
    files: Sequence[Path],
    workspace: Workspace,
    host: PluginHost,
    *,
    on: date | None,
    scan_id: str | None,
    clock: Callable[[], datetime],
) -> Question:
    """Read and check the files: UsageError with every problem of every file. StateMissing for a scan that is gone."""
    paths = scenario_files(files)
    if not paths:
        raise UsageError("no scenario file", "whatif", "riskplug whatif FILE...")
    snapshot = _snapshot(workspace, host, on, scan_id, clock)
    own = workspace.root / "materials"
    knowledge = load_knowledge(shipped_folder("rules") / "materials", own if own.is_dir() else None)
    register = measures_of(workspace, host)
    known = known_of(snapshot.validated.tables, register, knowledge.materials, workspace)
    return Question(read_scenarios(paths, known), snapshot, workspace, host)


def ask(asked: Question) -> Answer:
    """Base and scenarios of a question."""
    snapshot, workspace = asked.snapshot, asked.workspace
    settings = workspace.workspace
    context = ScanContext(
        snapshot.scan_id, snapshot.business_date, settings.currency, settings.horizon_days, workspace.root
    )
    analysis = analyse(snapshot, workspace=workspace, host=asked.host, context=context, stages=Stages())
    about = {
        "workspace": settings.name,
        "business_date": snapshot.business_date.isoformat(),
        "snapshot": snapshot.scan_id,
    }
    base = Base.of(analysis, workspace)
    return Answer(run_scenarios(asked.scenarios, base), base.view.totals, about)


def _snapshot(
    workspace: Workspace, host: PluginHost, on: date | None, scan_id: str | None, clock: Callable[[], datetime]
) -> Snapshot:
    folder = state_folder(workspace) / "snapshots"
    if scan_id is not None:
        return read_snapshot(_of_scan(folder, scan_id, on))
    path = newest_of(folder, on) if on else next(reversed(list(snapshots(folder))), None)
    return read_snapshot(path) if path else read_exports(workspace, host, on, clock=clock)


def _of_scan(folder: Path, scan_id: str, on: date | None) -> Path:
    kept = [path for path in snapshots(folder) if on is None or path.parent.name == on.isoformat()]
    for path in kept:
        if path.name == scan_id:
            return path
    known = ", ".join(path.name for path in kept) or "none"
    raise StateMissing(f"no snapshot of scan {scan_id}", str(folder), f"kept: {known}")
