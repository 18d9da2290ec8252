"""The fact tables, one per grain: what the stages found, joined. Rules, faces and plugins read these."""

from riskplug.facts.assemble import Found, assemble

__all__ = ["Found", "assemble"]
