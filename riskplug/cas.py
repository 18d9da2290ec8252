"""CAS registry numbers: shape and check digit.

A number is worth nothing until its check digit holds: vendor lists hold broken ones (1308-97-8, 1313-07-9).
"""

import re

import numpy as np
import pandas as pd

_SHAPE = re.compile(r"0*([1-9][0-9]{1,6})-([0-9]{2})-([0-9])")
_NONE = ("", "na", "n/a", "n.a", "none", "not applicable", "not available", "system", "proprietary", "confidential")
_DASHES = str.maketrans({dash: "-" for dash in "‐‑‒–—−－"})


def normalised(text: str) -> str:
    """A CAS number without prefix, blanks and leading zeros; a text of another shape only trimmed.

    ``CAS 007440-00-8`` is 7440-00-8.
    """
    bare = re.sub(r"^CAS(?:RN)?[\s:#.-]*(?:NO\.?)?\s*", "", text.strip().translate(_DASHES), flags=re.IGNORECASE)
    shape = _SHAPE.fullmatch(re.sub(r"\s", "", bare))
    return "-".join(shape.groups()) if shape else bare.strip()


def stands_for_none(text: str) -> bool:
    """Whether a text is what suppliers write where a substance has no number or theirs is not told."""
    return text.strip(" -_.*/").lower() in _NONE


def has_shape(text: str) -> bool:
    return _SHAPE.fullmatch(text.strip()) is not None


def is_valid(cas_no: str) -> bool:
    """Whether a text is a CAS number with the right check digit.

    The digits before the last, counted from the right, are weighted 1, 2, 3 ...; the sum modulo 10 is the last one.
    7429-91-6: 1*1 + 9*2 + 9*3 + 2*4 + 4*5 + 7*6 = 116, so 6.
    """
    shape = _SHAPE.fullmatch(cas_no.strip())
    if shape is None:
        return False
    digits = shape[1] + shape[2]
    return sum(weight * int(digit) for weight, digit in enumerate(reversed(digits), 1)) % 10 == int(shape[3])


def valid(cas_nos: pd.Series) -> pd.Series:
    """Row-wise ``is_valid``; missing is missing. Each distinct number is checked once."""
    codes, distinct = pd.factorize(cas_nos)
    checked = np.array([is_valid(str(number)) for number in distinct] + [False], dtype=bool)
    return pd.Series(checked[codes], index=cas_nos.index, dtype="boolean").mask(cas_nos.isna())
