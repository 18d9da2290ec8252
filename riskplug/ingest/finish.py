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

Codes = np.ndarray[tuple[int], np.dtype[np.signedinteger]]
Mask = np.ndarray[tuple[int], np.dtype[np.bool_]]
_AT_ONCE = 1 << 16


@dataclass(frozen=True)
class SourceRows:
    """Accepted rows of one table from one source."""

    source: str
    rows: pa.Table


def joined(pieces: Sequence[pa.Table]) -> pa.Table:
    """Rows of several files under one another; a column that one lacks is missing there, dictionaries are one."""
    table = pa.concat_tables(pieces, promote_options="permissive") if len(pieces) > 1 else pieces[0]
    if all(values.num_chunks == 1 for values in table.columns):
        return table  # which would be copied
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
        distinct = {_place_of(words): words for _, words in encoded.values()}
        if not distinct:
            return cls(pd.CategoricalDtype(pd.Index([], dtype="str")), {})
        # a word that no row has does not count: it may have stood in rows that were set aside
        used = {at: np.zeros(len(words) + 1, dtype=bool) for at, words in distinct.items()}
        for codes, words in encoded.values():
            used[_place_of(words)][codes] = True
        index, places = _one_index(list(distinct.values()), [each[:-1] for each in used.values()])
        placed = dict(zip(distinct, places, strict=True))
        found: dict[tuple[str, str], Codes] = {}
        for key in list(encoded):  # the old codes go as the new ones come
            codes, words = encoded.pop(key)
            found[key] = _looked_up(placed[_place_of(words)], codes)
        return cls(pd.CategoricalDtype(index), found)


def _place_of(words: pa.Array) -> tuple[int, ...]:
    """The same for columns that share one dictionary, which is then looked at once."""
    return (len(words), words.offset, *(part.address for part in words.buffers() if part is not None))


def _one_index(dictionaries: Sequence[pa.Array], used: Sequence[Mask]) -> tuple[pd.Index, list[Codes]]:
    """The used words in order, and where the words of each dictionary stand among them (-1: not used)."""
    kept = [
        words if is_used.all() else words.filter(pa.array(is_used))
        for words, is_used in zip(dictionaries, used, strict=True)
    ]
    counts = [len(words) for words in kept]
    shared = pa.concat_arrays(kept).dictionary_encode() if len(kept) > 1 else None
    index, rank = _ranked(kept[0] if shared is None else shared.dictionary)
    ranks = rank if shared is None else rank[np.asarray(shared.indices)]
    places = []
    for is_used, found in zip(used, np.split(ranks, np.cumsum(counts)[:-1]), strict=True):
        place = np.full(len(is_used), -1, dtype=np.int32)
        place[is_used] = found
        places.append(place)
    return index, places


def _ranked(words: pa.Array) -> tuple[pd.Index, Codes]:
    """The words in order, and the place of each; a word that is there twice, as some files have it, is one."""
    order = pc.sort_indices(words)
    in_order = words.take(order)
    is_new = np.ones(len(words), dtype=bool)
    is_new[1:] = np.asarray(pc.not_equal(in_order.slice(1), in_order.slice(0, max(0, len(words) - 1))))
    rank = np.empty(len(words), dtype=np.int32)
    rank[np.asarray(order)] = np.cumsum(is_new, dtype=np.int32) - 1
    distinct = in_order if is_new.all() else in_order.filter(pa.array(is_new))
    index: pd.Index = pd.Index(distinct.to_pandas(), dtype="str")
    return index, rank


def _used(codes: Codes, count: int) -> Mask:
    used = np.zeros(count + 1, dtype=bool)
    used[codes] = True
    return used[:count]


def _looked_up(place: Codes, codes: Codes) -> Codes:
    """The places of codes; a few rows at a time, since numpy looks up by numbers of eight bytes."""
    with_none = np.append(place, place.dtype.type(-1))  # for code -1, which numpy reads as the last
    found = np.empty(len(codes), dtype=place.dtype)
    for at in range(0, len(codes), _AT_ONCE):
        np.take(with_none, codes[at : at + _AT_ONCE], out=found[at : at + _AT_ONCE], mode="wrap")
    return found


