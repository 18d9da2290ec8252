"""Rows of canonical tables matched to the nodes of the graph, and quantities brought to base units."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TypeVar

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from riskplug import units

Ints = npt.NDArray[np.integer]
Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]
_Cell = TypeVar("_Cell", bound=np.generic)
# A table of all parts at all sites is kept while no more than one of so many of its places is a node.
_SPARSE = 8


def codes_over(column: pd.Series, index: pd.Index) -> Ints:
    """Position of each value in an index, -1 where it is missing or not there; categories are looked up once."""
    if not len(column):
        return np.empty(0, dtype=np.intp)
    if not isinstance(column.dtype, pd.CategoricalDtype):
        return _places(column, index)
    categories = column.cat.categories
    codes = column.cat.codes.to_numpy()
    if categories.equals(index):
        return codes.astype(np.intp)
    return np.append(_places(categories, index), -1)[codes]


def _places(texts: pd.Series | pd.Index, index: pd.Index) -> Ints:
    """Position of each text in an index of texts, without making an object of every one; -1 where it is not there."""
    found = pc.index_in(in_arrow(texts), value_set=in_arrow(index))
    return np.asarray(found.fill_null(-1), dtype=np.intp)


def in_arrow(texts: pd.Series | pd.Index) -> pa.Array:
    """The texts as one array of Arrow's."""
    found = pa.array(texts.astype("str").array, pa.large_string())
    return found.combine_chunks() if isinstance(found, pa.ChunkedArray) else found


def narrow(*numbers: Ints) -> npt.NDArray[np.int32]:
    """Positions or day numbers behind each other in four bytes each; no table has two billion rows."""
    some = [one for one in numbers if len(one)] or [*numbers[:1]]
    if len(some) == 1:
        return some[0].astype(np.int32, casting="same_kind", copy=False)
    return np.concatenate(some, dtype=np.int32, casting="same_kind")


def those(flags: Flags) -> slice | Ints:
    """What picks flagged rows; all of them without a copy."""
    return slice(None) if flags.all() else np.flatnonzero(flags)


@dataclass(frozen=True)
class NodeIndex:
    """Finds the node of a part at a site. ``part`` and ``site`` are codes per node."""

    part_nos: pd.Index
    sites: pd.Index
    part: Ints
    site: Ints
    pairs: pd.Index

    @classmethod
    def of(cls, nodes: pd.DataFrame) -> "NodeIndex":
        part_nos, sites = _categories(nodes["part_no"]), _categories(nodes["site"])
        part, site = codes_over(nodes["part_no"], part_nos), codes_over(nodes["site"], sites)
        return cls(part_nos, sites, part, site, pd.Index(part.astype(np.int64) * len(sites) + site))

    def __len__(self) -> int:
        return len(self.part)

    def nodes_of(self, rows: pd.DataFrame) -> Ints:
        """Node of each row, -1 where there is none; a row without site belongs to the only site there is."""
        part, site = codes_over(rows["part_no"], self.part_nos), codes_over(rows["site"], self.sites)
        if len(self.sites) == 1:
            site = np.where(rows["site"].isna().to_numpy(), 0, site)
        return self._find(part, site)

    def node(self, part_no: str, site: str) -> int:
        """The node of one part at one site; KeyError when it is not in the plan."""
        part, place = self.part_nos.get_indexer(pd.Index([part_no])), self.sites.get_indexer(pd.Index([site]))
        found = int(self._find(part, place)[0])
        if found < 0:
            raise KeyError(f"{part_no} at {site}")
        return found

    def at(self, part: Ints, site: Ints) -> Ints:
        """Node of each pair of codes, -1 where there is none."""
        return self._find(part, site)

    def row_per_node(self, rows: pd.DataFrame) -> Ints:
        """Row number for each node: its own first row, else the first row for every site, else -1."""
        part, site = codes_over(rows["part_no"], self.part_nos), codes_over(rows["site"], self.sites)
        found = np.full(len(self), -1, dtype=np.intp)
        own = self._find(part, site)
        every = np.flatnonzero(rows["site"].isna().to_numpy() & (part >= 0))[::-1]
        first = np.full(len(self.part_nos) + 1, -1, dtype=np.intp)
        first[part[every]] = every
        found = first[self.part]
        known = np.flatnonzero(own >= 0)[::-1]
        found[own[known]] = known
        return found

    def _find(self, part: Ints, site: Ints) -> Ints:
        keys = np.asarray(part, dtype=np.int64) * len(self.sites) + site
        keys[(part < 0) | (site < 0)] = -1
        table = self._node_of_pair
        return np.asarray(self.pairs.get_indexer(pd.Index(keys)) if table is None else table[keys], dtype=np.intp)

    @cached_property
    def _node_of_pair(self) -> npt.NDArray[np.int32] | None:
        """Node of every part at every site, -1 for none and once more at the end; None where most would be none."""
        size = len(self.part_nos) * len(self.sites)
        if size > _SPARSE * len(self):
            return None
        table = np.full(size + 1, -1, dtype=np.int32)
        table[self.pairs.to_numpy()] = np.arange(len(self), dtype=np.int32)
        return table


