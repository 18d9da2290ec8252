"""The same work, done four ways: read the Parquet files, then grams of every material in every part.

Each contender runs in a process of its own: ``python bench/contenders.py NAME LINES MASSES RESULT``. It prints the
seconds of its phases and its peak memory as JSON, and saves the totals in part-number order.
"""

import json
import resource
import sys
import time
from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np

sys.path[:0] = [str(Path(__file__).parents[1]), str(Path(__file__).parent)]

from bom import MATERIALS  # noqa: E402

Totals = tuple[Any, np.ndarray]
"""Part numbers (any array of strings) and grams, parts x materials."""


class Phases:
    """Seconds by phase, in order, and processor seconds of what counts (all threads).

    Names in brackets are measured beside the work and do not count.
    """

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self.cpu = 0.0

    def __call__(self, name: str, work: Callable[[], Any]) -> Any:
        started, processor = time.perf_counter(), time.process_time()
        done = work()
        self.seconds[name] = time.perf_counter() - started
        if not name.startswith("("):
            self.cpu += time.process_time() - processor
        return done


def riskplug(lines: Path, masses: Path, phase: Phases) -> Totals:
    """Codes, CSR, low-level codes, one sparse product per level; through build_graph, as a scan does it."""
    from riskplug.bom import build_graph, roll_up
    from riskplug.bom.levels import low_level_codes

    table, parts, grams = phase("read+encode", lambda: _encoded(lines, masses))
    graph = phase("graph", lambda: build_graph(table, parts, sites=["S"], on=date(2025, 4, 28)))
    total = phase("roll-up", lambda: roll_up(graph.as_built, grams, graph))
    # already inside `graph`; once more to know its part
    phase("(levels)", lambda: low_level_codes(graph.as_built))
    return graph.nodes["part_no"].astype("str").to_numpy(), total


def _encoded(lines: Path, masses: Path) -> tuple[Any, Any, np.ndarray]:
    """Canonical bom_lines and parts over one shared index of part numbers, and own grams per part."""
    import pandas as pd
    import pyarrow.parquet as pq

    rows = pq.read_table(lines, read_dictionary=["parent", "component"])
    own = pq.read_table(masses, read_dictionary=["part_no"])
    codes, words = _shared_codes([rows["parent"], rows["component"], own["part_no"]])
    index = pd.Index(words.to_pandas().array, dtype="str")
    category = pd.CategoricalDtype(index)
    table = _canonical("bom_lines", len(rows)).assign(quantity=rows["quantity"].to_numpy())
    table["parent"], table["component"] = (pd.Categorical.from_codes(code, dtype=category) for code in codes[:2])
    parts = _canonical("parts", len(index))
    parts["part_no"] = pd.Categorical.from_codes(np.arange(len(index), dtype=np.int32), dtype=category)
    parts["base_unit"] = pd.Categorical.from_codes(np.zeros(len(index), dtype=np.int8), categories=["pc"])
    grams = np.zeros((len(index), len(MATERIALS)))
    grams[codes[2]] = np.column_stack([own[name].to_numpy() for name in MATERIALS])
    return table, parts, grams


def _shared_codes(columns: Sequence[Any]) -> tuple[list[np.ndarray], Any]:
    """int32 codes of dictionary columns over one dictionary. Chunks of a row group share theirs: hashed once."""
    import pyarrow as pa

    chunks = [chunk for column in columns for chunk in column.chunks]
    place: dict[int, tuple[int, Any]] = {}
    start = 0
    for chunk in chunks:
        address = chunk.dictionary.buffers()[1].address
        if address not in place:
            place[address] = (start, chunk.dictionary)
            start += len(chunk.dictionary)
    encoded = pa.concat_arrays([dictionary for _, dictionary in place.values()]).dictionary_encode()
    shared = encoded.indices.to_numpy()
    found = []
    for column in columns:
        pieces = [shared[place[c.dictionary.buffers()[1].address][0] :][c.indices.to_numpy()] for c in column.chunks]
        found.append(np.concatenate(pieces))
    return found, encoded.dictionary


