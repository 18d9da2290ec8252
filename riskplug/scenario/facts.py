"""The facts in which a scenario can differ from the base, made by the same functions as the base's own."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import numpy.typing as npt
import pandas as pd

from riskplug.analysis import Analysis
from riskplug.bom import products_above
from riskplug.catalogue import GRAINS, frame
from riskplug.facts.assemble import exposure_facts, master_of, order_facts, sales
from riskplug.facts.master import KEY, keyed, supply
from riskplug.facts.product import limiting
from riskplug.model import BomGraph, Frames
from riskplug.plan import Plan, last_orders_with_licence
from riskplug.workspace import Workspace

_RUNS_OUT = ("runs_out", "already_short")


@dataclass(frozen=True)
class Master:
    """The part master row of each node, and what follows from it alone."""

    about: pd.DataFrame
    is_product: npt.NDArray[np.bool_]

    @classmethod
    def of(cls, tables: Frames, graph: BomGraph) -> "Master":
        about = master_of(tables, graph)
        return cls(about, about["is_product"].fillna(False).to_numpy(dtype=bool))


@dataclass(frozen=True)
class Outcome:
    """A base or a scenario assessed.

    ``part``, ``exposure``, ``order_line``: grains of catalogue.py; exposures from each day on which the law changes,
    the business date first. ``product``: grain `product` with ``stop_date``, the day from which a component is
    missing, and ``revenue_after_stop``, revenue of demand due on or after it: 0 where nothing stops within the
    horizon, missing where either is unknown. ``lost``: value of the base's open order lines that are no longer there,
    missing where the price is not known.
    """

    on: date
    part: pd.DataFrame
    product: pd.DataFrame
    order_line: pd.DataFrame
    exposures: tuple[tuple[date, pd.DataFrame], ...]
    lost: pd.Series


def assess(
    base: Analysis,
    master: Master,
    tables: Frames,
    graph: BomGraph,
    planned: Plan,
    orders: pd.DataFrame,
    exposures: Sequence[tuple[date, pd.DataFrame]],
    workspace: Workspace,
) -> Outcome:
    """The facts of a plan and a judgement. ``tables``: those that sales and sources are read from."""
    on = base.foundation.on
    demanded, worth = sales(tables, graph, master.about, workspace, on)
    part = _parts(base, master, tables, planned.parts, worth, workspace)
    return Outcome(
        on,
        part,
        _products(base, master, tables, graph, part, demanded, worth, workspace),
        order_facts(part, orders, on),
        tuple((day, exposure_facts(part, _ordered(rows, planned), orders)) for day, rows in exposures),
        _lost(base.foundation.tables["purchase_orders"], tables["purchase_orders"], workspace),
    )


def _ordered(exposures: pd.DataFrame, planned: Plan) -> pd.DataFrame:
    return exposures.assign(last_order_date=last_orders_with_licence(exposures, planned))


def _lost(before: pd.DataFrame, after: pd.DataFrame, workspace: Workspace) -> pd.Series:
    gone = before[~before.index.isin(after.index) & (before["open_quantity"] != 0).fillna(True)]
    own = workspace.workspace.currency
    return gone["open_quantity"] * gone["unit_price"].where(gone["currency"].astype("str").fillna(own) == own)


def _parts(
    base: Analysis, master: Master, tables: Frames, planned: pd.DataFrame, worth: np.ndarray, workspace: Workspace
) -> pd.DataFrame:
    """Grain `part`: the base's, with what plan, sources and sales say now."""
    graph, on = base.graph, base.foundation.on
    columns: dict[str, object] = {str(name): column for name, column in base.facts["part"].items()}
    rows = planned.reset_index(drop=True)
    columns |= {name: rows[name] for name in rows.columns if name in columns and name not in KEY}
    if tables["sourcing"] is not base.foundation.tables["sourcing"]:
        bought = supply(graph.nodes, tables["sourcing"], on)
        columns |= {name: bought[name] for name in bought.columns if name in columns and name not in KEY}
    if tables["demand"] is not base.foundation.tables["demand"]:
        columns["revenue_at_risk"] = products_above(
            graph, master.is_product, np.where(master.is_product, worth, np.nan)
        )[1]
    return _widened("part", columns)


def _widened(grain: str, columns: Mapping[str, object]) -> pd.DataFrame:
    """A frame of the grain; what the base has beyond it, columns of plugins, is taken over from it row by row.

    Plugins are asked once a scan: what they said of the base holds in every scenario, nothing is computed from it.
    """
    known = GRAINS[grain].names
    made = frame(GRAINS[grain], {name: values for name, values in columns.items() if name in known})
    more = {name: pd.Series(values).array for name, values in columns.items() if name not in known}
    return made.assign(**more)


def _products(
    base: Analysis,
    master: Master,
    tables: Frames,
    graph: BomGraph,
    part: pd.DataFrame,
    demanded: npt.NDArray[np.float64],
    worth: npt.NDArray[np.float64],
    workspace: Workspace,
) -> pd.DataFrame:
    bought = (np.diff(base.graph.as_built.indptr) == 0) | (part["procurement"] == "buy").to_numpy()
    days, state, which = limiting(graph, part["restricted_runway_days"], part["restricted_runway_days_state"], bought)
    stops = np.isin(np.asarray(state), _RUNS_OUT)
    sold = master.is_product
    columns: dict[str, object] = {str(name): column for name, column in base.facts["product"].items()} | {
        "time_to_survive_days": days[sold],
        "time_to_survive_days_state": state[sold],
        "limiting_part": part["part_no"].take(which).where(stops).array[sold],
        "demand_quantity": demanded[sold],
        "revenue_at_risk": worth[sold],
    }
    product = _widened("product", columns)
    stop = part["stock_out_date"].take(which).reset_index(drop=True).where(stops)[sold].reset_index(drop=True)
    price = np.where(demanded > 0, worth / np.where(demanded > 0, demanded, 1.0), np.nan)[sold]
    after = _demand_after(tables["demand"], product, stop, base.foundation.on, workspace.workspace.horizon_days)
    revenue = np.where(after == 0, 0.0, after * price)
    unknown = (product["time_to_survive_days_state"] == "unknown").to_numpy()
    return product.assign(stop_date=stop, revenue_after_stop=np.where(unknown, np.nan, revenue))


def _demand_after(
    demand: pd.DataFrame, product: pd.DataFrame, stop: pd.Series, on: date, horizon_days: int
) -> npt.NDArray[np.float64]:
    """Quantity due on or after the stop, within the horizon; what is past due is due today."""
    first, last = pd.Timestamp(on), pd.Timestamp(on) + pd.Timedelta(days=horizon_days)
    rows = keyed(demand[demand["date"] <= last])[[*KEY, "date", "quantity"]]
    named = keyed(product)[KEY].assign(stop=stop.to_numpy(), at=np.arange(len(product)))
    due = rows.assign(date=rows["date"].where(rows["date"] >= first, first)).merge(named, on=KEY)
    due = due[due["date"] >= due["stop"]]
    total = np.zeros(len(product))
    np.add.at(total, due["at"].to_numpy(), due["quantity"].to_numpy(dtype=float))
    return total
