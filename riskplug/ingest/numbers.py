"""Numbers as text to floats, by the declared marks; what does not match is named, never guessed."""

import re

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from riskplug.errors import DataRefused
from riskplug.ingest.faults import Typed, faults_where
from riskplug.ingest.profile import Profile

_NOT_FINITE = re.compile(r"[+-]?(nan|inf|infinity)", re.IGNORECASE)
_WITH_UNIT = re.compile(r"[+-]?[\d.,' ]+\s*[^\W\d_%]+\.?|[+-]?[\d.,]+\s*%")
_SHEET_ERROR = re.compile(r"#(N/A|NV|REF!|DIV/0!|VALUE!|WERT!|NAME\?|NULL!|NUM!|BEZUG!)")
_FRACTION = re.compile(r"\d+\s*/\s*\d+")
_DATE = re.compile(r"\d{1,4}[.\-/]\d{1,2}[.\-/]\d{1,4}")


def read_numbers(column: str, values: pa.Array, profile: Profile) -> Typed:
    """Text to float64; blank stays missing.

    DataRefused when the profile declares no decimal mark and the column holds a point or a comma: 1,234 may be one
    or a thousand, and a wrong guess is wrong by a thousand.
    """
    if profile.decimal is None and pc.any(pc.match_substring_regex(values, "[.,]")).as_py():
        raise DataRefused(
            f"column {column} has points or commas, and the profile declares no decimal mark",
            "",
            'declare `decimal: "."` or `decimal: ","` in the profile',
        )
    text = _with_leading_sign(values, profile.sign)
    fits = pc.match_substring_regex(text, _pattern(profile))
    plain = _plain(pc.if_else(fits, text, pa.scalar(None, pa.string())), profile)
    numbers = pc.cast(plain, pa.float64())
    too_large = pc.invert(pc.is_finite(numbers))
    faults = [
        *faults_where(column, pc.invert(fits), values, lambda value: _why_not(value, profile)),
        *faults_where(column, too_large, values, "number too large"),
    ]
    return pc.if_else(too_large, pa.scalar(None, pa.float64()), numbers), faults


def _with_leading_sign(values: pa.Array, sign: str) -> pa.Array:
    text = pc.replace_substring(values, "\u2212", "-")
    if sign == "trailing":
        return pc.replace_substring_regex(text, r"^([^+-].*\S|[^+-])\s*-$", r"-\1")
    if sign == "brackets":
        return pc.replace_substring_regex(text, r"^\(\s*([^()+-]+)\)$", r"-\1")
    return text


def _pattern(profile: Profile) -> str:
    mark = re.escape(profile.decimal or ".")
    whole = r"\d+"
    if profile.thousands:
        group = "[" + "".join(f"\\x{{{ord(mark):x}}}" for mark in profile.thousands) + "]"
        whole = rf"(?:\d+|\d{{1,3}}(?:{group}\d{{3}})+)"
    return rf"^[+-]?(?:{whole}(?:{mark}\d*)?|{mark}\d+)(?:[eE][+-]?\d+)?$"


def _plain(text: pa.Array, profile: Profile) -> pa.Array:
    for mark in profile.thousands:
        text = pc.replace_substring(text, mark, "")
    return pc.replace_substring(text, ",", ".") if profile.decimal == "," else text


def _why_not(value: str, profile: Profile) -> str:
    for pattern, reason in (
        (_NOT_FINITE, "not a finite number"),
        (_SHEET_ERROR, "spreadsheet error instead of a number"),
        (_WITH_UNIT, "number with a unit"),
        (_FRACTION, "fraction"),
        (_DATE, "a date where a number is expected"),
    ):
        if pattern.fullmatch(value):
            return reason
    if not re.search(r"\d", value):
        return "text instead of a number"
    return f"not a number as declared (decimal mark {profile.decimal!r}{_declared(profile)})"


def _declared(profile: Profile) -> str:
    thousands = f", thousands {profile.thousands!r}" if profile.thousands else ", no thousands mark"
    return f"{thousands}, sign {profile.sign}"


def native_numbers(column: str, values: pa.Array) -> Typed:
    """Numbers that come as numbers, e.g. from Parquet. NaN is how many writers spell missing, so it is missing."""
    numbers = pc.cast(values, pa.float64())
    nothing = pa.scalar(None, pa.float64())
    infinite = pc.is_inf(numbers)
    faults = faults_where(column, infinite, numbers, "not a finite number")
    return pc.if_else(pc.or_(infinite, pc.is_nan(numbers)), nothing, numbers), faults


def within(column: str, numbers: pa.Array, minimum: float | None, maximum: float | None) -> Typed:
    """Numbers outside inclusive bounds set aside."""
    low = pc.less(numbers, -np.inf if minimum is None else minimum)
    high = pc.greater(numbers, np.inf if maximum is None else maximum)
    faults = [
        *faults_where(column, low, numbers, f"below {minimum:g}" if minimum is not None else ""),
        *faults_where(column, high, numbers, f"above {maximum:g}" if maximum is not None else ""),
    ]
    return numbers, faults
