"""Bills of material: lines to a graph, up and down it, and adding up over it."""

from riskplug.bom.evidence import Covered, coverage, covered, known_nodes
from riskplug.bom.explosion import explode, explosion_document, where_used
from riskplug.bom.graph import build_graph
from riskplug.bom.inside import roll_up_content
from riskplug.bom.products import products_above, products_over
from riskplug.bom.rollup import roll_up, used_up
from riskplug.bom.stops import Needs, members_of, products_stopped

__all__ = [
    "Covered",
    "Needs",
    "build_graph",
    "coverage",
    "covered",
    "explode",
    "explosion_document",
    "known_nodes",
    "members_of",
    "products_above",
    "products_over",
    "products_stopped",
    "roll_up",
    "roll_up_content",
    "used_up",
    "where_used",
]
