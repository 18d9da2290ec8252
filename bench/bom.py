"""Generates the bill of material that the benchmark reads: seeded, made once, kept in bench/data/."""

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

DATA = Path(__file__).parent / "data"
LEVELS = 10
LINES_PER_PART = 5.3
MATERIALS = ("Ce", "Dy", "Er", "Eu", "Ga", "Gd", "Ge", "Ho", "La", "Lu", "Nd", "Pr", "Sm", "Tb", "Tm", "Y", "Yb")
SEED = 20250428
ROWS_PER_GROUP = 1 << 20


def files(parts: int) -> tuple[Path, Path]:
    """(BOM lines, leaf parts with grams of each material), made when they are not there yet."""
    lines, masses = DATA / f"bom_{parts}.parquet", DATA / f"materials_{parts}.parquet"
    if not (lines.exists() and masses.exists()):
        DATA.mkdir(exist_ok=True)
        _write(parts, lines, masses)
    return lines, masses


def _write(parts: int, lines: Path, masses: Path) -> None:
    """Parts spread over the levels, a seventh of them leaves; components lie one to three levels below a parent."""
    rng = np.random.default_rng(SEED)
    names = pa.array([f"P-{number:08d}" for number in rng.permutation(parts)])
    level = np.minimum((rng.random(parts) ** 0.7 * LEVELS).astype(np.int32), LEVELS - 1)
    level.sort()
    first = np.searchsorted(level, np.arange(LEVELS + 1))
    assemblies = int(first[LEVELS - 1])
    parent = np.sort(rng.integers(0, assemblies, int(parts * LINES_PER_PART)))
    step = rng.choice(np.array([1, 1, 1, 2, 3]), len(parent))
    below = np.minimum(level[parent] + step, LEVELS - 1)
    component = first[below] + (rng.random(len(parent)) * (first[below + 1] - first[below])).astype(np.int64)
    quantity = rng.integers(1, 5, len(parent)).astype(float)
    _save(pa.table({"parent": _keys(parent, names), "component": _keys(component, names), "quantity": quantity}), lines)
    leaves = np.arange(assemblies, parts)
    grams = {name: np.where(rng.random(len(leaves)) < 0.2, rng.random(len(leaves)), 0.0) for name in MATERIALS}
    _save(pa.table({"part_no": _keys(leaves, names), **grams}), masses)


def _keys(codes: np.ndarray, names: pa.Array) -> pa.Array:
    return names.take(pa.array(codes))


def _save(table: pa.Table, path: Path) -> None:
    """Strings, dictionary-encoded in every row group; the default limit of 1 MB would leave most of them plain."""
    pq.write_table(table, path, row_group_size=ROWS_PER_GROUP, dictionary_pagesize_limit=1 << 27)
