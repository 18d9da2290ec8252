"""The supply chain of a company on the night: what its parts need, have, sell and are waiting for."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from riskplug.model import BomGraph
from riskplug.plan.chain import RECEIPT_COLUMNS, Chain
from riskplug.plan.ledger import Ledger
from riskplug.plan.needs import Links, links
from riskplug.plan.nodes import Flags, Floats, Ints, Master


@dataclass(frozen=True)
class SupplyChain:
    """``chain`` over the nodes of ``links``. ``order_row``: per receipt, its position in the table of purchase orders,
    -1 for a released production order and for one that stands for receipts of unknown quantity. ``made``: which of
    them are production orders.
    """

    chain: Chain
    links: Links
    order_row: Ints
    made: Flags

    def per_node(self, values: Floats) -> Floats:
        """A value per node of the graph as one per node of the chain, NaN for alternates of unknown quantity."""
        return np.where(self.links.vague, np.nan, values[self.links.of])


def supply_chain(
    graph: BomGraph, ledger: Ledger, master: Master, required: Floats, margin: Floats, unlisted: Flags
) -> SupplyChain:
    """Stock, demand and receipts as the plan counts them; whatever is not lost can be had without limit.

    What released production orders ask of a component is taken from its stock at once, and their goods come on their
    day. Demand a day is the independent demand of the horizon spread evenly over it, unknown where a quantity is, and
    where ``unlisted``: sold parts of a site without any list of demand. Per node of the graph, ``margin``: money lost
    with a unit, ``required``: all requirement of the horizon. Receipts are all open orders with a day, whether or not a
    measure stops them: disruptions say what they take.
    """
    known = links(graph, master, required)
    size = len(graph.level)
    own = np.arange(len(known)) < size
    demand = ledger.demand.only(ledger.demand.order < 0)
    sold = np.bincount(demand.node, demand.quantity, minlength=size) / ledger.horizon
    sold[list(demand.reasons)] = np.nan
    sold = np.where(unlisted, np.nan, np.where(sold < 0, 0.0, sold))
    receipts, order_row, made = _receipts(ledger, known)
    chain = Chain(
        known.needs,
        np.where(own, _free(ledger)[known.of], 0.0),
        np.where(own, sold[known.of], 0.0),
        np.where(own, margin[known.of], np.nan),
        np.where(known.vague, np.nan, np.inf),
        known.partial,
        receipts,
    )
    return SupplyChain(chain, known, order_row, made)


def _free(ledger: Ledger) -> Floats:
    """Stock less what released production orders have reserved; NaN unknown, and below zero only what was booked so."""
    demand, stock = ledger.demand, ledger.stock.on_hand
    reserved = np.bincount(demand.node, demand.quantity * (demand.order >= 0), minlength=len(stock))
    return np.where(stock >= 0, np.maximum(stock - reserved, 0.0), stock)


def _receipts(ledger: Ledger, known: Links) -> tuple[pd.DataFrame, Ints, Flags]:
    """Dated receipts, those of purchase orders at what is bought; one without a quantity where that is unknown."""
    arrivals = ledger.arrivals
    unclear = np.array(sorted(arrivals.reasons), dtype=np.intp)
    node = np.concatenate([arrivals.node, unclear])
    made = np.concatenate([arrivals.made, np.zeros(len(unclear), dtype=bool)])
    values = (
        np.where((known.bought[node] >= 0) & ~made, known.bought[node], node),
        np.concatenate([arrivals.day, np.zeros(len(unclear))]).astype(float),
        np.concatenate([arrivals.quantity, np.full(len(unclear), np.nan)]),
    )
    rows = pd.DataFrame(dict(zip(RECEIPT_COLUMNS, values, strict=True)))
    row = np.where(made, -1, np.concatenate([arrivals.row, np.full(len(unclear), -1)]))
    counts = ~ledger.phantom[node]
    return rows[counts].reset_index(drop=True), row[counts], made[counts]
