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

from riskplug.ingest.coded import Coded
from riskplug.ingest.extract import give_back

UNDECODABLE = "\0bytes "
"""Stands before the hexadecimal digits of bytes that are no UTF-8 text."""

_WAITING = 1 << 17
_TOGETHER = 64
_PRIME = np.uint64(0x9E3779B97F4A7C15)


class Gathered:
    """Columns of a query: whole numbers as they are, everything else as words of a dictionary."""

    def __init__(self, columns: Sequence[str]) -> None:
        self.columns = tuple(columns)
        self._gathered = [_Column() for _ in columns]
        self._sums = np.zeros(3, dtype=np.uint64)
        self._added = 0

    def add(self, rows: Sequence[Sequence[object]]) -> None:
        """Take over one batch of rows."""
        if not rows:
            return
        arrays = [_array(values) for values in zip(*rows, strict=True)]
        for column, array in zip(self._gathered, arrays, strict=True):
            column.add(array)
        hashes = _row_hashes(arrays)
        self._sums += np.array([hashes.sum(), (hashes * hashes).sum(), (hashes >> np.uint64(32)).sum()])
        self._added += 1
        if self._added % _TOGETHER == 0:
            give_back()

    def table(self) -> pa.Table:
        """All rows; to be asked once, at the end."""
        whole: dict[str, pa.Array] = {}
        for name in self.columns:
            whole[name] = self._gathered.pop(0).whole()
            give_back()
        return pa.table(whole)

    def sha256(self) -> str:
        """A hash of the rows in any order, made of sums over them: a database promises no order."""
        return hashlib.sha256("\x1f".join(self.columns).encode() + self._sums.tobytes()).hexdigest()


class _Column:
    """One column: whole numbers in four bytes where they fit, or words from the first batch on that holds others."""

    def __init__(self) -> None:
        self._numbers: list[pa.Array] = []
        self._recent: list[pa.Array] = []
        self._words: Coded | None = None

    def add(self, batch: pa.Array) -> None:
        if self._words is None and pa.types.is_integer(batch.type):
            self._recent.append(_narrow(batch))
            if len(self._recent) == _TOGETHER:  # many small arrays leave the memory in holes
                self._numbers, self._recent = [*self._numbers, _as_one(self._recent)], []
            return
        words = self._as_words()
        encoded = batch if pa.types.is_dictionary(batch.type) else pc.cast(batch, pa.string()).dictionary_encode()
        words.add(encoded.dictionary, [encoded.indices])

    def _as_words(self) -> Coded:
        if self._words is None:
            numbers, self._numbers, self._recent = [*self._numbers, *self._recent], [], []
            self._words = Coded([""], _WAITING)
            for batch in numbers:
                self.add(batch)
        return self._words

    def whole(self) -> pa.Array:
        if self._words is not None:
            return self._words.columns()[""]
        numbers, self._numbers, self._recent = [*self._numbers, *self._recent], [], []
        return _as_one(numbers) if numbers else pa.array([], pa.string())


def _as_one(numbers: Sequence[pa.Array]) -> pa.Array:
    kind = pa.int64() if any(pa.types.is_int64(batch.type) for batch in numbers) else pa.int32()
    return pa.concat_arrays([batch.cast(kind) for batch in numbers])


def _narrow(numbers: pa.Array) -> pa.Array:
    try:
        return numbers.cast(pa.int32())
    except pa.ArrowInvalid:
        return numbers


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
