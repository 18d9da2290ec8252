"""What changed in law since the last scan, and which parts, orders and products of ours that touches."""

import gzip
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
from pydantic import ValidationError

from riskplug.analysis import Analysis
from riskplug.bom import products_over
from riskplug.catalogue import MEASURE_STATES
from riskplug.model import Frames, LegalChange, LegalNews, Touched
from riskplug.private import private_folder
from riskplug.regimes import Measure, judge_orders, judge_parts, legal_changes
from riskplug.regimes.status import standing
from riskplug.state.disk import write_bytes
from riskplug.state.records import scans
from riskplug.workspace import Policy, Workspace

REGISTER = "register.json.gz"
_GONE = ("", "ended", "not_yet")
_HIT = ("yes", "likely")


@dataclass(frozen=True)
class Law:
    """The register as it stood on a date."""

    measures: tuple[Measure, ...]
    on: date


def keep_register(folder: Path, measures: Sequence[Measure]) -> None:
    """A compact copy of the register into a scan's own folder; equal registers give equal bytes."""
    private_folder(folder)
    data = [measure.model_dump(mode="json", by_alias=True, exclude_defaults=True) for measure in measures]
    write_bytes(folder / REGISTER, gzip.compress(json.dumps(data, separators=(",", ":")).encode(), mtime=0))


def kept_register(folder: Path) -> tuple[Measure, ...] | None:
    """The register that a scan used; None where none was kept, or none that this version can read."""
    try:
        data = json.loads(gzip.decompress((folder / REGISTER).read_bytes()))
        return tuple(Measure.model_validate(one) for one in data)
    except (FileNotFoundError, gzip.BadGzipFile, EOFError, ValueError, ValidationError):
        return None


def law_news(
    root: Path, register: tuple[Measure, ...], on: date, workspace: Workspace, analysis: Analysis, tables: Frames
) -> LegalNews:
    """Changes since the last scan of an earlier business date (else of the same); nothing on a first scan.

    ``root``: the state folder. ``analysis`` and ``tables``: of tonight, to say what is touched.
    """
    finished = [(date.fromisoformat(folder.parent.name), folder) for folder in scans(root)]
    past = [found for found in finished if found[0] < on] or [found for found in finished if found[0] == on]
    if not past:
        return LegalNews()
    start, folder = max(past, key=lambda found: found[0])
    start, folder = [found for found in past if found[0] == start][-1]
    kept = kept_register(folder)
    before, after = Law(kept or register, start), Law(register, on)
    remark = "" if kept else f"the register that scan {folder.name} used was not kept: changes of its data are not seen"
    changes = with_touched(before, after, workspace, analysis, tables)
    return LegalNews(folder.name, start, on, changes, remark, any(day > on for day, _ in finished))


def with_touched(
    before: Law, after: Law, workspace: Workspace, analysis: Analysis | None, tables: Frames
) -> tuple[LegalChange, ...]:
    """Legal changes between two states of the law, each with what it touches; without an analysis that stays out."""
    changes = legal_changes(before.measures, before.on, after.measures, after.on, workspace.policy)
    if analysis is None:
        return changes
    gone = [change for change in changes if change.to_status in _GONE]
    kept = [change for change in changes if change.to_status not in _GONE]
    touched = {
        **dict(_touched(gone, before, workspace, analysis, tables)),
        **dict(_touched(kept, after, workspace, analysis, tables)),
    }
    return tuple(replace(change, touched=touched.get(change)) for change in changes)


def _touched(
    changes: Sequence[LegalChange], law: Law, workspace: Workspace, analysis: Analysis, tables: Frames
) -> Iterator[tuple[LegalChange, Touched]]:
    """Parts and orders judged under the changed measures alone, whatever their status on the date."""
    known = {measure.id: measure for measure in law.measures}
    named = {change.parent: known[change.parent] for change in changes if change.names_goods}
    if not named:
        return
    needed = {*named, *(name for measure in named.values() for name in measure.same_items_as)}
    register = [measure for measure in law.measures if measure.id in needed]
    content = analysis.facts["content"]
    parts = judge_parts(tables, content, register, workspace=workspace, on=law.on, states=MEASURE_STATES)
    orders = judge_orders(tables, analysis.content, register, workspace=workspace, on=law.on, states=MEASURE_STATES)
    parts = parts[parts["route"] == "direct"]
    for change in changes:
        if change.parent in named:
            mine = _concerned(change, named[change.parent], law.on, workspace.policy)
            yield change, _sum_up(parts[mine(parts)], orders[mine(orders)], analysis)


def _concerned(change: LegalChange, measure: Measure, on: date, policy: Policy) -> Callable[[pd.DataFrame], pd.Series]:
    """Which judged rows a change speaks of: a whole measure's by its items of the date, an item's by its own id and
    by its materials where the form is not known."""
    if change.measure == change.parent:
        now = {item.id: standing(measure, on, policy, item).status for item in measure.items}
        current = [name for name, status in now.items() if status not in _GONE] or list(now)
        return lambda rows: rows["measure"].isin([measure.id, *current])
    materials = next(item.materials for item in measure.items if item.id == change.measure)
    return lambda rows: (
        (rows["measure"] == change.measure)
        | ((rows["measure"] == measure.id) & _holds_any(rows["material"], frozenset(materials)))
    )


def _holds_any(listed: pd.Series, materials: frozenset[str]) -> pd.Series:
    """Whether comma-separated materials have one of those; each distinct text is split once."""
    codes, texts = pd.factorize(listed)
    holds = np.array([*(not materials.isdisjoint(str(text).split(",")) for text in texts), False])
    return pd.Series(holds[codes], index=listed.index)


def _sum_up(parts: pd.DataFrame, orders: pd.DataFrame, analysis: Analysis) -> Touched:
    sure, unsure = (parts[parts["applies"].isin(words)] for words in (_HIT, ("unknown",)))
    lines = orders.assign(name=orders["order_no"].astype("str") + "/" + orders["line"].astype("str"))
    hit, doubt = (lines[lines["applies"].isin(words)].drop_duplicates("po_index") for words in (_HIT, ("unknown",)))
    doubt = doubt[~doubt["po_index"].isin(hit["po_index"])]
    value = hit["value_at_risk"].sum(min_count=1)
    return Touched(
        _names(sure["part_no"]),
        tuple(name for name in _names(unsure["part_no"]) if name not in set(_names(sure["part_no"]))),
        _names(hit["name"]),
        _names(doubt["name"]),
        None if pd.isna(value) else float(value),
        int(hit["value_at_risk"].isna().sum()),
        _products(pd.concat([sure, unsure]), analysis),
    )


def _products(hit: pd.DataFrame, analysis: Analysis) -> tuple[str, ...]:
    """Products above the parts at the sites where they are touched."""
    nodes, is_product = analysis.graph.nodes, analysis.facts["part"]["is_product"]
    places = pd.MultiIndex.from_frame(nodes[["part_no", "site"]].astype("str"))
    wanted = pd.MultiIndex.from_frame(hit[["part_no", "site"]].astype("str").drop_duplicates())
    at = np.flatnonzero(places.isin(wanted))
    return products_over(analysis.graph, at, is_product.fillna(False).to_numpy(dtype=bool))


def _names(values: pd.Series) -> tuple[str, ...]:
    return tuple(sorted(values.astype("str").unique()))
