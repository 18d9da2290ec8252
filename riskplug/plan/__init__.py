"""How long the stock of every part lasts: netting through the bill of material, runways, chances of stock-out."""

from riskplug.plan.balance import balance_of
from riskplug.plan.document import runway_document
from riskplug.plan.explained import RELEASED, Explained, Explaining, Law, explained
from riskplug.plan.last_order import last_orders_with_licence
from riskplug.plan.lateness import supplier_lateness
from riskplug.plan.licence_wait import chance_by_licence
from riskplug.plan.receipts import Held, released_days
from riskplug.plan.result import Plan
from riskplug.plan.simulate import Each, Job
from riskplug.plan.stage import plan
from riskplug.plan.summary import summary as runway_summary

__all__ = [
    "RELEASED",
    "Each",
    "Explained",
    "Explaining",
    "Held",
    "Job",
    "Law",
    "Plan",
    "balance_of",
    "chance_by_licence",
    "explained",
    "last_orders_with_licence",
    "plan",
    "released_days",
    "runway_document",
    "runway_summary",
    "supplier_lateness",
]
