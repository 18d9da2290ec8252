"""Source columns to canonical ones, still as text: renamed, translated, unpivoted, declared rows dropped."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from riskplug.errors import DataRefused, suggestion
from riskplug.ingest.extract import Extract, Lines
from riskplug.ingest.faults import Fault
from riskplug.ingest.keys import clean
from riskplug.ingest.numbers import read_numbers
from riskplug.ingest.profile import ColumnRule, DropRule, Profile, TableRule
from riskplug.tables import TABLES, column_of

_ZERO = r"^[+-]?0*[.,]?0*-?$"


@dataclass(frozen=True)
class Mapped:
    """Rows under canonical names. ``others``: source columns nobody asked for, kept to tell rows apart."""

    text: pa.Table
    others: pa.Table
    lines: Lines
    faults: list[Fault]
    dropped: dict[str, int]


def map_columns(extract: Extract, table: str, rule: TableRule, profile: Profile) -> Mapped:
    """Canonical columns of one file; DataRefused when a required one has no source column."""
    _refuse_missing(extract, table, rule)
    kept, dropped = _keep_rows(extract.columns, rule)
    lines = extract.lines[kept] if dropped else extract.lines
    source = extract.columns.take(pa.array(kept)) if dropped else extract.columns
    columns: dict[str, pa.Array] = {}
    faults: list[Fault] = []
    for name, column_rule in _rules(table, rule, profile).items():
        values, found = _values(name, column_rule, source, profile)
        faults += found
        if values is not None:
            columns[name] = values
    text = pa.table(columns) if columns else source.select([])
    others = source.select([name for name in source.column_names if name not in _used(rule)])
    if rule.unpivot is None:
        return Mapped(text, others, lines, faults, dropped)
    rows, text = _unpivoted(text, source, rule, profile)
    return Mapped(text, others.take(pa.array(rows)), lines[rows], faults, dropped)


def unknown_columns(extract: Extract, rule: TableRule) -> tuple[str, ...]:
    """Source columns that the profile does not use."""
    unread = (extract.columns.schema.metadata or {}).get(b"unread", b"").decode()
    names = [*extract.columns.column_names, *(unread.split("\n") if unread else [])]
    return tuple(name for name in names if name not in _used(rule))


def _rules(table: str, rule: TableRule, profile: Profile) -> dict[str, ColumnRule]:
    rules = dict(rule.columns)
    if table == "bom_lines" and profile.loss_convention and "loss_convention" not in rules:
        rules["loss_convention"] = ColumnRule(const=profile.loss_convention)
    if profile.site and "site" not in rules:
        rules["site"] = ColumnRule(const=profile.site)
    return rules


def _used(rule: TableRule) -> set[str]:
    used = {name for column in rule.columns.values() for name in column.source_columns}
    used |= {item.column for item in rule.drop_rows if item.column} | set(rule.unpivot.columns if rule.unpivot else ())
    return used | ({rule.as_of.column} if rule.as_of and rule.as_of.column else set())


def _refuse_missing(extract: Extract, table: str, rule: TableRule) -> None:
    found = extract.columns.column_names
    given = {rule.unpivot.value, rule.unpivot.into} if rule.unpivot else set()
    for name in TABLES[table].required:
        column = rule.columns.get(name)
        if name in given or (column and (column.const is not None or _found(column, found))):
            continue
        wanted = " or ".join(column.source_columns) if column else name
        hint = suggestion(column.source_columns[0] if column else name, found)
        raise DataRefused(
            f"no column {wanted!r} for {table}.{name}; found: {', '.join(found)}",
            extract.file,
            hint or "correct the profile, or add the column to the export",
        )
    absent = [name for name in (rule.unpivot.columns if rule.unpivot else ()) if name not in found]
    if absent:
        raise DataRefused(
            f"no column {absent[0]!r} to unpivot; found: {', '.join(found)}",
            extract.file,
            suggestion(absent[0], found) or "correct the profile",
        )


def _found(rule: ColumnRule, names: list[str]) -> bool:
    if rule.minus:
        return all(name in names for name in rule.minus)
    return any(name in names for name in rule.column)


def _keep_rows(source: pa.Table, rule: TableRule) -> tuple[Lines, dict[str, int]]:
    """Rows no rule drops, and how many each rule took; a row counts for the first rule that takes it."""
    keep = np.ones(source.num_rows, dtype=bool)
    dropped: dict[str, int] = {}
    for name, hit in _drop_masks(source, rule):
        taken = keep & hit
        if taken.any():
            dropped[name] = dropped.get(name, 0) + int(taken.sum())
            keep &= ~hit
    return np.flatnonzero(keep).astype(np.int64), dropped


def _drop_masks(source: pa.Table, rule: TableRule) -> Iterator[tuple[str, np.ndarray[tuple[int], np.dtype[np.bool_]]]]:
    # a row with its key blank and all else too is a blank line of a spreadsheet; one column tells most apart
    if source.num_rows and source.num_columns > 1 and pa.types.is_string(source.schema.types[0]):
        blank = _is_blank(source.column(0))
        if pc.any(blank).as_py():
            for name in source.column_names[1:]:
                blank = pc.and_(blank, _is_blank(source.column(name)))
            yield "blank row", np.asarray(blank)
    for item in rule.drop_rows:
        if item.column is not None and item.column in source.column_names:
            yield str(item), _drop_mask(source.column(item.column), item)


def _is_blank(values: pa.ChunkedArray) -> pa.ChunkedArray:
    if not pa.types.is_string(values.type):
        return pc.is_null(values)
    return pc.fill_null(pc.match_substring_regex(values, r"^\s*$"), True)


def _drop_mask(values: pa.ChunkedArray, rule: DropRule) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    text = clean(values if pa.types.is_string(values.type) else pc.cast(values, pa.string()), ())
    if rule.blank:
        return np.asarray(pc.is_null(text))
    hit = pc.match_substring_regex(text, rule.matches) if rule.matches else pc.is_in(text, pa.array(rule.equals))
    return np.asarray(pc.fill_null(hit, False))


def _values(name: str, rule: ColumnRule, source: pa.Table, profile: Profile) -> tuple[pa.Array | None, list[Fault]]:
    if rule.const is not None:
        return pa.repeat(pa.scalar(rule.const), source.num_rows), []
    if rule.minus:
        return _difference(name, rule, source, profile)
    column = next((column for column in rule.column if column in source.column_names), None)
    if column is None:
        return None, []
    values = source.column(column)
    if rule.map or rule.blank is not None:
        values = _translated(values, rule, profile)
    if rule.times is None:
        return values, []
    numbers, faults = read_numbers(name, clean(_text(values), profile.null_words), profile)
    return pc.multiply(numbers, rule.times), faults


def _text(values: pa.ChunkedArray) -> pa.Array:
    combined = pc.cast(values, pa.string()).combine_chunks()
    return pa.concat_arrays(combined.chunks) if isinstance(combined, pa.ChunkedArray) else combined


def _translated(values: pa.ChunkedArray, rule: ColumnRule, profile: Profile) -> pa.Array:
    encoded = clean(_text(values), profile.null_words).dictionary_encode()
    words = pa.array([rule.map.get(word, word) for word in encoded.dictionary.to_pylist()], pa.string())
    text = pc.take(words, encoded.indices)
    return text if rule.blank is None else pc.fill_null(text, rule.blank)


def _difference(name: str, rule: ColumnRule, source: pa.Table, profile: Profile) -> tuple[pa.Array | None, list[Fault]]:
    """First column less the second, held at the floor: what was received beyond the order is no negative supply."""
    if not _found(rule, source.column_names):
        return None, []
    sides, faults = [], []
    for column in rule.minus:
        text = clean(_text(source.column(column)), profile.null_words)
        numbers, found = read_numbers(name, text if rule.blank is None else pc.fill_null(text, rule.blank), profile)
        sides.append(numbers)
        faults += found
    difference = pc.subtract(*sides)
    if rule.floor is None:
        return difference, faults
    return pc.if_else(pc.less(difference, rule.floor), rule.floor, difference), faults


def _unpivoted(text: pa.Table, source: pa.Table, rule: TableRule, profile: Profile) -> tuple[Lines, pa.Table]:
    unpivot = rule.unpivot
    if unpivot is None:
        raise AssertionError("asked for only with an unpivot rule")
    columns = {name: clean(_text(source.column(name)), profile.null_words) for name in unpivot.columns}
    present = {name: np.asarray(pc.is_valid(values)) for name, values in columns.items()}
    rows, parts = [], []
    for at, (name, stock_type) in enumerate(unpivot.columns.items()):
        zero = np.asarray(pc.fill_null(pc.match_substring_regex(columns[name], _ZERO), False))
        keep = present[name] & ~zero if at else present[name] | ~np.any(list(present.values()), axis=0)
        taken = np.flatnonzero(keep).astype(np.int64)
        piece = text.take(pa.array(taken)).append_column(unpivot.value, columns[name].take(pa.array(taken)))
        parts.append(piece.append_column(unpivot.into, pa.repeat(pa.scalar(stock_type), len(taken))))
        rows.append(taken)
    taken = np.concatenate(rows)
    order = np.argsort(taken, kind="stable")
    return taken[order], pa.concat_tables(parts).take(pa.array(order))


def quantity_column(table: str) -> str | None:
    """The column that totals of a table are taken of."""
    return next(
        (
            name
            for name in ("quantity", "open_quantity")
            if name in TABLES[table].column_names and column_of(table, name).kind == "quantity"
        ),
        None,
    )
