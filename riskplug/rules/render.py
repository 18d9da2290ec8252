"""Columns of matched rows as JSON text, column by column: canonical, so that equal findings are equal bytes."""

import json
from collections.abc import Mapping, Sequence
from itertools import repeat
from json.encoder import encode_basestring

import numpy as np
import pandas as pd

from riskplug.rules.check import NUMERIC
from riskplug.rules.message import flags, iso_dates
from riskplug.rules.tree import Column


def objects(fragments: Mapping[str, Sequence[str]], rows: int) -> list[str]:
    """One JSON object per row, keys sorted; ``fragments`` are JSON values per key."""
    keys = sorted(fragments)
    if not keys:
        return ["{}"] * rows
    heads = [("{" if number == 0 else ",") + json.dumps(key) + ":" for number, key in enumerate(keys)]
    # the heads stand in each row's join, so that no text is copied twice
    columns = [column for head, key in zip(heads, keys, strict=True) for column in (repeat(head, rows), fragments[key])]
    return list(map("".join, zip(*columns, repeat("}", rows), strict=True)))


def values(rows: pd.DataFrame, column: Column) -> list[str]:
    """A column as JSON values: numbers, text, ISO dates, true and false; unknown is null."""
    series = rows[column.name]
    if column.kind == "date":
        return ["null" if day is None else f'"{day}"' for day in iso_dates(series)]
    if column.kind == "flag":
        return [{None: "null", True: "true", False: "false"}[value] for value in flags(series)]
    if column.kind in NUMERIC:
        return [number(value) for value in series.to_numpy(dtype=np.float64).tolist()]
    return texts(series)


def number(value: float) -> str:
    """A float as JSON; whole numbers without a point, NaN and infinities null."""
    if value - value != 0.0:
        return "null"
    return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)


def texts(series: pd.Series, missing: str = "null") -> list[str]:
    """A text column as JSON strings, each distinct word encoded once."""
    codes, words = pd.factorize(series)
    encoded = [*map(encode_basestring, map(str, np.asarray(words, dtype=object).tolist())), missing]
    return [encoded[code] for code in codes.tolist()]


def identities(rows: pd.DataFrame, identity: Sequence[Column]) -> list[str]:
    """The identity of each row as a JSON object of text; a missing value reads ``unknown``."""
    return objects(
        {
            column.name: [f'"{day or "unknown"}"' for day in iso_dates(rows[column.name])]
            if column.kind == "date"
            else texts(rows[column.name], '"unknown"')
            for column in identity
        },
        len(rows),
    )


def canonical(value: object) -> str:
    """Canonical JSON of a small record."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, default=str)
