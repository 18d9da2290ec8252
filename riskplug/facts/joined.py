"""Texts of many rows as one text per key."""

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from riskplug.plan.nodes import in_arrow


def joined(texts: pd.Series, keys: pd.Series, separator: str) -> pd.Series:
    """The texts of each key, none missing, in the order of the rows, by key. ``keys``: whole numbers."""
    rows = texts.iloc[np.argsort(keys.to_numpy(), kind="stable")]
    found, counts = np.unique(keys.to_numpy(), return_counts=True)
    ends = pa.array(np.append(0, np.cumsum(counts)), pa.int64())
    lists = pa.LargeListArray.from_arrays(ends, in_arrow(rows))
    return pd.Series(pc.binary_join(lists, pa.scalar(separator, pa.large_string())), index=found, dtype="str")
