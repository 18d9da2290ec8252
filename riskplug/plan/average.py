"""A daily requirement from past consumption, for parts of which nobody says when they are needed."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from riskplug.plan.calendar import WorkCalendars, day_numbers
from riskplug.plan.demand import LOOK_BACK_WEEKS, Demand
from riskplug.plan.inputs import Inputs
from riskplug.plan.nodes import Flags, Floats, Ints, first_reason, in_base_units

NEVER_IN_STOCK = "no stock on any day of the consumption looked at"


@dataclass(frozen=True)
class Averages:
    """Mean consumption of a working day per node; NaN without consumption, or where it is unknown (``reasons``).

    ``uncorrected``: the days without stock of a row are not known, so that the mean may be too low.
    """

    per_work_day: Floats
    uncorrected: Flags
    reasons: Mapping[int, str]


def averages(read: Inputs) -> Averages:
    """Consumption of the days looked at by working day of the site, corrected for days without stock.

    Looked at are the days before the business date, from the first row of the site's list on, 52 weeks at most: a part
    that was issued once in half a year is needed twice a year. Corrected by mSupply's average monthly consumption
    (open-msupply 9622): consumption / days x days / (days - days without stock). Rows that do not know those days stay
    as they are. Returns count against issues. Worked: 160 in 8 working days are 20 a day; two calendar days without
    stock of ten make 160 / 8 x 10 / (10 - 2) = 25.
    """
    consumption, index, master = read.tables["consumption"], read.index, read.master
    node = index.nodes_of(consumption)
    day, known = day_numbers(consumption["date"], read.on)
    chosen = (node >= 0) & known & (day < 0) & (day >= -7 * LOOK_BACK_WEEKS)
    rows, node, day = consumption[chosen], node[chosen], day[chosen]
    quantity = in_base_units(rows["quantity"], rows["unit"], node, master)
    size, out = len(index), rows["days_without_stock"].to_numpy(dtype=float)
    work_days, days = _looked_at(day, index.site[node], read.calendars)
    in_stock = days[index.site] - np.bincount(node, np.nan_to_num(out), minlength=size)
    total = np.bincount(node, quantity, minlength=size)
    with np.errstate(divide="ignore", invalid="ignore"):
        mean = total / work_days[index.site] * days[index.site] / in_stock
    never = (total > 0) & (in_stock <= 0)
    unknown = first_reason(np.isnan(quantity), rows["quantity"], rows["unit"], node, master)
    uncorrected = np.bincount(node, np.isnan(out), minlength=size) > 0
    reasons = {**dict.fromkeys(np.flatnonzero(never).tolist(), NEVER_IN_STOCK), **unknown}
    return Averages(np.where((total > 0) & ~never, mean, np.nan), uncorrected, reasons)


def _looked_at(day: Ints, site: Ints, calendars: WorkCalendars) -> tuple[Floats, Floats]:
    """(working days, calendar days) per site from the first consumption there to the business date."""
    first = np.zeros(len(calendars.calendars), dtype=np.int64)
    np.minimum.at(first, site, day)
    today = np.datetime64(calendars.on, "D")
    spans = zip(first, calendars.calendars, strict=True)
    worked = [np.busday_count(today + start, today, busdaycal=one) for start, one in spans]
    return np.array(worked, dtype=np.float64), -first.astype(np.float64)


def spread_out(averages: Averages, chosen: Flags, read: Inputs) -> Demand:
    """The mean as a requirement of every working day after the business date, of chosen nodes."""
    nodes = np.flatnonzero(chosen & (averages.per_work_day > 0))
    open_days = np.diff(read.calendars.before, axis=1)[:, 1 : read.horizon + 1] > 0
    at, day = np.nonzero(open_days[read.index.site[nodes]])
    none = np.full(len(at), -1)
    reasons = {node: reason for node, reason in averages.reasons.items() if chosen[node]}
    return Demand(nodes[at], day + 1, averages.per_work_day[nodes][at], none, none, reasons)
