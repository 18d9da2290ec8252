"""Values of plugins as canonical JSON text; what JSON cannot hold is refused instead of worded by chance."""

import json
import math
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from json.encoder import encode_basestring
from typing import Any

import numpy as np
import pandas as pd

_PLAIN = (str, bool, int, type(None))
MAX_DEPTH = 20
_ENCODER = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def canonical(value: object) -> str:
    """Canonical JSON of plain values; ValueError says what cannot be one."""
    return _ENCODER.encode(plain(value))


def plain(value: object, depth: int = MAX_DEPTH) -> Any:
    """A value as JSON knows it: dates are ISO text, missing and what is not finite is None. ValueError for others."""
    if isinstance(value, _PLAIN):
        return value
    if isinstance(value, float):
        return float(value) if math.isfinite(value) else None
    if depth == 0:
        raise ValueError(f"values nested deeper than {MAX_DEPTH}")
    if isinstance(value, Mapping):
        return {_key(name): plain(one, depth - 1) for name, one in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        listed = value if isinstance(value, list | tuple) else sorted(value)
        return [plain(one, depth - 1) for one in listed]
    return _converted(value, depth)


def _converted(value: object, depth: int) -> Any:
    if value is pd.NaT or value is pd.NA:
        return None
    if isinstance(value, date):  # datetime and pd.Timestamp are dates too
        return value.isoformat()[:10]
    if isinstance(value, np.generic | Decimal):
        return plain(float(value) if isinstance(value, Decimal) else value.item(), depth - 1)
    if isinstance(value, np.ndarray):
        return plain(value.tolist(), depth - 1)
    raise ValueError(f"a value of type {type(value).__name__}")


def _key(name: object) -> str:
    if not isinstance(name, str):
        raise ValueError(f"a key of type {type(name).__name__}")
    return name


def records(columns: Mapping[str, Sequence[object]], stamp: Mapping[str, object], rows: int) -> list[str]:
    """One canonical JSON object per row with the values of the columns and the stamp, which wins.

    ValueError names the column that holds something else.
    """
    fragments = {name: _fragments(name, values) for name, values in columns.items()}
    fragments |= {name: [canonical(value)] * rows for name, value in stamp.items()}
    keys = sorted(fragments)
    heads = [("{" if number == 0 else ",") + canonical(key) + ":" for number, key in enumerate(keys)]
    texts = [[head + text for text in fragments[key]] for head, key in zip(heads, keys, strict=True)]
    return ["".join(parts) + "}" for parts in zip(*texts, strict=True)] if keys else ["{}"] * rows


def _text(value: object) -> str:
    """As canonical(), quicker for what most values are."""
    if type(value) is str:
        return encode_basestring(value)
    if type(value) is float:
        return repr(value) if math.isfinite(value) else "null"
    return canonical(value)


def _fragments(name: str, values: Sequence[object]) -> list[str]:
    try:
        return [_text(value) for value in values]
    except (ValueError, TypeError) as error:
        raise ValueError(f"column {name} holds {error}") from error
