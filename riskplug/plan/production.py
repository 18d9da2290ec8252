"""Open production orders: what released ones bring, and which components they still ask for."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import sparse

from riskplug.plan.calendar import WorkCalendars, day_numbers
from riskplug.plan.dated import Standing
from riskplug.plan.inputs import Inputs
from riskplug.plan.lead_times import ProductionTime, order_lead_times
from riskplug.plan.nodes import Flags, Floats, Ints, NodeIndex, codes_over, first_reason, in_base_units
from riskplug.plan.overdue import expected


@dataclass(frozen=True)
class Components:
    """What released orders ask for by the bill of material. ``order``: position in the table of production orders."""

    node: Ints
    day: Ints
    quantity: Floats
    order: Ints


@dataclass(frozen=True)
class Production:
    """Released orders. ``node``, ``day``, ``credited``, ``quantity`` (NaN unknown) and ``row`` describe each of them.

    ``reasons``: by node made, why a quantity is unknown; ``unasked``: the same by component whose requirement is
    unknown for that. ``components``: of orders without reservations; ``opened``: the nodes that these make.
    ``reserved``: per row of `demand`, the order that it is a component of, -1 for none; ``idle``: per row, its order is
    known not to be released, or its finish is not credited. ``not_released``: node of each order that counts as
    nothing.
    """

    node: Ints
    day: Ints
    credited: Flags
    quantity: Floats
    row: Ints
    reasons: Mapping[int, str]
    unasked: Mapping[int, str]
    components: Components
    opened: Ints
    reserved: Ints
    idle: Flags
    not_released: Ints


def production(read: Inputs, lead_time_days: Floats, made_in: ProductionTime) -> Production:
    """Released orders: finished quantity by the policies for receipts, and components on the day the order starts.

    Components are the reservations of the order; where it has none, the bill of material times what is still open, a
    fixed quantity once. Without a start, they are needed ``made_in`` before the finish; without that either, today.
    An order whose finish is not credited asks for nothing: where its part lacks it, that asks for the components.
    That missing components make a finish impossible is not looked at: the finish counts as the order states it.
    """
    orders, index = read.tables["production_orders"], read.index
    node = index.nodes_of(orders)
    released = orders["released"].fillna(False).to_numpy(dtype=bool)
    row = np.flatnonzero((node >= 0) & released)
    lines, made = orders.iloc[row], node[row]
    quantity = in_base_units(lines["open_quantity"], lines["unit"], made, read.master)
    unknown = np.isnan(quantity)
    reasons = first_reason(unknown, lines["open_quantity"], lines["unit"], made, read.master)
    lead = order_lead_times(made, quantity, lead_time_days[made], index, read.master, read.calendars)
    day, credited = expected(lines["finish_date"], lead, read.policy, read.on)
    reserved, with_reservations = _reserved(read.tables["demand"], orders, index)
    explodes = ~with_reservations[row] & credited
    work_days = made_in[made].work_days(np.nan_to_num(quantity))
    start = _starts(lines["start_date"], day, credited, index.site[made], work_days, read.calendars)
    opened = np.flatnonzero(explodes & ~unknown & (quantity > 0))
    asks = _exploded(read, made[opened], quantity[opened], start[opened], row[opened])
    doubtful = unknown & explodes
    idle = orders["released"].eq(False).fillna(False).to_numpy(dtype=bool)
    idle[row[~credited]] = True
    return Production(
        made,
        day,
        credited,
        quantity,
        row,
        reasons,
        _unasked(read.standing, orders, row[doubtful], made[doubtful], reasons),
        asks,
        np.unique(made[explodes]),
        reserved,
        np.append(idle, False)[reserved],
        node[(node >= 0) & ~released],
    )


def _keys(names: pd.Series, rows: pd.DataFrame, known: pd.Index, index: NodeIndex) -> Ints:
    """One number per order and site, -1 where either is missing."""
    order, site = codes_over(names, known), codes_over(rows["site"], index.sites)
    if len(index.sites) == 1:
        site = np.where(rows["site"].isna().to_numpy(), 0, site)
    return np.where((order < 0) | (site < 0), -1, np.asarray(order, dtype=np.int64) * len(index.sites) + site)


def _reserved(demand: pd.DataFrame, orders: pd.DataFrame, index: NodeIndex) -> tuple[Ints, Flags]:
    """(position of the order of each reservation, -1 for none; per order, whether it has some): by site and number.

    An order with several outputs has several rows, all of them with the same reservations.
    """
    if orders.empty or demand.empty:
        return np.full(len(demand), -1, dtype=np.intp), np.zeros(len(orders), dtype=bool)
    known = pd.Index(orders["order_no"].astype("str").dropna().unique())
    keys, wanted = (
        _keys(rows[name], rows, known, index) for rows, name in ((orders, "order_no"), (demand, "reference"))
    )
    wanted = np.where((demand["kind"] == "reservation").to_numpy(dtype=bool), wanted, -1)
    first = pd.Series(np.arange(len(keys)), index=keys).groupby(level=0).first()
    found = first.reindex(wanted).fillna(-1).to_numpy(dtype=np.intp)
    return np.where(wanted >= 0, found, -1), (keys >= 0) & np.isin(keys, wanted)


def _starts(
    dates: pd.Series, finish: Ints, credited: Flags, site: Ints, work_days: Ints, calendars: WorkCalendars
) -> Ints:
    start, known = day_numbers(dates, calendars.on)
    counted = np.where(credited, _work_days_before(finish, work_days, site, calendars), 0)
    return np.maximum(np.where(known, start, counted), 0)


def _work_days_before(day: Ints, work_days: Ints, site: Ints, calendars: WorkCalendars) -> Ints:
    """As WorkCalendars.earlier(), for days beyond the horizon too; may lie before the business date."""
    today = np.datetime64(calendars.on, "D")
    found = np.array(day, dtype=np.int64)
    for number, calendar in enumerate(calendars.calendars):
        at = np.flatnonzero((site == number) & (work_days > 0))
        moved = np.busday_offset(today + found[at], -work_days[at], roll="forward", busdaycal=calendar)
        found[at] = (moved - today).astype(np.int64)
    return found


def _exploded(read: Inputs, made: Ints, quantity: Floats, day: Ints, row: Ints) -> Components:
    planned, standing = ~read.master.flag("bulk"), read.standing
    parts = [
        _below(matrix, standing.level, planned, made, scale, day, row)
        for matrix, scale in ((standing.consumed, quantity), (standing.fixed, np.ones(len(made))))
    ]
    if standing.dated is not None:
        parts.append(_below_on_the_day(standing.dated, standing.level, planned, made, quantity, day, row))
    return Components(
        np.concatenate([part.node for part in parts]),
        np.concatenate([part.day for part in parts]),
        np.concatenate([part.quantity for part in parts]),
        np.concatenate([part.order for part in parts]),
    )


def _below(
    matrix: sparse.csr_array, level: Ints, planned: Flags, made: Ints, scale: Floats, day: Ints, row: Ints
) -> Components:
    """One level down; edges that do not lead down, as on a cycle, are left out as they are in the walk."""
    starts = matrix.indptr[made]
    counts = matrix.indptr[made + 1] - starts
    order = np.repeat(np.arange(len(made)), counts)
    cell = np.repeat(starts - np.cumsum(counts) + counts, counts) + np.arange(len(order))
    component, factor = matrix.indices[cell], matrix.data[cell]
    kept = planned[component] & (factor > 0) & (level[made[order]] < level[component])
    order = order[kept]
    return Components(component[kept], day[order], factor[kept] * scale[order], row[order])


def _below_on_the_day(
    dated: pd.DataFrame, level: Ints, planned: Flags, made: Ints, scale: Floats, day: Ints, row: Ints
) -> Components:
    """The same along lines that are in force on the day an order starts."""
    orders = pd.DataFrame({"parent": made, "scale": scale, "day": day, "row": row})
    found = orders.merge(dated, on="parent")
    component = found["component"].to_numpy(dtype=np.intp)
    down = planned[component] & (level[found["parent"].to_numpy(dtype=np.intp)] < level[component])
    kept = down & found["day"].between(found["first"], found["last"]).to_numpy()
    found = found[kept]
    used = found["quantity"] * found["scale"].mask(found["fixed"].astype(bool), 1.0)
    return Components(component[kept], found["day"].to_numpy(), used.to_numpy(), found["row"].to_numpy())


def _unasked(
    standing: Standing, orders: pd.DataFrame, row: Ints, made: Ints, reasons: Mapping[int, str]
) -> dict[int, str]:
    """Components of orders whose open quantity is unknown, with the order and the reason."""
    names = orders["order_no"].astype("object")
    return {
        int(component): f"requirement of production order {names.iloc[at]}: {reasons[int(node)]}"
        for at, node in zip(row[::-1], made[::-1], strict=True)
        for component in standing.components(node)
    }
