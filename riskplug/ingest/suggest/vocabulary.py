"""What exports call things: column titles and words of ERP systems and languages, kept in two CSV files beside this.

`names.csv`: titles of canonical columns (table `*`: of every table that has the column). A column with `+` in front
is no canonical column but a sign of one: `+ordered`, `+client`, `+level`. `words.csv`: words inside columns.
"""

import csv
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from riskplug.tables import TABLES

_HERE = Path(__file__).parent
_ACCENTS = re.compile("[\u0300-\u036f]")
# SE16 and queries write the table in front: MARA-MATNR, EKPO~MENGE
_SAP_FIELD = re.compile(r"[A-Z][A-Z0-9]{2,9}[-~.]([A-Z][A-Z0-9_]{2,})")
SITE_COLUMNS = ("site", "company")


@dataclass(frozen=True)
class Title:
    """One title a canonical column may have, and whose it is."""

    column: str
    origin: str
    is_own: bool  # of this table only, not of every table that has the column


def compact(name: str) -> str:
    """A title without accents, case, blanks and signs: ``Artikel-Nr.`` and ``ARTIKELNR`` are one."""
    field = _SAP_FIELD.fullmatch(name.strip())
    text = unicodedata.normalize("NFKC", field[1] if field else name).casefold().replace("%", " pct ")
    text = unicodedata.normalize("NFC", _ACCENTS.sub("", unicodedata.normalize("NFD", text))).replace("#", "no")
    return "".join(character for character in text if character.isalnum())


@cache
def titles(table: str) -> dict[str, tuple[Title, ...]]:
    """Titles of a table's columns in compact form; the canonical names are titles too."""
    found: dict[str, list[Title]] = {}
    columns = (*TABLES[table].column_names, *SITE_COLUMNS)
    for column in columns:
        found.setdefault(compact(column), []).append(Title(column, "canonical", True))
    for row in sorted(_rows("names.csv"), key=lambda row: row["table"] == "*"):  # its own titles first
        fits = row["column"] in columns or row["column"].startswith("+")
        if row["table"] == table or (row["table"] == "*" and fits):
            for name in row["names"].split("|"):
                title = Title(row["column"], row["origin"], row["table"] == table)
                known = found.setdefault(compact(name), [])
                if all(title.column != other.column for other in known):
                    known.append(title)
    return {name: tuple(found[name]) for name in found if name}


@cache
def all_titles() -> frozenset[str]:
    """Every title of every table, in compact form: what makes a line look like a header."""
    return frozenset(name for table in TABLES for name in titles(table))


@cache
def words(subject: str) -> dict[str, str]:
    """Lower-case words of a subject (a choice column, `unit`, `true`, `total`, `file`) and what they mean."""
    return {
        word.casefold(): row["means"]
        for row in _rows("words.csv")
        if row["subject"] == subject
        for word in row["words"].split("|")
    }


@cache
def _file(name: str) -> tuple[dict[str, str], ...]:
    with (_HERE / name).open(encoding="utf-8", newline="") as stream:
        return tuple(csv.DictReader(stream))


def _rows(name: str) -> Iterator[dict[str, str]]:
    return iter(_file(name))
