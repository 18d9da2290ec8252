"""The brief (self-contained HTML) and the JSON document of a scan."""

from riskplug.report.brief import render_brief
from riskplug.report.document import findings_of, rows_of, scan_document

__all__ = ["findings_of", "render_brief", "rows_of", "scan_document"]
