"""Text columns as codes over words, block by block: the text of a block is let go once it is coded.

Columns that hold the same words, such as the two part numbers of a line, share one dictionary. A block comes in with
words of its own; these are made one with the words known so far whenever they have become as many.
"""

from collections.abc import Mapping, Sequence

import pyarrow as pa
import pyarrow.compute as pc

SPARE = 1 << 21
"""Words of single blocks that may wait, beside as many as are known: to look all of them up anew costs time."""


class Coded:
    """Columns over one dictionary, whose words are distinct and never missing. A missing value is a missing code."""

    def __init__(self, names: Sequence[str], spare: int = SPARE) -> None:
        self.names = tuple(names)
        self._spare = spare
        self._known = pa.array([], pa.string())
        self._codes: dict[str, list[pa.Array]] = {name: [] for name in self.names}
        self._waiting: list[tuple[pa.Array, list[pa.Array]]] = []

    def add_text(self, block: Mapping[str, pa.ChunkedArray]) -> None:
        """Take over one block, its columns as plain text."""
        pieces = [piece for name in self.names for piece in block[name].chunks]
        if not pieces:
            return
        encoded = pa.chunked_array(pieces).dictionary_encode()
        codes = pa.concat_arrays([piece.indices for piece in encoded.chunks])
        rows = len(codes) // len(self.names)
        self.add(encoded.chunk(0).dictionary, [codes.slice(at * rows, rows) for at in range(len(self.names))])

    def add(self, words: pa.Array, codes: Sequence[pa.Array]) -> None:
        """Take over one block: its distinct words, and the codes of each column."""
        self._waiting.append((words, list(codes)))
        if sum(len(words) for words, _ in self._waiting) > len(self._known) + self._spare:
            self._settle()

    def columns(self) -> dict[str, pa.DictionaryArray]:
        """All rows of every column. To be asked once: what was gathered is given up meanwhile."""
        self._settle()
        nothing = pa.array([], pa.int32())
        codes = {name: pa.concat_arrays(self._codes.pop(name) or [nothing]) for name in self.names}
        return {name: pa.DictionaryArray.from_arrays(found, self._known) for name, found in codes.items()}

    def _settle(self) -> None:
        at = len(self._known)
        words = [words for words, _ in self._waiting]
        merged = pa.concat_arrays([self._known, *words]).dictionary_encode()
        for words, codes in self._waiting:
            place = merged.indices.slice(at, len(words))
            for name, found in zip(self.names, codes, strict=True):
                self._codes[name].append(pc.take(place, found))
            at += len(words)
        self._known, self._waiting = merged.dictionary, []
