"""Every kind of overlay against arithmetic on paper; the company and its base are in company.py."""

from collections.abc import Sequence
from datetime import date
from typing import Any

import pandas as pd
import pytest

from riskplug.errors import UsageError
from riskplug.regimes import Span
from riskplug.scenario import Base
from riskplug.scenario.compare import compare
from riskplug.scenario.engine import outcomes
from riskplug.scenario.running import expected, run_scenarios
from tests.unit.scenario import company
from tests.unit.scenario.company import ORDER, SITE, base, day, found, measure, runway, scenario, stop

WITHOUT, WITH = (20.0, "runs_out"), (41.0, "runs_out")
STOPS_EARLY, STOPS_LATE = (date(2025, 3, 24), "M", 6000.0), (date(2025, 4, 14), "M", 3000.0)


@pytest.fixture(scope="module")
def licensed() -> Base:
    """The receipt waits for a licence."""
    return base(measure())


@pytest.fixture(scope="module")
def free() -> Base:
    """No measure in force."""
    return base(measure(status="suspended"))


def test_the_base_is_as_reckoned(licensed: Base, free: Base) -> None:
    assert (runway(licensed.outcome), stop(licensed.outcome)) == (WITHOUT, STOPS_EARLY)
    assert (runway(free.outcome), stop(free.outcome)) == (WITH, STOPS_LATE)


def law(becomes: str, **dates: date) -> dict[str, Any]:
    named = {"starts": "from"}
    told = {named.get(key, key): value for key, value in dates.items()}
    return {"kind": "measure", "measures": "cn-dy", "becomes": becomes, **told}


@pytest.mark.parametrize(
    ("overlay", "days"),
    [
        (law("lifted"), WITH),
        (law("lifted", starts=day(21)), WITH),  # the receipt of day 20 comes on day 21, and counts that day
        (law("lifted", starts=day(22)), WITHOUT),  # a day late for the need of day 21
        (law("lifted", through=day(19)), WITHOUT),  # back before the receipt is due
        (law("lifted", through=day(20)), WITH),
        (law("in_force"), WITHOUT),
    ],
)
def test_a_lifted_measure_lets_receipts_come(licensed: Base, overlay: dict[str, Any], days: object) -> None:
    assert runway(found(licensed, overlay)) == days


@pytest.mark.parametrize(
    ("overlay", "days"),
    [
        (law("in_force"), WITHOUT),
        (law("in_force", starts=day(20)), WITHOUT),
        (law("in_force", starts=day(21)), WITH),  # due the day before
        (law("in_force", starts=day(10), through=day(20)), WITH),  # free to come on day 21
        (law("in_force", starts=day(10), through=day(21)), WITHOUT),  # free on day 22
        ({"kind": "measure", "measures": "suspended", "becomes": "in_force"}, WITHOUT),
        (law("lifted"), WITH),
        (law("extended"), WITH),
    ],
)
def test_a_measure_coming_back_holds_receipts(free: Base, overlay: dict[str, Any], days: object) -> None:
    assert runway(found(free, overlay)) == days


def test_a_suspension_that_is_extended_lasts_beyond_its_last_day() -> None:
    spans = (Span.model_validate({"status": "suspended", "through": "2025-02-28"}),)
    known = base(measure(spans=spans))
    assert set(known.outcome.exposures[0][1]["measure_status"]) == {"unknown"}
    kept = found(known, law("extended", starts=date(2025, 2, 28), through=date(2025, 3, 31)))
    assert kept.exposures[0][1].empty
    assert [when for when, _ in kept.exposures] == [date(2025, 3, 3), date(2025, 4, 1)]
    assert set(kept.exposures[1][1]["measure_status"]) == {"unknown"}


@pytest.mark.parametrize(
    ("more", "days"),
    [
        ({}, WITHOUT),
        ({"forms": "magnet", "destinations": ["DE"]}, WITHOUT),
        ({"forms": ["oxide", "metal"]}, WITH),
        ({"destinations": ["US"]}, WITH),
        ({"origins": "JP"}, WITH),
        ({"materials": ["Tb"]}, WITH),
        ({"from": day(20)}, WITHOUT),
        ({"from": day(21)}, WITH),
    ],
)
def test_an_embargo_stops_its_goods_and_no_others(free: Base, more: dict[str, Any], days: object) -> None:
    assert runway(found(free, {"kind": "embargo", "origins": ["CN"], "materials": ["Dy"], **more})) == days


