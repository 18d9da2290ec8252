"""Part numbers that a reader cannot tell apart but a computer does: reported as probable duplicates, never merged."""

import unicodedata
from collections.abc import Iterable, Iterator, Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

COLUMNS = ("key", "twin", "why")
_TEXT = pa.string()
# Letters of other scripts drawn like a Latin one, by the Latin letter. Lower-case Cyrillic letters drawn like small
# capitals stand with the capital; the comparison ignores case anyway.
_DRAWN_ALIKE = {
    "A": "АΑ",
    "a": "аα",
    "B": "ВΒв",
    "C": "СϹ",
    "c": "сϲ",
    "d": "ԁ",
    "E": "ЕΕ",
    "e": "е",
    "G": "Ԍ",
    "H": "НΗн",
    "h": "һ",
    "I": "ІΙӀ",
    "i": "іι",
    "J": "ЈͿ",
    "j": "јϳ",
    "K": "КΚ",
    "k": "кκ",
    "l": "ӏ",
    "M": "МΜм",
    "N": "Ν",
    "O": "ОΟ",
    "o": "оο",
    "P": "РΡ",
    "p": "рρ",
    "q": "ԛ",
    "S": "Ѕ",
    "s": "ѕ",
    "T": "ТΤт",
    "t": "τ",
    "u": "υ",
    "v": "νѵ",
    "V": "Ѵ",
    "W": "Ԝ",
    "w": "ԝ",
    "X": "ХΧ",
    "x": "хχ",
    "Y": "УΥҮ",
    "y": "уγү",
    "Z": "Ζ",
    "3": "ЗзӠ",
}
_DASHES = "\u2010\u2011\u2012\u2013\u2014\u2015\u2212\u2043\u02d7\u30fc\uff0d\ufe63\ufe58"
_PLAIN = {ord(other): latin for latin, others in _DRAWN_ALIKE.items() for other in others}
_PLAIN |= dict.fromkeys(map(ord, _DASHES), "-")


def look_alikes(keys: Iterable[str]) -> pd.DataFrame:
    """Distinct keys that look like another one: `key`, its `twin` (the plainer of the two) and `why` they differ.

    Compared without case, width, invisible characters, kinds of dashes and blanks, and with letters of other scripts
    as the Latin ones they are drawn like. Every key of a group but the plainest has a row. Sorted by key.
    """
    words = pc.drop_null(pc.unique(pa.array(keys, _TEXT, from_pandas=True)))
    seen = _as_seen(words)
    group = np.asarray(seen.dictionary_encode().indices)
    sizes = np.bincount(group, minlength=1)
    several = np.flatnonzero(sizes[group] > 1)
    if not len(several):
        return pd.DataFrame({name: pd.Series(dtype="str") for name in COLUMNS})
    rows = list(_pairs(words.take(pa.array(several)).to_pylist(), group[several]))
    return pd.DataFrame(rows, columns=list(COLUMNS), dtype="str").sort_values("key", ignore_index=True)


def _as_seen(words: pa.Array) -> pa.Array:
    """Each key as a reader sees it; only keys with a character beyond ASCII need a look at each character."""
    seen = pc.utf8_upper(words)
    spaced = pc.match_substring_regex(words, r"^\s|\s\s|\s$")
    odd = pc.or_(pc.invert(pc.string_is_ascii(words)), spaced)
    if not pc.any(odd).as_py():
        return seen
    return pc.replace_with_mask(
        seen, odd, pa.array([_one_as_seen(word) for word in words.filter(odd).to_pylist()], _TEXT)
    )


def _one_as_seen(word: str) -> str:
    text = unicodedata.normalize("NFKC", word.translate(_PLAIN)).translate(_PLAIN)
    shown = "".join(character for character in text if unicodedata.category(character) != "Cf")
    return " ".join(shown.split()).upper()


def _pairs(words: Sequence[str], group: npt.NDArray[np.int64]) -> Iterator[tuple[str, str, str]]:
    members: dict[int, list[str]] = {}
    for word, at in zip(words, group.tolist(), strict=True):
        members.setdefault(at, []).append(word)
    for alike in members.values():
        plainest, *others = sorted(alike, key=lambda word: (len(_oddities(word)), len(word), word))
        yield from ((word, plainest, _why(word, plainest)) for word in others)


def _oddities(word: str) -> list[str]:
    """The characters of a key that are not what they look like, by name."""
    found = dict.fromkeys(character for character in word if not character.isascii() and _is_odd(character))
    return [_named(character) for character in found]


def _is_odd(character: str) -> bool:
    return (
        ord(character) in _PLAIN
        or unicodedata.category(character) in ("Cf", "Zs", "Mn")
        or unicodedata.normalize("NFKC", character) != character
    )


def _named(character: str) -> str:
    named = f"U+{ord(character):04X} {unicodedata.name(character, 'unnamed')}"
    plain = _one_as_seen(character)
    return f"{named} for {plain}" if plain and plain != character else named


def _why(word: str, twin: str) -> str:
    reasons = _oddities(word)
    if twin_has := _oddities(twin):
        reasons.append(f"its twin has {', '.join(twin_has)}")
    if not reasons:
        spaces = " ".join(word.split()) != word or " ".join(twin.split()) != twin
        reasons = ["blanks"] if spaces else []
        same_case = " ".join(word.split()) == " ".join(twin.split())
        reasons += [] if same_case else ["upper and lower case"]
    return "; ".join(reasons)
