"""Numbers as text to floats, by the declared marks; what does not match is named, never guessed."""

import re
from collections.abc import Callable

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from riskplug.errors import DataRefused
from riskplug.ingest.extract import holds
from riskplug.ingest.faults import Fault, Typed, faults_where
from riskplug.ingest.profile import Profile

_TEXT, _NUMBER = pa.string(), pa.float64()
_MINUS = "\u2212"
# Blanks that are no ASCII blank (no-break, narrow, figure, ideographic) and characters without any width.
_ODD_BLANK = "[\u00a0\u202f\u2000-\u200d\u2060\u3000\ufeff\u00ad]"
# Symbols of money differ by country, the class of signs by library: these are the ones exports show.
_MONEY = "[$€£¥₩₹₽₺฿元円]"
_FORMATS: tuple[tuple[str, str], ...] = (
    (r"[+-]?(nan|inf|infinity)", "not a finite number"),
    (
        r"#(N/A|NV|NA|REF!|BEZUG!|DIV/0!|VALUE!|WERT!|NAME\?|NULL!|NUM!|ZAHL!|SPILL!|CALC!)",
        "spreadsheet error instead of a number",
    ),
    (r"=.*", "a formula instead of a number"),
    (r"[^%]*\d[^%]*%", "number with a percent sign"),
    (r"([\d.,]+\s+)?\d+\s*[/⁄]\s*\d+|\d*\s*[¼½¾⅐-⅞]", "fraction"),
    (r"[<>≤≥=~≈±].*\d.*|(ca|approx|abt|max|min)\b\.?\s*\d.*", "a bound or an estimate instead of a number"),
    (r"\d{1,4}[.\-/]\d{1,2}[.\-/]\d{1,4}([ T].*)?", "a date where a number is expected"),
    (r"\d[\d.,]*\s*(-|–|—|\.\.+|…)\s*\d[\d.,]*", "a range instead of a number"),
)
_LETTERS = rf"(?:[^\W\d_]|{_MONEY})+"
_WITH_UNIT = re.compile(rf"[+-]?\d[\d.,' ]*\s*{_LETTERS}[²³\d]?\.?|{_LETTERS}\.?\s*[+-]?\d[\d.,' ]*")
_REASONS = tuple((re.compile(pattern, re.IGNORECASE), reason) for pattern, reason in _FORMATS)


def read_numbers(column: str, values: pa.Array, profile: Profile) -> Typed:
    """Text to float64; blank stays missing.

    DataRefused when the profile declares no decimal mark and the column holds a number with a point or a comma: 1,234
    may be one or a thousand, and a wrong guess is wrong by a thousand.
    """
    if profile.decimal is None and _any(values, r"\d[.,]|[.,]\d"):
        raise DataRefused(
            f"column {column} has points or commas, and the profile declares no decimal mark",
            "",
            'declare `decimal: "."` or `decimal: ","` in the profile',
        )
    numbers = _all_plain(values, profile)
    return _one_by_one(column, values, profile) if numbers is None else (numbers, [])


def _all_plain(values: pa.Array, profile: Profile) -> pa.Array | None:
    """All values at once where they are plain decimals, which the cast reads as declared; else None."""
    if profile.decimal == ",":
        if holds(values, b"."):
            return None
        values = pc.replace_substring(values, ",", ".")
    try:
        numbers = pc.cast(values, _NUMBER)
    except pa.ArrowInvalid:
        return None
    beyond = pc.any(pc.invert(pc.is_finite(numbers))).as_py() or len(_lost(values, numbers))
    return None if beyond else numbers


def _one_by_one(column: str, values: pa.Array, profile: Profile) -> Typed:
    text = _with_leading_sign(values, profile.sign)
    fits = pc.match_substring_regex(text, _pattern(profile))
    plain = _plain(pc.if_else(fits, text, pa.scalar(None, _TEXT)), profile)
    numbers = pc.cast(plain, _NUMBER)
    too_large = pc.invert(pc.is_finite(numbers))
    lost = np.zeros(len(values), dtype=bool)
    lost[_lost(plain, numbers)] = True
    faults = [
        *faults_where(column, pc.invert(fits), values, _reason_under(profile)),
        *faults_where(column, too_large, values, "number too large"),
        *faults_where(column, pa.array(lost), values, "number too small to tell from zero"),
    ]
    unknown = pc.or_(pc.fill_null(too_large, False), pa.array(lost))
    return pc.if_else(unknown, pa.scalar(None, _NUMBER), numbers), faults


def _any(values: pa.Array, pattern: str) -> bool:
    return bool(pc.any(pc.match_substring_regex(values, pattern)).as_py())


def _lost(text: pa.Array, numbers: pa.Array) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    """Rows where something so small was written that a float holds zero: 1e-400 is not nothing."""
    zero = np.flatnonzero(np.asarray(pc.fill_null(pc.equal(numbers, 0.0), False)))
    if not len(zero):
        return zero
    written = pc.match_substring_regex(text.take(pa.array(zero)), r"^[^eE]*[1-9]")
    return np.asarray(zero[np.asarray(written)], dtype=np.int64)


