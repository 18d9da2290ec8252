"""Who may serve whom: the alternates of a part at its site, and the same part at other sites."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import sparse

from riskplug.model import BomGraph
from riskplug.plan.nodes import Flags, Master, NodeIndex
from riskplug.workspace import Lane

LINK_COLUMNS = ("taker", "giver", "ratio", "days", "channel", "rank")
NEED_COLUMNS = ("channel", "parent", "quantity", "fixed", "first", "last")
# A lane serves all requirement of its taker, not that of one channel.
ALL = -1
# Last day of a need that does not end, and of a group that does not change.
ALWAYS = np.iinfo(np.int32).max


@dataclass(frozen=True)
class Links:
    """Links between nodes, and what part of the requirement they may serve.

    ``links``: LINK_COLUMNS; ``ratio`` units of the giver stand for one of the taker, ``days`` calendar days later.
    Served in order of ``channel`` (ALL first) and ``rank``. A channel is the requirement of one taker for which the
    same alternates in the same order may stand in; ``needs``: NEED_COLUMNS, the quantity of the taker for one unit, or
    one order where ``fixed``, of each parent of the channel, from day ``first`` to ``last``. ``withheld``: why a link
    that exists serves nothing, by taker, in words.
    """

    links: pd.DataFrame
    needs: pd.DataFrame
    withheld: Mapping[int, str]

    def without(self, bad: Flags, why: str, nodes: pd.DataFrame) -> "Links":
        """The links left when some serve nothing. ``why`` follows the name of the giver, the first of a taker."""
        if not bad.any():
            return self
        lost = self.links[bad].sort_values(["taker", "channel", "rank"]).drop_duplicates("taker")
        said = named(nodes.iloc[lost["giver"]]) + f" gives nothing: {why}"
        return Links(
            self.links[~bad], self.needs, {**dict(zip(lost["taker"].tolist(), said, strict=True)), **self.withheld}
        )


def named(nodes: pd.DataFrame) -> pd.Series:
    """Part of each node in words, and its site where there are several."""
    part_no, site = nodes["part_no"].astype("str"), nodes["site"]
    return part_no if len(site.cat.categories) == 1 else part_no + " at " + site.astype("str")


def find_links(graph: BomGraph, index: NodeIndex, master: Master, lanes: Sequence[Lane], in_order: bool) -> Links:
    """Links by lane, and by groups of alternates where those are used in order.

    Groups that are split by shares stay split. Phantoms and bulk parts keep no planned stock and give nothing.
    """
    found = _by_group(graph) if in_order else Links(_no_links(), _no_needs(), {})
    links = pd.concat([_by_lane(index, master, lanes), found.links], ignore_index=True)
    gives = ~graph.phantom & ~master.flag("bulk")
    links = links[gives[links["giver"].to_numpy()]]
    return Links(links, found.needs, found.withheld)


def _by_lane(index: NodeIndex, master: Master, lanes: Sequence[Lane]) -> pd.DataFrame:
    """A link per lane and part that is known at both ends; the fastest lane of a part is used first."""
    category = master.text("category") if any(lane.parts for lane in lanes) else None
    frames = []
    for lane in lanes:
        origin, destination = index.sites.get_indexer(pd.Index([lane.origin, lane.destination]))
        taker = np.flatnonzero(index.site == destination)
        if category is not None and lane.parts:
            listed = np.isin(index.part_nos[index.part[taker]].astype("object"), lane.parts)
            taker = taker[listed | np.isin(category[taker], lane.parts)]
        giver = index.at(index.part[taker], np.full(len(taker), origin))
        frames.append(pd.DataFrame({"taker": taker, "giver": giver, "days": lane.days})[giver >= 0])
    if not frames:
        return _no_links()
    links = pd.concat(frames, ignore_index=True).sort_values("days", kind="stable")
    links = links.drop_duplicates(["taker", "giver"]).sort_index()
    rank = links.groupby("taker")["days"].rank(method="first").astype("int64") - 1
    return links.assign(ratio=1.0, channel=ALL, rank=rank)[list(LINK_COLUMNS)].astype(_no_links().dtypes)


def lanes_to(node: int, index: NodeIndex, master: Master, lanes: Sequence[Lane]) -> frozenset[str]:
    """Sites from which a lane brings the part of a node to it."""
    rows = _by_lane(index, master, lanes)
    givers = rows.loc[rows["taker"] == node, "giver"].to_numpy(dtype=int)
    return frozenset(str(index.sites[site]) for site in index.site[givers])


def _by_group(graph: BomGraph) -> Links:
    rows = _groups(graph)
    head = rows[rows["rank"] == 0]
    known = _has_edge(graph, head)
    head, rows = head[known], rows[(rows["rank"] > 0) & rows["group"].isin(head.loc[known, "group"])]
    rows = rows.merge(head[["group", "component", "quantity", "fixed"]], on="group", suffixes=("", "_preferred"))
    links = rows.rename(columns={"component_preferred": "taker", "component": "giver"})
    ratio = links["quantity"] / links["quantity_preferred"]
    links = links.assign(ratio=ratio.mask(links["fixed"] != links["fixed_preferred"]), days=0)
    channel = _channels(links, head.set_index("group")["component"], graph.nodes["part_no"])
    links["channel"] = channel.reindex(links["group"]).to_numpy()
    needs = head[head["group"].isin(links["group"])]
    needs = needs.assign(channel=channel.reindex(needs["group"]).to_numpy())
    once = links.drop_duplicates(["channel", "giver"])
    found = Links(once[[*LINK_COLUMNS]].astype(_no_links().dtypes), needs[list(NEED_COLUMNS)], {})
    unknown = found.links["ratio"].isna().to_numpy()
    return found.without(unknown, "how much of it stands for one unit is unknown", graph.nodes)


def _groups(graph: BomGraph) -> pd.DataFrame:
    """Groups that are not split by shares, with the days on which they are as they are."""
    rows = graph.alternates.assign(first=0, last=ALWAYS)
    if graph.dated is not None:
        later = graph.dated.alternates
        later = later.assign(group=later["group"] + rows["group"].max() + 1 if len(rows) else later["group"])
        rows = pd.concat([rows[~graph.dated.changing[rows["parent"].to_numpy(dtype=int)]], later], ignore_index=True)
    return rows[~rows["split"].astype(bool)]


def _has_edge(graph: BomGraph, head: pd.DataFrame) -> Flags:
    """Preferred components that are still asked for: not bulk, not cut from a cycle."""
    size = len(graph.nodes)
    wanted = head["parent"].to_numpy() * size + head["component"].to_numpy()
    kept = np.zeros(len(head), dtype=bool)
    for matrix, fixed in ((graph.consumed, False), (graph.fixed, True)):
        edges = sparse.coo_array(matrix)
        there = np.isin(wanted, edges.row.astype(np.int64) * size + edges.col)
        kept |= there & (head["fixed"].to_numpy() == fixed)
    if graph.dated is None:
        return kept
    names = ["parent", "component", "fixed"]
    later = pd.MultiIndex.from_frame(head[names]).isin(pd.MultiIndex.from_frame(graph.dated.edges[names]))
    return np.where(graph.dated.changing[head["parent"].to_numpy(dtype=int)], later, kept)


def _channels(links: pd.DataFrame, preferred: pd.Series, names: pd.Series) -> pd.Series:
    """Channel of each group: groups of one preferred part with the same alternates, ratios and order share one.

    Numbered by the names of the alternates, so that the order of rows does not show.
    """
    place = pd.Series(names.iloc[links["giver"]].astype("str").rank(method="dense").to_numpy() - 1, index=links.index)
    groups = pd.Index(links["group"].unique())
    key = preferred.reindex(groups).to_numpy(dtype=float)
    for rank in np.unique(links["rank"]):
        here = links.assign(place=place)[links["rank"] == rank].set_index("group")[["place", "ratio"]].reindex(groups)
        columns = np.column_stack([key, here.fillna(-1.0).to_numpy(dtype=float)])
        key = np.unique(columns, axis=0, return_inverse=True)[1].astype(float)
    return pd.Series(np.unique(key, return_inverse=True)[1], index=groups)


def _no_links() -> pd.DataFrame:
    kinds = dict.fromkeys(LINK_COLUMNS, "int64") | {"ratio": "float64"}
    return pd.DataFrame({name: pd.Series(dtype=kind) for name, kind in kinds.items()})


def _no_needs() -> pd.DataFrame:
    kinds = dict.fromkeys(NEED_COLUMNS, "int64") | {"quantity": "float64", "fixed": "bool"}
    return pd.DataFrame({name: pd.Series(dtype=kind) for name, kind in kinds.items()})
