"""Supplier declaration files: IPC-1752A and B, IEC 62474, chemSHERPA-AI, and the RMI templates.

A file becomes rows of the canonical table declarations, one per part, material and form. What is no row is rejected
with its reason or dropped and counted; hints without a mass are suspicions. Not declared is no row, declared absent is
a row with bound absent, below a threshold is a row with bound at_most. The declared substance keeps its CAS number and
its own mass: the stoichiometric share is taken later, by content, and only there; without a CAS number, or with several
in one row, the mass is the element's.

The requester's number of a product is its part_no; the supplier's own number is its mpn, which content matches against
the part master.
"""

from riskplug.ingest.declared.declaration_file import DeclarationFile
from riskplug.ingest.declared.reading import declarations_in, declarations_or_reject, read_declarations, read_or_reject
from riskplug.ingest.declared.substances import Substances, load_substances, shipped_substances

__all__ = [
    "DeclarationFile",
    "Substances",
    "declarations_in",
    "declarations_or_reject",
    "load_substances",
    "read_declarations",
    "read_or_reject",
    "shipped_substances",
]
