"""Countries as measures name them: ISO 3166 alpha-2 codes, and the code for a name that somebody wrote instead."""

import csv
from difflib import get_close_matches
from functools import cache
from pathlib import Path

FILE = Path(__file__).with_name("countries.csv")


@cache
def countries() -> dict[str, str]:
    """Code -> English name of every ISO 3166 country."""
    return {row["code"]: row["name"] for row in _rows()}


def country_hint(word: str) -> str:
    """What to write instead of a word that is no code: ``China`` -> ``write CN (China)``."""
    known = countries()
    if word.upper() in known:
        return _write(word.upper())
    names = _names()
    close = get_close_matches(word.casefold(), names, n=1, cutoff=0.75)
    if close:
        return _write(names[close[0]])
    return "write the two capital letters of ISO 3166, or any; a union of states is written state by state"


def _write(code: str) -> str:
    # YAML 1.1 readers take a bare NO for false
    shown = f'"{code}"' if code == "NO" else code
    return f"write {shown} ({countries()[code]})"


@cache
def _names() -> dict[str, str]:
    return {name.casefold(): row["code"] for row in _rows() for name in (row["name"], *row["also"].split("|")) if name}


def _rows() -> list[dict[str, str]]:
    with FILE.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))
