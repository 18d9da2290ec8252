"""Walking a number back: the last snapshot analysed again, for the commands that explain one part."""

from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from riskplug.analysis import Analysis, analyse
from riskplug.errors import StateMissing, UsageError, suggestion
from riskplug.extend.host import PluginHost
from riskplug.extend.protocols import ScanContext
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
    folder = state_folder(workspace) / "snapshots"
    path = newest_of(folder, on) if on else next(reversed(list(snapshots(folder))), None)
    if path is None:
        raise StateMissing(
            f"no snapshot of {on}" if on else "no scan has been run yet", str(folder), "run `riskplug scan` first"
        )
    snapshot = read_snapshot(path)
    snapshot = replace(snapshot, business_date=day) if day else snapshot
    settings = workspace.workspace
    context = ScanContext(snapshot.scan_id, snapshot.business_date, settings.currency, settings.horizon_days)
    return Replay(snapshot, analyse(snapshot, workspace=workspace, host=host, context=context, stages=Stages()))


def site_of(found: Replay, part_no: str, site: str | None) -> str:
    """The site a question about a part means: the given one, or the only one it exists at."""
    nodes = found.analysis.graph.nodes
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
