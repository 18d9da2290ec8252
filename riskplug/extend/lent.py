"""Frames lent to a plugin: its own to change, without a copy and without a way back to the memory of the scan.

pandas copies a column that is written to while another frame holds it (copy on write), but hands out arrays that are
not covered by that: `Series.array` and the codes of a category write through a shallow copy (seen with pandas 3.1).
So the memory below is lent read-only, and the frame handed over is a shallow copy of one that lives on.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from riskplug.errors import PluginFault
from riskplug.extend.needs import Needs
from riskplug.model import Frames

Array = npt.NDArray[Any]


class Lent(dict[str, pd.DataFrame]):
    """The frames of one rule kind by name; PluginFault for one that it did not declare."""

    def __missing__(self, name: str) -> pd.DataFrame:
        raise PluginFault(f"reads {name}, which `needs` does not declare", "", "add it to `needs` of the kind")


@contextmanager
def lent(frames: Frames, needs: Needs) -> Iterator[Lent]:
    """What a plugin declared of the frames, as it may have them while the body runs."""
    held = {name: read_only(frames[name], columns) for name, columns in needs.items()}
    yield Lent({name: frame.copy(deep=False) for name, frame in held.items()})
    held.clear()


def read_only(frame: pd.DataFrame, columns: Iterable[str] | None = None) -> pd.DataFrame:
    """The frame, or some of its columns, over the same memory that cannot be written to."""
    index = frame.index.view()
    names = list(frame.columns if columns is None else columns)
    made = {name: _column(frame[name], index) for name in names}
    return pd.DataFrame(made, index=index, columns=pd.Index(names, dtype=frame.columns.dtype), copy=False)


def _column(series: pd.Series, index: pd.Index) -> pd.Series:
    dtype = series.dtype
    if isinstance(dtype, pd.CategoricalDtype):
        words = pd.CategoricalDtype(dtype.categories.view(), dtype.ordered)
        values: Any = pd.Categorical.from_codes(_locked(series.cat.codes.to_numpy()), dtype=words)
    elif isinstance(dtype, np.dtype) and not dtype.hasobject:
        values = _locked(series.to_numpy())
    elif isinstance(dtype, pd.StringDtype):
        values = series.array.view()  # the text itself is immutable, the view is what would be exchanged
    else:
        values = series.array.copy()
    said = np.dtype(object) if isinstance(dtype, np.dtype) and dtype.hasobject else values.dtype
    return pd.Series(values, index=index, dtype=said, copy=False)  # said outright: texts among objects become others


def _locked(values: Array) -> Array:
    """The same memory, which numpy will not make writable again."""
    kind = values.dtype
    plain = values.view(np.int64) if kind.kind in "mM" else values  # a buffer cannot say what a date is
    return np.asarray(plain.data.toreadonly()).view(kind)
