"""A frame as lines of text, columns aligned."""

from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

WIDEST = 44


def table_lines(rows: "pd.DataFrame", columns: Sequence[str]) -> list[str]:
    """A heading and one line per row; missing values are blank, long texts cut but in the last column."""
    texts = rows[list(columns)].astype("object").where(rows[list(columns)].notna(), "")
    widths = [min(WIDEST, max([len(name), *texts[name].astype("str").str.len()])) for name in columns]
    *short, last = columns
    lines = [list(columns)]
    for row in texts.to_dict("records"):
        lines.append([*(_short(row[name], WIDEST) for name in short), _short(row[last], len(str(row[last])) + 10)])
    return ["  ".join(f"{cell:<{width}}" for cell, width in zip(line, widths, strict=True)).rstrip() for line in lines]


def _short(value: object, width: int) -> str:
    text = value.strftime("%Y-%m-%d") if isinstance(value, date) else str(value)
    return text if len(text) <= width else f"{text[: width - 1]}…"
