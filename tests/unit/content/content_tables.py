"""Canonical tables out of a few rows, and one value out of a result."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from riskplug.content import PartContent
from riskplug.tables import CARRIED, TABLES, dtype_of

ROOT = Path(__file__).parents[3]
Rows = Sequence[Mapping[str, Any]]


def table(name: str, rows: Rows, parts: pd.Index) -> pd.DataFrame:
    raw = pd.DataFrame(list(rows))
    blank = pd.Series([None] * len(raw), dtype="object")
    return pd.DataFrame(
        {c.name: raw.get(c.name, blank).astype(dtype_of(c, parts)) for c in (*TABLES[name].columns, *CARRIED)}
    )


def row_of(content: PartContent, material: str, part_no: str = "M") -> Mapping[str, Any]:
    own = content.own
    found = own[(own["part_no"] == part_no) & (own["material"] == material)]
    assert len(found) == 1, found
    return {str(key): value for key, value in found.iloc[0].items()}


def flags_of(content: PartContent, part_no: str = "M") -> Mapping[str, Any]:
    return {str(k): v for k, v in content.parts.set_index("part_no").loc[part_no].items()}
