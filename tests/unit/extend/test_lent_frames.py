"""What a plugin does to the frames it was given stays with it, by whatever way it does it."""

import warnings
from typing import Any

import numpy as np
import pandas as pd
import pytest

from riskplug.errors import PluginFault
from riskplug.extend.lent import lent

COLUMNS = {
    "f": "float64",
    "i": "int32",
    "s": "str",
    "c": "category",
    "b": "boolean",
    "B": "bool",
    "d": "date",
    "o": "object",
}


def made() -> pd.DataFrame:
    """Five rows of every dtype that tables and facts have, and of some that they do not."""
    words = pd.Index([f"P{n}" for n in range(5)], dtype="str")
    days = pd.Series(pd.date_range("2025-01-01", periods=5)).astype("datetime64[s]")
    return pd.DataFrame(
        {
            "f": [1.5, np.nan, 2.5, 3.5, 4.5],
            "g": np.arange(5, dtype="float64"),
            "i": np.arange(5, dtype="int32"),
            "s": pd.Series(["a", None, "b", "c", "d"], dtype="str"),
            "c": pd.Categorical.from_codes(np.array([0, 1, -1, 3, 4], dtype="int32"), categories=words),
            "b": pd.Series([True, None, False, True, True], dtype="boolean"),
            "B": np.array([True, False, True, True, True]),
            "d": days.where(days > pd.Timestamp("2025-01-01")),
            "o": pd.Series(["x", "y", None, "z", "w"], dtype=object),
        }
    )


FRAME_WAYS = (
    'df["f"] = 1.0',
    'df["new"] = 1',
    'df["f"] += 1',
    *(f'df.loc[0, "{name}"] = df.loc[3, "{name}"]' for name in COLUMNS),
    "df.iloc[0, 0] = 99.0",
    'df.at[0, "f"] = 99.0',
    'df.sort_values("g", ascending=False, inplace=True)',
    'df.drop(columns="f", inplace=True)',
    "df.drop(index=0, inplace=True)",
    "df.index = range(5, 10)",
    'df.columns = list("abcdefghi")',
    'df.columns.name = "evil"',
    'df.index.name = "evil"',
    'df.attrs["x"] = 1',
    "df.flags.allows_duplicate_labels = False",
    'df.fillna({"f": 0.0}, inplace=True)',
    'df.replace({"f": {1.5: 77.0}}, inplace=True)',
    'df.update(pd.DataFrame({"f": [9.0] * 5}))',
    'df.pop("f")',
    'df.insert(0, "z", 1)',
    'df.eval("f = f + 1", inplace=True)',
    'df["f"].mask(df["f"] > 1, 0, inplace=True)',
    's = df["f"]; s.iloc[0] = 99',
    'df["f"].name = "q"',
    'r = df.iloc[0]; r["f"] = 9',
    'df["c"] = df["c"].cat.rename_categories(lambda word: word + "!")',
    'df["c"].cat.categories.name = "evil"',
    'df["c"].cat.categories.names = ["evil"]',
    'df["c"].dtype._ordered = True',
)
MEMORY_WAYS = (
    *(f'a = df["{name}"].{way}; a[0] = a[3]' for name in COLUMNS for way in ("to_numpy()", "values", "array")),
    *(f'a = np.asarray(df["{name}"]); a[0] = a[3]' for name in COLUMNS),
    *(f'a = df["{name}"].to_numpy(); a.flags.writeable = True; a[0] = a[3]' for name in COLUMNS),
    'a = df[["f", "g"]].values; a[0, 0] = 9',
    "a = df.to_numpy(); a[0, 0] = 9",
    'df["f"].array._ndarray[0] = 9',
    'a = df["b"].array; a._data[0] = False; a._mask[0] = True',
    'a = df["c"].cat.codes.to_numpy(); a[0] = 3',
    'a = df["c"].array.codes; a[0] = 3',
    'a = df["c"].array.codes; a.flags.writeable = True; a[0] = 3',
    'a = df["c"].array._codes; a[0] = 3',
    'a = df["c"].cat.categories.values; a[0] = "EVIL"',
    'a = df["c"].cat.categories.array; a[0] = "EVIL"',
    'a = df["c"].cat.categories.to_numpy(); a[0] = "EVIL"',
    'a = df["c"].dtype.categories.array; a[0] = "EVIL"',
    "a = df.index.values; a[0] = 99",
    "a = df.index.array; a[0] = 99",
    'a = df.columns.values; a[0] = "evil"',
    'm = memoryview(df["f"].to_numpy()); m[0] = 9.0',
    'np.random.default_rng(0).shuffle(df["f"].to_numpy())',
    'np.add(df["g"].to_numpy(), 1, out=df["g"].to_numpy())',
    'df["g"].to_numpy()[::-1].sort()',
    'a = np.from_dlpack(df["g"].to_numpy()); a[0] = 9',
)


