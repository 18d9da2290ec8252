"""Which parts leave their content to their components.

A text on an assembly ("rotor with N42SH magnets") speaks of the magnet that is also a line of its bill of material.
Counting both would double the mass, so a part that has a component with content of its own says nothing by its texts.
"""

from datetime import date

import numpy as np
import numpy.typing as npt
import pandas as pd


def above(bom_lines: pd.DataFrame, parts: npt.NDArray[np.int64], count: int, on: date) -> npt.NDArray[np.bool_]:
    """Per part code, whether one of ``parts`` is somewhere below it in the bills of the day; linear in lines.

    Parts on a common cycle do not count as above each other.
    """
    from scipy import sparse
    from scipy.sparse import csgraph

    up, down = _edges(bom_lines, on)
    graph = sparse.csr_array((np.ones(len(up), dtype=np.int8), (down, up)), shape=(count, count))
    _, knot = csgraph.connected_components(graph, directed=True, connection="strong")
    kept = knot[up] != knot[down]
    up, down = up[kept], down[kept]
    first = np.isin(down, parts)
    # the direct parents are the seeds: an extra node points at them, and everything it reaches is above
    seeds = np.unique(up[first])
    rows, columns = np.concatenate([down, np.full(len(seeds), count)]), np.concatenate([up, seeds])
    graph = sparse.csr_array((np.ones(len(rows), dtype=np.int8), (rows, columns)), shape=(count + 1, count + 1))
    reached = csgraph.breadth_first_order(graph, count, directed=True, return_predecessors=False)
    found = np.zeros(count + 1, dtype=bool)
    found[reached] = True
    return found[:count]


def _edges(lines: pd.DataFrame, on: date) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Parent and component codes of the lines that are in force and go into the product."""
    day = pd.Timestamp(on)
    active = lines["status"].isna() | (lines["status"].astype("str").str.lower() == "active")
    made = lines["usage"].isna() | (lines["usage"].astype("str").str.lower() == "production")
    inside = (lines["line_kind"].astype("str").fillna("normal") != "by_product") & ~(lines["quantity"] <= 0)
    dated = ~(lines["valid_from"] > day) & ~(lines["valid_to"] < day)
    up = lines["parent"].cat.codes.to_numpy(dtype=np.int64)
    down = lines["component"].cat.codes.to_numpy(dtype=np.int64)
    kept = (active & made & inside & dated).to_numpy(dtype=bool) & (up >= 0) & (down >= 0) & (up != down)
    return up[kept], down[kept]
