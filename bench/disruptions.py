"""A thousand disruptions of the sample company beside the same linear programme built anew for each.

``python bench/disruptions.py [--count N] [--sample N]``. Each disruption takes away one to eight bought parts: seeded.
riskplug's part is what a scan does: the touched part, days of every product, loss and cheapest buffer over 120 days,
with open orders, answers shared between disruptions. The plain way writes time to survive and loss over the whole
company as two programmes for ``scipy.optimize.linprog``, without open orders or buffer; it runs on a sample and is
scaled up. Of the sample, without open orders, both must give the same days and the same loss. Exits 1 when they do not.
CPU time stands beside the clock: the machine may be shared.
"""

import argparse
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT)]

from scipy import sparse  # noqa: E402
from scipy.optimize import linprog  # noqa: E402

from riskplug import workspace  # noqa: E402
from riskplug.analysis import analyse  # noqa: E402
from riskplug.cli.options import open_plugins  # noqa: E402
from riskplug.extend.protocols import ScanContext  # noqa: E402
from riskplug.facts.disruptions import Ordeals  # noqa: E402
from riskplug.plan.chain import Chain  # noqa: E402
from riskplug.plan.disruption import Disruption  # noqa: E402
from riskplug.plan.loss import loss_over_recovery  # noqa: E402
from riskplug.plan.outcome import Asked, work_out  # noqa: E402
from riskplug.plan.survive import lasts  # noqa: E402
from riskplug.plan.touched import pieces  # noqa: E402
from riskplug.scan import read_exports  # noqa: E402
from riskplug.stages import Stages  # noqa: E402

SEED = 20250428
RECOVERY_DAYS = 120.0
CLOSE = 1e-5
NONE = np.zeros(0, dtype=bool)


def sample() -> Ordeals:
    """The disruptions of the sample company's night, ready to be worked out."""
    opened = workspace.load(ROOT)
    host = open_plugins(opened)
    snapshot = read_exports(opened, host, None, clock=lambda: datetime.now(UTC))
    context = ScanContext("bench", snapshot.business_date, "EUR", opened.workspace.horizon_days)
    return analyse(snapshot, workspace=opened, host=host, context=context, stages=Stages()).ordeals


def drawn(ordeals: Ordeals, count: int) -> list[Disruption]:
    """Disruptions of one to eight bought parts; none of their open orders come."""
    rng = np.random.default_rng(SEED)
    chain, bought = ordeals.asked.chain, ordeals.supply.links.bought
    pool = bought[bought >= 0]
    node = chain.receipts["node"].to_numpy()
    found = []
    for number in range(count):
        lost = np.zeros(len(chain), dtype=bool)
        lost[rng.choice(pool, rng.integers(1, 9), replace=False)] = True
        nothing = np.zeros(len(chain), dtype=bool)
        found.append(Disruption("supplier", str(number), lost, nothing, lost[node]))
    return found


@dataclass(frozen=True)
class Timed:
    """Days of the first stop and least loss per disruption; seconds on the clock and of the processor."""

    answers: list[tuple[float, float]]
    seconds: float
    cpu: float


def timed(answer: object, disruptions: Sequence[Disruption]) -> Timed:
    clock, cpu = time.perf_counter(), time.process_time()
    answers = [answer(one) for one in disruptions]  # type: ignore[operator]
    return Timed(answers, time.perf_counter() - clock, time.process_time() - cpu)


def riskplug(asked: Asked, one: Disruption) -> tuple[float, float]:
    found = work_out(asked, one, RECOVERY_DAYS)
    if found is None or found.loss is None:
        raise RuntimeError("nothing of the sample is too large")
    days = found.survival.products["days"].min()
    return float(np.nan_to_num(days, nan=asked.horizon_days)), float(found.loss.products["lost_value"].sum())


def first_only(asked: Asked, one: Disruption) -> tuple[float, float]:
    """What the plain way says and no more: the first stop and the loss."""
    found = list(pieces(asked.chain, one))
    days = [lasts(piece, asked.horizon_days, asked.solved)[1] for piece in found]
    loss = loss_over_recovery(asked.chain, one, RECOVERY_DAYS, found, asked.solved)
    first = min((day for day in days if not np.isnan(day)), default=asked.horizon_days)
    return first, float(loss.products["lost_value"].sum())


