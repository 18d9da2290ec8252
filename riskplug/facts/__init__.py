"""The fact tables, one per grain: what the stages found, joined. Rules, faces and plugins read these."""

from riskplug.facts.assemble import Described, Found, assemble, described

__all__ = ["Described", "Found", "assemble", "described"]
