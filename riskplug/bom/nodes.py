"""Which part x site pairs are nodes, and what the part master says of each."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

Codes = npt.NDArray[np.int32]
Flags = npt.NDArray[np.bool_]


def codes_over(column: pd.Series, index: pd.Index) -> Codes:
    """int32 codes of a column over an index; -1 where missing. Free of string work when the index is shared."""
    if isinstance(column.dtype, pd.CategoricalDtype):
        categories = column.cat.categories
        codes = column.cat.codes.to_numpy()
        if categories is index or categories.equals(index):
            return codes.astype(np.int32, copy=False)
        found = index.get_indexer(categories).astype(np.int32)
        return np.append(found, np.int32(-1))[codes]
    return index.get_indexer(pd.Index(column)).astype(np.int32)


def true_of(column: pd.Series) -> Flags:
    """A nullable flag as plain booleans, missing counting as false."""
    if column.dtype == bool:
        return column.to_numpy()
    return column.astype("boolean").to_numpy(dtype=bool, na_value=False)


def part_index(bom_lines: pd.DataFrame, parts: pd.DataFrame, also: Sequence[pd.DataFrame]) -> pd.Index:
    """The shared index of part numbers; made here only where frames do not share one yet."""
    columns = [parts["part_no"], bom_lines["parent"], bom_lines["component"], *(frame["part_no"] for frame in also)]
    indexes = [
        column.cat.categories if isinstance(column.dtype, pd.CategoricalDtype) else pd.Index(column.dropna().unique())
        for column in columns
    ]
    first = indexes[0]
    for other in indexes[1:]:
        if other is not first and not other.equals(first):
            first = first.union(other, sort=None)
    return first


def site_index(sites: Sequence[str], frames: Sequence[pd.DataFrame]) -> pd.Index:
    """The configured sites, then any others that the data names."""
    named = {str(site) for frame in frames for site in frame["site"].dropna().unique()}
    return pd.Index([*sites, *sorted(named - set(sites))], dtype="str")


@dataclass(frozen=True)
class Keys:
    """Part and site codes of a frame's rows; -1 is missing."""

    part: Codes
    site: Codes

    @classmethod
    def of(cls, frame: pd.DataFrame, name: str, parts: pd.Index, sites: pd.Index) -> "Keys":
        return cls(codes_over(frame[name], parts), codes_over(frame["site"], sites))


class Presence:
    """The set of part x site pairs, grown while lines are read, then numbered site by site in part order."""

    def __init__(self, sites: int, parts: int) -> None:
        self.pairs: Flags = np.zeros((sites, parts), dtype=bool)

    def add(self, part: Codes, site: Codes) -> None:
        """Pairs of rows that name their site; rows without part or site add nothing."""
        named = (part >= 0) & (site >= 0)
        self.pairs[site[named], part[named]] = True

    def add_everywhere(self, part: Codes) -> None:
        self.pairs[:, part[part >= 0]] = True

    def follow(self, parent: Codes, component: Codes) -> None:
        """Add the components of lines for every site wherever their parent is, down to the last level.

        A parent that is nowhere (no master row, no line or stock naming a site) is taken to be at every site, so that
        it is reported rather than lost.
        """
        self._spread(parent, component)
        nowhere = ~self._anywhere()[parent]
        if nowhere.any():
            self.pairs[:, np.setdiff1d(parent[nowhere], component[nowhere])] = True
            self._spread(parent, component)
            self.pairs[:, parent[~self._anywhere()[parent]]] = True
            self._spread(parent, component)

    def _anywhere(self) -> Flags:
        return np.asarray(self.pairs.any(axis=0), dtype=bool)

    def _spread(self, parent: Codes, component: Codes) -> None:
        for here in self.pairs:
            waiting: tuple[Codes, Codes] = (parent, component)
            while True:
                hit = here[waiting[0]]
                if not hit.any():
                    break
                here[waiting[1][hit]] = True
                waiting = (waiting[0][~hit], waiting[1][~hit])

    def number(self) -> Codes:
        """Node number of each pair, flat over (site, part); -1 where the pair is no node."""
        flat = self.pairs.ravel()
        numbers = np.cumsum(flat, dtype=np.int32)
        numbers -= 1
        numbers[~flat] = -1
        return numbers

    def frame(self, parts: pd.Index, sites: pd.Index) -> pd.DataFrame:
        """part_no and site of each node, as categories over the shared indexes."""
        site, part = np.nonzero(self.pairs)
        return pd.DataFrame(
            {
                "part_no": pd.Categorical.from_codes(part.astype(np.int32), categories=parts),
                "site": pd.Categorical.from_codes(site.astype(np.int32), categories=sites),
            }
        )


@dataclass(frozen=True)
class Master:
    """What the part master says per node: a row of the node's site, else of every site.

    ``unit`` is a code into ``units`` (-1 unknown), falling back to another site's row; ``listed`` is true for parts
    that have a master row at any site.
    """

    units: pd.Index
    unit: Codes
    phantom: Flags
    bulk: Flags
    listed: Flags

    @classmethod
    def of(cls, parts: pd.DataFrame, keys: Keys, number: Codes, part_of: Codes, shape: tuple[int, int]) -> "Master":
        """``number`` as Presence.number() gives it, ``part_of`` the part code of each node."""
        units = parts["base_unit"].astype("category")
        row = _row_per_node(keys, number, part_of, shape)
        anywhere = _first_row(keys.part, shape[1])
        known = row >= 0
        unit = np.append(units.cat.codes.to_numpy(), -1).astype(np.int32)
        return cls(
            pd.Index(units.cat.categories),
            unit[np.where(known, row, anywhere[part_of])],
            known & np.append(true_of(parts["phantom"]), False)[row],
            known & np.append(true_of(parts["bulk"]), False)[row],
            anywhere[part_of] >= 0,
        )


def _first_row(codes: Codes, size: int) -> Codes:
    rows = np.full(size, -1, dtype=np.int32)
    known = np.flatnonzero(codes >= 0)[::-1]
    rows[codes[known]] = known
    return rows


def _row_per_node(keys: Keys, number: Codes, part_of: Codes, shape: tuple[int, int]) -> Codes:
    """Row of the part master for each node; the first of repeated rows, a site's own row before one for every site."""
    blank = keys.site < 0
    row = _first_row(np.where(blank, keys.part, -1).astype(np.int32), shape[1])[part_of]
    own = np.flatnonzero(~blank & (keys.part >= 0))[::-1]
    row[number[keys.site[own].astype(np.int64) * shape[1] + keys.part[own]]] = own
    return row
