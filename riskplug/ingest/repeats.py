"""Exact repeats of a row: what a join fan-out or a double append leaves behind."""

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from riskplug.ingest.accept import Place, quarantined

_PRIME = np.uint64(0x9E3779B97F4A7C15)


def set_repeats_aside(rows: pa.Table, place: Place) -> tuple[pa.Table, pd.DataFrame]:
    """Rows without exact repeats, and the repeats as quarantine entries that name the first occurrence.

    Repeats agree in every column of the source, the unused ones included; two bins with one quantity do not.
    """
    first = _first_occurrence(rows)
    at = np.arange(rows.num_rows)
    repeated = np.flatnonzero(first != at)
    if not len(repeated):
        return rows, quarantined(place, "", np.empty(0, dtype=np.int64), "", "", "")
    lines = np.asarray(rows.column("row"))
    files = rows.column("file").cast(pa.string()).to_numpy()
    same_file = files[repeated] == files[first[repeated]]
    where = [
        f"line {line}" if same else f"{file} line {line}"
        for line, file, same in zip(lines[first[repeated]], files[first[repeated]], same_file, strict=True)
    ]
    reasons = [f"exact repeat of {name}" for name in where]
    entries = quarantined(place, files[repeated], lines[repeated], "", "", reasons)
    return rows.take(pa.array(np.flatnonzero(first == at))), entries


def _first_occurrence(rows: pa.Table) -> npt.NDArray[np.int64]:
    """For each row the first row equal to it.

    A hash over the cheap columns leaves a few candidates; only those are compared in full.
    """
    at = np.arange(rows.num_rows)
    names = [name for name in rows.column_names if name not in ("file", "row")]
    candidates = np.flatnonzero(pd.Series(_hash(rows, names)).duplicated(keep=False))
    if not len(candidates):
        return at
    few = rows.select(names).take(pa.array(candidates))
    codes = _codes(few)
    firsts = pd.Series(candidates).groupby(codes).transform("min").to_numpy()
    at[candidates] = firsts
    return at


def _hash(rows: pa.Table, names: list[str]) -> npt.NDArray[np.uint64]:
    mixed = np.zeros(rows.num_rows, dtype=np.uint64)
    for name in names:
        numbers = _numbers(rows.column(name))
        if numbers is not None:
            mixed = (mixed ^ numbers) * _PRIME
            mixed ^= mixed >> np.uint64(29)
    return mixed


def _numbers(values: pa.ChunkedArray) -> npt.NDArray[np.uint64] | None:
    """The bits of a column that holds numbers or codes; None for text, which costs more than it tells apart."""
    kind = values.type
    if pa.types.is_dictionary(kind):
        codes = pa.chunked_array([chunk.indices for chunk in values.chunks], pa.int32())
        return np.asarray(pc.fill_null(codes, -1)).astype(np.int64).view(np.uint64)
    if pa.types.is_floating(kind):
        return np.asarray(pc.fill_null(values, -1.5e-300)).astype(np.float64).view(np.uint64)
    if pa.types.is_timestamp(kind):
        return np.asarray(pc.fill_null(values.cast(pa.int64()), -1)).view(np.uint64)
    return None


def _codes(rows: pa.Table) -> npt.NDArray[np.int64]:
    frame = rows.to_pandas()
    groups = frame.groupby(list(frame.columns), dropna=False, sort=False, observed=True)
    return np.asarray(groups.ngroup(), dtype=np.int64)
