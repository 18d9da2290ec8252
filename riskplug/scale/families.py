"""Content and roll-up by families of parts: parts that no bill of material joins know nothing of each other.

Plants that share no part number are such families; so are products of one plant that share no component.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import numpy.typing as npt
import pandas as pd

from riskplug.bom import build_graph, roll_up_content
from riskplug.content import Knowledge, PartContent, TextReading, map_content, read_texts
from riskplug.model import BomGraph, Frames
from riskplug.plan.nodes import NodeIndex
from riskplug.scale.engine import Engine

Codes = npt.NDArray[np.int64]
# A task of fewer parts is not worth its way to a worker.
PARTS_PER_TASK = 50_000
LOCATED = ("inventory", "purchase_orders", "production_orders", "demand")


@dataclass(frozen=True)
class Company:
    """What content and roll-up are worked out from. ``mapped``: frames of plugin mappers; ``said``: confirmations;
    ``read``: who reads texts.
    """

    tables: Frames
    knowledge: Knowledge
    mapped: Sequence[pd.DataFrame]
    said: pd.DataFrame
    on: date
    sites: tuple[str, ...]
    horizon: int
    read: TextReading = read_texts

    def content(self, tables: Frames) -> PartContent:
        """What is in the parts of some tables."""
        return map_content(tables, self.knowledge, self.mapped, on=self.on, confirmations=self.said, read=self.read)

    def graph(self, tables: Frames) -> BomGraph:
        """How the parts of some tables are built."""
        located = [tables[name] for name in LOCATED]
        return build_graph(
            tables["bom_lines"],
            tables["parts"],
            sites=list(self.sites),
            on=self.on,
            also=located,
            horizon=self.horizon,
        )


def content_and_roll_up(company: Company, engine: Engine) -> tuple[PartContent, Callable[[BomGraph], pd.DataFrame]]:
    """Content of all parts, and what gives grain `content` for their graph; both as one process works them out.

    By families where the engine has other processes and there are at least two tasks of PARTS_PER_TASK.
    """
    family = families(company.tables, PARTS_PER_TASK) if engine.apart else np.zeros(0, dtype=np.int64)
    count = int(family.max(initial=0)) + 1
    if count == 1:
        content = company.content(company.tables)
        return content, lambda graph: roll_up_content(graph, content.own)
    numbers = range(count)
    found = list(engine.each("content", _worked_out, [(number, family) for number in numbers], company))
    inside = [rows for _, rows in found]
    return _joined([content for content, _ in found]), lambda graph: _in_order(inside, graph)


def families(tables: Frames, size: int) -> Codes:
    """Number of the task of each part of the shared index: families in the order of their first part, put together
    until ``size`` parts are reached.

    A family is joined by lines of bills, in force or not, and by a manufacturer's number that a declaration without
    part names.
    """
    from scipy import sparse
    from scipy.sparse import csgraph

    count = len(tables["parts"]["part_no"].cat.categories)
    up, down = np.concatenate([_lines(tables["bom_lines"]), _same_mpn(tables)], axis=1)
    joined = sparse.coo_array((np.ones(len(up), dtype=bool), (up, down)), shape=(count, count))
    _, label = csgraph.connected_components(joined, directed=False)
    _, first, size_of = np.unique(label, return_index=True, return_counts=True)
    order = np.argsort(first)
    ahead = np.cumsum(size_of[order]) - size_of[order]
    task = np.empty(len(first), dtype=np.int64)
    task[order] = np.unique(ahead // size, return_inverse=True)[1]
    return task[label]


def _lines(lines: pd.DataFrame) -> Codes:
    up, down = (lines[end].cat.codes.to_numpy(dtype=np.int64) for end in ("parent", "component"))
    kept = (up >= 0) & (down >= 0)
    return np.stack([up[kept], down[kept]])


def _same_mpn(tables: Frames) -> Codes:
    """Every part with a manufacturer's number of LONE declarations, and the first one with it."""
    named = _key(_lone(tables["declarations"])["mpn"]).dropna().unique()
    parts = tables["parts"]
    rows = pd.DataFrame({"part": parts["part_no"].cat.codes.astype("int64"), "key": _key(parts["mpn"])})
    rows = rows[rows["key"].isin(named) & (rows["part"] >= 0)]
    first = rows.groupby("key")["part"].transform("first")
    return np.stack([rows["part"].to_numpy(dtype=np.int64), first.to_numpy(dtype=np.int64)])


