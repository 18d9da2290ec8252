"""The chart of a part's balance: as SVG for the brief, as PNG for a message. No script, no network."""

import re
import zlib
from collections.abc import Sequence
from datetime import date
from html import escape
from typing import Any

from riskplug.model import Balance
from riskplug.report.charts import CONFIG, GRID, INK, STOCK, WAIT

# Drawn for a phone: on 360 pixels nothing is scaled down, and a desktop puts two beside each other.
WIDTH, HEIGHT = 290, 150
# How far below zero the line is shown, as a share of the highest balance: what is missing grows until the horizon.
BELOW = 0.35
# A label in the right part of the chart is written to the left of its line.
TURNS_AT = 0.55


def balance_svg(balance: Balance) -> str:
    """The chart for screen and print, with the sentence as its text alternative; equal input, equal bytes."""
    import vl_convert

    svg = _own_names(vl_convert.vegalite_to_svg(_spec(balance, None)), balance)
    return svg.replace("<svg ", f'<svg role="img" aria-label="{escape(told(balance))}" ', 1)


def balance_png(balance: Balance) -> bytes:
    """The chart on white, twice as fine as on screen, for a message that cannot show SVG."""
    import vl_convert

    png: bytes = vl_convert.vegalite_to_png(_spec(balance, "white"), scale=2)
    return png


def _own_names(svg: str, balance: Balance) -> str:
    """Clip paths numbered within the chart: the renderer counts them over its life, and a page holds several charts."""
    chart = f"{zlib.crc32(f'{balance.part_no}@{balance.site}'.encode()):08x}"
    numbers: dict[str, int] = {}
    return re.sub(r"\bclip(\d+)\b", lambda found: f"clip-{chart}-{numbers.setdefault(found[1], len(numbers))}", svg)


def told(balance: Balance) -> str:
    """What the chart shows, in words."""
    now, low = balance.steps[0][1], min(quantity for _, quantity in balance.steps)
    return (
        f"{balance.summary} Balance {now:,.0f} {balance.unit} on {_said(balance.start)}, lowest {low:,.0f} until "
        f"{_said(balance.end)}."
    )


def _said(day: date) -> str:
    return f"{day.day} {day:%b %Y}"


def _spec(balance: Balance, background: str | None) -> dict[str, Any]:
    return {
        "width": WIDTH,
        "height": HEIGHT,
        "padding": 5,
        "title": {
            "text": f"{balance.part_no} at {balance.site}",
            "subtitle": f"{balance.unit} there at the end of the day; ▲ receipt, △ stopped",
            "anchor": "start",
            "fontSize": 14,
            "subtitleFontSize": 11,
            "subtitleFont": CONFIG["font"],
            "color": INK,
            "subtitleColor": INK,
        },
        "layer": [_short(balance), _floor(balance), _line(balance), *_marks(balance), _receipts(balance)],
        "config": {**CONFIG, "background": background, "axis": {**CONFIG["axis"], "labelFontSize": 11}},
    }


def _short(balance: Balance) -> dict[str, Any]:
    """What is missing, between floor and balance."""
    rows = [
        {"day": day.isoformat(), "balance": min(quantity, balance.floor), "floor": balance.floor}
        for day, quantity in _drawn(balance)
    ]
    return {
        "data": {"values": rows},
        "mark": {"type": "area", "interpolate": "step-after", "color": STOCK, "opacity": 0.25, "clip": True},
        "encoding": {"x": _x(balance), "y": _y(balance, "balance"), "y2": {"field": "floor"}},
    }


def _line(balance: Balance) -> dict[str, Any]:
    rows = [{"day": day.isoformat(), "balance": quantity} for day, quantity in _drawn(balance)]
    return {
        "data": {"values": rows},
        "mark": {"type": "line", "interpolate": "step-after", "color": WAIT, "strokeWidth": 2, "clip": True},
        "encoding": {"x": _x(balance), "y": _y(balance, "balance")},
    }


