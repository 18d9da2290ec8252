"""Dates as text, by the declared formats; null dates and the open end of year 9999 are missing."""

import re
from collections.abc import Sequence
from datetime import datetime

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from riskplug.ingest.faults import Typed, faults_where
from riskplug.ingest.profile import Profile

OPEN_YEAR = 9999
# No calendar has a day zero of month zero: 00000000, 00.00.0000 and 0000-00-00 are how systems spell "no date".
_ALL_ZERO = re.compile(r"0[0.\-/]*0")
_NOTHING = np.datetime64("NaT", "s")


def read_dates(column: str, values: pa.Array, profile: Profile) -> Typed:
    """Text to timestamp[s]. Each distinct text is parsed once: a column of millions has some thousand days."""
    encoded = values.dictionary_encode()
    words = encoded.dictionary.to_pylist()
    days = np.array([_parse(word, profile) for word in words] or [_NOTHING], dtype="datetime64[s]")
    unreadable = [word for word in words if _parse_error(word, profile)]
    parsed = pc.take(pa.array(days), encoded.indices)
    bad = pc.is_in(values, pa.array(unreadable, pa.string()))
    return parsed, faults_where(column, bad, values, lambda value: _why_not(value, profile.date_formats))


def _parse(word: str, profile: Profile) -> np.datetime64:
    day = None if _is_null(word, profile) else _day(word, profile.date_formats)
    return _NOTHING if day is None or day.year == OPEN_YEAR else np.datetime64(day.date(), "s")


def _parse_error(word: str, profile: Profile) -> bool:
    return not _is_null(word, profile) and _day(word, profile.date_formats) is None


def _is_null(word: str, profile: Profile) -> bool:
    return word in profile.null_dates or _ALL_ZERO.fullmatch(word) is not None


def _day(word: str, formats: Sequence[str]) -> datetime | None:
    for pattern in formats:
        try:
            day = datetime.strptime(word, pattern)
        except ValueError:
            continue
        # strptime reads 2025428 as %Y%m%d: without separators only the full width is unambiguous
        if not re.fullmatch("(%[A-Za-z])+", pattern) or day.strftime(pattern) == word:
            return day
    return None


def _why_not(value: str, formats: Sequence[str]) -> str:
    shape = [re.sub("%[A-Za-z]", r"\\d+", re.escape(item).replace("%", "%")) for item in formats]
    if any(re.fullmatch(item, value) for item in shape):
        return "no such day"
    return f"not a date as declared ({', '.join(formats)})"


def native_dates(values: pa.Array) -> pa.Array:
    """Dates that come as dates; the time of day is left off."""
    seconds = pc.cast(pc.cast(values, pa.date32(), safe=False), pa.timestamp("s"))
    return pc.if_else(pc.equal(pc.year(seconds), OPEN_YEAR), pa.scalar(None, pa.timestamp("s")), seconds)
