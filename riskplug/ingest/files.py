"""Files of a source: found by the profile's names, hashed, and read by the reader of their kind."""

import hashlib
import re
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa

from riskplug.errors import DataRefused
from riskplug.ingest.delimited import read_delimited
from riskplug.ingest.extract import Extract
from riskplug.ingest.parquet import read_parquet
from riskplug.ingest.profile import AsOf, Profile, TableRule
from riskplug.ingest.text import is_unfinished
from riskplug.ingest.workbook import read_workbook

_SUFFIXES = {".parquet": "parquet", ".xlsx": "xlsx", ".csv": "delimited", ".txt": "delimited", ".tsv": "delimited"}


def find_files(folder: Path, rule: TableRule, table: str) -> list[Path]:
    """The finished files of a table in a folder, by name; DataRefused when only an unfinished transfer is there."""
    if folder.is_file():
        return [folder] if any(folder.match(pattern) for pattern in rule.files) else []
    found = {path for pattern in rule.files for path in folder.glob(pattern) if path.is_file()}
    finished = sorted(path for path in found if not is_unfinished(path.name))
    if not finished:
        _refuse_unfinished(folder, rule, table)
    return finished


def _refuse_unfinished(folder: Path, rule: TableRule, table: str) -> None:
    under_way = [
        path for pattern in rule.files for path in sorted(folder.glob(f"{pattern}.*")) if is_unfinished(path.name)
    ]
    if under_way:
        raise DataRefused(
            f"table {table} is still being transferred",
            str(under_way[0]),
            "scan again when the transfer is finished and the file has its own name",
        )


def read_file(path: Path, table: str, profile: Profile, rule: TableRule, root: Path, zone: str) -> Extract:
    """Read one file whole; DataRefused when it cannot be trusted, or changed while it was read."""
    where = _relative(path, root)
    data = _read_still(path, where)
    sha256 = hashlib.sha256(data).hexdigest()
    kind = _SUFFIXES.get(path.suffix.lower(), "delimited") if profile.reader == "canonical" else profile.reader
    if kind == "delimited":
        text = read_delimited(data, profile, rule, where)
        extract = Extract(
            where,
            text.columns,
            text.lines,
            sha256,
            len(data),
            text.rejects,
            text.dropped,
            _declared_age(path, rule.as_of, text.preamble, where, zone),
        )
    else:
        columns, first = _read_columns(kind, data, profile, rule, where)
        lines = np.arange(first, first + columns.num_rows, dtype=np.int64)
        age = _declared_age(path, rule.as_of, (), where, zone)
        extract = Extract(where, columns, lines, sha256, len(data), extracted_at=age)
    _refuse_without_rows(extract, table)
    return extract


def _read_columns(kind: str, data: bytes, profile: Profile, rule: TableRule, where: str) -> tuple[pa.Table, int]:
    if kind == "parquet":
        return read_parquet(data, where), 1
    header = rule.header_row or profile.header_row
    return read_workbook(data, rule.sheet, header, profile.decimal or ".", where), header + 1


def _relative(path: Path, root: Path) -> str:
    try:
        return path.resolve().relative_to(root.resolve()).as_posix()
    except ValueError:
        return str(path)


def _read_still(path: Path, where: str) -> bytes:
    try:
        before = path.stat()
        data = path.read_bytes()
        after = path.stat()
    except OSError as error:
        raise DataRefused(f"cannot be read: {error.strerror}", where, "check the file and its rights") from error
    if (before.st_size, before.st_mtime_ns) != (after.st_size, after.st_mtime_ns) or len(data) != after.st_size:
        raise DataRefused("the file changed while it was read", where, "scan again when the export is finished")
    return data


def _refuse_without_rows(extract: Extract, table: str) -> None:
    """A header alone is a failed extract wherever an empty table would mean that everything has run out."""
    if table in ("inventory", "parts") and not extract.columns.num_rows and not extract.rejects:
        raise DataRefused(
            f"{table} has a header but no rows", extract.file, "export it again; no rows is not zero stock"
        )


def _declared_age(path: Path, as_of: AsOf | None, preamble: Sequence[str], where: str, zone: str) -> datetime | None:
    if as_of is None or (as_of.file_name is None and as_of.line is None):
        return None
    if as_of.file_name is not None:
        place, text, pattern = "the file name", path.name, as_of.file_name
    else:
        at = (as_of.line or 1) - 1
        place, text, pattern = f"line {at + 1}", preamble[at] if at < len(preamble) else "", as_of.pattern or "(.*)"
    found = re.search(pattern, text)
    try:
        stamp = datetime.strptime(found[1] if found else "", as_of.format)
    except (ValueError, IndexError) as error:
        raise DataRefused(f"no export date in {place}: {text!r}", where, "correct `as_of` in the profile") from error
    return stamp.replace(tzinfo=ZoneInfo(zone))
