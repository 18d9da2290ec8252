"""What is odd about files that were read all the same, as checks: a night later they are still in the snapshot."""

from collections.abc import Iterator, Sequence

from riskplug.model import FileDoubt

WHOLE = "file_is_whole"
COMPLETE = "columns_are_in_the_file"


def file_checks(doubts: Sequence[FileDoubt]) -> Iterator[dict[str, object]]:
    """Rows of CHECK_COLUMNS: a warning where a file may be cut off, information where columns are not there."""
    for doubt in doubts:
        yield {
            "table": doubt.table,
            "source": doubt.source,
            "expectation": WHOLE if doubt.is_cut else COMPLETE,
            "column": "",
            "severity": "warning" if doubt.is_cut else "info",
            "success": False,
            "unexpected": 1,
            "total": 1,
            "note": f"{doubt.where}: {doubt.what}",
        }
