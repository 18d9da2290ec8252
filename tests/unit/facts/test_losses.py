"""What a material takes: of what is bought, by the chance that it is there."""

from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd

from riskplug.facts.losses import _materials


def test_a_material_takes_what_is_bought_and_may_hold_it() -> None:
    rows = [
        ("made", "Dy", 1.0),
        ("sure", "Dy", 0.95),
        ("likely", "Dy", 0.5),
        ("free", "Dy", 1.0),  # of a material that nobody watches below
        ("hardly", "Dy", 0.4),
        ("unknown", "Dy", np.nan),
        ("unproven", "Dy", 0.9),
        ("absent", "Dy", 0.0),  # unproven too, and certain to hold none
        ("elsewhere", "Dy", 1.0),
    ]
    content = pd.DataFrame(rows, columns=["part_no", "material", "probability"])
    content.loc[3, "material"] = "Fe"
    node = {name: at for at, (name, _, _) in enumerate(rows[:-1])}
    bought = np.arange(10, 10 + len(node))
    bought[0] = -1
    index = SimpleNamespace(nodes_of=lambda rows: rows["part_no"].map(node).fillna(-1).to_numpy(dtype=int))
    night: Any = SimpleNamespace(
        content=content, controlled=frozenset({"Dy"}), unproven=frozenset({"unproven", "absent"}), index=index
    )
    supply: Any = SimpleNamespace(links=SimpleNamespace(bought=bought))
    assert _materials(night, supply).to_dict("list") == {
        "node": [11, 12, 14, 15, 16],
        "material": ["Dy"] * 5,
        "applies": ["yes", "likely", "unlikely", "unknown", "unknown"],
    }
