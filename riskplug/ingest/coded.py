"""Text columns as codes over words, block by block: the text of a block is let go once it is coded.

Columns that hold the same words, such as the two part numbers of a line, share one dictionary. A block comes in with
words of its own; these are made one with the words known so far whenever many have come together. Words are kept on
shelves by their last letter: one shelf at a time is looked through, which takes little memory however many there are.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from riskplug.ingest.extract import give_back

SPARE = 1 << 21
"""Words of single blocks that may wait, beside as many as are known: to look all of them up anew costs time."""
_SHELVES = 16
_BITS = 4

Codes = npt.NDArray[np.int32]


class Coded:
    """Columns over one dictionary, whose words are distinct and never missing. A missing value is a missing code."""

    def __init__(self, names: Sequence[str], spare: int | None = None) -> None:
        self.names = tuple(names)
        self._spare = SPARE if spare is None else spare
        self._shelves = [pa.array([], pa.string())] * _SHELVES
        self._codes: dict[str, list[pa.Array]] = {name: [] for name in self.names}
        self._waiting: list[_Block] = []

    def add_text(self, block: Mapping[str, pa.ChunkedArray]) -> None:
        """Take over one block, its columns as plain text."""
        pieces = [piece for name in self.names for piece in block[name].chunks if len(piece)]
        if not pieces:
            return
        encoded = pa.chunked_array(pieces).dictionary_encode()
        codes = pa.concat_arrays([piece.indices for piece in encoded.chunks])
        rows = len(codes) // len(self.names)
        self.add(encoded.chunk(0).dictionary, [codes.slice(at * rows, rows) for at in range(len(self.names))])

    def add(self, words: pa.Array, codes: Sequence[pa.Array]) -> None:
        """Take over one block: its distinct words, and the codes of each column."""
        shelf = _shelf(words)
        order = np.argsort(shelf, kind="stable")
        place = np.empty(len(words), dtype=np.int32)
        place[order] = np.arange(len(words), dtype=np.int32)
        ends = np.cumsum(np.bincount(shelf, minlength=_SHELVES))
        self._waiting.append(_Block(words.take(pa.array(order)), ends, [pc.take(pa.array(place), of) for of in codes]))
        if sum(len(block.words) for block in self._waiting) > sum(map(len, self._shelves)) // 2 + self._spare:
            self._settle()

    def columns(self) -> dict[str, pa.DictionaryArray]:
        """All rows of every column. To be asked once: what was gathered is given up meanwhile."""
        self._settle()
        give_back()
        first = np.cumsum([0, *map(len, self._shelves)], dtype=np.int32)
        words, self._shelves = pa.concat_arrays(self._shelves), []
        return {
            name: pa.DictionaryArray.from_arrays(_in_one_row(self._codes.pop(name), first), words)
            for name in self.names
        }

    def _settle(self) -> None:
        """Every word that waits to its shelf; the codes of its block become the place there and the shelf."""
        places = [np.empty(len(block.words), dtype=np.int32) for block in self._waiting]
        for shelf, known in enumerate(self._shelves):
            words = [block.on(shelf) for block in self._waiting]
            merged = pa.concat_arrays([known, *words]).dictionary_encode()
            found, at = (np.asarray(merged.indices) << _BITS) | shelf, len(known)
            for block, place in zip(self._waiting, places, strict=True):
                start, end = block.bounds(shelf)
                place[start:end] = found[at : at + end - start]
                at += end - start
            self._shelves[shelf] = merged.dictionary
            del known, merged, words
            give_back()
        self._recode(places)

    def _recode(self, places: Sequence[Codes]) -> None:
        """The codes of all blocks that waited, as one piece: many small ones leave the memory in holes."""
        blocks, self._waiting = self._waiting, []
        most = max((int(place.max()) for place in places if len(place)), default=0)
        looked_up = [pa.array(place.astype(np.int8 if most <= np.iinfo(np.int8).max else np.int32)) for place in places]
        for name in reversed(self.names):
            found = [pc.take(place, block.codes.pop()) for place, block in zip(looked_up, blocks, strict=True)]
            self._codes[name] += [pa.concat_arrays(found)] if found else []


@dataclass(frozen=True)
class _Block:
    """Words in the order of their shelves, where each shelf ends, and the codes of each column."""

    words: pa.Array
    ends: npt.NDArray[np.int64]
    codes: list[pa.Array]

    def bounds(self, shelf: int) -> tuple[int, int]:
        return int(self.ends[shelf - 1]) if shelf else 0, int(self.ends[shelf])

    def on(self, shelf: int) -> pa.Array:
        start, end = self.bounds(shelf)
        return self.words.slice(start, end - start)


def _shelf(words: pa.Array) -> npt.NDArray[np.uint8]:
    """Where each word belongs: by its last byte, which tells numbers best apart."""
    _, ends, letters = words.buffers()
    if letters is None or not letters.size:
        return np.zeros(len(words), dtype=np.uint8)
    end = np.frombuffer(ends, dtype=np.int32)[words.offset : words.offset + len(words) + 1]
    last = np.frombuffer(letters, dtype=np.uint8)[np.maximum(end[1:], 1) - 1] % _SHELVES
    return np.where(end[1:] > end[:-1], last, 0).astype(np.uint8)


def _in_one_row(pieces: list[pa.Array], first: Codes) -> pa.Array:
    """The codes of all blocks, counted through from shelf to shelf."""
    codes = np.empty(sum(map(len, pieces)), dtype=np.int32)
    missing = any(piece.null_count for piece in pieces)
    at = 0
    while pieces:
        found = np.asarray(pc.fill_null(pieces.pop(0), -1))
        codes[at : at + len(found)] = np.where(found < 0, -1, first[found % _SHELVES] + (found >> _BITS))
        at += len(found)
        del found
        give_back()
    return pa.array(codes, mask=codes < 0) if missing else pa.array(codes)
