"""Supply and demand of a scenario: overlays on canonical tables, each a pure function of them.

Rows are added and changed in the tables' own dtypes; everything that reads tables sees a scenario as it sees exports.
"""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

import numpy as np
import pandas as pd

from riskplug.model import Frames
from riskplug.scenario.overlays import Alternate, Buffer, DemandChange, NewSource, Scenario, SiteLost, SupplierLost
from riskplug.tables import conform

Rows = Sequence[Mapping[str, Any]]
SOURCE = "scenario"


def with_supply(tables: Frames, scenario: Scenario, sites: Sequence[str], on: date) -> Frames:
    """The tables with everything that does not need a plan: lost suppliers and sites, demand, buffers, in order."""
    found = tables
    for overlay in scenario.of(SupplierLost):
        found = without_supplier(found, overlay, on)
    for overlay in scenario.of(SiteLost):
        found = without_site(found, overlay, sites)
    for overlay in scenario.of(DemandChange):
        found = with_demand(found, overlay, sites, on)
    for overlay in scenario.of(Buffer):
        found = with_buffer(found, overlay, on)
    return found


def without_supplier(tables: Frames, overlay: SupplierLost, on: date) -> Frames:
    """Its open lines due from the day on are gone, as are undated ones; its sources are blocked at once."""
    orders, sourcing = tables["purchase_orders"], tables["sourcing"]
    first = pd.Timestamp(overlay.starts or on)
    due = orders["confirmed_date"].fillna(orders["due_date"])
    overdue = due < pd.Timestamp(on)
    gone = (orders["supplier"] == overlay.supplier) & (due.isna() | overdue | (due >= first))
    blocked = sourcing["blocked"].mask(sourcing["supplier"] == overlay.supplier, True)
    return {**tables, "purchase_orders": orders[~gone.fillna(False)], "sourcing": sourcing.assign(blocked=blocked)}


def without_site(tables: Frames, overlay: SiteLost, sites: Sequence[str]) -> Frames:
    """No stock at the site, of any part, and no receipt, bought or made there."""
    inventory, orders, parts = tables["inventory"], tables["purchase_orders"], tables["parts"]
    made = tables["production_orders"]
    there = parts[_at(parts, overlay.site, sites) | parts["site"].isna()]
    empty = [{"part_no": name, "quantity": 0.0, "site": overlay.site} for name in there["part_no"].unique()]
    kept = {**tables, "inventory": inventory[~_at(inventory, overlay.site, sites)]}
    return {
        **_added(kept, "inventory", empty),
        "purchase_orders": orders[~_at(orders, overlay.site, sites)],
        "production_orders": made[~_at(made, overlay.site, sites)],
    }


def with_demand(tables: Frames, overlay: DemandChange, sites: Sequence[str], on: date) -> Frames:
    """Quantities of the demand rows that are meant, changed by a percentage."""
    demand = tables["demand"]
    first = pd.Timestamp(overlay.starts) if overlay.starts else pd.Timestamp.min
    last = pd.Timestamp(overlay.through) if overlay.through else pd.Timestamp.max
    meant = demand["date"].between(first, last)
    if overlay.product is not None:
        meant &= (demand["part_no"] == overlay.product).fillna(False)
    if overlay.site is not None:
        meant &= _at(demand, overlay.site, sites)
    factor = np.where(meant, 1 + overlay.change_pct / 100, 1.0)
    return {**tables, "demand": demand.assign(quantity=demand["quantity"] * factor)}


def with_buffer(tables: Frames, overlay: Buffer, on: date) -> Frames:
    """A receipt on the day, or today where that has passed. Without an origin nothing stops it."""
    day = max(overlay.on, on)
    row = _line(tables, overlay.part, overlay.site, day, overlay.quantity, "buffer")
    told = {"country_of_origin": overlay.origin} if overlay.origin else {"shipped_on": pd.Timestamp(on)}
    return _added(tables, "purchase_orders", [{**row, **told}])


def with_source(tables: Frames, overlay: NewSource, required: pd.Series, on: date) -> Frames:
    """The source in the list, and a line for its share of every requirement it can be in time for.

    ``required``: quantity by day, base units. A supplier whose goods a measure stops brings nothing: the lines are
    judged like any other.
    """
    first = pd.Timestamp(max(overlay.on, on) + timedelta(days=overlay.lead_time_days))
    late = required[required.index >= first] * (overlay.share_pct / 100)
    told = {"supplier": overlay.supplier, "country_of_origin": overlay.origin, "firm": False}
    lines = [
        {**_line(tables, overlay.part, overlay.site, day, quantity, overlay.supplier), **told}
        for day, quantity in late.items()
    ]
    listed = {
        **{"part_no": overlay.part, "site": overlay.site, "supplier": overlay.supplier, "qualified": True},
        **{"country_of_origin": overlay.origin, "share_pct": overlay.share_pct, "priority": overlay.priority},
        **{"lead_time_days": overlay.lead_time_days, "valid_from": pd.Timestamp(overlay.on)},
    }
    return _added(_added(tables, "sourcing", [listed]), "purchase_orders", lines)


def with_alternate(tables: Frames, overlay: Alternate, required: pd.Series, on: date) -> Frames:
    """From the release on, the part is relieved of its share of every requirement, and the alternate asked for as much.

    Both are rows of demand, the relief with quantities below zero: a requirement moved, and none sold.
    """
    moved = required[required.index >= pd.Timestamp(max(overlay.on, on))] * (overlay.share_pct / 100)
    rows = [
        {
            "part_no": part,
            "site": overlay.site,
            "date": day,
            "quantity": factor * quantity,
            "unit": _base_unit(tables, part, overlay.site),
            "kind": "reservation",
            "reference": f"{overlay.alternate} for {overlay.part}",
        }
        for part, factor in ((overlay.part, -1.0), (overlay.alternate, overlay.quantity_per))
        for day, quantity in moved.items()
    ]
    return _added(tables, "demand", rows)


def _line(tables: Frames, part: str, site: str, day: object, quantity: object, order: str) -> dict[str, Any]:
    """An order line of a scenario; its price is not known."""
    return {
        "order_no": f"{SOURCE} {order}",
        "line": str(pd.Timestamp(day).date()),  # type: ignore[arg-type]
        "part_no": part,
        "site": site,
        "open_quantity": quantity,
        "unit": _base_unit(tables, part, site),
        "due_date": pd.Timestamp(day),  # type: ignore[arg-type]
    }


def _base_unit(tables: Frames, part: str, site: str) -> str:
    parts = tables["parts"]
    rows = parts[(parts["part_no"] == part) & ((parts["site"] == site) | parts["site"].isna()).fillna(False)]
    # the site's own row before the one for every site
    return str(rows.sort_values("site", na_position="last")["base_unit"].iloc[0])


def _at(rows: pd.DataFrame, site: str, sites: Sequence[str]) -> pd.Series:
    """Rows of a site; those that name none are of the only one there is."""
    here = (rows["site"] == site).fillna(False).astype(bool)
    return here | rows["site"].isna() if len(sites) == 1 else here


def _added(tables: Frames, name: str, rows: Rows) -> Frames:
    """The tables with rows behind those of one of them; the labels of the others stay as they are."""
    table = tables[name]
    if not rows:
        return tables
    parts = table["part_no"].cat.categories
    first = int(table.index.max()) + 1 if len(table) else 0
    more = pd.DataFrame([{"source": SOURCE, **row} for row in rows], index=range(first, first + len(rows)))
    both = pd.concat([table.astype({"part_no": "str"}), conform(name, more, parts).astype({"part_no": "str"})])
    return {**tables, name: conform(name, both, parts)}
