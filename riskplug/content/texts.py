"""Finding patterns in a million texts: normalise in Arrow, drop early what matches nothing, verify the rest.

Arrow's RE2 is linear and fast but has no lookaround; so each pattern is run there in a wider form (lookarounds
removed), and only the texts it keeps are checked with the exact pattern.
"""

import re
from collections.abc import Mapping

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from riskplug.content.sheets import WORD_END, WORD_START, expand

_LETTER_CLASS = r"[^0-9A-Z\x{C0}-\x{24F}\x{370}-\x{3FF}\x{400}-\x{4FF}]"
# GUIDs and long hexadecimal strings hold AE42, FB9B and the like
_MASK = r"[0-9A-F]{8}-[0-9A-F]{4}-[0-9A-F]{4}-[0-9A-F]{4}-[0-9A-F]{12}|[0-9A-F]{16,}"
_LOOKAROUND = re.compile(r"\(\?(?:<?[=!])")


def normalise(texts: pd.Series) -> pd.Series:
    """NFKC, upper case, GUIDs and long hexadecimal strings blanked; missing is empty."""
    array = pc.fill_null(pa.array(texts.astype("object"), type=pa.large_string(), from_pandas=True), "")
    upper = pc.utf8_upper(pc.utf8_normalize(array, form="NFKC"))
    masked = pc.replace_substring_regex(upper, pattern=_MASK, replacement=" ")
    return pd.Series(masked.to_numpy(zero_copy_only=False), index=texts.index, dtype="str")


def find(texts: pd.Series, patterns: Mapping[str, str]) -> pd.DataFrame:
    """Which pattern matches which text: frame text (position), id. ``texts`` are normalised and distinct."""
    array = pa.array(texts, type=pa.large_string(), from_pandas=True)
    # one pass per pattern: all of them as one alternation outgrow RE2's automaton and take fifteen times as long
    found = [_verified(array, name, prefilter(pattern), expand(pattern)) for name, pattern in patterns.items()]
    empty = pd.DataFrame({"text": pd.Series([], dtype="int64"), "id": pd.Series([], dtype="str")})
    return pd.concat([empty, *found], ignore_index=True)


def matches(texts: pd.Series, pattern: str) -> pd.Series:
    """Whether a pattern of the tables is in each (normalised) text."""
    compiled = re.compile(expand(pattern))
    return pd.Series([compiled.search(text) is not None for text in texts], index=texts.index, dtype=bool)


def _verified(texts: pa.Array, name: str, wide: str, exact: str) -> pd.DataFrame:
    near = np.flatnonzero(pc.match_substring_regex(texts, pattern=wide).to_numpy(zero_copy_only=False))
    compiled = re.compile(exact)
    # a loop over the few texts that RE2 let through: Python's engine has the lookarounds
    sure = [compiled.search(text) is not None for text in texts.take(pa.array(near)).to_pylist()]
    kept = near[np.array(sure, dtype=bool)]
    return pd.DataFrame({"text": kept, "id": pd.Series(name, index=range(len(kept)), dtype="str")})


def prefilter(pattern: str) -> str:
    """A RE2 pattern that matches at least every text the given one matches."""
    wide = _without_lookarounds(pattern.replace("@magnet|", ""))
    wide = wide.replace(WORD_START, f"(?:^|{_LETTER_CLASS})").replace(WORD_END, f"(?:$|{_LETTER_CLASS})")
    return wide.replace(r"\w", r"[\pL\pN_]").replace(r"\d", "[0-9]")


def _without_lookarounds(pattern: str) -> str:
    while (start := _LOOKAROUND.search(pattern)) is not None:
        depth, at = 1, start.end()
        while depth:
            if pattern[at] == "\\":
                at += 1
            else:
                depth += (pattern[at] == "(") - (pattern[at] == ")")
            at += 1
        pattern = pattern[: start.start()] + pattern[at:]
    return pattern
