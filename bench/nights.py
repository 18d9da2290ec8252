"""A night with few changes beside a full one: the same exports, the same ledger, once with and once without reuse.

    python bench/nights.py [--parts N] [--share PCT] [--rounds N] [--json NAME]

The company of bench/whole.py has one night behind it. Then its exports change, in one of two ways, and the business
date is a day later:

    moving   of stock, orders and demand some rows change, the master data not at all
    all      of every table but suppliers some rows change

Each is scanned twice from the same state: with `reuse = false`, which is a full night, and with what the night before
left. The processor's seconds of the two are compared, each the least of some rounds in turn, since the machine may be
shared; the two must say the same to the last row, or this ends with 1.
"""

import argparse
import json
import shutil
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from exports import LINES_PER_PART, ON, SEED, exports
from kept import Figure, keep, wants_json
from whole import DEGRADED, measured, workspace

GOAL_PCT = 35
MOVING = {"inventory": "quantity", "purchase_orders": "open_quantity", "demand": "quantity"}
ALL = {
    **MOVING,
    "parts": "description",
    "bom_lines": "quantity",
    "sourcing": "lead_time_days",
    "declarations": "mass_g",
}
CASES = {"moving": MOVING, "all": ALL}


@dataclass(frozen=True)
class Night:
    """Processor seconds, stages as run.json says, what was reused, and where its facts are."""

    cpu: float
    stages: dict[str, float]
    reused: list[dict[str, Any]]
    folder: Path


def changed(folder: Path, into: Path, columns: dict[str, str], share: float) -> None:
    """The exports with another value in one column of a share of the rows of some tables."""
    rng = np.random.default_rng(SEED + 1)
    into.mkdir()
    for path in sorted(folder.glob("*.parquet")):
        rows = pq.read_table(path)
        if name := columns.get(path.stem):
            picked = rng.random(rows.num_rows) < share
            rows = rows.set_column(rows.column_names.index(name), name, _other(rows.column(name), picked))
        pq.write_table(rows, into / path.name, dictionary_pagesize_limit=1 << 27)


def _other(column: pa.ChunkedArray, picked: "np.ndarray[Any, Any]") -> pa.Array:
    values = column.to_pandas()
    new = values + 1 if values.dtype.kind == "f" else values.astype("str") + " rev B"
    return pa.array(new.where(picked, values), type=column.type)


def scanned(folder: Path, night: int) -> Night:
    """A scan of a workspace on a night after the first."""
    day = ON + timedelta(days=night)
    command = [sys.executable, "-m", "riskplug", "scan", "-w", str(folder), "--quiet", "--business-date", str(day)]
    _, cpu, _, code = measured(command, folder / "scan.log")
    if code not in (0, DEGRADED):
        sys.exit(f"the scan ended with exit code {code}:\n{(folder / 'scan.log').read_text()[-2000:]}")
    [run] = (folder / ".riskplug" / "scans" / str(day)).glob("*/run.json")
    told = json.loads(run.read_text(encoding="utf-8"))
    return Night(cpu, {one["name"]: one["seconds"] for one in told["stages"]}, told["reused"], run.parent)


def company(folder: Path, parts: int) -> Path:
    """The workspace of bench/whole.py with its exports inside."""
    folder.mkdir()
    toml = workspace(folder, parts) / "riskplug.toml"
    toml.write_text(toml.read_text(encoding="utf-8").replace(str(exports(parts)), "exports"), encoding="utf-8")
    shutil.copytree(exports(parts), folder / "exports")
    return folder


def both(folder: Path, first: Path, case: str, share: float, rounds: int) -> tuple[Night, Night]:
    """The night after, full and reusing, in turns; of each the round that took the processor least."""
    nights: dict[str, list[Night]] = {"false": [], "true": []}
    for number in range(rounds):
        for reuse, found in nights.items():
            place = folder / f"{case}-{reuse}-{number}"
            shutil.copytree(first, place, ignore=shutil.ignore_patterns("exports"))
            changed(first / "exports", place / "exports", CASES[case], share)
            with (place / "riskplug.toml").open("a", encoding="utf-8") as toml:
                toml.write(f"\n[scan]\nreuse = {reuse}\n")
            found.append(scanned(place, 1))
            shutil.rmtree(place / "exports")
    full, reusing = (min(found, key=lambda night: night.cpu) for found in nights.values())
    return full, reusing


def differing(one: Night, other: Night) -> list[str]:
    """Files of facts and findings in which two nights say something else."""
    names = sorted(path.relative_to(one.folder) for path in one.folder.rglob("*.parquet"))
    return [str(n) for n in names if not pd.read_parquet(one.folder / n).equals(pd.read_parquet(other.folder / n))]


def figures(case: str, full: Night, reusing: Night) -> Iterator[Figure]:
    """The ratio first, then what each stage takes."""
    yield Figure(f"{case}: next night, of a full one", 100 * reusing.cpu / full.cpu, "%", GOAL_PCT)
    yield Figure(f"{case}: full night, processor", full.cpu, "s")
    yield Figure(f"{case}: next night, processor", reusing.cpu, "s")
    for name, seconds in full.stages.items():
        yield Figure("stage", seconds, "s", of=f"{name}, {case}, full")
        yield Figure("stage", reusing.stages[name], "s", of=f"{name}, {case}, next")


def main() -> int:
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--parts", type=int, default=200_000)
    asked.add_argument("--share", type=float, default=1.0, help="percent of rows that change")
    asked.add_argument("--rounds", type=int, default=2)
    wants_json(asked)
    options = asked.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="riskplug-bench-"))
    told: list[Figure] = []
    different: list[str] = []
    try:
        first = company(folder / "first", options.parts)
        scanned(first, 0)
        for case in CASES:
            full, reusing = both(folder, first, case, options.share / 100, options.rounds)
            different += [f"{case}: {name}" for name in differing(full, reusing)]
            told += figures(case, full, reusing)
            print(f"{case}: reused", ", ".join(f"{one['stage']} {one['what']}" for one in reusing.reused) or "nothing")
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    print("\n".join(map(str, told)))
    keep(options.json, "nights", {"parts": options.parts, "lines": int(options.parts * LINES_PER_PART)}, told)
    if different:
        print("not equal:", ", ".join(different))
    return int(bool(different))


if __name__ == "__main__":
    sys.exit(main())
