"""Walking a number back: the last snapshot analysed again, for the commands that explain one part."""

from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

import pandas as pd

from riskplug.analysis import (
    Analysis,
    Foundation,
    analyse,
    exposed_under,
    lay_foundation,
    ordered_under,
    planned_under,
)
from riskplug.errors import StateMissing, UsageError, suggestion
from riskplug.extend.host import PluginHost
from riskplug.extend.protocols import ScanContext
from riskplug.loading import measures_of
from riskplug.model import Balance, BomGraph
from riskplug.plan import RELEASED, Explained, Explaining, Law, Plan, balance_of, explained
from riskplug.regimes.licences import LICENSED
from riskplug.regimes.measures import STOPPING
from riskplug.stages import Stages
from riskplug.state.snapshots import Snapshot, newest_of, read_snapshot, snapshots
from riskplug.workspace import Workspace


@dataclass(frozen=True)
class Replay:
    """A snapshot and what the stages make of it."""

    snapshot: Snapshot
    analysis: Analysis


def state_folder(workspace: Workspace) -> Path:
    """Where snapshots, scans and briefs are kept, whatever database holds the ledger."""
    return workspace.root / ".riskplug"


def replay(workspace: Workspace, host: PluginHost, on: date | None = None, *, day: date | None = None) -> Replay:
    """Analyse the newest snapshot (of a business date, if given) again. StateMissing when there is none.

    ``day``: judge it on another date than its own, the data staying what they are.
    """
    snapshot = _newest(workspace, on)
    snapshot = replace(snapshot, business_date=day) if day else snapshot
    context = _context(snapshot, workspace)
    return Replay(snapshot, analyse(snapshot, workspace=workspace, host=host, context=context, stages=Stages()))


def replay_foundation(workspace: Workspace, host: PluginHost, on: date | None = None) -> tuple[Snapshot, Foundation]:
    """Content and BOM of the newest snapshot (of a business date, if given), as replay() does, and nothing else."""
    snapshot = _newest(workspace, on)
    context = _context(snapshot, workspace)
    return snapshot, lay_foundation(snapshot, workspace=workspace, host=host, context=context, stages=Stages())


def _newest(workspace: Workspace, on: date | None) -> Snapshot:
    folder = state_folder(workspace) / "snapshots"
    path = newest_of(folder, on) if on else next(reversed(list(snapshots(folder))), None)
    if path is None:
        raise StateMissing(
            f"no snapshot of {on}" if on else "no scan has been run yet", str(folder), "run `riskplug scan` first"
        )
    return read_snapshot(path)


def _context(snapshot: Snapshot, workspace: Workspace) -> ScanContext:
    settings = workspace.workspace
    return ScanContext(
        snapshot.scan_id, snapshot.business_date, settings.currency, settings.horizon_days, workspace.root
    )


@dataclass(frozen=True)
class Supply:
    """The plan of a snapshot and the law behind it, without the fact tables. Orders and exposures: as judged."""

    foundation: Foundation
    plan: Plan
    orders: pd.DataFrame
    exposures: pd.DataFrame
    context: ScanContext

    def explained(self, part_no: str, site: str, workspace: Workspace, policy: str) -> Explained:
        """One part's runway. KeyError for a part that is not there."""
        law = law_of(part_no, site, self.orders, self.exposures)
        return explained(self.plan, self.foundation.graph, workspace, part_no, site, policy=policy, law=law)


def replay_supply(workspace: Workspace, host: PluginHost, on: date | None = None) -> Supply:
    """Plan the newest snapshot (of a business date, if given) again, as replay() does, without any fact table."""
    snapshot, foundation = replay_foundation(workspace, host, on)
    context = _context(snapshot, workspace)
    register = measures_of(workspace, host)
    orders = ordered_under(register, foundation.tables, foundation, workspace)
    exposures = exposed_under(register, foundation.tables, foundation, workspace)
    planned = planned_under(orders, exposures, register, foundation, workspace)
    return Supply(foundation, planned, orders, exposures, context)


def law_of(part_no: str, site: str, orders: pd.DataFrame, exposures: pd.DataFrame) -> Law:
    """What the measures in force say of one part: measures that catch it directly, and its order lines they stop."""
    hit = _of_part(exposures, part_no, site)
    hit = hit[
        hit["applies"].isin(["yes", "likely"]) & (hit["measure_status"] == "in_force") & (hit["route"] == "direct")
    ]
    kind = hit["measure_kind"].astype("str")
    waits = hit.loc[kind.isin(LICENSED), "licence_days"]
    held = _of_part(orders, part_no, site)
    held = held[held["stopped"].fillna(False).astype(bool)]
    # what a ban stops as well stays stopped, whatever licence another measure asks for
    held = held.assign(state=held["licence_state"].astype("object")).sort_values("state", kind="stable")
    return Law(
        float(waits.max()) if len(waits) else None,
        tuple(sorted(hit["measure"].astype("str").unique())),
        {
            label: RELEASED if pd.isna(state) else str(state)
            for label, state in zip(held["po_index"], held["state"], strict=True)
        },
        bool(kind.isin(STOPPING - LICENSED).any()),
    )


def balances(analysis: Analysis, worst: pd.DataFrame, workspace: Workspace) -> tuple[Balance, ...]:
    """The balance of some parts for the brief. ``worst``: part_no, site, in the order shown."""
    if worst.empty:
        return ()
    base = Explaining.of(analysis.plan, analysis.graph, workspace)
    found = [
        balance_of(base.explained(part, site, law=law_of(part, site, analysis.orders, analysis.exposures)))
        for part, site in zip(worst["part_no"].astype("str"), worst["site"].astype("str"), strict=True)
    ]
    return tuple(balance for balance in found if balance is not None)


def _of_part(rows: pd.DataFrame, part_no: str, site: str) -> pd.DataFrame:
    return rows[(rows["part_no"] == part_no) & (rows["site"] == site)]


def site_of(graph: BomGraph, part_no: str, site: str | None) -> str:
    """The site a question about a part means: the given one, or the only one it exists at."""
    nodes = graph.nodes
    parts = nodes["part_no"].astype("str")
    sites = sorted(nodes.loc[parts == part_no, "site"].astype("str"))
    if not sites:
        raise UsageError(
            f"no part {part_no!r}", "part number", suggestion(part_no, parts.unique()) or "see `riskplug facts part`"
        )
    if site is None and len(sites) == 1:
        return sites[0]
    if site not in sites:
        raise UsageError(f"part {part_no} exists at {', '.join(sites)}", "--site", f"add --site {sites[0]}")
    return site
