"""Dates as text, by the declared formats; null dates and the open end of year 9999 are missing."""

import re
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from riskplug.errors import UsageError
from riskplug.ingest.date_formats import DateFormat, NoSuchDay, date_format
from riskplug.ingest.faults import Typed, faults_where
from riskplug.ingest.profile import Profile

OPEN_YEAR = 9999
# Before it nobody ordered or delivered what is planned today: such a year is a typing error, or how a system spells
# "no date" (0001-01-01, 1753-01-01, 1899-12-30), which the profile has to say.
FIRST_YEAR = 1900
# No calendar has a day zero of month zero: 0, 00000000, 00.00.0000 and 0000-00-00 00:00:00 all spell "no date".
_ALL_ZERO = re.compile(r"0([0.\-/: T]*0)?")
_SERIAL = re.compile(r"[0-9]{5}([.,][0-9]+)?")
_WITH_TIME = re.compile(r"(.*[0-9])[ T]+[0-9]{1,2}[:.][0-9]{2}.*")
_SHORT_YEAR = re.compile(r"[0-9]{1,2}([.\-/ ])([0-9]{1,2}|[A-Za-z]{3,})\1[0-9]{2}")
_ISO = "%Y-%m-%d"
_STAMP = pa.timestamp("s")


@dataclass(frozen=True)
class _Reading:
    """What a text says: a day (None: no date), or why it cannot be taken."""

    day: date | None
    fault: str = ""


def read_dates(column: str, values: pa.Array, profile: Profile) -> Typed:
    """Text to timestamp[s]. Each distinct text is parsed once: a column of millions has some thousand days.

    UsageError when a declared format is none.
    """
    formats = _formats(profile)
    encoded = values.dictionary_encode()
    readings = [_read(word, profile, formats) for word in encoded.dictionary.to_pylist()]
    days = np.array([reading.day for reading in readings], dtype="datetime64[s]")
    parsed = pc.take(pa.array(days, _STAMP), encoded.indices)
    reasons = {
        word: reading.fault
        for word, reading in zip(encoded.dictionary.to_pylist(), readings, strict=True)
        if reading.fault
    }
    if not reasons:
        return parsed, []
    bad = pc.take(pa.array([bool(reading.fault) for reading in readings]), encoded.indices)
    return parsed, faults_where(column, bad, values, reasons.__getitem__)


def dates_of_digits(profile: Profile) -> bool:
    """Whether a declared format is of digits only, so that whole numbers may be dates."""
    return any(pattern.of_digits for pattern in _formats(profile))


def _formats(profile: Profile) -> tuple[DateFormat, ...]:
    try:
        return tuple(date_format(text) for text in profile.date_formats)
    except ValueError as error:
        raise UsageError(str(error), f"profile {profile.name}: date_formats", "correct the format") from error


def _read(word: str, profile: Profile, formats: tuple[DateFormat, ...]) -> _Reading:
    if word in profile.null_dates or _ALL_ZERO.fullmatch(word):
        return _Reading(None)
    found: dict[date, str] = {}
    shaped = ""
    for pattern in formats:
        try:
            day = pattern.read(word, profile.years_from)
        except NoSuchDay as error:
            shaped = shaped or str(error)
            continue
        if day is not None:
            found.setdefault(day, pattern.text)
    if len(found) > 1:
        either = " or ".join(f"{day} ({text})" for day, text in found.items())
        return _Reading(None, f"ambiguous under the declared formats: {either}")
    if not found:
        return _Reading(None, shaped or _why_not(word, formats))
    return _dated(next(iter(found)), _null_days(profile))


def _dated(day: date, null_days: frozenset[date]) -> _Reading:
    if day.year == OPEN_YEAR or day in null_days:
        return _Reading(None)
    if day.year < FIRST_YEAR:
        return _Reading(None, f"year {day.year} is not plausible; if it means no date, declare it in `null_dates`")
    return _Reading(day)


@lru_cache(maxsize=64)
def _null_days_of(words: tuple[str, ...], patterns: tuple[str, ...], years_from: int | None) -> frozenset[date]:
    days = set()
    for word in words:
        for pattern in (*patterns, _ISO):
            try:
                days.add(date_format(pattern).read(word, years_from))
            except NoSuchDay:
                continue
    return frozenset(day for day in days if day)


def _null_days(profile: Profile) -> frozenset[date]:
    """Days that stand for no date, however a column writes them: with a time of day, or in a type of its own."""
    return _null_days_of(profile.null_dates, profile.date_formats, profile.years_from)


def _why_not(word: str, formats: tuple[DateFormat, ...]) -> str:
    declared = ", ".join(pattern.text for pattern in formats)
    if _SERIAL.fullmatch(word):
        return f"a spreadsheet's bare day number; export dates as text ({declared})"
    if any(character.isdecimal() and not character.isascii() for character in word):
        return "digits that are not 0 to 9, e.g. full-width ones"
    timed = _WITH_TIME.fullmatch(word)
    if timed and any(pattern.shape.fullmatch(timed[1]) for pattern in formats):
        return f"a time of day that is not declared ({declared})"
    if _SHORT_YEAR.fullmatch(word) and not any("%y" in pattern.text for pattern in formats):
        return f"a two-digit year that is not declared ({declared})"
    return f"not a date as declared ({declared})"


def native_dates(column: str, values: pa.Array, profile: Profile) -> Typed:
    """Dates that come as dates; the time of day is left off, declared null dates are missing."""
    seconds = pc.cast(pc.cast(values, pa.date32(), safe=False), _STAMP)
    nothing = pc.equal(pc.year(seconds), OPEN_YEAR)
    null_days = _null_days(profile)
    if null_days:
        words = pa.array(sorted(null_days), pa.date32()).cast(_STAMP)
        nothing = pc.or_(nothing, pc.is_in(seconds, words))
    seconds = pc.if_else(nothing, pa.scalar(None, _STAMP), seconds)
    early = pc.less(pc.year(seconds), FIRST_YEAR)
    if not pc.any(early).as_py():
        return seconds, []
    faults = faults_where(column, early, seconds, "a year that is not plausible; if it means no date, declare it")
    return pc.if_else(early, pa.scalar(None, _STAMP), seconds), faults
