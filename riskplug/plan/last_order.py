"""What to order by when, for many parts at once; `replenishment.py` and `advice.py` have it for one."""

from datetime import date

import numpy as np
import numpy.typing as npt
import pandas as pd

from riskplug.plan.calendar import WorkCalendars, dates_of
from riskplug.plan.coverage import lots
from riskplug.plan.inputs import Inputs
from riskplug.plan.lead_times import Terms, terms
from riskplug.plan.ledger import Ledger
from riskplug.plan.netting import Walked
from riskplug.plan.nodes import Flags, Floats, Ints, Master
from riskplug.plan.result import Plan
from riskplug.plan.runway import CODE, Runways

Dates = npt.NDArray[np.datetime64]


def order_columns(read: Inputs, ledger: Ledger, needs: Terms, restricted: Runways, walked: Walked) -> dict[str, object]:
    """``last_order_date`` and ``advised_order_quantity`` per node, under the restricted policy.

    ``needs``: of any quantity; ``restricted``: by node; ``walked``: by place. Nothing is advised where the runway, or a
    safety stock to keep, is unknown; nobody orders a phantom. Worked: 60 lacking at the deepest, at least 100, in
    fifties: 100.
    """
    site, master, nodes = read.index.site, read.master, np.arange(len(read))
    lacking = walked.lacking[np.argsort(ledger.structure.nodes)]
    unknown: Flags = (restricted.state == CODE["unknown"]) | (ledger.to_safety & np.isnan(ledger.safety))
    quantity = lots(lacking, master.number("min_order_qty"), master.number("order_multiple"))
    needs, no_licence = needs.ordering(quantity, master), np.zeros(len(read))
    return {
        "last_order_date": last_orders(needs, nodes, site, read.calendars, restricted.first, no_licence, read.on),
        "advised_order_quantity": np.where(unknown | ledger.phantom, np.nan, quantity),
    }


def last_orders_with_licence(rows: pd.DataFrame, planned: Plan) -> Dates:
    """The last day to order, licence applied for on the same day, per row of part_no, site, licence_days; NaT unknown.

    As the last order of one part: goods leave with the licence, so its days come before the delivery.
    """
    index, ledger = planned.index, planned.ledger
    node = index.nodes_of(rows)
    first = np.where(node >= 0, planned.runways["restricted"].first[node], -1)
    ordered = planned.parts["advised_order_quantity"].to_numpy(dtype=float)
    needs = terms(index, Master.of(index, planned.tables["parts"]), planned.tables["sourcing"], planned.on, ordered)
    licence = rows["licence_days"].to_numpy(dtype=float)
    return last_orders(needs, node, index.site[node], ledger.calendars, first, licence, planned.on)


def last_orders(
    needs: Terms, node: Ints, site: Ints, calendars: WorkCalendars, first: Ints, licence: Floats, on: date
) -> Dates:
    """First uncovered day less goods receipt, delivery, licence and purchasing, counted back on the site's calendar.

    NaT where nothing runs out (``first`` below zero) and where delivery or ``licence`` days are unknown. Where
    purchasing takes time it is a working day: an order of Sunday is worked on no sooner than one of Friday.
    """
    known = (first >= 0) & ~np.isnan(needs.delivery[node]) & ~np.isnan(licence)
    day, at = np.full(len(node), 0, dtype=np.int64), np.flatnonzero(known)
    site, node = site[at], node[at]
    purchasing, receiving, made = needs.purchasing[node], needs.receiving[node], needs.made[node]
    delivery = np.ceil(needs.delivery[node]).astype(np.int64)
    delivered = calendars.before_work(site, np.asarray(first[at], dtype=np.int64), receiving)
    ready = np.where(made, calendars.before_work(site, delivered, delivery * made), delivered - delivery)
    ordered = calendars.before_work(site, ready - np.ceil(licence[at]).astype(np.int64), purchasing)
    day[at] = np.where(purchasing > 0, calendars.at_work(site, ordered), ordered)
    return dates_of(day, known, on)