def answers(of: Base, **said: Any) -> dict[str, object]:
    made = outcomes(scenario({"kind": "licence", **said}), of)
    return {branch: runway(one) for branch, one in made.items()}


@pytest.mark.parametrize(
    ("said", "expect"),
    [
        ({"delay_days": 0}, {"granted": WITH, "refused": WITHOUT}),
        ({"delay_days": 21}, {"granted": WITH, "refused": WITHOUT}),
        ({"delay_days": 22}, {"granted": WITHOUT, "refused": WITHOUT}),  # there on day 22, needed on day 21
        ({"delay_days": 5, "approval_pct": 0}, {"refused": WITHOUT}),
        ({"delay_days": 5, "approval_pct": 100}, {"granted": WITH}),
        ({"delay_days": 5, "measures": ["cn-dy"]}, {"granted": WITH, "refused": WITHOUT}),
    ],
)
def test_a_licence_brings_the_receipt_late_or_not_at_all(
    licensed: Base, said: dict[str, Any], expect: dict[str, object]
) -> None:
    assert answers(licensed, **said) == expect


def test_no_licence_is_to_be_had_from_a_ban_nor_for_a_line_refused_before() -> None:
    assert answers(base(measure(kind="ban")), delay_days=5) == {"granted": WITHOUT, "refused": WITHOUT}
    refused = base(measure(), orders=[{**ORDER, "licence_status": "refused"}])
    assert answers(refused, delay_days=5)["granted"] == WITHOUT


def test_a_presumptive_denial_is_granted_only_where_it_is_named() -> None:
    denied = base(measure(kind="presumptive_denial"))
    assert answers(denied, delay_days=5)["granted"] == WITHOUT
    assert answers(denied, delay_days=5, measures=["cn-dy"])["granted"] == WITH


def test_a_line_under_two_measures_waits_for_the_later_licence() -> None:
    both = base(measure(), measure("cn-too"))
    slow = {"kind": "licence", "measures": "cn-too", "delay_days": 22}
    made = outcomes(scenario({"kind": "licence", "delay_days": 5}, slow), both)
    assert runway(made["granted"]) == WITHOUT


def test_an_application_under_a_measure_to_come_is_made_when_it_begins(free: Base) -> None:
    """In force from day 10: with 11 days the licence is there on day 21, with 12 it is not."""
    back = law("in_force", starts=day(10))
    for delay, days in ((11, WITH), (12, WITHOUT)):
        made = outcomes(scenario(back, {"kind": "licence", "delay_days": delay}), free)
        assert runway(made["granted"]) == days


@pytest.mark.parametrize(("applied", "days"), [(-30, WITH), (0, WITH), (10, WITH), (11, WITHOUT)])
def test_the_time_of_a_licence_runs_from_an_application_to_come(applied: int, days: object) -> None:
    """Eleven days from today, or from the day of the application if that is later; needed on day 21."""
    of = base(measure(), orders=[{**ORDER, "licence_status": "applied", "licence_applied_on": day(applied)}])
    assert answers(of, delay_days=11)["granted"] == days


def test_chances_are_mixed_by_the_share_granted_and_dates_are_not(licensed: Base) -> None:
    """Issues of exactly ten a week: without the receipt day 30 is certainly past the end, with it certainly not."""
    of = scenario({"kind": "licence", "delay_days": 5, "approval_pct": 80})
    made = outcomes(of, licensed)
    compared = [compare(licensed.view, one, scenario="x", branch=name) for name, one in made.items()]
    (row,) = expected(made, compared, 80, "x").query("part_no == 'M'").to_dict("records")
    # 0.8 x 0 + 0.2 x 1 by day 30; by day 60 it has run out either way
    assert row["p_stock_out_30"] == pytest.approx(0.2)
    assert row["p_stock_out_60"] == pytest.approx(1.0)
    assert "stock_out_date" not in row


def test_without_a_known_share_no_chance_is_formed(licensed: Base) -> None:
    (one,) = run_scenarios([scenario({"kind": "licence", "delay_days": 5})], licensed)
    assert [branch.branch for branch in one.branches] == ["granted", "refused"]
    assert one.approval_pct is None
    assert one.expected.empty


