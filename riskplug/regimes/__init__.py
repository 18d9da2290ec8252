"""Measures as dated data: what law is in force on a day, and which parts and orders it touches. Never a clearance."""

from riskplug.regimes.loading import load_measures
from riskplug.regimes.measures import Item, Measure, Span
from riskplug.regimes.orders import judge_orders
from riskplug.regimes.parts import judge_parts
from riskplug.regimes.status import Standing, measures_on, register, stale_measures, standing, timeline

__all__ = [
    "Item",
    "Measure",
    "Span",
    "Standing",
    "judge_orders",
    "judge_parts",
    "load_measures",
    "measures_on",
    "register",
    "stale_measures",
    "standing",
    "timeline",
]
