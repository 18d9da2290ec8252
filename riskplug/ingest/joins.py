"""Further tables of a source beside the rows of one: matched here, by exact text, and never in the database.

A database may compare keys without regard to case or trailing blanks, and so merge keys that are two; and a partner
that is there twice multiplies rows. Both are seen here.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from riskplug.errors import DataRefused
from riskplug.ingest.dates import read_dates
from riskplug.ingest.extract import Extract, Lines, one_array
from riskplug.ingest.keys import clean
from riskplug.ingest.mapping import keep_rows
from riskplug.ingest.numbers import read_numbers
from riskplug.ingest.profile import Join, Profile

_NONE = -1


def joined_with(rows: Extract, partners: Sequence[Extract], join: Join, profile: Profile) -> Extract:
    """The rows with the partners' columns as ``NAME.column``; DataRefused where a key column is missing.

    ``partners``: the files of the further table, without the rows that its own rules leave out (`partners_left`). Lines
    and file stay those of ``rows``; a row with several partners appears once for each under `partners: each`.
    """
    partner = stacked(partners)
    others = partner.columns
    at, beside = _pairs(rows, others, join, profile, partner.file)
    columns = rows.columns if at is None else rows.columns.take(pa.array(at))
    alone = beside == _NONE
    place = pa.array(beside, mask=alone)
    for name in others.column_names:
        columns = columns.append_column(f"{join.name}.{name}", others.column(name).take(place))
    lines, dropped = (rows.lines if at is None else rows.lines[at]), dict(rows.dropped)
    if join.keep == "matched" and alone.any():
        rule = f"no partner in {join.name}"
        dropped[rule] = dropped.get(rule, 0) + int(alone.sum())
        columns, lines = columns.filter(pa.array(~alone)), lines[~alone]
    return replace(rows, columns=columns, lines=lines, dropped=dropped, beside=(*rows.beside, *partners))


def partners_left(partners: Sequence[Extract], join: Join, profile: Profile) -> list[Extract]:
    """The files of a further table without the rows that the join's own rules leave out, which are counted there."""
    return [_left(partner, join, profile) for partner in partners]


def _left(partner: Extract, join: Join, profile: Profile) -> Extract:
    kept, gone = keep_rows(partner.columns, join.drop_rows, profile)
    dropped = {name: partner.dropped.get(name, 0) + gone.get(name, 0) for name in (*partner.dropped, *gone)}
    return replace(partner, columns=partner.columns.take(pa.array(kept)), lines=partner.lines[kept], dropped=dropped)


def stacked(extracts: Sequence[Extract]) -> Extract:
    """The rows of several files as those of one; what was set aside or left out stays with each file."""
    if len(extracts) == 1:
        return extracts[0]
    columns = pa.concat_tables([each.columns for each in extracts], promote_options="permissive")
    return replace(extracts[0], columns=columns, lines=np.concatenate([each.lines for each in extracts]))


def _pairs(rows: Extract, others: pa.Table, join: Join, profile: Profile, file: str) -> tuple[Lines | None, Lines]:
    """(positions of rows, None for all in order; position of each one's partner, -1 for none)."""
    left, right = _codes(rows, others, join, profile, file)
    order = _order(others, join, right, profile, file)
    in_order = right[order]
    first = np.searchsorted(in_order, left, "left")
    count = np.where(left == _NONE, 0, np.searchsorted(in_order, left, "right") - first)
    if join.partners == "one" and (count > 1).any():
        _refuse_several(rows, join, int(np.argmax(count > 1)), int(count.max()), file)
    if join.partners != "each":
        return None, _placed(order, first + count - 1 if join.partners == "last" else first, count > 0)
    times = np.maximum(count, 1)
    at = np.repeat(np.arange(len(left)), times).astype(np.int64)
    step = np.arange(len(at)) - np.repeat(np.cumsum(times) - times, times)
    return at, _placed(order, first[at] + step, count[at] > 0)


def _placed(order: Lines, place: Lines, found: np.ndarray[tuple[int], np.dtype[np.bool_]]) -> Lines:
    # one place more: where nothing is found the place may be past the end
    return np.where(found, np.append(order, _NONE)[np.where(found, place, len(order))], _NONE)


def _order(others: pa.Table, join: Join, right: Lines, profile: Profile, file: str) -> Lines:
    """Partners key by key, those of one key in the declared order."""
    if join.order is None:
        return np.argsort(right, kind="stable").astype(np.int64)
    words = _key(others, join.order, file, profile)
    values = _ordered(words, join, profile, file)
    blank_last = np.asarray(pc.sort_indices(values)).astype(np.int64)
    rank = np.empty(len(words), dtype=np.int64)
    rank[np.roll(blank_last, values.null_count)] = np.arange(len(words))
    return np.lexsort((rank, right)).astype(np.int64)


def _ordered(words: pa.Array, join: Join, profile: Profile, file: str) -> pa.Array:
    """Values that sort as they are meant: days, numbers, or texts of one length; DataRefused for any other text."""
    days, faults = read_dates(join.order or "", words, profile)
    if not faults:
        return days
    if profile.decimal or not pc.any(pc.match_substring_regex(words, "[.,]")).as_py():
        numbers, faults = read_numbers(join.order or "", words, profile)
        if not faults:
            return numbers
    if len(pc.unique(pc.drop_null(pc.utf8_length(words)))) > 1:
        raise DataRefused(
            f"column {join.order!r} of {join.name} orders neither by day nor by number",
            file,
            "declare its date format, or choose another `order`",
        )
    return words


def _codes(rows: Extract, others: pa.Table, join: Join, profile: Profile, file: str) -> tuple[Lines, Lines]:
    """One number per distinct key on both sides; -1 where a part of the key is blank."""
    left, right = np.zeros(rows.columns.num_rows, np.int64), np.zeros(others.num_rows, np.int64)
    for here, there in join.on.items():
        ours = _key(rows.columns, here, rows.file, profile)
        theirs = _key(others, there, file, profile)
        both = pa.concat_arrays([ours, theirs]).dictionary_encode()
        codes = np.asarray(pc.fill_null(both.indices, _NONE)).astype(np.int64)
        size = len(both.dictionary) + 1
        left, right = _combined(left, codes[: len(left)], size), _combined(right, codes[len(left) :], size)
        _, dense = np.unique(np.concatenate((left, right)), return_inverse=True)
        blank = np.concatenate((left, right)) == _NONE
        dense = np.where(blank, _NONE, dense).astype(np.int64)
        left, right = dense[: len(left)], dense[len(left) :]
    return left, right


def _combined(so_far: Lines, codes: Lines, size: int) -> Lines:
    return np.where((so_far == _NONE) | (codes == _NONE), _NONE, so_far * size + codes)


def _key(columns: pa.Table, name: str, file: str, profile: Profile) -> pa.Array:
    if name not in columns.column_names:
        found = ", ".join(columns.column_names)
        raise DataRefused(f"no column {name!r} to join on; found: {found}", file, "correct `join` in the profile")
    return clean(one_array(columns.column(name)).cast(pa.string()), profile.null_words)


def _refuse_several(rows: Extract, join: Join, at: int, count: int, file: str) -> None:
    key = ", ".join(f"{there} {rows.columns.column(here)[at]}" for here, there in join.on.items())
    raise DataRefused(
        f"{join.name} has {count} rows for {key} of line {rows.lines[at]}; one was expected",
        file,
        "say in the profile which counts: `partners: each`, `first` or `last` with `order`, or a row rule",
    )
