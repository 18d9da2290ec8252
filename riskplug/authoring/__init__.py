"""`riskplug new`: something of one's own that works and is tested from its first minute, to be changed."""

from riskplug.authoring.plugins import MADE, Made, new_plugin
from riskplug.authoring.rules import new_rule

__all__ = ["MADE", "Made", "new_plugin", "new_rule"]
