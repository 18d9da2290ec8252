"""Small bills of material for tests, written as rows."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from riskplug.bom import build_graph
from riskplug.model import CONTENT_COLUMNS, BomGraph
from riskplug.tables import CARRIED, TABLES, dtype_of

ON = date(2025, 4, 28)
SITE = "DE01"


def table(name: str, rows: Iterable[Mapping[str, Any]], index: pd.Index) -> pd.DataFrame:
    columns = (*TABLES[name].columns, *CARRIED)
    frame = pd.DataFrame(list(rows)).reindex(columns=[column.name for column in columns])
    return pd.DataFrame({column.name: frame[column.name].astype(dtype_of(column, index)) for column in columns})


def graph_of(
    lines: Sequence[Mapping[str, Any]],
    parts: Sequence[Mapping[str, Any]] | None = None,
    sites: Sequence[str] = (SITE,),
    on: date = ON,
    also: Sequence[pd.DataFrame] = (),
) -> BomGraph:
    """A graph of lines; without parts, every part named is in the parts list, counted in pieces."""
    names = sorted({line[end] for line in lines for end in ("parent", "component") if line.get(end)})
    listed = [{"part_no": name} for name in names] if parts is None else parts
    index = pd.Index(sorted({*names, *(str(part["part_no"]) for part in listed)}), dtype="str")
    masters = table("parts", [{"base_unit": "pc", **part} for part in listed], index)
    return build_graph(table("bom_lines", lines, index), masters, sites=sites, on=on, also=also)


def line(parent: str, component: str, quantity: float = 1.0, **more: Any) -> dict[str, Any]:
    return {"parent": parent, "component": component, "quantity": quantity, **more}


def node(graph: BomGraph, part_no: str, site: str = SITE) -> int:
    hit = (graph.nodes["part_no"] == part_no) & (graph.nodes["site"] == site)
    return int(np.flatnonzero(hit)[0])


def quantity(graph: BomGraph, parent: str, component: str, kind: str = "consumed", site: str = SITE) -> float:
    return float(getattr(graph, kind)[node(graph, parent, site), node(graph, component, site)])


def level(graph: BomGraph, part_no: str) -> int:
    return int(graph.level[node(graph, part_no)])


def reasons(graph: BomGraph) -> list[str]:
    return sorted(graph.problems["reason"])


def own(rows: Sequence[Mapping[str, Any]]) -> pd.DataFrame:
    usual = {"form": "magnet", "probability": 1.0, "evidence": "full_declaration", "source": "D-1", "date": ON}
    frame = pd.DataFrame([{**usual, **row} for row in rows]).reindex(columns=list(CONTENT_COLUMNS))
    frame["date"] = pd.to_datetime(frame["date"]).astype("datetime64[s]")
    return frame


def grams(part_no: str, mass: float, **more: Any) -> dict[str, Any]:
    return {
        "part_no": part_no,
        "material": "Dy",
        **dict.fromkeys(("mass_g_min", "mass_g_typ", "mass_g_max"), mass),
        **more,
    }
