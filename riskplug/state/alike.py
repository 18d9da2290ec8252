"""Canonical tables in the one shape that every reading of their snapshot gives, whether from memory or from Parquet.

Parquet keeps the words of a column but not that all part columns share one index, and of a column without a row or
without a word not even what kind of words there are. A scan goes on with the tables that it wrote; they are put into
this shape before they are written, and whatever is read is put into it as well.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from riskplug.tables import CARRIED, PART_COLUMNS, TABLES, conform, empty

Flags = npt.NDArray[np.bool_]
_NO_WORDS = pd.CategoricalDtype(pd.Index([], dtype="object"))


def alike(frames: dict[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
    """Every canonical table, dtypes as tables.py declares, part columns over one sorted index of the parts they name.

    Takes the tables out of ``frames``, one after the other; one that is not among them is empty. Columns that are in
    shape are taken over as they are, without a copy.
    """
    columns = [frame[name] for frame in frames.values() for name in PART_COLUMNS if name in frame]
    words = _words_of(columns)
    parts = _index(words)
    dtype = pd.CategoricalDtype(parts)
    return {
        name: _in_shape(name, frames.pop(name), words, dtype) if name in frames else empty(name, parts)
        for name in TABLES
    }


def _in_shape(table: str, frame: pd.DataFrame, words: "Sequence[_Words]", dtype: pd.CategoricalDtype) -> pd.DataFrame:
    frame = frame.reset_index(drop=True)
    parts = {name: _recoded(frame[name], words, dtype) for name in PART_COLUMNS if name in frame}
    keys = [column.name for column in (*TABLES[table].columns, *CARRIED) if column.kind == "key"]
    blank = {name: frame[name].astype(_NO_WORDS) for name in keys if name in frame and _has_no_words(frame[name])}
    return conform(table, frame.assign(**parts, **blank), dtype.categories)


def _has_no_words(column: pd.Series) -> bool:
    return isinstance(column.dtype, pd.CategoricalDtype) and not (len(column) and len(column.cat.categories))


@dataclass
class _Words:
    """Part numbers that columns are coded over. ``is_used``: whether a row has them; the last place is the missing."""

    words: pd.Index
    is_used: Flags

    def are(self, words: pd.Index) -> bool:
        return self.words is words or self.words.equals(words)

    @cached_property
    def array(self) -> pa.Array:
        return pa.array(self.words, type=pa.large_string(), from_pandas=True)

    @property
    def named(self) -> pa.Array:
        used = self.is_used[:-1]
        return self.array if used.all() else self.array.filter(pa.array(used))

    @property
    def in_order(self) -> bool:
        """Whether every word comes before the next."""
        before, after = self.array.slice(0, max(0, len(self.array) - 1)), self.array.slice(1)
        return pc.all(pc.less(before, after), min_count=0).as_py() is True


def _words_of(columns: Sequence[pd.Series]) -> list[_Words]:
    """The words of some columns, once where they share them."""
    found: list[_Words] = []
    for column in columns:
        given = column.astype("category").cat
        words = next((each for each in found if each.are(given.categories)), None)
        if words is None:
            words = _Words(given.categories, np.zeros(len(given.categories) + 1, dtype=bool))
            found.append(words)
        words.is_used[given.codes.to_numpy()] = True
    return found


def _index(found: Sequence[_Words]) -> pd.Index:
    """The used part numbers in order."""
    if len(found) == 1 and found[0].words.dtype == "str" and found[0].is_used[:-1].all() and found[0].in_order:
        return found[0].words
    named = pa.chunked_array([words.named for words in found], type=pa.large_string()).unique()
    parts: pd.Index = pd.Index(named.take(pc.array_sort_indices(named)).to_pandas(), dtype="str")
    return parts


def _recoded(column: pd.Series, found: Sequence[_Words], dtype: pd.CategoricalDtype) -> pd.Series:
    given = column.astype("category").cat
    words = next(each for each in found if each.are(given.categories))
    codes = given.codes.to_numpy()
    if words.words is not dtype.categories:
        place = pc.fill_null(pc.index_in(words.array, pa.array(dtype.categories, pa.large_string())), -1)
        codes = np.append(np.asarray(place), np.int32(-1))[codes]
    return pd.Series(pd.Categorical.from_codes(codes, dtype=dtype, validate=False), copy=False)
