"""Finding patterns in a million texts: normalise in Arrow, drop early what matches nothing, verify the rest.

Arrow's RE2 is linear and fast but has no lookaround; so each pattern is run there in a wider form (lookarounds
removed), and only the texts it keeps are checked with the exact pattern. Most texts of a company differ in their
dimensions and type numbers alone: a still wider form, to which every digit is a 0, is held against their shapes first.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from riskplug.content.sheets import WORD_END, WORD_START, expand, plain

_LETTER_CLASS = r"[^0-9A-Z\x{C0}-\x{24F}\x{370}-\x{3FF}\x{400}-\x{4FF}]"
# GUIDs, their beginnings and long hexadecimal strings hold AE42, FB9B and the like
_MASK = r"[0-9A-F]{8}-[0-9A-F]{4}-[0-9A-F]{4}(-[0-9A-F]{4}(-[0-9A-F]{1,12})?)?|\{[0-9A-Z-]{12,}\}?|[0-9A-F]{16,}"
# Accents of Latin, Greek and Cyrillic letters; the voicing marks of kana are others and stay
_ACCENTS = r"[\x{300}-\x{36F}]"
_LOOKAROUND = re.compile(r"\(\?(?:<?[=!])")
# an escape, a character class, or one sign
_TOKEN = re.compile(r"\\.|\[\^?\]?(?:\\.|[^\]\\])*\]|.", re.DOTALL)
_REPEAT_OR_TOKEN = re.compile(r"\{[0-9]+(?:,[0-9]*)?\}|" + _TOKEN.pattern, re.DOTALL)
_SIGN_BY_NUMBER = re.compile(r"\\[0-9xQ]")
_DIGITS = "0123456789"
_EACH_DIGIT = pa.array(list(_DIGITS), type=pa.large_string())


def normalise(texts: pd.Series) -> pd.Series:
    """NFKC, upper case, no accents, GUIDs and long hexadecimal strings blanked; missing is empty.

    ERP texts write IMAN and IMÁN, LAUFER and LÄUFER side by side, so an accent tells nothing.
    """
    array = pc.fill_null(pa.array(texts.astype("object"), type=pa.large_string(), from_pandas=True), "")
    upper = pc.utf8_upper(pc.replace_substring(array, pattern="ß", replacement="SS"))
    bare = pc.replace_substring_regex(pc.utf8_normalize(upper, form="NFKD"), pattern=_ACCENTS, replacement="")
    composed = pc.utf8_upper(pc.utf8_normalize(bare, form="NFKC"))
    masked = pc.replace_substring_regex(composed, pattern=_MASK, replacement=" ")
    return pd.Series(masked.to_numpy(zero_copy_only=False), index=texts.index, dtype="str")


def find(texts: pd.Series, patterns: Mapping[str, str]) -> pd.DataFrame:
    """Which pattern matches which text: frame text (position), id. ``texts`` are normalised and distinct."""
    shaped = _Shaped.of(texts)
    # one pass per pattern: all of them as one alternation outgrow RE2's automaton and take fifteen times as long
    found = {name: _verified(shaped, pattern) for name, pattern in patterns.items()}
    places = [np.empty(0, dtype=np.int64), *found.values()]
    names = np.repeat(np.array(list(found), dtype=object), [len(rows) for rows in found.values()])
    return pd.DataFrame({"text": np.concatenate(places), "id": pd.Series(names, dtype="str")})


def matches(texts: pd.Series, pattern: str) -> pd.Series:
    """Whether a pattern of the tables is in each (normalised) text."""
    compiled = re.compile(expand(pattern))
    return pd.Series([compiled.search(text) is not None for text in texts], index=texts.index, dtype=bool)


def blanked(texts: pd.Series, positions: pd.Series, pattern: str) -> pd.Series:
    """The texts at ``positions`` without what the pattern matches in them; the others as they are."""
    compiled, places = re.compile(expand(pattern)), positions.to_numpy()
    kept = texts.copy()
    kept.iloc[places] = [compiled.sub(" ", text) for text in texts.iloc[places]]
    return kept


@dataclass(frozen=True)
class _Shaped:
    """Texts, and of each the number of its shape: what it is when every digit in it is a 0."""

    texts: pa.Array
    shapes: pa.Array
    shape: npt.NDArray[np.int32]

    @classmethod
    def of(cls, texts: pd.Series) -> "_Shaped":
        array = pa.array(texts, type=pa.large_string(), from_pandas=True)
        whole = array.combine_chunks() if isinstance(array, pa.ChunkedArray) else array
        found = _without_digits(whole).dictionary_encode()
        return cls(whole, found.dictionary, found.indices.to_numpy())

    def near(self, wide: str) -> npt.NDArray[np.int64]:
        """The texts that a RE2 pattern matches, by position."""
        shape = of_any_digits(wide)
        if shape is None:
            return np.flatnonzero(_in_each(self.texts, wide))
        near = np.flatnonzero(_in_each(self.shapes, shape)[self.shape])
        return near[_in_each(self.texts.take(pa.array(near)), wide)] if len(near) else near


def _without_digits(texts: pa.Array) -> pa.Array:
    """The texts with a 0 in the place of every digit; in UTF-8 no other sign has a byte of these."""
    valid, offsets, signs = texts.buffers()
    if signs is None:
        return texts
    bytes_ = np.frombuffer(signs, dtype=np.uint8)
    zeros = pa.py_buffer(np.where((bytes_ >= ord("1")) & (bytes_ <= ord("9")), np.uint8(ord("0")), bytes_))
    return pa.Array.from_buffers(texts.type, len(texts), [valid, offsets, zeros], offset=texts.offset)


def _in_each(texts: pa.Array, pattern: str) -> npt.NDArray[np.bool_]:
    return np.asarray(pc.match_substring_regex(texts, pattern=pattern).to_numpy(zero_copy_only=False), dtype=bool)


def _verified(shaped: _Shaped, pattern: str) -> npt.NDArray[np.int64]:
    near = shaped.near(prefilter(pattern))
    if not len(near):
        return near
    compiled = re.compile(expand(pattern))
    # a loop over the few texts that RE2 let through: Python's engine has the lookarounds
    sure = [compiled.search(text) is not None for text in shaped.texts.take(pa.array(near)).to_pylist()]
    return near[np.flatnonzero(np.array(sure, dtype=bool))].astype(np.int64)


def of_any_digits(wide: str) -> str | None:
    """A RE2 pattern that matches the shape of every text that the given one matches.

    A digit is a 0 in it, and a class that takes in some digit takes in the 0. None where signs are written by number.
    """
    found = _REPEAT_OR_TOKEN.findall(wide)
    if any(_SIGN_BY_NUMBER.match(token) for token in found):
        return None
    return "".join(_class_of_any_digit(one) if one[0] == "[" else "0" if one in _DIGITS else one for one in found)


def _class_of_any_digit(token: str) -> str:
    some = _in_each(_EACH_DIGIT, token)
    return f"(?:0|{token})" if some.any() and not some.all() else token


def prefilter(pattern: str) -> str:
    """A RE2 pattern that matches at least every text the given one matches.

    A word bound consumes a sign here, so it is kept only where the pattern begins or ends and nothing else needs it.
    """
    wide = _without_lookarounds(plain(pattern.replace("@magnet|", "")))
    return "|".join(_bounded(branch) for branch in _branches(wide))


def _bounded(branch: str) -> str:
    start, end = branch.startswith(WORD_START), branch.endswith(WORD_END)
    inner = _unicode_words(branch.replace(WORD_START, "").replace(WORD_END, "")).replace(r"\d", "[0-9]")
    return (f"(?:^|{_LETTER_CLASS})" if start else "") + inner + (f"(?:$|{_LETTER_CLASS})" if end else "")


def _without_lookarounds(pattern: str) -> str:
    while (start := _LOOKAROUND.search(pattern)) is not None:
        signs = _structure(pattern[start.end() :])
        depth = 1
        for at, sign in signs:
            depth += (sign == "(") - (sign == ")")
            if not depth:
                pattern = pattern[: start.start()] + pattern[start.end() + at + 1 :]
                break
    return pattern


def _branches(pattern: str) -> list[str]:
    """The alternatives of a pattern, split at bars outside of groups."""
    depth, cuts = 0, [-1]
    for at, sign in _structure(pattern):
        depth += (sign == "(") - (sign == ")")
        cuts += [at] if sign == "|" and not depth else []
    return [pattern[start + 1 : end] for start, end in zip(cuts, [*cuts[1:], len(pattern)], strict=True)]


def tokens(pattern: str) -> list[tuple[int, str]]:
    """An escape, a character class or one sign at a time, with its place."""
    return [(found.start(), found.group()) for found in _TOKEN.finditer(pattern)]


def _structure(pattern: str) -> list[tuple[int, str]]:
    """Places of brackets, bars and the like that are neither escaped nor in a character class."""
    return [(place, token) for place, token in tokens(pattern) if len(token) == 1]


def _unicode_words(pattern: str) -> str:
    r"""``\w`` as Unicode letters, which RE2 does not take it for, also within a class."""
    return _TOKEN.sub(lambda found: _word_sign(found.group()), pattern)


def _word_sign(token: str) -> str:
    return token.replace(r"\w", r"\pL\pN_") if token.startswith("[") else token.replace(r"\w", r"[\pL\pN_]")
