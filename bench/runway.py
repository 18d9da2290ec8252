"""Netting a company through ten levels, in one run: riskplug, plain pandas, and a walk over events in Python.

``python bench/runway.py [--parts N] [--sample N] [--rounds N]``; a million parts, two million demand rows over 26 weeks
and half a million open orders unless told. riskplug's part is the whole plan stage: four receipt policies, dates,
chances, reasons. pandas nets one of them level by level with merges, groupby and running sums; the Python walk nets the
same one part after the other, day after day, on a small company of the same shape, and is scaled up by parts. All three
must give the same days for every part. Each runs in a process of its own; the peak is that of the process, the company
included. Exits 1 when days differ.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd

sys.path[:0] = [str(Path(__file__).parents[1]), str(Path(__file__).parent)]

from company import HORIZON, LEVELS, ON, Company, company, workspace  # noqa: E402
from kept import Figure, keep, wants_json  # noqa: E402
from reading import peak_mb  # noqa: E402

POLICY = "all"


def riskplug(one: Company) -> np.ndarray:
    """The plan stage; days per part, NaN where nothing runs out."""
    from riskplug.plan import plan

    found = plan(one.tables, one.graph, workspace=workspace(), on=ON, stopped=one.stopped, absent_stock={"erp": "zero"})
    return found.parts[f"{POLICY}_runway_days"].to_numpy()


def work_days() -> np.busdaycalendar:
    import holidays

    known = holidays.country_holidays("DE", years=range(ON.year, ON.year + 2))
    return np.busdaycalendar(holidays=[np.datetime64(day, "D") for day in known])


def earlier(day: np.ndarray, work: np.ndarray, calendar: np.busdaycalendar) -> np.ndarray:
    """Days that many working days before others, not before today."""
    start = np.datetime64(ON, "D")
    moved = (np.busday_offset(start + day, -work, roll="forward", busdaycal=calendar) - start).astype(int)
    return np.where(work == 0, day, np.maximum(moved, 0))


def pandas_levels(one: Company) -> np.ndarray:
    """Level by level with frames, as one would write it down."""
    calendar, days = work_days(), np.full(len(one.level), np.nan)
    asked = [one.demand]
    supply = pd.concat([pd.DataFrame({"part": np.arange(len(one.stock)), "day": 0, "quantity": one.stock}), one.orders])
    for level in range(LEVELS):
        every = pd.concat(asked, ignore_index=True)
        here = one.level[every["part"]] == level
        gross = every[here].groupby(["part", "day"], as_index=False)["quantity"].sum()
        asked = [every[~here]]
        came = supply[one.level[supply["part"]] == level].groupby(["part", "day"], as_index=False)["quantity"].sum()
        rows = came.merge(gross, on=["part", "day"], how="outer", suffixes=("_in", "_out")).fillna(0.0)
        rows = rows.sort_values(["part", "day"])
        rows["balance"] = (rows["quantity_in"] - rows["quantity_out"]).groupby(rows["part"]).cumsum()
        moved = (rows["quantity_in"] + rows["quantity_out"]).groupby(rows["part"]).transform("sum")
        rows.loc[rows["balance"].abs() <= 1e-9 * moved, "balance"] = 0.0
        first = rows[rows["balance"] < 0].drop_duplicates("part")
        covered = (first["balance"] + first["quantity_out"]) / first["quantity_out"]
        days[first["part"]] = np.where(first["day"] == 0, 0.0, first["day"] - 1 + covered.clip(0, 1))
        shortage = (-rows["balance"]).clip(lower=0).groupby(rows["part"]).cummax()
        rows["net"] = shortage - shortage.groupby(rows["part"]).shift(fill_value=0.0)
        net = rows.loc[rows["net"] > 0, ["part", "day", "net"]]
        below = net.merge(one.edges, left_on="part", right_on="parent")
        needed = earlier(below["day"].to_numpy(), one.lead[below["parent"]], calendar)
        asked.append(
            pd.DataFrame(
                {"part": below["component"], "day": needed, "quantity": (below["net"] * below["quantity"]).to_numpy()}
            )
        )
    return days


def python_walk(one: Company) -> np.ndarray:
    """Every part day by day, products first."""
    calendar, days = work_days(), np.full(len(one.level), np.nan)
    events: list[dict[int, list[float]]] = [defaultdict(lambda: [0.0, 0.0]) for _ in one.level]
    for part, stock in enumerate(one.stock.tolist()):
        events[part][0][0] += stock
    for side, rows in enumerate((one.orders, one.demand)):
        for part, day, quantity in rows[["part", "day", "quantity"]].itertuples(index=False):
            events[part][day][side] += quantity
    below: dict[int, list[tuple[int, float]]] = defaultdict(list)
    for parent, component, quantity in one.edges.itertuples(index=False):
        below[parent].append((component, quantity))
    back = [[int(earlier(np.array(d), np.array(w), calendar)) for d in range(HORIZON + 1)] for w in range(6)]
    for part, mine in enumerate(events):
        balance = deepest = 0.0
        for day in sorted(mine):
            came, wanted = mine[day]
            balance += came - wanted
            if balance < -1e-6:
                if deepest == 0.0:
                    covered = min(max((balance + wanted) / wanted, 0.0), 1.0)
                    days[part] = day - 1 + covered if day else 0.0
                if -balance - deepest > 1e-6:
                    for component, quantity in below[part]:
                        events[component][back[one.lead[part]][day]][1] += quantity * (-balance - deepest)
                    deepest = -balance
    return days


CONTENDERS: dict[str, Callable[[Company], np.ndarray]] = {
    "riskplug": riskplug,
    "pandas": pandas_levels,
    "python": python_walk,
}


def measure(name: str, parts: int, result: Path) -> None:
    """In the child: days into a file, figures on stdout."""
    one = company(parts)
    CONTENDERS[name](company(1000))  # imports and calendars are nobody's netting
    started, worked = time.perf_counter(), time.process_time()
    days = CONTENDERS[name](one)
    told = {"seconds": time.perf_counter() - started, "cpu": time.process_time() - worked, "peak_mb": peak_mb()}
    np.save(result, days)
    print(json.dumps({**told, "short": int((~np.isnan(days)).sum())}))


def run(name: str, parts: int, result: Path) -> dict[str, float]:
    command = [sys.executable, __file__, "--only", name, "--parts", str(parts), "--result", str(result)]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    return json.loads(done.stdout.splitlines()[-1])


def same(one: Path, other: Path) -> bool:
    a, b = np.load(one), np.load(other)
    return bool((np.isnan(a) == np.isnan(b)).all() and np.allclose(a, b, atol=1e-6, equal_nan=True))


def compare(parts: int, sample: int, rounds: int, name: str | None) -> int:
    with tempfile.TemporaryDirectory() as folder:
        at = {name: Path(folder, f"{name}.npy") for name in ("riskplug", "pandas", "small", "python")}
        turns = [(run("riskplug", parts, at["riskplug"]), run("pandas", parts, at["pandas"])) for _ in range(rounds)]
        ours, plain = (sorted((t[n] for t in turns), key=lambda r: r["seconds"])[(rounds - 1) // 2] for n in (0, 1))
        run("riskplug", sample, at["small"])
        walked = run("python", sample, at["python"])
        agree = {"pandas": same(at["riskplug"], at["pandas"]), "python": same(at["small"], at["python"])}
    scaled = walked["seconds"] * parts / sample
    print(
        f"{parts:,} parts, {2 * parts:,} demand rows, {parts // 2:,} orders, {LEVELS} levels; {ours['short']:,} run out"
    )
    print(f"  riskplug, four policies  {ours['seconds']:8.1f} s {ours['cpu']:8.1f} s CPU {ours['peak_mb']:8.0f} MB")
    print(f"  pandas, one policy       {plain['seconds']:8.1f} s {plain['cpu']:8.1f} s CPU {plain['peak_mb']:8.0f} MB")
    print(
        f"  Python, one policy       {scaled:8.1f} s, extrapolated from {walked['seconds']:.1f} s for {sample:,} parts"
    )
    print(f"  time / pandas {ours['seconds'] / plain['seconds']:8.2f}")
    print(f"  time / Python {ours['seconds'] / scaled:8.2f}")
    print(f"  seconds  {ours['seconds']:8.1f}  wanted <= 20    {'yes' if ours['seconds'] <= 20 else 'NO'}")
    print(f"  peak, MB {ours['peak_mb']:8.0f}  wanted <= 3,000 {'yes' if ours['peak_mb'] <= 3000 else 'NO'}")
    for other, equal in agree.items():
        print(f"  days of riskplug and {other} {'agree' if equal else 'DIFFER'}")
    told = [
        Figure("four policies", ours["seconds"], "s", 20),
        Figure("four policies, processor", ours["cpu"], "s"),
        Figure("peak of memory", ours["peak_mb"], "MB", 3000),
        Figure("one policy", plain["seconds"], "s", of="pandas"),
        Figure("one policy, processor", plain["cpu"], "s", of="pandas"),
        Figure("processor / pandas", ours["cpu"] / plain["cpu"], "times"),
        Figure("time / Python", ours["seconds"] / scaled, "times"),
    ]
    keep(name, "runway", {"parts": parts, "demand rows": 2 * parts, "orders": parts // 2}, told)
    return 0 if all(agree.values()) else 1


def main() -> int:
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--parts", type=int, default=1_000_000)
    asked.add_argument("--sample", type=int, default=20_000)
    asked.add_argument("--rounds", type=int, default=3)
    asked.add_argument("--only", choices=CONTENDERS)
    asked.add_argument("--result", type=Path)
    wants_json(asked)
    told = asked.parse_args()
    if told.only:
        measure(told.only, told.parts, told.result)
        return 0
    return compare(told.parts, told.sample, told.rounds, told.json)


if __name__ == "__main__":
    sys.exit(main())
