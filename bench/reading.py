"""Reading beside pyarrow, in one run: bills of material from CSV, and from PostgreSQL by a server-side cursor.

``python bench/reading.py [--parts N] [--rounds N]``. The CSV holds the lines of the roll-up benchmark. pyarrow's part
is its CSV reader plus dictionary encoding; riskplug's is the whole ingest stage to the canonical frame: hash, encoding
and structure checked, every value typed by contract, rows accounted for, repeats looked for, part numbers coded. The
database's part is reading alone, to the columns that are then typed. Peaks are over what the process held before. Exits
1 when the two read different rows.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from datetime import date
from pathlib import Path
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


def told(seconds: float, base: float, rows: int, **more: object) -> None:
    print(json.dumps({"seconds": seconds, "peak_mb": peak_mb() - base, "rows": rows, **more}))


def pyarrow(path: Path) -> None:
    """Read, and encode both part columns over one dictionary."""
    import pyarrow as pa
    import pyarrow.csv as pacsv

    base, started = base_mb(), time.perf_counter()
    kinds = {"parent": pa.string(), "component": pa.string(), "quantity": pa.float64()}
    table = pacsv.read_csv(path, convert_options=pacsv.ConvertOptions(column_types=kinds))
    both = pa.chunked_array([*table["parent"].chunks, *table["component"].chunks])
    encoded = both.dictionary_encode().combine_chunks()
    seconds = time.perf_counter() - started
    told(seconds, base, len(encoded) // 2)


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
    base, started = base_mb(), time.perf_counter()
    result = ingest(workspace, profiles, date(2025, 4, 28))
    seconds = time.perf_counter() - started
    lines = result.tables["bom_lines"]
    told(seconds, base, len(lines) + len(result.quarantine))


def database(url: str) -> None:
    """One table of a database, streamed by a server-side cursor."""
    from riskplug.ingest.database import connect, read_query, read_table

    with connect(url, Path.cwd(), "bench") as connection:
        read_query(connection, "select 1 as one", "bench")  # what is imported for a first query is in the base
        base, started = base_mb(), time.perf_counter()
        found = read_table(connection, "bom_lines", ["parent", "component", "quantity"], "bench:bom_lines")
        seconds = time.perf_counter() - started
    held = (found.columns.nbytes + found.lines.nbytes) / 1e6
    told(seconds, base, found.columns.num_rows, held_mb=held)


def run(name: str, what: str) -> dict[str, Any]:
    command = [sys.executable, __file__, "--contender", name, "--of", what]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def median(runs: list[dict[str, Any]]) -> dict[str, Any]:
    return sorted(runs, key=lambda one: one["seconds"])[(len(runs) - 1) // 2]


def from_csv(path: Path, rounds: int) -> bool:
    turns = [(run("pyarrow", str(path)), run("riskplug", str(path))) for _ in range(rounds)]
    theirs, ours = median([one for one, _ in turns]), median([one for _, one in turns])
    size = path.stat().st_size / 1e6
    print(f"CSV of {size:.0f} MB, {theirs['rows']:,} lines")
    print(f"  pyarrow read + encode {theirs['seconds']:7.2f} s {theirs['peak_mb']:7.0f} MB")
    print(f"  riskplug ingest       {ours['seconds']:7.2f} s {ours['peak_mb']:7.0f} MB")
    told_goal("time / pyarrow", ours["seconds"] / theirs["seconds"], 2.5)
    told_goal("peak / size of the file", ours["peak_mb"] / size, 3)
    return bool(theirs["rows"] == ours["rows"])


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
    print(f"PostgreSQL, {rows:,} lines: {found['seconds']:.1f} s, peak {found['peak_mb']:.0f} MB over the base")
    print(f"  the rows themselves take {found['held_mb']:.0f} MB")
    told_goal("peak over base and rows, MB", found["peak_mb"] - found["held_mb"], 200)


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
