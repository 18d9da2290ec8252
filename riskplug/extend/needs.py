"""What a rule kind says it reads: canonical tables and fact grains, whole or by column. It is handed nothing else."""

from collections.abc import Collection, Mapping
from typing import Any

from riskplug.catalogue import Grain
from riskplug.errors import suggestion
from riskplug.tables import CARRIED, TABLES

FACTS = "facts."
Needs = Mapping[str, tuple[str, ...] | None]
"""Columns by table or ``facts.GRAIN``; None is all of them."""


def needs_of(kind: type[Any]) -> Needs:
    """The declaration of a rule kind in one form; ValueError where it is none."""
    said: object = kind.needs
    if isinstance(said, Mapping):
        for name, columns in said.items():
            if isinstance(columns, str) or not _is_texts(columns):
                raise ValueError(f"`needs` gives {columns!r} for {name!r}: write a tuple of column names")
        return {str(name): tuple(dict.fromkeys(columns)) for name, columns in said.items()}
    if isinstance(said, str) or not _is_texts(said):
        raise ValueError(f"`needs` is {said!r}: write a frozenset of names, or a mapping of them to column names")
    assert isinstance(said, Collection)
    return dict.fromkeys(sorted(said))


def needs_problems(kind: type[Any], catalogue: Mapping[str, Grain]) -> list[tuple[str, str]]:
    """What is wrong with a declaration, and what to do, for each table and column that there is not."""
    try:
        needs = needs_of(kind)
    except ValueError as error:
        return [(str(error), "correct `needs` in the plugin")]
    known = known_columns(catalogue)
    problems = []
    for name, columns in needs.items():
        if name not in known:
            fix = suggestion(name, known) or "name a canonical table, or a grain as facts.GRAIN"
            problems.append((f"`needs` names {name!r}, which is no table", fix))
            continue
        strange = [column for column in columns or () if column not in known[name]]
        problems += [
            (f"`needs` names column {column!r}, which {name} does not have", _nearest(column, known[name]))
            for column in strange
        ]
    return problems


def known_columns(catalogue: Mapping[str, Grain]) -> dict[str, tuple[str, ...]]:
    """Columns of everything that can be needed, by name."""
    tables = {name: tuple(c.name for c in (*table.columns, *CARRIED)) for name, table in TABLES.items()}
    return tables | {f"{FACTS}{name}": grain.names for name, grain in catalogue.items()}


def undeclared(raised: tuple[str, str], needs: Needs, columns: Mapping[str, Collection[str]]) -> str:
    """Which column that exists but was not declared an error speaks of, in words; empty where it is something else.

    ``raised``: type and text of the error. ``columns``: all that each needed table has.
    """
    error, said = raised
    if error not in ("KeyError", "AttributeError"):
        return ""
    hidden = {
        name: [column for column in columns[name] if column not in mine and f"'{column}'" in said]
        for name, mine in needs.items()
        if mine is not None
    }
    tables = [name for name, found in hidden.items() if found]
    if not tables:
        return ""
    names = ", ".join(dict.fromkeys(column for name in tables for column in hidden[name]))
    return f"reads {names} of {' or '.join(tables)}, which `needs` does not declare"


def _nearest(column: str, names: Collection[str]) -> str:
    close = suggestion(column, names)
    return close if "mean" in close else "docs/tables.md and docs/facts.md list the columns"


def _is_texts(value: object) -> bool:
    return isinstance(value, Collection) and all(isinstance(one, str) for one in value)
