"""Files of a source: found by the profile's names, hashed, recognised by content, and read as what they are."""

import hashlib
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pyarrow as pa

from riskplug.errors import DataRefused
from riskplug.ingest.delimited import read_delimited
from riskplug.ingest.extract import Extract, Lines, Reject, numbered
from riskplug.ingest.large_text import Streamed, read_streamed
from riskplug.ingest.meant import meant_by
from riskplug.ingest.native_cells import Meant
from riskplug.ingest.packed import PACKED_SUFFIXES, unpacked
from riskplug.ingest.parquet import read_parquet
from riskplug.ingest.profile import AsOf, Profile, TableRule
from riskplug.ingest.recognise import recognise, wide_encoding
from riskplug.ingest.text import is_unfinished, not_as_declared, refuse_empty
from riskplug.ingest.workbook import SHEET_FORMATS, read_workbook
from riskplug.tables import CARRIED, TABLES

_SUFFIXES = {
    ".parquet": "parquet",
    ".xlsx": "xlsx",
    ".xlsm": "xlsx",
    ".xls": "xlsx",
    ".csv": "delimited",
    ".txt": "delimited",
    ".tsv": "delimited",
}


@dataclass(frozen=True)
class Rows:
    """What every reader gives, in the source's own columns."""

    columns: pa.Table
    lines: Lines
    rejects: tuple[Reject, ...] = ()
    dropped: Mapping[str, int] = field(default_factory=dict)
    preamble: tuple[str, ...] = ()
    sheet: str = ""
    unended: int | None = None


def find_files(folder: Path, rule: TableRule, table: str) -> list[Path]:
    """The finished files of a table in a folder, by name, packed ones (`parts.csv.gz`) included.

    DataRefused when only an unfinished transfer is there, and when a file is there both plain and packed.
    """
    patterns = [f"{pattern}{suffix}" for pattern in rule.files for suffix in ("", *PACKED_SUFFIXES)]
    if folder.is_file():
        return [folder] if any(folder.match(pattern) for pattern in patterns) else []
    found = {path for pattern in patterns for path in folder.glob(pattern) if path.is_file()}
    finished = sorted(path for path in found if not is_unfinished(path.name))
    if not finished:
        _refuse_unfinished(folder, rule, table)
    _refuse_twice(finished, table)
    return finished


def unread_files(folder: Path) -> list[str]:
    """Names in a folder that are no exports: transfers under way, and files an office program holds open."""
    return sorted(path.name for path in folder.iterdir() if is_unfinished(path.name)) if folder.is_dir() else []


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


def _refuse_twice(files: Sequence[Path], table: str) -> None:
    plain: dict[Path, Path] = {}
    for path in files:
        first = plain.setdefault(_unpacked_name(path), path)
        if first != path:
            what = f"table {table} is there twice: {first.name}, {path.name}"
            raise DataRefused(what, str(path.parent), "keep one of the files")


def _unpacked_name(path: Path) -> Path:
    return path.with_suffix("") if path.suffix.lower() in PACKED_SUFFIXES and Path(path.stem).suffix else path


def read_file(
    path: Path, table: str, profile: Profile, rule: TableRule, root: Path, zone: str, meant: Meant | None = None
) -> Extract:
    """Read one file whole; DataRefused when it cannot be trusted, or changed while it was read.

    Size and hash are those of the file on disk, also where its content is packed. ``meant``: what its columns mean,
    where the rule itself does not say it.
    """
    where = name_within(path, root)
    if (streamed := _streamed(path, where, table, profile, rule)) is not None:
        text = streamed.text
        rows = Rows(text.columns, text.lines, text.rejects, text.dropped, text.preamble, unended=text.unended)
        return _extract(rows, where, streamed.sha256, streamed.size, path, table, rule, zone)
    data = _read_still(path, where)
    refuse_empty(data, where)
    content, place = unpacked(data, where, rule.files)
    refuse_empty(content, place)
    rows = _read_content(content, place, profile, rule, meant or meant_by(rule, table))
    digest = hashlib.sha256(data).hexdigest()
    return _extract(rows, place, digest, len(data), path, table, rule, zone)


