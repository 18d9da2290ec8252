"""What a reader hands on: one file or database table, still in the source's own columns."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

Lines = npt.NDArray[np.integer]


@dataclass(frozen=True, slots=True)
class Reject:
    """A row set aside before its columns were known, e.g. with a field too many."""

    line: int
    value: str
    reason: str


@dataclass(frozen=True)
class Extract:
    """One file or database table. ``columns``: text under the source's names, or Parquet's native types.

    ``lines``: physical line (first line of a record), or ordinal of the record. ``dropped``: rows left out by rule.
    ``preamble``: lines above the header. ``beside``: the further files whose columns were joined. ``unended``: line
    of the last row, where the file ends without a line end. ``read``: rows as they were read, before any was joined or
    left out; None where that is all there is.
    """

    file: str
    columns: pa.Table
    lines: Lines
    sha256: str
    size: int
    rejects: tuple[Reject, ...] = ()
    dropped: Mapping[str, int] = field(default_factory=dict)
    extracted_at: datetime | None = None
    preamble: tuple[str, ...] = ()
    beside: tuple["Extract", ...] = ()
    unended: int | None = None
    read: int | None = None

    @property
    def rows_read(self) -> int:
        """Rows of the file, those that its reader set aside included."""
        return self.columns.num_rows + len(self.rejects) if self.read is None else self.read


def numbered(first: int, count: int) -> Lines:
    """Consecutive numbers, four bytes each as long as they fit."""
    fits = first + count <= np.iinfo(np.int32).max
    return np.arange(first, first + count, dtype=np.int32 if fits else np.int64)


def one_array(values: pa.ChunkedArray) -> pa.Array:
    """The chunks of a column as one array; a single one is not copied."""
    if values.num_chunks == 1:
        return values.chunk(0)
    combined = values.combine_chunks()
    return pa.concat_arrays(combined.chunks) if isinstance(combined, pa.ChunkedArray) else combined


def is_text(kind: pa.DataType) -> bool:
    """Whether a column holds text, plain or as words of a dictionary."""
    return bool(pa.types.is_string(kind.value_type if pa.types.is_dictionary(kind) else kind))


def holds(values: pa.Array, byte: bytes) -> bool:
    """Whether a byte may be among the characters of a text; sees all of a sliced array's buffer."""
    characters = values.buffers()[2]
    return characters is not None and bool((np.frombuffer(characters, dtype=np.uint8) == byte[0]).any())


def wordwise(values: pa.Array | pa.ChunkedArray, function: Callable[[pa.Array], pa.Array]) -> pa.Array:
    """A function of single texts, asked once for each word of a dictionary; an array of plain text as it is."""
    array = one_array(values) if isinstance(values, pa.ChunkedArray) else values
    if not pa.types.is_dictionary(array.type):
        return function(array)
    # one word more, for rows without any
    words = pa.concat_arrays([array.dictionary, pa.nulls(1, array.dictionary.type)])
    return pc.take(function(words), pc.fill_null(array.indices, len(array.dictionary)))


def give_back() -> None:
    """Return freed memory to the system: the allocator keeps it for a next time that may not come."""
    pa.default_memory_pool().release_unused()
