"""What is inside each part by its own evidence and by that of its components."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import sparse

from riskplug.bom.levels import edges_of, reach
from riskplug.bom.nodes import codes_over
from riskplug.bom.rollup import Layer, layers, ones
from riskplug.catalogue import EVIDENCE, GRAINS, frame
from riskplug.model import BomGraph

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.intp]
MASSES = ["mass_g_min", "mass_g_typ", "mass_g_max"]
# Node x material cells held at once: bounds memory at about half a gigabyte.
CELLS = 4_000_000
# From this probability on a material counts as typically there.
PRESENT = 0.5
WIDER = "; wider than its components"
# Places of what is carried up: in the stack of masses, and in the stack of what is said about presence.
EXPECTED, OPEN = 3, 2
# A rank r travels up as 2**(20 r): the exponent of a sum over fewer than 2**20 components is the worst of them.
RANK_BITS = 20


@dataclass(frozen=True)
class _Own:
    """Own evidence per node: row of the evidence frame, node (within the part of the graph that matters), pair."""

    row: Ints
    node: Ints
    pair: Ints


def roll_up_content(graph: BomGraph, own: pd.DataFrame, matrix: sparse.csr_array | None = None) -> pd.DataFrame:
    """Content of every node, own or rolled up (grain `content`); ``own`` has CONTENT_COLUMNS, one row per part,
    material and form.

    Masses add up through ``matrix`` (default: as built). A component of unknown mass makes the upper mass above it
    unknown, and the typical one where it is probably there; the lower mass counts it as zero. Presence is
    1 - prod(1 - p) over the distinct components, taken as independent. Where an assembly has evidence of its own, the
    better evidence wins and the two never add: on a tie the assembly's own, unless it says `absent`. The evidence of a
    roll-up is the worst below it. A material declared absent is a row of probability 0 on the part itself, and nothing
    above it. Better evidence that leaves a wider interval than the components do says so in its source.

    The expected mass adds up probability x typical mass. Where a typical or upper mass below is unknown, or the
    assembly is partial, it counts what is known and `lower_bound` says so; where nothing is known it is missing.
    """
    pairs, keys = _pairs(own)
    row, node = _at_nodes(graph, own)
    relevant = np.flatnonzero(reach(sparse.csr_array(graph.as_built.T), node))
    chosen = graph.as_built if matrix is None else matrix
    within = sparse.csr_array(chosen[relevant][:, relevant])
    place = np.full(len(graph.level), -1, dtype=np.intp)
    place[relevant] = np.arange(len(relevant))
    evidence = _Own(row, place[node], pairs[row])
    masses, counts = (list(layers(m, graph.level[relevant])) for m in (within, ones(within)))
    found = [
        _rolled(own, evidence, block, len(relevant), masses, counts) for block in _blocks(len(keys), len(relevant))
    ]
    return _frame(graph, own, keys, relevant, found)


def _pairs(own: pd.DataFrame) -> tuple[Ints, pd.DataFrame]:
    """A number per (material, form) of each row, and the pairs by number."""
    text = pd.DataFrame({name: own[name].astype("str") for name in ("material", "form")})
    groups = text.groupby(["material", "form"], sort=True, dropna=False)
    return groups.ngroup().to_numpy().astype(np.intp), groups.size().index.to_frame(index=False)


def _at_nodes(graph: BomGraph, own: pd.DataFrame) -> tuple[Ints, Ints]:
    """(row of own, node) for every node of every row's part; evidence speaks of the part at all its sites."""
    part_nos = graph.nodes["part_no"].cat
    part = part_nos.codes.to_numpy()
    order = np.argsort(part, kind="stable")
    starts = np.searchsorted(part[order], np.arange(len(part_nos.categories) + 1))
    codes = codes_over(own["part_no"], part_nos.categories)
    rows = np.flatnonzero(codes >= 0)
    counts = starts[codes[rows] + 1] - starts[codes[rows]]
    return np.repeat(rows, counts), order[edges_of(starts, codes[rows])]


