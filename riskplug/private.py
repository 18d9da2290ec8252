"""Files and folders that their owner alone can read, and that nobody can have put a link in the place of."""

import os
from pathlib import Path

_NO_LINK = getattr(os, "O_NOFOLLOW", 0)


def private_folder(folder: Path) -> Path:
    """Make a folder, and those above it that are missing, for their owner alone. One that is there stays as it is."""
    if not folder.is_dir():
        private_folder(folder.parent)
        folder.mkdir(mode=0o700, exist_ok=True)
    return folder


def private_file(path: Path) -> int:
    """A file opened to be written anew, for its owner alone; OSError where a link stands in its place."""
    return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | _NO_LINK, 0o600)
