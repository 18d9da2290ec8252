"""What the guard around a rule kind costs: `single_origin` over a million part rows, bare, guarded, and apart.

    python bench/guard.py [--rows 1000000] [--share 0.03] [--rounds 3] [--no-scan]

Bare is the plugin's method called on the frame itself, its findings left as they come. Guarded is what a scan does:
frames lent, warnings and time kept, findings held to the contract and worded as JSON, keys looked up in the facts.
The sample scan is the whole of `riskplug scan` on Sample Drives, its guard measured on the same machine beside it.
The goal is printed, never asserted: at most 2 % of a scan.
"""

import argparse
import contextlib
import subprocess
import sys
import tempfile
import time
import tracemalloc
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from riskplug.catalogue import GRAINS, dtype_of, frame
from riskplug.extend.contract import plain_findings
from riskplug.extend.guard import Care, Place
from riskplug.extend.host import Choice, PluginHost
from riskplug.extend.lent import lent
from riskplug.extend.needs import needs_of
from riskplug.extend.per_part import MAX_ROWS, Finding, NoOptions, per_part
from riskplug.extend.protocols import ScanContext
from riskplug.rules import Rule, load_rules
from riskplug.rules.kinds import _asked, _need_known, assess

ROOT = Path(__file__).parents[1]
CONTEXT = ScanContext("bench", date(2025, 4, 28), "EUR", 365)
RULE = "schema: riskplug.rules/1\nrules:\n  - {id: one, title: One, grain: part, kind: single_origin, options: {}}\n"
GOAL_PCT = 2.0


def facts_of(rows: int, share: float) -> pd.DataFrame:
    """Part facts with every column filled, as a company has them; a share of them hangs on one country."""
    random = np.random.default_rng(7)
    known: dict[str, Any] = {
        fact.name: pd.Categorical.from_codes(random.integers(0, len(fact.choices), rows), dtype=dtype_of(fact))
        if fact.type == "choice"
        else random.random(rows)
        for fact in GRAINS["part"].columns
        if fact.type not in ("text", "country", "date", "flag")
    }
    known |= {
        "part_no": pd.Series([f"P-{n:07d}" for n in range(rows)], dtype="str"),
        "site": pd.Series(["S1"] * rows, dtype="str"),
        "owner": pd.Series(["Ida"] * rows, dtype="str"),
        "materials": pd.Series(["Dy, Nd"] * rows, dtype="str"),
        "procurement": pd.Categorical(["buy"] * rows, dtype=dtype_of(GRAINS["part"]["procurement"])),
        "origin_country": pd.Series(["CN"] * rows, dtype="str"),
        "top_origin_share_pct": np.where(random.random(rows) < share, 100.0, 60.0),
    }
    return frame(GRAINS["part"], known, rows)


def rule_of(isolation: str) -> Rule:
    """The rule over the shipped kind, in the scan's own process or apart."""
    host = PluginHost.load(Choice())
    module = sys.modules["riskplug_plugins.single_origin"]
    place = Place(module.__name__, str(module.__file__))
    care = replace(Care("single_origin", "bench", place), isolation=isolation, max_findings=10**9)  # type: ignore[arg-type]
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "r.yaml").write_text(RULE)
        return load_rules([Path(folder)], GRAINS, host.rule_kinds(), cares={"single_origin": care})["one"]


def best(rounds: int, work: Callable[[], object]) -> float:
    """Seconds of the quickest round."""
    seconds = []
    for _ in range(rounds):
        started = time.perf_counter()
        work()
        seconds.append(time.perf_counter() - started)
    return min(seconds)


def steps(rule: Rule, facts: dict[str, pd.DataFrame], rounds: int) -> dict[str, float]:
    """Seconds of each step of a guarded call, and of the whole."""
    assert rule.kind is not None
    kind, asked, needs = rule.kind(rule.options), _asked(rule, facts), needs_of(rule.kind)
    given = kind.assess({"facts.part": facts["part"]}, CONTEXT)
    plain = plain_findings(given, asked)

    def lend() -> None:
        with lent({"facts.part": facts["part"]}, needs):
            pass

    return {
        "bare": best(rounds, lambda: kind.assess({"facts.part": facts["part"]}, CONTEXT)),
        "lent": best(rounds, lend),
        "contract": best(rounds, lambda: plain_findings(given, asked)),
        "keys": best(rounds, lambda: _need_known(plain, rule, facts)),
        "whole": best(rounds, lambda: assess(rule, {}, facts, CONTEXT)),
        "findings": float(len(given)),
    }


