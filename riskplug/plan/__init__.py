"""How long the stock of every part lasts: netting through the bill of material, runways, chances of stock-out."""

from riskplug.plan.document import runway_document
from riskplug.plan.receipts import Held
from riskplug.plan.result import Plan
from riskplug.plan.stage import plan

__all__ = ["Held", "Plan", "plan", "runway_document"]
