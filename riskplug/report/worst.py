"""The picture that goes with a digest: the shortest runways as bars."""

from collections.abc import Sequence
from typing import Any

from riskplug.report.charts import GRID, INK

# Okabe-Ito, as in the brief; the words beside the bars carry the same, for who cannot tell colours.
_COLOURS = {"critical": "#d55e00", "warning": "#e69f00", "info": "#0b5c8a"}
_SCALE = 2


def worst_runways(bars: Sequence[tuple[str, float, str]]) -> bytes:
    """PNG of (label, days, severity), in the given order; equal input gives equal bytes."""
    import vl_convert

    rows = [
        {"label": label, "days": days, "severity": severity, "says": f"{days:.0f} d, {severity}"}
        for label, days, severity in bars
    ]
    png: bytes = vl_convert.vegalite_to_png(_spec(rows), scale=_SCALE)
    return png


def _spec(rows: Sequence[dict[str, object]]) -> dict[str, Any]:
    y = {"field": "label", "type": "nominal", "sort": None, "title": None}
    x = {"field": "days", "type": "quantitative", "title": "days of supply left", "scale": {"nice": True, "zero": True}}
    domain = list(_COLOURS)
    colour = {"domain": domain, "range": [_COLOURS[name] for name in domain]}
    bar = {"y": y, "x": x, "color": {"field": "severity", "type": "nominal", "scale": colour, "legend": None}}
    said = {"y": y, "x": x, "text": {"field": "says", "type": "nominal"}}
    font = {"labelFontSize": 13, "titleFontSize": 13, "labelColor": INK, "titleColor": INK, "labelLimit": 320}
    return {
        "data": {"values": list(rows)},
        "width": 560,
        "height": {"step": 28},
        "padding": 12,
        "layer": [
            {"mark": {"type": "bar", "height": 18}, "encoding": bar},
            {"mark": {"type": "text", "align": "left", "dx": 5, "fontSize": 13, "color": INK}, "encoding": said},
        ],
        "config": {
            "background": "white",
            "font": "Helvetica, Arial, sans-serif",
            "axis": {**font, "gridColor": GRID, "domainColor": GRID, "tickColor": GRID, "titleFontWeight": "normal"},
            "view": {"stroke": None},
        },
    }
