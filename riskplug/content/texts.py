"""Finding patterns in a million texts: normalise in Arrow, drop early what matches nothing, verify the rest.

Arrow's RE2 is linear and fast but has no lookaround; so each pattern is run there in a wider form (lookarounds
removed), and only the texts it keeps are checked with the exact pattern.
"""

import re
from collections.abc import Mapping

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
    array = pa.array(texts, type=pa.large_string(), from_pandas=True)
    # one pass per pattern: all of them as one alternation outgrow RE2's automaton and take fifteen times as long
    found = {name: _verified(array, prefilter(pattern), pattern) for name, pattern in patterns.items()}
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


def _verified(texts: pa.Array, wide: str, pattern: str) -> npt.NDArray[np.int64]:
    near = np.flatnonzero(pc.match_substring_regex(texts, pattern=wide).to_numpy(zero_copy_only=False))
    if not len(near):
        return near
    compiled = re.compile(expand(pattern))
    # a loop over the few texts that RE2 let through: Python's engine has the lookarounds
    sure = [compiled.search(text) is not None for text in texts.take(pa.array(near)).to_pylist()]
    return near[np.flatnonzero(np.array(sure, dtype=bool))].astype(np.int64)


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
