"""The last step: all sources of a table in one frame, part numbers encoded once over one shared index."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from riskplug.ingest.accept import OTHER
from riskplug.ingest.part_units import in_base_units
from riskplug.tables import CARRIED, TABLES, Column, dtype_of, empty


@dataclass(frozen=True)
class SourceRows:
    """Accepted rows of one table from one source."""

    source: str
    rows: pa.Table


def joined(pieces: Sequence[pa.Table]) -> pa.Table:
    """Rows of several files under one another; a column that one lacks is missing there, dictionaries are one."""
    table = pa.concat_tables(pieces, promote_options="permissive") if len(pieces) > 1 else pieces[0]
    return table.unify_dictionaries().combine_chunks()


def to_frames(accepted: Mapping[str, Sequence[SourceRows]]) -> dict[str, pd.DataFrame]:
    """Every canonical table as a frame with the dtypes of tables.py; tables nobody delivered are empty."""
    tables = {name: _of_all_sources(accepted.get(name, ())) for name in TABLES}
    parts = _part_index(tables)
    frames = {name: _frame(name, rows, parts) for name, rows in tables.items()}
    for name in ("declarations", "suspicions"):
        frames[name] = match_mpn(frames[name], frames["parts"])
    return in_base_units(frames)


def _of_all_sources(pieces: Sequence[SourceRows]) -> pa.Table | None:
    named = []
    for piece in pieces:
        rows = piece.rows.select([name for name in piece.rows.column_names if not name.startswith(OTHER)])
        codes = pa.array(np.zeros(rows.num_rows, dtype=np.int32))
        named.append(rows.append_column("source", pa.DictionaryArray.from_arrays(codes, pa.array([piece.source]))))
    return joined(named) if named else None


def _part_index(tables: Mapping[str, pa.Table | None]) -> pd.Index:
    """The sorted union of all part numbers of all tables."""
    words = [
        _dictionary(rows.column(column.name))[1]
        for name, rows in tables.items()
        if rows is not None
        for column in TABLES[name].columns
        if column.kind == "part" and column.name in rows.column_names
    ]
    if not words:
        return pd.Index([], dtype="str")
    return _sorted(pc.unique(pa.concat_arrays(words)))


def _sorted(words: pa.Array) -> pd.Index:
    index: pd.Index = pd.Index(words.take(pc.sort_indices(words)).to_pandas(), dtype="str")
    return index


def _dictionary(values: pa.ChunkedArray) -> tuple[np.ndarray[tuple[int], np.dtype[np.int32]], pa.Array]:
    """Codes (-1 = missing) and words of a dictionary column."""
    array = values.combine_chunks()
    array = pa.concat_arrays(array.chunks) if isinstance(array, pa.ChunkedArray) else array
    if not pa.types.is_dictionary(array.type):
        array = array.dictionary_encode()
    return np.asarray(pc.fill_null(array.indices, -1)).astype(np.int32), array.dictionary.cast(pa.string())


def _frame(table: str, rows: pa.Table | None, parts: pd.Index) -> pd.DataFrame:
    if rows is None:
        return empty(table, parts)
    columns = (*TABLES[table].columns, *CARRIED)
    # without a copy: putting the columns of a million rows together anew costs more than making them
    return pd.DataFrame({column.name: _series(column, rows, parts) for column in columns}, copy=False)


def _series(column: Column, rows: pa.Table, parts: pd.Index) -> pd.Series:
    dtype = dtype_of(column, parts)
    if column.name not in rows.column_names:
        return _missing(column, dtype, rows.num_rows)
    values = rows.column(column.name)
    if column.kind in ("part", "key", "choice"):
        return pd.Series(_categorical(column, values, dtype))
    if column.kind == "flag":
        mask = np.asarray(pc.is_null(values))
        return pd.Series(pd.arrays.BooleanArray(np.asarray(pc.fill_null(values, False)), mask))
    if column.kind == "text":
        return pd.Series(values.to_pandas(), dtype="str")
    if column.kind == "date":
        return pd.Series(np.asarray(values).astype("datetime64[s]"))
    return pd.Series(np.asarray(values.cast(pa.float64())))


def _missing(column: Column, dtype: str | pd.CategoricalDtype, count: int) -> pd.Series:
    if isinstance(dtype, pd.CategoricalDtype):
        return pd.Series(pd.Categorical.from_codes(np.full(count, -1, dtype=np.int32), dtype=dtype))
    if dtype == "category":
        return pd.Series(pd.Categorical.from_codes(np.full(count, -1), categories=pd.Index([], dtype="str")))
    return pd.Series(None, index=range(count), dtype=dtype)


def _categorical(column: Column, values: pa.ChunkedArray, dtype: str | pd.CategoricalDtype) -> pd.Categorical:
    codes, words = _dictionary(values)
    if not isinstance(dtype, pd.CategoricalDtype):
        used = pc.unique(words.take(pa.array(np.unique(codes[codes >= 0]))))
        dtype = pd.CategoricalDtype(_sorted(used))
    wanted = pa.array(dtype.categories, pa.string())
    of_word = np.asarray(pc.fill_null(pc.index_in(words, wanted), -1)).astype(np.int32)
    # one place more for code -1, which numpy reads as the last
    return pd.Categorical.from_codes(np.append(of_word, np.int32(-1))[codes], dtype=dtype)


def match_mpn(declarations: pd.DataFrame, parts: pd.DataFrame) -> pd.DataFrame:
    """Rows that name only an mpn, once for every part that has it; where no part has it they stay unmatched."""
    nameless = declarations["part_no"].isna() & declarations["mpn"].notna()
    if not nameless.any() or parts.empty:
        return declarations
    known = parts.loc[parts["mpn"].notna(), ["mpn", "part_no"]].drop_duplicates()
    found = declarations[nameless].drop(columns="part_no").reset_index(names="at").merge(known, on="mpn", how="left")
    both = pd.concat([declarations[~nameless].reset_index(names="at"), found], ignore_index=True)
    return both.sort_values("at", kind="stable", ignore_index=True)[list(declarations.columns)]
