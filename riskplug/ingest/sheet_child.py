"""The limited child process that reads sheets: bytes on stdin, a request in argv, Arrow on stdout.

Started by its path, and riskplug.ingest is stood in for: its own `__init__` would import pandas, half a second for
each file, which nothing here needs. Ends with 6 and a JSON of what, where, fix when the data are refused.
"""

import io
import json
import sys
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from riskplug.ingest.grid import Grid, Header
    from riskplug.ingest.native_cells import Meant
    from riskplug.ingest.spelling import Spelling

REFUSED = 6


def main() -> int:
    request: dict[str, Any] = json.loads(sys.argv[1])
    _limit(request)
    _stand_in()
    from riskplug.errors import DataRefused

    try:
        document = _read(request)
    except DataRefused as error:
        document, refused = _refusal(error.what, error.where, error.fix), True
    except MemoryError:
        document, refused = _refusal("reading it needs too much memory", "", "export it as CSV or Parquet"), True
    except Exception as error:  # of zipfile, expat, openpyxl: whatever a broken or hostile file brings about
        document, refused = _refusal(*_explained(error)), True
    else:
        refused = False
    sys.stdout.buffer.write(document)
    sys.stdout.buffer.flush()
    return REFUSED if refused else 0


def _limit(request: dict[str, Any]) -> None:
    try:
        import resource
    except ImportError:  # not on Windows: there only the time limit of the parent holds
        return
    for kind, value in (
        (resource.RLIMIT_AS, request["memory"]),
        (resource.RLIMIT_CPU, request["cpu_seconds"]),
        (resource.RLIMIT_FSIZE, request["memory"]),
        (resource.RLIMIT_CORE, 0),
    ):
        hard = resource.getrlimit(kind)[1]
        allowed = value if hard == resource.RLIM_INFINITY else min(value, hard)
        resource.setrlimit(kind, (allowed, hard))


def _stand_in() -> None:
    here = Path(__file__).resolve().parent
    for name, folder in (("riskplug", here.parent), ("riskplug.ingest", here)):
        package = ModuleType(name)
        package.__path__ = [str(folder)]
        sys.modules[name] = package
    sys.modules["numpy"] = None  # type: ignore[assignment]  # pyarrow and openpyxl do without, in half the time


def _read(request: dict[str, Any]) -> bytes:
    from riskplug.ingest.grid import Header
    from riskplug.ingest.native_cells import Meant
    from riskplug.ingest.spelling import Spelling

    spelling, header = Spelling(**request["spelling"]), Header(**request["header"])
    meant = Meant(**{name: frozenset(columns) for name, columns in request["meant"].items()})
    if request["kind"] == "html":
        from riskplug.ingest.markup import html_grid

        data, wanted = sys.stdin.buffer.read(), set(request["wanted"])
        return _message(html_grid(data, request["encoding"], request["wide"], header, wanted, meant), "", False)
    return _of_book(request, spelling, header, meant)


def _of_book(request: dict[str, Any], spelling: "Spelling", header: "Header", meant: "Meant") -> bytes:
    from riskplug.errors import DataRefused
    from riskplug.ingest.grid import form_table

    book: Any
    if request["kind"] == "xlsx":
        from riskplug.ingest.xlsx import Book

        book = Book(sys.stdin.buffer, spelling)
    else:
        from riskplug.ingest.markup import Spreadsheet

        book = Spreadsheet(sys.stdin.buffer.read(), spelling)
    name = request["sheet"] or (book.visible or [""])[0]
    if name not in book.names:
        what = f"no sheet {name!r}" if name else "no sheet that is not hidden"
        raise DataRefused(what, "", f"sheets: {', '.join(book.names)}")
    try:
        return _message(form_table(book.sheet(name), header, meant), name, len(book.names) > 1)
    except DataRefused as error:
        raise DataRefused(error.what, f"{name}!{error.where}" if error.where else name, error.fix) from error


def _message(grid: "Grid", sheet: str, several: bool) -> bytes:
    import pyarrow as pa

    about = {
        "first": grid.first,
        "preamble": grid.preamble,
        "strays": grid.strays,
        "unsure": grid.unsure,
        "sheet": sheet,
        "several": several,
    }
    table = grid.table.replace_schema_metadata({"about": json.dumps(about)})
    sink = io.BytesIO()
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)
    return sink.getvalue()


def _explained(error: Exception) -> tuple[str, str, str]:
    kind = type(error).__name__
    if kind in ("EntitiesForbidden", "ExternalReferenceForbidden", "DTDForbidden"):
        what = f"its XML declares entities or a document type ({kind}), which no spreadsheet program writes"
        return what, "", "do not trust where it came from; export it again"
    text = " ".join(str(error).split())[:200]
    return f"not a readable workbook: {kind}: {text}", "", "save it again as .xlsx, or export it as CSV"


def _refusal(what: str, where: str, fix: str) -> bytes:
    return json.dumps({"what": what, "where": where, "fix": fix}).encode()


if __name__ == "__main__":
    sys.exit(main())
