"""Values that cannot be taken as they stand: which rows, which column, and why."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

Rows = npt.NDArray[np.int64]
Typed = tuple[pa.Array, list["Fault"]]


@dataclass(frozen=True)
class Fault:
    """Rows of one column set aside; ``reasons`` and ``values`` have one entry per row."""

    column: str
    rows: Rows
    values: npt.NDArray[np.object_]
    reasons: npt.NDArray[np.object_]


def faults_where(column: str, bad: pa.Array, values: pa.Array, reason: str | Callable[[str], str]) -> list[Fault]:
    """One fault for the rows where ``bad`` is true, or none; a reason may depend on the value."""
    rows = np.flatnonzero(np.asarray(pc.fill_null(bad, False)))
    if not len(rows):
        return []
    words = pc.cast(values.take(pa.array(rows)), pa.string()).to_numpy(zero_copy_only=False)
    shown = np.where(words == np.array(None), "", words).astype(object)
    return [Fault(column, rows, shown, _reasons(shown, reason))]


def _reasons(values: npt.NDArray[np.object_], reason: str | Callable[[str], str]) -> npt.NDArray[np.object_]:
    if isinstance(reason, str):
        return np.full(len(values), reason, dtype=object)
    distinct: dict[Any, str] = {value: reason(value) for value in set(values)}
    return np.array([distinct[value] for value in values], dtype=object)
