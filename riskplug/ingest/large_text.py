"""A large, clean delimited file read in blocks: never whole in memory, and keys coded while they are parsed.

Clean means: UTF-8, one record per physical line, each of the right width, quotes in pairs, no blank line. Then record n
stands on line n of the rows, and no record can have swallowed another. Anything else is left to the careful reader.
"""

import hashlib
from collections.abc import Collection, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pacsv

from riskplug.errors import DataRefused
from riskplug.ingest.coded import Coded
from riskplug.ingest.delimited import Delimited, header_of
from riskplug.ingest.extract import give_back, numbered
from riskplug.ingest.profile import Profile, TableRule
from riskplug.ingest.recognise import recognise
from riskplug.ingest.text import decode, split_lines

LARGE = 8_000_000
_SCANNED = 1 << 18  # stays in the processor's cache while it is looked at several times
_BLOCK = 1 << 22
_CODED = 1 << 25  # text that is coded at once: the larger, the fewer words are looked up twice
_HEAD = 1 << 20
_TWO_MARKS = b"\xef\xbb\xbf" * 2
_ENCODINGS = ("utf-8", "utf8", "utf-8-sig")
# A column with fewer distinct values than this share of its rows is cheaper as words of a dictionary.
_REPETITIVE = 0.5


@dataclass(frozen=True)
class Streamed:
    """The rows of a file, and the hash and size of all of it."""

    text: Delimited
    sha256: str
    size: int


def read_streamed(
    path: Path, profile: Profile, rule: TableRule, where: str, keys: Collection[str], parts: Collection[str]
) -> Streamed | None:
    """Read a file in blocks; None when it is small or not clean.

    ``keys``: columns kept as words of a dictionary. ``parts``: those among them that share one.
    """
    if profile.encoding.lower() not in _ENCODINGS or not (profile.delimiter + profile.quote).isascii():
        return None
    if any(item.line is not None for item in rule.drop_rows) or path.stat().st_size < LARGE:
        return None
    with path.open("rb") as file:
        head = file.read(_HEAD)
    lines = _first_lines(head, profile, where)
    if lines is None:
        return None
    names, above, preamble = header_of(lines, profile, rule, where)
    found = _scan(path, _start_of_rows(head, above), profile.quote.encode())
    if found is None:
        return None
    layout = _Layout(above, tuple(names), profile, found.quoted)
    table = _coded(path, layout, {*keys, *_repetitive(head[: head.rfind(b"\n")], layout)}, parts)
    if table is None or table.num_rows != found.rows:
        return None
    give_back()
    at = numbered(above + 1, table.num_rows)
    unended = None if found.is_ended else int(at[-1])
    return Streamed(Delimited(table, at, (), {}, preamble, above, unended=unended), found.sha256, found.size)


def _first_lines(head: bytes, profile: Profile, where: str) -> list[str] | None:
    """The lines of the head; None where they are no text as declared, which the careful reader then says in full."""
    cut = head.rfind(b"\n") + 1
    if (
        not cut
        or b"\0" in head
        or head.startswith(_TWO_MARKS)
        or b"\r" in head.replace(b"\r\n", b"")
        or recognise(head) != "text"
    ):
        return None
    try:
        return split_lines(decode(head[:cut], profile.encoding, where))
    except DataRefused:
        return None


def _start_of_rows(head: bytes, above: int) -> int:
    at = 0
    for _ in range(above):
        at = head.index(b"\n", at) + 1
    return at


@dataclass(frozen=True)
class _Scan:
    sha256: str
    size: int
    rows: int
    quoted: bool
    is_ended: bool


