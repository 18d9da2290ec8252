"""Rows of a query as columns of words, batch by batch: five million rows stay small while they come in."""

import hashlib
import json
from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from riskplug.ingest.extract import give_back, one_array

UNDECODABLE = "\0bytes "
"""Stands before the hexadecimal digits of bytes that are no UTF-8 text."""

_COMPACTED = 32
_PRIME = np.uint64(0x9E3779B97F4A7C15)


class Gathered:
    """Columns of a query: whole numbers as they are, everything else as words of a dictionary."""

    def __init__(self, columns: Sequence[str]) -> None:
        self.columns = tuple(columns)
        self._batches: dict[str, list[pa.Array]] = {name: [] for name in columns}
        self._sums = np.zeros(3, dtype=np.uint64)
        self._added = 0

    def add(self, rows: Sequence[Sequence[object]]) -> None:
        """Take over one batch of rows."""
        if not rows:
            return
        arrays = [_array(values) for values in zip(*rows, strict=True)]
        for name, array in zip(self.columns, arrays, strict=True):
            self._batches[name].append(array)
        hashes = _row_hashes(arrays)
        self._sums += np.array([hashes.sum(), (hashes * hashes).sum(), (hashes >> np.uint64(32)).sum()])
        self._added += 1
        if self._added % _COMPACTED == 0:
            self._compact()

    def _compact(self) -> None:
        """One dictionary for the batches so far: each alone repeats most words of the others."""
        for name, batches in self._batches.items():
            self._batches[name] = [one_array(_joined(batches))]
        give_back()

    def table(self) -> pa.Table:
        """All rows, a dictionary column with one dictionary for all batches."""
        return pa.table({name: _joined(batches) for name, batches in self._batches.items()})

    def sha256(self) -> str:
        """A hash of the rows in any order, made of sums over them: a database promises no order."""
        return hashlib.sha256("\x1f".join(self.columns).encode() + self._sums.tobytes()).hexdigest()


def _joined(batches: Sequence[pa.Array]) -> pa.ChunkedArray:
    if not batches:
        return pa.chunked_array([], pa.string())
    if len({batch.type for batch in batches}) > 1:
        batches = [pc.cast(batch, pa.string()).dictionary_encode() for batch in batches]
    column = pa.chunked_array(batches)
    return column.unify_dictionaries() if pa.types.is_dictionary(column.type) else column


def _array(values: Sequence[object]) -> pa.Array:
    """One column of a batch; dates as ISO text, decimals with every digit."""
    kinds = {type(value) for value in values} - {type(None)}
    if kinds == {int}:
        try:
            return pa.array(values, pa.int64())
        except OverflowError:
            pass
    if kinds <= {str}:
        return pa.array(values, pa.string()).dictionary_encode()
    known: dict[object, str] = {}
    texts = [None if value is None else _known_text(value, known) for value in values]
    return pa.array(texts, pa.string()).dictionary_encode()


def _known_text(value: object, known: dict[object, str]) -> str:
    """The text of a value; true is not 1 and 1.0 not 1, although they are the same key."""
    if isinstance(value, dict | list):
        return text_of(value)
    key = (type(value), value)
    text = known.get(key)
    if text is None:
        text = known[key] = text_of(value)
    return text


def text_of(value: object) -> str:
    """A database value as text."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, datetime):
        return value.date().isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, dict | list):  # JSON, which the driver has taken apart
        return json.dumps(value, ensure_ascii=False)
    return _decoded(bytes(value)) if isinstance(value, bytes | bytearray | memoryview) else str(value)


def _decoded(value: bytes) -> str:
    """Bytes as the text they are; others as their digits behind a mark that no text has, so that each stays itself."""
    try:
        return value.decode("utf-8")
    except UnicodeDecodeError:
        return f"{UNDECODABLE}{value.hex().upper()}"


def _row_hashes(arrays: Sequence[pa.Array]) -> npt.NDArray[np.uint64]:
    """One number per row, from its values alone and not from where they stand in their dictionary."""
    mixed = np.zeros(len(arrays[0]), dtype=np.uint64)
    for array in arrays:
        mixed ^= _hashes(array)
        mixed *= _PRIME
        mixed ^= mixed >> np.uint64(29)
    return mixed


def _hashes(array: pa.Array) -> npt.NDArray[np.uint64]:
    if not pa.types.is_dictionary(array.type):
        numbers: npt.NDArray[np.uint64] = pd.util.hash_array(np.asarray(pc.fill_null(array, -1)))
        return numbers
    texts = np.array([*array.dictionary.to_pylist(), None], dtype=object)
    words: npt.NDArray[np.uint64] = pd.util.hash_array(texts, categorize=False)
    of_row: npt.NDArray[np.uint64] = words[np.asarray(pc.fill_null(array.indices, len(array.dictionary)))]
    return of_row
