"""Where the values that a rule read come from: canonical tables behind a column, and the rows of one part in them."""

from collections.abc import Iterator

import pandas as pd

from riskplug.model import Frames
from riskplug.rules.inputs import GRAIN_TABLES, tables_of
from riskplug.tables import TABLES

MAX_ROWS = 3
REGISTER = "register"
# columns that the register of measures gives, with the workspace's policy
_LAW = frozenset({"measure_status", "measure_kind", "instrument", "licence_days", "stale", "restricts"})


def tables_behind_column(grain: str, column: str) -> tuple[str, ...]:
    """Canonical tables that a fact column is computed from, the most telling first; ``register`` for the law."""
    if column in _LAW:
        return (REGISTER,)
    named = tuple(name for name in ("parts", "sourcing", "purchase_orders", "suppliers") if _has(name, column))
    return tuple(dict.fromkeys([*named, *tables_of(column)])) or GRAIN_TABLES.get(grain, ())


def rows_of_part(tables: Frames, names: tuple[str, ...], part_no: str, site: str | None) -> Iterator[str]:
    """``table: file line 3, 4`` for each table that has rows of the part; a table without one says so."""
    for name in names:
        if name not in tables:
            continue
        hit = _rows(tables[name], part_no, site)
        if hit.empty:
            yield f"{name}: no row"
            continue
        for file, rows in hit.groupby("file", sort=True, observed=True):
            numbers = rows["row"].dropna().drop_duplicates()
            lines = ", ".join(f"{row:.0f}" for row in numbers.head(MAX_ROWS))
            more = f" and {len(numbers) - MAX_ROWS} more" if len(numbers) > MAX_ROWS else ""
            yield f"{name}: {file} line {lines}{more}"


def _has(table: str, column: str) -> bool:
    return any(one.name == column for one in TABLES[table].columns)


def _rows(table: pd.DataFrame, part_no: str, site: str | None) -> pd.DataFrame:
    keys = [name for name in ("part_no", "component", "parent") if name in table]
    mine = pd.Series(False, index=table.index)
    for key in keys:
        mine |= table[key].astype("str") == part_no
    if site is not None:
        mine &= table["site"].isna() | (table["site"].astype("str") == site)
    return table[mine]
