"""Snapshots: the frozen inputs of a scan as Parquet, with a manifest that says where every row came from.

``<state folder>/snapshots/<business date>/<scan id>/<table>.parquet`` and ``manifest.json``. A snapshot is written
into a temporary folder and renamed, so that a half-written one is never found. A scan goes on with what it wrote: the
tables are put into the shape in which they are read before they are written, and the bytes on disk are held against
those that were handed over.
"""

import hashlib
import json
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import date, datetime
from io import BufferedWriter, BytesIO, FileIO
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import pandas as pd
import pyarrow as pa

from riskplug.beside import NOBODY, Beside
from riskplug.catalogue import UNTRUSTED
from riskplug.errors import StateUnusable
from riskplug.model import Ingested, InputFile, Validated
from riskplug.private import private_folder
from riskplug.state.alike import alike
from riskplug.tables import TABLES

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer as Buffer

SCHEMA = "riskplug.snapshot/1"
_EXTRA = ("quarantine", "checks", "table_facts")
# Above the usual megabyte of words the codes of part numbers would be spelt out row by row, and with every further
# group of rows all words are written anew.
_AS_CODES: Mapping[str, Any] = {
    "dictionary_pagesize_limit": 1 << 28,
    "row_group_size": 1 << 26,
    "write_statistics": False,
}
# Where a row comes from is another number in every row, which no dictionary makes shorter: bytes of equal weight
# together take a hundredth of the room, and half of the time of all columns.
_COUNTED = "row"


@dataclass(frozen=True)
class Snapshot:
    """What the stages after validation read; equal snapshots, rules and law give equal findings."""

    path: Path
    scan_id: str
    business_date: date
    validated: Validated
    files: tuple[InputFile, ...]
    absent_stock: Mapping[str, Literal["zero", "unknown"]]
    manifest: Mapping[str, Any]


def write_snapshot(
    folder: Path,
    ingested: Ingested,
    validated: Validated,
    *,
    scan_id: str,
    business_date: date,
    versions: Mapping[str, str],
    hashes: Mapping[str, str],
    beside: Beside = NOBODY,
) -> Snapshot:
    """Write tables and manifest below ``folder``. What is returned equals what read_snapshot() gives of it.

    Only what no table is, and is small, is read back. ``beside``: who writes one table while others are written.
    StateUnusable where the disk holds other bytes than were written.
    """
    target = folder / business_date.isoformat() / scan_id
    draft = target.with_name(f".{scan_id}.part")
    shutil.rmtree(draft, ignore_errors=True)
    private_folder(draft)
    tables = alike(dict(validated.tables))
    extra = dict(zip(_EXTRA, (validated.quarantine, validated.checks, validated.facts), strict=True))
    # what is small first: the first file that is written imports what writes files
    digests = {name: _write(frame, draft / f"{name}.parquet") for name, frame in extra.items()}
    written = {name: beside.start(_write, frame, draft / f"{name}.parquet") for name, frame in tables.items()}
    digests |= {name: one.result() for name, one in written.items()}
    manifest = {
        "schema": SCHEMA,
        "scan_id": scan_id,
        "business_date": business_date.isoformat(),
        "inputs": [_plain(file) for file in ingested.files],
        "rows": {name: len(frame) for name, frame in validated.tables.items()},
        "parquet_sha256": digests,
        "absent_stock": _absent_stock(ingested, validated),
        "versions": dict(versions),
        "hashes": dict(hashes),
    }
    text = json.dumps(manifest, indent=1, sort_keys=True)
    (draft / "manifest.json").write_text(text, encoding="utf-8")
    shutil.rmtree(target, ignore_errors=True)
    draft.rename(target)
    return _snapshot(target, json.loads(text), tables)


def _absent_stock(ingested: Ingested, validated: Validated) -> dict[str, str]:
    """Per source what a part without stock row has. A list that was refused says nothing: its source is left out."""
    facts = validated.facts
    refused = facts[(facts["table"] == "inventory") & facts["verdict"].isin(UNTRUSTED)]
    return {source: kind for source, kind in ingested.absent_stock.items() if source not in set(refused["source"])}


class _Sink(BufferedWriter):
    """A file that is written, with the digest of all that was handed to it."""

    def __init__(self, path: Path) -> None:
        super().__init__(FileIO(path, "w"))
        self.digest = hashlib.sha256()

    def write(self, content: "Buffer", /) -> int:
        self.digest.update(content)
        return super().write(content)


