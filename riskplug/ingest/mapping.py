"""Source columns to canonical ones, still as text: renamed, translated, unpivoted, declared rows dropped."""

import functools
import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from riskplug.errors import DataRefused, suggestion
from riskplug.ingest.extract import Extract, Lines, is_text, one_array, wordwise
from riskplug.ingest.faults import Fault, faults_where
from riskplug.ingest.keys import clean
from riskplug.ingest.numbers import read_numbers
from riskplug.ingest.profile import ColumnRule, DropRule, Join, Profile, TableRule
from riskplug.ingest.translated import in_language
from riskplug.tables import TABLES, column_of

Mask = np.ndarray[tuple[int], np.dtype[np.bool_]]
_DERIVED = ("(parent)", "(level)", "(component)", "(quantity)")
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
    _refuse_nearly_named(extract, rule)
    stays, dropped = _stays(extract.columns, rule.drop_rows)
    lines = extract.lines if stays is None else extract.lines[stays]
    source = extract.columns if stays is None else extract.columns.filter(pa.array(stays))
    columns: dict[str, pa.Array] = {}
    faults: list[Fault] = []
    for name, column_rule in _rules(table, rule, profile).items():
        values, found = _values(name, column_rule, source, profile)
        faults += found
        if values is not None:
            columns[name] = values
    text = pa.table(columns) if columns else source.select([])
    read = {name for column in rule.columns.values() for name in column.all_columns}
    read |= set(rule.unpivot.columns if rule.unpivot else ())
    # what only a row rule or a join looks at still tells rows apart
    others = source.select([name for name in source.column_names if name not in read])
    if rule.unpivot is None:
        return Mapped(text, others, lines, faults, dropped)
    rows, text = _unpivoted(text, source, rule, profile)
    return Mapped(text, others.take(pa.array(rows)), lines[rows], faults, dropped)


def unknown_columns(extract: Extract, rule: TableRule, profile: Profile) -> tuple[str, ...]:
    """Source columns that the profile does not use."""
    used = _used(rule) | _of_client(rule, profile)
    unread = (extract.columns.schema.metadata or {}).get(b"unread", b"").decode()
    names = [*extract.columns.column_names, *(unread.split("\n") if unread else [])]
    return tuple(name for name in names if name not in used)


def absent_columns(extract: Extract, rule: TableRule) -> tuple[str, ...]:
    """Columns that the profile names for an optional column or a row rule, and that are not there under any name.

    Nothing is missing where another name or a stand-in of the same column is there, nor where a joined file as a whole
    is not delivered. Of a profile that names every canonical column this tells nothing new: do not ask for it there.
    """
    found = set(extract.columns.column_names)
    asked = [absent for column in rule.columns.values() for absent in _absent(column, found)]
    asked += [item.column for item in rule.drop_rows if item.column and item.column not in found]
    there = {name.split(".", 1)[0] for name in found}
    outside = {join.name for join in rule.join} - there
    return tuple(dict.fromkeys(name for name in asked if name.split(".", 1)[0] not in outside))


def _absent(rule: ColumnRule, found: Collection[str]) -> Sequence[str]:
    if rule.minus or rule.together:
        return [name for name in rule.source_columns if name not in found]
    is_there = not rule.column or any(name in found for name in (*rule.column, *rule.otherwise))
    return () if is_there else (" or ".join(rule.column),)


def _of_client(rule: TableRule, profile: Profile) -> set[str]:
    columns = profile.client.column if profile.client else ()
    return {f"{prefix}{name}" for name in columns for prefix in ("", *(f"{join.name}." for join in rule.join))}


def _rules(table: str, rule: TableRule, profile: Profile) -> dict[str, ColumnRule]:
    rules = dict(rule.columns)
    if table == "bom_lines" and profile.loss_convention and "loss_convention" not in rules:
        rules["loss_convention"] = ColumnRule(const=profile.loss_convention)
    if profile.site and "site" not in rules:
        rules["site"] = ColumnRule(const=profile.site)
    return rules


def _used(rule: TableRule) -> set[str]:
    used = columns_used(rule)
    if rule.levels:
        used |= {rule.levels.column, rule.levels.component, *_DERIVED}
        used |= {name for name in (rule.levels.quantity, rule.levels.root_column) if name}
    return used


def columns_used(rule: TableRule) -> set[str]:
    """Source columns that a table's rule names anywhere, those of joined tables as ``NAME.column``."""
    used = {name for column in rule.columns.values() for name in column.all_columns}
    used |= {item.column for item in rule.drop_rows if item.column} | set(rule.unpivot.columns if rule.unpivot else ())
    used |= {rule.as_of.column} if rule.as_of and rule.as_of.column else set()
    used |= {name for join in rule.join for name in join.on}
    return used | {f"{join.name}.{name}" for join in rule.join for name in _asked_of(join)}