def _categories(column: pd.Series) -> pd.Index:
    categorical = isinstance(column.dtype, pd.CategoricalDtype)
    names: pd.Index = pd.Index(column.cat.categories if categorical else column.dropna().unique(), dtype="str")
    return names


@dataclass(frozen=True)
class Master:
    """What the part master says of each node; nodes without a row have missing values throughout."""

    row: Ints
    parts: pd.DataFrame
    unit_code: Ints
    unit_names: pd.Index

    @classmethod
    def of(cls, index: NodeIndex, parts: pd.DataFrame) -> "Master":
        row = index.row_per_node(parts)
        base = parts["base_unit"].astype("category")
        return cls(row, parts, _take(base.cat.codes.to_numpy(), row, -1), base.cat.categories)

    def number(self, name: str) -> Floats:
        return _take(self.parts[name].to_numpy(dtype=float), self.row, np.nan)

    def flag(self, name: str) -> Flags:
        """True where the flag is set; missing counts as not set."""
        return _take(self.parts[name].fillna(False).to_numpy(dtype=bool), self.row, False)

    def text(self, name: str) -> npt.NDArray[np.object_]:
        """Missing is None."""
        return _take(self.parts[name].astype("object").to_numpy(), self.row, None)

    def is_(self, name: str, choice: str) -> Flags:
        return _take((self.parts[name] == choice).to_numpy(dtype=bool), self.row, False)


def _take(values: npt.NDArray[_Cell], row: Ints, missing: object) -> npt.NDArray[_Cell]:
    """``row``: of each node, -1 for one that has none."""
    return np.append(values, np.array([missing], dtype=values.dtype))[row]


def chosen_texts(texts: Sequence[str], code: Ints) -> pd.Series:
    """One of a few texts per node, missing where the code is -1."""
    return pd.Series(pd.array(list(texts), dtype="str").take(code, allow_fill=True))


def in_base_units(quantity: pd.Series, unit: pd.Series, node: Ints, master: Master) -> Floats:
    """Quantities in the base unit of their node's part; NaN where a factor or the quantity is unknown.

    Zero is zero in every unit. The factor of each pair of units is looked up once, not once per row.
    """
    given = unit.astype("category")
    names, bases = [*given.cat.categories, None], [*master.unit_names, None]
    pairs = [(name, base) for name in names for base in bases]
    table = units.factors([pair[0] for pair in pairs], [pair[1] for pair in pairs]).reshape(len(names), len(bases))
    values = quantity.to_numpy(dtype=float)
    factor = table[given.cat.codes.to_numpy(), master.unit_code[node]]
    return np.where(values == 0, 0.0, values * factor)


def first_reason(bad: Flags, quantity: pd.Series, unit: pd.Series, node: Ints, master: Master) -> dict[int, str]:
    """Why the quantity of a node is unknown: its first bad row in words, by node."""
    rows = np.flatnonzero(bad)
    rows = rows[np.unique(node[rows], return_index=True)[1]]
    names = [*master.unit_names.astype("str"), "an unknown base unit"]
    base = [names[code] for code in master.unit_code[node[rows]]]
    pairs = zip(node[rows], quantity.iloc[rows].isna(), unit.iloc[rows].astype("object"), base, strict=True)
    return {
        int(at): "quantity missing" if missing else f"no conversion {given} to {to}" for at, missing, given, to in pairs
    }
