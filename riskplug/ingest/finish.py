"""The last step: all sources of a table in one frame, part numbers encoded once over one shared index."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from riskplug.ingest.accept import OTHER
from riskplug.ingest.extract import give_back, one_array
from riskplug.ingest.part_units import in_base_units
from riskplug.tables import CARRIED, TABLES, Column, dtype_of, empty

Codes = np.ndarray[tuple[int], np.dtype[np.int32]]


@dataclass(frozen=True)
class SourceRows:
    """Accepted rows of one table from one source."""

    source: str
    rows: pa.Table


def joined(pieces: Sequence[pa.Table]) -> pa.Table:
    """Rows of several files under one another; a column that one lacks is missing there, dictionaries are one."""
    table = pa.concat_tables(pieces, promote_options="permissive") if len(pieces) > 1 else pieces[0]
    return table.unify_dictionaries().combine_chunks()


def to_frames(accepted: dict[str, list[SourceRows]]) -> dict[str, pd.DataFrame]:
    """Every canonical table as a frame with the dtypes of tables.py; tables nobody delivered are empty.

    ``accepted`` is emptied: rows are not needed twice.
    """
    tables = {name: _of_all_sources(accepted.get(name, ())) for name in TABLES}
    parts = _Keys.of(
        [
            (name, column.name, rows.column(column.name))
            for name, rows in tables.items()
            if rows is not None
            for column in TABLES[name].columns
            if column.kind == "part" and column.name in rows.column_names
        ]
    )
    accepted.clear()
    for table, column in parts.codes:  # coded now, and not needed a second time
        tables[table] = _without(tables[table], column)
    frames = {name: _frame(name, tables.pop(name), parts) for name in TABLES}
    for name in ("declarations", "suspicions"):
        frames[name] = match_mpn(frames[name], frames["parts"])
    return in_base_units(frames)


def _of_all_sources(pieces: Sequence[SourceRows]) -> pa.Table | None:
    named = []
    for piece in pieces:
        rows = piece.rows.select([name for name in piece.rows.column_names if not name.startswith(OTHER)])
        codes = pa.array(np.zeros(rows.num_rows, dtype=np.int8))
        named.append(rows.append_column("source", pa.DictionaryArray.from_arrays(codes, pa.array([piece.source]))))
    return joined(named) if named else None


@dataclass(frozen=True)
class _Keys:
    """Part numbers of all tables over one sorted index: every word is hashed and sorted once."""

    dtype: pd.CategoricalDtype
    codes: dict[tuple[str, str], Codes]

    @classmethod
    def of(cls, columns: Sequence[tuple[str, str, pa.ChunkedArray]]) -> "_Keys":
        encoded = {(table, name): _dictionary(values) for table, name, values in columns}
        words = [words for _, words in encoded.values()]
        if not words:
            return cls(pd.CategoricalDtype(pd.Index([], dtype="str")), {})
        # a word that no row has does not count: it may have stood in rows that were set aside
        used = np.concatenate([_used(codes, len(words)) for codes, words in encoded.values()])
        shared = pa.concat_arrays(words).dictionary_encode()
        counted = np.zeros(len(shared.dictionary), dtype=bool)
        counted[np.asarray(shared.indices)[used]] = True
        kept = pa.array(np.flatnonzero(counted))
        order = np.asarray(pc.sort_indices(shared.dictionary.take(kept)))
        place = np.full(len(shared.dictionary), -1, dtype=np.int32)
        place[np.asarray(kept)[order]] = np.arange(len(order), dtype=np.int32)
        index: pd.Index = pd.Index(shared.dictionary.take(kept).take(pa.array(order)).to_pandas(), dtype="str")
        ends = np.cumsum([len(each) for each in words])
        placed = np.split(place[np.asarray(shared.indices)], ends[:-1])
        found = {key: _looked_up(at, codes) for (key, (codes, _)), at in zip(encoded.items(), placed, strict=True)}
        return cls(pd.CategoricalDtype(index), found)


def _used(codes: Codes, count: int) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    used = np.zeros(count + 1, dtype=bool)
    used[codes] = True
    return used[:count]


def _looked_up(place: Codes, codes: Codes) -> Codes:
    # one place more for code -1, which numpy reads as the last
    return np.append(place, np.int32(-1)).take(codes, mode="wrap")


def _sorted(words: pa.Array) -> pd.Index:
    index: pd.Index = pd.Index(words.take(pc.sort_indices(words)).to_pandas(), dtype="str")
    return index


def _dictionary(values: pa.ChunkedArray) -> tuple[Codes, pa.Array]:
    """Codes (-1 = missing) and words of a dictionary column."""
    array = one_array(values)
    if not pa.types.is_dictionary(array.type):
        array = array.dictionary_encode()
    indices = pc.fill_null(array.indices, -1) if array.indices.null_count else array.indices
    return np.asarray(indices).astype(np.int32, copy=False), array.dictionary.cast(pa.string())


def _frame(table: str, rows: pa.Table | None, parts: _Keys) -> pd.DataFrame:
    if rows is None:
        return empty(table, parts.dtype.categories)
    found: dict[str, pd.Series] = {}
    give_back()
    for column in (*TABLES[table].columns, *CARRIED):
        codes = parts.codes.pop((table, column.name), None)
        if codes is not None:
            found[column.name] = pd.Series(pd.Categorical.from_codes(codes, dtype=parts.dtype))
        else:
            found[column.name] = _series(column, rows, parts.dtype.categories)
        rows = _without(rows, column.name)  # one column at a time is there twice
    # without a copy: putting the columns of a million rows together anew costs more than making them
    return pd.DataFrame(found, copy=False)


def _without(rows: pa.Table, column: str) -> pa.Table:
    """The table without a column; the last one stays, for it knows the number of rows."""
    return rows.drop_columns([column]) if column in rows.column_names and rows.num_columns > 1 else rows


def _series(column: Column, rows: pa.Table, parts: pd.Index) -> pd.Series:
    dtype = dtype_of(column, parts)
    if column.name not in rows.column_names:
        return _missing(dtype, rows.num_rows)
    values = rows.column(column.name)
    if column.kind in ("key", "choice"):
        return pd.Series(_categorical(values, dtype))
    if column.kind == "flag":
        mask = np.asarray(pc.is_null(values))
        return pd.Series(pd.arrays.BooleanArray(np.asarray(pc.fill_null(values, False)), mask))
    if column.kind == "text":
        return pd.Series(values.to_pandas(), dtype="str")
    if column.kind == "date":
        return pd.Series(np.asarray(values).astype("datetime64[s]"))
    return pd.Series(one_array(values.cast(pa.float64())).to_numpy(zero_copy_only=False), copy=False)


def _missing(dtype: str | pd.CategoricalDtype, count: int) -> pd.Series:
    """A column without a value, which takes no memory: one value stands for all rows."""
    if isinstance(dtype, pd.CategoricalDtype) or dtype == "category":
        category = dtype if isinstance(dtype, pd.CategoricalDtype) else pd.CategoricalDtype(pd.Index([], dtype="str"))
        return pd.Series(pd.Categorical.from_codes(np.broadcast_to(np.int8(-1), count), dtype=category))
    if dtype == "boolean":
        values, mask = np.broadcast_to(np.False_, count), np.broadcast_to(np.True_, count)
        return pd.Series(pd.arrays.BooleanArray(values, mask))
    if dtype == "str":
        return pd.Series(pd.array(pa.nulls(count, pa.large_string()), dtype="str"))
    nothing = np.float64("nan") if dtype == "float64" else np.datetime64("NaT", "s")
    return pd.Series(np.broadcast_to(nothing, count), copy=False)


def _categorical(values: pa.ChunkedArray, dtype: str | pd.CategoricalDtype) -> pd.Categorical:
    codes, words = _dictionary(values)
    if not isinstance(dtype, pd.CategoricalDtype):
        used = pc.unique(words.take(pa.array(np.flatnonzero(_used(codes, len(words))))))
        dtype = pd.CategoricalDtype(_sorted(used))
    wanted = pa.array(dtype.categories, pa.string())
    of_word = np.asarray(pc.fill_null(pc.index_in(words, wanted), -1)).astype(np.int32)
    return pd.Categorical.from_codes(_looked_up(of_word, codes), dtype=dtype)


def match_mpn(declarations: pd.DataFrame, parts: pd.DataFrame) -> pd.DataFrame:
    """Rows that name only an mpn, once for every part that has it; where no part has it they stay unmatched."""
    nameless = declarations["part_no"].isna() & declarations["mpn"].notna()
    if not nameless.any() or parts.empty:
        return declarations
    known = parts.loc[parts["mpn"].notna(), ["mpn", "part_no"]].drop_duplicates()
    found = declarations[nameless].drop(columns="part_no").reset_index(names="at").merge(known, on="mpn", how="left")
    both = pd.concat([declarations[~nameless].reset_index(names="at"), found], ignore_index=True)
    return both.sort_values("at", kind="stable", ignore_index=True)[list(declarations.columns)]
