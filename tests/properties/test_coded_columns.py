"""Columns that are coded block by block hold what was given, over words that are there once."""

from collections.abc import Iterator

import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from riskplug.ingest.coded import Coded
from riskplug.ingest.query_rows import Gathered, text_of

words = st.one_of(st.sampled_from(["", "A", "P-1", "P-2", "Q-1", "é", "漢字", "a b "]), st.text(max_size=4))
missing_too = st.one_of(st.none(), words)
blocks = st.lists(st.lists(st.tuples(words, words), max_size=12), max_size=8)
values = st.one_of(st.none(), st.integers(-5, 5), st.integers(2**31 - 2, 2**31 + 2), words, st.booleans())
spares = st.sampled_from([0, 3, 1000])


def in_parts(rows: list[tuple[object, ...]], size: int) -> Iterator[list[tuple[object, ...]]]:
    return (rows[at : at + size] for at in range(0, len(rows), size))


@settings(max_examples=300, deadline=None, derandomize=True)
@given(blocks=blocks, spare=spares, cut=st.integers(0, 12))
def test_columns_of_one_dictionary_hold_the_words_of_all_blocks(
    blocks: list[list[tuple[str, str]]], spare: int, cut: int
) -> None:
    coded = Coded(["left", "right"], spare)
    for block in blocks:
        pieces = [block[:cut], block[cut:]]
        texts = [[pa.array([row[at] for row in piece], pa.string()) for piece in pieces] for at in (0, 1)]
        coded.add_text({"left": pa.chunked_array(texts[0]), "right": pa.chunked_array(texts[1])})
    found = coded.columns()
    rows = [row for block in blocks for row in block]
    assert found["left"].to_pylist() == [left for left, _ in rows]
    assert found["right"].to_pylist() == [right for _, right in rows]
    assert sorted(found["left"].dictionary.to_pylist()) == sorted({word for row in rows for word in row})
    assert found["left"].dictionary.equals(found["right"].dictionary)


@settings(max_examples=200, deadline=None, derandomize=True)
@given(blocks=st.lists(st.lists(missing_too, max_size=12), max_size=8), spare=spares)
def test_what_is_missing_stays_missing(blocks: list[list[str | None]], spare: int) -> None:
    coded = Coded(["only"], spare)
    for block in blocks:
        encoded = pa.array(block, pa.string()).dictionary_encode()
        coded.add(encoded.dictionary, [encoded.indices])
    assert coded.columns()["only"].to_pylist() == [word for block in blocks for word in block]


@settings(max_examples=200, deadline=None, derandomize=True)
@given(column=st.lists(values, max_size=40), size=st.integers(1, 40))
def test_a_query_keeps_whole_numbers_where_every_batch_is_one_and_else_has_text(
    column: list[object], size: int
) -> None:
    gathered = Gathered(["id", "value"])
    batches = list(in_parts(list(enumerate(column)), size))
    for batch in batches:
        gathered.add(batch)
    table = gathered.table()
    whole = all({type(value) for _, value in batch} - {type(None)} == {int} for batch in batches)
    expected = column if whole else [None if value is None else text_of(value) for value in column]
    assert table.column("value").to_pylist() == expected
    assert table.column("id").to_pylist() == list(range(len(column)))


@settings(max_examples=100, deadline=None, derandomize=True)
@given(rows=st.lists(st.tuples(st.integers(0, 9), st.sampled_from(["A", "B", "", "é"])), max_size=40))
def test_the_hash_of_a_query_does_not_tell_in_which_batches_it_came(rows: list[tuple[object, ...]]) -> None:
    hashes = set()
    for size in (1, 3, 40):
        gathered = Gathered(["a", "b"])
        for batch in in_parts(rows, size):
            gathered.add(batch)
        hashes.add(gathered.sha256())
    assert len(hashes) == 1