def _write(frame: pd.DataFrame, path: Path) -> str:
    texts = [name for name, column in frame.items() if column.dtype == object]
    typed = frame.astype(dict.fromkeys(texts, "str"))
    counted = [_COUNTED] if _COUNTED in typed else []
    with _Sink(path) as sink:
        typed.to_parquet(
            sink,
            index=False,
            compression="zstd",
            use_dictionary=[name for name in typed if name not in counted],
            column_encoding=dict.fromkeys(counted, "BYTE_STREAM_SPLIT"),
            **_AS_CODES,
        )
    written = sink.digest.hexdigest()
    with path.open("rb") as file:
        if hashlib.file_digest(file, "sha256").hexdigest() != written:
            raise StateUnusable(
                "the disk does not hold what was written to a snapshot", str(path), "check the disk, and scan again"
            )
    return written


def _plain(file: InputFile) -> dict[str, object]:
    return {**asdict(file), "extracted_at": file.extracted_at.isoformat() if file.extracted_at else None}


def read_snapshot(path: Path) -> Snapshot:
    """Read a snapshot back, dtypes as tables.py declares; StateUnusable when a file was changed since."""
    manifest = json.loads((path / "manifest.json").read_text(encoding="utf-8"))
    digests = manifest["parquet_sha256"]
    frames = {name: _read(path / f"{name}.parquet", digest) for name, digest in digests.items() if name not in _EXTRA}
    return _snapshot(path, manifest, alike(frames))


def _snapshot(path: Path, manifest: Mapping[str, Any], tables: dict[str, pd.DataFrame]) -> Snapshot:
    quarantine, checks, facts = (_read(path / f"{name}.parquet", manifest["parquet_sha256"][name]) for name in _EXTRA)
    # Arrow keeps what it no longer needs, which numpy cannot use
    pa.default_memory_pool().release_unused()
    files = tuple(InputFile(**{**file, "extracted_at": _stamp(file["extracted_at"])}) for file in manifest["inputs"])
    return Snapshot(
        path,
        manifest["scan_id"],
        date.fromisoformat(manifest["business_date"]),
        Validated(tables, quarantine, checks, facts),
        files,
        manifest["absent_stock"],
        manifest,
    )


def read_tables(path: Path, names: Iterable[str]) -> dict[str, pd.DataFrame]:
    """Some canonical tables of a snapshot, checked and typed as read_snapshot() does."""
    digests = json.loads((path / "manifest.json").read_text(encoding="utf-8"))["parquet_sha256"]
    wanted = [name for name in names if name in digests and name in TABLES]
    typed = alike({name: _read(path / f"{name}.parquet", digests[name]) for name in wanted})
    return {name: typed[name] for name in wanted}


def tables_of(digests: Mapping[str, str], read: Callable[[str], bytes], where: str) -> dict[str, pd.DataFrame]:
    """All canonical tables of a snapshot that lies elsewhere, checked and typed as read_snapshot() does.

    ``digests``: ``parquet_sha256`` of its manifest. ``read``: the bytes of one of its files by name.
    """
    frames = {name: _parsed(read(f"{name}.parquet"), digests[name], where) for name in digests if name in TABLES}
    return alike(frames)


def _read(path: Path, digest: str) -> pd.DataFrame:
    return _parsed(path.read_bytes() if path.is_file() else b"", digest, str(path))


def _parsed(content: bytes, digest: str, where: str) -> pd.DataFrame:
    if hashlib.sha256(content).hexdigest() != digest:
        raise StateUnusable(
            "snapshot file is missing or was changed",
            where,
            "restore the snapshot folder from a backup, or scan the exports again",
        )
    return pd.read_parquet(BytesIO(content))


def _stamp(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def snapshots(folder: Path) -> Iterator[Path]:
    """Every snapshot, oldest business date first; of one date, in the order they were written."""
    for day in sorted(path for path in folder.glob("*-*-*") if path.is_dir()):
        found = [path for path in day.iterdir() if (path / "manifest.json").is_file()]
        yield from sorted(found, key=lambda path: ((path / "manifest.json").stat().st_mtime_ns, path.name))


def newest_of(folder: Path, business_date: date) -> Path | None:
    """The last snapshot of a business date, or None."""
    return next(
        (path for path in reversed(list(snapshots(folder))) if path.parent.name == business_date.isoformat()), None
    )


def accepted_rows(folder: Path, before: date) -> dict[tuple[str, str], int]:
    """Rows per (table, source) in the last snapshot before a date in which that table was not refused."""
    rows: dict[tuple[str, str], int] = {}
    for path in snapshots(folder):
        if path.parent.name < before.isoformat():
            facts = pd.read_parquet(path / "table_facts.parquet")
            kept = facts[facts["verdict"].isin(["accepted", "degraded"])]
            rows.update({(t, s): int(n) for t, s, n in zip(kept["table"], kept["source"], kept["rows"], strict=True)})
    return rows