def _extract(
    rows: Rows, place: str, sha256: str, size: int, path: Path, table: str, rule: TableRule, zone: str
) -> Extract:
    extract = Extract(
        f"{place}!{rows.sheet}" if rows.sheet else place,
        rows.columns,
        rows.lines,
        sha256,
        size,
        rows.rejects,
        rows.dropped,
        _declared_age(path, rule.as_of, rows.preamble, place, zone),
        rows.preamble,
        unended=rows.unended,
        read=rows.columns.num_rows + len(rows.rejects),
    )
    _refuse_without_rows(extract, table)
    return extract


def _streamed(path: Path, where: str, table: str, profile: Profile, rule: TableRule) -> Streamed | None:
    """A large plain file read in blocks; None when it is none, or changed meanwhile, which is then said."""
    if is_unfinished(path.name) or not path.is_file() or _reader(where, profile) != "delimited":
        return None
    try:
        before = path.stat()
        found = read_streamed(path, profile, rule, where, keys_of(rule, table), keys_of(rule, table, ("part",)))
        after = path.stat()
    except OSError:
        return None
    still = (before.st_size, before.st_mtime_ns) == (after.st_size, after.st_mtime_ns)
    return found if found is not None and still and found.size == after.st_size else None


def keys_of(rule: TableRule, table: str, of: Collection[str] = ("part", "key", "choice", "flag")) -> frozenset[str]:
    """Source columns of part numbers and other keys: few words for many rows."""
    kinds = {column.name: column.kind for column in (*TABLES[table].columns, *CARRIED)} if table in TABLES else {}
    keyed = [column for name, column in rule.columns.items() if kinds.get(name) in of]
    return frozenset(name for column in keyed for name in column.all_columns)


def _read_content(data: bytes, where: str, profile: Profile, rule: TableRule, meant: Meant) -> Rows:
    declared = _reader(where, profile)
    if declared == "xlsx":
        return _read_sheet(data, where, profile, rule, meant)
    if declared == "parquet":
        if (found := recognise(data)) != "parquet":
            raise not_as_declared(found, "Parquet", data, where)
        columns = read_parquet(data, where, meant.keys)
        return Rows(columns, numbered(1, columns.num_rows))
    return _read_text(data, where, profile, rule)


def _reader(where: str, profile: Profile) -> str:
    """The declared reader; the `canonical` one goes by the name's suffix, that of the packed file within."""
    if profile.reader != "canonical":
        return profile.reader
    name = Path(where.rsplit("!", 1)[-1])
    suffix = Path(name.stem).suffix if name.suffix.lower() in PACKED_SUFFIXES else name.suffix
    return _SUFFIXES.get(suffix.lower(), "delimited")


def _read_text(data: bytes, where: str, profile: Profile, rule: TableRule) -> Rows:
    if profile.reader == "ruled":
        from riskplug.ingest.ruled import read_ruled  # few sources are lists off a screen

        text = read_ruled(data, profile, rule, where)
    else:
        text = read_delimited(data, profile, rule, where)
    return Rows(text.columns, text.lines, text.rejects, text.dropped, text.preamble, unended=text.unended)


def _read_sheet(data: bytes, where: str, profile: Profile, rule: TableRule, meant: Meant) -> Rows:
    """A workbook, or what programs save under its name: an HTML table, SpreadsheetML 2003, text between tabs."""
    found = recognise(data)
    if found in SHEET_FORMATS:
        sheet = read_workbook(data, found, profile, rule, where, meant)
        return Rows(sheet.columns, sheet.lines, sheet.rejects, {}, sheet.preamble, sheet.sheet)
    wide = wide_encoding(data[:64])
    encoding = wide or profile.encoding
    if found in ("utf-16", "utf-32", "text") and b"\t" in data[:100_000]:
        as_text = profile.model_copy(update={"encoding": encoding, "delimiter": "\t"})
        return _read_text(data, where, as_text, rule)
    raise not_as_declared(found, "a workbook", data, where)


def name_within(path: Path, root: Path) -> str:
    """A file's name from the workspace on, in full where it lies elsewhere."""
    try:
        return path.resolve().relative_to(root.resolve()).as_posix()
    except ValueError:
        return str(path)


def _read_still(path: Path, where: str) -> bytes:
    if is_unfinished(path.name):
        what = "the name says that a transfer is under way, or that an office program holds the file open"
        raise DataRefused(what, where, "name the finished file")
    if path.exists() and not path.is_file():
        raise DataRefused("not a file", where, "name the exported file itself")
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
