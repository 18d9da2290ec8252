"""The life-cycle of 100,000 findings against 100,000 open alerts, through the database, beside plain pandas.

    python bench/alerts.py [--alerts 100000] [--url sqlite:///FILE] [--rounds 1]

The contender is what one would write in an afternoon: a hash per finding, an outer merge, a label per row, and
``executemany`` of every row into a table of the same width in SQLite. It knows no coverage, no events, no decisions of
people, no dates, and forgets nothing only because it keeps everything. Seconds are of the processor, so that a busy
machine does not count; ``wall`` stands beside. The goal is printed, never asserted: 10 seconds.
"""

import argparse
import hashlib
import json
import sqlite3
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import numpy as np
import pandas as pd

sys.path.insert(0, str(Path(__file__).parent))
from kept import Figure, keep, wants_json

from riskplug.alerts import LEDGER_COLUMNS, Pace, Policy, reconcile
from riskplug.model import FINDING_COLUMNS, Outcome
from riskplug.state import State, open_state

ON = date(2025, 4, 28)
RULES = ("runway-below-licence-cycle", "restriction-exposure", "order-needs-licence", "single-source", "single-origin")
SITES = ("DE01", "US01", "MX01")


def outcome_of(count: int, night: int) -> Outcome:
    """One in a hundred subjects is another every night, one in twenty has another severity."""
    random = np.random.default_rng(night)
    numbers = np.arange(count) + night * count // 100
    parts = [f"M-{number:07d}" for number in numbers]
    sites = np.asarray(SITES)[numbers % len(SITES)]
    rules = np.asarray(RULES)[numbers % len(RULES)]
    severity = np.where(random.random(count) < 0.05, "critical", "warning")
    # A day passes; one in twenty stocks moves by itself.
    metric = 20 + (numbers * 7919 % 700) / 10 - night - np.where(random.random(count) < 0.05, 15, 0)
    found = pd.DataFrame(
        {
            "rule": rules,
            "severity": severity,
            "grain": "part",
            "identity": [f'{{"part_no":"{part}","site":"{site}"}}' for part, site in zip(parts, sites, strict=True)],
            "part_no": parts,
            "site": sites,
            "material": "Dy",
            "measure": "cn-2025-18-dy-magnet",
            "owner": "Ida",
            "message": [
                f"{part}: {days} days left, licence takes 65" for part, days in zip(parts, metric, strict=True)
            ],
            "measures": "{}",
            "evidence": "{}",
            "metric": metric,
        }
    )
    covered = [(rule, site, "evaluated", 10 * count, 0, "") for rule in RULES for site in SITES]
    coverage = pd.DataFrame(covered, columns=["rule", "partition", "outcome", "rows", "undetermined", "reason"])
    nothing = pd.DataFrame(columns=["rule", "identity", "columns", "reason", "severity"])
    return Outcome(found[list(FINDING_COLUMNS)], coverage, nothing)


def policy() -> Policy:
    """Paces as riskplug.toml's defaults give them."""
    pace = Pace(step=7, worse=-1, days=True, max_share_pct=50, max_jump=5)
    return Policy(dict.fromkeys(RULES, pace), pace)


def ours(state: State, found: Outcome, on: date) -> dict[str, float]:
    """One night: read, compare, write. Seconds of each, and the kinds that came of it."""
    claim = state.claim_scan(on, "bench", "bench")
    began = time.process_time()
    ledger, memory = state.ledger("bench"), state.memory("bench")
    read = time.process_time()
    known = {rule: ("part", "part_no", "site") for rule in RULES}
    done = reconcile(ledger, found, on=on, workspace="bench", known_rules=known, policy=policy(), memory=memory)
    compared = time.process_time()
    state.apply(claim, done, found, [])
    written = time.process_time()
    state.finish_scan(claim, "complete", {})
    kinds = pd.Series([change.kind for change in done.changes]).value_counts().to_dict()
    print(f"  {len(ledger):,} alerts, {len(found.findings):,} findings: {kinds}, {len(done.news):,} told")
    return {"read": read - began, "compare": compared - read, "write": written - compared, "all": written - began}


