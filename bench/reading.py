"""Reading beside pyarrow, in one run: bills of material from CSV, and from PostgreSQL by a server-side cursor.

``python bench/reading.py [--parts N] [--rounds N]``. The CSV holds the lines of the roll-up benchmark. pyarrow's part is
its CSV reader plus dictionary encoding; riskplug's is the whole ingest stage to the canonical frame: hash, encoding and
structure checked, every value typed by contract, rows accounted for, repeats looked for, part numbers coded. Peaks are
over what the process held before. Exits 1 when the two read different rows.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
from datetime import date
from pathlib import Path
from typing import Any

sys.path[:0] = [str(Path(__file__).parents[1]), str(Path(__file__).parent)]

from bom import DATA, LINES_PER_PART, files  # noqa: E402

PROFILE = """\
name: bench
reader: sql
tables:
  bom_lines: {table: bom_lines, columns: {parent: parent, component: component, quantity: quantity}}
"""


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


def told(seconds: float, base: float, rows: int, total: float, **more: object) -> None:
    print(json.dumps({"seconds": seconds, "peak_mb": peak_mb() - base, "rows": rows, "total": total, **more}))


def pyarrow(path: Path) -> None:
    """Read, and encode both part columns over one dictionary."""
    import pyarrow as pa
    import pyarrow.compute as pc
    import pyarrow.csv as pacsv

    base, started = base_mb(), time.perf_counter()
    kinds = {"parent": pa.string(), "component": pa.string(), "quantity": pa.float64()}
    table = pacsv.read_csv(path, convert_options=pacsv.ConvertOptions(column_types=kinds))
    both = pa.chunked_array([*table["parent"].chunks, *table["component"].chunks])
    encoded = both.dictionary_encode().combine_chunks()
    seconds = time.perf_counter() - started
    told(seconds, base, len(encoded) // 2, pc.sum(table["quantity"]).as_py())


def riskplug(path: Path, url: str = "") -> None:
    """The ingest stage of a workspace with this one export."""
    import pyarrow.compute  # noqa: F401 - what both sides import is no part of the measure
    import pyarrow.csv  # noqa: F401

    from riskplug.ingest import ingest, load_profiles
    from riskplug.workspace import Workspace

    folder = path.parent
    if url:
        from sqlalchemy.dialects import postgresql  # noqa: F401

        profile = folder / "bench.yaml"
        profile.write_text(PROFILE)
        source: dict[str, Any] = {"profile": "bench.yaml", "url": url}
    else:
        source = {"path": "."}
    workspace = Workspace.model_validate(
        {"root": folder, "workspace": {"name": "bench"}, "sites": {"S": {"country": "DE"}}, "sources": {"erp": source}}
    )
    profiles = load_profiles()
    base, started = base_mb(), time.perf_counter()
    result = ingest(workspace, profiles, date(2025, 4, 28))
    seconds = time.perf_counter() - started
    lines = result.tables["bom_lines"]
    repeats = int((result.quarantine["reason"].str.contains("repeat", case=False)).sum()) if len(result.quarantine) else 0
    set_aside = len(result.quarantine)
    held = float(lines.memory_usage(deep=False).sum()) / 1e6
    told(seconds, base, len(lines) + set_aside, float(lines["quantity"].sum()), repeats=repeats, frame_mb=held)


def run(name: str, path: Path, url: str = "") -> dict[str, Any]:
    command = [sys.executable, __file__, "--contender", name, "--file", str(path), "--url", url]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def median(runs: list[dict[str, Any]]) -> dict[str, Any]:
    return sorted(runs, key=lambda one: one["seconds"])[(len(runs) - 1) // 2]


def from_csv(path: Path, rounds: int) -> bool:
    turns = [(run("pyarrow", path), run("riskplug", path)) for _ in range(rounds)]
    theirs, ours = median([one for one, _ in turns]), median([one for _, one in turns])
    size = path.stat().st_size / 1e6
    print(f"CSV of {size:.0f} MB, {theirs['rows']:,} lines")
    print(f"  pyarrow read + encode {theirs['seconds']:7.2f} s {theirs['peak_mb']:7.0f} MB")
    print(f"  riskplug ingest       {ours['seconds']:7.2f} s {ours['peak_mb']:7.0f} MB, frame {ours['frame_mb']:.0f} MB")
    told_goal("time / pyarrow", ours["seconds"] / theirs["seconds"], 2.5)
    told_goal("peak / size of the file", ours["peak_mb"] / size, 3)
    return bool(theirs["rows"] == ours["rows"])


def told_goal(what: str, ratio: float, goal: float) -> None:
    print(f"  {what:<30}{ratio:8.2f}  wanted <= {goal:g}  {'yes' if ratio <= goal else 'NO'}")


def from_postgresql(path: Path, rows: int) -> None:
    import pgserver
    import sqlalchemy as sa

    with tempfile.TemporaryDirectory() as folder:
        server = pgserver.get_server(Path(folder) / "pg", cleanup_mode="stop")
        url = server.get_uri().replace("postgresql://", "postgresql+psycopg://")
        with sa.create_engine(url).begin() as connection:
            connection.exec_driver_sql(
                "create unlogged table bom_lines (id bigint primary key, parent text, component text, quantity numeric)"
            )
            connection.exec_driver_sql(
                "insert into bom_lines select n, 'P-' || lpad((n / 5)::text, 8, '0'),"
                f" 'P-' || lpad((n::bigint * 7919 %% 1000000)::text, 8, '0'), 1 + n %% 4 from generate_series(1, {rows}) n"
            )
        found = run("riskplug", path, url)
        server.cleanup()
    print(f"PostgreSQL, {rows:,} lines: {found['seconds']:.1f} s, peak {found['peak_mb']:.0f} MB over the base")
    print(f"  of which the frame itself holds {found['frame_mb']:.0f} MB")
    told_goal("peak over base, MB / 200", found["peak_mb"] / 200, 1)


def main() -> int:
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--parts", type=int, default=1_000_000)
    asked.add_argument("--rounds", type=int, default=3)
    asked.add_argument("--contender", choices=("pyarrow", "riskplug"))
    asked.add_argument("--file", type=Path)
    asked.add_argument("--url", default="")
    options = asked.parse_args()
    if options.contender == "pyarrow":
        pyarrow(options.file)
    elif options.contender == "riskplug":
        riskplug(options.file, options.url)
    else:
        path = csv_of(options.parts)
        same = from_csv(path, options.rounds)
        from_postgresql(path, int(options.parts * LINES_PER_PART))
        return 0 if same else 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