def test_a_longer_licence_moves_the_last_day_to_order() -> None:
    """Lead time 10: 2025-03-24 less 10 less 65 days is 2025-01-08; with 120 it is 2024-11-14."""
    of = base(measure(), parts=[{"part_no": "M", "procurement": "buy", "lead_time_days": 10}])
    (one,) = run_scenarios([scenario({"kind": "licence", "delay_days": 120, "approval_pct": 0})], of)
    (row,) = one.branches[0].rows["part"].query("part_no == 'M'").to_dict("records")
    assert (row["base_last_order_date"], row["last_order_date"]) == (
        pd.Timestamp("2025-01-08"),
        pd.Timestamp("2024-11-14"),
    )
    assert row["change"] == "worse"


@pytest.mark.parametrize(("starts", "days"), [(None, WITHOUT), (day(20), WITHOUT), (day(21), WITH)])
def test_a_lost_supplier_delivers_nothing_due_from_the_day_on(free: Base, starts: date | None, days: object) -> None:
    overlay = {"kind": "supplier_lost", "supplier": "S1", **({"from": starts} if starts else {})}
    lost = found(free, overlay)
    assert runway(lost) == days
    assert lost.part.set_index("part_no").loc["M", "qualified_suppliers"] == 1
    assert free.outcome.part.set_index("part_no").loc["M", "qualified_suppliers"] == 2


def test_losing_a_supplier_with_a_short_lead_time_does_not_hasten_the_undated_lines_of_others() -> None:
    """Undated, so credited after the preferred source's 25 days; without that source 5 days would be said."""
    sources = [
        {"part_no": "M", "supplier": "S1", "qualified": True, "priority": 1, "lead_time_days": 25},
        {"part_no": "M", "supplier": "S2", "qualified": True, "priority": 2, "lead_time_days": 5},
    ]
    of = base(orders=[{**ORDER, "due_date": None, "supplier": "S2"}], sourcing=sources)
    assert runway(of.outcome) == WITHOUT
    assert runway(found(of, {"kind": "supplier_lost", "supplier": "S1"})) == WITHOUT


def test_a_lost_site_has_neither_stock_nor_receipts(free: Base) -> None:
    """The first need is on day 7: six whole days."""
    lost = found(free, {"kind": "site_lost", "site": SITE})
    assert runway(lost) == (6.0, "runs_out")
    assert runway(lost, "C") == (6.0, "runs_out")
    assert stop(lost)[0] == date(2025, 3, 10)
    assert stop(lost)[2] == 8000


@pytest.mark.parametrize(
    ("more", "days"),
    [
        ({"change_pct": 100}, 13.0),  # 20 a week: one week
        ({"change_pct": 50}, 13 + 5 / 15),  # 15 a week: 5 left of 15 on day 14
        ({"change_pct": -50}, 34.0),  # 5 a week: four weeks
        ({"change_pct": 100, "product": "P", "site": SITE}, 13.0),
        ({"change_pct": 100, "product": "C"}, 20.0),  # C itself is not sold
        ({"change_pct": 100, "from": day(14)}, 13.5),  # 10 left of 20 on day 14
        ({"change_pct": 100, "through": day(7)}, 13.0),  # 20 on day 7, nothing left
    ],
)
def test_demand_changes_by_a_percentage(licensed: Base, more: dict[str, Any], days: float) -> None:
    assert runway(found(licensed, {"kind": "demand", **more}))[0] == pytest.approx(days)


def test_without_demand_nothing_is_needed(licensed: Base) -> None:
    assert runway(found(licensed, {"kind": "demand", "change_pct": -100})) == (None, "no_demand")


def alternate(**said: Any) -> dict[str, Any]:
    return {"kind": "alternate", "part": "M", "alternate": "A", "site": SITE, "on": day(0), **said}


@pytest.mark.parametrize(
    ("said", "days", "of_alternate", "stops"),
    [
        # half each: 20 magnets are four weeks of 5, 15 alternates three
        ({"share_pct": 50}, 34.0, 27.0, (day(28), "A")),
        # from day 15 on: the magnets are used up in week 2, and half of week 3 is missing
        ({"share_pct": 50, "on": day(15)}, 20.0, 41.0, (day(21), "M")),
        # all of it, two for one: 20 a week, 15 are there
        ({"quantity_per": 2}, None, 6.75, (day(7), "A")),
        # all of it: 10 a week
        ({}, None, 13.5, (day(14), "A")),
    ],
)
def test_an_alternate_takes_its_share_and_can_stop_the_product(
    licensed: Base, said: dict[str, Any], days: float | None, of_alternate: float, stops: tuple[date, str]
) -> None:
    got = found(licensed, alternate(**said))
    assert (runway(got)[0], runway(got, "A")[0]) == (days, of_alternate)
    assert stop(got)[:2] == stops


