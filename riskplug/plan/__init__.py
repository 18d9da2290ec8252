"""How long the stock of every part lasts: netting through the bill of material, runways, chances of stock-out."""

from riskplug.plan.document import runway_document
from riskplug.plan.receipts import Held, released_days
from riskplug.plan.result import Plan
from riskplug.plan.stage import plan

__all__ = ["Held", "Plan", "plan", "released_days", "runway_document"]