def _asked_of(join: Join) -> set[str]:
    """Columns of a joined table that the join itself looks at."""
    dropped = {item.column for item in join.drop_rows if item.column}
    return dropped | set(join.on.values()) | ({join.order} if join.order else set())


def columns_of_join(rule: TableRule, join: Join) -> set[str]:
    """Columns of a joined table that anything asks for, under its own names."""
    prefix = f"{join.name}."
    return {name.removeprefix(prefix) for name in columns_used(rule) if name.startswith(prefix)}


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


def _refuse_nearly_named(extract: Extract, rule: TableRule) -> None:
    """A column that is asked for and is there under a name that differs in case or signs alone is a mistake.

    Absent columns are unknown, and a rule on an absent column drops nothing: neither may come from a typing error.
    """
    found = extract.columns.column_names
    used = columns_used(rule)
    spare = {_folded(name): name for name in found if name not in used}
    asked = [column.column for column in rule.columns.values() if column.column]
    asked += [(item.column,) for item in rule.drop_rows if item.column]
    for names in asked:
        if any(name in found for name in names):
            continue
        near = next((name for name in names if _folded(name) in spare), None)
        if near is not None:
            there = spare[_folded(near)]
            raise DataRefused(
                f"no column {near!r}, but {there!r}", extract.file, "spell it in the profile as in the file"
            )


def _folded(name: str) -> str:
    return re.sub(r"[\W_]", "", name).casefold()


def _found(rule: ColumnRule, names: list[str]) -> bool:
    if rule.minus or rule.together:
        return all(name in names for name in rule.source_columns)
    return any(name in names for name in (*rule.column, *rule.otherwise))


def keep_rows(source: pa.Table, rules: Sequence[DropRule], profile: Profile) -> tuple[Lines, dict[str, int]]:
    """Rows no rule drops, and how many each rule took; a row counts for the first rule that takes it."""
    stays, dropped = _stays(source, rules)
    rows = np.arange(source.num_rows) if stays is None else np.flatnonzero(stays)
    return rows.astype(np.int64), dropped


def _stays(source: pa.Table, rules: Sequence[DropRule]) -> tuple[Mask | None, dict[str, int]]:
    """(which rows no rule drops, None for all of them; how many each rule took)."""
    stays: Mask | None = None
    dropped: dict[str, int] = {}
    for name, hit in _drop_masks(source, rules):
        taken = hit if stays is None else stays & hit
        if taken.any():
            dropped[name] = dropped.get(name, 0) + int(taken.sum())
            stays = ~hit if stays is None else stays & ~hit
    return stays, dropped


def _drop_masks(
    source: pa.Table, rules: Sequence[DropRule]
) -> Iterator[tuple[str, np.ndarray[tuple[int], np.dtype[np.bool_]]]]:
    # a row with its key blank and all else too is a blank line of a spreadsheet; one column tells most apart
    if source.num_rows and source.num_columns > 1 and is_text(source.schema.types[0]):
        blank = _is_blank(source.column(0))
        if pc.any(blank).as_py():
            for name in source.column_names[1:]:
                blank = pc.and_(blank, _is_blank(source.column(name)))
            yield "blank row", np.asarray(blank)
    for item in rules:
        if item.column is not None and item.column in source.column_names:
            yield str(item), _drop_mask(source.column(item.column), item)


def _is_blank(values: pa.ChunkedArray) -> pa.Array:
    if not is_text(values.type):
        return pc.is_null(one_array(values))
    return wordwise(values, lambda words: pc.fill_null(pc.match_substring_regex(words, r"^\s*$"), True))


def _drop_mask(values: pa.ChunkedArray, rule: DropRule) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    text = wordwise(values if is_text(values.type) else pc.cast(values, pa.string()), lambda words: clean(words, ()))
    if rule.blank:
        return np.asarray(pc.is_null(text))
    if rule.not_in:
        return ~np.asarray(pc.is_in(text, pa.array(rule.not_in)))
    hit = pc.match_substring_regex(text, rule.matches) if rule.matches else pc.is_in(text, pa.array(rule.equals))
    return np.asarray(pc.fill_null(hit, False))


def _values(name: str, rule: ColumnRule, source: pa.Table, profile: Profile) -> tuple[pa.Array | None, list[Fault]]:
    if rule.const is not None:
        return pa.repeat(pa.scalar(rule.const), source.num_rows), []
    if rule.minus:
        values, faults = _difference(name, rule, source, profile)
    else:
        values, faults = _worded(name, rule, source, profile)
    if values is None or not rule.scaled:
        return values, faults
    if not pa.types.is_floating(values.type):
        values, found = read_numbers(name, clean(_text(values), profile.null_words), profile)
        faults += found
    scaled, found = _scaled(name, values, rule, source, profile)
    return scaled, faults + found


