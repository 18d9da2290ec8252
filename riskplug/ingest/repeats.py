"""Exact repeats of a row: what a join fan-out or a double append leaves behind."""

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from riskplug.ingest.accept import Place, quarantined
from riskplug.ingest.extract import one_array

Rows = npt.NDArray[np.int64]
_NO_NUMBER = np.iinfo(np.int64).min
_AT_ONCE = 1 << 16
_PRIME = np.uint64(0x9E3779B97F4A7C15)


def set_repeats_aside(rows: pa.Table, place: Place) -> tuple[pa.Table, pd.DataFrame]:
    """Rows without exact repeats, and the repeats as quarantine entries that name the first occurrence.

    Repeats agree in every column of the source, the unused ones included; two bins with one quantity do not.
    """
    repeated, first = _repeats(rows)
    if not len(repeated):
        return rows, quarantined(place, "", np.empty(0, dtype=np.int64), "", "", "")
    lines, files = _where(rows, repeated)
    first_lines, first_files = _where(rows, first)
    reasons = [
        f"exact repeat of line {line}" if file == there else f"exact repeat of {there} line {line}"
        for line, there, file in zip(first_lines, first_files, files, strict=True)
    ]
    kept = np.ones(rows.num_rows, dtype=bool)
    kept[repeated] = False
    return rows.filter(pa.array(kept)), quarantined(place, files, lines, "", "", reasons)


def _where(rows: pa.Table, at: Rows) -> tuple[Rows, npt.NDArray[np.object_]]:
    """Lines and files of some rows."""
    few = rows.select(["row", "file"]).take(pa.array(at))
    return np.asarray(few.column("row")), few.column("file").cast(pa.string()).to_numpy()


def _repeats(rows: pa.Table) -> tuple[Rows, Rows]:
    """(rows that repeat an earlier one, the first row equal to each).

    A hash over the cheap columns leaves a few candidates; only those are compared in full.
    """
    names = [name for name in rows.column_names if name not in ("file", "row")]
    candidates = _alike(_hash(rows, names))
    if not len(candidates):
        return candidates, candidates
    codes = _codes(rows.select(names).take(pa.array(candidates)))
    firsts = pd.Series(candidates).groupby(codes).transform("min").to_numpy()
    again = firsts != candidates
    return candidates[again], firsts[again]


def _alike(hashes: npt.NDArray[np.uint64]) -> Rows:
    """Positions of values that are there more than once; sorted, which is quicker than a table of so many."""
    in_order = np.sort(hashes)
    several = in_order[1:][in_order[1:] == in_order[:-1]]
    found = np.flatnonzero(np.isin(hashes, several)) if len(several) else np.empty(0, dtype=np.int64)
    return found.astype(np.int64)


def _hash(rows: pa.Table, names: list[str]) -> npt.NDArray[np.uint64]:
    """A number per row, made some rows at a time: so they stay in the processor's cache, and nothing is there twice."""
    mixed = np.zeros(rows.num_rows, dtype=np.uint64)
    for name in names:
        values = one_array(rows.column(name))
        for at in range(0, len(mixed), _AT_ONCE):
            numbers = _numbers(values.slice(at, _AT_ONCE))
            if numbers is None:
                break
            part = mixed[at : at + _AT_ONCE]
            part ^= numbers
            part *= _PRIME
            part ^= part >> np.uint64(29)
    return mixed


def _numbers(values: pa.Array) -> npt.NDArray[np.uint64] | None:
    """The bits of a column that holds numbers or codes; None for text, which costs more than it tells apart."""
    kind = values.type
    if pa.types.is_dictionary(kind):
        return np.asarray(pc.fill_null(values.indices.cast(pa.int64()), -1)).view(np.uint64)
    if pa.types.is_integer(kind):
        # the lowest number there is: -1 is a value, and a missing one is not the same
        return np.asarray(pc.fill_null(values.cast(pa.int64()), _NO_NUMBER)).view(np.uint64)
    if pa.types.is_floating(kind):
        return np.asarray(pc.fill_null(values, -1.5e-300)).astype(np.float64).view(np.uint64)
    if pa.types.is_timestamp(kind):
        return np.asarray(pc.fill_null(values.cast(pa.int64()), -1)).view(np.uint64)
    return None


def _codes(rows: pa.Table) -> npt.NDArray[np.int64]:
    """One number per distinct row. Dictionaries stay as they are: making words of a million keys costs seconds."""
    numbers = [_numbers(one_array(values)) for values in rows.columns]
    text = [_text_codes(rows.column(at)) for at, found in enumerate(numbers) if found is None]
    frame = pd.DataFrame(dict(enumerate([*(found for found in numbers if found is not None), *text])))
    if not len(frame.columns):
        return np.zeros(rows.num_rows, dtype=np.int64)
    return np.asarray(frame.groupby(list(frame.columns), sort=False).ngroup(), dtype=np.int64)


def _text_codes(values: pa.ChunkedArray) -> npt.NDArray[np.int64]:
    codes = one_array(pc.cast(values, pa.string())).dictionary_encode().indices
    return np.asarray(pc.fill_null(codes, -1)).astype(np.int64)