def copies(part: pd.DataFrame) -> Iterator[str]:
    """A deep copy of the whole fact table beside lending it: time, and memory of numpy's (texts are never copied)."""

    def lend() -> object:
        return contextlib.ExitStack().enter_context(lent({"x": part}, {"x": None}))

    for name, work in (("deep copy", lambda: part.copy()), ("lent", lend)):
        seconds = best(3, work)
        tracemalloc.start()
        kept = work()
        taken = tracemalloc.get_traced_memory()[1] / 1e6
        tracemalloc.stop()
        del kept
        yield f"  {name:<10} {seconds * 1000:8.1f} ms   {taken:8.1f} MB"


def one_by_one(rounds: int) -> Iterator[str]:
    """Rows per second of a check of single parts, and of the same rule over columns."""
    part = facts_of(MAX_ROWS, 0.03)[["part_no", "site", "top_origin_share_pct"]]

    def check(row: Any, context: ScanContext) -> Finding | None:
        """Parts from one country."""
        if row.top_origin_share_pct is None or row.top_origin_share_pct < 99.99:
            return None
        return Finding("warning", f"{row.part_no}: one country", row.top_origin_share_pct)

    def over_columns() -> pd.DataFrame:
        hit = part[part["top_origin_share_pct"] >= 99.99]
        said = hit["part_no"] + ": one country"
        return hit[["part_no", "site"]].assign(severity="warning", message=said, metric=hit["top_origin_share_pct"])

    single: Any = per_part("one_by_one", ("top_origin_share_pct",))(check)(NoOptions())
    assert len(single.assess({"facts.part": part}, CONTEXT)) == len(over_columns())
    ways = {"per_part": lambda: single.assess({"facts.part": part}, CONTEXT), "over columns": over_columns}
    for name, work in ways.items():
        seconds = best(rounds, work)
        yield f"  {name:<13} {seconds * 1000:8.1f} ms   {len(part) / seconds:14,.0f} rows a second"


def sample_scan() -> float:
    """Seconds of the whole command on Sample Drives, nothing written or sent."""
    started = time.perf_counter()
    command = [sys.executable, "-m", "riskplug", "scan", "--dry-run", "-w", str(ROOT)]
    subprocess.run(command, check=True, capture_output=True)
    return time.perf_counter() - started


def sample_guard(rounds: int) -> float:
    """Seconds that the guard takes of a sample scan: the kind guarded less bare, on as many parts as the sample has."""
    found = steps(rule_of("none"), {"part": facts_of(200, 0.15)}, rounds)
    return found["whole"] - found["bare"]


def main() -> None:
    """Measure and print."""
    words = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    words.add_argument("--rows", type=int, default=1_000_000)
    words.add_argument("--share", type=float, default=0.03)
    words.add_argument("--rounds", type=int, default=3)
    words.add_argument("--no-scan", action="store_true")
    chosen = words.parse_args()
    facts = {"part": facts_of(chosen.rows, chosen.share)}
    found = steps(rule_of("none"), facts, chosen.rounds)
    guard = found["lent"] + found["contract"] + found["keys"]
    print(f"{chosen.rows:,} part rows, {len(GRAINS['part'].names)} columns, {found['findings']:,.0f} findings")
    print(f"  bare kind              {found['bare'] * 1000:8.1f} ms")
    print(f"  frames lent            {found['lent'] * 1000:8.1f} ms")
    print(f"  held to the contract   {found['contract'] * 1000:8.1f} ms   (evidence as JSON is half of it)")
    print(f"  keys known             {found['keys'] * 1000:8.1f} ms")
    print(f"  guarded, as in a scan  {found['whole'] * 1000:8.1f} ms   guard / bare = {guard / found['bare']:.2f}")
    apart = best(1, lambda: assess(rule_of("process"), {}, facts, CONTEXT))
    print(f"  in its own process     {apart * 1000:8.1f} ms")
    print("the whole fact table")
    for line in copies(facts["part"]):
        print(line)
    print("one part at a time, on the most rows that may be")
    for line in one_by_one(chosen.rounds):
        print(line)
    if not chosen.no_scan:
        whole, small = sample_scan(), sample_guard(chosen.rounds)
        own = best(1, lambda: assess(rule_of("process"), {}, {"part": facts_of(200, 0.15)}, CONTEXT))
        print(
            f"sample scan {whole:.1f} s; guard {small * 1000:.1f} ms = {100 * small / whole:.2f} % (goal {GOAL_PCT} %)"
        )
        print(f"a rule in a process of its own adds {own:.2f} s = {100 * own / whole:.1f} % of it")


if __name__ == "__main__":
    main()
