"""The brief (self-contained HTML) and the JSON document of a scan."""

from riskplug.report.balances import balance_png, balance_svg, told
from riskplug.report.brief import render_brief
from riskplug.report.document import findings_of, scan_document
from riskplug.report.figures import to_draw
from riskplug.report.law import diff_document, law_line, law_lines, touch_of, turn_of
from riskplug.report.rows import rows_of
from riskplug.report.whatif import digest_lines, whatif_document
from riskplug.report.worst import worst_runways

__all__ = [
    "balance_png",
    "balance_svg",
    "diff_document",
    "digest_lines",
    "findings_of",
    "law_line",
    "law_lines",
    "render_brief",
    "rows_of",
    "scan_document",
    "to_draw",
    "told",
    "touch_of",
    "turn_of",
    "whatif_document",
    "worst_runways",
]
