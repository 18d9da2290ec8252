"""Source plugins: canonical tables from wherever the plugin reads them, typed by the same contract as any file."""

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
import pandas as pd
import pyarrow as pa

from riskplug.errors import DataRefused
from riskplug.extend import guard
from riskplug.extend.protocols import ScanContext, Source
from riskplug.ingest.extract import Extract
from riskplug.tables import TABLES

T = TypeVar("T")


@dataclass(frozen=True)
class Plugged:
    """A source of a workspace that a plugin reads, with the plugin's name for messages."""

    plugin: str
    source: Source
    context: ScanContext

    def tables(self) -> Iterator[str]:
        """Canonical tables it gives, in reading order; a name that is none of them refuses the source."""
        given = self._asked("tables", self.source.tables)
        unknown = sorted(set(given) - set(TABLES))
        if unknown:
            raise DataRefused(f"plugin {self.plugin} gives a table {unknown[0]!r}", self.plugin, "see docs/tables.md")
        yield from (table for table in TABLES if table in given)

    def read(self, table: str) -> Extract:
        """One table as text; what the plugin raises refuses the table."""
        frame = self._asked(f"read {table}", lambda: self.source.read(table, self.context))
        stamp = self._asked(f"extracted_at {table}", lambda: (self.source.extracted_at(table),))[0]
        texts = {str(name): pa.array(_texts(frame[name]), type=pa.string()) for name in frame.columns}
        content = pa.table(texts)
        digest = hashlib.sha256(repr((content.column_names, content.to_pylist())).encode()).hexdigest()
        lines = np.arange(1, content.num_rows + 1, dtype=np.int64)
        return Extract(f"{self.plugin}:{table}", content, lines, digest, content.nbytes, extracted_at=stamp)

    def _asked(self, where: str, function: Callable[[], T]) -> T:
        asked = guard.call(self.plugin, where, function)
        if asked.fault or asked.value is None:
            said = str(asked.fault or f"plugin {self.plugin}, {where}: gave nothing")
            raise DataRefused(said, self.plugin, "repair or switch off the plugin; its tables are refused until then")
        return asked.value


def _texts(column: pd.Series) -> list[str | None]:
    return [None if pd.isna(value) else str(value) for value in column]
