"""What must hold whatever the company looks like: help never hurts, losses never help, and nothing changes nothing."""

from functools import cache
from random import Random
from typing import Any

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from riskplug.scenario import Base
from riskplug.scenario.engine import outcomes
from riskplug.scenario.facts import Outcome
from tests.unit.scenario.company import ORDER, SITE, base, day, found, measure, scenario

SETTLED = settings(max_examples=4, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
_RANK = {"already_short": 0.0, "covered_to_horizon": 1e6, "no_demand": 2e6}


@cache
def company(seed: int) -> Base:
    """The company of company.py with any stock, needs and receipts from two suppliers, under a licence or not.

    By seed, so that the invariants share the few that are analysed.
    """
    draw = Random(seed)
    orders = [
        {
            **ORDER,
            "order_no": str(n),
            "due_date": day(draw.randrange(56)),
            "open_quantity": draw.randint(1, 40),
            "supplier": draw.choice(["S1", "S2"]),
            "country_of_origin": draw.choice(["CN", "CN", "JP", None]),
        }
        for n in range(draw.randint(1, 6))
    ]
    demand = [("P", draw.randrange(56), float(draw.randint(1, 20))) for _ in range(draw.randint(1, 6))]
    stock = {name: float(draw.randint(0, 60)) for name in ("P", "M", "C", "A")}
    return base(measure(status=draw.choice(["in_force", "suspended"])), stock=stock, orders=orders, demand=demand)


companies = st.integers(0, 7).map(company)


def ranks(of: Outcome) -> "pd.Series[float]":
    """Restricted runways as numbers that compare, per part."""
    rows = of.part.set_index("part_no")
    state = rows["restricted_runway_days_state"].astype("object").map(_RANK).astype("float64")
    return state.fillna(rows["restricted_runway_days"])


def no_longer(one: Outcome, other: Outcome) -> bool:
    return bool((ranks(one) <= ranks(other) + 1e-9).all())


def stopped(of: Outcome) -> set[str]:
    rows = of.order_line
    return set(rows.loc[rows["stopped"].fillna(False).astype(bool), "order_no"].astype("str"))


HELPS = [
    {"kind": "buffer", "part": "M", "site": SITE, "quantity": 7, "on": day(9)},
    {"kind": "source", "part": "M", "site": SITE, "supplier": "N", "origin": "JP", "on": day(1), "lead_time_days": 8},
    {"kind": "demand", "change_pct": -30},
    {"kind": "measure", "measures": "cn-dy", "becomes": "lifted", "from": day(10)},
]
HURTS = [
    {"kind": "supplier_lost", "supplier": "S1"},
    {"kind": "supplier_lost", "supplier": "S2", "from": day(20)},
    {"kind": "site_lost", "site": SITE},
    {"kind": "demand", "change_pct": 30, "from": day(5)},
    {"kind": "measure", "measures": "cn-dy", "becomes": "in_force", "from": day(10)},
    {"kind": "embargo", "origins": "CN", "materials": "Dy", "from": day(3), "through": day(30)},
]


@pytest.mark.parametrize("overlay", HELPS, ids=lambda overlay: str(overlay["kind"]))
@SETTLED
@given(of=companies)
def test_what_helps_never_shortens_a_runway(overlay: dict[str, Any], of: Base) -> None:
    assert no_longer(of.outcome, found(of, overlay))


@SETTLED
@given(of=companies)
def test_what_hurts_never_lengthens_a_runway(of: Base) -> None:
    for overlay in HURTS:
        assert no_longer(found(of, overlay), of.outcome), overlay


@SETTLED
@given(of=companies)
def test_lifting_stops_no_more_orders_and_an_embargo_no_fewer(of: Base) -> None:
    """What is stopped under the lifted measure is stopped today; what is stopped today, under an embargo as well."""
    lifted = found(of, {"kind": "measure", "measures": "cn-dy", "becomes": "lifted"})
    embargo = found(of, {"kind": "embargo", "origins": "any", "materials": "Dy"})
    assert stopped(lifted) <= stopped(of.outcome) <= stopped(embargo)
    assert no_longer(embargo, of.outcome)
    assert no_longer(of.outcome, lifted)


@SETTLED
@given(of=companies, pct=st.integers(0, 100))
def test_a_licence_granted_late_lies_between_refused_and_lifted(of: Base, pct: int) -> None:
    made = outcomes(scenario({"kind": "licence", "delay_days": pct // 3}), of)
    lifted = found(of, {"kind": "measure", "measures": "cn-dy", "becomes": "lifted"})
    assert no_longer(made["refused"], made["granted"])
    assert no_longer(made["granted"], lifted)
    assert no_longer(made["refused"], of.outcome)
    assert no_longer(of.outcome, made["refused"])


@SETTLED
@given(of=companies, split=st.integers(1, 54))
def test_two_stretches_of_the_same_law_are_one(of: Base, split: int) -> None:
    """In force until a day and from the day after is in force."""
    law = {"kind": "measure", "measures": "cn-dy", "becomes": "in_force"}
    halves = ({**law, "through": day(split)}, {**law, "from": day(split + 1)})
    assert ranks(found(of, *halves)).tolist() == ranks(found(of, law)).tolist()


@SETTLED
@given(of=companies)
def test_a_scenario_that_changes_nothing_is_the_base(of: Base) -> None:
    got = found(of, {"kind": "demand", "change_pct": 0}, {"kind": "embargo", "origins": "JP", "materials": "Sb"})
    pd.testing.assert_frame_equal(got.part, of.outcome.part, check_exact=True)
    pd.testing.assert_frame_equal(got.product, of.outcome.product, check_exact=True)
    pd.testing.assert_frame_equal(got.order_line, of.outcome.order_line, check_exact=True)
