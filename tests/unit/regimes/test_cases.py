"""The YAML tables of tests/cases/regimes: one order of one part on one date, judged by the shipped measures."""

from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from regimes_world import own_content, shipped, tables, workspace

from riskplug.documents import load_yaml
from riskplug.regimes import judge_orders

FOLDER = Path(__file__).parents[2] / "cases" / "regimes"
CASES: list[dict[str, Any]] = [case for file in sorted(FOLDER.glob("*.yaml")) for case in load_yaml(file).data["cases"]]
DATES = ("due_date", "shipped_on", "licence_valid_to")


def day_of(n: int) -> tuple[Any, ...]:
    """What cases must share to be judged together: date and policy."""
    return CASES[n]["on"], *sorted(CASES[n].get("policy", {}).items())


@cache
def judge(day: tuple[Any, ...]) -> pd.DataFrame:
    """All cases of a day and policy in one judgement; the part of case n is Pn."""
    together = [(f"P{n}", CASES[n]) for n in range(len(CASES)) if day_of(n) == day]
    parts = [{"part_no": name, **case.get("part", {})} for name, case in together]
    orders = [
        {"order_no": name, "line": "10", "part_no": name, "supplier": "S", "open_quantity": 1, **dated(case["order"])}
        for name, case in together
    ]
    content = [{"part_no": name, **row} for name, case in together for row in case.get("content", ())]
    unproven = [name for name, case in together if case.get("unproven")]
    own = own_content(content, unproven)
    return judge_orders(tables(parts, orders), own, shipped(), workspace=workspace(**dict(day[1:])), on=day[0])


def dated(order: dict[str, Any]) -> dict[str, Any]:
    return {name: pd.Timestamp(value) if name in DATES else value for name, value in order.items()}


@pytest.mark.parametrize("n", range(len(CASES)), ids=[case["name"] for case in CASES])
def test_an_order_is_judged_as_the_register_says(n: int) -> None:
    case, found = CASES[n], judge(day_of(n))
    mine = found[found["part_no"].astype("str") == f"P{n}"]
    row = mine[mine["measure"] == case["measure"]]
    if case["expect"] is None:
        assert row.empty, row[["measure", "applies", "why"]].to_dict("records")
        return
    assert len(row) == 1, mine[["measure", "applies", "why"]].to_dict("records")
    expected = dict(case["expect"])
    assert expected.pop("why", "") in row["why"].iloc[0]
    assert {name: row[name].iloc[0] for name in expected} == expected


def test_no_reason_ever_says_that_something_is_free_to_go() -> None:
    said = pd.concat([judge(day_of(n)) for n in range(len(CASES))])["why"].str.lower()
    assert not said.str.contains(r"\bclear|\bcleared|\bfree to|\bcompliant").any()
