"""A whole nightly scan at size beside DuckDB and pandas, in one run, each in a process of its own.

    python bench/whole.py [--parts N] [--contenders NAME ...] [--json NAME]

riskplug's part is the installed command: a workspace of three sites reads Parquet exports (bench/exports.py: per part
5.3 BOM lines, a stock row, half an order line, two demand rows), checks every row with Great Expectations, freezes the
snapshot, computes all facts and shipped rules, writes ledger and digest into SQLite, and renders the brief. The others
do what a report query would: read the same files, roll three declared materials up through the bills, add up stock,
orders and demand per part, write the table. They check nothing, date nothing, know no law and keep no ledger; they
stand here so that machines can be compared. Seconds of the processor stand beside the clock: the machine may be shared.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))
from exports import COUNTRIES, LINES_PER_PART, ON, SITES, exports
from kept import Figure, keep, wants_json

CONTENDERS = ("riskplug", "duckdb", "pandas")
SECONDS, PEAK_MB, CHECKED_PCT = 60, 4096, 25
MATERIALS = ("Dy", "Tb", "Sm")
DEGRADED = 3  # the exit code of a scan that holds some alerts back: every one of a first night is news


@dataclass(frozen=True)
class Run:
    """One contender: clock, processor, peak of memory; of riskplug the stages as run.json says."""

    name: str
    seconds: float
    cpu: float
    peak_mb: float
    stages: tuple[Mapping[str, Any], ...] = ()
    rows: Mapping[str, int] | None = None


def workspace(folder: Path, parts: int) -> Path:
    """A workspace over the exports; the digest goes to a file."""
    sites = "".join(
        f'[sites.{site}]\ncountry = "{country}"\ncalendar = "{country}"\n'
        for site, country in zip(SITES, COUNTRIES, strict=True)
    )
    (folder / "riskplug.toml").write_text(
        f'[workspace]\nname = "Bench Works"\nbusiness_date = "{ON}"\ntimezone = "Europe/Berlin"\nhorizon_days = 182\n'
        f'{sites}[sources.erp]\npath = "{exports(parts)}"\n[receivers.file]\nkind = "file"\n'
        'path = ".riskplug/digest.txt"\n[[routes]]\nmatch = { severity = ["critical", "warning"] }\n'
        'receivers = ["file"]\n',
        encoding="utf-8",
    )
    return folder


def measured(command: list[str], log: Path) -> tuple[float, float, float, int]:
    """Seconds, processor seconds, peak MB and exit code of a process and no other."""
    began = time.perf_counter()
    with log.open("w") as out, subprocess.Popen(command, stdout=out, stderr=subprocess.STDOUT) as child:
        _, status, used = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
    return time.perf_counter() - began, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024, child.returncode


def scan(folder: Path, parts: int) -> Run:
    workspace(folder, parts)
    command = [sys.executable, "-m", "riskplug", "scan", "-w", str(folder), "--quiet"]
    seconds, cpu, peak, code = measured(command, folder / "scan.log")
    if code not in (0, DEGRADED):
        sys.exit(f"the scan ended with exit code {code}:\n{(folder / 'scan.log').read_text()[-2000:]}")
    [run] = (folder / ".riskplug" / "scans").glob("*/*/run.json")
    told = json.loads(run.read_text(encoding="utf-8"))
    return Run("riskplug", seconds, cpu, peak, tuple(told["stages"]), _rows(run.parent))


def _rows(folder: Path) -> dict[str, int]:
    import pyarrow.parquet as pq

    files = [*(folder / "facts").glob("*.parquet"), folder / "findings.parquet"]
    return {path.stem: pq.read_metadata(path).num_rows for path in files}


def other(name: str, folder: Path, parts: int) -> Run:
    command = [sys.executable, __file__, "--contender", name, "--of", str(exports(parts)), "--into", str(folder)]
    seconds, cpu, peak, code = measured(command, folder / f"{name}.log")
    if code:
        sys.exit(f"{name} failed:\n{(folder / f'{name}.log').read_text()[-2000:]}")
    return Run(name, seconds, cpu, peak)


def duckdb(folder: Path, into: Path) -> None:
    """One recursive CTE for the materials, into a table; three aggregates, one join, one Parquet file."""
    import duckdb

    names = ", ".join(MATERIALS)
    own = ", ".join(f"coalesce(sum(mass_g) FILTER (material = '{m}'), 0) AS {m}" for m in MATERIALS)
    moved = ", ".join(f"sum(b.quantity * a.{m}) AS {m}" for m in MATERIALS)
    total = ", ".join(f"sum({m}) AS {m}" for m in MATERIALS)
    db = duckdb.connect(config={"threads": 2})
    db.sql(f"""CREATE TABLE inside AS
        WITH RECURSIVE arrived AS (
            SELECT part_no, {own} FROM '{folder}/declarations.parquet' GROUP BY part_no
            UNION ALL
            SELECT b.parent AS part_no, {moved} FROM arrived a JOIN '{folder}/bom_lines.parquet' b
            ON b.component = a.part_no GROUP BY b.parent
        )
        SELECT part_no, {total} FROM arrived GROUP BY part_no""")
    db.sql(f"""COPY (
        WITH stock AS (SELECT part_no, sum(quantity) AS on_hand FROM '{folder}/inventory.parquet' GROUP BY part_no),
        orders AS (SELECT part_no, sum(open_quantity) AS on_order, min(due_date) AS next_due
                   FROM '{folder}/purchase_orders.parquet' GROUP BY part_no),
        asked AS (SELECT part_no, sum(quantity) AS demanded FROM '{folder}/demand.parquet' GROUP BY part_no)
        SELECT p.part_no, p.site, p.description, on_hand, on_order, next_due, demanded, {names}
        FROM '{folder}/parts.parquet' p LEFT JOIN inside USING (part_no) LEFT JOIN stock USING (part_no)
        LEFT JOIN orders USING (part_no) LEFT JOIN asked USING (part_no)
    ) TO '{into}/duckdb.parquet' (FORMAT parquet)""")


def pandas(folder: Path, into: Path) -> None:
    """The same with merges and groupby, as it is written down."""
    import pandas as pd

    read = {path.stem: pd.read_parquet(path) for path in folder.glob("*.parquet")}
    own = read["declarations"].pivot_table(index="part_no", columns="material", values="mass_g", aggfunc="sum")
    arrived = own.fillna(0.0).reset_index()
    steps, bom = [arrived], read["bom_lines"]
    while len(arrived):
        joined = bom.merge(arrived, left_on="component", right_on="part_no")
        moved = joined[list(MATERIALS)].mul(joined["quantity"], axis=0).groupby(joined["parent"]).sum()
        arrived = moved.rename_axis("part_no").reset_index()
        steps.append(arrived)
    table = read["parts"][["part_no", "site", "description"]]
    for name, rows in (
        ("on_hand", read["inventory"].groupby("part_no")["quantity"].sum()),
        ("on_order", read["purchase_orders"].groupby("part_no")["open_quantity"].sum()),
        ("next_due", read["purchase_orders"].groupby("part_no")["due_date"].min()),
        ("demanded", read["demand"].groupby("part_no")["quantity"].sum()),
    ):
        table = table.merge(rows.rename(name), on="part_no", how="left")
    table = table.merge(pd.concat(steps).groupby("part_no").sum().reset_index(), on="part_no", how="left")
    table.to_parquet(into / "pandas.parquet")


def figures(runs: list[Run]) -> list[Figure]:
    """The goals first, then what each stage takes."""
    ours = next(run for run in runs if run.name == "riskplug")
    staged = sum(stage["seconds"] for stage in ours.stages)
    checked = next(stage["seconds"] for stage in ours.stages if stage["name"] == "validate")
    told = [
        Figure("whole scan", ours.seconds, "s", SECONDS),
        Figure("whole scan, processor", ours.cpu, "s"),
        Figure("peak of memory", ours.peak_mb, "MB", PEAK_MB),
        Figure("Great Expectations, of the scan", 100 * checked / staged, "%", CHECKED_PCT),
    ]
    for run in runs:
        if run is not ours:
            told += [Figure("report query", run.seconds, "s", of=run.name)]
            told += [Figure("report query, processor", run.cpu, "s", of=run.name)]
            told += [Figure("peak of memory", run.peak_mb, "MB", of=run.name)]
            told += [Figure(f"processor / {run.name}", ours.cpu / run.cpu, "times")]
    return told + [Figure("stage", stage["seconds"], "s", of=stage["name"]) for stage in ours.stages]


def main() -> int:
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--parts", type=int, default=1_000_000)
    asked.add_argument("--contenders", nargs="+", choices=CONTENDERS, default=list(CONTENDERS))
    asked.add_argument("--contender", choices=CONTENDERS[1:], help=argparse.SUPPRESS)
    asked.add_argument("--of", type=Path, help=argparse.SUPPRESS)
    asked.add_argument("--into", type=Path, help=argparse.SUPPRESS)
    wants_json(asked)
    options = asked.parse_args()
    if options.contender:
        {"duckdb": duckdb, "pandas": pandas}[options.contender](options.of, options.into)
        return 0
    exports(options.parts)
    folder = Path(tempfile.mkdtemp(prefix="riskplug-bench-"))
    try:
        others = [other(name, folder, options.parts) for name in options.contenders if name != "riskplug"]
        runs = [scan(folder, options.parts), *others]
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    print(f"{options.parts:,} parts, {int(options.parts * LINES_PER_PART):,} BOM lines")
    print("rows:", ", ".join(f"{name} {count:,}" for name, count in sorted((runs[0].rows or {}).items())))
    told = figures(runs)
    print("\n".join(map(str, told)))
    sizes = {"parts": options.parts, "lines": int(options.parts * LINES_PER_PART), **(runs[0].rows or {})}
    keep(options.json, "whole", sizes, told)
    return 0


if __name__ == "__main__":
    sys.exit(main())
