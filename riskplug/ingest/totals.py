"""Rows of an indented list that say of themselves that they are no part: totals between the levels, and notes."""

from dataclasses import replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from riskplug.ingest.extract import Extract, one_array
from riskplug.ingest.keys import clean
from riskplug.ingest.levels import level_numbers
from riskplug.ingest.mapping import keep_rows
from riskplug.ingest.profile import DropRule, Levels, Profile


def without_totals(extract: Extract, rules: tuple[DropRule, ...], levels: Levels, profile: Profile) -> Extract:
    """The list without the rows that a rule leaves out and that can be no assembly; they are counted under the rule.

    That is a row whose level is no level by a rule on the level itself, or a row without a level by a rule on the part
    number or without one. Any other row stays until the parents are known: it may be the parent of those below it.
    """
    names = extract.columns.column_names
    own = [item for item in rules if item.column in names]
    if not own or not {levels.column, levels.component} <= set(names):
        return extract
    level = _text(extract, levels.column)
    bare = level_numbers(level, levels, 0) < 0
    nameless = np.asarray(pc.is_null(clean(_text(extract, levels.component), profile.null_words)))
    blank = np.asarray(pc.is_null(clean(level, profile.null_words)))
    gone, counted = np.zeros(len(bare), dtype=bool), dict(extract.dropped)
    for item in own:
        taken = np.ones(len(bare), dtype=bool)
        taken[keep_rows(extract.columns, [item], profile)[0]] = False
        speaks = bare if item.column == levels.column else blank & (nameless | (item.column == levels.component))
        fresh = taken & speaks & ~gone & ~_blank_rows(extract)
        if fresh.any():
            gone |= fresh
            counted[str(item)] = counted.get(str(item), 0) + int(fresh.sum())
    keep = pa.array(~gone)
    return replace(extract, columns=extract.columns.filter(keep), lines=extract.lines[~gone], dropped=counted)


def _blank_rows(extract: Extract) -> "np.ndarray[tuple[int], np.dtype[np.bool_]]":
    """Rows with nothing in them: they have a name of their own in the account."""
    blank = np.ones(extract.columns.num_rows, dtype=bool)
    for name in extract.columns.column_names:
        blank &= np.asarray(pc.is_null(clean(_text(extract, name), ())))
    return blank


def _text(extract: Extract, name: str) -> pa.Array:
    return one_array(extract.columns.column(name).cast(pa.string()))
