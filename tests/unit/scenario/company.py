"""One plant in Germany that makes a product of a magnet from China and a coil, small enough to reckon on paper.

The business date is Monday 2025-03-03 = day 0. Ten products are due every Monday of eight weeks, days 7, 14 ... 56, at
100 EUR each. Nothing takes time to make. There are 20 magnets; 30 more, worth 60 EUR, are due on day 20. So:

* without the receipt, weeks 1 and 2 are covered and day 21 is not: 20 days, 2025-03-24; what is due from then on is
  6 weeks x 10 x 100 = 6000 EUR;
* with it, 50 magnets are 5 weeks and day 42 is not covered: 41 days, 2025-04-14, and 3 weeks = 3000 EUR are left.
"""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd

from riskplug.analysis import Foundation, assess
from riskplug.bom import build_graph, roll_up_content
from riskplug.catalogue import GRAINS, frame
from riskplug.content import Knowledge, PartContent, load_knowledge, map_content
from riskplug.extend.discovery import shipped_folder
from riskplug.regimes import Item, Measure, Span
from riskplug.scenario import Base, Scenario
from riskplug.scenario.engine import outcomes
from riskplug.scenario.facts import Outcome
from riskplug.stages import Stages
from riskplug.workspace import Policy, Site, SourceSettings, Workspace, WorkspaceSettings
from tests.unit.plan import worlds

ON = date(2025, 3, 3)
SITE = worlds.SITE
PARTS = ("P", "M", "C", "A")
Row = Mapping[str, Any]


def day(number: int) -> date:
    return ON + timedelta(days=number)


def measure(name: str = "cn-dy", kind: str = "licence", status: str = "in_force", **more: Any) -> Measure:
    """A measure on dysprosium magnets that leave China."""
    item = Item(id=f"{name}-magnet", materials=("Dy",), forms=("magnet",), confidence="H")
    spans = more.pop("spans", (Span(status=status),))  # type: ignore[arg-type]
    about = {"title": name, "instrument": name, "authority": "test", "sources": ("test",), "confidence": "H"}
    dates = {"as_of": date(2025, 1, 1), "verify_by": date(2026, 1, 1)}
    return Measure(id=name, kind=kind, origin=("CN",), spans=spans, items=(item,), **about, **dates, **more)  # type: ignore[arg-type]


@cache
def knowledge() -> Knowledge:
    return load_knowledge(shipped_folder("rules") / "materials", None)


@cache
def content() -> PartContent:
    """What is in the parts, which is the same in every company made here."""
    return map_content(tables(), knowledge(), on=ON)


def workspace(**policy: Any) -> Workspace:
    return Workspace(
        root=Path(),
        workspace=WorkspaceSettings(name="Test", horizon_days=60),
        sites={SITE: Site(country="DE", calendar="DE")},
        sources={"erp": SourceSettings(path=Path("exports"))},
        policy=Policy(**policy),
    )


ORDER: Row = {
    "order_no": "1",
    "line": "1",
    "part_no": "M",
    "supplier": "S1",
    "open_quantity": 30,
    "unit": "pc",
    "due_date": day(20),
    "country_of_origin": "CN",
    "unit_price": 2,
    "firm": True,
}


def tables(
    *,
    stock: Mapping[str, float] | None = None,
    orders: Sequence[Row] = (ORDER,),
    demand: Sequence[tuple[str, int, float]] | None = None,
    parts: Sequence[Row] = (),
    lines: Sequence[tuple[str, str, float]] = (("P", "M", 1), ("P", "C", 1)),
    sourcing: Sequence[Row] | None = None,
) -> dict[str, pd.DataFrame]:
    kept = {"M": 20.0, "C": 1000.0, "A": 15.0, "P": 0.0} if stock is None else stock
    due = [("P", 7 * week, 10.0) for week in range(1, 9)] if demand is None else demand
    orders = [{**row, "licence_applied_on": pd.Timestamp(row.get("licence_applied_on"))} for row in orders]
    two = [{"part_no": "M", "supplier": name, "qualified": True, "country_of_origin": "CN"} for name in ("S1", "S2")]
    about = [
        {"part_no": "P", "procurement": "make", "is_product": True, "unit_revenue": 100},
        *({"part_no": name, "procurement": "buy"} for name in ("M", "C", "A")),
        *parts,
    ]
    last = {row["part_no"]: row for row in about}
    issued = [{"part_no": "M", "date": ON - timedelta(days=7 * n), "quantity": 10, "unit": "pc"} for n in range(1, 31)]
    return worlds.tables(
        PARTS,
        parts=list(last.values()),
        bom_lines=[{"parent": p, "component": c, "quantity": q, "unit": "pc"} for p, c, q in lines],
        inventory=[{"part_no": name, "quantity": n, "unit": "pc"} for name, n in kept.items()],
        purchase_orders=list(orders),
        demand=[{"part_no": name, "date": day(at), "quantity": n, "unit": "pc"} for name, at, n in due],
        sourcing=two if sourcing is None else list(sourcing),
        consumption=issued,
        declarations=[{"part_no": "M", "material": "Dy", "form": "magnet", "mass_g": 1, "bound": "exact"}],
    )


def base(*register: Measure, policy: Mapping[str, Any] | None = None, **rows: Any) -> Base:
    """The company analysed under a register."""
    opened, made = workspace(**dict(policy or {})), tables(**rows)
    located = [made[name] for name in ("inventory", "purchase_orders", "demand")]
    graph = build_graph(made["bom_lines"], made["parts"], sites=[SITE], on=ON, also=located)
    inside = roll_up_content(graph, content().own)
    facts, absent = frame(GRAINS["table"], {}), {"erp": "zero"}
    foundation = Foundation(ON, made, facts, absent, knowledge(), content(), graph, inside, pd.DataFrame())
    return Base.of(assess(foundation, register, workspace=opened, stages=Stages()), opened)


def scenario(*overlays: Row, name: str = "x") -> Scenario:
    """A scenario as a file would have it."""
    return Scenario.model_validate({"id": name, "title": name, "overlays": overlays})


def found(of: Base, *overlays: Row) -> Outcome:
    """The only branch of a scenario."""
    (one,) = outcomes(scenario(*overlays), of).values()
    return one


def runway(outcome: Outcome, part_no: str = "M") -> tuple[float | None, str]:
    """(days, state) of the restricted runway."""
    row = outcome.part.set_index("part_no").loc[part_no]
    days = row["restricted_runway_days"]
    return (None if pd.isna(days) else float(days)), str(row["restricted_runway_days_state"])


def stop(outcome: Outcome) -> tuple[date | None, str | None, float]:
    """(day, component, revenue after it) of the product."""
    (row,) = outcome.product.to_dict("records")
    when = None if pd.isna(row["stop_date"]) else row["stop_date"].date()
    return when, (None if when is None else str(row["limiting_part"])), float(row["revenue_after_stop"])
