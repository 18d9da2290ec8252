"""What is said of BOM lines that start or end within the horizon, at the component and at its parent."""

from collections.abc import Iterator

import numpy as np
import pandas as pd

from riskplug.model import BomGraph
from riskplug.plan.nodes import Flags, Ints, Master
from riskplug.plan.structure import Structure


def handed_down(graph: BomGraph, master: Master) -> pd.DataFrame:
    """The changes of parents that hand their requirement down; bought ones do not."""
    makes = graph.phantom | ~master.is_("procurement", "buy")
    kept: pd.DataFrame = graph.changes[makes[graph.changes["parent"].to_numpy()]]
    return kept


def not_counted_yet(graph: BomGraph, master: Master, structure: Structure, asked: Flags) -> dict[int, str]:
    """Components of an asked parent whose line starts later, and that no line in force of an asked parent counts."""
    changes = handed_down(graph, master)
    parent, component = changes["parent"].to_numpy(), changes["component"].to_numpy()
    later = changes["starts"].to_numpy(dtype=bool) & asked[parent]
    if not later.any():
        return {}
    counted, required = np.zeros(len(asked), dtype=bool), asked[structure.nodes].astype(np.float64)
    counted[structure.nodes] = (structure.consumed @ required + structure.fixed @ required) > 0
    found = changes[later & ~counted[component]].drop_duplicates("component")
    return dict(zip(found["component"].tolist(), _sentences(found, graph), strict=True))


def said_of_changes(graph: BomGraph, master: Master) -> Iterator[tuple[Ints, list[str]]]:
    """Per node and kind the first change in words, with the number of changes where there are several."""
    changes = handed_down(graph, master)
    for starts in (True, False):
        some = changes[changes["starts"] == starts]
        for end in ("component", "parent"):
            first = some.drop_duplicates(end)
            count = some[end].value_counts().reindex(first[end]).to_numpy()
            texts = [
                text if n == 1 else f"{text} (first of {n})"
                for text, n in zip(_sentences(first, graph), count, strict=True)
            ]
            yield first[end].to_numpy(dtype=np.intp), texts


def _sentences(changes: pd.DataFrame, graph: BomGraph) -> list[str]:
    names = graph.nodes["part_no"].astype("object").iloc[changes["parent"]]
    days = changes["date"].dt.date
    return [
        f"a BOM line of {name} "
        + (f"starts on {day} and is not counted yet" if starts else f"ends on {day} and is counted beyond it")
        for name, day, starts in zip(names, days, changes["starts"], strict=True)
    ]
