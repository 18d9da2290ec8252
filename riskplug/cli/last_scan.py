"""What the last scan left behind, for commands that ask about it without computing anything again."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

    from riskplug.workspace import Workspace


@dataclass(frozen=True)
class LastScan:
    """The folder of a kept scan and the snapshot it read."""

    folder: Path
    snapshot: Path
    scan_id: str
    business_date: date

    def facts(self, grains: Iterable[str]) -> "dict[str, pd.DataFrame]":
        """Fact tables by grain."""
        import pandas as pd

        return {grain: pd.read_parquet(self.folder / "facts" / f"{grain}.parquet") for grain in grains}

    def findings(self) -> "pd.DataFrame":
        """What the rules found."""
        import pandas as pd

        return pd.read_parquet(self.folder / "findings.parquet")

    def tables(self, names: Iterable[str]) -> "dict[str, pd.DataFrame]":
        """Canonical tables of the snapshot by name."""
        import pandas as pd

        return {name: pd.read_parquet(self.snapshot / f"{name}.parquet") for name in names}


def last_scan(workspace: "Workspace") -> LastScan:
    """The last scan of a workspace; StateMissing when there is none."""
    from riskplug.errors import StateMissing
    from riskplug.explain import state_folder
    from riskplug.state.records import MANIFEST, scan_folder
    from riskplug.state.snapshots import newest_of

    root = state_folder(workspace)
    folder = scan_folder(root)
    run = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    on = date.fromisoformat(run["business_date"])
    snapshot = newest_of(root / "snapshots", on)
    if snapshot is None:
        raise StateMissing(f"the snapshot of {on} is gone", str(root / "snapshots"), "run `riskplug scan` again")
    return LastScan(folder, snapshot, run["scan_id"], on)
