"""CSV files that stand beside a rule file or below it: the values of lists and the rows of tests."""

import csv
import re
from collections.abc import Sequence
from datetime import date
from os.path import normpath
from pathlib import Path

_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


class Unreadable(Exception):
    """Why a file cannot be read, in words."""


def read_beside(rule_file: Path, name: str, most: int) -> tuple[Path, list[list[str]]]:
    """The path of a file and its lines of cells; Unreadable for one elsewhere, over ``most`` bytes, or no UTF-8 CSV."""
    file = rule_file.parent / name
    if Path(name).is_absolute() or normpath(name).startswith(".."):
        raise Unreadable("it is outside the folder of the rule file")
    try:
        if file.stat().st_size > most:
            raise Unreadable(f"larger than {most:,} bytes")
        with file.open(encoding="utf-8-sig", newline="") as lines:
            return file, list(csv.reader(lines, strict=True))
    except (OSError, ValueError, csv.Error) as error:
        raise Unreadable(getattr(error, "strerror", None) or str(error)) from error


def repeated(header: Sequence[str]) -> str:
    """The first column that a header names twice; empty where there is none."""
    return next((name for number, name in enumerate(header) if name in header[:number]), "")


def day_of(text: str) -> date:
    """A date as 2025-04-28 and in no other form; ValueError where it is none."""
    if not _DAY.fullmatch(text):
        raise ValueError(text)
    return date.fromisoformat(text)