def _canonical(name: str, rows: int) -> Any:
    """A canonical table whose columns are all missing."""
    import pandas as pd

    from riskplug.tables import empty

    def missing(column: Any) -> Any:
        if isinstance(column.dtype, pd.CategoricalDtype):
            return pd.Categorical.from_codes(np.full(rows, -1, dtype=np.int8), dtype=column.dtype)
        return np.full(rows, np.nan) if column.dtype == float else pd.Series(index=range(rows), dtype=column.dtype)

    return pd.DataFrame({name: missing(column) for name, column in empty(name).items()}, copy=False)


def duckdb(lines: Path, masses: Path, phase: Phases) -> Totals:
    """One recursive CTE from the Parquet files; then its recursion alone, over integer keys in memory.

    Level-wise accumulation: each step moves what arrived in the last one up by one level, summed per part, so that
    paths are never listed and nothing has to be deduplicated. The total is the sum over the steps.
    """
    import duckdb

    names = ", ".join(f'"{m}"' for m in MATERIALS)
    moved = ", ".join(f'sum(b.quantity * f."{m}") AS "{m}"' for m in MATERIALS)
    total = ", ".join(f'sum("{m}") AS "{m}"' for m in MATERIALS)

    def query(bom: str, own: str) -> str:
        return f"""WITH RECURSIVE arrived AS (
            SELECT part_no, {names} FROM {own}
            UNION ALL
            SELECT b.parent AS part_no, {moved} FROM arrived f JOIN {bom} b ON b.component = f.part_no GROUP BY b.parent
        ) SELECT part_no, {total} FROM arrived GROUP BY part_no"""

    db = duckdb.connect(config={"threads": 2})
    found = phase("read+recursion", lambda: db.sql(query(f"'{lines}'", f"'{masses}'")).to_arrow_table())
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    _integer_keys(db, lines, masses)
    phase("(recursion alone)", lambda: db.sql(query("bom", "own")).to_arrow_table())
    phase.seconds["(peak_kb)"] = peak
    return found["part_no"].to_numpy(), np.column_stack([found[name].to_numpy() for name in MATERIALS])


def _integer_keys(db: Any, lines: Path, masses: Path) -> None:
    db.sql(f"""CREATE TABLE keys AS SELECT part_no, row_number() OVER ()::INTEGER AS code FROM (
        SELECT parent AS part_no FROM '{lines}' UNION SELECT component FROM '{lines}'
        UNION SELECT part_no FROM '{masses}')""")
    db.sql(f"""CREATE TABLE bom AS SELECT p.code AS parent, c.code AS component, quantity FROM '{lines}' l
        JOIN keys p ON p.part_no = l.parent JOIN keys c ON c.part_no = l.component""")
    db.sql(
        f"""CREATE TABLE own AS SELECT k.code AS part_no, m.* EXCLUDE part_no
            FROM '{masses}' m JOIN keys k USING (part_no)"""
    )


def polars(lines: Path, masses: Path, phase: Phases) -> Totals:
    """Heights by joins, then one join and group-by per height."""
    import polars as pl

    bom, own = phase("read", lambda: (pl.read_parquet(lines), pl.read_parquet(masses)))

    def encode() -> tuple[Any, Any, Any]:
        keys = (
            pl.concat([bom["parent"], bom["component"], own["part_no"]]).unique().to_frame("key").with_row_index("code")
        )
        coded = bom.join(keys, left_on="parent", right_on="key").drop("parent").rename({"code": "parent"})
        coded = coded.join(keys, left_on="component", right_on="key").drop("component").rename({"code": "component"})
        return (
            coded,
            own.join(keys, left_on="part_no", right_on="key").drop("part_no").rename({"code": "part_no"}),
            keys,
        )

    edges, start, keys = phase("encode", encode)

    def heights() -> Any:
        height = np.zeros(len(keys), dtype=np.int32)
        front, step = edges.select(pl.col("component").unique()), 0
        while len(
            front := edges.join(front, on="component", how="semi").select(pl.col("parent").unique().alias("component"))
        ):
            step += 1
            height[front["component"].to_numpy()] = step
        return pl.DataFrame({"parent": np.arange(len(keys), dtype=np.uint32), "height": height})

    def add_up() -> Any:
        by_height = edges.join(heights(), on="parent").partition_by("height", as_dict=True)
        total = start
        for (_step,), some in sorted(by_height.items()):
            moved = (
                some.join(total, left_on="component", right_on="part_no")
                .group_by("parent")
                .agg([(pl.col(m) * pl.col("quantity")).sum() for m in MATERIALS])
            )
            total = pl.concat([total, moved.rename({"parent": "part_no"}).select(total.columns)])
        return total

    total = phase("levels+roll-up", add_up)
    named = total.join(keys, left_on="part_no", right_on="code")
    return named["key"].to_numpy(), named.select(MATERIALS).to_numpy()