def test_what_an_alternate_is_asked_for_is_no_sale() -> None:
    of = base(measure(), parts=[{"part_no": "A", "procurement": "buy", "unit_revenue": 1e6}])
    got = found(of, alternate())
    assert got.product["revenue_at_risk"].tolist() == of.outcome.product["revenue_at_risk"].tolist() == [8000.0]


def test_an_alternate_that_holds_the_assembly_is_refused() -> None:
    looped = base(lines=(("P", "M", 1), ("A", "P", 1)))
    with pytest.raises(UsageError, match="A cannot stand in for M"):
        found(looped, alternate())


def source(**said: Any) -> dict[str, Any]:
    about = {"part": "M", "site": SITE, "supplier": "NEW", "origin": "JP", "on": day(5), "lead_time_days": 10}
    return {"kind": "source", **about, **said}


@pytest.mark.parametrize(
    ("said", "days"),
    [
        ({}, (None, "covered_to_horizon")),  # from day 15 on it covers everything
        ({"share_pct": 50}, (20.5, "runs_out")),  # half of day 21
        ({"lead_time_days": 16}, (None, "covered_to_horizon")),  # there on day 21
        ({"lead_time_days": 17}, WITHOUT),
        ({"origin": "CN"}, WITHOUT),  # caught like the others
    ],
)
def test_a_new_source_covers_its_share_after_its_lead_time(licensed: Base, said: dict[str, Any], days: object) -> None:
    assert runway(found(licensed, source(**said))) == days


def test_a_new_source_counts_as_qualified_from_its_day_on(licensed: Base) -> None:
    counted = [found(licensed, source(on=on)).part.set_index("part_no") for on in (day(0), day(1))]
    assert [rows.loc["M", "qualified_suppliers"] for rows in counted] == [3, 2]


@pytest.mark.parametrize(
    ("said", "days"),
    [
        ({"on": day(21)}, 27.0),
        ({"on": day(22)}, 20.0),
        ({"on": day(-30)}, 27.0),
        ({"on": day(0), "quantity": 4}, 20.4),
        ({"on": day(0), "origin": "CN"}, 20.0),
    ],
)
def test_a_buffer_is_there_on_its_day(licensed: Base, said: dict[str, Any], days: float) -> None:
    bought = {"kind": "buffer", "part": "M", "site": SITE, "quantity": 10, **said}
    assert runway(found(licensed, bought))[0] == pytest.approx(days)


def test_a_buffer_does_not_make_an_unknown_stock_known() -> None:
    unknown = base(measure(), stock={"M": float("nan"), "C": 100, "P": 0, "A": 0})
    assert runway(unknown.outcome)[1] == "unknown"
    bought = {"kind": "buffer", "part": "M", "site": SITE, "quantity": 10, "on": day(0)}
    assert runway(found(unknown, bought)) == (None, "unknown")


NOTHING: Sequence[dict[str, Any]] = (
    {"kind": "demand", "change_pct": 0},
    {"kind": "measure", "measures": ["cn-dy"], "becomes": "in_force"},
    {"kind": "measure", "measures": "suspended", "becomes": "lifted"},
    {"kind": "embargo", "origins": ["JP"], "materials": ["Sb"]},
    {"kind": "licence", "delay_days": 65, "approval_pct": 0},
)


@pytest.mark.parametrize("overlay", NOTHING, ids=lambda overlay: str(overlay["kind"]))
def test_a_scenario_that_changes_nothing_gives_the_base_to_the_bit(licensed: Base, overlay: dict[str, Any]) -> None:
    got, was = found(licensed, overlay), licensed.outcome
    for name in ("part", "product", "order_line"):
        pd.testing.assert_frame_equal(getattr(got, name), getattr(was, name), check_exact=True)
    pd.testing.assert_frame_equal(got.exposures[0][1], was.exposures[0][1], check_exact=True)
    branch = compare(licensed.view, got, scenario="x", branch="")
    assert not branch.changes
    assert branch.totals == branch.base


def test_the_base_is_not_touched_by_a_scenario(licensed: Base) -> None:
    tables = licensed.analysis.foundation.tables
    before = {name: table.copy(deep=True) for name, table in tables.items()}
    found(licensed, *[one for one in NOTHING[:4]], alternate(), source(), law("lifted"))
    for name, table in tables.items():
        pd.testing.assert_frame_equal(table, before[name], check_exact=True)
    assert company.runway(licensed.outcome) == WITHOUT
