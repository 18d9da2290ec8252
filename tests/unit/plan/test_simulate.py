"""The simulation equals a slow walk over the same draws, and closed forms within its own error."""

import gc
from datetime import date, timedelta
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy.stats import multivariate_normal, norm, poisson

from riskplug.plan.lateness import Lateness
from riskplug.plan.simulate import NEVER, Arrivals, Draws, Parts, first_days, run_out
from riskplug.tables import conform

ON = date(2025, 3, 3)
HISTORY = [-2, 0, 0, 1, 2, 4, 5, 9]
"""Days late of eight lines of the one supplier."""


def measured(history: list[int] = HISTORY) -> Lateness:
    rows = [
        {
            "order_no": str(at),
            "line": "1",
            "part_no": "A",
            "supplier": "S",
            "quantity": 1,
            "due_date": pd.Timestamp(ON - timedelta(days=100)),
            "received_on": pd.Timestamp(ON - timedelta(days=100 - days)),
        }
        for at, days in enumerate(history)
    ]
    index = pd.Index(["A"], dtype="str")
    return Lateness.of(conform("goods_receipts", pd.DataFrame(rows), index), pd.Index(["B"], dtype="str"), ON)


def receipt(due: int, quantity: float, *, late: bool = False, earliest: int = 0, licence: Any = None) -> dict[str, Any]:
    start, end = licence or (0, 0)
    return {
        "quantity": quantity,
        "due": due,
        "group": 0 if late else -1,
        "earliest": earliest,
        "licensed": licence is not None,
        "licence_from": start,
        "licence_to": end,
    }


def parts(*given: tuple[float, Any, float | None, list[dict[str, Any]]]) -> Parts:
    """(stock, requirement by day from day 0, deviation or None for counts, receipts)."""
    size = np.array([len(one[3]) for one in given])
    rows = [{**row, "draw": at} for *_, receipts in given for at, row in enumerate(receipts)]
    column = lambda name, kind: np.array([row[name] for row in rows], dtype=kind)  # noqa: E731
    arrivals = Arrivals(
        np.concatenate([[0], np.cumsum(size)]).astype(np.int64),
        column("quantity", float),
        column("due", np.int64),
        column("group", np.int64),
        column("earliest", np.int64),
        column("draw", np.int64),
        column("licensed", bool),
        column("licence_from", np.int64),
        column("licence_to", np.int64),
    )
    used = np.cumsum([np.asarray(one[1], dtype=float) for one in given], axis=1)
    return Parts(
        np.array([float(one[0]) for one in given]),
        used,
        np.array([one[2] or 0.0 for one in given]),
        np.array([one[2] is None for one in given]),
        arrivals,
        np.full(len(given), 1e-9),
    )


def daily(quantity: float, days: int) -> list[float]:
    return [0.0, *[quantity] * days]


def error(chance: float, paths: int = 20_000) -> float:
    """Standard error of a share of paths."""
    return float((chance * (1 - chance) / paths) ** 0.5)


def chance(one: Parts, day: int, *, paths: int = 2000, approval: float = 1.0) -> float:
    draws = Draws.of(one.used.shape[1] - 1, 400, paths=paths)
    return float(run_out(one, np.array([[day]]), measured(), approval, draws)[0, 0])


def slow_first_day(one: Parts, at: int, path: int, asked: int, approval: float, draws: Draws) -> int:
    """One part on one path, one day after the other."""
    days = []
    for r in range(one.arrivals.starts[at], one.arrivals.starts[at + 1]):
        a = one.arrivals
        day = max(int(a.due[r]), int(a.earliest[r]))
        if a.group[r] >= 0:
            late = sorted(HISTORY)[int(draws.lateness[a.draw[r], path] * len(HISTORY))]
            day = max(int(a.due[r]) + late, int(a.earliest[r]))
        if a.licensed[r]:
            span = int(a.licence_to[r] - a.licence_from[r]) + 1
            granted = draws.granted[path] < approval
            day = max(day, int(a.licence_from[r]) + int(draws.delay[path] * span)) if granted else 10**6
        days.append((day, a.quantity[r]))
    for day in range(asked + 1):
        planned = one.used[at, day] - (one.used[at, day - 1] if day else 0.0)
        if planned == 0 and day != asked:
            continue
        supply = one.stock[at] + sum(quantity for came, quantity in days if came <= day)
        if one.counts[at]:
            asked_for = sum(1 for time in draws.events[:, path] if time <= one.used[at, day])
        else:
            asked_for = one.used[at, day] + one.deviation[at] * draws.walk[day, path]
        if asked_for > supply + (0 if one.counts[at] else 1e-9):
            return day
    return int(NEVER)


