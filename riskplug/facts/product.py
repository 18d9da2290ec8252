"""Which component stops a product first: the shortest runway at or below each node, level by level upwards."""

import numpy as np
import numpy.typing as npt
import pandas as pd

from riskplug.catalogue import RUNWAY_STATES
from riskplug.model import BomGraph

_RUNS_OUT = ("runs_out", "already_short")


def limiting(
    graph: BomGraph, days: pd.Series, states: pd.Series, bought: npt.NDArray[np.bool_]
) -> tuple[npt.NDArray[np.float64], pd.Categorical, npt.NDArray[np.intp]]:
    """(days, state, node that limits) per node, over the node and everything below it.

    Only parts that are ``bought`` limit: what is made can be made again while its components last, and the stock of
    assemblies is already counted, because requirements are netted on the way down. The shortest runway wins; where
    nothing runs out, an unknown below makes the result unknown.
    """
    code = pd.Categorical(states, categories=list(RUNWAY_STATES)).codes
    short, unknown, covered = (
        bought & np.isin(code, [RUNWAY_STATES.index(word) for word in words])
        for words in (_RUNS_OUT, ("unknown",), ("covered_to_horizon",))
    )
    value, which = np.where(short, days.fillna(0.0).to_numpy(dtype=float), np.inf), np.arange(len(code))
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


def _state(
    value: npt.NDArray[np.float64], unknown: npt.NDArray[np.bool_], covered: npt.NDArray[np.bool_]
) -> pd.Categorical:
    words = ("already_short", "runs_out", "unknown", "covered_to_horizon", "no_demand")
    *codes, otherwise = map(RUNWAY_STATES.index, words)
    found = np.select([value == 0, np.isfinite(value), unknown, covered], codes, otherwise).astype(np.intp)
    return pd.Categorical.from_codes(found, dtype=pd.CategoricalDtype(list(RUNWAY_STATES)))  # type: ignore[return-value]
