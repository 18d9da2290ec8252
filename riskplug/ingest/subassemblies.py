"""The parts of a sub-assembly, listed wherever it is used: the same BOM lines again, not further ones."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Quantities:
    """For one parent: as text, as numbers (NaN where unreadable), and how far rounding may have moved them."""

    text: pa.Array
    values: Floats
    tolerance: Floats

    def of(self, rows: Ints) -> "Quantities":
        return Quantities(self.text.take(pa.array(rows)), self.values[rows], self.tolerance[rows])

    @classmethod
    def stacked(cls, parts: Sequence["Quantities | None"]) -> "Quantities | None":
        found = [part for part in parts if part is not None]
        if not found:
            return None
        return cls(
            pa.concat_arrays([part.text for part in found]),
            np.concatenate([part.values for part in found]),
            np.concatenate([part.tolerance for part in found]),
        )


@dataclass(frozen=True)
class Blocks:
    """Rows ordered by parent, by the times it is listed, and by content.

    ``rows``: rows of the list. ``block``: which listing of which parent a row is in; ``first``: the place in ``rows``
    of the row that stands for it in the first listing, -1 if there is none; ``is_repeat``: not the first listing.
    """

    rows: Ints
    block: Ints
    first: Ints
    is_repeat: Mask
    content: Ints
    sizes: Ints
    first_block: Ints


def sorted_blocks(
    rows: Ints, names: pa.Array, occurrences: Ints, content: Sequence[pa.Array], quantities: Quantities | None
) -> Blocks:
    """Group rows by the parent's name and by where it is listed; lists come in the order of the file."""
    keys = _codes(names)
    texts = [values.take(pa.array(rows)) for values in content]
    values = np.zeros(len(rows)) if quantities is None else quantities.values[rows]
    if quantities is not None:  # what cannot be read as a number is compared as text
        unread = pa.array(np.isnan(values))
        texts.append(pc.if_else(unread, quantities.text.take(pa.array(rows)), pa.scalar(None, pa.string())))
    codes = _combined([_codes(text) for text in texts])
    _, starts, listing = np.unique(occurrences, return_index=True, return_inverse=True)
    order = np.lexsort((values, codes, starts[listing], keys))
    keys, listed = keys[order], starts[listing][order]
    block = np.cumsum((np.diff(keys, prepend=-1) != 0) | (np.diff(listed, prepend=-1) != 0)) - 1
    begins = np.flatnonzero(np.diff(block, prepend=-1))
    sizes = np.diff(np.append(begins, len(block)))
    is_first = np.diff(keys[begins], prepend=-1) != 0
    first_block = np.maximum.accumulate(np.where(is_first, np.arange(len(begins)), 0))
    place = np.arange(len(block)) - begins[block]
    first = np.where(place < sizes[first_block[block]], begins[first_block[block]] + place, -1)
    return Blocks(rows[order], block, first, ~is_first[block], codes[order], sizes, first_block)


def differing(blocks: Blocks, quantities: Quantities | None) -> tuple[Mask, Ints]:
    """Rows of listings that differ from the first of their parent; and for each row the first row of that listing."""
    other = np.maximum(blocks.first, 0)
    unequal = (blocks.first < 0) | (blocks.content != blocks.content[other])
    if quantities is not None:
        values, tolerance = quantities.values[blocks.rows], quantities.tolerance[blocks.rows]
        with np.errstate(invalid="ignore"):  # infinite ones are set aside when the column is read
            apart = np.abs(values - values[other]) > tolerance + tolerance[other]
        unequal |= apart | (np.isnan(values) != np.isnan(values[other]))
    bad = np.bincount(blocks.block, weights=unequal, minlength=len(blocks.sizes)) > 0
    bad |= blocks.sizes != blocks.sizes[blocks.first_block]
    earliest = np.minimum.reduceat(blocks.rows, np.flatnonzero(np.diff(blocks.block, prepend=-1)))
    return bad[blocks.block], earliest[blocks.first_block[blocks.block]]


def _codes(text: pa.Array) -> Ints:
    values = text.dictionary_encode() if not isinstance(text, pa.DictionaryArray) else text
    return np.asarray(pc.fill_null(values.indices, -1)).astype(np.int64)


def _combined(codes: Sequence[Ints]) -> Ints:
    """One number for each combination of codes."""
    found = codes[0]
    for more in codes[1:]:
        found = np.unique(found * (more.max() + 2) + more, return_inverse=True)[1].reshape(-1).astype(np.int64)
    return found