def _lone(declarations: pd.DataFrame) -> pd.DataFrame:
    return declarations[declarations["part_no"].isna()]


def _key(mpn: pd.Series) -> pd.Series:
    """As the content stage compares them."""
    key = mpn.astype("str").str.strip().str.upper()
    return key.where(key != "")


def _worked_out(company: Company, asked: tuple[int, Codes]) -> tuple[PartContent, pd.DataFrame]:
    """Content and roll-up of one task; what belongs to no part comes with the first."""
    number, family = asked
    tables = _of_task(company.tables, number, family)
    content = company.content(tables)
    inside = roll_up_content(company.graph(tables), content.own)
    own, parts, rejected = (
        _kept(rows, number, family, number == 0) for rows in (content.own, content.parts, content.rejected)
    )
    return PartContent(own, parts, rejected), inside


def _of_task(tables: Frames, number: int, family: Codes) -> Mapping[str, pd.DataFrame]:
    """The rows of a task's parts. Rows without part are everybody's, declarations those of the parts they mean."""
    found = dict(tables)
    for name, frame in tables.items():
        column = "parent" if name == "bom_lines" else "part_no"
        if column in frame and name != "declarations":
            found[name] = _kept(frame, number, family, True, column)
    found["declarations"] = tables["declarations"][_task_of_declarations(tables, family) == number]
    return found


def _task_of_declarations(tables: Frames, family: Codes) -> Codes:
    """By part; without one by the parts of the manufacturer's number; the first task where nothing is known."""
    rows, parts = tables["declarations"], tables["parts"]
    known = pd.Series(parts["part_no"].cat.codes.to_numpy(), index=_key(parts["mpn"]))
    known = known[known.index.notna() & (known >= 0).to_numpy()]
    known = known[~known.index.duplicated()]
    part = rows["part_no"].cat.codes.to_numpy(dtype=np.int64)
    meant = _key(rows["mpn"]).map(known).fillna(-1).to_numpy(dtype=np.int64)
    part = np.where(part >= 0, part, meant)
    return np.where(part >= 0, family[part], 0)


def _kept(rows: pd.DataFrame, number: int, family: Codes, without_part: bool, column: str = "part_no") -> pd.DataFrame:
    part = rows[column].cat.codes.to_numpy(dtype=np.int64)
    return rows[np.where(part >= 0, family[part] == number, without_part)]


def _joined(found: Sequence[PartContent]) -> PartContent:
    """One content of all tasks; a part lies in one of them, so that its rows keep their order."""
    return PartContent(*(_by_part([getattr(one, name) for one in found]) for name in ("own", "parts", "rejected")))


def _by_part(frames: Sequence[pd.DataFrame]) -> pd.DataFrame:
    rows = _put_together(frames)
    part = rows["part_no"].cat.codes.to_numpy(dtype=np.int64)
    last = np.where(part >= 0, part, len(rows["part_no"].cat.categories))
    return rows.iloc[np.argsort(last, kind="stable")].reset_index(drop=True)


def _in_order(frames: Sequence[pd.DataFrame], graph: BomGraph) -> pd.DataFrame:
    """Rolled-up content in the order of the nodes of the whole graph."""
    rows = _put_together(frames)
    node = NodeIndex.of(graph.nodes).nodes_of(rows)
    return rows.iloc[np.argsort(node, kind="stable")].reset_index(drop=True)


def _put_together(frames: Sequence[pd.DataFrame]) -> pd.DataFrame:
    filled = list(_filled(frames))
    return pd.concat(filled, ignore_index=True) if filled else frames[0]


def _filled(frames: Sequence[pd.DataFrame]) -> Iterator[pd.DataFrame]:
    yield from (frame for frame in frames if len(frame))
