"""What disruptions take away: the nodes that cannot be bought or made, and the receipts that do not arrive."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Literal

import numpy as np
import pandas as pd
from pandas.api.types import union_categoricals

from riskplug.plan.nodes import Flags, Ints

DisruptionKind = Literal["measure", "origin", "material", "supplier", "site"]
APPLIES = {"yes", "likely"}
# The name of the candidate that takes away all of which nobody says where, or from whom, it comes.
UNKNOWN = "unknown"


@dataclass(frozen=True)
class Disruption:
    """``lost``, per node: nothing more is bought or made; its stock still counts.

    ``doubtful``, a part of ``lost``: lost only if what is unknown turns out badly. ``receipts_lost``: per receipt.
    """

    kind: DisruptionKind
    name: str
    lost: Flags
    doubtful: Flags
    receipts_lost: Flags

    def __post_init__(self) -> None:
        if (self.doubtful & ~self.lost).any():
            raise ValueError("a doubtful loss is a loss")

    @property
    def sure(self) -> "Disruption":
        """The same without the losses in doubt."""
        return replace(self, lost=self.lost & ~self.doubtful, doubtful=np.zeros_like(self.doubtful))


@dataclass(frozen=True)
class Losses:
    """Disruptions of one kind, as pairs. ``nodes``: name, node, doubtful; ``receipts``: name, receipt (position).

    The names are categories.
    """

    kind: DisruptionKind
    nodes: pd.DataFrame
    receipts: pd.DataFrame

    @property
    def names(self) -> list[str]:
        return sorted(self.nodes["name"].unique())

    @cached_property
    def _at(self) -> tuple[Mapping[str, Ints], Mapping[str, Ints]]:
        """Rows of ``nodes`` and of ``receipts`` by name."""
        lost, stopped = (
            {str(name): np.asarray(at, dtype=np.intp) for name, at in frame.groupby("name").indices.items()}
            for frame in (self.nodes, self.receipts)
        )
        return lost, stopped

    def each(self, names: Iterable[str], nodes: int, receipts: int) -> Iterator[Disruption]:
        """The disruptions of some names, flags made one at a time: a name takes little of what there is."""
        lost, stopped = self._at
        node, doubtful = self.nodes["node"].to_numpy(), self.nodes["doubtful"].to_numpy()
        receipt, none = self.receipts["receipt"].to_numpy(), np.empty(0, dtype=np.intp)
        for name in names:
            at = lost[name]
            yield Disruption(
                self.kind,
                name,
                _flags(node[at], nodes),
                _flags(node[at[doubtful[at]]], nodes),
                _flags(receipt[stopped.get(name, none)], receipts),
            )


def lost_sources(kind: Literal["origin", "supplier"], sources: pd.DataFrame, receipts: pd.DataFrame) -> Losses:
    """The parts that only one supplier, or only one origin, delivers.

    ``sources``: ``node`` and a column named as ``kind``, one row per qualified way to buy a part. A part is lost with
    the one name its rows have, doubtfully where others of its rows have none: that is at best the same source. Where
    none has one, it is lost with ``unknown``, so that what hangs on not knowing has a name too.
    ``receipts``: a row each, ``node``, column ``kind`` and ``safe`` (has left the country or the supplier). What is not
    safe is lost with its name; without a name it is not relied upon where its part is lost.
    """
    rows = sources[["node"]].assign(name=_named(sources[kind])).drop_duplicates()
    named = rows[rows["name"] != UNKNOWN]
    count = np.bincount(named["node"])[named["node"].to_numpy()]
    blank = rows.loc[rows["name"] == UNKNOWN, "node"]
    sole = named[count == 1]
    nameless = rows[~rows["node"].isin(named["node"])]
    nodes = pd.concat([sole.assign(doubtful=sole["node"].isin(blank)), nameless.assign(doubtful=False)])
    names = _named(receipts[kind])
    coming = pd.DataFrame({"node": receipts["node"], "name": names, "receipt": np.arange(len(receipts))})
    coming = coming[~_safe(receipts)]
    vague = coming[coming["name"] == UNKNOWN].drop(columns="name").merge(nodes[["node", "name"]], on="node")
    told = pd.concat([coming.loc[coming["name"] != UNKNOWN, "receipt"], vague["receipt"]])
    by = union_categoricals([coming.loc[coming["name"] != UNKNOWN, "name"], vague["name"]])
    return _losses(kind, nodes, pd.DataFrame({"name": by, "receipt": told.to_numpy()}))


def lost_to(
    kind: Literal["measure", "material"],
    exposed: pd.DataFrame,
    receipts: pd.DataFrame,
    judged: pd.DataFrame | None = None,
) -> Losses:
    """The parts that a measure catches, or that hold a material.

    ``exposed``: ``node``, a column named as ``kind``, and ``applies``: yes and likely are losses, unknown and missing
    a doubtful one, unlikely none. ``receipts``: ``node`` and ``safe``; those of lost parts that are not safe are lost.
    ``judged``: name, receipt, stopped, where it is known of a receipt whether this very disruption stops it.
    """
    rows = pd.DataFrame({"name": exposed[kind].astype("str"), "node": exposed["node"]})
    applies = exposed["applies"].astype("object")
    rows = rows.assign(sure=applies.isin(APPLIES))[(applies != "unlikely").to_numpy()]
    nodes = rows.groupby(["name", "node"])["sure"].any().reset_index()
    nodes = nodes.assign(doubtful=~nodes["sure"].astype(bool))
    coming = pd.DataFrame({"node": receipts["node"], "receipt": np.arange(len(receipts)), "stops": ~_safe(receipts)})
    met = coming.merge(nodes[["name", "node"]], on="node")
    if judged is not None and len(judged):
        said = judged.groupby(["name", "receipt"])["stopped"].any().rename("said").reset_index()
        met = met.merge(said, on=["name", "receipt"], how="left")
        met["stops"] = met["said"].astype("boolean").fillna(met["stops"].astype("boolean")).astype(bool)
    return _losses(kind, nodes, met[met["stops"]])


def lost_sites(site: pd.Series, receipts: pd.DataFrame) -> Losses:
    """All that a site buys or makes. ``site``: of each node, missing belongs to none; what lies there still counts.

    ``receipts``: column ``node``; a closed site takes none in, under way or not.
    """
    names = site.astype("category").reset_index(drop=True)
    nodes = pd.DataFrame({"name": names, "node": np.arange(len(site)), "doubtful": False}).dropna(subset="name")
    to_it = names.take(receipts["node"].to_numpy()).reset_index(drop=True)
    coming = pd.DataFrame({"name": to_it, "receipt": np.arange(len(receipts))}).dropna(subset="name")
    return _losses("site", nodes, coming)


def _losses(kind: DisruptionKind, nodes: pd.DataFrame, receipts: pd.DataFrame) -> Losses:
    return Losses(
        kind,
        nodes[["name", "node", "doubtful"]].astype({"name": "category", "node": "int32", "doubtful": "bool"}),
        receipts[["name", "receipt"]].astype({"name": "category", "receipt": "int32"}),
    )


def _named(texts: pd.Series) -> pd.Series:
    return texts.astype("str").fillna(UNKNOWN).astype("category")


def _flags(at: np.ndarray, size: int) -> Flags:
    found = np.zeros(size, dtype=bool)
    found[at] = True
    return found


def _safe(receipts: pd.DataFrame) -> Flags:
    """Missing is not safe."""
    return receipts["safe"].astype("boolean").fillna(False).to_numpy(dtype=bool)