def plain(found: Outcome, before: Outcome, file: Path) -> dict[str, float]:
    """The contender's night: hash, merge, label, write, with as many columns as the ledger has."""
    with sqlite3.connect(file) as connection:
        names = ["alert_key", "kind", *(f"c{n}" for n in range(len(LEDGER_COLUMNS) - 2))]
        connection.execute(f"CREATE TABLE IF NOT EXISTS alert ({', '.join(names)}, PRIMARY KEY (alert_key))")
        began = time.process_time()
        was, now = (_keyed(one.findings) for one in (before, found))
        both = was.merge(now, on="alert_key", how="outer", suffixes=("_was", ""), indicator=True)
        both["kind"] = np.select(
            [both["_merge"] == "right_only", both["_merge"] == "left_only", both["severity"] != both["severity_was"]],
            ["new", "resolved", "changed"],
            default="ongoing",
        )
        compared = time.process_time()
        shown = both[["alert_key", "kind", "rule", "severity", "message", "owner", "site", "part_no", "metric"]]
        filler = [None] * (len(names) - shown.shape[1])
        rows = [(*row, *filler) for row in shown.astype("object").where(shown.notna(), None).itertuples(index=False)]
        marks = ", ".join("?" * len(names))
        connection.executemany(f"INSERT OR REPLACE INTO alert VALUES ({marks})", rows)
        connection.commit()
        written = time.process_time()
    return {"read": 0.0, "compare": compared - began, "write": written - compared, "all": written - began}


def _keyed(findings: pd.DataFrame) -> pd.DataFrame:
    texts = zip(findings["rule"], findings["identity"], strict=True)
    keys = [hashlib.sha256(json.dumps(pair).encode()).hexdigest() for pair in texts]
    return findings.assign(alert_key=keys)


def timed(name: str, run: Callable[[], dict[str, float]]) -> dict[str, float]:
    """Run and print the seconds."""
    began = time.perf_counter()
    seconds = run()
    wall = time.perf_counter() - began
    print(f"{name:<14}wall {wall:6.2f} s   " + "".join(f"{step} {value:6.2f} s   " for step, value in seconds.items()))
    return seconds


def main() -> None:
    """Two nights of each, the second against the open alerts of the first."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--alerts", type=int, default=100_000)
    parser.add_argument("--url", default="")
    wants_json(parser)
    arguments = parser.parse_args()
    nights = [outcome_of(arguments.alerts, night) for night in range(2)]
    with tempfile.TemporaryDirectory() as folder:
        url = arguments.url or f"sqlite:///{folder}/state.db"
        state = open_state(url, Path(folder), clock=lambda: datetime.now(UTC))
        timed("first night", lambda: ours(state, nights[0], ON))
        mine = timed("second night", lambda: ours(state, nights[1], ON + timedelta(1)))
        again = timed("again", lambda: ours(state, nights[1], ON + timedelta(1)))
        state.close()
        file = Path(folder) / "plain.db"
        plain(nights[0], nights[0], file)
        theirs = timed("plain pandas", lambda: plain(nights[1], nights[0], file))
    print(f"second night: {mine['all'] / theirs['all']:.1f} times plain pandas, again: {again['all']:.2f} s; goal 10 s")
    told = [
        Figure("second night, processor", mine["all"], "s", 10),
        Figure("the same night again, processor", again["all"], "s"),
        Figure("second night, processor", theirs["all"], "s", of="pandas"),
        Figure("processor / pandas", mine["all"] / theirs["all"], "times"),
    ]
    keep(arguments.json, "alerts", {"alerts": arguments.alerts}, told)


if __name__ == "__main__":
    main()
