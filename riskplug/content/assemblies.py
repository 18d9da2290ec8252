"""Which texts of assemblies leave their content to the components.

A text on an assembly ("rotor with N42SH magnets") speaks of the magnet that is also a line of its bill of material.
Counting both would double the mass, so a material that is somewhere below a part is not taken from the part's texts.
"""

from datetime import date
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pandas as pd

if TYPE_CHECKING:
    from scipy import sparse

Codes = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]


class Assemblies:
    """What stands above what, in the bills of one day. Parts on a common cycle do not stand above each other."""

    def __init__(self, bom_lines: pd.DataFrame, count: int, on: date) -> None:
        from scipy.sparse import csgraph

        up, down = _edges(bom_lines, on)
        graph = _upwards(up, down, count)
        _, knot = csgraph.connected_components(graph, directed=True, connection="strong")
        apart = knot[up] != knot[down]
        self.up, self.down, self.count = up[apart], down[apart], count
        self._upwards = graph if apart.all() else _upwards(self.up, self.down, count)

    def above(self, parts: Codes) -> Flags:
        """Per part code, whether one of ``parts`` is somewhere below it; each line is looked at once."""
        found, front = np.zeros(self.count, dtype=bool), parts
        # one step per level, over the new nodes only
        while len(front):
            reached = np.unique(self._upwards[front].indices).astype(np.int64)
            front = reached[~found[reached]]
            found[front] = True
        return found

    def repeated(self, told: pd.DataFrame, sources: pd.DataFrame) -> Flags:
        """Per row of ``told`` (part, material), whether a part below holds the material by ``sources``."""
        repeated = np.zeros(len(told), dtype=bool)
        made = np.zeros(self.count, dtype=bool)
        made[self.up] = True
        asked = made[told["part"].to_numpy(dtype=np.int64)]
        known: dict[bytes, Flags] = {}
        for material in told.loc[asked, "material"].unique():
            holders = np.unique(sources.loc[sources["material"] == material, "part"].to_numpy(dtype=np.int64))
            # Nd, Pr and B mostly share their holders
            above = known.setdefault(holders.tobytes(), np.empty(0, dtype=bool))
            if not len(above):
                above = known[holders.tobytes()] = self.above(holders)
            rows = np.flatnonzero(asked & (told["material"] == material).to_numpy(dtype=bool))
            repeated[rows] = above[told["part"].to_numpy(dtype=np.int64)[rows]]
        return repeated


def _upwards(up: Codes, down: Codes, count: int) -> "sparse.csr_array":
    """Per part, by row, what stands right above it."""
    from scipy import sparse

    return sparse.csr_array((np.ones(len(up), dtype=np.int8), (down, up)), shape=(count, count))


def _edges(lines: pd.DataFrame, on: date) -> tuple[Codes, Codes]:
    """Parent and component codes of the lines that are in force and go into the product."""
    day = pd.Timestamp(on)
    active, made = _says(lines["status"], "active"), _says(lines["usage"], "production")
    inside = (lines["line_kind"] != "by_product") & ~(lines["quantity"] <= 0)
    dated = ~(lines["valid_from"] > day) & ~(lines["valid_to"] < day)
    up = lines["parent"].cat.codes.to_numpy(dtype=np.int64)
    down = lines["component"].cat.codes.to_numpy(dtype=np.int64)
    kept = active & made & (inside & dated).to_numpy(dtype=bool) & (up >= 0) & (down >= 0) & (up != down)
    return up[kept], down[kept]


def _says(column: pd.Series, word: str) -> Flags:
    """Per row, whether the word stands there in whatever case, or nothing does; each word is looked at once."""
    words = column.astype("category").cat
    true: Flags = np.append(words.categories.astype("str").str.lower() == word, True)
    return true[words.codes.to_numpy()]
