"""Measures as dated data: what law is in force on a day, and which parts and orders it touches. Never a clearance."""

from riskplug.regimes.changes import legal_changes
from riskplug.regimes.checking import Checked, check_files, problems_document
from riskplug.regimes.designations import designations
from riskplug.regimes.entities import EntityList, load_entities
from riskplug.regimes.licences import licence_terms
from riskplug.regimes.loading import load_measures
from riskplug.regimes.measures import Item, Measure, Span
from riskplug.regimes.orders import judge_orders
from riskplug.regimes.overview import Overview, overview
from riskplug.regimes.parts import judge_parts
from riskplug.regimes.schema import entities_schema, regimes_schema
from riskplug.regimes.screening import screen
from riskplug.regimes.status import Standing, measures_on, register, stale_measures, standing
from riskplug.regimes.turns import timeline

__all__ = [
    "Checked",
    "EntityList",
    "Item",
    "Measure",
    "Overview",
    "Span",
    "Standing",
    "check_files",
    "designations",
    "entities_schema",
    "judge_orders",
    "judge_parts",
    "legal_changes",
    "licence_terms",
    "load_entities",
    "load_measures",
    "measures_on",
    "overview",
    "problems_document",
    "regimes_schema",
    "register",
    "screen",
    "stale_measures",
    "standing",
    "timeline",
]
