"""Lists saved as they stand on the screen: titles, rule lines, a header on every page, columns between bars or tabs.

Every physical line is accounted for. It stands above the first row (titles and header), or is a row, a reject, or
counted in ``dropped`` as `title` (of a further page, and footers), `rule line`, `blank line`, `repeated header`,
`total row` (stars before the first text), or under the profile's own `line matches ...`.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from riskplug.errors import DataRefused
from riskplug.ingest.delimited import Delimited
from riskplug.ingest.extract import Lines, Reject
from riskplug.ingest.list_header import Layout, Page, find_layout, mark_of, matches
from riskplug.ingest.list_source import REQUIRED, ROOT
from riskplug.ingest.profile import Profile, TableRule
from riskplug.ingest.records import BLANK
from riskplug.ingest.ruler import Mask, narrowed, widened
from riskplug.ingest.text import decode

_EXCERPT = 200
_DIGITS = re.compile(r"\d+")
_STARS = r"^[|\s]*\*+(?:[|\s]|$)"

_ABOVE, _ROW, _REJECT, _DROPPED, _TITLE, _RULE, _BLANK, _REPEATED, _TOTAL = range(9)
_COUNTED = {_TITLE: "title", _RULE: "rule line", _BLANK: BLANK, _REPEATED: "repeated header", _TOTAL: "total row"}


@dataclass(frozen=True)
class _List:
    """The lines of a list, and what each of them is: decided step by step in ``kinds``."""

    page: Page
    layout: Layout
    rule: TableRule
    mark: str
    kinds: npt.NDArray[np.int8]

    def at(self, *kinds: int) -> Lines:
        return np.flatnonzero(np.isin(self.kinds, kinds)).astype(np.int64)

    @property
    def title_patterns(self) -> dict[str, str]:
        """What titles say of the rows below them, where the rows do not say it themselves."""
        levels = self.rule.levels
        said = {ROOT: levels.root_pattern, REQUIRED: levels.required_pattern} if levels else {}
        return {name: pattern for name, pattern in said.items() if pattern is not None}


def read_ruled(data: bytes, profile: Profile, rule: TableRule, where: str) -> Delimited:
    """Read an unconverted list; DataRefused when it has no header, changes its layout, or breaks off.

    Columns are cut where the bars of the header stand (``delimiter: "\\t"``: at tabs), so a bar in a text is text.
    A list without a header needs ``names``. With ``levels`` the root and the required quantity that page titles
    name are carried beside the rows, as `(root)` and `(required)`.
    """
    page = Page.of(decode(data, profile.encoding, where))
    layout = find_layout(page, profile, rule, where)
    found = _List(page, layout, rule, mark_of(profile), np.full(len(page.lines), _ROW, dtype=np.int8))
    _sort_lines(found)
    _refuse_other_header(found, where)
    table, lines = _cut(found, profile)
    _find_page_titles(found)
    _refuse_cut(found, where)
    return Delimited(
        _with_titles(found, table, lines),
        lines + 1,
        tuple(_rejects(found)),
        _counts(found),
        tuple(page.lines[: layout.start]),
        len(found.at(_ABOVE)),
        unended=_unended(found),
    )


# --- what each line is


def _sort_lines(found: _List) -> None:
    """Say of each line what it is. What has columns is a row until the ruler says otherwise."""
    page, kinds, start = found.page, found.kinds, found.layout.start
    has_columns = np.asarray(pc.match_substring(page.text, found.mark))
    titles = pa.array([line.rstrip() for line in found.layout.header], pa.string())
    kinds[matches(page.text, _STARS)] = _TOTAL
    kinds[_is_declared_drop(found)] = _DROPPED
    kinds[np.asarray(pc.is_in(pc.utf8_rtrim_whitespace(page.text), titles))] = _REPEATED
    kinds[page.is_rule] = _RULE
    kinds[page.is_blank] = _BLANK
    text = (kinds == _ROW) & ~has_columns
    kinds[text] = np.where(_is_outside(found, has_columns), _TITLE, _REJECT)[text]
    # above a header only what has its columns can be a row; where none is, whatever has columns
    may_be_row = found.layout.ruler.fits(page.text.slice(0, start)) if found.layout.header else has_columns[:start]
    kinds[:start] = np.where(may_be_row & (kinds[:start] == _ROW), _REJECT, _ABOVE)


def _is_outside(found: _List, has_columns: Mask) -> Mask:
    """Whether a rule line, blank line or page break came after the last row: only there are titles and footers."""
    at = np.arange(len(found.kinds))
    ends = np.isin(found.kinds, (_RULE, _BLANK, _REPEATED)) | found.page.breaks
    last_end = np.maximum.accumulate(np.where(ends, at, -1))
    return np.asarray(last_end >= np.maximum.accumulate(np.where(has_columns & ~ends, at, -1)))


def _drop_patterns(rule: TableRule) -> Iterator[str]:
    return (item.line for item in rule.drop_rows if item.line is not None)


def _is_declared_drop(found: _List) -> Mask:
    lines = found.page.lines
    hits = np.zeros(len(lines), dtype=bool)
    for pattern in _drop_patterns(found.rule):
        search = re.compile(pattern).search
        hits |= np.fromiter((search(line) is not None for line in lines), dtype=bool, count=len(lines))
    return hits


def _find_page_titles(found: _List) -> None:
    """Framed titles of further pages: like one above the first header but for its digits, or naming a product."""
    lines, start = found.page.lines, found.layout.start
    first = {_DIGITS.sub("0", lines[at].strip()) for at in found.at(_ABOVE).tolist()}
    naming = [re.compile(pattern).search for pattern in found.title_patterns.values()]
    for at in found.at(_REJECT).tolist():
        is_title = _DIGITS.sub("0", lines[at].strip()) in first or any(search(lines[at]) for search in naming)
        if at >= start and is_title:
            found.kinds[at] = _TITLE


def _rejects(found: _List) -> Iterator[Reject]:
    for at in found.at(_REJECT).tolist():
        yield Reject(at + 1, found.page.lines[at][:_EXCERPT], _why_not(found, at))


def _why_not(found: _List, at: int) -> str:
    line = found.page.lines[at]
    if at < found.layout.start and found.layout.header:
        return "a row above the first header"
    return found.layout.ruler.misfit(line) if found.mark in line else "text between the rows of a list"


def _counts(found: _List) -> dict[str, int]:
    counts = np.bincount(found.kinds, minlength=len(_COUNTED) + 4)
    named = {name: int(counts[kind]) for kind, name in _COUNTED.items() if counts[kind]}
    for at in found.at(_DROPPED).tolist():
        line = found.page.lines[at]
        name = next(f"line matches {pattern}" for pattern in _drop_patterns(found.rule) if re.search(pattern, line))
        named[name] = named.get(name, 0) + 1
    return named


# --- rows into columns


def _cut(found: _List, profile: Profile) -> tuple[pa.Table, Lines]:
    """Rows into columns: by characters, and where that does not fit by the columns of a screen."""
    rows, layout = found.at(_ROW), found.layout
    text = found.page.text.take(pa.array(rows))
    fits = layout.ruler.fits(text)
    rest = rows[~fits]
    wide_lines = widened([found.page.lines[at] for at in rest.tolist()], profile.encoding) if len(rest) else []
    wide_text = pa.array(wide_lines, pa.string())
    wide_fits = layout.wide.fits(wide_text)
    cells = layout.ruler.cut(text.filter(pa.array(fits)))
    wide_cells = map(narrowed, layout.wide.cut(wide_text.filter(pa.array(wide_fits))))
    found.kinds[rest[~wide_fits]] = _REJECT
    lines = np.concatenate((rows[fits], rest[wide_fits]))
    order = np.argsort(lines, kind="stable")
    columns = [pa.concat_arrays(pair).take(pa.array(order)) for pair in zip(cells, wide_cells, strict=True)]
    return _table(columns, layout.names), lines[order]


def _table(columns: Sequence[pa.Array], names: Sequence[str]) -> pa.Table:
    """The columns by name, without those that have neither name nor text, such as a list's selection column."""
    kept = {
        name: cells
        for name, cells in zip(names, columns, strict=True)
        if not name.startswith("(column ") or pc.any(pc.not_equal(pc.utf8_trim_whitespace(cells), "")).as_py()
    }
    return pa.table(kept)


