"""The analysis and many scenarios of the sample company: one process, one Dask worker, two.

``python bench/scale.py [--scenarios N] [--workers N ...]``. The sample is read and frozen once; then every engine works
out its facts and the scenarios, each another measure of demand. Printed per engine: seconds until workers are ready, of
facts and scenarios, of both a second time with workers that are warm, until workers are gone; processor time and peak
memory of a worker; the megabytes that scenarios start from. Exits 1 when any result differs from that of one process.
"""

import argparse
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT)]

import pandas as pd  # noqa: E402
import psutil  # noqa: E402

from riskplug import workspace  # noqa: E402
from riskplug.analysis import Analysis, analyse  # noqa: E402
from riskplug.cli.options import open_plugins  # noqa: E402
from riskplug.extend.host import PluginHost  # noqa: E402
from riskplug.extend.protocols import ScanContext  # noqa: E402
from riskplug.ingest import ingest  # noqa: E402
from riskplug.loading import plugged_of, profiles_of, reshapes_of  # noqa: E402
from riskplug.model import WhatIf  # noqa: E402
from riskplug.scale import Engine, engine_of  # noqa: E402
from riskplug.scale.shipping import There, pack  # noqa: E402
from riskplug.scenario.engine import Base  # noqa: E402
from riskplug.scenario.overlays import DemandChange, Scenario  # noqa: E402
from riskplug.scenario.running import run_scenarios  # noqa: E402
from riskplug.stages import Stages  # noqa: E402
from riskplug.state.snapshots import Snapshot, write_snapshot  # noqa: E402
from riskplug.validate import validate  # noqa: E402
from riskplug.workspace import ScaleSettings, Workspace  # noqa: E402


@dataclass(frozen=True)
class Sample:
    """The sample company, read and frozen."""

    opened: Workspace
    host: PluginHost
    context: ScanContext
    snapshot: Snapshot

    @classmethod
    def read(cls, folder: Path) -> "Sample":
        opened = workspace.load(ROOT)
        host, on = open_plugins(opened), opened.workspace.business_date
        assert on is not None
        context = ScanContext("bench", on, "EUR", opened.workspace.horizon_days, ROOT)
        plugged = plugged_of(opened, host, context)
        ingested = ingest(opened, profiles_of(host), on, plugged=plugged, reshapes=reshapes_of(host))
        checked = validate(ingested, workspace=opened, on=on)
        frozen = write_snapshot(folder, ingested, checked, scan_id="bench", business_date=on, versions={}, hashes={})
        return cls(opened, host, context, frozen)

    def analysed(self, engine: Engine) -> Analysis:
        return analyse(
            self.snapshot,
            workspace=self.opened,
            host=self.host,
            context=self.context,
            stages=Stages(),
            engine=engine,
        )


@dataclass
class Watched:
    """Processor time and memory of the processes that this one starts, looked at four times a second."""

    cpu: dict[int, float] = field(default_factory=dict)
    peak_mb: dict[int, float] = field(default_factory=dict)
    over: threading.Event = field(default_factory=threading.Event)

    def look(self) -> None:
        while not self.over.wait(0.25):
            for child in psutil.Process().children(recursive=True):
                try:
                    times, memory = child.cpu_times(), child.memory_info().rss / 1e6
                except psutil.Error:
                    continue
                self.cpu[child.pid] = times.user + times.system
                self.peak_mb[child.pid] = max(self.peak_mb.get(child.pid, 0.0), memory)


@dataclass(frozen=True)
class Run:
    """One engine: seconds of its phases, processor seconds of all processes, and peak memory of its largest worker."""

    name: str
    phases: dict[str, float]
    cpu: float
    worker_mb: float
    shared_mb: float
    results: tuple[dict[str, pd.DataFrame], ...]

    def work(self, again: bool = False) -> float:
        return sum(seconds for name, seconds in self.phases.items() if name in (_AGAIN if again else _FIRST))


