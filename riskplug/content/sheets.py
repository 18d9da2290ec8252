"""The knowledge tables: their columns, declared once, and how a CSV file is read against them.

Files are small and written by people, so every problem is reported with file and line, all at once.
"""

import csv
import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import pandas as pd

from riskplug.content.places import at_cell
from riskplug.errors import Problem, suggestion

Kind = Literal["text", "number", "flag", "pattern"]

TIERS = ("A", "B", "C", "D", "U")
# Letters of Latin with accents, Greek and Cyrillic bound a word; CJK neighbours do not (磁钢N35 is N35).
_LETTERS = "0-9A-Z\u00c0-\u024f\u0370-\u03ff\u0400-\u04ff"
WORD_START, WORD_END = "{<}", "{>}"
_STARTS, _ENDS = f"(?<![{_LETTERS}])", f"(?![{_LETTERS}])"


@dataclass(frozen=True, slots=True)
class Sheet:
    """One CSV file: its columns with their kinds, the columns that identify a row, those that may be empty."""

    name: str
    columns: Mapping[str, Kind]
    key: tuple[str, ...]
    optional: frozenset[str] = frozenset()


def _sheet(name: str, columns: str, key: str, optional: str = "") -> Sheet:
    """``columns`` as words; a suffix gives the kind: ``#`` number, ``?`` flag, ``*`` pattern, none text."""
    kinds: dict[str, Kind] = {"#": "number", "?": "flag", "*": "pattern"}
    found: dict[str, Kind] = {word.rstrip("#?*"): kinds.get(word[-1], "text") for word in columns.split()}
    return Sheet(name, found, tuple(key.split()), frozenset((*optional.split(), "note")))


SHEETS = {
    sheet.name: sheet
    for sheet in (
        _sheet("elements", "material name atomic_number# atomic_weight# rare_earth? cas_no tier source", "material"),
        _sheet("substances", "substance formula cas_no material fraction# form tier source", "cas_no material"),
        _sheet("groups", "group material share_min# share_typ# share_max# tier source", "group material"),
        _sheet("densities", "density g_per_cm3_min# g_per_cm3_typ# g_per_cm3_max# tier source note", "density"),
        _sheet("shapes", "shape pattern* fill_min# fill_typ# fill_max# tier source note", "shape", "fill_typ"),
        _sheet(
            "grades",
            "grade name family form density proven? settles_dy_tb? rare_earth_free? tier source",
            "grade",
            "density",
        ),
        _sheet(
            "compositions",
            "grade material group pct_min# pct_typ# pct_max# probability# tier source note",
            "grade material group",
            "material group pct_typ",
        ),
        _sheet(
            "signals",
            "id signal kind pattern* grade precedence# weak? context magnet? confidence# note tier source",
            "id",
            "grade context",
        ),
        _sheet("variants", "signal pattern* grade", "signal pattern"),
        _sheet("names", "material pattern*", "material pattern"),
        _sheet("forms", "form pattern*", "form"),
        _sheet("contexts", "context pattern* note", "context"),
        _sheet("false_friends", "id pattern* suppresses reason tier source", "id"),
        _sheet("assembly_words", "pattern* note", "pattern"),
        _sheet(
            "component_types",
            "component_type pattern* per named? g_min# g_typ# g_max# probability# tier source note",
            "component_type",
            "g_min g_typ g_max",
        ),
        _sheet(
            "component_contents",
            "component_type grade group material",
            "component_type grade group material",
            "grade group material",
        ),
        _sheet(
            "commodity_codes",
            "code system description grade material form magnet? probability# tier source",
            "code system",
            "grade material form",
        ),
        _sheet(
            "concentration",
            "material group stage year# country share_pct# share_pct_min# share_pct_max# measured tier source",
            "material group stage year country measured",
            "material group share_pct_min share_pct_max",
        ),
    )
}


def plain(pattern: str) -> str:
    """A pattern without accents, as the texts it is held against."""
    if pattern.isascii():
        return pattern
    bare = "".join(sign for sign in unicodedata.normalize("NFKD", pattern) if not "\u0300" <= sign <= "\u036f")
    return unicodedata.normalize("NFC", bare)


def expand(pattern: str) -> str:
    """A pattern of the tables as a regular expression: ``{<}`` and ``{>}`` are word starts and ends."""
    return (
        plain(pattern)
        .replace("@magnet|", "")
        .replace(WORD_START, _STARTS)
        .replace(WORD_END, _ENDS)
        .replace(r"\d", "[0-9]")
    )


def read_sheet(sheet: Sheet, path: Path) -> tuple[pd.DataFrame, list[Problem]]:
    """The typed rows of a file, with ``where`` (file:line) beside them, and every problem found in it."""
    rows, problems = [], []
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        return _frame(sheet, []), [Problem(f"cannot be read: {error}", str(path), "save it as UTF-8 CSV", "unreadable")]
    reader = csv.reader(text.splitlines())
    header = next(reader, [])
    problems += list(_header_problems(sheet, header, path))
    if problems:
        return _frame(sheet, []), problems
    for values in reader:
        where = f"{path}:{reader.line_num}"
        if len(values) != len(header):
            problems.append(
                Problem(
                    f"{len(values)} values for {len(header)} columns",
                    where,
                    "quote values that hold a comma",
                    "row-length",
                )
            )
            continue
        row, wrong = _row(sheet, dict(zip(header, values, strict=True)), where)
        rows.append(row)
        problems += wrong
    return _frame(sheet, rows), problems


def _header_problems(sheet: Sheet, header: list[str], path: Path) -> Iterator[Problem]:
    for name in header:
        if name not in sheet.columns:
            yield Problem(
                f"column {name!r} is not known in {sheet.name}",
                f"{path}:1",
                suggestion(name, sheet.columns) or "remove it",
                "unknown-column",
            )
    for name in sheet.columns.keys() - set(header) - sheet.optional:
        yield Problem(f"column {name!r} is missing", f"{path}:1", "add it to the header", "missing-column")


def _row(sheet: Sheet, raw: Mapping[str, str], where: str) -> tuple[dict[str, object], list[Problem]]:
    row: dict[str, object] = {"where": where}
    problems = []
    for name, kind in sheet.columns.items():
        text = raw.get(name, "").strip()
        if not text and name not in sheet.optional:
            problems.append(at_cell(Problem(f"{name} is empty", where, "fill it in", "empty"), name))
        try:
            row[name] = _value(kind, text)
        except (ValueError, re.error) as error:
            row[name] = _value(kind, "")
            wrong = Problem(f"{name} {text!r}: {error}", where, f"write a valid {kind}", f"bad-{kind}")
            problems.append(at_cell(wrong, name))
    if raw.get("tier", "A") and not set(raw.get("tier", "A").split("/")) <= set(TIERS):
        problems.append(Problem(f"tier {raw['tier']!r}", where, f"use {', '.join(TIERS)}, or two as A/D", "bad-tier"))
    return row, problems


def _value(kind: Kind, text: str) -> object:
    if kind == "number":
        return float(text) if text else float("nan")
    if kind == "flag":
        if text not in ("true", "false", ""):
            raise ValueError("neither true nor false")
        return text == "true"
    if kind == "pattern":
        re.compile(expand(text))
    return text


def _frame(sheet: Sheet, rows: list[dict[str, object]]) -> pd.DataFrame:
    dtypes = {"number": "float64", "flag": "bool"}
    frame = pd.DataFrame(rows, columns=[*sheet.columns, "where"])
    return frame.astype({name: dtypes.get(kind, "str") for name, kind in sheet.columns.items()} | {"where": "str"})