def _with_titles(found: _List, table: pa.Table, lines: Lines) -> pa.Table:
    """`(root)` and `(required)` of each row from the last title above it: a file may hold lists of many products."""
    titles = found.at(_ABOVE, _TITLE)
    for name, pattern in found.title_patterns.items():
        hits = [(at, hit[1].strip()) for at in titles.tolist() if (hit := re.search(pattern, found.page.lines[at]))]
        if hits:
            above = np.searchsorted(np.array([at for at, _ in hits]), lines) - 1
            values = pa.array([value for _, value in hits], pa.string())
            table = table.append_column(name, values.take(pa.array(above, mask=above < 0)))
    return table


# --- what refuses a list


def _refuse_other_header(found: _List, where: str) -> None:
    """A later header with other columns: the rows below it would be cut at the wrong places, or mean other things."""
    names = {cell for line in found.layout.header for cell in found.layout.ruler.cells(line) if cell}
    rows = found.at(_ROW)
    if len(names) < 2:
        return
    text = found.page.text.take(pa.array(rows))
    hits = sum((np.asarray(pc.match_substring(text, name)).astype(np.int64) for name in names), np.zeros(len(rows)))
    for at in rows[hits > 1].tolist():
        cells = [cell.strip() for cell in found.page.lines[at].split(found.mark) if cell.strip()]
        if len(names.intersection(cells)) > max(1, len(cells) // 2):
            what = f"the header changes inside the file: {', '.join(cells)}"
            raise DataRefused(what, f"{where}:{at + 1}", "export one layout per file")


def _unended(found: _List) -> int | None:
    """The last line, where it is a row without a line end and without the bar that would close it."""
    last = len(found.kinds) - 1
    is_open = not found.page.is_ended and last >= 0 and found.kinds[last] == _ROW
    return last + 1 if is_open and not found.page.lines[last].rstrip().endswith("|") else None


def _refuse_cut(found: _List, where: str) -> None:
    """A last line that is short and not ended is a transfer that broke off: what came before it is not complete."""
    last = len(found.kinds) - 1
    is_odd = not found.page.is_ended and found.kinds[last] in (_REJECT, _TOTAL)
    if is_odd and found.layout.ruler.is_short(found.page.lines[last]):
        raise DataRefused("the file ends in the middle of a row", f"{where}:{last + 1}", "transfer the file again")
