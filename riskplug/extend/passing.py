"""Frames in Arrow files, for another process: dtypes, missing values and row labels come back as they were.

Numbers and dates are memory-mapped, not copied. Lists of words that several columns share, such as the part numbers,
are written once.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from riskplug.errors import PluginFault

_ABOUT = b"riskplug"
_LABELS = "(labels)"


class Words:
    """The lists of words of categorical columns, one file each, numbered by first use."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.known: dict[int, tuple[int, pd.Index]] = {}

    def number_of(self, words: pd.Index) -> int:
        """The number of a list, written when it is new; lists are the same when they are one object in memory."""
        if id(words) not in self.known:
            number = len(self.known)
            self.known[id(words)] = (number, words)  # held, so that no other list gets the id
            _write(self._path(number), {"words": _values(words.to_series(), self)})
        return self.known[id(words)][0]

    def read(self, number: int, dtype: str) -> pd.Index:
        """A list of words by its number."""
        found: Any = _read(self._path(number)).column(0)
        words: pd.Index = pd.Index(_restored(found, dtype, self), dtype=dtype)
        return words

    def _path(self, number: int) -> Path:
        return self.folder / f"words-{number}.arrow"


def write_frames(frames: Mapping[str, pd.DataFrame], folder: Path) -> None:
    """Write the frames into a folder; PluginFault for a column that cannot be handed over."""
    words = Words(folder)
    names = list(frames)
    for number, name in enumerate(names):
        try:
            _write_frame(frames[name], folder / f"frame-{number}.arrow", words)
        except TypeError as error:
            fix = "leave the column out of `needs`, or run the kind without isolation"
            raise PluginFault(f"{error} of {name} cannot be handed to another process", "", fix) from error
    (folder / "frames.json").write_text(json.dumps(names), encoding="utf-8")


def read_frames(folder: Path) -> dict[str, pd.DataFrame]:
    """The frames of a folder, over memory that stays mapped as long as they live."""
    words = Words(folder)
    names = json.loads((folder / "frames.json").read_text(encoding="utf-8"))
    return {name: _read_frame(folder / f"frame-{number}.arrow", words) for number, name in enumerate(names)}


def _write_frame(frame: pd.DataFrame, path: Path, words: Words) -> None:
    columns = {str(name): _values(frame[name], words) for name in frame}
    about = {
        "dtypes": [_said(frame[name], words) for name in frame],
        "columns": str(frame.columns.dtype),
        "labels": [frame.index.start, frame.index.stop, frame.index.step]
        if isinstance(frame.index, pd.RangeIndex)
        else str(frame.index.dtype),
    }
    if not isinstance(frame.index, pd.RangeIndex):
        columns[_LABELS] = _values(frame.index.to_series(), words)
    _write(path, columns, about)


def _read_frame(path: Path, words: Words) -> pd.DataFrame:
    rows = _read(path)
    about = json.loads(rows.schema.metadata[_ABOUT])
    names = [name for name in rows.schema.names if name != _LABELS]
    if isinstance(about["labels"], list):
        index: pd.Index = pd.RangeIndex(*about["labels"])
    else:
        index = pd.Index(_restored(rows.column(_LABELS), about["labels"], words))
    made = {
        name: pd.Series(_restored(rows.column(name), dtype, words), index=index, copy=False)
        for name, dtype in zip(names, about["dtypes"], strict=True)
    }
    return pd.DataFrame(made, index=index, columns=pd.Index(names, dtype=about["columns"]), copy=False)


def _values(series: pd.Series, words: Words) -> Any:
    """A column as an Arrow array: codes of a category, numbers of a date; NaN stays NaN."""
    dtype = series.dtype
    if isinstance(dtype, pd.CategoricalDtype):
        return pa.array(series.cat.codes.to_numpy())
    if isinstance(dtype, pd.StringDtype | pd.BooleanDtype):
        kind = pa.large_string() if isinstance(dtype, pd.StringDtype) else pa.bool_()
        made = pa.array(series.array, type=kind, from_pandas=True)
        return made.combine_chunks() if isinstance(made, pa.ChunkedArray) else made
    if isinstance(dtype, np.dtype) and not dtype.hasobject:
        plain = series.to_numpy()
        return pa.array(plain.view(np.int64) if dtype.kind in "mM" else plain, from_pandas=False)
    if len(series) == 0 or pd.api.types.infer_dtype(series, skipna=False) == "string":
        return pa.array(series.to_numpy(), type=pa.large_string())
    raise TypeError(f"column {series.name}, dtype {dtype},")


def _said(series: pd.Series, words: Words) -> Any:
    """What _restored() has to know of a column."""
    dtype = series.dtype
    if isinstance(dtype, pd.CategoricalDtype):
        return [words.number_of(dtype.categories), str(dtype.categories.dtype), bool(dtype.ordered)]
    return str(dtype)


def _restored(values: Any, said: Any, words: Words) -> Any:
    if isinstance(said, list):
        number, words_dtype, ordered = said
        known = pd.CategoricalDtype(words.read(number, words_dtype), ordered)
        return pd.Categorical.from_codes(values.to_numpy(zero_copy_only=False), dtype=known)
    dtype: Any = pd.api.types.pandas_dtype(said)
    if hasattr(dtype, "__from_arrow__"):
        return dtype.__from_arrow__(values)
    plain = values.to_numpy(zero_copy_only=False)
    return plain.view(dtype) if dtype.kind in "mM" else plain


def _write(path: Path, columns: Mapping[str, Any], about: Mapping[str, object] | None = None) -> None:
    batch = pa.record_batch(list(columns.values()), names=list(columns))
    schema = batch.schema.with_metadata({_ABOUT: json.dumps(about or {}).encode()})
    with pa.OSFile(str(path), "wb") as sink, pa.ipc.new_file(sink, schema) as writer:
        writer.write_batch(batch.replace_schema_metadata(schema.metadata))


def _read(path: Path) -> Any:
    return pa.ipc.open_file(pa.memory_map(str(path))).get_batch(0)


def write_findings(plain: pd.DataFrame, path: Path) -> None:
    """Plain findings (contract.py): text and one column of numbers."""
    columns = {str(name): plain[name] for name in plain}
    arrays = {
        name: pa.array(
            values, type=pa.float64() if name == "metric" else pa.large_string(), from_pandas=name != "metric"
        )
        for name, values in columns.items()
    }
    _write(path, {name: a.combine_chunks() if isinstance(a, pa.ChunkedArray) else a for name, a in arrays.items()})


def read_findings(path: Path) -> pd.DataFrame:
    """What another process left as findings, in memory of our own; ValueError where it is no such file."""
    batch = pa.ipc.open_file(pa.BufferReader(path.read_bytes())).get_batch(0)
    batch.validate(full=True)
    made: dict[str, Any] = {}
    text: Any = pd.StringDtype(na_value=np.nan)
    for name, values in zip(batch.schema.names, batch.columns, strict=True):
        if values.type == pa.float64():
            made[name] = values.to_numpy(zero_copy_only=False).copy()
        elif values.type == pa.large_string():
            made[name] = text.__from_arrow__(values)
        else:
            raise ValueError(f"column {name} is {values.type}")
    return pd.DataFrame(made, index=range(batch.num_rows))