def _worded(name: str, rule: ColumnRule, source: pa.Table, profile: Profile) -> tuple[Any, list[Fault]]:
    """The text of a column, its words translated as declared; what needs no translation stays untouched."""
    columns = [column for column in rule.source_columns if column in source.column_names]
    stand_ins = [column for column in rule.otherwise if column in source.column_names]
    if not columns and not stand_ins:
        return None, []
    if rule.together:
        values = _together([clean(_text(source.column(column)), profile.null_words) for column in columns], rule.glue)
    else:
        values = source.column((columns or stand_ins)[0])
    faults: list[Fault] = []
    if rule.language:
        values = in_language(clean(_text(values), profile.null_words), rule.language)
    if rule.pattern:
        values, faults = _extracted(name, clean(_text(values), profile.null_words), rule.pattern)
    for column in stand_ins:
        rest = clean(_text(source.column(column)), profile.null_words)
        values = pc.coalesce(clean(_text(values), profile.null_words), rest)
    if name == "site" and profile.sites and not rule.map:
        rule = rule.model_copy(update={"map": profile.sites})
    if rule.map or rule.others is not None or rule.blank is not None:
        values = _translated(values, rule, profile)
    return values, faults


def _together(values: Sequence[pa.Array], glue: str) -> pa.Array:
    """The filled values of each row joined; a row without any has none."""
    nothing = functools.reduce(pc.and_, [pc.is_null(each) for each in values])
    # pyarrow leaves rows out in which every value is missing
    first, *rest = values
    joined = pc.binary_join_element_wise(pc.if_else(nothing, "", first), *rest, glue, null_handling="skip")
    return pc.if_else(nothing, pa.scalar(None, pa.string()), joined)


def _extracted(name: str, values: pa.Array, pattern: str) -> tuple[pa.Array, list[Fault]]:
    """The first group of the pattern; a text without it is at fault. Each distinct text is looked at once."""
    encoded, find = values.dictionary_encode(), re.compile(pattern)
    found = [find.search(word) for word in encoded.dictionary.to_pylist()]
    words = pa.array([match[1] if match else None for match in found], pa.string())
    taken = pc.take(words, encoded.indices)
    missed = pc.and_(pc.is_valid(values), pc.is_null(taken))
    return taken, faults_where(name, missed, values, f"does not match {pattern}")


def _scaled(
    name: str, numbers: pa.Array, rule: ColumnRule, source: pa.Table, profile: Profile
) -> tuple[pa.Array, list[Fault]]:
    """Multiplied and divided as declared; where a factor is blank or zero the number is not known, and at fault."""
    faults: list[Fault] = []
    for by, divides in ((rule.times, False), (rule.divided_by, True)):
        if by is None:
            continue
        if isinstance(by, str):
            if by not in source.column_names:
                raise DataRefused(
                    f"no column {by!r} to scale {name} with", "", suggestion(by, source.column_names) or "correct it"
                )
            factor, found = read_numbers(by, clean(_text(source.column(by)), profile.null_words), profile)
            unusable = pc.fill_null(pc.less_equal(factor, 0), True)
            unusable = pc.and_(pc.is_valid(numbers), unusable)
            faults += found + faults_where(by, unusable, _text(source.column(by)), "factor is blank or not above zero")
            factor = pc.if_else(pc.less_equal(factor, 0), pa.scalar(None, pa.float64()), factor)
        else:
            factor = pa.scalar(float(by))
        numbers = pc.divide(numbers, factor) if divides else pc.multiply(numbers, factor)
    endless = pc.invert(pc.is_finite(numbers))
    faults += faults_where(name, endless, numbers, "number too large")
    return pc.if_else(endless, pa.scalar(None, pa.float64()), numbers), faults


def _text(values: pa.ChunkedArray | pa.Array) -> pa.Array:
    text = pc.cast(values, pa.string())
    return one_array(text) if isinstance(text, pa.ChunkedArray) else text


def _translated(values: pa.ChunkedArray, rule: ColumnRule, profile: Profile) -> pa.Array:
    encoded = clean(_text(values), profile.null_words).dictionary_encode()
    others = rule.others
    words = pa.array(
        [rule.map.get(word, word if others is None else others) for word in encoded.dictionary.to_pylist()], pa.string()
    )
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
    zeros = {
        name: np.asarray(pc.fill_null(pc.match_substring_regex(values, _ZERO), False))
        for name, values in columns.items()
    }
    # a row in which nothing is left beside zeros stays as the first column's, blank or not: no row may vanish
    filled = np.any([present[name] & ~zeros[name] for name in columns], axis=0)
    for at, (name, stock_type) in enumerate(unpivot.columns.items()):
        zero = zeros[name]
        keep = present[name] & ~zero if at else present[name] | ~filled
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