def test_the_simulation_equals_a_slow_walk_on_the_same_draws() -> None:
    random, paths, days = np.random.default_rng(7), 25, 30
    given = []
    for _ in range(24):
        plan = random.integers(0, 6, days + 1) * (random.random(days + 1) < 0.5)
        receipts = [
            receipt(
                int(random.integers(-5, days)),
                float(random.integers(1, 30)),
                late=bool(random.random() < 0.6),
                earliest=int(random.choice([0, 7])),
                licence=(5, 15) if random.random() < 0.3 else None,
            )
            for _ in range(random.integers(0, 4))
        ]
        given.append((float(random.integers(-1, 60)), plan, random.choice([0.0, 1.5, None]), receipts))
    world, draws = parts(*given), Draws.of(days, 300, paths=paths)
    for kind in (False, True):
        at = np.flatnonzero(world.counts == kind)
        some, asked = world.some(at), np.full((len(at), 1), days)
        found = first_days(some, asked, measured(), 0.5, draws)
        expected = [[slow_first_day(some, i, p, days, 0.5, draws) for p in range(paths)] for i in range(len(at))]
        assert found.tolist() == expected
    # all paths end, all outcomes occur: the comparison is not of emptiness
    assert 0 < (found == NEVER).mean() < 1


@pytest.mark.parametrize("day", [25, 30, 35])
def test_without_receipts_the_normal_closed_form_holds(day: int) -> None:
    one = parts((300, daily(10, 40), 3.0, []))
    expected = norm.sf((300 - 10 * day) / (3 * day**0.5))
    assert chance(one, day, paths=20_000) == pytest.approx(
        expected, abs=4 * (expected * (1 - expected) / 20_000) ** 0.5
    )


@pytest.mark.parametrize("day", [25, 30, 35])
def test_without_receipts_the_poisson_closed_form_holds(day: int) -> None:
    one = parts((60, daily(2, 40), None, []))
    expected = poisson.sf(60, 2 * day)
    assert chance(one, day, paths=20_000) == pytest.approx(
        expected, abs=4 * (expected * (1 - expected) / 20_000) ** 0.5
    )


def test_counted_parts_run_out_with_the_first_piece_they_lack() -> None:
    plan = daily(0.1, 40)
    # part of a piece serves nobody; less than nothing is out, used or not
    assert chance(parts((2.5, plan, None, [])), 40) == chance(parts((2, plan, None, [])), 40) > 0
    assert chance(parts((2, plan, None, [receipt(20, 0.5)])), 40) == chance(parts((2, plan, None, [])), 40)
    assert chance(parts((-1, plan, None, [])), 1) == 1


def test_running_out_before_or_after_a_certain_receipt_is_a_bivariate_normal() -> None:
    # out by day 19, before 190 come on day 20, or by day 40 with them
    one = parts((200, daily(10, 40), 3.0, [receipt(20, 190)]))
    joint = multivariate_normal([190, 400], [[9 * 19, 9 * 19], [9 * 19, 9 * 40]])
    expected = 1 - joint.cdf([200, 390])
    assert chance(one, 40, paths=20_000) == pytest.approx(expected, abs=4 * error(expected))


def test_lateness_is_drawn_from_the_past_lines() -> None:
    # due on day 10, needed on day 13: five of eight lines came within three days
    plan = [0.0] * 13 + [5.0] + [0.0] * 10
    assert chance(parts((0, plan, 0.0, [receipt(10, 5, late=True)])), 20) == pytest.approx(3 / 8)


def test_an_overdue_receipt_does_not_come_before_the_day_the_policy_names() -> None:
    plan = [0.0] * 7 + [5.0] + [0.0] * 10
    assert chance(parts((0, plan, 0.0, [receipt(-3, 5, late=True, earliest=7)])), 10) == 0
    # nine days late of a due date three days ago is day 6: with the policy's day 8 it is too late on every path
    assert chance(parts((0, plan, 0.0, [receipt(-3, 5, late=True, earliest=8)])), 10) == 1


def test_a_licence_is_granted_as_often_as_the_rate_says_and_takes_its_days() -> None:
    plan = [0.0] * 20 + [5.0] + [0.0] * 10
    # there on a day from 11 to 30, each as likely; in time on ten of twenty
    one = parts((0, plan, 0.0, [receipt(5, 5, licence=(11, 30))]))
    assert chance(one, 30, approval=1.0) == pytest.approx(0.5)
    assert chance(one, 30, approval=0.0) == 1
    # granted and in time are independent: 1 - 0.6 x 0.5, within four standard errors
    assert chance(one, 30, approval=0.6, paths=20_000) == pytest.approx(0.7, abs=4 * error(0.7))


def test_a_chance_depends_on_neither_the_other_parts_nor_the_length_of_the_window() -> None:
    one = (200.0, daily(10, 40), 3.0, [receipt(20, 190, late=True)])
    others = [(float(n), daily(3, 40), 2.0, [receipt(5, 4, late=True)] * (n % 4)) for n in range(300)]
    many = parts(*others, one, (30.0, daily(1, 40), None, []))
    asked = np.tile([20, 30, 40], (302, 1))
    together = run_out(many, asked, measured(), 1.0, Draws.of(40, 200))
    gc.collect()  # nobody holds those draws: the same ones are drawn anew
    again = run_out(many, asked, measured(), 1.0, Draws.of(40, 200))
    assert np.array_equal(together, again)
    alone = run_out(parts(one), asked[:1], measured(), 1.0, Draws.of(365, 50))
    assert np.array_equal(together[300], alone[0])
    assert 0 < alone[0, 2] < 1
    assert not np.array_equal(alone, run_out(parts(one), asked[:1], measured(), 1.0, Draws.of(40, 1, seed=1)))