def _with_leading_sign(values: pa.Array, sign: str) -> pa.Array:
    text = pc.replace_substring(values, _MINUS, "-")
    if sign == "trailing":
        return _rewritten(text, pc.ends_with(text, "-"), r"^([^+-].*\S|[^+-])\s*-$", r"-\1")
    if sign == "brackets":
        return _rewritten(text, pc.starts_with(text, "("), r"^\(\s*([^()+-]+?)\s*\)$", r"-\1")
    return text


def _rewritten(text: pa.Array, where: pa.Array, pattern: str, by: str) -> pa.Array:
    """The text with a pattern replaced in some rows: few have a sign, and a pattern over all of them is dear."""
    where = pc.fill_null(where, False)
    return pc.replace_with_mask(text, where, pc.replace_substring_regex(text.filter(where), pattern, by))


def _pattern(profile: Profile) -> str:
    mark = re.escape(profile.decimal or ".")
    groups = [f"\\x{{{ord(mark):x}}}" for mark in profile.thousands]
    if profile.grouping == "indian":
        grouped = [rf"\d{{1,2}}(?:{group}\d{{2}})*{group}\d{{3}}" for group in groups]
    else:
        grouped = [rf"\d{{1,3}}(?:{group}\d{{3}})+" for group in groups]
    whole = "|".join((r"\d+", *grouped))
    return rf"^[+-]?(?:(?:{whole})(?:{mark}\d*)?|{mark}\d+)(?:[eE][+-]?\d+)?$"


def _plain(text: pa.Array, profile: Profile) -> pa.Array:
    for mark in profile.thousands:
        text = pc.replace_substring(text, mark, "")
    return pc.replace_substring(text, ",", ".") if profile.decimal == "," else text


def _reason_under(profile: Profile) -> Callable[[str], str]:
    return lambda value: _why_not(value, profile)


def _why_not(value: str, profile: Profile) -> str:
    found = next((reason for pattern, reason in _REASONS if pattern.fullmatch(value)), None)
    if found:
        return found
    digits = [character for character in value if character.isdecimal()]
    if any(not character.isascii() for character in digits):
        return "digits that are not 0 to 9, e.g. full-width ones"
    if not digits:
        return "text instead of a number"
    if _WITH_UNIT.fullmatch(value):
        return "number with a unit"
    return _undeclared(value, profile) or f"not a number as declared ({_declared(profile)})"


def _undeclared(value: str, profile: Profile) -> str | None:
    """What would make it a number, had the profile declared it."""
    text = value.replace(_MINUS, "-")
    if profile.sign != "trailing" and re.fullmatch(r"[^+-].*-", text):
        return f"sign behind the number, not declared ({_declared(profile)})"
    if profile.sign != "brackets" and re.fullmatch(r"\(.+\)", text):
        return f"brackets around the number, not declared ({_declared(profile)})"
    if re.search(_ODD_BLANK, re.sub(f"[{re.escape(profile.thousands)} ]", "", text)):
        return f"unusual blank or invisible character in the number, not declared ({_declared(profile)})"
    marks = re.escape((profile.decimal or ".") + profile.thousands)
    if profile.thousands and re.fullmatch(rf"[+-]?[\d{marks}]+", text):
        return f"digits not grouped as declared ({_declared(profile)})"
    return None


def _declared(profile: Profile) -> str:
    marks = f"thousands {profile.thousands!r}" if profile.thousands else "no thousands mark"
    grouping = ", Indian grouping" if profile.grouping == "indian" else ""
    return f"decimal mark {profile.decimal!r}, {marks}{grouping}, sign {profile.sign}"


def without_percent_sign(column: str, values: pa.Array) -> tuple[pa.Array, list[Fault]]:
    """Text of a column that counts in percent, the sign taken off: 5 % is 5.

    Where some rows have the sign, the ones without may be shares of one (0.05): they are set aside, save zeros.
    """
    if not holds(values, b"%"):
        return values, []
    signed = pc.ends_with(values, "%")
    zero = pc.match_substring_regex(values, r"^[+-]?0*[.,]?0*$")
    bare = pc.and_(pc.invert(signed), pc.invert(zero)) if pc.any(signed).as_py() else pa.nulls(len(values), pa.bool_())
    text = _rewritten(values, signed, r"^([^%]*[^%\s])\s*%$", r"\1")
    return text, faults_where(column, bare, values, "no percent sign, where other rows have one")


def native_numbers(column: str, values: pa.Array) -> Typed:
    """Numbers that come as numbers, e.g. from Parquet. NaN is how many writers spell missing, so it is missing."""
    numbers = pc.cast(values, _NUMBER)
    nothing = pa.scalar(None, _NUMBER)
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