def _dictionary(values: pa.ChunkedArray) -> tuple[Codes, pa.Array]:
    """Codes (-1 = missing) and words of a dictionary column."""
    array = one_array(values)
    if not pa.types.is_dictionary(array.type):
        array = array.dictionary_encode()
    indices = pc.fill_null(array.indices, -1) if array.indices.null_count else array.indices
    return np.asarray(indices), array.dictionary.cast(pa.string())


def _frame(table: str, rows: pa.Table | None, parts: _Keys) -> pd.DataFrame:
    if rows is None:
        return empty(table, parts.dtype.categories)
    found: dict[str, pd.Series] = {}
    give_back()
    for column in (*TABLES[table].columns, *CARRIED):
        codes = parts.codes.pop((table, column.name), None)
        if codes is not None:
            found[column.name] = pd.Series(pd.Categorical.from_codes(codes, dtype=parts.dtype), copy=False)
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
        return pd.Series(_categorical(values, dtype), copy=False)
    if column.kind == "flag":
        mask = np.asarray(pc.is_null(values))
        return pd.Series(pd.arrays.BooleanArray(np.asarray(pc.fill_null(values, False)), mask), copy=False)
    if column.kind == "text":
        return pd.Series(values.to_pandas(), dtype="str")
    if column.kind == "date":
        return pd.Series(np.asarray(values).astype("datetime64[s]"), copy=False)
    return pd.Series(one_array(values.cast(pa.float64())).to_numpy(zero_copy_only=False), copy=False)


def _missing(dtype: str | pd.CategoricalDtype, count: int) -> pd.Series:
    """A column without a value, which takes no memory: one value stands for all rows."""
    if isinstance(dtype, pd.CategoricalDtype) or dtype == "category":
        category = dtype if isinstance(dtype, pd.CategoricalDtype) else pd.CategoricalDtype(pd.Index([], dtype="str"))
        codes = np.broadcast_to(np.int8(-1), count)
        return pd.Series(pd.Categorical.from_codes(codes, dtype=category, validate=False), copy=False)
    if dtype == "boolean":
        values, mask = np.broadcast_to(np.False_, count), np.broadcast_to(np.True_, count)
        return pd.Series(pd.arrays.BooleanArray(values, mask), copy=False)
    if dtype == "str":
        return pd.Series(pd.array(_no_text(count), dtype="str"), copy=False)
    nothing = np.float64("nan") if dtype == "float64" else np.datetime64("NaT", "s")
    return pd.Series(np.broadcast_to(nothing, count), copy=False)


def _no_text(count: int) -> pa.Array:
    """Missing texts; zeros that nobody has written to take no memory yet, other than arrow's own."""
    is_there, ends = np.zeros((count + 7) // 8, dtype=np.uint8), np.zeros(count + 1, dtype=np.int64)
    return pa.Array.from_buffers(
        pa.large_string(), count, [pa.py_buffer(is_there), pa.py_buffer(ends), pa.py_buffer(b"")], count
    )


def _categorical(values: pa.ChunkedArray, dtype: str | pd.CategoricalDtype) -> pd.Categorical:
    codes, words = _dictionary(values)
    if isinstance(dtype, pd.CategoricalDtype):
        choices = pa.array(dtype.categories, pa.string())
        of_word = np.asarray(pc.fill_null(pc.index_in(words, choices), -1))
    else:
        index, [of_word] = _one_index([words], [_used(codes, len(words))])
        dtype = pd.CategoricalDtype(index)
    few = len(dtype.categories) <= np.iinfo(np.int8).max
    return pd.Categorical.from_codes(_looked_up(of_word.astype(np.int8 if few else np.int32), codes), dtype=dtype)


def match_mpn(declarations: pd.DataFrame, parts: pd.DataFrame) -> pd.DataFrame:
    """Rows that name only an mpn, once for every part that has it; where no part has it they stay unmatched."""
    nameless = declarations["part_no"].isna() & declarations["mpn"].notna()
    if not nameless.any() or parts.empty:
        return declarations
    known = parts.loc[parts["mpn"].notna(), ["mpn", "part_no"]].drop_duplicates()
    found = declarations[nameless].drop(columns="part_no").reset_index(names="at").merge(known, on="mpn", how="left")
    both = pd.concat([declarations[~nameless].reset_index(names="at"), found], ignore_index=True)
    return both.sort_values("at", kind="stable", ignore_index=True)[list(declarations.columns)]
