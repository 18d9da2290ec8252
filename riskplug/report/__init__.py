"""The brief (self-contained HTML) and the JSON document of a scan."""

from riskplug.report.brief import render_brief
from riskplug.report.document import findings_of, rows_of, scan_document
from riskplug.report.law import diff_document, law_line, law_lines, touch_of, turn_of

__all__ = [
    "diff_document",
    "findings_of",
    "law_line",
    "law_lines",
    "render_brief",
    "rows_of",
    "scan_document",
    "touch_of",
    "turn_of",
]
