"""What looks wrong in the data of a part, and how it was counted: the column `data_warning`."""

from collections.abc import Callable, Iterator

import numpy as np
import pandas as pd

from riskplug.plan.calendar import day_numbers
from riskplug.plan.doubts import SHARES, TOO_MUCH
from riskplug.plan.inputs import Inputs
from riskplug.plan.ledger import Ledger
from riskplug.plan.nodes import Flags, Floats, Ints, chosen_texts, in_base_units
from riskplug.plan.stock import is_usable

_OVERDUE = {"ignore": "not counted", "keep": "counted today", "slip": "expected {} days from today"}


def data_warnings(read: Inputs, ledger: Ledger) -> pd.Series:
    """Per node the warnings in words, separated by semicolons; missing where there is none."""
    size = len(read)
    found = [
        *_stock(read),
        *_said(ledger.stock.on_phantom, _on_phantom),
        *((np.array(list(said), dtype=np.intp), list(said.values())) for said in (read.aside, read.orders_aside)),
        *_late_demand(read, ledger),
        *_receipts(read, ledger),
        *_said(
            np.bincount(ledger.production.not_released, minlength=size),
            lambda n: f"{n:.12g} production order(s) not released, so not counted",
        ),
        *_orders(read, ledger),
        *_shares(read),
        *_said(
            np.where(_hides_production_time(read, ledger), 1.0, 0.0),
            lambda n: "production time unknown: components are asked for on the day of its own need",
        ),
        *_said(
            np.where(ledger.basis.averaged & ledger.means.uncorrected, 1.0, 0.0),
            lambda n: "average consumption not corrected for days without stock",
        ),
        *_said(
            ledger.not_out,
            lambda n: f"{n:.12g} in transit not known to have left its country: not counted under restricted",
        ),
    ]
    texts: dict[int, str] = {}
    # sentences for people, of the parts that something is wrong with
    for nodes, words in found:
        for node, word in zip(nodes.tolist(), words, strict=True):
            texts[node] = f"{texts[node]}; {word}" if node in texts else word
    code = np.full(size, -1)
    code[list(texts)] = np.arange(len(texts))
    return chosen_texts(list(texts.values()), code)


def _said(amount: Floats | Ints, text: Callable[[float], str]) -> Iterator[tuple[Ints, list[str]]]:
    """The nodes with an amount other than zero, and what is said of each."""
    nodes = np.flatnonzero(amount)
    yield nodes, [text(float(amount[node])) for node in nodes]


def _stock(read: Inputs) -> Iterator[tuple[Ints, list[str]]]:
    inventory = read.tables["inventory"]
    below = inventory[(inventory["quantity"] < 0).to_numpy()]
    below = below[is_usable(below, read.policy.usable_stock, read.on)]
    node = read.index.nodes_of(below)
    below, node = below[node >= 0], node[node >= 0]
    quantity = np.nan_to_num(in_base_units(below["quantity"], below["unit"], node, read.master))
    yield from _said(np.bincount(node, quantity, minlength=len(read)), lambda n: f"negative stock of {n:.12g}")


def _on_phantom(quantity: float) -> str:
    amount = "stock of unknown quantity" if np.isnan(quantity) else f"stock of {quantity:.12g}"
    return f"{amount} on a phantom: not counted, its components are asked for all the same"


def _late_demand(read: Inputs, ledger: Ledger) -> Iterator[tuple[Ints, list[str]]]:
    asked, dates = ledger.demand, read.tables["demand"]["date"]
    at = np.flatnonzero((asked.row >= 0) & (asked.day == 0))
    late = at[(dates.iloc[asked.row[at]] < pd.Timestamp(read.on)).to_numpy()]
    total = np.bincount(asked.node[late], asked.quantity[late], minlength=len(read))
    yield from _said(total, lambda n: f"{n:.12g} needed before today counts today")


def _orders(read: Inputs, ledger: Ledger) -> Iterator[tuple[Ints, list[str]]]:
    made, size = ledger.production, len(read)
    yield from _said(
        np.bincount(made.node[~made.credited], minlength=size),
        lambda n: f"{n:.12g} production order(s) ignored whole: their components are not asked for either",
    )
    orders = read.tables["production_orders"].iloc[made.row]
    turned = (orders["start_date"] > orders["finish_date"]).to_numpy(dtype=bool)
    yield from _said(
        np.bincount(made.node[turned], minlength=size),
        lambda n: f"{n:.12g} production order(s) start after their finish",
    )


def _shares(read: Inputs) -> Iterator[tuple[Ints, list[str]]]:
    """Components of alternates that are not fully shared out, where they run out as well as where they do not."""
    problems = read.problems
    rows = problems[problems["reason"].astype("str").str.startswith(SHARES)].drop_duplicates(["component", "site"])
    node = read.index.nodes_of(rows.assign(part_no=rows["component"]))
    reason = rows["reason"].astype("str")
    limit = np.where(
        reason.str.endswith(TOO_MUCH), ", so its days are a lower limit", ", so its days are an upper limit"
    )
    texts: pd.Series = "line of " + rows["part_no"].astype("str") + ": " + reason + limit
    yield node[node >= 0], texts[node >= 0].tolist()


def _hides_production_time(read: Inputs, ledger: Ledger) -> Flags:
    asks = np.zeros(len(read), dtype=bool)
    asks[ledger.structure.nodes] = ledger.structure.hands_down
    minutes, days = (read.master.number(name) for name in ("minutes_per_unit", "lead_time_days"))
    return asks & ~ledger.phantom & np.isnan(minutes) & np.isnan(days)


def _receipts(read: Inputs, ledger: Ledger) -> Iterator[tuple[Ints, list[str]]]:
    orders, made, policy, size = read.tables["purchase_orders"], ledger.production, read.policy, len(read)
    bought = read.index.nodes_of(orders)
    finish = read.tables["production_orders"]["finish_date"].iloc[made.row]
    dates = pd.concat([orders["confirmed_date"].fillna(orders["due_date"]), finish])
    node = np.concatenate([bought, made.node])
    day, dated = day_numbers(dates, read.on)
    rule, _, slip = policy.overdue_receipts.partition(":")
    late, undated = (node >= 0) & dated & (day < 0), (node >= 0) & ~dated
    how = _OVERDUE[rule].format(slip)
    yield from _said(np.bincount(node[late], minlength=size), lambda n: f"{n:.12g} receipt(s) overdue: {how}")
    waits = ~np.isnan(ledger.undated_after) & (policy.undated_receipts == "lead_time")
    count = np.bincount(node[undated], minlength=size)
    yield from _said(count * ~waits, lambda n: f"{n:.12g} receipt(s) without a date: not counted")
    zero = waits & (ledger.undated_after == 0)
    yield from _said(count * zero, lambda n: f"{n:.12g} receipt(s) without a date: today, the lead time is 0")
    yield from _said(count * (waits & ~zero), lambda n: f"{n:.12g} receipt(s) without a date: after the lead time")
