"""The bill of material is that of the business date; what starts or ends within the horizon is said and doubted."""

from datetime import date
from typing import Any

import pandas as pd
import pytest

from riskplug.plan import Plan
from tests.unit.plan.worlds import after, company, part

ON = date(2025, 4, 28)
PARTS = ["P7", "OLD", "NEW", "SUB"]
STARTS = "a BOM line of P7 starts on 2025-05-09 and is not counted yet"
ENDS = "a BOM line of P7 ends on 2025-05-08 and is counted beyond it"


def line(component: str, *, start: int | None = None, end: int | None = None, **more: Any) -> dict[str, Any]:
    dates = {name: None if day is None else after(ON, day) for name, day in (("valid_from", start), ("valid_to", end))}
    return {"parent": "P7", "component": component, "quantity": 2, **dates, **more}


def scan(*lines: dict[str, Any], demand: dict[str, float] | None = None, make: bool = True, horizon: int = 90) -> Plan:
    wanted = {"P7": 10.0} if demand is None else demand
    return company(
        ON,
        parts=[
            {"part_no": name, "base_unit": "pc", "lead_time_days": 0, "procurement": "make" if make else "buy"}
            for name in PARTS
        ],
        bom_lines=list(lines),
        demand=[{"part_no": name, "quantity": each, "date": after(ON, 20)} for name, each in wanted.items()],
        horizon=horizon,
    )


def said(found: Plan, name: str) -> str | None:
    text = part(found, name)["data_warning"]
    return None if pd.isna(text) else text


def state(found: Plan, name: str) -> str:
    return str(part(found, name)["restricted_runway_days_state"])


def test_a_successor_is_unknown_and_both_changes_are_said_at_component_and_parent() -> None:
    found = scan(line("OLD", end=10), line("NEW", start=11))
    assert (said(found, "NEW"), said(found, "OLD"), said(found, "P7")) == (STARTS, ENDS, f"{STARTS}; {ENDS}")
    new = part(found, "NEW")
    assert (state(found, "NEW"), new["unknown_reason"]) == ("unknown", STARTS)
    assert pd.isna(new["p_stock_out_30"])
    # 2 x 10 on day 20, though the line has ended by then
    assert state(found, "OLD") == "runs_out"


def test_what_a_successor_is_made_of_is_unknown_too() -> None:
    found = scan(line("NEW", start=11), line("SUB", parent="NEW"))
    assert state(found, "SUB") == "unknown"


def test_without_a_requirement_above_a_successor_has_none() -> None:
    found = scan(line("NEW", start=11), demand={})
    assert (state(found, "NEW"), said(found, "NEW")) == ("no_demand", STARTS)


def test_a_component_with_a_line_in_force_keeps_its_runway() -> None:
    found = scan(line("NEW", end=10), line("NEW", start=11, quantity=3))
    assert (state(found, "NEW"), said(found, "NEW")) == ("runs_out", f"{STARTS}; {ENDS}")


def test_a_shortage_of_its_own_stays_certain() -> None:
    found = scan(line("NEW", start=11), demand={"P7": 10, "NEW": 1})
    assert state(found, "NEW") == "runs_out"


@pytest.mark.parametrize(
    "odd",
    [
        line("NEW", start=91),
        line("NEW", start=11, end=10),
        line("NEW", start=11, status="inactive"),
        line("NEW", start=11, usage="engineering"),
        line("NEW", start=11, line_kind="optional"),
        line("NEW", start=11, line_kind="bulk"),
        line("NEW", start=11, alternative="2"),
        line("NEW", start=11, quantity=-2),
    ],
)
def test_lines_that_would_not_count_either_or_start_beyond_the_horizon_are_not_said(odd: dict[str, Any]) -> None:
    found = scan(line("OLD", alternative="1"), odd)
    # the graph itself reports reversed dates and optional lines in its own way
    assert "starts" not in str(said(found, "P7"))
    assert "starts" not in str(part(found, "NEW")["unknown_reason"])


@pytest.mark.parametrize(
    ("end", "text"), [(89, "a BOM line of P7 ends on 2025-07-26 and is counted beyond it"), (90, None)]
)
def test_a_line_that_ends_with_the_horizon_does_not_change_within_it(end: int, text: str | None) -> None:
    assert said(scan(line("OLD", end=end)), "OLD") == text


def test_the_bill_of_material_of_a_bought_part_asks_for_nothing_and_is_not_said() -> None:
    found = scan(line("NEW", start=11), make=False)
    assert (state(found, "NEW"), said(found, "NEW")) == ("no_demand", None)


def test_of_several_changes_the_first_is_said_with_their_number() -> None:
    found = scan(line("OLD", start=12), line("NEW", start=11))
    assert said(found, "P7") == f"{STARTS} (first of 2)"


def test_alternates_that_are_not_shared_out_say_so_where_they_run_out() -> None:
    group = {"alt_group": "1"}
    found = scan(line("OLD", alt_share_pct=50, **group), line("NEW", alt_share_pct=30, **group))
    text = "line of P7: shares of the alternates do not add up to 100 %, so its days are an upper limit"
    assert (state(found, "OLD"), said(found, "OLD"), said(found, "NEW")) == ("runs_out", text, text)


def test_alternates_that_share_out_too_much_run_out_later_in_truth() -> None:
    group = {"alt_group": "1"}
    found = scan(line("OLD", alt_share_pct=80, **group), line("NEW", alt_share_pct=30, **group))
    text = "line of P7: shares of the alternates do not add up to 100 % but to more, so its days are a lower limit"
    assert said(found, "OLD") == text


def test_a_made_part_of_unknown_production_time_says_when_its_components_are_needed() -> None:
    found = company(
        ON,
        parts=[{"part_no": name, "base_unit": "pc", "procurement": "make"} for name in ("P7", "OLD")],
        bom_lines=[line("OLD")],
    )
    text = "production time unknown: components are asked for on the day of its own need"
    assert (said(found, "P7"), said(found, "OLD")) == (text, None)
