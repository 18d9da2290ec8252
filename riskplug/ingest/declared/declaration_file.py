"""One supplier file as canonical declaration rows, with everything that is no row accounted for."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pyarrow as pa

from riskplug.ingest.extract import Extract, Lines, Reject

SUSPICION_COLUMNS = ("part_no", "mpn", "supplier", "material", "direction", "text", "line")
SMELTER_COLUMNS = ("metal", "smelter_id", "name", "country", "part_no", "supplier", "line")


@dataclass(frozen=True)
class DeclarationFile:
    """``rows``: text columns of the canonical table declarations. ``lines``: line of each row's first substance.

    ``elements``: substances, groups, answers and silent products of the file, a substance counted once for each
    watched material in it; rows, rejects and dropped add up to it. ``suspicions`` (SUSPICION_COLUMNS, direction raises
    or lowers) and ``smelters`` (SMELTER_COLUMNS; part_no is empty where they are the company's) carry no mass.
    """

    file: str
    format: str
    version: str
    rows: pa.Table
    lines: Lines
    rejects: tuple[Reject, ...]
    dropped: Mapping[str, int]
    suspicions: pd.DataFrame
    smelters: pd.DataFrame
    elements: int
    sha256: str = ""
    size: int = 0

    def extract(self, table: str = "declarations") -> Extract:
        """One of the file's tables as the ingest stage's readers hand files on; rejects stand with declarations."""
        if table == "declarations":
            return Extract(self.file, self.rows, self.lines, self.sha256, self.size, self.rejects, self.dropped)
        rows = self.suspicions if table == "suspicions" else self.smelters
        texts = {name: pa.array(rows[name].astype("str"), pa.string()) for name in rows.columns if name != "line"}
        lines = rows["line"].to_numpy(dtype=np.int64)
        return Extract(self.file, pa.table(texts), lines, self.sha256, self.size)
