"""Reading beside pyarrow, in one run: bills of material from CSV, and from PostgreSQL by a server-side cursor.

``python bench/reading.py [--parts N] [--rounds N]``. The CSV holds the lines of the roll-up benchmark. pyarrow's part
is its CSV reader plus dictionary encoding; riskplug's is the whole ingest stage to the canonical frame: hash, encoding
and structure checked, every value typed by contract, rows accounted for, repeats looked for, part numbers coded. The
database's part is reading alone, to the columns that are then typed. Peaks are over what the process held before, rows
included. Exits 1 when the two read different rows.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from statistics import median
from typing import Any

sys.path[:0] = [str(Path(__file__).parents[1]), str(Path(__file__).parent)]

from bom import DATA, LINES_PER_PART, files  # noqa: E402


def csv_of(parts: int) -> Path:
    """The lines as CSV in a folder of their own, made when they are not there yet."""
    import pyarrow.csv as pacsv
    import pyarrow.parquet as pq

    path = DATA / f"exports_{parts}" / "bom_lines.csv"
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        pacsv.write_csv(pq.read_table(files(parts)[0]), path, pacsv.WriteOptions(quoting_style="none"))
    return path


def peak_mb() -> float:
    """Highest resident memory of this process; a child starts out with what its parent once held."""
    status = Path("/proc/self/status").read_text()
    return int(next(line.split()[1] for line in status.splitlines() if line.startswith("VmHWM"))) / 1024


def base_mb() -> float:
    """What is resident now, from where the peak counts anew."""
    Path("/proc/self/clear_refs").write_text("5")
    return peak_mb()


@dataclass
class Measured:
    """A clock, the processor's clock and the peak of memory, from when it is made."""

    base: float = field(default_factory=base_mb)
    started: float = field(default_factory=time.perf_counter)
    worked: float = field(default_factory=time.process_time)

    def tell(self, rows: Callable[[], int]) -> None:
        found = {"seconds": time.perf_counter() - self.started, "cpu": time.process_time() - self.worked}
        print(json.dumps({**found, "peak_mb": peak_mb() - self.base, "rows": rows()}))


def pyarrow(path: Path) -> None:
    """Read, and encode both part columns over one dictionary."""
    import pyarrow as pa
    import pyarrow.csv as pacsv

    measured = Measured()
    kinds = {"parent": pa.string(), "component": pa.string(), "quantity": pa.float64()}
    table = pacsv.read_csv(path, convert_options=pacsv.ConvertOptions(column_types=kinds))
    both = pa.chunked_array([*table["parent"].chunks, *table["component"].chunks])
    encoded = both.dictionary_encode().combine_chunks()
    measured.tell(lambda: len(encoded) // 2)


def riskplug(path: Path) -> None:
    """The ingest stage of a workspace with this one export."""
    import pyarrow.compute
    import pyarrow.csv  # noqa: F401

    from riskplug.ingest import ingest, load_profiles
    from riskplug.workspace import Workspace

    workspace = Workspace.model_validate(
        {
            "root": path.parent,
            "workspace": {"name": "bench"},
            "sites": {"S": {"country": "DE"}},
            "sources": {"erp": {"path": "."}},
        }
    )
    profiles = load_profiles()
    measured = Measured()
    result = ingest(workspace, profiles, date(2025, 4, 28))
    measured.tell(lambda: len(result.tables["bom_lines"]) + len(result.quarantine))


def database(url: str) -> None:
    """One table of a database, streamed by a server-side cursor."""
    from riskplug.ingest.database import connect, read_query, read_table

    with connect(url, Path.cwd(), "bench") as connection:
        read_query(connection, "select 1 as one", "bench")  # what is imported for a first query is in the base
        measured = Measured()
        found = read_table(connection, "bom_lines", ["parent", "component", "quantity"], "bench:bom_lines")
        measured.tell(lambda: found.columns.num_rows)


def run(name: str, what: str) -> dict[str, Any]:
    command = [sys.executable, __file__, "--contender", name, "--of", what]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def from_csv(path: Path, rounds: int) -> bool:
    """Both take turns; a ratio is the median of those of one turn each, for the machine is not alike all the time."""
    turns = [(run("pyarrow", str(path)), run("riskplug", str(path))) for _ in range(rounds)]
    size = path.stat().st_size / 1e6
    print(f"CSV of {size:.0f} MB, {turns[0][0]['rows']:,} lines, median of {rounds}")
    for at, name in enumerate(("pyarrow read + encode", "riskplug ingest")):
        seconds, cpu, peak = (median(turn[at][what] for turn in turns) for what in ("seconds", "cpu", "peak_mb"))
        print(f"  {name:<22}{seconds:7.2f} s {cpu:7.2f} s of computing {peak:7.0f} MB")
    for what, shown in (("seconds", "time / pyarrow"), ("cpu", "computing / pyarrow")):
        told_goal(shown, median(ours[what] / theirs[what] for theirs, ours in turns), 2.5)
    told_goal("peak / size of the file", median(ours["peak_mb"] for _, ours in turns) / size, 3)
    return all(theirs["rows"] == ours["rows"] for theirs, ours in turns)


def told_goal(what: str, ratio: float, goal: float) -> None:
    print(f"  {what:<30}{ratio:8.2f}  wanted <= {goal:g}  {'yes' if ratio <= goal else 'NO'}")


def from_postgresql(rows: int) -> None:
    import pgserver
    import sqlalchemy as sa

    with tempfile.TemporaryDirectory() as folder:
        os.environ.setdefault("XDG_RUNTIME_DIR", folder)  # where pgserver keeps its lock
        server = pgserver.get_server(Path(folder) / "pg", cleanup_mode="stop")
        url = server.get_uri().replace("postgresql://", "postgresql+psycopg://")
        with sa.create_engine(url).begin() as connection:
            connection.exec_driver_sql(
                "create unlogged table bom_lines (id bigint primary key, parent text, component text, quantity numeric)"
            )
            connection.exec_driver_sql(
                "insert into bom_lines select n, 'P-' || lpad((n / 5)::text, 8, '0'),"
                " 'P-' || lpad((n::bigint * 7919 %% 1000000)::text, 8, '0'), 1 + n %% 4"
                f" from generate_series(1, {rows}) n"
            )
        found = run("database", url)
        server.cleanup()
    print(f"PostgreSQL, {rows:,} lines: {found['seconds']:.1f} s, {found['cpu']:.1f} s of computing")
    told_goal("peak over the base, MB", found["peak_mb"], 200)


def main() -> int:
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--parts", type=int, default=1_000_000)
    asked.add_argument("--rounds", type=int, default=3)
    asked.add_argument("--contender", choices=("pyarrow", "riskplug", "database"))
    asked.add_argument("--of", default="")
    options = asked.parse_args()
    if options.contender == "database":
        database(options.of)
    elif options.contender:
        {"pyarrow": pyarrow, "riskplug": riskplug}[options.contender](Path(options.of))
    else:
        same = from_csv(csv_of(options.parts), options.rounds)
        from_postgresql(int(options.parts * LINES_PER_PART))
        return 0 if same else 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