def pandas(lines: Path, masses: Path, phase: Phases) -> Totals:
    """Heights by isin, then one merge and group-by per height, over integer codes."""
    import pandas as pd

    bom, own = phase("read", lambda: (pd.read_parquet(lines), pd.read_parquet(masses)))

    def encode() -> tuple[Any, Any, Any]:
        codes, words = pd.factorize(pd.concat([bom["parent"], bom["component"], own["part_no"]]))
        count = len(bom)
        edges = pd.DataFrame(
            {"parent": codes[:count], "component": codes[count : 2 * count], "quantity": bom["quantity"]}
        )
        return edges, own.assign(part_no=codes[2 * count :]), words

    edges, start, words = phase("encode", encode)

    def add_up() -> Any:
        height, step = np.zeros(len(words), dtype=np.int32), 0
        front = edges["component"].unique()
        while len(front := edges.loc[edges["component"].isin(front), "parent"].unique()):
            step += 1
            height[front] = step
        total = start
        of_line = height[edges["parent"]]
        for level in range(1, step + 1):
            joined = edges[of_line == level].merge(total, left_on="component", right_on="part_no")
            moved = joined[list(MATERIALS)].mul(joined["quantity"], axis=0).groupby(joined["parent"]).sum()
            total = pd.concat([total, moved.rename_axis("part_no").reset_index()])
        return total

    total = phase("levels+roll-up", add_up)
    return np.asarray(words)[total["part_no"]], total[list(MATERIALS)].to_numpy()


def merges(lines: Path, masses: Path, phase: Phases) -> Totals:
    """Merges on part numbers, step by step: the recursion of the DuckDB query as it is written with pandas."""
    import pandas as pd

    bom, own = phase("read", lambda: (pd.read_parquet(lines), pd.read_parquet(masses)))

    def add_up() -> Any:
        steps, arrived = [own], own
        while len(arrived):
            joined = bom.merge(arrived, left_on="component", right_on="part_no")
            moved = joined[list(MATERIALS)].mul(joined["quantity"], axis=0).groupby(joined["parent"]).sum()
            arrived = moved.rename_axis("part_no").reset_index()
            steps.append(arrived)
        return pd.concat(steps).groupby("part_no").sum()

    total = phase("merges", add_up)
    return total.index.to_numpy(), total[list(MATERIALS)].to_numpy()


def _saved(found: Totals, path: Path) -> None:
    """Totals as float64 in part-number order; parts that hold nothing are left out."""
    parts, grams = found
    held = grams.any(axis=1)
    parts, grams = np.asarray(parts)[held].astype("S"), grams[held]
    order = np.argsort(parts)
    np.savez(path, parts=parts[order], grams=grams[order])


if __name__ == "__main__":
    name, lines_file, masses_file, result = sys.argv[1:]
    phases = Phases()
    chosen = {"riskplug": riskplug, "duckdb": duckdb, "polars": polars, "pandas": pandas, "merges": merges}[name]
    totals = chosen(Path(lines_file), Path(masses_file), phases)
    peak_kb = phases.seconds.pop("(peak_kb)", resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
    _saved(totals, Path(result))
    print(json.dumps({"phases": phases.seconds, "cpu": phases.cpu, "peak_mb": peak_kb / 1024}))
