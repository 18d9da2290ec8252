"""Bill-of-material roll-up beside DuckDB, Polars and pandas, in one run, each in a process of its own.

``python bench/run.py [--parts N] [--rounds N] [--contenders NAME ...]``; a million parts and 5.3 million lines unless
told. The contenders take turns; of each the round with the median time counts. Exits 1 when results differ.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parent))
from bom import LINES_PER_PART, MATERIALS, files
from kept import Figure, keep, wants_json

CONTENDERS = ("riskplug", "duckdb", "polars", "pandas", "merges")
TOLERANCE = 1e-9


@dataclass(frozen=True)
class Run:
    """One contender's phases. Names in brackets are measured beside the work and do not count towards the total."""

    name: str
    phases: dict[str, float]
    cpu: float
    peak_mb: float

    @property
    def seconds(self) -> float:
        return sum(seconds for phase, seconds in self.phases.items() if not phase.startswith("("))


def run(name: str, lines: Path, masses: Path, result: Path) -> Run:
    command = [sys.executable, str(Path(__file__).parent / "contenders.py"), name, *map(str, (lines, masses, result))]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    told = json.loads(done.stdout.splitlines()[-1])
    return Run(name, told["phases"], told["cpu"], told["peak_mb"])


def median(runs: Sequence[Run]) -> Run:
    """The run in the middle; of two the quicker one."""
    return sorted(runs, key=lambda one: one.seconds)[(len(runs) - 1) // 2]


def difference(one: Path, other: Path) -> float:
    """Largest relative difference of any part and material; infinite when other parts hold something."""
    with np.load(one) as a, np.load(other) as b:
        if not np.array_equal(a["parts"], b["parts"]):
            return float("inf")
        scale = np.maximum(np.abs(a["grams"]), 1e-12)
        return float((np.abs(a["grams"] - b["grams"]) / scale).max(initial=0.0))


def table(runs: list[Run]) -> list[str]:
    first = runs[0].seconds
    rows = [f"{'contender':<10}{'seconds':>9}{'ratio':>8}{'CPU s':>8}{'peak MB':>9}   phases (seconds)"]
    for one in runs:
        phases = ", ".join(f"{phase} {seconds:.2f}" for phase, seconds in one.phases.items())
        rows.append(
            f"{one.name:<10}{one.seconds:>9.2f}{one.seconds / first:>8.2f}{one.cpu:>8.2f}{one.peak_mb:>9.0f}   {phases}"
        )
    return rows


def targets(runs: list[Run]) -> list[str]:
    """The ratios to reach, where both sides ran."""
    return [
        f"{what:<38}{ratio:>7.3f}  wanted <= {goal:.3f}  {'yes' if ratio <= goal else 'NO'}"
        for what, ratio, goal in _ratios(runs)
    ]


def _ratios(runs: list[Run]) -> list[tuple[str, float, float]]:
    by = {one.name: one for one in runs}
    if "riskplug" not in by:
        return []
    ours = by["riskplug"]
    told: list[tuple[str, float, float]] = []
    graph = ours.phases["(levels)"] + ours.phases["roll-up"]
    if "duckdb" in by:
        told.append(("end to end / DuckDB", ours.seconds / by["duckdb"].seconds, 0.7))
        told.append(("levels + roll-up / DuckDB recursion", graph / by["duckdb"].phases["(recursion alone)"], 1 / 8))
    if "merges" in by:
        told.append(("end to end / pandas merges", ours.seconds / by["merges"].seconds, 1 / 10))
    return told


def figures(runs: list[Run]) -> list[Figure]:
    told = [
        figure
        for one in runs
        for figure in (
            Figure("read to rolled up", one.seconds, "s", of=one.name),
            Figure("read to rolled up, processor", one.cpu, "s", of=one.name),
            Figure("peak of memory", one.peak_mb, "MB", of=one.name),
        )
    ]
    return told + [Figure(what, ratio, "times", goal) for what, ratio, goal in _ratios(runs)]


def main() -> int:
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--parts", type=int, default=1_000_000)
    asked.add_argument("--contenders", nargs="+", choices=CONTENDERS, default=list(CONTENDERS))
    asked.add_argument("--rounds", type=int, default=3)
    wants_json(asked)
    options = asked.parse_args()
    lines, masses = files(options.parts)
    count = int(options.parts * LINES_PER_PART)
    print(f"{options.parts:,} parts, {count:,} lines, {len(MATERIALS)} materials", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        results = {name: Path(folder) / f"{name}.npz" for name in options.contenders}
        rounds = [[run(name, lines, masses, path) for name, path in results.items()] for _ in range(options.rounds)]
        runs = [median(turns) for turns in zip(*rounds, strict=True)]
        apart = {name: difference(results[runs[0].name], path) for name, path in results.items()}
    print("\n".join([*table(runs), "", *targets(runs)]))
    print("largest relative difference of results:", ", ".join(f"{name} {gap:.1e}" for name, gap in apart.items()))
    keep(options.json, "run", {"parts": options.parts, "lines": count}, figures(runs))
    return 0 if max(apart.values()) <= TOLERANCE else 1


if __name__ == "__main__":
    sys.exit(main())