_FIRST, _AGAIN = ("facts", "scenarios"), ("facts again", "scenarios again")


def run(sample: Sample, workers: int, asked: Sequence[Scenario]) -> Run:
    """All phases under one engine; ``workers`` 0 is one process."""
    scale = ScaleSettings(engine="dask", workers=workers) if workers else ScaleSettings()
    opened = sample.opened.model_copy(update={"scale": scale})
    phases: dict[str, float] = {}
    watched, own = Watched(), time.process_time()
    thread = threading.Thread(target=watched.look)
    thread.start()
    clock = _Clock(phases)
    try:
        with engine_of(opened, sample.host, sample.snapshot) as engine:
            clock("start")
            for suffix in ("", " again"):
                analysis = sample.analysed(engine)
                clock(f"facts{suffix}")
                base = Base.of(analysis, sample.opened)
                answers = run_scenarios(asked, base, engine=engine)
                clock(f"scenarios{suffix}")
        clock("end")
    finally:
        watched.over.set()
        thread.join()
    shared = len(pack(base, There(sample.snapshot.validated.tables, sample.host))) / 1e6
    cpu = time.process_time() - own + sum(watched.cpu.values())
    name = f"{workers} workers" if workers else "one process"
    return Run(name, phases, cpu, max(watched.peak_mb.values(), default=0.0), shared, results(analysis, answers))


@dataclass
class _Clock:
    phases: dict[str, float]
    last: float = field(default_factory=time.perf_counter)

    def __call__(self, name: str) -> None:
        now = time.perf_counter()
        self.phases[name], self.last = now - self.last, now


def results(analysis: Analysis, answers: Sequence[WhatIf]) -> tuple[dict[str, pd.DataFrame], ...]:
    faults = [one.fault for one in answers if one.fault]
    if faults:
        raise SystemExit(f"scenarios failed: {faults}")
    return analysis.facts, *(dict(branch.rows) for one in answers for branch in one.branches)


def scenarios(count: int) -> list[Scenario]:
    """Demand from a tenth less to as much more as there are scenarios."""
    return [
        Scenario(id=f"demand-{n}", title=f"demand {n}", overlays=(DemandChange(kind="demand", change_pct=5 * n - 10),))
        for n in range(1, count + 1)
    ]


def differs(one: Run, other: Run) -> bool:
    if len(one.results) != len(other.results):
        return True
    pairs = zip(one.results, other.results, strict=True)
    return any(not mine[name].equals(theirs[name]) for mine, theirs in pairs for name in mine)


def table(runs: Sequence[Run]) -> list[str]:
    first = runs[0]
    names = ("work s", 8), ("ratio", 7), ("again s", 9), ("ratio", 7), ("CPU s", 8), ("worker MB", 11)
    rows = [f"{'engine':<12}{''.join(f'{name:>{width}}' for name, width in names)}   phases (seconds)"]
    for one in runs:
        phases = ", ".join(f"{name} {seconds:.1f}" for name, seconds in one.phases.items())
        again, base = one.work(again=True), first.work(again=True)
        rows.append(
            f"{one.name:<12}{one.work():>8.1f}{one.work() / first.work():>7.2f}{again:>9.1f}{again / base:>7.2f}"
            f"{one.cpu:>8.1f}{one.worker_mb:>11.0f}   {phases}"
        )
    return [*rows, f"every scenario starts from {first.shared_mb:.1f} MB beside the tables"]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--scenarios", type=int, default=12)
    parser.add_argument("--workers", type=int, nargs="+", default=[1, 2])
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        sample = Sample.read(Path(folder))
        runs = [run(sample, count, scenarios(asked.scenarios)) for count in (0, *asked.workers)]
    print("\n".join(table(runs)))
    wrong = [one.name for one in runs[1:] if differs(runs[0], one)]
    print(f"other results: {', '.join(wrong)}" if wrong else "equal to the bit")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
