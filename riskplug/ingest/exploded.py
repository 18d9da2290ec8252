"""Quantities of an indented list for one piece of each parent: exploded ones are divided down again."""

import re

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from riskplug.errors import DataRefused
from riskplug.ingest.keys import clean
from riskplug.ingest.levels import TOP, IndentedList, Ints, Mask
from riskplug.ingest.list_source import REQUIRED, ListSource, Sorting
from riskplug.ingest.numbers import read_numbers
from riskplug.ingest.profile import Profile
from riskplug.ingest.subassemblies import Floats, Quantities


def quantities_of(source: ListSource, rows: IndentedList, parents: Ints, sorting: Sorting) -> Quantities | None:
    if source.levels.quantity is None:
        return None
    text = clean(source.text(source.levels.quantity), source.profile.null_words)
    try:
        numbers, faults = read_numbers(source.levels.quantity, text, source.profile)
        values = _floats(numbers)
        if source.levels.quantities == "per_parent":
            return Quantities(text, values, np.zeros(len(values)))
        required = _required(source)
    except DataRefused as refused:
        raise DataRefused(refused.what, refused.where or source.where, refused.fix) from refused
    for fault in faults:
        sorting.set_aside(
            fault.rows, (f"{why}: {value}" for why, value in zip(fault.reasons, fault.values, strict=True))
        )
    return _for_one_parent(source, rows, parents, values, required, text, sorting)


def _floats(numbers: pa.Array) -> Floats:
    return np.asarray(pc.fill_null(numbers, np.nan)).astype(np.float64)


def _required(source: ListSource) -> Floats | None:
    """The quantity that the list was exploded for, row by row; none declared: that of the product's row, or one."""
    pattern = source.levels.required_pattern
    if pattern is None or not source.columns.num_rows:
        return None
    said = source.said(REQUIRED, pattern, "required quantity")
    numbers, faults = read_numbers("required quantity", said, source.profile)
    required = _floats(numbers)
    if faults or not (required > 0).all():
        bad = said[int(np.argmin(np.nan_to_num(required) > 0))].as_py()
        raise DataRefused(f"the list is for a quantity of {bad!r}", source.where, "correct `required_pattern`")
    return required


def _for_one_parent(
    source: ListSource,
    rows: IndentedList,
    parents: Ints,
    values: Floats,
    required: Floats | None,
    text: pa.Array,
    sorting: Sorting,
) -> Quantities:
    """Each quantity divided by that of its parent; a row whose parent has none, or zero, is set aside."""
    of_rows = values.copy()
    is_top = parents == TOP
    of_rows[is_top] = required[is_top] if required is not None else np.where(_is_blank(text), 1.0, values)[is_top]
    of_roots = np.ones(len(values)) if required is None else required
    divisors = np.where(parents >= 0, of_rows[np.maximum(parents, 0)], of_roots) if len(values) else values
    without = np.flatnonzero(((divisors == 0) | np.isnan(divisors)) & (parents >= 0))
    where = rows.lines[parents[without]].tolist()
    words = ["zero" if divisor == 0 else "unknown" for divisor in divisors[without].tolist()]
    sorting.set_aside(
        without, (f"the quantity of its parent on line {at} is {word}" for at, word in zip(where, words, strict=True))
    )
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        single = values / divisors
        half = _half_digit(text, source.profile)
        tolerance = half * (1 + np.abs(single)) / np.abs(divisors) + 1e-9 * np.abs(single)
    return Quantities(_as_text(single, source.profile), single, np.nan_to_num(tolerance, posinf=0.0))


def _is_blank(text: pa.Array) -> Mask:
    return np.asarray(text.is_null())


def _half_digit(text: pa.Array, profile: Profile) -> float:
    """Half of the last printed digit: totals are rounded. Whole numbers are not."""
    decimals = pc.replace_substring_regex(text, rf"^[^{re.escape(profile.decimal or '.')}]*.?", "")
    places = pc.max(pc.utf8_length(pc.replace_substring_regex(decimals, r"\D.*$", ""))).as_py() or 0
    return 0.5 * 10.0**-places if places else 0.0


def _as_text(numbers: Floats, profile: Profile) -> pa.Array:
    """As the source would write them, for the column is read like any other."""
    text = pc.cast(pa.array(numbers, from_pandas=True), pa.string())
    return pc.replace_substring(text, ".", profile.decimal or ".")
