"""What parts need, against a reading of the lines one by one in plain Python; and the walk against the programme."""

from dataclasses import replace
from datetime import date, timedelta
from math import inf, nan

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from riskplug.plan.disruption import Disruption
from riskplug.plan.nodes import Master
from riskplug.plan.supply_chain import supply_chain
from riskplug.plan.survive import time_to_survive
from tests.examples import examples
from tests.unit.bom.boms import line
from tests.unit.plan.test_needs import linked, needs
from tests.unit.plan.worlds import graph, planned

PARTS = ["F", "G", "A", "B", "C", "M", "N", "O"]


@st.composite
def bills(draw: st.DrawFn) -> tuple[list[dict], list[dict]]:
    """Lines from earlier parts to later ones, some in groups; masters that are bought, bulk or phantoms."""
    lines = []
    for at, parent in enumerate(PARTS[:5]):
        for component in PARTS[at + 1 :]:
            if not draw(st.booleans()):
                continue
            more = {
                "scrap_pct": draw(st.sampled_from([None, 0, 10])),
                "base_quantity": draw(st.sampled_from([None, 4])),
            }
            more |= {"yield_pct": draw(st.sampled_from([None, 50]))}
            if draw(st.booleans()):
                more |= {"alt_group": draw(st.sampled_from(["X", "Y"])), "alt_priority": draw(st.integers(1, 3))}
            lines.append(line(parent, component, draw(st.integers(1, 5)), **more))
    fates = {part: draw(st.sampled_from(["make", "make", "buy", "phantom", "bulk"])) for part in PARTS}
    masters = [
        {"part_no": part, "procurement": "buy" if fate == "buy" else "make"}
        | {fate: True for fate in [fate] if fate in ("phantom", "bulk")}
        for part, fate in fates.items()
    ]
    return lines, masters


def read(lines: list[dict], masters: list[dict]) -> dict[str, list[dict[str, float]]]:
    """Per parent what it needs; alternates that stand by count like those in use."""
    fate = {row["part_no"]: row for row in masters}
    found: dict[str, dict[str, dict[str, float]]] = {}
    for row in lines:
        if fate[row["parent"]]["procurement"] == "buy" and not fate[row["parent"]].get("phantom"):
            continue
        quantity = row["quantity"] * (1 + (row["scrap_pct"] or 0) / 100) / ((row["yield_pct"] or 100) / 100)
        quantity /= row["base_quantity"] or 1
        group = row.get("alt_group") or "alone " + row["component"]
        found.setdefault(row["parent"], {}).setdefault(group, {})[row["component"]] = quantity
    kept = {
        parent: [group for group in groups.values() if not any(fate[part].get("bulk") for part in group)]
        for parent, groups in found.items()
    }
    return {parent: sorted(groups, key=str) for parent, groups in kept.items() if groups}


@settings(max_examples=examples(60), deadline=None)
@given(bills())
def test_needs_are_what_a_reading_line_by_line_finds(bill: tuple[list[dict], list[dict]]) -> None:
    lines, masters = bill
    if not lines:
        return
    named = {row[end] for row in lines for end in ("parent", "component")}
    found = needs(*linked(lines, [row for row in masters if row["part_no"] in named]))
    expected = read(lines, masters)
    assert found.keys() == expected.keys()
    for parent, groups in expected.items():
        pairs = zip(sorted(found[parent], key=sorted), sorted(groups, key=sorted), strict=True)
        assert all(one == pytest.approx(other) for one, other in pairs)


ON = date(2025, 3, 3)
DAYS = 60


@settings(max_examples=examples(30), deadline=None)
@given(
    st.integers(0, 4),
    st.integers(0, 4),
    st.integers(0, 300),
    st.integers(1, 3),
    st.lists(st.tuples(st.integers(1, DAYS), st.integers(1, 90)), max_size=4),
)
def test_without_alternates_the_programme_says_what_the_walk_by_days_says(
    finished: int, rotors: int, magnets: int, each: int, orders: list[tuple[int, int]]
) -> None:
    """One product of 10 a day, one rotor each, ``each`` magnets a rotor; no more magnets but what is on order.

    Stocks of product and rotor last for whole days, so that a day is covered by one level. In the walk a receipt of a
    day counts before that day's demand, which the programme spreads over the day before it.
    """
    parts = ["F", "R", "M"]
    bill = graph(parts, [("F", "R", 1), ("R", "M", each)])
    rows = {"F": 10 * finished, "R": 10 * rotors, "M": magnets}
    found = planned(
        parts,
        ON,
        bom=bill,
        horizon=DAYS,
        parts=[{"part_no": part, "procurement": "buy" if part == "M" else "make"} for part in parts],
        inventory=[{"part_no": part, "quantity": quantity} for part, quantity in rows.items()],
        demand=[{"part_no": "F", "date": ON + timedelta(days=day + 1), "quantity": 10} for day in range(DAYS)],
        purchase_orders=[
            {
                "part_no": "M",
                "order_no": "1",
                "line": str(at),
                "due_date": ON + timedelta(days=day),
                "open_quantity": many,
            }
            for at, (day, many) in enumerate(orders)
        ],
    )
    nothing = np.full(3, nan)
    master = Master.of(found.index, found.tables["parts"])
    supply = supply_chain(bill, found.ledger, master, nothing, nothing, np.zeros(3, dtype=bool))
    chain = replace(supply.chain, receipts=supply.chain.receipts.assign(day=supply.chain.receipts["day"] - 1))
    lost = np.array([False, False, True])
    gone = Disruption("material", "x", lost, ~lost & lost, np.zeros(len(chain.receipts), dtype=bool))
    days = time_to_survive(chain, gone, np.array([0]), inf).products["days"].iloc[0]
    walked = found.parts.loc[2, ["all_runway_days", "all_runway_days_state"]]
    if walked.iloc[1] in ("runs_out", "already_short"):
        assert days == pytest.approx(walked.iloc[0], abs=1e-6)
    else:
        assert days >= DAYS - 1e-6
