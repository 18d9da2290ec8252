"""Small companies with their disruptions, from canonical tables to the facts."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd

from riskplug.bom import build_graph, products_above
from riskplug.catalogue import GRAINS, frame
from riskplug.facts.disruptions import Ordeals, prepare
from riskplug.facts.losses import Night
from riskplug.facts.master import per_node
from riskplug.facts.sources import sources_of
from riskplug.plan import plan
from riskplug.workspace import Recovery
from tests.unit.plan.worlds import SITE, tables, workspace

ON = date(2025, 4, 28)
Row = Mapping[str, Any]
# Two drives: 10 F a day with two magnets in a rotor each, 5 G a day with one magnet M or N.
PARTS: tuple[Row, ...] = (
    {"part_no": "F", "procurement": "make", "is_product": True, "unit_revenue": 90, "unit_cost": 40},
    {"part_no": "G", "procurement": "make", "is_product": True, "unit_revenue": 30},
    {"part_no": "R", "procurement": "make", "unit_cost": 12},
    {"part_no": "M", "procurement": "buy", "lead_time_days": 30, "unit_cost": 2},
    {"part_no": "N", "procurement": "buy", "lead_time_days": 10, "unit_cost": 3},
)
LINES: tuple[Row, ...] = (
    {"parent": "F", "component": "R", "quantity": 1},
    {"parent": "R", "component": "M", "quantity": 2},
    {"parent": "G", "component": "M", "quantity": 1, "alt_group": "A", "alt_priority": 1},
    {"parent": "G", "component": "N", "quantity": 1, "alt_group": "A", "alt_priority": 2},
)
STOCK = {"F": 20, "G": 0, "R": 30, "M": 400, "N": 0}
SOLD = {"F": 10, "G": 5}


def demand(sold: Mapping[str, float], days: int = 365) -> list[Row]:
    """The same every day of the horizon."""
    dates = [ON + timedelta(days=day + 1) for day in range(days)]
    return [{"part_no": part, "date": day, "quantity": many} for part, many in sold.items() for day in dates]


def source(part_no: str, supplier: str, country: str | None, qualified: bool | None = True) -> Row:
    return {"part_no": part_no, "supplier": supplier, "country_of_origin": country, "qualified": qualified}


def exposure(part_no: str, applies: str, measure: str = "m", **more: Any) -> Row:
    usual = {"measure_status": "in_force", "measure_kind": "licence", "material": "Dy", "licence_days": 65.0}
    return {"part_no": part_no, "site": SITE, "measure": measure, "applies": applies, **usual, **more}


# Of a measure only its reach matters here: exports from China.
MEASURE: Any = SimpleNamespace(id="m", items=(SimpleNamespace(id="m-item"),), origin=("CN",), origin_except=())
EXPOSURE = ["part_no", "site", "measure", "applies", "measure_status", "measure_kind", "material", "licence_days"]
JUDGED = ["po_index", "measure", "stopped"]


def ordeals(
    *,
    lines: Sequence[Row] = LINES,
    parts: Sequence[Row] = PARTS,
    stock: Mapping[str, float | None] = STOCK,
    sold: Sequence[Row] | Mapping[str, float] = SOLD,
    sources: Sequence[Row] = (),
    orders: Sequence[Row] = (),
    made: Sequence[Row] = (),
    exposures: Sequence[Row] = (),
    waiting: Sequence[Row] = (),
    judged: Sequence[Row] = (),
    content: Sequence[Row] = (),
    policy: Mapping[str, Any] | None = None,
    recovery: Recovery | None = None,
) -> Ordeals:
    names = [str(row["part_no"]) for row in parts]
    company = tables(
        names,
        parts=parts,
        bom_lines=lines,
        inventory=[{"part_no": part, "quantity": many} for part, many in stock.items() if many is not None],
        demand=demand(sold) if isinstance(sold, Mapping) else sold,
        sourcing=sources,
        purchase_orders=[{"order_no": "1", "line": str(at), **row} for at, row in enumerate(orders)],
        production_orders=[{"order_no": f"P{at}", "released": True, **row} for at, row in enumerate(made)],
    )
    place = workspace(policy=policy).model_copy(update={"recovery": recovery or Recovery()})
    graph = build_graph(company["bom_lines"], company["parts"], sites=[SITE], on=ON)
    still = pd.Series(False, index=company["purchase_orders"].index, dtype="boolean")
    planned = plan(company, graph, workspace=place, on=ON, stopped=still, absent_stock={"erp": "unknown"})
    about = per_node(graph.nodes, company["parts"])
    night = Night(
        company,
        planned.index,
        pd.DataFrame(list(exposures), columns=EXPOSURE),
        pd.DataFrame(list(waiting), columns=EXPOSURE),
        pd.DataFrame(list(judged), columns=JUDGED),
        pd.DataFrame(list(content), columns=["part_no", "site", "material", "probability"]),
        sources_of(graph.nodes, company, [SITE], ON),
        pd.DataFrame({"measure": ["m", "m-item"], "parent": ["m", "m"], "instrument": ["No. 1", "No. 1"]}),
        (MEASURE,),
        frozenset({"Dy"}),
        frozenset(),
        {SITE: "DE"},
        pd.Timestamp(ON),
    )
    return prepare(planned, graph, part_frame(graph, planned.parts, about), about, night, place)


def part_frame(graph: Any, planned: pd.DataFrame, about: pd.DataFrame) -> pd.DataFrame:
    sold = about["is_product"].fillna(False).to_numpy(dtype=bool)
    products, revenue = products_above(graph, sold, np.where(sold, 1.0, np.nan))
    known = {name: planned[name] for name in planned.columns if name in GRAINS["part"].names}
    told = {"is_product": sold, "products": products, "revenue_at_risk": revenue, "procurement": about["procurement"]}
    places = {name: graph.nodes[name].astype("str") for name in ("part_no", "site")}
    return frame(GRAINS["part"], {**known, **told, **places})
