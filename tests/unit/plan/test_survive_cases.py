"""The cases of tests/cases/runway/survive.yaml come out as their arithmetic says."""

from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from riskplug.plan.buildable import buildable_now
from riskplug.plan.loss import loss_over_recovery
from riskplug.plan.survive import time_to_survive
from tests.unit.plan.chains import Named, chain_of

FILE = Path(__file__).parents[2] / "cases" / "runway" / "survive.yaml"
INPUTS = ("needs", "stock", "demand", "margin", "capacity", "receipts")


def cases(what: str) -> list[Any]:
    found = YAML(typ="safe").load(FILE.read_text(encoding="utf-8"))
    return [pytest.param(case, id=case["name"]) for case in found if what in case]


def world(case: dict[str, Any]) -> Named:
    return chain_of(**{name: case[name] for name in INPUTS if name in case})


@pytest.mark.parametrize("case", cases("survive"))
def test_a_product_survives_as_long_as_its_case_says(case: dict[str, Any]) -> None:
    named = world(case)
    found = time_to_survive(named.chain, named.without(case["lost"]), named.at(*case["survive"])).products
    said = named.by_name(found, "state", "days", "bound")
    alone = named.by_name(found, "alone_state", "alone_days")
    for name, (state, days) in case["survive"].items():
        wanted = pytest.approx(float("nan") if days is None else days, nan_ok=True)
        assert said[name] == (state, wanted, "exact")
    for name, (state, days) in case.get("alone", {}).items():
        assert alone[name] == (state, pytest.approx(days))


@pytest.mark.parametrize("case", cases("loss"))
def test_the_least_loss_is_that_of_its_case(case: dict[str, Any]) -> None:
    named = world(case)
    for ttr_days, value in case["loss"].items():
        found = loss_over_recovery(named.chain, named.without(case["lost"]), float(ttr_days))
        assert (found.value, found.bound) == (pytest.approx(value, abs=1e-6), "exact")
        if wanted := case.get("lost_units", {}).get(ttr_days):
            assert named.by_name(found.products, "lost_units") == pytest.approx(wanted, abs=1e-6)


@pytest.mark.parametrize("case", cases("buildable"))
def test_as_many_units_can_be_built_as_its_case_says(case: dict[str, Any]) -> None:
    named = world(case)
    found = buildable_now(named.chain, named.at(*case["buildable"]))
    assert named.by_name(found, "units") == pytest.approx(case["buildable"])
