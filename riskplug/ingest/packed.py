"""gzip and zip, unpacked in a stream under limits of size and ratio: a bomb stops where it passes them."""

import fnmatch
import io
import re
import zipfile
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from riskplug.errors import DataRefused
from riskplug.ingest.recognise import recognise

PACKED_SUFFIXES = (".gz", ".zip")
_CHUNK = 1 << 20


@dataclass(frozen=True)
class Unpacking:
    """Most bytes that come out of one file, and most per byte that went in (small files may pass that ratio)."""

    size: int = 4_000_000_000
    ratio: int = 200
    small: int = 50_000_000
    members: int = 10_000


LIMITS = Unpacking()


class _Stream(Protocol):
    def read(self, size: int = ..., /) -> bytes: ...


def unpacked(data: bytes, where: str, patterns: Sequence[str] = ()) -> tuple[bytes, str]:
    """The content of a gzip or zip file and its name, ``archive.zip!member``; other bytes as they are.

    Of several members the one counts that fits ``patterns``, the profile's file names. DataRefused for archives in
    archives, several members that fit, and what grows past LIMITS.
    """
    kind = recognise(data)
    if kind == "gzip":
        content, place = _gunzipped(data, where), where
    elif kind == "zip":
        content, member = _of_zip(data, where, patterns)
        place = f"{where}!{member}"
    else:
        return data, where
    if (inner := recognise(content)) in ("gzip", "zip", "packed"):
        what = f"an archive within an archive ({inner})"
        raise DataRefused(what, place, "pack the export once, or deliver it unpacked")
    return content, place


def _gunzipped(data: bytes, where: str) -> bytes:
    """All members of a gzip file; each is checked by its own length and sum."""
    parts: list[bytes] = []
    rest, total = data, 0
    while rest.startswith(b"\x1f\x8b"):
        member = zlib.decompressobj(wbits=31)
        pending = rest
        while not member.eof:
            piece = _piece(member, pending, where)
            pending = member.unconsumed_tail
            if not piece and not pending and not member.eof:
                raise _broken("the gzip data ends too early", where)
            parts.append(piece)
            total += len(piece)
            _refuse_growth(total, len(data), where)
        rest = member.unused_data
    if rest.strip(b"\0"):
        raise _broken("more data behind the end of the gzip data", where)
    return b"".join(parts)


def _piece(member: "zlib._Decompress", pending: bytes, where: str) -> bytes:
    try:
        return member.decompress(pending, _CHUNK)
    except zlib.error as error:
        raise _broken(f"broken gzip data: {error}", where) from error


def _of_zip(data: bytes, where: str, patterns: Sequence[str]) -> tuple[bytes, str]:
    try:
        archive = zipfile.ZipFile(io.BytesIO(data))
    except (zipfile.BadZipFile, ValueError, NotImplementedError, OSError) as error:
        what = f"a zip archive or an XLSX workbook: first bytes {data[:16]!r}, and broken: {error}"
        raise _broken(what, where) from error
    item = _chosen(archive.infolist(), where, patterns)
    if item.flag_bits & 0x1:
        raise DataRefused("the zip archive has a password", where, "deliver it without one; riskplug knows none")
    place = f"{where}!{item.filename}"
    try:
        with archive.open(item) as stream:
            return _read(stream, max(item.compress_size, 1), place), item.filename
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, ValueError, OSError) as error:
        raise _broken(f"broken zip archive: {error}", place) from error


def _chosen(items: Sequence[zipfile.ZipInfo], where: str, patterns: Sequence[str]) -> zipfile.ZipInfo:
    files = [item for item in items[: LIMITS.members] if not _is_by_product(item)]
    fitting = [item for item in files if any(_fits(item.filename, pattern) for pattern in patterns)]
    found = fitting if len(files) > 1 else files
    if len(found) == 1:
        return found[0]
    names = ", ".join(item.filename for item in (found or files)[:10]) or "nothing"
    what = f"{len(found)} of {len(files)} members may be meant: {names}" if files else "the zip archive is empty"
    raise DataRefused(what, where, "pack one file per archive, or name the member among `files` in the profile")


def _is_by_product(item: zipfile.ZipInfo) -> bool:
    name = item.filename.rsplit("/", 1)[-1]
    return item.is_dir() or item.filename.startswith("__MACOSX/") or name.startswith("._") or name == ".DS_Store"


def _fits(member: str, pattern: str) -> bool:
    name, base = member.replace("\\", "/"), re.sub(r"\.(gz|zip)$", "", pattern)
    return fnmatch.fnmatch(name, base) or fnmatch.fnmatch(name.rsplit("/", 1)[-1], base.rsplit("/", 1)[-1])


def _read(stream: _Stream, packed: int, where: str) -> bytes:
    parts: list[bytes] = []
    total = 0
    for piece in iter(lambda: stream.read(_CHUNK), b""):
        parts.append(piece)
        total += len(piece)
        _refuse_growth(total, packed, where)
    return b"".join(parts)


def _refuse_growth(size: int, packed: int, where: str) -> None:
    if size > LIMITS.size or _grows(size, packed):
        raise DataRefused(
            f"unpacks from {packed:,} bytes to more than {size:,}",
            where,
            "if it is no mistake, deliver the file unpacked",
        )


def _grows(size: int, packed: int) -> bool:
    return size > LIMITS.small and size > LIMITS.ratio * packed


def _broken(what: str, where: str) -> DataRefused:
    return DataRefused(what, where, "transfer the file again")


def refuse_workbook_bomb(data: bytes, where: str, limit: int) -> None:
    """DataRefused for a workbook that declares to unpack too far; zipfile never reads past what is declared."""
    try:
        items = zipfile.ZipFile(io.BytesIO(data)).infolist()
    except (zipfile.BadZipFile, ValueError, NotImplementedError, OSError) as error:
        raise _broken(f"not a readable workbook: {error}", where) from error
    size = sum(item.file_size for item in items)
    if size > limit or len(items) > LIMITS.members or _grows(size, len(data)):
        what = f"unpacks from {len(data):,} to {size:,} bytes in {len(items):,} parts"
        raise DataRefused(what, where, "export it as CSV or Parquet")
