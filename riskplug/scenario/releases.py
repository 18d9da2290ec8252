"""Sources and alternates that are released: what they are asked for, and where products hang on them."""

from dataclasses import replace

import numpy as np
import pandas as pd
from scipy import sparse

from riskplug.bom.levels import low_level_codes, reach
from riskplug.errors import UsageError
from riskplug.model import BomGraph
from riskplug.plan import Plan
from riskplug.scenario.overlays import Alternate

# Enough to hang the product on the alternate, too little to be anything in it.
_TRACE = 1e-12


def requirements(planned: Plan, part_no: str, site: str) -> pd.Series:
    """Quantity of a part needed by day under the restricted policy, base units; past-due needs are today's."""
    try:
        rows = planned.events(part_no, site, "restricted")
    except KeyError as error:
        raise UsageError(f"part {part_no} is not planned at {site}", "scenario", "name a site that uses it") from error
    asked = rows[rows["kind"].isin(["demand", "dependent"])]
    days, first = pd.to_datetime(asked["date"]), pd.Timestamp(planned.on)
    days = days.where(days >= first, first)
    return -asked["quantity"].groupby(days).sum()


def standing_in(graph: BomGraph, overlay: Alternate) -> BomGraph:
    """The graph with the alternate below every assembly that takes the part, so that a product can stop for it.

    UsageError where the alternate itself holds such an assembly: it could never be built.
    """
    part, other = (_node(graph, name, overlay.site) for name in (overlay.part, overlay.alternate))
    edges = graph.as_built.tocoo()
    parents = edges.row[edges.col == part]
    if reach(graph.as_built, np.array([other]))[parents].any():
        raise UsageError(
            f"{overlay.alternate} cannot stand in for {overlay.part}: it holds an assembly that takes it",
            str(overlay),
            "name another alternate",
        )
    cells = (parents, np.full(len(parents), other))
    more = sparse.coo_array((np.full(len(parents), _TRACE), cells), shape=graph.as_built.shape)
    built = sparse.csr_array(graph.as_built + more.tocsr())
    level = low_level_codes(built)[0]
    return replace(graph, as_built=built, level=np.where(level < 0, graph.level, level).astype(np.int32))


def _node(graph: BomGraph, part_no: str, site: str) -> int:
    there = np.flatnonzero(((graph.nodes["part_no"] == part_no) & (graph.nodes["site"] == site)).to_numpy())
    if not len(there):
        raise UsageError(f"part {part_no} is not planned at {site}", "scenario", "name a site that uses it")
    return int(there[0])
