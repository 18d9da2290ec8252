"""What a reader of the exports would stumble over: part numbers that look alike, units that may mean two things."""

from collections.abc import Iterator, Mapping

import pandas as pd

from riskplug.lookalikes import look_alikes
from riskplug.units import doubt

NAMED = 5


def spelling_checks(tables: Mapping[str, pd.DataFrame]) -> list[dict[str, object]]:
    """Rows of CHECK_COLUMNS, severity info: nothing is merged, split or refused for them."""
    return [*_part_numbers(tables["parts"]), *(row for name, rows in tables.items() for row in _units(name, rows))]


def _part_numbers(parts: pd.DataFrame) -> Iterator[dict[str, object]]:
    """Probable duplicates among the part numbers of all tables, which share one index."""
    numbers = parts["part_no"].cat.categories
    found = look_alikes(numbers)
    if len(found):
        pairs = [f"{key} and {twin} ({why})" for key, twin, why in found.head(NAMED).itertuples(index=False)]
        more = f" and {len(found) - NAMED} more" if len(found) > NAMED else ""
        note = f"look alike: {'; '.join(pairs)}{more}"
        yield _check("parts", "*", "part_numbers_can_be_told_apart", "part_no", len(found), len(numbers), note)


def _units(table: str, rows: pd.DataFrame) -> Iterator[dict[str, object]]:
    column = next((name for name in ("unit", "base_unit") if name in rows), None)
    if column is None or rows.empty:
        return
    doubtful = {str(unit): doubt(str(unit)) for unit in rows[column].cat.categories}
    for unit, meanings in doubtful.items():
        if meanings:
            held = rows.loc[rows[column] == unit, "source"].astype("str")
            note = f"unit {unit!r} may be {' or '.join(meanings)}: declare it under `units` in the profile"
            for source, count in held.value_counts(sort=False).items():
                yield _check(table, str(source), "units_mean_one_thing", column, int(count), len(rows), note)


def _check(
    table: str, source: str, name: str, column: str, unexpected: int, total: int, note: str
) -> dict[str, object]:
    return {
        "table": table,
        "source": source,
        "expectation": name,
        "column": column,
        "severity": "info",
        "success": False,
        "unexpected": unexpected,
        "total": total,
        "note": note,
    }
