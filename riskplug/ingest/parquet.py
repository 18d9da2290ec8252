"""Parquet files: columns come with types, so nothing is read as text that was not text."""

import pyarrow as pa
import pyarrow.parquet as pq

from riskplug.errors import DataRefused


def read_parquet(data: bytes, where: str) -> pa.Table:
    """All columns of a Parquet file; DataRefused when it is cut or none."""
    try:
        table = pq.read_table(pa.BufferReader(data))
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError, OSError) as error:
        raise DataRefused(f"not a readable Parquet file: {error}", where, "transfer the file again") from error
    twice = sorted({name for name in table.column_names if table.column_names.count(name) > 1})
    if twice:
        raise DataRefused(f"column {twice[0]!r} is there twice", where, "rename one of them in the export")
    return table
