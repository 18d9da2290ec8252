"""Part numbers of all tables over one index, however their columns were coded."""

import numpy as np
import pandas as pd
import pyarrow as pa

from riskplug.ingest.finish import SourceRows, to_frames


def lines(parents: pa.DictionaryArray, components: pa.DictionaryArray) -> dict[str, list[SourceRows]]:
    count = len(parents)
    rows = pa.table({"parent": parents, "component": components, "row": pa.array(np.arange(count, dtype=np.int32))})
    return {"bom_lines": [SourceRows("erp", rows)]}


def coded(codes: list[int | None], words: list[str]) -> pa.DictionaryArray:
    return pa.DictionaryArray.from_arrays(pa.array(codes, pa.int32()), pa.array(words, pa.string()))


def test_columns_that_share_a_dictionary_share_the_index_in_order_without_unused_words() -> None:
    both = coded([3, 0, None, 2, 0, 2], ["C", "unused", "A", "B"])
    frame = to_frames(lines(both.slice(0, 3), both.slice(3)))["bom_lines"]
    assert frame["parent"].cat.categories.tolist() == ["A", "B", "C"]
    assert frame["parent"].cat.codes.tolist() == [1, 2, -1]
    assert frame["component"].cat.codes.tolist() == [0, 2, 0]


def test_columns_of_their_own_dictionaries_share_the_index_too() -> None:
    frame = to_frames(lines(coded([0, 1], ["B", "A"]), coded([1, 0], ["D", "B"])))["bom_lines"]
    assert frame["parent"].astype(object).tolist() == ["B", "A"]
    assert frame["component"].astype(object).tolist() == ["B", "D"]
    assert frame["component"].cat.categories.tolist() == ["A", "B", "D"]


def test_a_word_that_a_dictionary_holds_twice_is_one_part() -> None:
    frame = to_frames(lines(twice := coded([0, 1, 2], ["B", "A", "B"]), twice))["bom_lines"]
    assert frame["parent"].cat.categories.tolist() == ["A", "B"]
    assert frame["parent"].astype(object).tolist() == ["B", "A", "B"]


def test_an_absent_column_is_missing_in_every_row() -> None:
    frame = to_frames(lines(coded([0], ["A"]), coded([0], ["B"])))["bom_lines"]
    absent = frame[["reference", "unit", "fixed", "scrap_pct", "valid_from"]]
    assert absent.isna().all(axis=None)
    assert absent.dtypes.map(str).to_dict() == {
        "reference": "str",
        "unit": "category",
        "fixed": "boolean",
        "scrap_pct": "float64",
        "valid_from": "datetime64[s]",
    }
    assert pd.isna(frame["reference"].fillna("x").replace("x", pd.NA)).all()
