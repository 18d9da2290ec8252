"""What travels to workers: everything but the tables, which every worker reads from the Parquet of the snapshot."""

import copyreg
import io
import pickle
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import numpy as np
import pandas as pd
from pyarrow import fs

from riskplug.extend.host import PluginHost
from riskplug.state.snapshots import tables_of

_HOST = "plugin host"


def without_keys(url: str) -> str:
    """An address without user, password and options, in all of which keys may stand."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.hostname or ''}{parts.path}"


@dataclass(frozen=True)
class Place:
    """Where workers find the tables of a snapshot. ``digests``: ``parquet_sha256`` of its manifest."""

    url: str
    digests: Mapping[str, str]

    def tables(self) -> dict[str, pd.DataFrame]:
        """StateUnusable where a file is not there or has other bytes."""
        system, folder = fs.FileSystem.from_uri(self.url)
        return tables_of(self.digests, lambda name: _content(system, f"{folder}/{name}"), self.shown)

    @property
    def shown(self) -> str:
        """The address as it may be told."""
        return without_keys(self.url)


def _content(system: fs.FileSystem, path: str) -> bytes:
    try:
        with system.open_input_stream(path) as file:
            return bytes(file.read())
    except FileNotFoundError:
        return b""


@dataclass(frozen=True)
class There:
    """What every process has of its own, so that it does not travel: the tables of the snapshot, the loaded plugins."""

    tables: Mapping[str, pd.DataFrame]
    host: PluginHost


def pack(value: object, there: There) -> bytes:
    """A value as bytes, with references in the place of what is there already."""
    buffer = io.BytesIO()
    _Packer(buffer, there).dump(value)
    return buffer.getvalue()


def unpack(content: bytes, there: There) -> Any:
    """The value again. What was one object is one object: tables are compared by identity."""
    return _Unpacker(io.BytesIO(content), there).load()


class _Packer(pickle.Pickler):
    dispatch_table = copyreg.dispatch_table.copy()

    def __init__(self, file: io.BytesIO, there: There) -> None:
        super().__init__(file, protocol=5)
        self._names = {id(frame): name for name, frame in there.tables.items()}
        self._host = there.host

    def persistent_id(self, item: object) -> str | None:
        if item is self._host:
            return _HOST
        return self._names.get(id(item)) if type(item) is pd.DataFrame else None


def _calendar(calendar: np.busdaycalendar) -> tuple[type, tuple[object, object]]:
    return np.busdaycalendar, (calendar.weekmask, calendar.holidays)


# numpy's calendars of work days cannot pickle themselves
_Packer.dispatch_table[np.busdaycalendar] = _calendar


class _Unpacker(pickle.Unpickler):
    def __init__(self, file: io.BytesIO, there: There) -> None:
        super().__init__(file)
        self._there = there

    def persistent_load(self, name: str) -> object:
        return self._there.host if name == _HOST else self._there.tables[name]
