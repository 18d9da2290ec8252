"""Text to the canonical types of tables.py, column by column, with a reason for every value that does not fit."""

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from riskplug.errors import DataRefused
from riskplug.ingest.dates import dates_of_digits, native_dates, read_dates
from riskplug.ingest.extract import give_back, is_text, one_array
from riskplug.ingest.faults import Fault, Typed, faults_where
from riskplug.ingest.keys import clean, read_choices, read_coded_keys, read_flags, read_keys
from riskplug.ingest.numbers import native_numbers, read_numbers, within, without_percent_sign
from riskplug.ingest.profile import Profile
from riskplug.ingest.query_rows import UNDECODABLE
from riskplug.tables import CARRIED, TABLES, Column

NUMBER_KINDS = ("quantity", "number", "pct")
CARRIED_KEYS = tuple(column for column in CARRIED if column.name in ("company", "site"))


@dataclass(frozen=True)
class TypedTable:
    """A table in arrow types: keys and choices as dictionaries, numbers float64, dates timestamp[s], flags bool."""

    columns: dict[str, pa.Array]
    faults: list[Fault]


def type_table(table: str, text: pa.Table, profile: Profile) -> TypedTable:
    """Type every column a table has; DataRefused when a native type cannot be what the column means."""
    typed: dict[str, pa.Array] = {}
    faults: list[Fault] = []
    for column in (*TABLES[table].columns, *CARRIED_KEYS):
        if column.name not in text.column_names:
            continue
        values = one_array(text.column(column.name))
        typed[column.name], found = type_column(column, values, profile)
        faults += found
        del values
        give_back()
    return TypedTable(typed, faults)


def type_column(column: Column, values: pa.Array, profile: Profile) -> Typed:
    """Type one column; blank values of a required one are faults. A column of words is typed word by word."""
    if pa.types.is_dictionary(values.type) and is_text(values.type):
        return _of_words(column, values, profile)
    if not pa.types.is_string(values.type):
        values = _from_native(column, values, profile)
    if pa.types.is_string(values.type):
        values, faults = _decodable(column, clean(values, profile.null_words), profile)
        typed, found = _from_text(column, values, profile)
        faults += found
    elif column.kind in NUMBER_KINDS:
        typed, faults = native_numbers(column.name, values)
    elif column.kind == "date":
        typed, faults = native_dates(column.name, values, profile)
    else:
        typed, faults = values, []
    if column.kind in NUMBER_KINDS:
        faults += within(column.name, typed, column.minimum, column.maximum)[1]
    if column.required:
        # after the others: a value that could not be read has its own reason, and the first one counts
        faults += faults_where(column.name, pc.is_null(typed), values, "required value is missing")
    return typed, faults


def _decodable(column: Column, values: pa.Array, profile: Profile) -> Typed:
    """Without what a database holds as bytes that are no text: never a value with a sign in the place of each."""
    if profile.reader != "sql":
        return values, []
    bad = pc.match_substring(values, UNDECODABLE)
    shown = pc.replace_substring(values, UNDECODABLE, "bytes ")
    reason = "bytes (BLOB) that are no UTF-8 text: store text, or decode it in a `query`"
    return pc.if_else(bad, pa.scalar(None, pa.string()), values), faults_where(column.name, bad, shown, reason)


def _of_words(column: Column, values: pa.DictionaryArray, profile: Profile) -> Typed:
    count = len(values.dictionary)
    codes = np.asarray(pc.fill_null(values.indices, count))
    if column.kind in ("part", "key"):
        words, undecodable = _decodable(column, values.dictionary, profile)
        known = values if not undecodable else pa.DictionaryArray.from_arrays(values.indices, words)
        typed, found = read_coded_keys(column, known, profile)
        faults = [*(_rows_of(fault, codes, count) for fault in undecodable), *found]
    else:
        words = pa.concat_arrays([values.dictionary, pa.nulls(1, pa.string())])
        by_word, found = type_column(replace(column, required=False), words, profile)
        typed = _spread(by_word, pa.array(codes))
        faults = [_rows_of(fault, codes, count) for fault in found]
    if column.required:
        faults += faults_where(column.name, pc.is_null(typed), values, "required value is missing")
    return typed, faults


def _spread(by_word: pa.Array, codes: pa.Array) -> pa.Array:
    if not pa.types.is_dictionary(by_word.type):
        return pc.take(by_word, codes)
    return pa.DictionaryArray.from_arrays(pc.take(by_word.indices, codes), by_word.dictionary)


def _rows_of(fault: Fault, codes: npt.NDArray[np.integer], count: int) -> Fault:
    """The rows that hold the words at fault."""
    at = np.full(count + 1, -1, dtype=np.int64)
    at[fault.rows] = np.arange(len(fault.rows))
    rows = np.flatnonzero(at[codes] >= 0).astype(np.int64)
    which = at[codes[rows]]
    return Fault(fault.column, rows, fault.values[which], fault.reasons[which])


def _is_whole(kind: pa.DataType) -> bool:
    return pa.types.is_integer(kind) or (pa.types.is_decimal(kind) and bool(kind.scale == 0))


def _from_text(column: Column, values: pa.Array, profile: Profile) -> Typed:
    if column.kind in ("part", "key"):
        return read_keys(column, values, profile)
    if column.kind in NUMBER_KINDS and column.name.endswith("_pct"):
        text, faults = without_percent_sign(column.name, values)
        numbers, more = read_numbers(column.name, text, profile)
        return numbers, [*faults, *more]
    if column.kind in NUMBER_KINDS:
        return read_numbers(column.name, values, profile)
    if column.kind == "date":
        return read_dates(column.name, values, profile)
    if column.kind == "flag":
        return read_flags(column, values, profile)
    return read_choices(column, values) if column.kind == "choice" else (values, [])


def _from_native(column: Column, values: pa.Array, profile: Profile) -> pa.Array:
    """A native column as the contract takes it: as it is where the type fits, as text where text is meant."""
    kind = values.type
    if pa.types.is_dictionary(kind):
        return _from_native(column, values.cast(kind.value_type), profile)
    if pa.types.is_large_string(kind) or pa.types.is_string_view(kind) or pa.types.is_null(kind):
        return values.cast(pa.string())
    if pa.types.is_string(kind):
        return values
    numeric = pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind)
    if column.kind in NUMBER_KINDS and numeric:
        return values
    if column.kind == "date" and pa.types.is_temporal(kind) and not pa.types.is_time(kind):
        return values
    if column.kind == "flag" and pa.types.is_boolean(kind):
        return values
    if column.kind in ("part", "key", "text", "flag") and _is_whole(kind):
        return values.cast(pa.string())
    if column.kind == "date" and _is_whole(kind) and dates_of_digits(profile):
        return values.cast(pa.string())
    raise DataRefused(
        f"column {column.name} has type {kind}, which is no {column.kind}",
        "",
        f"write {column.name} as text"
        if column.kind in ("part", "key", "text", "choice")
        else f"write {column.name} in its own type, or as text",
    )
