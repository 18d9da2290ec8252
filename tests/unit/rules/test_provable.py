"""Proofs about conditions hold of every row there can be: endless runways, unknown columns, rounding."""

from datetime import date

import pytest

from riskplug.catalogue import GRAINS
from riskplug.rules.check import Scope, check_condition
from riskplug.rules.interpreter import interpret
from riskplug.rules.parse import parse
from riskplug.rules.provable import always, covered, never
from riskplug.rules.tree import Node

SCOPE = Scope(GRAINS["exposure"])
ENDLESS = {"restricted_runway_days_state": "no_demand", "all_runway_days_state": "no_demand"}


def condition(text: str) -> Node:
    return check_condition(parse(text), SCOPE)


@pytest.mark.parametrize(
    ("text", "row"),
    [
        ("all_runway_days >= all_runway_days + 5", ENDLESS),
        ("all_runway_days >= 2 * all_runway_days and all_runway_days > 5", ENDLESS),
        (
            "restricted_runway_days <= all_runway_days and all_runway_days + 3 days <= restricted_runway_days",
            ENDLESS,
        ),
        ("licence_days is missing and (is_product or licence_days > 5) == true", {"is_product": True}),
        ("lead_time_days - 0.6 >= 1.1 and lead_time_days <= 1.7", {"lead_time_days": 1.7}),
    ],
)
def test_a_condition_that_a_row_meets_is_not_proved_impossible(text: str, row: dict[str, object]) -> None:
    node = condition(text)
    assert interpret(node, row, date(2025, 4, 28), 365) is True
    assert not never(node, SCOPE)


@pytest.mark.parametrize(
    ("above", "here", "row"),
    [
        ("lead_time_days > 100 days", "lead_time_days is missing", {}),
        ("licence_days < 5 or licence_days >= 5", "lead_time_days < 3", {"lead_time_days": 1.0}),
        ("lead_time_days + licence_days - licence_days < 9", "lead_time_days < 5", {"lead_time_days": 1.0}),
    ],
)
def test_a_band_is_not_covered_by_one_that_may_be_undetermined_there(
    above: str, here: str, row: dict[str, object]
) -> None:
    assert interpret(condition(here), row, date(2025, 4, 28), 365) is True
    assert interpret(condition(above), row, date(2025, 4, 28), 365) is None
    assert not covered(condition(here), [condition(above)], SCOPE)


@pytest.mark.parametrize(
    ("above", "here"),
    [
        ("licence_days < 9 or licence_days is missing", "licence_days < 5 and is_product"),
        ("licence_days is missing", "licence_days is missing and is_product"),
        ('applies in ["yes", "likely"]', 'applies == "yes"'),
    ],
)
def test_a_band_that_holds_only_where_one_above_holds_is_covered(above: str, here: str) -> None:
    assert covered(condition(here), [condition(above)], SCOPE)


def test_opposites_exclude_each_other_even_where_a_column_cancels_out() -> None:
    assert never(
        condition("all_runway_days - all_runway_days < 5 and not (all_runway_days - all_runway_days < 5)"), SCOPE
    )
    assert always(condition("licence_days < 5 or licence_days >= 5"), SCOPE)
