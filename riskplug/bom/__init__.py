"""Bills of material: lines to a graph, up and down it, and adding up over it."""

from riskplug.bom.explosion import explode, explosion_document, where_used
from riskplug.bom.graph import build_graph
from riskplug.bom.inside import coverage, roll_up_content
from riskplug.bom.products import products_above
from riskplug.bom.rollup import roll_up

__all__ = [
    "build_graph",
    "coverage",
    "explode",
    "explosion_document",
    "products_above",
    "roll_up",
    "roll_up_content",
    "where_used",
]
