"""Charts of the brief: Vega-Lite specifications drawn to static SVG, no script, no network."""

from collections.abc import Mapping, Sequence
from typing import Any

# Okabe-Ito colours: distinguishable with every common colour vision.
INK, GRID = "#1f2933", "#d9dee4"
CERTAIN, LIKELY, UNSURE = "#a83a00", "#e69f00", "#8a94a0"
STOCK, RECEIPTS, WAIT = "#d55e00", "#f2c9a5", "#0b5c8a"
CONFIG: Mapping[str, Any] = {
    "background": None,
    "font": "system-ui, 'Segoe UI', Helvetica, Arial, sans-serif",
    "axis": {
        "labelFontSize": 12,
        "titleFontSize": 12,
        "labelColor": INK,
        "titleColor": INK,
        "gridColor": GRID,
        "domainColor": GRID,
        "tickColor": GRID,
        "labelLimit": 260,
        "titleFontWeight": "normal",
    },
    "legend": {"labelFontSize": 12, "titleFontSize": 12, "orient": "top", "labelColor": INK, "titleColor": INK},
    "view": {"stroke": None},
}


def material_bars(rows: Sequence[Mapping[str, object]]) -> str:
    """Parts that a measure in force touches directly, per material, by how surely. Rows: material, applies, parts."""
    order = ["yes", "likely", "unknown"]
    return draw(
        {
            "data": {"values": list(rows)},
            "width": 560,
            "height": {"step": 26},
            "mark": {"type": "bar"},
            "encoding": {
                "y": {"field": "material", "type": "nominal", "sort": "-x", "title": None},
                "x": {"field": "parts", "type": "quantitative", "title": "parts", "axis": {"tickMinStep": 1}},
                "color": {
                    "field": "applies",
                    "type": "nominal",
                    "sort": order,
                    "title": "the measure applies",
                    "scale": {"domain": order, "range": [CERTAIN, LIKELY, UNSURE]},
                },
                "order": {"field": "rank", "type": "quantitative"},
            },
        }
    )


def runway_bars(rows: Sequence[Mapping[str, object]]) -> str:
    """Days until each part runs out, against the days a new order with a licence would take.

    Rows: label, restricted, all (days; missing when it does not run out in the horizon), wait (days).
    """
    data = {"values": list(rows)}
    y = {"field": "label", "type": "nominal", "sort": None, "title": None}
    return draw(
        {
            "data": data,
            "width": 560,
            "height": {"step": 30},
            "layer": [
                {
                    "mark": {"type": "bar", "height": 18, "color": RECEIPTS},
                    "encoding": {"y": y, "x": _days("all", "days after the business date")},
                },
                {
                    "mark": {"type": "bar", "height": 10, "color": STOCK},
                    "encoding": {"y": y, "x": _days("restricted", "days after the business date")},
                },
                {
                    "mark": {"type": "tick", "thickness": 3, "size": 24, "color": WAIT},
                    "encoding": {"y": y, "x": _days("wait", "days after the business date")},
                },
                {
                    "mark": {"type": "text", "align": "left", "dx": 5, "fontSize": 12, "color": INK},
                    "encoding": {
                        "y": y,
                        "x": _days("restricted", "days after the business date"),
                        "text": {"field": "says", "type": "nominal"},
                    },
                },
            ],
        }
    )


def _days(field: str, title: str) -> dict[str, Any]:
    return {"field": field, "type": "quantitative", "title": title}


def draw(spec: Mapping[str, Any]) -> str:
    """SVG without a fixed size, so that it scales with the page; decoration for a screen reader, the table tells."""
    import vl_convert

    svg: str = vl_convert.vegalite_to_svg({**spec, "config": dict(CONFIG)})
    return svg.replace("<svg ", '<svg aria-hidden="true" focusable="false" ', 1)