def _scan(path: Path, start: int, quote: bytes) -> _Scan | None:
    """One pass over the bytes; None when something is not clean."""
    digest, size, ends, quotes, last = hashlib.sha256(), start, 0, 0, b"\n"
    with path.open("rb") as file:
        digest.update(file.read(start))
        while block := file.read(_SCANNED):
            digest.update(block)
            size += len(block)
            if b"\0" in block or (last == b"\n" and block[:1] in (b"\n", b"\r")):
                return None
            if b"\r" in block and (b"\n\r" in block or block.count(b"\r") != _pairs(block, last)):
                return None
            is_end = _is(block, b"\n")
            if (is_end[1:] & is_end[:-1]).any():
                return None
            ends += int(np.count_nonzero(is_end))
            quotes += int(np.count_nonzero(_is(block, quote))) if quote else 0
            last = block[-1:]
    if size == start or quotes % 2 or last == b"\r":
        return None
    return _Scan(digest.hexdigest(), size, ends + (last != b"\n"), bool(quotes), last == b"\n")


def _is(block: bytes, byte: bytes) -> npt.NDArray[np.bool_]:
    return np.equal(np.frombuffer(block, dtype=np.uint8), byte[0])


def _pairs(block: bytes, last: bytes) -> int:
    """CRLFs that begin in this block; one that is cut by its end is told from a lone CR by the block after it."""
    return block.count(b"\r\n") + (block[-1:] == b"\r") if last != b"\r" or block[:1] == b"\n" else -1


@dataclass(frozen=True)
class _Layout:
    """How the rows of a file are written."""

    above: int
    names: tuple[str, ...]
    profile: Profile
    quoted: bool

    def options(self) -> dict[str, object]:
        """For both readers of pyarrow: every column as text."""
        return {
            "read_options": pacsv.ReadOptions(column_names=self.names, block_size=_BLOCK, skip_rows=self.above),
            "parse_options": pacsv.ParseOptions(
                delimiter=self.profile.delimiter,
                quote_char=self.profile.quote if self.quoted else False,
                newlines_in_values=self.quoted,
                ignore_empty_lines=False,
            ),
            "convert_options": pacsv.ConvertOptions(
                column_types=dict.fromkeys(self.names, pa.string()), strings_can_be_null=False
            ),
        }


def _repetitive(head: bytes, layout: _Layout) -> set[str]:
    """Columns whose values repeat in the first rows."""
    try:
        sample = pacsv.read_csv(pa.BufferReader(head), **layout.options())
    except pa.ArrowInvalid:
        return set()
    limit = _REPETITIVE * sample.num_rows
    return {name for name in layout.names if pc.count_distinct(sample.column(name)).as_py() < limit}


def _coded(path: Path, layout: _Layout, words: Collection[str], parts: Collection[str]) -> pa.Table | None:
    """The whole table, columns of words coded; None where the reader finds a row that does not fit."""
    together = [name for name in layout.names if name in parts]
    coded = [Coded([name]) for name in layout.names if name in words and name not in together]
    coded += [Coded(together)] if together else []
    plain = {name: pa.chunked_array([], pa.string()) for name in layout.names}
    for each in coded:
        for name in each.names:
            del plain[name]
    try:
        for block in _ahead(_blocks(path, layout)):
            for each in coded:
                each.add_text({name: block.column(name) for name in each.names})
            for name, so_far in plain.items():
                plain[name] = pa.chunked_array([*so_far.chunks, *block.column(name).chunks])
            del block
            give_back()
    except pa.ArrowInvalid:
        return None
    columns = {name: values.combine_chunks() for name, values in plain.items()}
    for each in coded:
        columns |= each.columns()
    return pa.table({name: columns[name] for name in layout.names})


def _blocks(path: Path, layout: _Layout) -> Iterator[pa.Table]:
    batches: list[pa.RecordBatch] = []
    for batch in pacsv.open_csv(path, **layout.options()):
        batches.append(batch)
        if sum(each.nbytes for each in batches) >= _CODED:
            yield pa.Table.from_batches(batches)
            batches = []
    if batches:
        yield pa.Table.from_batches(batches)


def _ahead(blocks: Iterator[pa.Table]) -> Iterator[pa.Table]:
    """The same blocks, the next one parsed while one is coded."""
    with ThreadPoolExecutor(1) as other:
        coming = other.submit(next, blocks, None)
        while (block := coming.result()) is not None:
            coming = other.submit(next, blocks, None)
            yield block
