"""What a disruption takes away: the nodes that cannot be bought or made, and the receipts that do not arrive."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from riskplug.plan.nodes import Flags

DisruptionKind = Literal["measure", "origin", "material", "supplier", "site"]
APPLIES = {"yes", "likely"}


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


def lost_source(
    kind: Literal["origin", "supplier"], name: str, sources: pd.DataFrame, receipts: pd.DataFrame, nodes: int
) -> Disruption:
    """The parts that only a supplier, or only an origin, delivers.

    ``sources``: ``node`` and a column named as ``kind``, one row per qualified way to buy a part. A part is lost when
    every row is ``name`` or missing, doubtful when one is missing and the others are ``name``; parts without a row are
    not bought this way. ``receipts``: column ``kind`` and ``safe`` (has left the country or the supplier, or is
    licensed). A receipt that is not safe is lost with ``name``, and is not relied upon where the column is missing.
    """
    hit = (sources[kind].astype("object") == name).to_numpy()
    missing = sources[kind].isna().to_numpy()
    node = sources["node"].to_numpy()
    rows, hits, blanks = (
        np.bincount(node, weights=flags.astype(float), minlength=nodes) for flags in (np.ones(len(node)), hit, missing)
    )
    lost = (rows > 0) & (hits + blanks == rows)
    return Disruption(kind, name, lost, lost & (blanks > 0), _stopped(receipts, kind, name))


def lost_to(
    kind: Literal["measure", "material"], name: str, exposed: pd.DataFrame, receipts: pd.DataFrame, nodes: int
) -> Disruption:
    """The parts that a measure catches, or that hold a material.

    ``exposed``: ``node``, a column named as ``kind``, and ``applies``: yes and likely are losses, unknown and missing
    a doubtful one, unlikely none. ``receipts``: ``node`` and ``safe``; those of lost parts that are not safe are lost.
    """
    mine = exposed[(exposed[kind].astype("object") == name).to_numpy()]
    applies = mine["applies"].astype("object")
    sure, lost = np.zeros(nodes, dtype=bool), np.zeros(nodes, dtype=bool)
    sure[mine["node"].to_numpy()[applies.isin(APPLIES).to_numpy()]] = True
    lost[mine["node"].to_numpy()[(applies != "unlikely").to_numpy()]] = True
    stopped = lost[receipts["node"].to_numpy()] & ~_safe(receipts)
    return Disruption(kind, name, lost, lost & ~sure, stopped)


def lost_site(name: str, site: pd.Series, receipts: pd.DataFrame) -> Disruption:
    """All that a site buys or makes. ``site``: of each node, missing is doubtful; what lies there still counts.

    ``receipts``: column ``node``; a closed site takes none in, under way or not.
    """
    missing = site.isna().to_numpy()
    lost = (site.astype("object") == name).to_numpy() | missing
    return Disruption("site", name, lost, missing, lost[receipts["node"].to_numpy()])


def _stopped(receipts: pd.DataFrame, kind: str, name: str) -> Flags:
    column = receipts[kind]
    hit: Flags = ((column.astype("object") == name) | column.isna()).to_numpy(dtype=bool) & ~_safe(receipts)
    return hit


def _safe(receipts: pd.DataFrame) -> Flags:
    """Missing is not safe."""
    return receipts["safe"].astype("boolean").fillna(False).to_numpy(dtype=bool)
