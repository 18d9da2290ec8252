"""Keys and words of closed lists: trimmed, unwrapped, zero padding taken off where declared, encoded once."""

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from riskplug import units
from riskplug.errors import suggestion
from riskplug.ingest.extract import holds
from riskplug.ingest.faults import Fault, Typed, faults_where
from riskplug.ingest.profile import Profile
from riskplug.tables import Column

_ASCII_BLANKS = " \t\r\n\x0b\x0c"
_WRAPPED = r'^="(.*)"$|^\'(.+)$'
_UNITS = ("unit", "base_unit")
# Keys that number things. Codes of closed or worldwide lists (countries, units, currencies) have a case of their own.
_NUMBERED = ("order_no", "line", "supplier", "licence_no", "location", "lot", "reference", "alternative")
_ID_AS_NUMBER = r"^(\d+)[.,]0$"
_MONTH = "(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)"
_MONAT = "(?:Jan|Feb|Mrz|Mär|Apr|Mai|Jun|Jul|Aug|Sep|Okt|Nov|Dez)"
# What a spreadsheet makes of 1E10-like, 3-12-like and MAR98-like part numbers; an integer mantissa stays text.
_DAMAGE: tuple[tuple[str, str], ...] = (
    (_ID_AS_NUMBER, "id turned into a number by a spreadsheet; `keys.repair_ids` takes the .0 off"),
    (r"^\d[.,]\d+[eE][+]?\d+$", "key damaged by a spreadsheet: a power of ten"),
    (
        rf"^\d{{1,2}}-{_MONTH}(?:-\d{{2,4}})?$|^{_MONTH}-\d{{2,4}}$|^\d{{1,2}}\. {_MONAT}$|^{_MONAT} \d{{2}}$"
        r"|^\d{4}-\d{2}-\d{2}[ T]00:00:00(?:\.0+)?$",
        "key damaged by a spreadsheet: a date",
    ),
    (
        r"^#(?:N/A|NV|REF!|BEZUG!|DIV/0!|VALUE!|WERT!|NAME\?|NULL!|NUM!|ZAHL!)$",
        "spreadsheet error instead of a key",
    ),
    (r"[\x00-\x1f\x7f]", "control character in a key"),
)
_NUL = ((r"\x00", "NUL byte in a key"),)
_STORED_AS_NUMBER = (
    r"^-?\d+\.0$",
    "stored as a number with a fraction instead of a key: cast it to text in a `query`, or declare `keys.repair_ids`, "
    "which takes the .0 off",
)


def clean(values: pa.Array, null_words: tuple[str, ...]) -> pa.Array:
    """Text without ASCII blanks around it; blank and the declared null words are missing."""
    text = pc.utf8_trim(values, characters=_ASCII_BLANKS)
    nothing = pc.is_in(text, pa.array(["", *null_words], pa.string()))
    return pc.if_else(nothing, pa.scalar(None, pa.string()), text)


def read_keys(column: Column, values: pa.Array, profile: Profile) -> Typed:
    """Text to a dictionary of distinct keys; part numbers that a spreadsheet has damaged are set aside."""
    encoded = values.dictionary_encode()
    words, faults = _read_words(column, encoded, profile)
    return encoded if words.equals(encoded.dictionary) else recode(encoded, words), faults


def read_coded_keys(column: Column, values: pa.DictionaryArray, profile: Profile) -> Typed:
    """Keys that are coded already, blanks and null words among them; where no word changes, the codes stay."""
    encoded = pa.DictionaryArray.from_arrays(values.indices, clean(values.dictionary, profile.null_words))
    words, faults = _read_words(column, encoded, profile)
    unchanged = not words.null_count and words.equals(values.dictionary)
    return values if unchanged else recode(encoded, words), faults


def _read_words(column: Column, encoded: pa.DictionaryArray, profile: Profile) -> Typed:
    words = encoded.dictionary
    if holds(words, b"=") or holds(words, b"'"):
        words = pc.replace_substring_regex(words, _WRAPPED, r"\1\2")
    words = _as_declared(column, words, profile)
    faults = _damaged(column, encoded, words, profile)
    return _canonical_units(words, profile) if column.name in _UNITS else words, faults


def _as_declared(column: Column, words: pa.Array, profile: Profile) -> pa.Array:
    numbered = column.kind == "part" or column.name in _NUMBERED
    if numbered and profile.keys.repair_ids:
        words = pc.replace_substring_regex(words, _ID_AS_NUMBER, r"\1")
    if profile.keys.strips(column.name, column.kind):
        words = pc.replace_substring_regex(words, r"^0+(\d+)$", r"\1")
    return pc.utf8_upper(words) if numbered and profile.keys.fold_case else words


def _damaged(column: Column, encoded: pa.DictionaryArray, words: pa.Array, profile: Profile) -> list[Fault]:
    """Faults of the rows whose distinct key, unwrapped and repaired, still shows damage."""
    tests = _DAMAGE if column.kind == "part" else _NUL
    if profile.reader == "sql" and (column.kind == "part" or column.name in _NUMBERED):
        tests = (_STORED_AS_NUMBER, *tests)
    if not pc.any(pc.match_substring_regex(words, "|".join(pattern for pattern, _ in tests))).as_py():
        return []
    faults: list[Fault] = []
    for pattern, reason in tests:
        bad = pc.take(pc.match_substring_regex(words, pattern), encoded.indices)
        faults += faults_where(column.name, bad, encoded, reason)
    return faults


def _canonical_units(words: pa.Array, profile: Profile) -> pa.Array:
    declared = [profile.units.get(word, word) for word in words.to_pylist()]
    return pa.array(units.canonical(pd.Series(declared, dtype="str")).astype("object"), pa.string())


def recode(encoded: pa.DictionaryArray, words: pa.Array) -> pa.DictionaryArray:
    """The same rows over changed words, of which several may now be one, and some none."""
    distinct = words.dictionary_encode()
    return pa.DictionaryArray.from_arrays(pc.take(distinct.indices, encoded.indices), distinct.dictionary)


def read_choices(column: Column, values: pa.Array) -> Typed:
    """Words of a closed list, in any case, as a dictionary in the list's order."""
    encoded = values.dictionary_encode()
    choices = pa.array(column.choices, pa.string())
    codes = pc.index_in(pc.utf8_lower(encoded.dictionary), choices)
    rows = pc.take(codes, encoded.indices)
    bad = pc.and_(pc.is_valid(values), pc.is_null(rows))
    faults = faults_where(column.name, bad, values, lambda value: f"unknown value; {suggestion(value, column.choices)}")
    return pa.DictionaryArray.from_arrays(rows, choices), faults


def read_flags(column: Column, values: pa.Array, profile: Profile) -> Typed:
    """Declared words to true and false. ``true`` and ``false`` always count; a declared "" says what blank means."""
    lower = pc.utf8_lower(values)
    true = pa.array([word.lower() for word in (*profile.true_words, "true")], pa.string())
    false = pa.array([word.lower() for word in (*profile.false_words, "false")], pa.string())
    is_true, is_false = pc.is_in(lower, true), pc.is_in(lower, false)
    flags = pc.if_else(is_true, True, pc.if_else(is_false, False, pa.scalar(None, pa.bool_())))
    faults = faults_where(
        column.name, pc.and_(pc.is_valid(values), pc.is_null(flags)), values, "not a declared yes or no"
    )
    if "" in profile.true_words or "" in profile.false_words:
        flags = pc.if_else(pc.is_null(values), "" in profile.true_words, flags)
    return flags, faults
