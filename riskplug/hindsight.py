"""Rules over nights that are past: the kept facts of each scan, judged again. Nothing is written or sent."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

import pandas as pd

from riskplug.catalogue import GRAINS, UNTRUSTED, Grain, frame
from riskplug.errors import StateMissing
from riskplug.extend.needs import needs_of
from riskplug.extend.protocols import ScanContext
from riskplug.model import Outcome
from riskplug.rules import Judged, Rule, RuleSet, evaluate, identities_of
from riskplug.state.records import MANIFEST, scan_folder, scans
from riskplug.state.snapshots import read_tables
from riskplug.workspace import Workspace


@dataclass(frozen=True)
class KeptNight:
    """One kept scan: the folder with its facts, and the snapshot it read (None when that is gone)."""

    folder: Path
    scan_id: str
    business_date: date
    snapshot: Path | None

    def facts(self, grain: str, shape: Grain | None = None) -> pd.DataFrame | None:
        """A fact table with today's columns, younger ones unknown; None where the scan had no such table.

        ``shape``: the grain as a rule knows it, with the columns of plugins.
        """
        wanted = shape or GRAINS[grain]
        path = self.folder / "facts" / f"{grain}.parquet"
        if not path.is_file():
            return None
        kept = pd.read_parquet(path)
        known = [name for name in kept if name in wanted.names]
        return frame(wanted, {name: kept[name] for name in known}, len(kept))

    def failed_tables(self) -> dict[str, str]:
        """Tables that were refused or missing on that night, as evaluate() wants them."""
        if self.snapshot is None:
            return {}
        facts = pd.read_parquet(self.snapshot / "table_facts.parquet")
        refused = facts[facts["verdict"].isin(UNTRUSTED)]
        return {
            f"{table}@{source}": why
            for table, source, why in zip(refused["table"], refused["source"], refused["why"], strict=True)
        }


def kept_nights(root: Path, count: int | None = None) -> list[KeptNight]:
    """The last scan kept of each business date, oldest first; of the newest ``count`` dates if given.

    ``root``: the state folder. StateMissing when no scan is kept.
    """
    newest = {folder.parent.name: folder for folder in scans(root)}  # a later scan of a date replaces the earlier
    if not newest:
        raise StateMissing("no scan has been run yet", str(root), "run `riskplug scan` first")
    days = sorted(newest)[-count:] if count else sorted(newest)
    return [_night(root, newest[day]) for day in days]


def night_of(root: Path, scan_id: str | None = None) -> KeptNight:
    """One kept scan, the last by default; StateMissing when there is none."""
    return _night(root, scan_folder(root, scan_id))


def _night(root: Path, folder: Path) -> KeptNight:
    run = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    scan_id = str(run.get("manifest", {}).get("scan_id") or run["scan_id"])  # a replay read an older snapshot
    snapshot = root / "snapshots" / run["business_date"] / scan_id
    return KeptNight(
        folder, run["scan_id"], date.fromisoformat(run["business_date"]), snapshot if snapshot.is_dir() else None
    )


def judge_night(rules: RuleSet, night: KeptNight, workspace: Workspace) -> Outcome:
    """What the rules, all taken as active and without effective dates, say of the facts of a night."""
    settings = workspace.workspace
    context = ScanContext(night.scan_id, night.business_date, settings.currency, settings.horizon_days, workspace.root)
    active = RuleSet(tuple(replace(rule, status="active", effective_from=None, effective_to=None) for rule in rules))
    shapes = {rule.grain: rule.shape for rule in active}
    facts = {grain: rows for grain in _grains(active) if (rows := night.facts(grain, shapes.get(grain))) is not None}
    return evaluate(
        active,
        facts,
        on=night.business_date,
        context=context,
        tables=_tables(active, night),
        failed_tables=night.failed_tables(),
    )


def judged_nights(rule: Rule, nights: list[KeptNight], workspace: Workspace) -> Iterator[Judged]:
    """A rule over nights, for backtest()."""
    for night in nights:
        facts = night.facts(rule.grain, rule.shape)
        outcome = judge_night(RuleSet((rule,)), night, workspace)
        rows = 0 if facts is None else len(facts)
        yield Judged(night.business_date, night.scan_id, rows, outcome, _stock_out(rule, facts))


def _stock_out(rule: Rule, facts: pd.DataFrame | None) -> pd.Series:
    """Stock-out date by identity, where the grain has one."""
    if facts is None or "stock_out_date" not in facts:
        return pd.Series(dtype="datetime64[s]")
    dates = pd.Series(facts["stock_out_date"].to_numpy(), index=identities_of(rule, facts))
    return dates[~dates.index.duplicated()]


def _grains(rules: RuleSet) -> set[str]:
    needed = {name.removeprefix("facts.") for rule in rules for name in _needs(rule) if name.startswith("facts.")}
    return {rule.grain for rule in rules} | needed


def _tables(rules: RuleSet, night: KeptNight) -> Mapping[str, pd.DataFrame]:
    """Canonical tables that rule kinds ask for; none when the snapshot is gone, so that those rules fail by name."""
    needed = {name for rule in rules for name in _needs(rule) if not name.startswith("facts.")}
    return read_tables(night.snapshot, needed) if needed and night.snapshot is not None else {}


def _needs(rule: Rule) -> frozenset[str]:
    return frozenset(needs_of(rule.kind)) if rule.kind is not None else frozenset()
