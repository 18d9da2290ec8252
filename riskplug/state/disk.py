"""Files that appear whole or not at all, and a disk that does not take them, said in words."""

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from riskplug.errors import StateUnusable
from riskplug.private import private_file

_REFUSALS = {errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EIO, errno.EFBIG, errno.EACCES, errno.EPERM}
FIX = "free space there, or give the account the right to write, and scan again: what was there is as it was"


@contextmanager
def disk_explained(folder: Path) -> Iterator[None]:
    """Around what is written below a folder: StateUnusable where the disk refuses it."""
    try:
        yield
    except OSError as error:
        if error.errno not in _REFUSALS:
            raise
        where = str(error.filename or folder)
        raise StateUnusable(f"cannot be written: {error.strerror or error}", where, FIX) from error


def write_bytes(path: Path, data: bytes) -> None:
    """Write a file whole or not at all, readable by its owner alone."""
    draft = path.with_name(f".{path.name}.part")
    with os.fdopen(private_file(draft), "wb") as stream:
        stream.write(data)
        stream.flush()
        # Else a power cut may leave the new name with nothing in it.
        os.fsync(stream.fileno())
    draft.replace(path)


def write_text(path: Path, text: str) -> None:
    """``write_bytes`` of UTF-8."""
    write_bytes(path, text.encode("utf-8"))
