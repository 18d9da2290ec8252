"""What was worked out in an earlier night and can be had again: read back only where all that it came of is the same.

``<state folder>/reuse/<stage>/<key>``: one file per result. The key is a digest of everything that the result depends
on, and no result is looked for by anything else; so what is missing, damaged, of another version or of another
workspace is worked out anew, and never a failure. A file ends with its own digest: what was cut off or changed since is
not believed. Files of a stage that a night made no use of go when the night is over.
"""

import hashlib
import json
import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from riskplug.model import Reused
from riskplug.private import private_file, private_folder

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

SCHEMA = "riskplug.kept/1"
_DIGEST_BYTES, _LENGTH_BYTES = 32, 8
# A disk with less room than some times what is to be kept is left to what a night cannot do without.
_ROOM = 8


@dataclass(frozen=True)
class Kept:
    """A result: tables by name, and the rest as JSON."""

    tables: "Mapping[str, pa.Table]" = field(default_factory=dict)
    told: Mapping[str, Any] = field(default_factory=dict)


@dataclass(eq=False)
class Reuse:
    """The results of earlier nights below a folder; without one nothing is kept and nothing found.

    ``ingredients``: digest of what every result depends on: versions, code, plugins. ``writes``: whether tonight's
    results are kept; a dry run leaves all as it is. ``done``: what was reused so far.
    """

    folder: Path | None = None
    ingredients: str = ""
    writes: bool = True
    done: list[Reused] = field(default_factory=list)
    _used: set[Path] = field(default_factory=set)

    def key(self, stage: str, *parts: "str | pd.DataFrame | pa.Table") -> str:
        """The key of what a stage works out of some texts and tables, in this order; empty where there is none."""
        if self.folder is None:
            return ""
        try:
            return digest_of(self.ingredients, stage, *parts)
        except (TypeError, ValueError):  # a column of mixed values has no one digest
            return ""

    def found(self, stage: str, key: str) -> Kept | None:
        """What is kept under a key, or None. Its tables are views of what was read."""
        if self.folder is None or not key:
            return None
        path = self.folder / stage / key
        kept = _read(path, stage, key)
        if kept is not None:
            self._used.add(path)
        return kept

    def keep(self, stage: str, key: str, kept: Kept) -> None:
        """Keep a result for the nights to come, where the disk takes it."""
        if self.folder is None or not key or not self.writes:
            return
        path = self.folder / stage / key
        self._used.add(path)
        with suppress(OSError):
            private_folder(path.parent)
            size = sum(table.nbytes for table in kept.tables.values())
            if shutil.disk_usage(path.parent).free > _ROOM * size:
                _write(path, stage, kept)

    def say(self, stage: str, what: str, rows: int) -> None:
        """Note that something was reused."""
        self.done.append(Reused(stage, what, rows))

    def tidy(self) -> None:
        """Delete what tonight made no use of, of the stages that made use of anything."""
        if not self.writes:
            return
        for folder in {path.parent for path in self._used}:
            with suppress(OSError):
                for path in folder.iterdir():
                    if path not in self._used:
                        path.unlink()


NOTHING = Reuse()
"""Keeps nothing, finds nothing."""


def digest_of(*parts: "str | pd.DataFrame | pa.Table") -> str:
    """SHA-256 of texts and tables. Equal digests mean equal values, names and types in the same order; tables that are
    equal and lie differently in memory may have other ones. TypeError or ValueError where a column has no one type.
    """
    digest = _Digest()
    for part in parts:
        if isinstance(part, str):
            text = part.encode()
            digest.write(b"text %d " % len(text) + text)
        else:
            digest.write(b"table ")
            _stream(_table(part), digest)
    return digest.hexdigest()


def _table(rows: "pd.DataFrame | pa.Table") -> "pa.Table":
    import pyarrow as pa

    table = rows if isinstance(rows, pa.Table) else pa.Table.from_pandas(rows)
    return table.unify_dictionaries().combine_chunks()


def _stream(table: "pa.Table", into: "_Digest", compression: str | None = None) -> None:
    import pyarrow as pa

    options = pa.ipc.IpcWriteOptions(compression=compression)
    with pa.PythonFile(into, mode="w") as sink, pa.ipc.new_stream(sink, table.schema, options=options) as writer:
        writer.write_table(table)


class _Digest:
    """A file that is only digested, or written on as well."""

    closed = False

    def __init__(self, file: BinaryIO | None = None) -> None:
        self._digest, self._file, self.size = hashlib.sha256(), file, 0

    def write(self, data: bytes) -> int:
        self._digest.update(data)
        if self._file is not None:
            self._file.write(data)
        size = memoryview(data).nbytes
        self.size += size
        return size

    def flush(self) -> None:
        """Nothing waits."""

    def close(self) -> None:
        """What lies below is closed by whoever opened it."""

    def digest(self) -> bytes:
        return self._digest.digest()

    def hexdigest(self) -> str:
        return self._digest.hexdigest()


def _write(path: Path, stage: str, kept: Kept) -> None:
    """The tables, then what they are and the rest as JSON, its length, and the digest of all before it."""
    draft = path.with_name(f".{path.name}.part")
    try:
        with os.fdopen(private_file(draft), "wb") as file:
            written = _Digest(file)
            ends = {}
            for name, table in kept.tables.items():
                _stream(_table(table), written, "lz4")
                ends[name] = written.size
            about = {"schema": SCHEMA, "stage": stage, "key": path.name, "ends": ends, "told": kept.told}
            text = json.dumps(about).encode()
            written.write(text + len(text).to_bytes(_LENGTH_BYTES))
            file.write(written.digest())
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)


def _read(path: Path, stage: str, key: str) -> Kept | None:
    import pyarrow as pa

    try:
        data = memoryview(path.read_bytes())
        body = data[:-_DIGEST_BYTES]
        if hashlib.sha256(body).digest() != data[-_DIGEST_BYTES:]:
            return None
        length = int.from_bytes(body[-_LENGTH_BYTES:])
        about = json.loads(bytes(body[-_LENGTH_BYTES - length : -_LENGTH_BYTES]))
        if (about["schema"], about["stage"], about["key"]) != (SCHEMA, stage, key):
            return None
        tables = {name: pa.ipc.open_stream(part).read_all() for name, part in _parts(body, about["ends"])}
    except (OSError, ValueError, LookupError, TypeError, pa.ArrowException):
        return None
    return Kept(tables, about["told"])


def _parts(body: memoryview, ends: Mapping[str, int]) -> Iterator[tuple[str, memoryview]]:
    start = 0
    for name, end in ends.items():
        yield name, body[start:end]
        start = end
