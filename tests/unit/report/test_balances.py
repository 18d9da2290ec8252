"""The chart of a balance: what it marks, what it says to who cannot see it, and that equal input gives equal bytes."""

import re
from dataclasses import replace
from datetime import date

import pytest

from riskplug.model import Arrival, Balance
from riskplug.report import balance_png, balance_svg
from riskplug.report.balances import told

BALANCE = Balance(
    "M-1",
    "P1",
    "pc",
    date(2025, 4, 28),
    date(2025, 9, 10),
    ((date(2025, 4, 28), 700.0), (date(2025, 5, 19), 400.0), (date(2025, 6, 23), -100.0), (date(2025, 8, 1), -900.0)),
    0.0,
    (Arrival(date(2025, 5, 19), 80.0, True), Arrival(date(2025, 6, 2), 0.0, False)),
    date(2025, 6, 23),
    date(2025, 8, 13),
    True,
    'M-1 <b> at P1 runs out on Monday 23 June 2025: order "4/1" waits for a licence.',
)


def words(svg: str) -> list[str]:
    return re.findall(r"<text[^>]*>([^<]*)</text>", svg)


def triangles(svg: str) -> list[str]:
    """How the receipts are filled."""
    points = re.search(r'<g class="mark-symbol[^"]*"[^>]*>(.*?)</g>', svg, re.DOTALL)
    assert points
    return re.findall(r'fill="([^"]+)"', points[1])


def test_the_days_that_matter_are_written_beside_their_lines() -> None:
    said = words(balance_svg(BALANCE))
    assert "23 Jun: runs out" in said
    assert "13 Aug: new order + licence" in said
    assert "M-1 at P1" in said


def test_a_part_that_needs_no_licence_shows_when_a_new_order_is_here() -> None:
    assert "13 Aug: a new order" in words(balance_svg(replace(BALANCE, with_licence=False)))


def test_days_that_are_unknown_or_outside_are_not_marked() -> None:
    said = words(balance_svg(replace(BALANCE, first_uncovered=None, order_here=date(2026, 1, 1))))
    assert not [word for word in said if ":" in word]


def test_receipts_that_count_are_filled_and_stopped_ones_hollow() -> None:
    counted, stopped = triangles(balance_svg(BALANCE))
    assert counted != stopped == "white"


def test_who_cannot_see_it_is_told_in_words_and_data_are_no_markup() -> None:
    svg = balance_svg(BALANCE)
    assert svg.startswith('<svg role="img" aria-label="M-1 &lt;b&gt; at P1 runs out')
    assert "order &quot;4/1&quot; waits" in svg
    assert told(BALANCE).endswith("Balance 700 pc on 28 Apr 2025, lowest -900 until 10 Sep 2025.")
    assert "<script" not in svg


def test_what_is_missing_does_not_squeeze_what_is_there() -> None:
    """The axis ends a third of the stock below zero, however deep the balance falls."""
    deep = replace(BALANCE, steps=(*BALANCE.steps[:-1], (date(2025, 8, 1), -90_000.0)))
    ticks = [float(word.replace("−", "-")) for word in words(balance_svg(deep)) if re.fullmatch(r"−?\d+", word)]
    assert (min(ticks), max(ticks)) == (-200, 800)


def test_equal_input_gives_equal_bytes() -> None:
    assert balance_svg(BALANCE) == balance_svg(replace(BALANCE))
    assert balance_png(BALANCE) == balance_png(replace(BALANCE))
    assert balance_png(BALANCE) != balance_png(replace(BALANCE, floor=100.0))


@pytest.mark.parametrize(
    "balance",
    [
        replace(BALANCE, steps=((date(2025, 4, 28), 0.0),), arrivals=(), first_uncovered=None, order_here=None),
        replace(BALANCE, steps=((date(2025, 4, 28), -5.0),), arrivals=(), first_uncovered=date(2025, 4, 28)),
        replace(BALANCE, unit="kg", steps=((date(2025, 4, 28), 0.25),), arrivals=(), first_uncovered=None),
    ],
    ids=["empty", "below zero", "grams"],
)
def test_every_balance_can_be_drawn(balance: Balance) -> None:
    assert balance_png(balance).startswith(b"\x89PNG")
