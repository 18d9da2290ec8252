"""What an assembly takes over from its components, level by level: marks that unite, and amounts that add up."""

from collections.abc import Iterator, Sequence
from itertools import pairwise

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import sparse

from riskplug.model import BomGraph
from riskplug.regimes.origins import UNKNOWN, Places
from riskplug.regimes.reach import countries, stage_sets

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Marks = npt.NDArray[np.uint64]
Bools = npt.NDArray[np.bool_]
# Marks that fit one machine word.
WORD = 63
_ORIGIN, _UNPROVEN = "origin", "unproven"


def node_numbers(graph: BomGraph, places: Places) -> npt.NDArray[np.int32]:
    """Node of each place key (part x site), -1 where the graph has none."""
    numbers = np.full(max(len(places.parts) * len(places.sites), 1), -1, dtype=np.int32)
    keys = places.keys(graph.nodes)
    numbers[keys[keys >= 0]] = np.flatnonzero(keys >= 0)
    return numbers


def assemblies(graph: BomGraph, wanted: Ints | npt.NDArray[np.intp]) -> Iterator[tuple[Ints, Ints, Ints, Floats]]:
    """Wanted nodes with components, the deepest level first: nodes, first line of each, components, quantities."""
    matrix = sparse.csr_array(graph.as_built)
    nodes = wanted[np.diff(matrix.indptr)[wanted] > 0]
    nodes = nodes[np.argsort(-graph.level[nodes].astype(np.int64), kind="stable")]
    cuts = [0, *(np.flatnonzero(np.diff(graph.level[nodes])) + 1).tolist(), len(nodes)]
    for first, last in pairwise(cuts):
        here = nodes[first:last].astype(np.int64)
        if len(here):
            counts = np.diff(matrix.indptr)[here].astype(np.int64)
            heads = np.cumsum(counts) - counts
            lines = np.arange(counts.sum()) + np.repeat(matrix.indptr[here] - heads, counts)
            yield here, heads, matrix.indices[lines].astype(np.int64), matrix.data[lines]


def unite_up(graph: BomGraph, marks: Marks, takes: Bools) -> Marks:
    """Marks of each node and column, with those of its components where it ``takes`` them over. Both n x k."""
    found = marks.copy()
    for nodes, heads, components, _ in assemblies(graph, np.flatnonzero(takes.any(axis=1))):
        below = np.bitwise_or.reduceat(found[components], heads, axis=0)
        found[nodes] |= np.where(takes[nodes], below, np.uint64(0))
    return found


def add_up(graph: BomGraph, own: Floats, takes: Bools) -> Floats:
    """Amounts per unit of each node and column; the sum of its components' where it ``takes`` them. NaN is unknown."""
    found = own.copy()
    for nodes, heads, components, quantity in assemblies(graph, np.flatnonzero(takes.any(axis=1))):
        below = np.add.reduceat(found[components] * quantity[:, None], heads, axis=0)
        found[nodes] = np.where(takes[nodes], below, found[nodes])
    return found


def from_components(rows: pd.DataFrame, graph: BomGraph, places: Places, made: Bools, doubted: Bools) -> pd.DataFrame:
    """``origins``, ``stages`` and ``unproven`` of the rolled-up rows of assemblies made by ourselves, by row label.

    They are those of the components that hold the same material in the same form, through all levels; what a component
    was bought as a whole with is not known. ``rows``: key, material, form, rolled_up, origins, stages, unproven; one
    row per key, material and form. ``made``: the part is made; ``doubted``: and perhaps bought too.
    """
    node = node_numbers(graph, places)[rows["key"].to_numpy()].astype(np.int64)
    pairs = rows.groupby(["material", "form"], observed=True).ngroup().to_numpy()
    rolled = rows["rolled_up"].to_numpy(dtype=bool)
    # an assembly that nobody says we make brings its unknown origin with it
    says = ~(rolled & made) | doubted
    codes, kinds = _kinds(rows)
    marks, vocabulary = _encoded(kinds)
    takes = np.zeros((len(graph.level), int(pairs.max(initial=-1)) + 1), dtype=bool)
    wanted = rolled & made & (node >= 0)
    takes[node[wanted], pairs[wanted]] = True
    found = []
    for word in marks.T:
        here = np.zeros(takes.shape, dtype=np.uint64)
        put = says & (node >= 0)
        here[node[put], pairs[put]] = word[codes[put]]
        found.append(unite_up(graph, here, takes)[node[wanted], pairs[wanted]])
    return _decoded(np.stack(found, axis=1), vocabulary, rows.index[wanted])


