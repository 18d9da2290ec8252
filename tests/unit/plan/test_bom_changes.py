"""A BOM line asks for its component on the days on which it is in force, and on no other."""

from datetime import date
from typing import Any

import pandas as pd
import pytest

from riskplug.plan import Plan, explained
from tests.unit.plan.worlds import SITE, after, company, graph, part, workspace

ON = date(2025, 4, 28)
SHARES = "line of P7: shares of the alternates of group A1"
PARTS = ["P7", "OLD", "NEW", "SUB"]


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


def test_a_successor_is_asked_for_in_place_of_the_part_it_succeeds_and_nothing_is_wrong_about_it() -> None:
    found = scan(line("OLD", end=10), line("NEW", start=11))
    assert (state(found, "NEW"), state(found, "OLD")) == ("runs_out", "no_demand")
    assert (said(found, "NEW"), said(found, "OLD"), said(found, "P7")) == (None, None, None)
    shown = explained(found, graph(sorted(PARTS)), workspace(), "NEW", SITE)
    assert [(peg.quantity, peg.short) for peg in shown.pegs] == [(20, 20)]


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
def test_lines_that_would_not_count_today_ask_for_nothing_later_either(odd: dict[str, Any]) -> None:
    found = scan(line("OLD", alternative="1"), odd)
    assert not found.parts.set_index("part_no")["daily_demand"].get("NEW", 0) > 0


def test_the_bill_of_material_of_a_bought_part_asks_for_nothing() -> None:
    found = scan(line("NEW", start=11), make=False)
    assert (state(found, "NEW"), said(found, "NEW")) == ("no_demand", None)


def test_a_line_to_come_that_cannot_be_counted_leaves_its_component_unknown() -> None:
    found = scan(line("OLD", end=10), line("NEW", start=11, unit="ROL"))
    assert (state(found, "NEW"), part(found, "NEW")["unknown_reason"]) == (
        "unknown",
        "line of P7 left out: no conversion ROL to pc",
    )


def test_a_line_that_turns_a_structure_round_is_left_out_and_said() -> None:
    found = scan(line("OLD"), line("SUB", parent="OLD", end=10), line("OLD", parent="SUB", start=11))
    assert state(found, "SUB") == "no_demand"
    reason = "line of SUB left out: it starts on 2025-05-09 and would close a circle with other lines"
    found = scan(
        line("SUB"),
        line("OLD"),
        line("SUB", parent="OLD", end=10),
        line("OLD", parent="SUB", start=11),
        demand={"P7": 1},
    )
    assert (state(found, "OLD"), part(found, "OLD")["upper_bound"]) == ("runs_out", True)
    found = scan(line("SUB"), line("SUB", parent="OLD", end=10), line("OLD", parent="SUB", start=11))
    assert (state(found, "OLD"), part(found, "OLD")["unknown_reason"]) == ("unknown", reason)


def test_alternates_that_are_not_shared_out_say_so_where_they_run_out() -> None:
    group = {"alt_group": "A1", "file": "bom.csv"}
    found = scan(line("OLD", alt_share_pct=50, row=7, **group), line("NEW", alt_share_pct=30, **group))
    text = f"{SHARES} ({{}}) add up to 80 %, less than 100, so its days are an upper limit"
    assert (state(found, "OLD"), said(found, "OLD")) == ("runs_out", text.format("bom.csv:7"))
    assert said(found, "NEW") == text.format("bom.csv")


def test_alternates_that_share_out_too_much_run_out_later_in_truth() -> None:
    group = {"alt_group": "A1"}
    found = scan(line("OLD", alt_share_pct=80, **group), line("NEW", alt_share_pct=30, **group))
    text = (
        "line of P7: shares of the alternates of group A1 add up to 110 %, more than 100, so its days are a lower limit"
    )
    assert said(found, "OLD") == text


def test_shares_of_lines_to_come_are_added_up_as_well() -> None:
    group = {"alt_group": "A1", "start": 11}
    found = scan(line("OLD", alt_share_pct=50, **group), line("NEW", alt_share_pct=30, **group))
    text = (
        "line of P7: shares of the alternates of group A1 add up to 80 %, less than 100, so its days are an upper limit"
    )
    assert said(found, "OLD") == text
    assert said(scan(line("OLD", alt_share_pct=70, **group), line("NEW", alt_share_pct=30, **group)), "OLD") is None


def test_a_made_part_of_unknown_production_time_says_when_its_components_are_needed() -> None:
    found = company(
        ON,
        parts=[{"part_no": name, "base_unit": "pc", "procurement": "make"} for name in ("P7", "OLD")],
        bom_lines=[line("OLD")],
    )
    text = "production time unknown: components are asked for on the day of its own need"
    assert (said(found, "P7"), said(found, "OLD")) == (text, None)
