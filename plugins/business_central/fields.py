"""Fields of Business Central however they are spelt: by caption, in the database, or in a web service."""

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING

from riskplug.model import Frames

if TYPE_CHECKING:
    import pandas as pd


def fields(
    frame: "pd.DataFrame", wanted: Mapping[str, str], table: str, needed: tuple[str, ...] = ()
) -> "pd.DataFrame":
    """The wanted fields under short names; missing throughout where the export has none of the spelling.

    ``wanted``: short name to the field's caption. `Production BOM No.`, `Production BOM No_`, `Production_BOM_No` and
    `productionBOMNo` are one spelling. ValueError where a needed field is missing.
    """
    import numpy as np
    import pandas as pd

    there = {_folded(str(name)): name for name in frame.columns}
    missing = [wanted[name] for name in needed if _folded(wanted[name]) not in there]
    if missing:
        raise ValueError(f"{table} has no field {missing[0]!r}; found: {', '.join(map(str, frame.columns))}")
    blank = pd.Series(np.nan, index=frame.index, dtype="str")
    return pd.DataFrame(
        {
            name: frame[there[folded]] if (folded := _folded(caption)) in there else blank
            for name, caption in wanted.items()
        }
    )


def table_of(inputs: Frames, name: str, wanted: Mapping[str, str], needed: tuple[str, ...]) -> "pd.DataFrame":
    """A further table's fields; empty where the source does not deliver it."""
    import pandas as pd

    if name not in inputs:
        return pd.DataFrame({field: pd.Series(dtype="str") for field in wanted})
    return fields(inputs[name], wanted, name, needed)


def _folded(name: str) -> str:
    return re.sub(r"[^0-9a-z]", "", name.lower())
