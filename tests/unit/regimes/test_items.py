"""tests/cases/regimes/register/items.yaml: every item of every measure that restricts is caught where it should be."""

from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from regimes_world import own_content, shipped, tables, workspace

from riskplug.documents import load_yaml
from riskplug.regimes import judge_orders

CASES = Path(__file__).parents[2] / "cases" / "regimes"
GROUPS: list[dict[str, Any]] = load_yaml(CASES / "register" / "items.yaml").data["groups"]
OTHERS = [case for file in sorted(CASES.glob("*.yaml")) for case in load_yaml(file).data["cases"]]
CAUGHT = [(n, row) for n, group in enumerate(GROUPS) for row in group.get("caught", ())]
NOT_CAUGHT = [(n, row) for n, group in enumerate(GROUPS) for row in group.get("not_caught", ())]
SURE = {"probability": 1.0, "evidence": "certificate"}
# They restrict, but list no goods: know-how, and names that suppliers are screened against.
NO_GOODS = {"cn-2025-62", "cn-entity-lists"}


@cache
def judged(n: int) -> pd.DataFrame:
    """All rows of a group in one judgement; the part is material and form."""
    group = GROUPS[n]
    pairs = sorted({(row[1], row[2]) for row in [*group.get("caught", ()), *group.get("not_caught", ())]})
    parts = [{"part_no": f"{material} {form}"} for material, form in pairs]
    about = {"supplier": "S", "open_quantity": 1, **group["order"]}
    orders = [{**about, "order_no": "1", "line": str(k), **part} for k, part in enumerate(parts)]
    content = [
        {
            "part_no": f"{material} {form}",
            "material": material,
            "form": form,
            "probability": 1.0,
            "evidence": "certificate",
        }
        for material, form in pairs
    ]
    settings = workspace(**group.get("policy", {}))
    return judge_orders(tables(parts, orders), own_content(content), shipped(), workspace=settings, on=group["on"])


def rows_of(n: int, material: str, form: str) -> pd.DataFrame:
    found = judged(n)
    return found[found["part_no"].astype("str") == f"{material} {form}"]


@pytest.mark.parametrize(("n", "row"), CAUGHT, ids=[f"{row[0]}-{row[1]}-{row[2]}-{n}" for n, row in CAUGHT])
def test_a_listed_good_is_caught_as_the_sheet_says(n: int, row: list[str]) -> None:
    item, material, form, applies, *reasons = row
    found = rows_of(n, material, form).set_index("measure")
    assert found.loc[item, "applies"] == applies
    assert [reason for reason in reasons if reason not in found.loc[item, "why"]] == [], found.loc[item, "why"]


@pytest.mark.parametrize(("n", "row"), NOT_CAUGHT, ids=[f"{row[0]}-{row[1]}-{row[2]}-{n}" for n, row in NOT_CAUGHT])
def test_a_good_that_is_not_listed_has_no_row(n: int, row: list[str]) -> None:
    item, material, form = row
    measures = rows_of(n, material, form)["measure"]
    assert measures[(measures == item) | measures.str.startswith(f"{item}-")].tolist() == []


def test_whatever_a_text_asks_and_an_erp_does_not_hold_is_named_in_the_reason() -> None:
    asked = {item.id: item for one in shipped() for item in one.items}
    for n, (name, material, form, *_) in CAUGHT:
        if name not in asked:
            continue
        row = rows_of(n, material, form).set_index("measure").loc[name]
        item = asked[name]
        tests = [*item.tests, *(test for variant in item.variants for test in variant.tests)]
        parameters = [*(test.field for test in tests), *item.needs, *item.not_confirmed]
        assert [word for word in parameters if word not in row["why"]] == []
        assert not parameters or row["applies"] == "unknown"


def measure_of(item: str) -> str:
    return max((one.id for one in shipped() if item == one.id or item.startswith(f"{one.id}-")), key=len)


def test_every_measure_that_restricts_goods_has_a_case_that_applies_and_one_that_does_not() -> None:
    applies = {measure_of(row[0]) for _, row in CAUGHT} | {
        measure_of(case["measure"]) for case in OTHERS if case["expect"] is not None
    }
    does_not = {measure_of(row[0]) for _, row in NOT_CAUGHT} | {
        measure_of(case["measure"]) for case in OTHERS if case["expect"] is None
    }
    wanted = {measure.id for measure in shipped() if measure.restricts} - NO_GOODS
    assert (sorted(wanted - applies), sorted(wanted - does_not)) == ([], [])


def test_every_item_that_can_be_matched_has_a_case() -> None:
    wanted = {
        item.id for measure in shipped() if measure.restricts for item in measure.items if item.materials and item.forms
    }
    assert sorted(wanted - {row[0] for _, row in CAUGHT}) == []


def test_what_lists_no_goods_can_be_matched_with_none() -> None:
    for measure in shipped():
        if measure.id in NO_GOODS:
            assert not measure.same_items_as
            assert not any(item.materials for item in measure.items)
