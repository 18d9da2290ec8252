"""How long the stock of every part lasts: netting through the bill of material, runways, chances of stock-out."""

from riskplug.plan.document import runway_document
from riskplug.plan.plan import Plan, plan

__all__ = ["Plan", "plan", "runway_document"]
