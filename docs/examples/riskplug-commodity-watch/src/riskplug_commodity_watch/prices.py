"""The price file of a workspace, `commodity_prices.csv`: material, date, price_per_kg."""

import csv
from collections.abc import Iterator
from datetime import date
from math import isfinite
from pathlib import Path
from typing import TYPE_CHECKING

from riskplug.errors import PluginFault

if TYPE_CHECKING:
    import pandas as pd

FILE = "commodity_prices.csv"
COLUMNS = ("material", "date", "price_per_kg")


def read_prices(root: Path, on: date) -> "pd.DataFrame":
    """material, date, price_per_kg up to a day, oldest first. PluginFault names the line of whatever is wrong."""
    import pandas as pd

    path = root / FILE
    try:
        with path.open(encoding="utf-8-sig", newline="") as text:
            rows = list(_rows(csv.reader(text, strict=True), path))
    except (OSError, UnicodeError, csv.Error) as error:
        raise PluginFault(f"the prices cannot be read: {error}", str(path), "put the file there") from None
    known = [row for row in rows if row[1] <= on]
    frame = pd.DataFrame(known, columns=list(COLUMNS)).astype({"material": "str", "price_per_kg": "float64"})
    return frame.assign(date=pd.to_datetime(frame["date"])).sort_values("date", kind="stable", ignore_index=True)


def _rows(lines: "Iterator[list[str]]", path: Path) -> Iterator[tuple[str, date, float]]:
    if tuple(next(lines, [])) != COLUMNS:
        raise PluginFault("the heading is another one", f"{path}:1", f"write {','.join(COLUMNS)}")
    for number, row in enumerate(lines, 2):
        try:
            material, day, price = row
            made = (material.strip(), date.fromisoformat(day.strip()), float(price))
        except ValueError as error:
            raise PluginFault(f"no price: {error}", f"{path}:{number}", "write Dy,2025-04-25,338.00") from None
        if not isfinite(made[2]) or made[2] <= 0:
            raise PluginFault(f"{price} is no price", f"{path}:{number}", "write a number above zero")
        yield made
