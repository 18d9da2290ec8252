"""Parquet files: columns come with types, so nothing is read as text that was not text."""

from collections import Counter
from collections.abc import Collection

import pyarrow as pa
import pyarrow.parquet as pq

from riskplug.errors import DataRefused

_MAX_ROWS_PER_BYTE = 100
_FEW_ROWS = 10_000_000


def read_parquet(data: bytes, where: str, keys: Collection[str] = ()) -> pa.Table:
    """All columns of a Parquet file; DataRefused when it is cut, none, or holds far more rows than bytes.

    ``keys``: columns whose texts are read as codes over words, which is how most files hold them.
    """
    try:
        schema = pq.read_schema(pa.BufferReader(data))
        coded = [field.name for field in schema if field.name in keys and pa.types.is_string(field.type)]
        file = pq.ParquetFile(pa.BufferReader(data), page_checksum_verification=True, read_dictionary=coded)
        rows = file.metadata.num_rows
        if rows > max(_FEW_ROWS, _MAX_ROWS_PER_BYTE * len(data)):
            what = f"says that it holds {rows:,} rows in {len(data):,} bytes"
            raise DataRefused(what, where, "if it is no mistake, deliver it in several files")
        table = file.read().unify_dictionaries()
        table.validate(full=True)  # texts that are no UTF-8 would break whoever reads them later
    except (pa.ArrowException, OSError, ValueError, OverflowError, MemoryError) as error:
        what = f"not a readable Parquet file: {' '.join(str(error).split())[:200]}"
        raise DataRefused(what, where, "transfer the file again") from error
    twice = sorted(name for name, count in Counter(table.column_names).items() if count > 1)
    if twice:
        raise DataRefused(f"column {twice[0]!r} is there twice", where, "rename one of them in the export")
    return table
