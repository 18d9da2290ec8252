"""A large, clean delimited file read in blocks: never whole in memory, and keys coded while they are parsed.

Clean means: UTF-8, one record per physical line, each of the right width, quotes in pairs, no blank line. Then record n
stands on line n of the rows, and no record can have swallowed another. Anything else is left to the careful reader.
"""

import hashlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pacsv

from riskplug.errors import DataRefused
from riskplug.ingest.delimited import Delimited, header_of
from riskplug.ingest.extract import give_back
from riskplug.ingest.profile import Profile, TableRule
from riskplug.ingest.recognise import recognise
from riskplug.ingest.text import decode, split_lines

LARGE = 8_000_000
_BLOCK = 1 << 25
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


def read_streamed(path: Path, profile: Profile, rule: TableRule, where: str, keys: Collection[str]) -> Streamed | None:
    """Read a file in blocks; None when it is small or not clean. ``keys``: columns kept as words of a dictionary."""
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
    table = _parsed(path, above, names, profile, found.quoted, _kinds(head, above, names, profile, found.quoted, keys))
    if table is None or table.num_rows != found.rows:
        return None
    table = table.unify_dictionaries().combine_chunks()
    give_back()
    at = np.arange(above + 1, above + 1 + table.num_rows, dtype=np.int64)
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
        while block := file.read(_BLOCK):
            digest.update(block)
            size += len(block)
            if b"\0" in block or b"\n\n" in block or (last == b"\n" and block[:1] in (b"\n", b"\r")):
                return None
            if b"\r" in block and (b"\n\r" in block or block.count(b"\r") != _pairs(block, last)):
                return None
            ends += block.count(b"\n")
            quotes += block.count(quote) if quote else 0
            last = block[-1:]
    if size == start or quotes % 2 or last == b"\r":
        return None
    return _Scan(digest.hexdigest(), size, ends + (last != b"\n"), bool(quotes), last == b"\n")


def _pairs(block: bytes, last: bytes) -> int:
    """CRLFs that begin in this block; one that is cut by its end is told from a lone CR by the block after it."""
    return block.count(b"\r\n") + (block[-1:] == b"\r") if last != b"\r" or block[:1] == b"\n" else -1


def _kinds(
    head: bytes, above: int, names: Sequence[str], profile: Profile, quoted: bool, keys: Collection[str]
) -> dict[str, pa.DataType]:
    words = {*keys, *_repetitive(head[: head.rfind(b"\n")], above, names, profile, quoted)}
    return {name: pa.dictionary(pa.int32(), pa.string()) if name in words else pa.string() for name in names}


def _repetitive(head: bytes, above: int, names: Sequence[str], profile: Profile, quoted: bool) -> set[str]:
    """Columns whose values repeat in the first rows."""
    sample = _parsed(pa.BufferReader(head), above, names, profile, quoted, dict.fromkeys(names, pa.string()))
    if sample is None:
        return set()
    limit = _REPETITIVE * sample.num_rows
    return {name for name in names if pc.count_distinct(sample.column(name)).as_py() < limit}


def _parsed(
    source: Path | pa.BufferReader,
    above: int,
    names: Sequence[str],
    profile: Profile,
    quoted: bool,
    kinds: dict[str, pa.DataType],
) -> pa.Table | None:
    try:
        return pacsv.read_csv(
            source,
            read_options=pacsv.ReadOptions(column_names=list(names), block_size=_BLOCK, skip_rows=above),
            parse_options=pacsv.ParseOptions(
                delimiter=profile.delimiter,
                quote_char=profile.quote if quoted else False,
                newlines_in_values=quoted,
                ignore_empty_lines=False,
            ),
            convert_options=pacsv.ConvertOptions(column_types=kinds, strings_can_be_null=False),
        )
    except pa.ArrowInvalid:
        return None
