"""Indented lists as BOM lines: the parent of a row is the last row above it that stands one level higher.

A row that cannot be placed surely is set aside, and what hangs below it too: nothing is hung under the wrong parent.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain, repeat

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from riskplug.errors import DataRefused, suggestion
from riskplug.ingest.exploded import quantities_of
from riskplug.ingest.extract import Extract, Lines, Reject
from riskplug.ingest.keys import clean
from riskplug.ingest.levels import (
    NOWHERE,
    TOP,
    UNDER_ROOT,
    IndentedList,
    Ints,
    component_numbers,
    level_numbers,
    parent_rows,
)
from riskplug.ingest.list_source import COMPONENT, LEVEL, PARENT, QUANTITY, REQUIRED, ROOT, ListSource, Sorting
from riskplug.ingest.profile import Levels, Profile
from riskplug.ingest.subassemblies import Quantities, differing, sorted_blocks

_EXCERPT = 200


@dataclass(frozen=True)
class _Unfolded:
    """What came of one list."""

    columns: pa.Table
    lines: Lines
    rejects: list[Reject]
    dropped: dict[str, int]
    quantities: Quantities | None


def with_parents(
    columns: pa.Table,
    lines: Lines,
    levels: Levels,
    profile: Profile,
    preamble: Sequence[str],
    where: str,
    compared: Sequence[str] = (),
    unread: Sequence[int] = (),
) -> tuple[pa.Table, Lines, list[Reject], dict[str, int]]:
    """Single-level BOM lines: `(parent)`, `(level)`, `(component)` and `(quantity)` beside the columns of each row.

    `(quantity)` is for one parent: exploded quantities are divided by that of their parent. Left out and counted are
    rows of the products themselves (`top of the list`), blank rows, and the further times that the parts of a
    sub-assembly are listed (`repeated sub-assembly`), if they are the same by component, quantity and the columns
    ``compared``; if not, they are set aside. ``unread``: lines that the reader set aside, each perhaps a parent.

    DataRefused for a list without levels and for a consolidated one, whose rows all stand on one level. To be called
    before rows are dropped by column: a dropped assembly would leave its parts to the one above it.
    """
    found = _unfold(ListSource(columns, levels, profile, preamble, where), lines, compared, unread)
    return found.columns, found.lines, found.rejects, found.dropped


def unfolded(
    extracts: Sequence[Extract], levels: Levels, profile: Profile, compared: Sequence[str] = ()
) -> list[Extract]:
    """Every file of a table `with_parents`; a sub-assembly that several files list is taken from the first of them."""
    sources = [ListSource(each.columns, levels, profile, each.preamble, each.file) for each in extracts]
    lists = [
        _unfold(source, each.lines, compared, [reject.line for reject in each.rejects])
        for source, each in zip(sources, extracts, strict=True)
    ]
    sortings = _sort_out_across_files(sources, lists, compared)
    return [
        replace(
            extract,
            columns=found.columns.filter(pa.array(~sorting.gone)),
            lines=found.lines[~sorting.gone],
            rejects=(*extract.rejects, *found.rejects, *_rejects(found, sorting)),
            dropped=_added(extract.dropped, found.dropped, sorting.left_out),
        )
        for extract, found, sorting in zip(extracts, lists, sortings, strict=True)
    ]


def _added(*counts: Mapping[str, int]) -> dict[str, int]:
    return {name: sum(each.get(name, 0) for each in counts) for name in dict.fromkeys(chain.from_iterable(counts))}


def _unfold(source: ListSource, lines: Lines, compared: Sequence[str], unread: Sequence[int]) -> _Unfolded:
    _refuse_missing(source)
    levels = source.levels
    level_text, component_text = source.text(levels.column), source.text(levels.component)
    has_roots = bool(levels.root_column or levels.root_pattern)
    numbers = level_numbers(level_text, levels, int(has_roots))
    gaps = np.sort(np.asarray(unread, dtype=np.int64))
    rows = IndentedList(numbers, component_numbers(component_text, levels), _roots(source), has_roots, lines, gaps)
    sorting = Sorting(np.zeros(len(lines), dtype=bool))
    sorting.leave_out("blank row", _blank_rows(source, rows))
    _refuse_one_level(rows, sorting, source.where)
    parents = parent_rows(rows)
    _set_unplaced_aside(rows, parents, level_text, sorting)
    _leave_tops_out(rows, parents, sorting)
    quantities = quantities_of(source, rows, parents, sorting)
    _sort_out_repeats(source, rows, parents, quantities, compared, sorting)
    return _assembled(source, rows, parents, quantities, sorting)


def _refuse_missing(source: ListSource) -> None:
    levels, found = source.levels, source.columns.column_names
    for name in (levels.column, levels.component, levels.quantity, levels.root_column):
        if name and name not in found:
            raise DataRefused(
                f"no column {name!r} for the levels of the list; found: {', '.join(found)}",
                source.where,
                suggestion(name, found) or "export the indented list with its levels; a consolidated one is no BOM",
            )


def _roots(source: ListSource) -> pa.Array:
    """The product of each row by its column or the title; missing where the products are rows themselves."""
    if source.levels.root_column:
        return clean(source.text(source.levels.root_column), ())
    if source.levels.root_pattern and source.columns.num_rows:
        return source.said(ROOT, source.levels.root_pattern, "product")
    return pa.nulls(source.columns.num_rows, pa.string())


def _blank_rows(source: ListSource, rows: IndentedList) -> Ints:
    blank = (rows.levels < 0) & np.asarray(rows.components.is_null())
    for name in source.columns.column_names if blank.any() else ():
        if name not in (ROOT, REQUIRED):
            blank &= np.asarray(pc.is_null(clean(source.text(name), ())))
    return np.flatnonzero(blank)


def _refuse_one_level(rows: IndentedList, sorting: Sorting, where: str) -> None:
    """Rows on one level are the parts of one product, or a list summed up over all levels: that is no BOM."""
    read = rows.levels[rows.levels >= 0]
    if not len(read) and not sorting.gone.all():
        raise DataRefused("no row has a level that can be read", where, "correct `marks`, or export the indented list")
    if len(read) < 2 or (read != read[0]).any() or (rows.has_roots and not rows.is_root.any()):
        return
    itself = ", the product itself among them" if rows.has_roots else ""
    fix = "a consolidated components list is no BOM: export the indented one"
    declare = "" if rows.has_roots else ", or declare `root_column` or `root_pattern` for a list of one level"
    raise DataRefused(f"all {len(read)} rows stand on level {read[0]}{itself}", where, fix + declare)


# --- rows that stay, and rows that do not


def _set_unplaced_aside(rows: IndentedList, parents: Ints, level_text: pa.Array, sorting: Sorting) -> None:
    unplaced = np.flatnonzero(parents == NOWHERE)
    sorting.set_aside(unplaced, _why_unplaced(unplaced, rows, level_text))
    inner = np.flatnonzero(parents >= 0)
    nameless = inner[np.asarray(rows.components.is_null())[parents[inner]]]
    where = rows.lines[parents[nameless]].tolist()
    sorting.set_aside(nameless, (f"its parent on line {line} has no part number" for line in where))


def _why_unplaced(unplaced: Ints, rows: IndentedList, level_text: pa.Array) -> Iterator[str]:
    texts = level_text.take(pa.array(unplaced)).to_pylist()
    for level, text in zip(rows.levels[unplaced].tolist(), texts, strict=True):
        if level < 0:
            yield f"level {(text or '').strip()[:_EXCERPT]!r} cannot be read"
        elif level == 1 and rows.has_roots:
            yield "no product for a row of level 1"
        else:
            yield f"level {level}, and no row of level {level - 1} above it is surely its parent"


def _leave_tops_out(rows: IndentedList, parents: Ints, sorting: Sorting) -> None:
    """Products are no lines of a BOM. A row that only looks like one, for want of a product above it, is set aside."""
    tops = np.flatnonzero(parents == TOP)
    is_product = np.isin(tops, parents) | (rows.levels[tops] == 0) | rows.has_roots
    sorting.leave_out("top of the list", tops[is_product])
    alone = "no product above it, and no parts below: declare `root_column` or `root_pattern`"
    sorting.set_aside(tops[~is_product], repeat(alone))


# --- sub-assemblies that are listed again


def _sort_out_repeats(
    source: ListSource,
    rows: IndentedList,
    parents: Ints,
    quantities: Quantities | None,
    compared: Sequence[str],
    sorting: Sorting,
) -> None:
    lines = np.flatnonzero(~sorting.gone)
    if not len(lines):
        return
    under_row = parents[lines] >= 0
    names = pc.if_else(
        pa.array(under_row),
        rows.components.take(pa.array(np.maximum(parents[lines], 0))),
        rows.roots.take(pa.array(lines)),
    )
    occurrences = np.where(under_row, parents[lines], len(parents) + rows.sections[lines])
    content = [rows.components, *(clean(source.text(name), ()) for name in _compared(source, compared))]
    blocks = sorted_blocks(lines, names, occurrences, content, quantities)
    differs, first = differing(blocks, quantities)
    again = blocks.is_repeat
    sorting.leave_out("repeated sub-assembly", blocks.rows[again & ~differs])
    apart = np.flatnonzero(again & differs)
    named = names.take(pa.array(np.searchsorted(lines, blocks.rows[apart]))).to_pylist()
    where = rows.lines[first[apart]].tolist()
    reasons = (
        f"not the parts of {name} listed first, from line {at} on" for name, at in zip(named, where, strict=True)
    )
    sorting.set_aside(blocks.rows[apart], reasons)


def _compared(source: ListSource, compared: Sequence[str]) -> list[str]:
    levels = source.levels
    own = {levels.column, levels.component, levels.quantity, levels.root_column, ROOT, REQUIRED}
    return [name for name in source.columns.column_names if name in compared and name not in own]


def _assembled(
    source: ListSource, rows: IndentedList, parents: Ints, quantities: Quantities | None, sorting: Sorting
) -> _Unfolded:
    kept = np.flatnonzero(~sorting.gone)
    taken = pa.array(kept)
    above = rows.components.take(pa.array(np.maximum(parents[kept], 0)))
    columns = source.columns.take(taken)
    columns = columns.drop_columns([name for name in (ROOT, REQUIRED) if name in columns.column_names])
    derived = {
        PARENT: pc.if_else(pa.array(parents[kept] == UNDER_ROOT), rows.roots.take(taken), above),
        LEVEL: pc.cast(pa.array(rows.levels[kept]), pa.string()),
        COMPONENT: rows.components.take(taken),
    }
    if quantities is not None:
        quantities = quantities.of(kept)
        derived[QUANTITY] = quantities.text
    for name, values in derived.items():
        columns = columns.append_column(name, values)
    shown = pc.fill_null(rows.components, "").to_pylist() if sorting.reasons else []
    rejects = [Reject(int(rows.lines[row]), shown[row][:_EXCERPT], why) for row, why in sorted(sorting.reasons.items())]
    return _Unfolded(columns, rows.lines[kept], rejects, sorting.left_out, quantities)


# --- several files


def _sort_out_across_files(
    sources: Sequence[ListSource], lists: Sequence[_Unfolded], compared: Sequence[str]
) -> list[Sorting]:
    """The parts of a parent are those of the first file that lists them."""
    sortings = [Sorting(np.zeros(len(found.lines), dtype=bool)) for found in lists]
    if len(lists) < 2 or not sum(len(found.lines) for found in lists):
        return sortings
    names = [
        name for name in _compared(sources[0], compared) if all(name in each.columns.schema.names for each in lists)
    ]
    content = [clean(_stacked(lists, name), ()) for name in (COMPONENT, *names)]
    files = np.repeat(np.arange(len(lists)), [len(found.lines) for found in lists])
    rows = np.arange(len(files))
    quantities = Quantities.stacked([found.quantities for found in lists])
    blocks = sorted_blocks(rows, _stacked(lists, PARENT), files, content, quantities)
    differs, first = differing(blocks, quantities)
    begins = np.searchsorted(files, np.arange(len(lists)))
    lines = np.concatenate([found.lines for found in lists])
    for at, sorting in enumerate(sortings):
        here = blocks.is_repeat & (files[blocks.rows] == at)
        sorting.leave_out("repeated sub-assembly", blocks.rows[here & ~differs] - begins[at])
        apart = first[here & differs]
        reasons = (
            f"not the parts listed first, in {sources[files[row]].where} from line {lines[row]} on" for row in apart
        )
        sorting.set_aside(blocks.rows[here & differs] - begins[at], reasons)
    return sortings


def _stacked(lists: Sequence[_Unfolded], name: str) -> pa.Array:
    return pa.concat_arrays([chunk for each in lists for chunk in each.columns.column(name).cast(pa.string()).chunks])


def _rejects(found: _Unfolded, sorting: Sorting) -> Iterator[Reject]:
    components = found.columns.column(COMPONENT)
    for row, why in sorted(sorting.reasons.items()):
        yield Reject(int(found.lines[row]), (components[row].as_py() or "")[:_EXCERPT], why)