def _kinds(rows: pd.DataFrame) -> tuple[Ints, list[tuple[str, str, bool]]]:
    """Codes of the distinct (origins, stages, unproven)."""
    codes = [pd.factorize(rows[name]) for name in ("origins", "stages", _UNPROVEN)]
    whole = np.zeros(len(rows), dtype=np.int64)
    for column, values in codes:
        whole = whole * max(len(values), 1) + column
    dense, distinct = pd.factorize(whole)
    first = np.zeros(len(distinct), dtype=np.int64)
    first[dense[::-1]] = np.arange(len(rows))[::-1]
    taken = rows[["origins", "stages", _UNPROVEN]].iloc[first].astype("object")
    return dense.astype(np.int64), [(str(a), str(b), bool(c)) for a, b, c in taken.itertuples(index=False)]


def _words(kind: tuple[str, str, bool]) -> set[tuple[str, str]]:
    origins, stages, unproven = kind
    found = {(_ORIGIN, one) for one in countries(origins)}
    found |= {(stage, one) for stage, places in stage_sets(stages).items() for one in places}
    return found | ({(_UNPROVEN, "")} if unproven else set())


def _encoded(kinds: Sequence[tuple[str, str, bool]]) -> tuple[Marks, list[tuple[str, str]]]:
    """Marks per kind, one column per word of ``WORD`` bits, and what each bit says."""
    sets = [_words(kind) for kind in kinds]
    vocabulary = sorted(set().union(*sets)) if sets else []
    place = {word: n for n, word in enumerate(vocabulary)}
    marks = np.zeros((len(kinds), max(1, -(-len(vocabulary) // WORD))), dtype=np.uint64)
    for n, words in enumerate(sets):
        for word in words:
            column, bit = divmod(place[word], WORD)
            marks[n, column] |= np.uint64(1 << bit)
    return marks, vocabulary


def _decoded(marks: Marks, vocabulary: Sequence[tuple[str, str]], index: pd.Index) -> pd.DataFrame:
    codes, distinct = pd.factorize(pd.MultiIndex.from_arrays(list(marks.T)) if marks.shape[1] > 1 else marks[:, 0])
    rows = [one if isinstance(one, tuple) else (one,) for one in distinct]
    said = [[word for n, word in enumerate(vocabulary) if int(row[n // WORD]) >> (n % WORD) & 1] for row in rows]
    texts = pd.DataFrame(
        {
            "origins": [_joined(words, _ORIGIN) or UNKNOWN for words in said],
            "stages": [_stages(words) for words in said],
            _UNPROVEN: [(_UNPROVEN, "") in words for words in said],
        }
    ).astype({"origins": "category", "stages": "category", _UNPROVEN: "bool"})
    return texts.take(codes).set_axis(index)


def _joined(words: Sequence[tuple[str, str]], name: str) -> str:
    """Countries of one name; the unknown one last."""
    return "|".join(sorted((one for other, one in words if other == name), key=lambda one: (one == UNKNOWN, one)))


def _stages(words: Sequence[tuple[str, str]]) -> str:
    names = sorted({name for name, _ in words if name not in (_ORIGIN, _UNPROVEN)})
    return ";".join(f"{name}={_joined(words, name)}" for name in names)
