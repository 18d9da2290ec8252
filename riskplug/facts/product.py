"""Which component stops a product first: the shortest runway at or below each node, level by level upwards."""

import numpy as np
import numpy.typing as npt
import pandas as pd

from riskplug.catalogue import RUNWAY_STATES
from riskplug.model import BomGraph

_RUNS_OUT = ("runs_out", "already_short")


def limiting(
    graph: BomGraph, days: pd.Series, states: pd.Series
) -> tuple[npt.NDArray[np.float64], pd.Categorical, npt.NDArray[np.intp]]:
    """(days, state, node that limits) per node, over the node and everything below it.

    The shortest runway wins. Where nothing runs out, an unknown below makes the result unknown. A node's own runway
    already counts the stock of the assemblies above it, because requirements are netted on the way down.
    """
    own = _shortest_own(days, states)
    value, which = own.copy(), np.arange(len(own))
    unknown = (states.astype("object") == "unknown").to_numpy()
    covered = (states.astype("object") == "covered_to_horizon").to_numpy()
    edges = graph.as_built.tocoo()
    level = graph.level[edges.row]
    for depth in range(int(graph.level.max(initial=0)), -1, -1):
        parents, children = edges.row[level == depth], edges.col[level == depth]
        order = np.lexsort((value[children], parents))
        parents, children = parents[order], children[order]
        first = np.flatnonzero(np.r_[True, parents[1:] != parents[:-1]]) if len(parents) else np.empty(0, dtype=int)
        top, best = parents[first], children[first]
        shorter = value[best] < value[top]
        value[top[shorter]], which[top[shorter]] = value[best[shorter]], which[best[shorter]]
        np.logical_or.at(unknown, parents, unknown[children])
        np.logical_or.at(covered, parents, covered[children])
    return np.where(np.isinf(value), np.nan, value), _state(value, unknown, covered), which


def _shortest_own(days: pd.Series, states: pd.Series) -> npt.NDArray[np.float64]:
    short = states.astype("object").isin(_RUNS_OUT).to_numpy()
    return np.where(short, days.fillna(0.0).to_numpy(dtype=float), np.inf)


def _state(
    value: npt.NDArray[np.float64], unknown: npt.NDArray[np.bool_], covered: npt.NDArray[np.bool_]
) -> pd.Categorical:
    names = np.select(
        [value == 0, np.isfinite(value), unknown, covered],
        ["already_short", "runs_out", "unknown", "covered_to_horizon"],
        "no_demand",
    )
    return pd.Categorical(names, categories=list(RUNWAY_STATES))