def _floor(balance: Balance) -> dict[str, Any]:
    return {
        "data": {"values": [{"floor": balance.floor}]},
        "mark": {"type": "rule", "color": INK, "strokeWidth": 1},
        "encoding": {"y": _y(balance, "floor")},
    }


def _receipts(balance: Balance) -> dict[str, Any]:
    """Receipts on the line: filled where they count, hollow where a measure stops them."""
    rows = [
        {"day": one.day.isoformat(), "balance": _at(balance, one.day), "counted": one.counted}
        for one in balance.arrivals
    ]
    colour = {"condition": {"test": "datum.counted", "value": WAIT}, "value": "white"}
    return {
        "data": {"values": rows},
        "mark": {"type": "point", "shape": "triangle-up", "size": 90, "stroke": WAIT, "strokeWidth": 1.5, "opacity": 1},
        "encoding": {"x": _x(balance), "y": _y(balance, "balance"), "fill": colour},
    }


def _marks(balance: Balance) -> list[dict[str, Any]]:
    """The days that matter, each with its words, one above the other."""
    order = "new order + licence" if balance.with_licence else "a new order"
    days: Sequence[tuple[date | None, str, str]] = (
        (balance.first_uncovered, "runs out", STOCK),
        (balance.order_here, order, INK),
    )
    layers = [
        _mark(balance, day, words, colour, row)
        for row, (day, words, colour) in enumerate(days)
        if day is not None and balance.start <= day <= balance.end
    ]
    return [layer for rank in range(3) for mark in layers for layer in mark[rank : rank + 1]]


def _mark(balance: Balance, day: date, words: str, colour: str, row: int) -> list[dict[str, Any]]:
    data = {"values": [{"day": day.isoformat(), "says": f"{day.day} {day:%b}: {words}"}]}
    left = (day - balance.start).days > TURNS_AT * (balance.end - balance.start).days
    words_at = {"x": _x(balance), "y": {"value": 2 + 15 * row}, "text": {"field": "says", "type": "nominal"}}
    text = {
        "type": "text",
        "align": "right" if left else "left",
        "dx": -5 if left else 5,
        "baseline": "top",
        "fontSize": 11,
        "fontWeight": "bold",
    }
    # Where words cross the line of another mark, white around them keeps them readable.
    halo = {**text, "color": "white", "stroke": "white", "strokeWidth": 4}
    rule = {"type": "rule", "color": colour, "strokeWidth": 1.5, "strokeDash": [4, 3]}
    return [
        {"data": data, "mark": rule, "encoding": {"x": _x(balance)}},
        {"data": data, "mark": halo, "encoding": words_at},
        {"data": data, "mark": {**text, "color": INK}, "encoding": words_at},
    ]


def _drawn(balance: Balance) -> list[tuple[date, float]]:
    """The steps, with the last balance held to the end."""
    return [*balance.steps, (balance.end, balance.steps[-1][1])]


def _at(balance: Balance, day: date) -> float:
    return [quantity for at, quantity in balance.steps if at <= day][-1]


def _x(balance: Balance) -> dict[str, Any]:
    domain = [balance.start.isoformat(), balance.end.isoformat()]
    return {
        "field": "day",
        "type": "temporal",
        "title": None,
        "scale": {"type": "utc", "domain": domain, "nice": False},
        "axis": {"format": "%-d %b", "tickCount": 5, "grid": False, "labelOverlap": True},
    }


def _y(balance: Balance, field: str) -> dict[str, Any]:
    """From a little below zero, where it gets there, to what leaves room for the words above the line."""
    highest = max(max(quantity for _, quantity in balance.steps), balance.floor, 1e-9)
    lowest = max(min(0.0, min(quantity for _, quantity in balance.steps)), -BELOW * highest)
    return {
        "field": field,
        "type": "quantitative",
        "title": None,
        "scale": {"domain": [lowest, highest * 1.3], "nice": False},
        "axis": {"tickCount": 4, "gridColor": GRID, "format": "~s" if highest >= 10_000 else ",~r"},
    }
