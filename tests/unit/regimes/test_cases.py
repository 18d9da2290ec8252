"""The YAML tables of tests/cases/regimes: one order of one part on one date, judged by the shipped measures."""

from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from regimes_world import own_content, shipped, tables, workspace

from riskplug.documents import load_yaml
from riskplug.regimes import judge_orders

FOLDER = Path(__file__).parents[2] / "cases" / "regimes"
CASES = [case for file in sorted(FOLDER.glob("*.yaml")) for case in load_yaml(file).data["cases"]]


def judge(case: dict[str, Any]) -> pd.DataFrame:
    part = {"part_no": "P", **case.get("part", {})}
    order = {"order_no": "1", "line": "10", "part_no": "P", "supplier": "S", "open_quantity": 1, **case["order"]}
    order = {name: pd.Timestamp(value) if name in DATES else value for name, value in order.items()}
    own = own_content(
        [{"part_no": "P", **row} for row in case.get("content", ())], ["P"] if case.get("unproven") else ()
    )
    return judge_orders(
        tables([part], [order]), own, shipped(), workspace=workspace(**case.get("policy", {})), on=case["on"]
    )


DATES = ("due_date", "shipped_on", "licence_valid_to")


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_an_order_is_judged_as_the_register_says(case: dict[str, Any]) -> None:
    found = judge(case)
    row = found[found["measure"] == case["measure"]]
    if case["expect"] is None:
        assert row.empty, row[["measure", "applies", "why"]].to_dict("records")
        return
    assert len(row) == 1, found[["measure", "applies", "why"]].to_dict("records")
    expected = dict(case["expect"])
    assert expected.pop("why", "") in row["why"].iloc[0]
    assert {name: row[name].iloc[0] for name in expected} == expected


def test_no_reason_ever_says_that_something_is_free_to_go() -> None:
    said = pd.concat([judge(case) for case in CASES])["why"].str.lower()
    assert not said.str.contains(r"\bclear|\bcleared|\bfree to|\bcompliant").any()