def _blocks(pairs: int, nodes: int) -> Iterator[range]:
    width = max(1, CELLS // max(1, nodes))
    for first in range(0, pairs, width):
        yield range(first, min(first + width, pairs))


def _rolled(
    own: pd.DataFrame, evidence: _Own, block: range, size: int, masses: list[Layer], counts: list[Layer]
) -> pd.DataFrame:
    """Sparse result of some pairs: node, pair, masses, open, probability, rank, row (of own evidence, -1 rolled up)."""
    width = len(block)
    here = (evidence.pair >= block.start) & (evidence.pair < block.stop)
    row, cell = evidence.row[here], (evidence.node[here], evidence.pair[here] - block.start)
    by = np.full((size, width), -1, dtype=np.int64)
    by[cell] = row
    amount, presence = np.zeros((4, size, width)), np.zeros((3, size, width))
    probability = own["probability"].to_numpy(dtype=float)[row]
    absent = probability == 0
    lower, typical, upper = (own[name].to_numpy(dtype=float)[row] for name in MASSES)
    lower = np.nan_to_num(lower)
    # What is probably not there adds only its lower mass where the typical one is unknown; the upper one stays open.
    typical = np.where(np.isnan(typical) & (probability < PRESENT), lower, typical)
    for bound, values in enumerate((lower, typical, upper)):
        amount[bound][cell] = np.where(absent, 0.0, values)
    expected, open_ = _expected(own, row)
    amount[EXPECTED][cell], presence[OPEN][cell] = np.nan_to_num(expected), open_
    rank = _ranks(own)[row]
    with np.errstate(divide="ignore"):
        presence[0][cell] = np.log1p(-probability)
    presence[1][cell] = np.where(absent, 0.0, np.ldexp(1.0, RANK_BITS * rank))
    own_rank = np.zeros((size, width), dtype=np.int64)
    own_rank[cell] = rank
    wider = np.zeros((size, width), dtype=bool)
    _climb(amount, presence, by, own_rank, wider, masses, counts)
    return _cells(amount, presence, by, block.start).assign(
        wider=lambda rows: wider[rows["node"], rows["pair"] - block.start]
    )


def _expected(own: pd.DataFrame, row: Ints) -> tuple[Floats, npt.NDArray[np.bool_]]:
    """Probability x typical mass of some rows, NaN where unknown; and whether a mass above the lower one is unknown."""
    probability, typical, upper = (own[name].to_numpy(dtype=float)[row] for name in ("probability", *MASSES[1:]))
    expected = np.where(probability == 0, 0.0, probability * typical)
    return expected, (probability != 0) & (np.isnan(expected) | np.isnan(upper))


def _ranks(own: pd.DataFrame) -> npt.NDArray[np.int64]:
    """Rank of each row's evidence, 1 is best; evidence of no known kind is worst."""
    codes = codes_over(own["evidence"], pd.Index(EVIDENCE, dtype="str"))
    return np.where(codes < 0, len(EVIDENCE), codes + 1).astype(np.int64)


def _climb(
    amount: Floats,
    presence: Floats,
    by: npt.NDArray[np.int64],
    own_rank: npt.NDArray[np.int64],
    wider: npt.NDArray[np.bool_],
    masses: list[Layer],
    counts: list[Layer],
) -> None:
    """Fill every assembly from below, deepest first, unless its own evidence is better."""
    for mass, count in zip(masses, counts, strict=True):
        nodes = mass.nodes
        below = np.stack([count.rows @ presence[0], count.rows @ presence[1]])
        rank = (np.frexp(below[1])[1] - 1) // RANK_BITS
        something, mine = below[1] > 0, own_rank[nodes]
        says_absent = presence[1][nodes] == 0
        own_wins = (mine > 0) & (~something | (mine < rank) | ((mine == rank) & ~says_absent))
        low, high = (mass.rows @ amount[bound] for bound in (0, 2))
        opened = (amount[2][nodes] > high) | (np.isnan(amount[2][nodes]) & ~np.isnan(high))
        wider[nodes] = own_wins & something & ~says_absent & ((amount[0][nodes] < low) | opened)
        for values, found in (
            (amount[0], low),
            (amount[1], mass.rows @ amount[1]),
            (amount[2], high),
            (amount[EXPECTED], mass.rows @ amount[EXPECTED]),
            (presence[0], below[0]),
            (presence[1], below[1]),
            (presence[OPEN], (count.rows @ presence[OPEN]) > 0),
        ):
            values[nodes] = np.where(own_wins, values[nodes], found)
        presence[1][nodes] = np.where(own_wins | ~something, presence[1][nodes], np.ldexp(1.0, RANK_BITS * rank))
        by[nodes] = np.where(own_wins, by[nodes], -1)


def _cells(amount: Floats, presence: Floats, by: npt.NDArray[np.int64], first_pair: int) -> pd.DataFrame:
    node, pair = np.nonzero((by >= 0) | (presence[1] > 0))
    at = (node, pair)
    rank = (np.frexp(presence[1][at])[1] - 1) // RANK_BITS
    columns = {name: amount[bound][at] for bound, name in enumerate(MASSES)}
    open_, expected = presence[OPEN][at] > 0, amount[EXPECTED][at]
    # Nothing known to add up is unknown, which is not zero.
    told = {"mass_g_expected": np.where(open_ & (expected == 0), np.nan, expected), "lower_bound": open_}
    probability = -np.expm1(presence[0][at])
    # Several suspicions together make the material likely: then nothing typical is known, which is not zero.
    typical, upper = columns[MASSES[1]], columns[MASSES[2]]
    columns[MASSES[1]] = np.where((typical == 0) & np.isnan(upper) & (probability >= PRESENT), np.nan, typical)
    return pd.DataFrame(
        {
            **{"node": node, "pair": pair + first_pair, **columns, **told},
            **{"probability": probability, "rank": rank, "row": by[at]},
        }
    )


def _frame(
    graph: BomGraph, own: pd.DataFrame, keys: pd.DataFrame, relevant: Ints, found: list[pd.DataFrame]
) -> pd.DataFrame:
    if not found:
        return frame(GRAINS["content"], {}, 0)
    rows = pd.concat(found, ignore_index=True).sort_values(["node", "pair"], ignore_index=True)
    node, pair = relevant[rows["node"].to_numpy()], rows["pair"].to_numpy()
    row = rows["row"].to_numpy()
    mine = row >= 0
    told = own.iloc[row[mine]]
    for name in (*MASSES, "probability"):
        rows.loc[mine, name] = told[name].to_numpy(dtype=float)
    rows["rank"] = rows["rank"].astype("float64")
    rows.loc[mine, "rank"] = _ranks(own)[row[mine]].astype("float64")
    source = np.where(graph.partial[node], "components (partial)", "components").astype(object)
    source[mine] = told["source"].astype("object").to_numpy()
    wider = rows["wider"].to_numpy(dtype=bool)
    source[wider] = source[wider] + WIDER
    when = np.full(len(rows), np.datetime64("NaT"), dtype="datetime64[s]")
    when[mine] = pd.to_datetime(told["date"]).to_numpy().astype("datetime64[s]")
    return frame(
        GRAINS["content"],
        {
            "part_no": graph.nodes["part_no"].array.take(node),
            "site": graph.nodes["site"].array.take(node),
            **{name: keys[name].array.take(pair) for name in ("material", "form")},
            **{name: rows[name] for name in (*MASSES, "mass_g_expected", "probability")},
            "lower_bound": rows["lower_bound"].to_numpy(dtype=bool) | (graph.partial[node] & ~mine),
            "evidence": np.array(EVIDENCE, dtype=object)[rows["rank"].to_numpy(dtype=int) - 1],
            "evidence_rank": rows["rank"],
            "source": source,
            "date": when,
            "rolled_up": ~mine,
        },
    )
