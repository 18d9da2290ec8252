"""The brief (self-contained HTML) and the JSON document of a scan."""

from riskplug.report.brief import render_brief
from riskplug.report.document import scan_document

__all__ = ["render_brief", "scan_document"]
