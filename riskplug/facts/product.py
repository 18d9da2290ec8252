"""Which component stops a product first: the shortest runway at or below each node, level by level upwards."""

import numpy as np
import numpy.typing as npt
import pandas as pd

from riskplug.bom.levels import edges_of
from riskplug.bom.rollup import layers
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
    for layer in layers(graph.as_built, graph.level):
        nodes, below, starts = layer.nodes, layer.rows.indices, layer.rows.indptr[:-1]
        least = np.minimum.reduceat(value[below], starts)
        shorter = np.flatnonzero(least < value[nodes])
        if len(shorter):
            lines = edges_of(layer.rows.indptr, shorter)
            line, row = below[lines], np.repeat(shorter, np.diff(layer.rows.indptr)[shorter])
            first = np.flatnonzero(value[line] == least[row])
            first = first[np.diff(row[first], prepend=-1) > 0]
            value[nodes[shorter]], which[nodes[shorter]] = least[shorter], which[line[first]]
        unknown[nodes] |= np.logical_or.reduceat(unknown[below], starts)
        covered[nodes] |= np.logical_or.reduceat(covered[below], starts)
    return np.where(np.isinf(value), np.nan, value), _state(value, unknown, covered), which


def _state(
    value: npt.NDArray[np.float64], unknown: npt.NDArray[np.bool_], covered: npt.NDArray[np.bool_]
) -> pd.Categorical:
    words = ("already_short", "runs_out", "unknown", "covered_to_horizon", "no_demand")
    *codes, otherwise = map(RUNWAY_STATES.index, words)
    found = np.select([value == 0, np.isfinite(value), unknown, covered], codes, otherwise).astype(np.intp)
    return pd.Categorical.from_codes(found, dtype=pd.CategoricalDtype(list(RUNWAY_STATES)))  # type: ignore[return-value]
