"""A snapshot of two parts and nothing else, its tables written as a scan writes them."""

import hashlib
from datetime import date
from pathlib import Path

import pandas as pd

from riskplug.model import Validated
from riskplug.state.snapshots import Snapshot
from riskplug.tables import TABLES, empty

PARTS = pd.Index(["A", "B"], dtype="str")
NOTHING = pd.DataFrame()


def tables() -> dict[str, pd.DataFrame]:
    """Every canonical table; only the part master has rows."""
    found = {name: empty(name, PARTS) for name in TABLES}
    rows = pd.DataFrame({"part_no": pd.Categorical(["A", "B"], categories=PARTS)})
    found["parts"] = rows.reindex(columns=found["parts"].columns).astype(found["parts"].dtypes)
    return found


def frozen(folder: Path) -> Snapshot:
    """The snapshot in a folder that is made."""
    folder.mkdir()
    digests = {}
    for name, frame in tables().items():
        path = folder / f"{name}.parquet"
        frame.to_parquet(path, index=False)
        digests[name] = hashlib.sha256(path.read_bytes()).hexdigest()
    manifest = {"parquet_sha256": {**digests, "checks": "of no use to workers"}}
    validated = Validated(tables(), NOTHING, NOTHING, NOTHING)
    return Snapshot(folder, "s1", date(2025, 4, 28), validated, (), {}, manifest)
