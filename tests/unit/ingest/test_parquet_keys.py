"""Keys of a Parquet file are read as codes over words: the same words, and the same refusals."""

from io import BytesIO

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from riskplug.errors import DataRefused
from riskplug.ingest.parquet import read_parquet


def stored(table: pa.Table, rows: int = 2) -> bytes:
    file = BytesIO()
    pq.write_table(table, file, row_group_size=rows)
    return file.getvalue()


def test_groups_of_rows_with_words_of_their_own_give_the_words_of_the_file() -> None:
    part_no = ["B-2", "A-1", None, "B-2", "A-1", "C-3", ""]
    table = pa.table({"part_no": part_no, "description": ["x"] * 7, "line": [10, 20, 30, 40, 50, 60, 70]})
    found = read_parquet(stored(table), "stock.parquet", {"part_no", "line", "not there"})
    assert found.column("part_no").to_pylist() == part_no
    assert pa.types.is_dictionary(found.schema.field("part_no").type)
    assert len({str(piece.dictionary) for piece in found.column("part_no").chunks}) == 1
    assert found.schema.field("description").type == pa.string()
    assert found.column("line").to_pylist() == [10, 20, 30, 40, 50, 60, 70]


@pytest.mark.parametrize("keys", [set(), {"part_no"}])
def test_bytes_that_are_no_text_refuse_the_file_among_keys_too(keys: set[str]) -> None:
    ends = pa.array([0, 1, 3], pa.int32()).buffers()[1]
    broken = pa.Array.from_buffers(pa.string(), 2, [None, ends, pa.py_buffer(b"A\xff\xfe")])
    with pytest.raises(DataRefused, match="not a readable Parquet file"):
        read_parquet(stored(pa.table({"part_no": broken})), "stock.parquet", keys)
