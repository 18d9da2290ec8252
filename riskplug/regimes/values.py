"""The share of a part's value that stands for inputs a measure counts.

The test of MOFCOM 2025 No. 61 item 1(1), by value, not mass. An input bought as such counts with its cost, one inside a
bought part with its mass times the workspace's price for the material. Both add up through the bill of material,
quantities as built.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from riskplug.model import BomGraph
from riskplug.regimes.below import Bools, Floats, Ints, Marks, add_up, unite_up
from riskplug.regimes.judgement import BY_TYPE, SURE
from riskplug.regimes.origins import UNKNOWN
from riskplug.regimes.reach import countries, stage_sets
from riskplug.regimes.scope import INPUT_STAGES, Scope

# What may be missing, by bit.
FIELDS = ("unit_cost", "declarations.mass_g", "prices", "country_of_origin", *INPUT_STAGES)
# Forms in which a material is a made thing's content rather than a raw input that the text does not name.
CONTAINED = frozenset(("magnet", "target", "powder", "alloy", "metal", "component", ""))
COLUMNS = ("value_low", "value_high", "value_missing", "value_by")


@dataclass(frozen=True)
class Costs:
    """Cost of one base unit of each node, and prices per kilogram by material, both in the workspace's currency."""

    unit_cost: Floats
    prices: dict[str, float]


@dataclass(frozen=True)
class _Inputs:
    """Per own content row: lower and upper value, bits of what is missing, column, and whether the part is itself the
    input: those share column 0, so that an alloy of two materials counts once."""

    low: Floats
    high: Floats
    missing: Marks
    column: Ints
    itself: Bools


def value_shares(rows: pd.DataFrame, node: Ints, costs: Costs, scope: Scope, graph: BomGraph | None) -> pd.DataFrame:
    """COLUMNS per node: the share in percent, -1 where not known, and the fields that would settle it.

    ``rows``: own content (material, form, mass_g_min, mass_g_max, probability, evidence, origins, stages), ``node`` its
    node. ``value_low`` counts what surely is inside and surely comes from a counted country, ``value_high`` what may.
    Where the cost of an assembly is not known, that of its components stands for it and ``value_by`` says unit_cost.
    Shares are rounded down to three digits, so that few cases differ.
    """
    size, materials = len(costs.unit_cost), sorted({material for material, _ in scope.inputs})
    inputs = _inputs(rows, node, costs, scope, materials)
    low, high = np.zeros((2, size, len(materials) + 1))
    missing = np.zeros((size, len(materials) + 1), dtype=np.uint64)
    np.maximum.at(low, (node, inputs.column), inputs.low)
    _at_most(high, node, inputs)
    np.bitwise_or.at(missing, (node, inputs.column), inputs.missing)
    if graph is not None:
        takes = _takes(size, rows, node, materials, graph)
        takes[node[inputs.itself], 0] = False
        low, high = add_up(graph, low, takes), add_up(graph, high, takes)
        missing = unite_up(graph, missing, takes)
    worth, known = _worth(costs.unit_cost, graph)
    with np.errstate(divide="ignore", invalid="ignore"):
        shares = [np.where(worth > 0, 100 * one.sum(axis=1) / worth, np.nan) for one in (low, high)]
    bits = np.bitwise_or.reduce(missing, axis=1) | np.where(worth > 0, np.uint64(0), np.uint64(1))
    return pd.DataFrame(
        {
            "value_low": _rounded(shares[0]),
            "value_high": _rounded(shares[1]),
            "value_missing": _named(bits),
            "value_by": np.where(known, "", "unit_cost"),
        }
    )


def _at_most(high: Floats, node: Ints, inputs: _Inputs) -> None:
    """The largest upper value of each cell; one that is not known makes the cell unknown."""
    np.maximum.at(high, (node, inputs.column), np.nan_to_num(inputs.high))
    open_ = np.isnan(inputs.high)
    high[node[open_], inputs.column[open_]] = np.nan


