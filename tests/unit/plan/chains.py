"""Small supply chains by name, for tests."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from math import inf, nan

import numpy as np
import pandas as pd

from riskplug.plan.chain import NEED_COLUMNS, RECEIPT_COLUMNS, Chain
from riskplug.plan.disruption import Disruption

Need = tuple[str, int, str, float]
Receipt = tuple[str, float, float]


@dataclass(frozen=True)
class Named:
    """A chain whose nodes are named."""

    chain: Chain
    names: list[str]

    def at(self, *names: str) -> np.ndarray:
        return np.array([self.names.index(name) for name in names], dtype=np.intp)

    def without(self, lost: Collection[str], doubtful: Collection[str] = (), receipts: Collection[int] = ()):
        count = len(self.chain.receipts)
        return Disruption(
            "material",
            "test",
            np.array([name in {*lost, *doubtful} for name in self.names]),
            np.array([name in doubtful for name in self.names]),
            np.isin(np.arange(count), list(receipts)),
        )

    def by_name(self, frame: pd.DataFrame, *columns: str) -> dict[str, object]:
        """Values per product: one column's, or a tuple of several."""
        rows = frame[list(columns)].itertuples(index=False)
        return {
            self.names[node]: tuple(row) if len(columns) > 1 else row[0]
            for node, row in zip(frame["node"], rows, strict=True)
        }


def chain_of(
    needs: Sequence[Need],
    stock: Mapping[str, float],
    demand: Mapping[str, float] | None = None,
    margin: Mapping[str, float] | None = None,
    capacity: Mapping[str, float] | None = None,
    receipts: Sequence[Receipt] = (),
    partial: Collection[str] = (),
) -> Named:
    """Every part stands in ``stock``; groups are numbers within a parent; a margin not given is unknown."""
    names = list(stock)
    at = names.index
    groups = {key: number for number, key in enumerate(dict.fromkeys((need[0], need[1]) for need in needs))}
    rows = [(at(parent), groups[parent, group], at(part), float(qty)) for parent, group, part, qty in needs]
    arriving = [(at(part), float(day), float(quantity)) for part, day, quantity in receipts]
    kinds = {"node": "int64", "day": "float64", "quantity": "float64"}
    return Named(
        Chain(
            pd.DataFrame(rows, columns=list(NEED_COLUMNS)).astype(
                {"parent": "int64", "group": "int64", "component": "int64", "quantity": "float64"}
            ),
            np.array([float(stock[name]) for name in names]),
            np.array([float((demand or {}).get(name, 0)) for name in names]),
            np.array([float((margin or {}).get(name, nan)) for name in names]),
            np.array([float((capacity or {}).get(name, inf)) for name in names]),
            np.array([name in partial for name in names]),
            pd.DataFrame(arriving, columns=list(RECEIPT_COLUMNS)).astype(kinds),
        ),
        names,
    )
