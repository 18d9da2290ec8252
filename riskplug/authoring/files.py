"""Names that something of one's own can have, and files that overwrite nothing."""

import re
from collections.abc import Mapping
from pathlib import Path

from riskplug.errors import UsageError

MAX_NAME = 80
_NAME = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
# YAML, Python or the list of plugins reads them as something else.
_WORDS = frozenset({"true", "false", "null", "none", "class", "def", "import", "from", "pass", "return", "lambda"})


def words_of(name: str, sort: str) -> dict[str, str]:
    """The name, and what Python calls its module and class; UsageError for one that nothing can have."""
    if not _NAME.fullmatch(name) or len(name) > MAX_NAME or name in _WORDS:
        fix = f"use small letters, digits and single hyphens, {MAX_NAME} at most"
        raise UsageError(f"{name!r} is no name for a {sort}", f"new {sort}", fix)
    return {
        "name": name,
        "module": name.replace("-", "_"),
        "cls": "".join(word.capitalize() for word in name.split("-")),
    }


def need_free(files: Mapping[Path, str], sort: str) -> None:
    """UsageError where one of the files exists."""
    taken = [str(path) for path in files if path.exists()]
    if taken:
        raise UsageError(f"{taken[0]} exists already", f"new {sort}", "choose another name: nothing is overwritten")


def write(files: Mapping[Path, str]) -> list[Path]:
    """Write them; returns the paths."""
    for path, text in files.items():
        path.parent.mkdir(mode=0o755, parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return list(files)