def _inputs(rows: pd.DataFrame, node: Ints, costs: Costs, scope: Scope, materials: Sequence[str]) -> _Inputs:
    material, form = (rows[name].astype("str").to_numpy(dtype=object) for name in ("material", "form"))
    counted = np.array([one in materials for one in material], dtype=bool)
    listed = np.array([pair in scope.inputs for pair in zip(material, form, strict=True)], dtype=bool)
    itself = listed & (rows["evidence"] != BY_TYPE).to_numpy(dtype=bool)
    inside = ~itself & counted & np.array([one in CONTAINED for one in form], dtype=bool)
    price = np.array([costs.prices.get(one, np.nan) for one in material]) / 1000
    low, high = (rows[name].to_numpy(dtype=float) * price for name in ("mass_g_min", "mass_g_max"))
    cost = costs.unit_cost[node]
    low, high = np.where(itself, cost, low), np.where(itself, cost, high)
    certain, possible, unsaid = _from(rows, itself, scope)
    chance = rows["probability"].to_numpy(dtype=float)
    sure = chance >= SURE
    counts = (itself | inside) & possible
    low = np.where(counts & certain & sure, np.nan_to_num(low), 0.0)
    high = np.where(counts, high, 0.0)
    bit = {name: np.uint64(1 << n) for n, name in enumerate(FIELDS)}
    missing = np.where(itself & np.isnan(cost), bit["unit_cost"], np.uint64(0))
    missing |= np.where(inside & rows["mass_g_max"].isna().to_numpy(), bit["declarations.mass_g"], np.uint64(0))
    missing |= np.where(inside & np.isnan(price), bit["prices"], np.uint64(0)) | unsaid
    column = np.array([0 if it else 1 + materials.index(one) if one in materials else 0 for it, one in
                       zip(itself, material, strict=True)], dtype=np.int64)  # fmt: skip
    return _Inputs(low, high, np.where(counts, missing, np.uint64(0)), column, itself)


def _from(rows: pd.DataFrame, itself: Bools, scope: Scope) -> tuple[Bools, Bools, Marks]:
    """Whether each input surely, and whether it possibly, comes from a counted country; and what would settle it.

    An input bought as such comes from its own origin. One inside a part comes from where it was refined or melted; a
    part from a counted country brings its own, while another origin of the part says nothing of its inputs.
    """
    codes, kinds = pd.factorize(pd.MultiIndex.from_arrays([rows["origins"], rows["stages"], itself]))
    found = [_provenance(str(origins), str(stages), bool(own), scope) for origins, stages, own in kinds]
    certain, possible = (np.array([one[n] for one in found], dtype=bool) for n in (0, 1))
    unsaid = np.array([one[2] for one in found], dtype=np.uint64)
    return certain[codes], possible[codes], unsaid[codes]


def _provenance(origins: str, stages: str, itself: bool, scope: Scope) -> tuple[bool, bool, int]:
    said = stage_sets(stages)
    sets = {"country_of_origin": countries(origins) or [UNKNOWN]}
    sets |= {} if itself else {name: said.get(name, [UNKNOWN]) for name in INPUT_STAGES}
    certain = any(set(found) <= scope.input_origins for found in sets.values())
    touched = any(set(found) & scope.input_origins for found in sets.values())
    decisive = ["country_of_origin"] if itself else list(INPUT_STAGES)
    unsaid = [name for name in decisive if UNKNOWN in sets[name]]
    possible = certain or touched or bool(unsaid)
    asked = ([] if certain else unsaid) or ([] if certain or not touched else decisive)
    return certain, possible, sum(1 << FIELDS.index(name) for name in asked)


def _takes(size: int, rows: pd.DataFrame, node: Ints, materials: Sequence[str], graph: BomGraph) -> Bools:
    """Nodes and columns whose amount is that of their components: all but where the part has evidence of its own."""
    takes = np.ones((size, len(materials) + 1), dtype=bool)
    takes[np.diff(graph.as_built.indptr) == 0] = False
    at = rows["material"].astype("str").map({name: n + 1 for n, name in enumerate(materials)})
    known = at.notna().to_numpy()
    takes[node[known], at[known].astype(int)] = False
    return takes


def _worth(unit_cost: Floats, graph: BomGraph | None) -> tuple[Floats, npt.NDArray[np.bool_]]:
    """What one unit of each node is worth, and whether that is its own cost."""
    known = ~np.isnan(unit_cost)
    if graph is None:
        return unit_cost, known
    takes = (~known & (np.diff(graph.as_built.indptr) > 0))[:, None]
    return add_up(graph, unit_cost[:, None], takes)[:, 0], known


def _rounded(share: Floats) -> Floats:
    """Rounded down to three digits; -1 where not known."""
    positive = np.where(share > 0, share, 1.0)
    step = 10.0 ** (np.floor(np.log10(positive)) - 2)
    floored = np.floor(share / step * (1 + 1e-12)) * step
    return np.where(np.isnan(share), -1.0, np.where(share > 0, floored.round(12), 0.0))


def _named(bits: Marks) -> pd.Series:
    codes, distinct = pd.factorize(bits)
    texts = [" and ".join(name for n, name in enumerate(FIELDS) if int(one) >> n & 1) for one in distinct]
    return pd.Series(pd.Categorical.from_codes(*_merged(codes, texts)))


def _merged(codes: npt.NDArray[np.intp], texts: Sequence[str]) -> tuple[npt.NDArray[np.intp], pd.Index]:
    own, distinct = pd.factorize(np.array(texts, dtype=object))
    return own[codes], pd.Index(distinct, dtype="str")
