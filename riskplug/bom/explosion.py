"""One part, downwards and upwards."""

import math
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import sparse

from riskplug.bom.inside import MASSES, roll_up_content
from riskplug.bom.levels import low_level_codes, reach
from riskplug.bom.rollup import layers, part_of, roll_up, used_up
from riskplug.errors import UsageError, suggestion
from riskplug.model import BomGraph

Nodes = npt.NDArray[np.intp]


def explode(graph: BomGraph, part_no: str, site: str) -> pd.DataFrame:
    """Everything below a part: part_no, level (the longest way down), qty_per (total per unit of the part, losses
    included, fixed quantities left out), is_leaf. Each component is one row, however many ways lead to it.
    """
    below, root = _below(graph, part_no, site)
    return _components(below, root)


def _below(graph: BomGraph, part_no: str, site: str) -> tuple[BomGraph, int]:
    node = _node(graph, part_no, site)
    nodes = np.flatnonzero(reach(graph.as_built, np.array([node])))
    return part_of(graph, nodes), int(np.searchsorted(nodes, node))


def _components(below: BomGraph, root: int) -> pd.DataFrame:
    level, _ = low_level_codes(below.as_built)
    start = np.zeros((len(level), 1))
    start[root] = 1.0
    # the need runs down the transpose: from the top, whose level is deepest there
    total = start.copy()
    for layer in layers(sparse.csr_array(used_up(below).T), int(level.max()) - level):
        total[layer.nodes] += layer.rows @ total
    rows = pd.DataFrame(
        {
            "part_no": below.nodes["part_no"].astype("str"),
            "level": level,
            "qty_per": total[:, 0],
            "is_leaf": np.diff(below.as_built.indptr) == 0,
        }
    )
    return rows.drop(index=root).sort_values(["level", "part_no"], ignore_index=True)


def where_used(graph: BomGraph, part_no: str, site: str) -> pd.DataFrame:
    """Every assembly above a part: part_no, level (the longest way up), qty_per (of the part in one unit of the
    assembly, losses included), is_top.
    """
    node = _node(graph, part_no, site)
    nodes = np.flatnonzero(reach(sparse.csr_array(graph.as_built.T), np.array([node])))
    above = part_of(graph, nodes)
    at = int(np.searchsorted(nodes, node))
    start = np.zeros((len(nodes), 1))
    start[at] = 1.0
    upward = sparse.csr_array(above.as_built.T)
    rows = pd.DataFrame(
        {
            "part_no": above.nodes["part_no"].astype("str"),
            "level": low_level_codes(upward)[0],
            "qty_per": roll_up(used_up(above), start, above)[:, 0],
            "is_top": np.diff(upward.indptr) == 0,
        }
    )
    return rows.drop(index=at).sort_values(["level", "part_no"], ignore_index=True)


def explosion_document(graph: BomGraph, own: pd.DataFrame, part_no: str, site: str) -> dict[str, Any]:
    """``riskplug.explosion/1``: components, and materials as built (mass_g) and used up with losses (consumed_g)."""
    below, root = _below(graph, part_no, site)
    components = _components(below, root)
    node = _node(graph, part_no, site)
    cycles = _cycles_below(graph, reach(graph.as_built, np.array([node])))
    return {
        "schema": "riskplug.explosion/1",
        "part_no": part_no,
        "site": site,
        "levels": int(components["level"].max()) if len(components) else 0,
        "components": components.astype("object").to_dict("records"),
        "materials": _materials(below, own, part_no),
        "partial": bool(graph.partial[node]),
        "cycles": cycles,
    }


def _materials(below: BomGraph, own: pd.DataFrame, part_no: str) -> list[dict[str, Any]]:
    built = _of(roll_up_content(below, own), part_no)
    used = built if below.consumed is below.as_built else _of(roll_up_content(below, own, used_up(below)), part_no)
    return [
        {
            "material": str(one["material"]),
            "form": str(one["form"]),
            "mass_g": _interval(one),
            "consumed_g": _interval(other),
            "probability": _number(one["probability"]),
        }
        for one, other in zip(built, used, strict=True)
    ]


def _of(content: pd.DataFrame, part_no: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = content[content["part_no"] == part_no].to_dict("records")  # type: ignore[assignment]
    return found


def _interval(row: dict[str, Any]) -> dict[str, float | None]:
    return {name.removeprefix("mass_g_"): _number(row[name]) for name in MASSES}


def _number(value: float) -> float | None:
    return None if math.isnan(value) else float(value)


def _cycles_below(graph: BomGraph, below: npt.NDArray[np.bool_]) -> list[list[str]]:
    names = graph.nodes["part_no"]
    return [[str(names.iloc[node]) for node in cycle] for cycle in graph.cycles if below[list(cycle)].any()]


def _node(graph: BomGraph, part_no: str, site: str) -> int:
    """The node of a part at a site; UsageError where there is none."""
    parts, sites = graph.nodes["part_no"].cat, graph.nodes["site"].cat
    part, place = _code(parts.categories, part_no), _code(sites.categories, site)
    found = np.flatnonzero((parts.codes.to_numpy() == part) & (sites.codes.to_numpy() == place))
    if part < 0 or place < 0 or not len(found):
        known = parts.categories if part < 0 else sites.categories
        fix = suggestion(part_no if part < 0 else site, map(str, known[:100_000]))
        raise UsageError(f"no part {part_no!r} at site {site!r}", "bill of material", fix or "check the part number")
    return int(found[0])


def _code(index: pd.Index, name: str) -> int:
    return int(index.get_indexer(pd.Index([name]))[0])
