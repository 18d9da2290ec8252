"""Rows that are no data: totals, footers, repeated headers, as rules that fit exactly what was seen."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from riskplug.ingest.suggest.layout import Layout
from riskplug.ingest.suggest.vocabulary import words

_STARS = re.compile(r"\*+")
_COUNT = re.compile(
    r"(records?|rows?|lines?|entries|count|datensätze|sätze|zeilen|anzahl|treffer|einträge|lignes|registros|filas|件数|记录数)"
    r"\b.{0,20}\d|\(?\d+ (records?|rows?|lines?|entries|datensätze|sätze|zeilen|einträge|lignes|registros|filas)\b.*",
    re.IGNORECASE,
)
_END = re.compile(r"(end of (file|report|list)|\*+ ?end ?\*+|ende der liste|-{3,}|={3,})\W*", re.IGNORECASE)


@dataclass(frozen=True)
class Drop:
    """A proposed rule: one of ``equals`` in ``column``, or a pattern on the raw ``line``. ``shown``: the first row."""

    why: str
    where: int
    shown: str
    count: int
    column: str = ""
    equals: tuple[str, ...] = ()
    line: str = ""


@dataclass(frozen=True)
class Drops:
    """``keep``: per row of the layout whether no rule takes it; ``ragged``: rejects that no rule explains."""

    rules: tuple[Drop, ...]
    keep: tuple[bool, ...]
    ragged: tuple[tuple[int, str, str], ...]


def find_drops(layout: Layout) -> Drops:
    """Rules for total rows, footers and repeated headers among the sampled rows."""
    columns = {name: layout.column(name) for name in layout.names}
    keep = [True] * len(layout.lines)
    rules = [*_totals(layout, columns, keep), *_repeated_header(layout, columns, keep)]
    footers, ragged = _footers(layout)
    return Drops((*rules, *footers), tuple(keep), ragged)


def _totals(layout: Layout, columns: dict[str, list[str]], keep: list[bool]) -> Iterator[Drop]:
    """Rows whose first filled cell is a word for a total, alone or before the name of what is summed."""
    found: dict[str, dict[str, list[int]]] = {}
    # a loop over the sampled rows: which cell is the first filled one differs from row to row
    for at in range(len(layout.lines)):
        name = next((name for name in layout.names if columns[name][at]), None)
        if name is not None and _is_total(columns[name][at]):
            found.setdefault(name, {}).setdefault(columns[name][at], []).append(at)
            keep[at] = False
    for name, cells in found.items():
        first = min(rows[0] for rows in cells.values())
        yield Drop(
            "total rows",
            layout.lines[first],
            columns[name][first],
            sum(map(len, cells.values())),
            name,
            tuple(cells)[:20],
        )


def _is_total(cell: str) -> bool:
    text = _STARS.sub("", cell).strip(" :=").casefold()
    if cell.startswith("*"):
        return not text or any(text.startswith(word) for word in words("total"))
    return text in words("total")


def _repeated_header(layout: Layout, columns: dict[str, list[str]], keep: list[bool]) -> Iterator[Drop]:
    name = layout.names[0]
    again = [
        at
        for at in range(len(layout.lines))
        if layout.header_line is not None and all(columns[title][at] == title for title in layout.names)
    ]
    for at in again:
        keep[at] = False
    if again:
        yield Drop("repeated headers", layout.lines[again[0]], name, len(again), name, (name,))


def _footers(layout: Layout) -> tuple[list[Drop], tuple[tuple[int, str, str], ...]]:
    """Lines of another width that say they are totals or counts; the others are left to the quarantine."""
    found: dict[str, list[tuple[int, str]]] = {}
    ragged = []
    for reject in layout.rejects:
        pattern = _line_pattern(reject.value, layout.delimiter) if layout.reader == "delimited" else ""
        if pattern:
            found.setdefault(pattern, []).append((reject.line, reject.value))
        else:
            ragged.append((reject.line, reject.value, reject.reason))
    drops = [
        Drop("lines that are totals, counts or footers", rows[0][0], rows[0][1][:80], len(rows), line=pattern)
        for pattern, rows in found.items()
    ]
    return drops, tuple(ragged)


def _line_pattern(line: str, delimiter: str) -> str:
    """A pattern for the beginning of a footer line, its digits free; "" for a line that is no footer."""
    cell = line.split(delimiter)[0].strip().strip('"')
    if not cell or not (_is_total(cell) or _COUNT.match(cell) or _COUNT.match(line) or _END.fullmatch(cell)):
        return ""
    return r'^\s*"?' + re.sub(r"\d+", r"\\d+", re.escape(cell[:40]))
