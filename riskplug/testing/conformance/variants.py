"""The same company otherwise: shuffled, doubled, with gaps, with other names, with nothing on stock, a thousandfold.

Frames are named as in `needs`: canonical tables, ``facts.GRAIN`` for facts. Nothing here changes what it is given.
"""

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import pandas as pd

from riskplug.catalogue import GRAINS
from riskplug.tables import TABLES

Frames = Mapping[str, pd.DataFrame]
NAMES = ("part_no", "parent", "component", "site", "supplier", "order_no")
"""Columns whose values a company chooses itself, so that any text may stand in them."""
FOREIGN = " Größe-磁石"
_STOCK = ("quantity", "open_quantity", "safety_stock")


def empty(frames: Frames) -> dict[str, pd.DataFrame]:
    """No rows."""
    return {name: frame.iloc[:0] for name, frame in frames.items()}


def one_row(frames: Frames) -> dict[str, pd.DataFrame]:
    """The first row of each."""
    return {name: frame.iloc[:1] for name, frame in frames.items()}


def shuffled(frames: Frames) -> dict[str, pd.DataFrame]:
    """The rows in another order, numbered anew."""
    return {name: frame.sample(frac=1, random_state=9).reset_index(drop=True) for name, frame in frames.items()}


def doubled(frames: Frames) -> dict[str, pd.DataFrame]:
    """Every row twice."""
    return {
        name: frame.iloc[np.repeat(np.arange(len(frame)), 2)].reset_index(drop=True) for name, frame in frames.items()
    }


def gaps(frames: Frames) -> Iterator[tuple[str, dict[str, pd.DataFrame]]]:
    """(column, frames) with every value of one column missing, then with every second; columns that always have a
    value in a scan are left out: required ones of tables, keys of facts."""
    for name, frame in frames.items():
        for column in (one for one in _may_lack(name, frame) if frame[one].notna().any()):
            for kept, words in ((len(frame), "every value"), (2, "every second value")):
                there = np.arange(len(frame)) % kept == kept - 1 if kept == 2 else np.zeros(len(frame), dtype=bool)
                changed = frame.assign(**{column: frame[column].where(there)})
                yield f"{words} of {name}.{column} missing", {**frames, name: changed}


def foreign(frames: Frames) -> dict[str, pd.DataFrame]:
    """Names of parts, sites, suppliers and orders with letters of other scripts."""
    return {name: _renamed(frame) for name, frame in frames.items()}


def zero(frames: Frames) -> dict[str, pd.DataFrame]:
    """Nothing in stock, on order or wanted: every quantity is zero."""
    return {
        name: frame.assign(**{c: frame[c] * 0.0 for c in _quantities(name, frame)}) for name, frame in frames.items()
    }


def many(frames: Frames, rows: int) -> dict[str, pd.DataFrame]:
    """The company so many times, each with names of its own, that the longest frame has at least ``rows`` rows."""
    longest = max((len(frame) for frame in frames.values()), default=0)
    times = -(-rows // longest) if longest else 1
    return {name: _tiled(frame, times) for name, frame in frames.items()}


def _may_lack(name: str, frame: pd.DataFrame) -> list[str]:
    if name.startswith("facts."):
        sure = {fact.name for fact in GRAINS[name.removeprefix("facts.")].columns if fact.key}
    else:
        sure = {*TABLES[name].required, "source", "file", "row"}
    return [str(column) for column in frame if column not in sure]


def _quantities(name: str, frame: pd.DataFrame) -> list[str]:
    facts = GRAINS[name.removeprefix("facts.")].columns if name.startswith("facts.") else ()
    named = {fact.name for fact in facts if fact.type == "quantity"} | set(_STOCK)
    return [str(column) for column in frame if column in named]


def _renamed(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.assign(**{name: _with(frame[name], FOREIGN) for name in NAMES if name in frame})


def _with(series: pd.Series, mark: str) -> pd.Series:
    if isinstance(series.dtype, pd.CategoricalDtype):
        return series.cat.rename_categories([f"{value}{mark}" for value in series.cat.categories])
    return (series.astype("str") + mark).where(series.notna())


def _tiled(frame: pd.DataFrame, times: int) -> pd.DataFrame:
    block = np.repeat(np.arange(times), len(frame))
    tiled = frame.iloc[np.tile(np.arange(len(frame)), times)].reset_index(drop=True)
    return tiled.assign(**{name: _numbered(tiled[name], block, times) for name in NAMES if name in frame})


def _numbered(series: pd.Series, block: Any, times: int) -> pd.Series:
    if not isinstance(series.dtype, pd.CategoricalDtype):
        return (series.astype("str") + "-" + pd.Series(block, index=series.index).astype("str")).where(series.notna())
    words, codes = series.cat.categories, series.cat.codes.to_numpy(dtype="int64")
    every = pd.Index([f"{word}-{number}" for number in range(times) for word in words], dtype="str")
    moved = np.where(codes < 0, -1, codes + block * len(words))
    return pd.Series(pd.Categorical.from_codes(moved, categories=every), index=series.index)
