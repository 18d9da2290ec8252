"""Snapshots: the frozen inputs of a scan as Parquet, with a manifest that says where every row came from.

``<state folder>/snapshots/<business date>/<scan id>/<table>.parquet`` and ``manifest.json``. A snapshot is written
into a temporary folder and renamed, so that a half-written one is never found.
"""

import hashlib
import json
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import date, datetime
from io import BytesIO
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from riskplug.catalogue import UNTRUSTED
from riskplug.errors import StateUnusable
from riskplug.model import Ingested, InputFile, Validated
from riskplug.private import private_folder
from riskplug.tables import PART_COLUMNS, TABLES, conform, empty

SCHEMA = "riskplug.snapshot/1"
_EXTRA = ("quarantine", "checks", "table_facts")
_WORDS_BYTES = 1 << 28


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
) -> Path:
    """Write tables and manifest below ``folder``; returns the snapshot's own folder."""
    target = folder / business_date.isoformat() / scan_id
    draft = target.with_name(f".{scan_id}.part")
    shutil.rmtree(draft, ignore_errors=True)
    private_folder(draft)
    frames = {
        **validated.tables,
        "quarantine": validated.quarantine,
        "checks": validated.checks,
        "table_facts": validated.facts,
    }
    digests = {name: _write(frame, draft / f"{name}.parquet") for name, frame in frames.items()}
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
    (draft / "manifest.json").write_text(json.dumps(manifest, indent=1, sort_keys=True), encoding="utf-8")
    shutil.rmtree(target, ignore_errors=True)
    draft.rename(target)
    return target


def _absent_stock(ingested: Ingested, validated: Validated) -> dict[str, str]:
    """Per source what a part without stock row has. A list that was refused says nothing: its source is left out."""
    facts = validated.facts
    refused = facts[(facts["table"] == "inventory") & facts["verdict"].isin(UNTRUSTED)]
    return {source: kind for source, kind in ingested.absent_stock.items() if source not in set(refused["source"])}


def _write(frame: pd.DataFrame, path: Path) -> str:
    texts = [name for name, column in frame.items() if column.dtype == object]
    typed = frame.astype(dict.fromkeys(texts, "str"))
    # above the usual megabyte of words the codes of part numbers would be spelt out row by row
    typed.to_parquet(path, index=False, compression="zstd", dictionary_pagesize_limit=_WORDS_BYTES)
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _plain(file: InputFile) -> dict[str, object]:
    return {**asdict(file), "extracted_at": file.extracted_at.isoformat() if file.extracted_at else None}


def read_snapshot(path: Path) -> Snapshot:
    """Read a snapshot back, dtypes as tables.py declares; StateUnusable when a file was changed since."""
    manifest = json.loads((path / "manifest.json").read_text(encoding="utf-8"))
    frames = {name: _read(path / f"{name}.parquet", digest) for name, digest in manifest["parquet_sha256"].items()}
    # Arrow keeps what it no longer needs, which numpy cannot use
    pa.default_memory_pool().release_unused()
    extra = {name: frames.pop(name) for name in _EXTRA}
    files = tuple(InputFile(**{**file, "extracted_at": _stamp(file["extracted_at"])}) for file in manifest["inputs"])
    validated = Validated(_typed(frames), extra["quarantine"], extra["checks"], extra["table_facts"])
    return Snapshot(
        path,
        manifest["scan_id"],
        date.fromisoformat(manifest["business_date"]),
        validated,
        files,
        manifest["absent_stock"],
        manifest,
    )


def read_tables(path: Path, names: Iterable[str]) -> dict[str, pd.DataFrame]:
    """Some canonical tables of a snapshot, checked and typed as read_snapshot() does."""
    digests = json.loads((path / "manifest.json").read_text(encoding="utf-8"))["parquet_sha256"]
    wanted = [name for name in names if name in digests and name in TABLES]
    typed = _typed({name: _read(path / f"{name}.parquet", digests[name]) for name in wanted})
    return {name: typed[name] for name in wanted}


def tables_of(digests: Mapping[str, str], read: Callable[[str], bytes], where: str) -> dict[str, pd.DataFrame]:
    """All canonical tables of a snapshot that lies elsewhere, checked and typed as read_snapshot() does.

    ``digests``: ``parquet_sha256`` of its manifest. ``read``: the bytes of one of its files by name.
    """
    frames = {name: _parsed(read(f"{name}.parquet"), digests[name], where) for name in digests if name in TABLES}
    return _typed(frames)


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


def _typed(frames: dict[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
    """Parquet keeps dictionaries but not that all part columns share one: give them the same index again.

    Takes the canonical tables out of ``frames``, one after the other.
    """
    keys = [_named(frame[name]) for frame in frames.values() for name in PART_COLUMNS if name in frame]
    named = pa.chunked_array(keys, type=pa.large_string()).unique()
    parts = pd.Index(named.take(pc.array_sort_indices(named)).to_pandas(), dtype="str")
    # a snapshot older than a table has none of it
    return {name: conform(name, frames.pop(name), parts) if name in frames else empty(name, parts) for name in TABLES}


def _named(column: pd.Series) -> pa.Array:
    """The part numbers of a column, each once; categories are looked up once, not once per row."""
    given = column.astype("category").cat
    used = np.zeros(len(given.categories) + 1, dtype=bool)
    used[given.codes] = True
    # a missing one has code -1, the last place
    return pa.array(given.categories[used[:-1]], type=pa.large_string(), from_pandas=True)


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
