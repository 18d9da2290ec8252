"""Gates that need more than one night's table: how old is it, and how much of it is gone since last time?"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import pandas as pd

from riskplug.model import InputFile


@dataclass(frozen=True, slots=True)
class Gate:
    """What the gates say of one table of one source. NaN: not known."""

    age_days: float
    previous_rows: float
    row_drop_pct: float
    reasons: tuple[str, ...]


def judge(
    table: pd.DataFrame,
    name: str,
    source: str,
    files: tuple[InputFile, ...],
    on: date,
    max_age_days: float,
    max_row_drop_pct: float,
    previous_rows: Mapping[tuple[str, str], int] | None,
) -> Gate:
    """Age from the newest declared extraction date; loss against the last accepted snapshot's row count."""
    age = _age_days(table, name, source, files, on)
    before = float((previous_rows or {}).get((name, source), float("nan")))
    drop = 100 * max(0.0, 1 - len(table) / before) if before > 0 else float("nan")
    reasons = []
    if age > max_age_days:
        reasons.append(f"extracted {age:.0f} days before the business date, more than {max_age_days:g}")
    if age < 0:
        reasons.append(f"extracted {-age:.0f} days after the business date")
    if drop > max_row_drop_pct:
        reasons.append(f"{drop:.0f} % of the rows of the last accepted scan are gone ({before:.0f} to {len(table)})")
    return Gate(age, before, drop, tuple(reasons))


def _age_days(table: pd.DataFrame, name: str, source: str, files: tuple[InputFile, ...], on: date) -> float:
    if "as_of" in table and table["as_of"].notna().any():
        return float((pd.Timestamp(on) - table["as_of"].max()).days)
    stamps = [
        file.extracted_at.date() for file in files if file.table == name and file.source == source and file.extracted_at
    ]
    return float((on - max(stamps)).days) if stamps else float("nan")