def plainly(chain: Chain, horizon: float, one: Disruption) -> tuple[float, float]:
    """Both programmes of the source over all nodes, rows and bounds written anew."""
    size, rows = len(chain), len(chain.needs)
    parent, component = (chain.needs[name].to_numpy() for name in ("parent", "component"))
    group, first = np.unique(chain.needs["group"].to_numpy(), return_index=True)
    number = np.searchsorted(group, chain.needs["group"].to_numpy())
    quantity = chain.needs["quantity"].to_numpy(dtype=float)
    used = sparse.coo_array((quantity, (component, np.arange(rows))), shape=(size, rows))
    made = sparse.coo_array((np.ones(len(group)), (np.arange(len(group)), parent[first])), shape=(len(group), size))
    served = sparse.coo_array((-np.ones(rows), (number, np.arange(rows))), shape=(len(group), rows))
    base = sparse.block_array([[-sparse.eye_array(size), used], [made, served]], format="csr")
    stock = np.nan_to_num(np.maximum(chain.stock, 0.0))
    upper = [(0.0, 0.0) if lost else (0.0, None) for lost in one.lost] + [(0.0, None)] * rows
    asked = sparse.csr_array(np.append(chain.demand_per_day, np.zeros(len(group)))[:, None])
    right = np.append(stock, np.zeros(len(group)))
    goal = np.append(np.zeros(size + rows), -1.0)
    days = linprog(goal, A_ub=sparse.hstack([base, asked]), b_ub=right, bounds=[*upper, (0.0, horizon)], method="highs")
    sold = np.flatnonzero(chain.demand_per_day)
    ease = sparse.coo_array((-np.ones(len(sold)), (sold, np.arange(len(sold)))), shape=(size + len(group), len(sold)))
    short = right - np.append(chain.demand_per_day * RECOVERY_DAYS, np.zeros(len(group)))
    goal = np.append(np.zeros(size + rows), np.nan_to_num(chain.margin[sold]))
    most = [*upper, *((0.0, value) for value in chain.demand_per_day[sold] * RECOVERY_DAYS)]
    loss = linprog(goal, A_ub=sparse.hstack([base, ease]), b_ub=short, bounds=most, method="highs")
    return (0.0 if days.status == 2 else float(days.x[-1])), float(loss.fun)


def same(one: Sequence[tuple[float, float]], other: Sequence[tuple[float, float]]) -> bool:
    """Whether days and losses agree; vacuous days of unknown stock are zero in the plain way."""
    ours, plain = np.array(one), np.array(other)
    known = plain[:, 0] > CLOSE
    days = np.allclose(ours[known, 0], plain[known, 0], rtol=CLOSE)
    return bool(days and np.allclose(ours[:, 1], plain[:, 1], rtol=CLOSE, atol=1.0))


def main() -> int:
    options = argparse.ArgumentParser(description="Disruptions, beside a programme built anew for each")
    options.add_argument("--count", type=int, default=1000)
    options.add_argument("--sample", type=int, default=40)
    told = options.parse_args()
    ordeals = sample()
    chain = ordeals.asked.chain
    disruptions = drawn(ordeals, told.count)
    print(f"{len(chain)} parts, {len(chain.needs)} needs, {len(chain.receipts)} open orders, {told.count} disruptions")
    asked = Asked(chain, ordeals.asked.horizon_days, ordeals.asked.unit_cost)
    ours = timed(lambda one: riskplug(asked, one), disruptions)
    bare = replace(chain, receipts=chain.receipts.iloc[:0])
    few = [replace(one, receipts_lost=NONE) for one in disruptions[: told.sample]]
    plain = timed(lambda one: plainly(bare, asked.horizon_days, one), few)
    factor = told.count / len(few)
    print(f"riskplug  {ours.seconds:8.1f} s {ours.cpu:8.1f} s CPU  days of every product, loss and buffer, open orders")
    bare_asked = Asked(bare, asked.horizon_days, asked.unit_cost)
    first = timed(lambda one: first_only(bare_asked, one), [replace(one, receipts_lost=NONE) for one in disruptions])
    print(f"          {first.seconds:8.1f} s {first.cpu:8.1f} s CPU  of it first stop and loss alone, no open orders")
    print(
        f"linprog   {plain.seconds * factor:8.1f} s {plain.cpu * factor:8.1f} s CPU  "
        f"first stop and loss, extrapolated from {plain.seconds:.1f} s for {len(few)}"
    )
    equal = same(first.answers[: len(few)], plain.answers)
    print("of the sample both say the same" if equal else "the answers differ")
    return 0 if equal else 1


if __name__ == "__main__":
    sys.exit(main())
