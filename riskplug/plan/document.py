"""`riskplug.runway/1`: one part's runways, events and what follows from them as a document."""

from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from riskplug.plan.advice import Advice
from riskplug.plan.explained import Explained
from riskplug.plan.extending import Extension
from riskplug.plan.outlook_document import outlook_document
from riskplug.plan.pegging import Peg
from riskplug.plan.rewalk import Reach
from riskplug.plan.summary import summary

SCHEMA = "riskplug.runway/1"


def runway_document(found: Explained) -> dict[str, Any]:
    """The document of one part at one site; dates are ISO text, missing is null.

    ``suggested_alternates`` is filled by whoever asks plugins: the plan asks none. ``events`` are those of the
    chosen policy; under ``restricted`` stopped receipts stand in it with quantity 0.
    """
    plan, part_no, site = found.plan, *_named(found, found.node)
    return {
        "schema": SCHEMA,
        "part_no": part_no,
        "site": site,
        "description": found.master_text("description"),
        "unit": found.master_text("base_unit"),
        "business_date": plan.on.isoformat(),
        "horizon_days": plan.ledger.horizon,
        "policy": found.policy,
        "summary": summary(found),
        "phantom": found.is_phantom,
        "demand_basis": _plain(plan.parts["demand_basis"].iloc[found.node]),
        "unknown_reason": _plain(plan.parts["unknown_reason"].iloc[found.node]),
        "lower_bound": bool(plan.parts["lower_bound"].iloc[found.node]),
        "upper_bound": bool(plan.parts["upper_bound"].iloc[found.node]),
        "data_warning": _plain(plan.parts["data_warning"].iloc[found.node]),
        "policies": {
            policy: {name: _plain(value) for name, value in said.items()}
            for policy, said in plan.policies(part_no, site).items()
        },
        "runways": [_runway(found, policy, floor, reach) for (policy, floor), reach in found.reaches.items() if reach],
        "breaks": _breaks(found),
        "last_order": _last_order(found),
        "outlook": outlook_document(plan, part_no, site, found.workspace.policy.service_level_pct),
        "extend": [_extension(found, one) for one in found.extensions],
        "suggested_alternates": None,
        "advice": None if found.advice is None else _advice(found.advice),
        "events": [
            {str(name): _plain(value) for name, value in row.items()}
            for row in plan.events(part_no, site, found.policy).to_dict("records")
        ],
    }


def _named(found: Explained, node: int) -> tuple[str, str]:
    row = found.plan.parts.iloc[node]
    return str(row["part_no"]), str(row["site"])


def _runway(found: Explained, policy: str, floor: str, reach: Reach) -> dict[str, Any]:
    last = {"runs_out": (reach.first or 0) - 1, "covered_to_horizon": found.plan.ledger.horizon}.get(reach.state)
    return {
        "policy": policy,
        "floor": floor,
        "state": reach.state,
        "calendar_days": reach.days,
        "work_days": reach.work_days,
        "first_uncovered_date": _day(found, reach.first),
        "last_covered_date": _day(found, last),
    }


def _breaks(found: Explained) -> dict[str, Any] | None:
    """The first uncovered day and who is behind it."""
    reach = found.reach
    if reach.first is None:
        return None
    return {
        "date": _day(found, reach.first),
        "required": reach.required,
        "available": reach.available,
        "floor": float(found.plan.ledger.floor[found.node]),
        "short": reach.required - reach.available,
        "pegged": [_peg(found, one) for one in found.pegs],
    }


def _peg(found: Explained, peg: Peg) -> dict[str, Any]:
    route = [_named(found, node)[0] for node in peg.route]
    return {**_demanded(found, peg, route), "quantity": peg.quantity, "short": peg.short, "route": route}


def _demanded(found: Explained, peg: Peg, route: list[str]) -> dict[str, Any]:
    """The demand row; an assembly that fills up its own stock, an order and an average have none."""
    if peg.at is None:
        return {"part_no": route[0], "reference": None, "kind": "stock", "date": None, "demanded": None}
    demand = found.plan.ledger.demand
    if demand.row[peg.at] < 0:
        (name,) = found.plan.demand_names(np.array([peg.at]))
        return {
            "part_no": _named(found, int(demand.node[peg.at]))[0],
            "reference": name,
            "kind": "production" if demand.order[peg.at] >= 0 else "average",
            "date": _day(found, int(demand.day[peg.at])),
            "demanded": float(demand.quantity[peg.at]),
        }
    row = found.plan.tables["demand"].iloc[demand.row[peg.at]]
    return {
        "part_no": str(row["part_no"]),
        "reference": _plain(row["reference"]),
        "kind": _plain(row["kind"]),
        "date": _plain(row["date"]),
        "demanded": _plain(row["quantity"]),
    }


def _last_order(found: Explained) -> dict[str, Any]:
    """By when to order, and when an order of today would be here; the terms are those it is made of."""
    order, on, first = found.order, found.plan.on, found.reach.first
    last = None if first is None else order.last_order(found.day(first))
    unlicensed = None if first is None else order.without_licence().last_order(found.day(first))
    today = order.arrival(on)
    return {
        "date": _plain(last),
        "date_without_licence": _plain(unlicensed),
        "days_left": None if last is None else (last - on).days,
        "needed_date": _day(found, first),
        "purchasing_days": order.purchasing,
        "licence_days": found.law.licence_days,
        "banned": found.law.banned,
        "delivery_days": order.delivery,
        "delivery_day_kind": "work" if order.made else "calendar",
        "receiving_days": order.receiving,
        "delivered_if_ordered_today": _plain(today[0]) if today else None,
        "available_if_ordered_today": _plain(today[1]) if today else None,
    }


def _extension(found: Explained, one: Extension) -> dict[str, Any]:
    change, reach, base = one.change, one.reach, found.days(found.reach)
    days = found.days(reach) if reach else None
    return {
        "kind": change.kind,
        "what": change.what,
        "quantity": change.quantity,
        "date": _day(found, change.day),
        "instead_of_date": _day(found, change.instead),
        "state": reach.state if reach else None,
        "days": days,
        "more_days": None if days is None or base is None else days - base,
        "first_uncovered_date": _day(found, reach.first) if reach else None,
        "note": change.note,
    }


def _advice(advice: Advice) -> dict[str, Any]:
    coverage = advice.coverage
    return {
        "lacking": advice.lacking,
        "quantity": advice.quantity,
        "short_before_arrival": advice.short_before,
        "cost": advice.cost,
        "currency": advice.currency,
        "coverage": None
        if coverage is None
        else {
            "daily_requirement": coverage.daily,
            "minimum": coverage.minimum,
            "target": coverage.target,
            "maximum": coverage.maximum,
            "quantity": advice.coverage_quantity,
            "above_maximum": advice.above_maximum,
        },
    }


def _day(found: Explained, number: int | None) -> str | None:
    return None if number is None else found.day(number).isoformat()


def _plain(value: object) -> Any:
    if value is None or pd.isna(value):  # type: ignore[call-overload]
        return None
    if isinstance(value, date):
        return value.isoformat()[:10]
    return value.item() if hasattr(value, "item") else value