def tried(way: str, frame: pd.DataFrame) -> str:
    """What a way of writing to a lent frame raised, or nothing."""
    with lent({"t": frame}, {"t": None}) as seen, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            exec(way, {"df": seen["t"], "np": np, "pd": pd})
        except Exception as error:
            return type(error).__name__
    return ""


def assert_untouched(frame: pd.DataFrame) -> None:
    pd.testing.assert_frame_equal(frame, made(), check_names=True)
    assert not frame.attrs and frame.flags.allows_duplicate_labels
    assert frame.columns.name is None and frame.index.name is None
    words = frame["c"].cat.categories
    assert (words.name, list(words), frame["c"].cat.ordered) == (None, ["P0", "P1", "P2", "P3", "P4"], False)


def test_a_lent_frame_is_the_frame() -> None:
    with lent({"t": made()}, {"t": None}) as seen:
        pd.testing.assert_frame_equal(seen["t"], made())


@pytest.mark.parametrize("way", FRAME_WAYS)
def test_a_plugin_may_change_its_frame_and_changes_no_other(way: str) -> None:
    frame = made()
    assert tried(way, frame) == ""
    assert_untouched(frame)


@pytest.mark.parametrize("way", MEMORY_WAYS)
def test_memory_below_a_lent_frame_cannot_be_written_to(way: str) -> None:
    frame = made()
    tried(way, frame)
    assert_untouched(frame)


@pytest.mark.parametrize("name", ["f", "i", "B", "d", "c"])
def test_writing_to_memory_is_refused_rather_than_lost(name: str) -> None:
    assert tried(f'a = df["{name}"].array; a[0] = a[3]', made()) == "ValueError"


def test_what_a_plugin_changes_is_there_for_itself() -> None:
    with lent({"t": made()}, {"t": None}) as seen:
        mine = seen["t"]
        mine.loc[0, "f"] = 99.0
        mine["f"] += 1
        assert mine["f"].tolist()[0] == 100.0


def test_a_pandas_shallow_copy_alone_would_not_hold() -> None:
    """Why the memory is locked: without it this writes through. Once it does not, the lock may go."""
    frame = made()
    frame.copy(deep=False)["f"].array[0] = 99.0
    assert frame["f"].tolist()[0] == 99.0


def test_only_declared_columns_are_lent() -> None:
    with lent({"t": made(), "u": made()}, {"t": ("s", "f")}) as seen:
        assert list(seen["t"]) == ["s", "f"] and list(seen) == ["t"]
        with pytest.raises(PluginFault, match="reads u, which `needs` does not declare"):
            seen["u"]


@pytest.mark.parametrize("frame", [pd.DataFrame(), pd.DataFrame(index=range(3)), made().iloc[:0], made().iloc[[4, 2]]])
def test_frames_without_columns_or_rows_and_with_other_labels_are_lent_as_they_are(frame: pd.DataFrame) -> None:
    with lent({"t": frame}, {"t": None}) as seen:
        pd.testing.assert_frame_equal(seen["t"], frame)


def test_lending_a_wide_frame_takes_no_memory_of_its_size() -> None:
    import tracemalloc

    frame: Any = pd.DataFrame({f"c{n}": np.zeros(200_000) for n in range(20)})  # 32 MB
    tracemalloc.start()
    with lent({"t": frame}, {"t": None}):
        peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 1_000_000
